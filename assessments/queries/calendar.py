"""The working calendar: the holidays library as a base, the editable table on top."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

import holidays

from assessments.models import DayOff
from assessments.rules.calendar import WorkingCalendar, days_between

FIRST_YEAR, LAST_YEAR = 2020, 2040


@cache
def library_calendar() -> WorkingCalendar:
    """Return what the holidays library alone says, with its Vietnamese names.

    It does not know a decision until a release of it does: the swap of 2 and 10 January 2026 is missing.
    """
    years = range(FIRST_YEAR, LAST_YEAR)
    found = holidays.country_holidays("VN", years=years, language="vi")
    worked = frozenset(day for day in found.weekend_workdays if day.year in years)
    names = {day: str(name) for day, name in found.items()} | dict.fromkeys(worked, "Ngày làm bù")
    return WorkingCalendar(days_off=frozenset(found), days_worked=worked, names=names)


def overridden(base: WorkingCalendar, rows: Iterable[tuple[date, str, bool]]) -> WorkingCalendar:
    """Return ``base`` with the rows (day, name, is worked) on top: a row wins, whatever the base says of its day."""
    off, worked, names = set(base.days_off), set(base.days_worked), dict(base.names)
    for day, name, is_working in rows:
        (worked if is_working else off).add(day)
        (off if is_working else worked).discard(day)
        names[day] = name
    return WorkingCalendar(days_off=frozenset(off), days_worked=frozenset(worked), names=names)


def working_calendar() -> WorkingCalendar:
    """Return the working days of Vietnam; a row of the table wins over the library. One query."""
    rows = DayOff.objects.in_force().order_by().values_list("date", "name", "is_working")
    return overridden(library_calendar(), rows)


@dataclass(frozen=True)
class CalendarDay:
    """One day of a year as the page shows it: its look, the word in its cell and what stands behind it."""

    day: date
    look: str
    word: str
    name: str


def year_of(year: int, rows: Iterable[DayOff]) -> list[list[CalendarDay]]:
    """Return the twelve months of a year with every day judged; ``rows`` are those in force. No query."""
    base, table = library_calendar(), {row.date: row for row in rows}
    days = days_between(date(year, 1, 1), date(year, 12, 31))
    months: list[list[CalendarDay]] = [[] for _ in range(12)]
    for day in days:
        months[day.month - 1].append(_calendar_day(day, table.get(day), base))
    return months


def _calendar_day(day: date, row: DayOff | None, base: WorkingCalendar) -> CalendarDay:
    if row is not None:
        look = "is-row is-worked" if row.is_working else "is-row"
        return CalendarDay(day, look, "làm" if row.is_working else "nghỉ", row.name)
    if day in base.days_worked:
        return CalendarDay(day, "is-worked", "làm", base.why_off(day))
    if day in base.days_off:
        return CalendarDay(day, "is-holiday", "lễ", base.why_off(day))
    return CalendarDay(day, "" if base.is_working_day(day) else "is-off", "", "")


def library_days(year: int, rows: Iterable[DayOff]) -> list[tuple[date, str, bool]]:
    """Return (day, name, whether a row of the table wins) for what the library says of a year. No query."""
    base, table = library_calendar(), {row.date for row in rows}
    found = sorted(day for day in base.days_off | base.days_worked if day.year == year)
    return [(day, base.names[day], day in table) for day in found]


def working_days_by_month(year: int) -> list[int]:
    """Return how many working days each month of a year has; one query."""
    calendar = working_calendar()
    eves = [date(year, month, 1) - timedelta(days=1) for month in range(1, 13)] + [date(year, 12, 31)]
    return [calendar.working_days_after(eve, last) for eve, last in pairwise(eves)]


def changes_by(rows: Iterable[tuple[date, str, bool, str]]) -> list[tuple[date, str, bool, str, str]]:
    """Return each row of a file with what it would do: "thêm", "sửa" or "như cũ"; one query."""
    stored = {row.date: row for row in DayOff.objects.in_force()}
    found = []
    for day, name, is_working, document in rows:
        row = stored.get(day)
        same = row is not None and (row.name, row.is_working, row.document) == (name, is_working, document)
        found.append((day, name, is_working, document, "như cũ" if same else "sửa" if row else "thêm"))
    return found
