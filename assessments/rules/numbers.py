"""Numbers as Vietnamese officials write them: read without guessing, shown with a decimal comma.

How a typed number is read:

- the comma is the decimal sign: "0,50", "1,234" (one and a bit);
- a dot is accepted as decimal sign where it can be nothing else: "0.5", "12.75";
- one dot before exactly three digits ("1.234") is refused, since it may be 1234 or 1,234, and so that one habit is
  enough also where it could only be a decimal ("0.125");
- groups of thousands: "1.234.567", "1.234,5", "1 234", "12 345,6" (nbsp and the other spaces too);
- full-width digits and signs are read as their plain forms;
- a percent sign, words, units, a minus, an exponent, NaN and infinity are refused, each with its own sentence.
"""

import re
from contextlib import AbstractContextManager
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

from assessments.rules.refusals import NotAllowed
from assessments.vietnamese import fold, normalise

MOST_DIGITS = 12
"""Longest whole part of a number that may be entered."""

MOST_PLACES = 6
"""Most decimals of a number that may be entered."""

_DIGITS = 50
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_MINUS = "-−–—"
_SPOKEN = {"nan", "inf", "infinity", "vo cuc", "vo cung", "∞"}
_EXPONENT = re.compile(r"\d[\d.,]*e[+-]?\d+", re.ASCII | re.IGNORECASE)
_AMBIGUOUS = re.compile(r"(\d+)\.(\d{3})", re.ASCII)
_ENGLISH = re.compile(r"\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}", re.ASCII)
_READABLE = re.compile(
    r"(?P<whole>[1-9]\d{0,2}(?:(?: \d{3})+|(?:\.\d{3}){2,}|(?:\.\d{3})+(?=,))|\d+)(?:,(?P<places>\d+))?"
    r"|(?P<dot_whole>\d+)\.(?P<dot_places>\d+)",
    re.ASCII,
)


def exact() -> AbstractContextManager[Context]:
    """Open a decimal context of 50 digits; every calculation of points runs inside one."""
    return localcontext(Context(prec=_DIGITS))


def read_number(text: str, label: str) -> Decimal:
    """Read a number of 0 or more that a person typed into the field ``label``.

    Raise NotAllowed with a sentence that names the field, what was typed and how to write it.
    """
    if re.search(r"[\n\r\t\v\f\u2028\u2029]", text.strip()):
        raise _refusal(label, text, "có nhiều giá trị trong một ô; hãy nhập từng số vào ô của nó")
    plain = normalise(text.translate(_FULL_WIDTH))
    if not plain:
        raise NotAllowed(f"{label}: chưa có số; hãy nhập một số, ghi 0 nếu không có.")
    match = _READABLE.fullmatch(plain)
    ambiguous = _AMBIGUOUS.fullmatch(plain)
    if ambiguous or not match:
        raise _refusal(label, text, _mistake(plain, ambiguous))
    whole = re.sub(r"[ .]", "", match["whole"] or match["dot_whole"]).lstrip("0") or "0"
    places = match["places"] or match["dot_places"] or ""
    if len(whole) > MOST_DIGITS:
        raise _refusal(label, text, f"quá lớn; số nguyên dài nhất {MOST_DIGITS} chữ số, hãy kiểm tra lại")
    if len(places.rstrip("0")) > MOST_PLACES:
        raise _refusal(label, text, f"có quá nhiều số lẻ; hãy ghi nhiều nhất {MOST_PLACES} chữ số sau dấu phẩy")
    return Decimal(f"{whole}.{places}") if places else Decimal(whole)


def _mistake(plain: str, ambiguous: re.Match[str] | None) -> str:
    """Say what is wrong with a number that cannot be read, and how to write it."""
    if ambiguous:
        whole, places = ambiguous.groups()
        if whole.startswith("0") or len(whole) > len(places):
            return f"dùng dấu chấm trước đúng ba chữ số; hãy viết {whole},{places} với dấu phẩy thập phân"
        return (
            f"có thể hiểu là {whole}{places} hoặc {whole},{places}; hãy viết {whole}{places} không có dấu phân cách, "
            f"hoặc {whole},{places} với dấu phẩy thập phân"
        )
    unsigned = plain.lstrip("+" + _MINUS + " ")
    mistakes = [
        ("%" in plain, "có dấu %; hãy nhập số lượng đếm được, hệ thống tự tính tỷ lệ phần trăm"),
        (
            fold(unsigned) in _SPOKEN,
            "không phải là một số hữu hạn; hãy nhập số cụ thể bằng chữ số, ví dụ 12",
        ),
        (
            _EXPONENT.fullmatch(unsigned),
            "viết dạng lũy thừa; hãy viết đầy đủ các chữ số, ví dụ 1500000",
        ),
        (
            plain[0] in _MINUS and _READABLE.fullmatch(unsigned),
            "là số âm; hãy nhập số từ 0 trở lên",
        ),
        (
            _ENGLISH.fullmatch(plain),
            "dùng dấu phẩy để ngăn hàng nghìn; hãy bỏ dấu ngăn hàng nghìn và dùng dấu phẩy cho phần thập phân",
        ),
    ]
    otherwise = "không phải là số; hãy chỉ ghi chữ số, dùng dấu phẩy cho phần thập phân, ví dụ 12 hoặc 0,50"
    return next((sentence for is_it, sentence in mistakes if is_it), otherwise)


def _refusal(label: str, text: str, mistake: str) -> NotAllowed:
    return NotAllowed(f"{label}: “{shortened(text)}” {mistake}.")


def shortened(text: str, length: int = 40) -> str:
    """Return what a person typed on one line and not longer than ``length``, for a sentence that quotes it."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[:length]}…"


def stored(number: Decimal) -> str:
    """Return a number as it is stored in an input: a dot, no zeros at the end, so that equal numbers are equal text."""
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def format_exact(value: Decimal) -> str:
    """Show every digit of a number with a decimal comma: 0.50 as "0,5", 1234 as "1234"."""
    return stored(value).replace(".", ",")


def format_points(value: Decimal, places: int = 2) -> str:
    """Show points rounded half up (away from zero) to ``places`` decimals, with a decimal comma: 0.125 as "0,13"."""
    with exact():
        rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    text = f"{rounded:f}"
    return (text if rounded else text.removeprefix("-")).replace(".", ",")
