"""The parameters of a template (tham số của mẫu tin), checked before anything is sent: Zalo counts what it refuses.

Lengths are counted after composing the text (NFC): a decomposed "ế" is three characters to Zalo.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# Most characters by type, where the template itself names none.
LONGEST = {"name": 30, "code": 30, "label": 30, "time": 20, "date": 20, "address": 200, "url": 200, "string": 200}
_NAME = re.compile(r"[A-Za-z0-9_]{1,30}")


class UnfitParameters(Exception):
    """A message does not fit its template; the text says each reason in Vietnamese."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One parameter of a template; ``longest`` in characters."""

    name: str
    is_required: bool
    kind: str
    shortest: int
    longest: int


def parameters_of(listed: Iterable[Mapping[str, Any]]) -> list[Parameter]:
    """Return the parameters from the ``listParams`` of a template as Zalo describes it."""
    found = []
    for each in listed:
        kind = str(each.get("type") or "STRING").lower()
        found.append(
            Parameter(
                name=str(each["name"]),
                is_required=bool(each.get("require", True)) and not each.get("acceptNull", False),
                kind=kind,
                shortest=int(each.get("minLength") or 0),
                longest=int(each.get("maxLength") or LONGEST.get(kind, LONGEST["string"])),
            )
        )
    return found


def filled(parameters: Iterable[Parameter], fields: Mapping[str, str]) -> dict[str, str]:
    """Return what to send for a template: its parameters with the fields of the message, no others.

    Raise UnfitParameters, naming every reason, when one is missing, too short, too long or has a line break.
    """
    found: dict[str, str] = {}
    reasons: list[str] = []
    for parameter in parameters:
        value = unicodedata.normalize("NFC", str(fields.get(parameter.name, ""))).strip()
        if not _NAME.fullmatch(parameter.name):
            reasons.append(f"tên tham số “{parameter.name}” có dấu, khoảng trắng hoặc gạch nối")
        elif not value and parameter.is_required:
            reasons.append(f"thiếu “{parameter.name}”")
        elif len(value) > parameter.longest:
            reasons.append(f"“{parameter.name}” dài {len(value)} ký tự, mẫu nhận nhiều nhất {parameter.longest}")
        elif value and len(value) < parameter.shortest:
            reasons.append(f"“{parameter.name}” dài {len(value)} ký tự, mẫu cần ít nhất {parameter.shortest}")
        elif "\n" in value or "\r" in value:
            reasons.append(f"“{parameter.name}” có xuống dòng")
        else:
            found[parameter.name] = value
    if reasons:
        raise UnfitParameters("Thư không khớp mẫu tin Zalo: " + "; ".join(reasons) + ".")
    return found
