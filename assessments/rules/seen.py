"""What a person saw before signing or publishing: marks that travel with the form, and what changed since."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from assessments.rules.refusals import NotAllowed

_LENGTH = 16  # hexadecimal digits of a mark: one page against its own earlier self


class ChangedSince(NotAllowed):
    """What would be signed or published is not what the person saw; nothing was done."""


def canonical(content: Any) -> bytes:
    """Return ``content`` (of JSON) as the bytes that a digest covers, the same whatever the order of its keys."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def marks_of(parts: Mapping[str, Any]) -> str:
    """Return one short mark per part, as the text that a form carries (``parts`` by a name without spaces)."""
    return " ".join(
        f"{name}:{hashlib.sha256(canonical(part)).hexdigest()[:_LENGTH]}" for name, part in sorted(parts.items())
    )


def changed_since(seen: str, now: str) -> list[str]:
    """Return the names of the parts that are not as they were seen, those that came or went too."""
    before, after = (dict(mark.rpartition(":")[::2] for mark in marks.split()) for marks in (seen, now))
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def check_as_seen(seen: str | None, now: str, *, doing: str, names: Mapping[str, str] | None = None) -> None:
    """Refuse to go on when something changed since it was shown; None is somebody who acts without a page.

    ``names`` are the parts in words, where their keys are none. Raise ChangedSince.
    """
    if seen is None or seen == now:
        return
    changed = [(names or {}).get(name, name) for name in changed_since(seen, now)]
    raise ChangedSince(
        f"{_what(changed)} sau khi trang này hiện ra nên chưa {doing}; hãy đọc lại rồi xác nhận lần nữa."
    )


def _what(changed: Sequence[str]) -> str:
    if not changed or len(changed) > 12:
        return "Nội dung đã thay đổi"
    return f"{', '.join(changed)} đã thay đổi"
