"""Reads a returned letter: the delivery status notification (RFC 3464) in a multipart/report. Text in, facts out."""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as Part

from notifications import tokens

MAX_ANSWER = 500  # characters kept of what the server said
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
# Headers of the report, and of the original letter inside it, that may carry our mark.
_MARKED = ("To", "Delivered-To", "X-Original-To", "Envelope-To", "In-Reply-To", "References", "Return-Path")
_MARKED_IN_ORIGINAL = ("Message-ID", "Return-Path")
# From the weightiest: a letter to one address has one recipient, a report about a list may have several.
_WEIGHT = ("failed", "delayed", "delivered", "relayed", "expanded")


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a mail server reports about one letter; ``marks`` are those of ours that were found in it."""

    action: str  # failed, delayed, delivered, relayed or expanded
    status: str  # as 5.1.1; "" when the server gave none
    answer: str
    marks: tuple[tuple[int, str], ...]

    @property
    def is_final(self) -> bool:
        """Say whether the letter will not arrive."""
        return self.action == "failed" and not self.status.startswith(("2", "4"))


def read_report(raw: bytes) -> Report | None:
    """Return what ``raw`` reports, or None when it is no delivery status notification."""
    letter = email.message_from_bytes(raw)
    blocks = [block for part in letter.walk() if part.get_content_type() in _REPORTS for block in _blocks(part)]
    found = [block for block in blocks if _field(block, "Action").lower() in _WEIGHT]
    if not found:
        return None
    worst = min(found, key=lambda block: _WEIGHT.index(_field(block, "Action").lower()))
    status = _STATUS.search(_field(worst, "Status"))
    said = _field(worst, "Diagnostic-Code") or _field(worst, "Status")
    return Report(
        action=_field(worst, "Action").lower(),
        status=status.group() if status else "",
        answer=said[:MAX_ANSWER],
        marks=tuple(dict.fromkeys(_marks(letter))),
    )


_REPORTS = ("message/delivery-status", "message/global-delivery-status")
_ORIGINALS = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")


def _blocks(part: Part) -> list[Part]:
    """Return the groups of fields of a report: the first is about the letter, each other about one recipient."""
    inner = part.get_payload()
    if isinstance(inner, list):
        return [block for block in inner if isinstance(block, Part)]
    return [email.message_from_string(block) for block in re.split(r"\r?\n\r?\n", _text(part))]


def _marks(letter: Part) -> Iterator[tuple[int, str]]:
    """Yield the marks of ours in the addresses of the report and in the original headers it returns."""
    yield from _marks_in(letter, _MARKED)
    for part in letter.walk():
        if part.get_content_type() not in _ORIGINALS:
            continue
        inner = part.get_payload()
        original = inner[0] if isinstance(inner, list) and inner else email.message_from_string(_text(part))
        if isinstance(original, Part):
            yield from _marks_in(original, _MARKED_IN_ORIGINAL)


def _marks_in(headers: Part, names: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    for name in names:
        for value in headers.get_all(name, []):
            yield from tokens.reply_tokens_in(str(value))


def _field(block: Part, name: str) -> str:
    """Return a field of a report on one line, without the type before its value (``smtp; 550 …``)."""
    value = " ".join(str(block.get(name, "")).replace("\0", " ").encode("utf-8", "replace").decode().split())
    kind, semicolon, said = value.partition(";")
    return said.strip() if semicolon and kind.strip().isalnum() else value


def _text(part: Part) -> str:
    """Return the decoded content of a part."""
    content = part.get_payload(decode=True)
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else str(part.get_payload())
