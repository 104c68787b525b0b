"""Moments as officials write them: "17:00 10/01/2024", "trước ngày 10/01/2024", "chậm nhất ngày 10/01/2024".

A whole month may be written as well: "tháng 01/2024" opens on the first at 00:00 and ends with its last day.
"""

import re
from datetime import datetime, timedelta

from assessments.enums import EndWording
from assessments.rules.calendar import PROVINCE_TIME, is_midnight, last_valid_day, month_window
from assessments.rules.refusals import NotAllowed
from assessments.vietnamese import fold

_DAY = re.compile(r"\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\b", re.ASCII)
_TIME = re.compile(r"\b(\d{1,2})(?::(\d{2})|(?:h|g| gio)(?: ?(\d{2}))?(?: phut)?)(?!\w)", re.ASCII)
_MONTH = re.compile(r"\bthang (\d{1,2})(?:[/.-]| nam )(\d{4})\b", re.ASCII)
_LONG_DAY = re.compile(r"\b(\d{1,2}) thang (\d{1,2}) nam (\d{4})\b", re.ASCII)
_WORDS = {"", "ngay", "trong", "luc", "vao", "den", "tu", "het", "truoc", "cham nhat", "han", "han cuoi"}


def read_moment(text: str, label: str, *, is_end: bool = False) -> datetime:
    """Read a moment of the province that a person typed into the field ``label``.

    A day alone is its 00:00 for an opening. For an end (``is_end``, exclusive) it says nothing about the day itself, so
    it needs "trước ngày" (before that day) or "chậm nhất ngày" (that day included). A month is its whole window; with
    "trước" it ends before the month begins. Raise NotAllowed.
    """
    plain = _plain(text)
    if not plain:
        raise NotAllowed(f"{label}: hãy nhập thời điểm, {FORMS}.")
    months, plain = _MONTH.findall(plain), _MONTH.sub(" ; ", plain)
    days, without_day = _DAY.findall(plain), _DAY.sub(" ; ", plain)
    times = _TIME.findall(without_day)
    rest = " ".join(re.sub("[;,]", " ", _TIME.sub(" ", without_day)).split())
    is_before, is_latest = "truoc" in rest, "cham nhat" in rest or rest.startswith("het")
    words = rest.replace("truoc", "").replace("cham nhat", "").replace("han cuoi", "").split()
    is_one = len(days) + len(months) == 1 and len(times) <= len(days)
    if not is_one or any(word not in _WORDS for word in words) or (is_before and is_latest):
        raise NotAllowed(f"{label}: “{text.strip()[:40]}” không đọc được; hãy viết {FORMS}.")
    if months:
        opens, ends = _month(months[0], text, label)
        return opens if is_before or not (is_end or is_latest) else ends
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


def wording_of(text: str) -> EndWording:
    """Return how the end that a person typed was worded; a time of day makes it exact.

    Call it for what ``read_moment`` could read.
    """
    plain = _plain(text)
    if _TIME.search(_DAY.sub(" ; ", _MONTH.sub(" ; ", plain))):
        return EndWording.EXACT
    if "truoc" in plain:
        return EndWording.BEFORE
    is_latest = "cham nhat" in plain or plain.startswith("het") or bool(_MONTH.search(plain))
    return EndWording.LATEST if is_latest else EndWording.EXACT


def end_text(moment: datetime, wording: EndWording | str) -> str:
    """Return an end as it was worded: "trước ngày 10/01/2024", "chậm nhất ngày 09/01/2024", or the exact moment.

    Only a midnight end can be worded by its day; ``read_moment`` reads each of them again as the same moment.
    """
    if wording == EndWording.EXACT or not is_midnight(moment):
        return moment_text(moment)
    if wording == EndWording.BEFORE:
        return f"trước ngày {moment.astimezone(PROVINCE_TIME):%d/%m/%Y}"
    return f"chậm nhất ngày {last_valid_day(moment):%d/%m/%Y}"


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


FORMS = "như 17:00 10/01/2024, trước ngày 10/01/2024, chậm nhất ngày 10/01/2024 hoặc tháng 01/2024"
"""The forms that are understood, as the refusal shows them."""


def _plain(text: str) -> str:
    """Return what was typed without marks, a day in the long form (ngày 10 tháng 01 năm 2024) as 10/01/2024."""
    return _LONG_DAY.sub(r"\1/\2/\3", fold(text))


def _month(parts: tuple[str, str], text: str, label: str) -> tuple[datetime, datetime]:
    month, year = map(int, parts)
    try:
        return month_window(_in_reach(year), month)
    except ValueError as fault:
        raise NotAllowed(f"{label}: “{text.strip()[:40]}” không có trong lịch; tháng viết từ 01 đến 12.") from fault


def _midnight(parts: tuple[str, str, str], text: str, label: str) -> datetime:
    day, month, year = map(int, parts)
    try:
        return datetime(_in_reach(year), month, day, tzinfo=PROVINCE_TIME)
    except ValueError as fault:
        raise NotAllowed(f"{label}: “{text.strip()[:40]}” không có trong lịch; hãy kiểm tra ngày và tháng.") from fault


def _in_reach(year: int) -> int:
    """Return a year that calendars reach. Raise ValueError for one that was mistyped."""
    if not 1900 <= year <= 2999:
        raise ValueError(f"{year} is no year of ours")
    return year


def _time_of_day(parts: tuple[str, str, str], text: str, label: str) -> timedelta:
    hour, minute = int(parts[0]), int(parts[1] or parts[2] or 0)
    if minute > 59 or hour > 24 or (hour == 24 and minute):
        raise NotAllowed(f"{label}: “{text.strip()[:40]}” có giờ không đúng; giờ viết từ 00:00 đến 24:00.")
    return timedelta(hours=hour, minutes=minute)
