"""Working days (ngày làm việc): Monday to Friday, less days off, plus Saturdays worked in exchange."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from assessments.rules.refusals import NotAllowed

PROVINCE_TIME = ZoneInfo("Asia/Ho_Chi_Minh")
SATURDAY = 5
MOST_DAYS_OFF_IN_A_ROW = 31
"""Longest run of days without work that a calendar may hold; Tết with its weekends is 9 or 10."""
SEARCHED_DAYS = 366
WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")


class DayRow(NamedTuple):
    """One row of the calendar as it is to be written."""

    date: date
    name: str
    is_working: bool
    document: str = ""


@dataclass(frozen=True)
class WorkingCalendar:
    """Days off and days worked in exchange; what is worked wins over what is off. ``names`` says what a day is."""

    days_off: frozenset[date] = frozenset()
    days_worked: frozenset[date] = frozenset()
    names: Mapping[date, str] = field(default_factory=dict, compare=False)

    def is_working_day(self, day: date) -> bool:
        """Say whether offices work on ``day``."""
        if day in self.days_worked:
            return True
        return day.weekday() < SATURDAY and day not in self.days_off

    def next_working_day(self, day: date) -> date:
        """Return ``day`` where it is worked, else the first working day after it. Raise NotAllowed (none in a year)."""
        for distance in range(SEARCHED_DAYS):
            found = day + timedelta(days=distance)
            if self.is_working_day(found):
                return found
        raise NotAllowed(_no_working_day("kể từ", day))

    def add_working_days(self, day: date, count: int) -> date:
        """Return the day ``count`` (>= 0) working days after ``day``; the first is not counted (Civil Code, 147).

        Raise NotAllowed where the calendar has no working day for a year.
        """
        for _ in range(count):
            day = self.next_working_day(day + timedelta(days=1))
        return day

    def subtract_working_days(self, day: date, count: int) -> date:
        """Return the last working day from which ``day`` is still ``count`` (>= 0) working days away.

        With 0 it is ``day`` itself where that is worked, else the working day before it. Raise NotAllowed where the
        calendar has no working day for a year.
        """
        for distance in range(SEARCHED_DAYS):
            found = day - timedelta(days=distance)
            if self.is_working_day(found):
                if not count:
                    return found
                count -= 1
        raise NotAllowed(_no_working_day("trước", day))

    def working_days_after(self, start: date, last: date) -> int:
        """Return the number of working days after ``start`` up to and including ``last``; negative when it is past.

        It counts weeks and looks the exceptions up, so a year costs no more than a day.
        """
        return self._worked_until(last) - self._worked_until(start)

    def why_off(self, day: date) -> str:
        """Say in words why nobody works on ``day``: the name of the holiday, or the weekend."""
        return self.names.get(day) or ("nghỉ cuối tuần" if day.weekday() >= SATURDAY else "ngày nghỉ")

    def runs_off(self, first: date, last: date) -> Iterator[tuple[date, date]]:
        """Yield the runs of days without work inside ``first`` to ``last``, each as (first day, last day)."""
        start = None
        for day in days_between(first, last):
            if self.is_working_day(day):
                if start is not None:
                    yield start, day - timedelta(days=1)
                start = None
            elif start is None:
                start = day
        if start is not None:
            yield start, last

    def _worked_until(self, day: date) -> int:
        weeks, rest = divmod(day.toordinal(), 7)  # day 1 of the calendar was a Monday
        extra = bisect_right(self._worked_weekends, day) - bisect_right(self._weekdays_off, day)
        return weeks * SATURDAY + min(rest, SATURDAY) + extra

    @cached_property
    def _weekdays_off(self) -> list[date]:
        return sorted(day for day in self.days_off - self.days_worked if day.weekday() < SATURDAY)

    @cached_property
    def _worked_weekends(self) -> list[date]:
        return sorted(day for day in self.days_worked if day.weekday() >= SATURDAY)


def _no_working_day(side: str, day: date) -> str:
    return (
        f"Lịch làm việc không có ngày làm việc nào trong {SEARCHED_DAYS} ngày {side} {day:%d/%m/%Y}; "
        "hãy sửa ở trang “Lịch làm việc”."
    )


def days_between(first: date, last: date) -> Iterator[date]:
    """Yield every day from ``first`` to ``last``, both included."""
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def check_day(*, day: date, name: str, document: str) -> None:
    """Refuse a row of the calendar that gives no reason or no document. Raise NotAllowed."""
    if not name.strip():
        raise NotAllowed(f"Ngày {day:%d/%m/%Y}: hãy ghi lý do, ví dụ “Nghỉ bù Tết Dương lịch”.")
    if not document.strip():
        raise NotAllowed(f"Ngày {day:%d/%m/%Y}: hãy ghi số văn bản, ví dụ 8662/VPCP-KGVX.")


def check_calendar(calendar: WorkingCalendar, day: date) -> None:
    """Refuse a calendar in which nobody works for more than a month around ``day``. Raise NotAllowed."""
    around = timedelta(days=MOST_DAYS_OFF_IN_A_ROW + 1)
    for first, last in calendar.runs_off(day - around, day + around):
        if (last - first).days + 1 > MOST_DAYS_OFF_IN_A_ROW:
            raise NotAllowed(
                f"Từ {first:%d/%m/%Y} đến {last:%d/%m/%Y} sẽ không có ngày làm việc nào; lịch nghỉ liền nhiều nhất "
                f"{MOST_DAYS_OFF_IN_A_ROW} ngày. Hãy kiểm tra lại ngày và năm."
            )


def day_in_words(day: date) -> str:
    """Return a day as officials write it: Thứ Bảy 10/01/2026."""
    return f"{WEEKDAYS[day.weekday()]} {day:%d/%m/%Y}"


def local_day(moment: datetime) -> date:
    """Return the calendar day of ``moment`` in the province."""
    return moment.astimezone(PROVINCE_TIME).date()


def last_valid_day(closes_at: datetime) -> date:
    """Return the last day on which something is still in time before the exclusive end ``closes_at``."""
    return local_day(closes_at - timedelta(microseconds=1))


def starts_day(day: date) -> datetime:
    """Return 00:00 of ``day`` in the province: what "trước ngày" closes at."""
    return datetime(day.year, day.month, day.day, tzinfo=PROVINCE_TIME)


def ends_day(day: date) -> datetime:
    """Return 00:00 of the day after ``day``: what "chậm nhất ngày" closes at."""
    return starts_day(day + timedelta(days=1))


def month_window(year: int, month: int) -> tuple[datetime, datetime]:
    """Return what "tháng 01/2024" means: it opens on the first at 00:00 and closes on the first of the next month."""
    first = date(year, month, 1)
    return starts_day(first), starts_day((first + timedelta(days=31)).replace(day=1))


def is_midnight(moment: datetime) -> bool:
    """Say whether ``moment`` is 00:00 in the province."""
    local = moment.astimezone(PROVINCE_TIME)
    return (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)


def end_on_day(day: date, like: datetime) -> datetime:
    """Return the exclusive end on ``day`` with the time of day of ``like``; a midnight end is that day's own end."""
    local = like.astimezone(PROVINCE_TIME)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        day += timedelta(days=1)
    return datetime.combine(day, local.time(), PROVINCE_TIME)
