"""One cell read as a person would read it."""

import json
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from assessments.vietnamese import fold, normalise

ROMAN = re.compile(r"(?=[IVX])(X{0,3})(IX|IV|V?I{0,3})")

_UNUSABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_POINTS = re.compile(r"([+-]?)(\d{1,6})(?:[.,](\d{1,9}))?(?:(?:diem|d)\.?)?", re.ASCII)
_MINUS = str.maketrans({"−": "-", "–": "-", "—": "-"})
_TOTAL = re.compile(
    r"(tong|cong|tong cong|tong diem|tong so diem|diem tong|cong diem|tong cong diem)"
    r"( ?\(.*\)| (linh vuc|muc|phan|nhom|cac|tieu chi|toan) .*| [ivx\d.]+)?:?"
)
_LONGEST_RULE = 20_000


class UnreadableError(Exception):
    """A cell that cannot be read; the text says how to mend it, ``kind`` is a word for programs."""

    def __init__(self, kind: str, sentence: str) -> None:
        super().__init__(sentence)
        self.kind = kind


def read_text(value: Any) -> str:
    """Read one line of text: NFC, without spaces around it or characters nobody sees."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return normalise(_UNUSABLE.sub("", str(value)))


def read_lines(value: Any) -> str:
    """Read text that may have several lines; empty lines are dropped."""
    lines = (read_text(line) for line in str(value or "").splitlines())
    return "\n".join(line for line in lines if line)


def read_points(value: Any) -> Decimal | None:
    """Read points written as a number or as text ("0,50", "0.5đ", "-1,00 điểm"); None when empty.

    Raises UnreadableError.
    """
    if isinstance(value, bool):
        raise UnreadableError("unreadable_number", "Ô này là TRUE/FALSE, không phải số; ghi điểm như 0,50.")
    if isinstance(value, int | float):
        return _points_of_number(value)
    if isinstance(value, date | datetime | time | timedelta):
        raise UnreadableError(
            "date_in_number", "Excel đã đổi số thành ngày tháng; định dạng ô là Number rồi nhập lại điểm như 0,50."
        )
    text = read_text(value)
    if not text:
        return None
    found = _POINTS.fullmatch(fold(text.translate(_MINUS)).replace(" ", ""))
    if not found:
        raise UnreadableError("unreadable_number", f"«{text[:40]}» không đọc được thành số; ghi điểm như 0,50.")
    sign, whole, decimals = found.groups()
    return _two_places(Decimal(f"{sign}{whole}.{decimals or 0}"), text)


def _points_of_number(value: float) -> Decimal:
    if not abs(value) < 1_000_000:  # NaN is not below anything
        raise UnreadableError("unreadable_number", f"Số {value} không dùng làm điểm được; ghi điểm như 0,50.")
    # a spreadsheet keeps 0.15 + 0.15 as 0.30000000000000004: nine places are more than anybody typed
    return _two_places(Decimal(repr(value)).quantize(Decimal("1E-9")), str(value))


def _two_places(points: Decimal, written: str) -> Decimal:
    rounded = points.quantize(Decimal("0.01"))
    if rounded != points:
        raise UnreadableError(
            "too_many_decimals", f"«{written[:40]}» có quá hai chữ số thập phân; ghi lại như 0,50 hoặc 1,25."
        )
    return abs(rounded) if rounded == 0 else rounded


def read_code(value: Any, number_format: str = "General") -> str:
    """Read the number of a row (STT): "1.2.3", "1,2", 1.1 typed as a number, a Roman number for an area.

    Raises UnreadableError.
    """
    if isinstance(value, date | datetime | time):
        raise UnreadableError("date_in_code", "Excel đã đổi mã thành ngày tháng; định dạng ô là Text rồi nhập lại mã.")
    if isinstance(value, float) and value != int(value if abs(value) < 1e9 else 0):
        places = re.fullmatch(r"0\.(0{1,3})", number_format)
        text = f"{value:.{len(places.group(1))}f}" if places else repr(value)
    elif isinstance(value, float):
        text = str(int(value)) if abs(value) < 1e9 else repr(value)
    else:
        text = read_text(value)
    code = re.sub(r"\s", "", text).replace(",", ".").strip(".").upper()
    if ROMAN.fullmatch(code):
        return str(_roman(code))
    return code


def _roman(text: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10}[letter] for letter in text]
    following = [*values[1:], 0]
    return sum(-v if v < after else v for v, after in zip(values, following, strict=True))


def is_total(text: str) -> bool:
    """Say whether a row so named adds up others ("TỔNG ĐIỂM", "Cộng") and is no item itself."""
    return _TOTAL.fullmatch(fold(text)) is not None


def read_flag(value: Any) -> bool | None:
    """Read true or false (có or không, 1 or 0); None for anything else."""
    words = {"true": True, "co": True, "1": True, "x": True, "false": False, "khong": False, "0": False}
    return words.get(fold(read_text(value)))


def read_groups(value: Any) -> tuple[str, ...]:
    """Read survey groups separated by semicolons (or commas, or lines)."""
    return tuple(g for g in (read_text(part) for part in re.split(r"[;,\n]", str(value or ""))) if g)


def read_rule(value: Any) -> Any:
    """Read a rule written as JSON; None when empty. Texts inside it are normalised. Raises UnreadableError."""
    text = _UNUSABLE.sub("", str(value)).strip() if value is not None else ""
    if not text:
        return None
    if len(text) > _LONGEST_RULE:
        raise UnreadableError("broken_json", f"Quy tắc dài quá {_LONGEST_RULE} chữ; rút gọn lại.")
    try:
        return _clean(json.loads(text, object_pairs_hook=_once, parse_constant=_refuse_constant))
    except json.JSONDecodeError as fault:
        raise UnreadableError(
            "broken_json",
            f"Quy tắc không phải JSON hợp lệ (sai ở ký tự thứ {fault.pos + 1}); "
            'kiểm tra dấu ngoặc, dấu phẩy và dấu ngoặc kép thẳng ".',
        ) from fault
    except (ValueError, RecursionError) as fault:
        reason = str(fault) if isinstance(fault, _RepeatedKeyError) else "số hoặc cấu trúc không dùng được"
        raise UnreadableError("broken_json", f"Quy tắc không dùng được: {reason}; viết lại.") from fault


class _RepeatedKeyError(ValueError):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    repeated = [key for key in keys if keys.count(key) > 1]
    if repeated:
        raise _RepeatedKeyError(f"khoá {repeated[0][:40]} ghi hai lần")
    return dict(pairs)


def _refuse_constant(word: str) -> Any:
    raise ValueError(word)


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {read_text(k): _clean(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_clean(v) for v in value]
    return read_text(value) if isinstance(value, str) else value
