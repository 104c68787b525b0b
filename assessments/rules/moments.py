"""Moments as officials write them: "17:00 10/01/2024", "trước ngày 10/01/2024", "chậm nhất ngày 10/01/2024"."""

import re
from datetime import datetime, timedelta

from assessments.rules.calendar import PROVINCE_TIME
from assessments.rules.refusals import NotAllowed
from assessments.vietnamese import fold

_DAY = re.compile(r"\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\b", re.ASCII)
_TIME = re.compile(r"\b(\d{1,2})(?::(\d{2})|(?:h|g| gio)(?: ?(\d{2}))?(?: phut)?)(?!\w)", re.ASCII)
_WORDS = {"", "ngay", "luc", "vao", "den", "tu", "het", "truoc", "cham nhat", "han", "han cuoi"}


def read_moment(text: str, label: str, *, is_end: bool = False) -> datetime:
    """Read a moment of the province that a person typed into the field ``label``.

    A day alone is its 00:00 for an opening. For an end (``is_end``, exclusive) it says nothing about the day itself, so
    it needs "trước ngày" (before that day) or "chậm nhất ngày" (that day included). Raise NotAllowed.
    """
    plain = fold(text)
    if not plain:
        raise NotAllowed(f"{label}: hãy nhập thời điểm, ví dụ 10/01/2024 17:00.")
    days, without_day = _DAY.findall(plain), _DAY.sub(" ; ", plain)
    times = _TIME.findall(without_day)
    rest = " ".join(re.sub("[;,]", " ", _TIME.sub(" ", without_day)).split())
    is_before, is_latest = "truoc" in rest, "cham nhat" in rest or rest.startswith("het")
    words = rest.replace("truoc", "").replace("cham nhat", "").replace("han cuoi", "").split()
    if len(days) != 1 or len(times) > 1 or any(word not in _WORDS for word in words) or (is_before and is_latest):
        raise NotAllowed(
            f"{label}: “{text.strip()[:40]}” không đọc được; hãy viết ngày/tháng/năm giờ:phút, {_EXAMPLE}."
        )
    day = _midnight(days[0], text, label)
    if times:
        return day + _time_of_day(times[0], text, label)
    if is_latest:
        return day + timedelta(days=1)
    if is_end and not is_before:
        raise NotAllowed(
            f"{label}: “{text.strip()[:40]}” chưa rõ có tính cả ngày đó không; hãy thêm giờ, hoặc viết "
            f"“trước ngày {day:%d/%m/%Y}” (không tính ngày đó) hay “chậm nhất ngày {day:%d/%m/%Y}” (tính cả ngày đó)."
        )
    return day


def moment_text(moment: datetime) -> str:
    """Return a moment as ``read_moment`` reads it: 10/01/2024 17:00."""
    return f"{moment.astimezone(PROVINCE_TIME):%d/%m/%Y %H:%M}"


def end_in_words(closes_at: datetime) -> str:
    """Say what an exclusive end means: "trước ngày 10/01/2024, tức chậm nhất hết ngày 09/01/2024"."""
    local = closes_at.astimezone(PROVINCE_TIME)
    if (local.hour, local.minute) == (0, 0):
        eve = local - timedelta(days=1)
        return f"trước ngày {local:%d/%m/%Y}, tức chậm nhất hết ngày {eve:%d/%m/%Y}"
    return f"trước {local:%H:%M} ngày {local:%d/%m/%Y}"


_EXAMPLE = "ví dụ 10/01/2024 17:00"


def _midnight(parts: tuple[str, str, str], text: str, label: str) -> datetime:
    day, month, year = map(int, parts)
    try:
        return datetime(year, month, day, tzinfo=PROVINCE_TIME)
    except ValueError as fault:
        raise NotAllowed(f"{label}: “{text.strip()[:40]}” không có trong lịch; hãy kiểm tra ngày và tháng.") from fault


def _time_of_day(parts: tuple[str, str, str], text: str, label: str) -> timedelta:
    hour, minute = int(parts[0]), int(parts[1] or parts[2] or 0)
    if minute > 59 or hour > 24 or (hour == 24 and minute):
        raise NotAllowed(f"{label}: “{text.strip()[:40]}” có giờ không đúng; giờ viết từ 00:00 đến 24:00.")
    return timedelta(hours=hour, minutes=minute)
