"""Shifting a timetable to another year: the same dates, worded as they were, moved off days without work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from assessments.enums import EndWording, WindowKind
from assessments.rules.calendar import (
    PROVINCE_TIME,
    WorkingCalendar,
    day_in_words,
    ends_day,
    is_midnight,
    last_valid_day,
    local_day,
)
from assessments.rules.timetable import NO_OVERLAP, TimetableRow


@dataclass(frozen=True)
class Shift:
    """One moment before and after, and why it is not simply the same date."""

    old: datetime
    new: datetime
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShiftedRow:
    """One step before and after."""

    opens: Shift
    due: Shift
    closes: Shift
    old: TimetableRow

    @property
    def row(self) -> TimetableRow:
        """Return the step as it is to be set."""
        return TimetableRow(
            opens_at=self.opens.new,
            due_at=self.due.new,
            closes_at=self.closes.new,
            late_policy=self.old.late_policy,
            due_wording=self.old.due_wording,
            closes_wording=self.old.closes_wording,
        )


def shift_timetable(
    timetable: Mapping[WindowKind, TimetableRow], *, years: int, calendar: WorkingCalendar
) -> dict[WindowKind, ShiftedRow]:
    """Return every step ``years`` later; what falls on a day without work moves to the next working day.

    An end keeps its wording: "trước ngày" keeps the day that it names, "chậm nhất ngày" the last day that counts. A
    step that opened only after an earlier one had closed does so again.
    """
    shifted = {
        kind: ShiftedRow(
            opens=shift_opening(row.opens_at, years=years, calendar=calendar),
            due=shift_end(row.due_at, row.due_wording, years=years, calendar=calendar),
            closes=shift_end(row.closes_at, row.closes_wording, years=years, calendar=calendar),
            old=row,
        )
        for kind, row in timetable.items()
    }
    for earlier, later in NO_OVERLAP:
        if earlier not in shifted or later not in shifted:
            continue
        first, second = shifted[earlier], shifted[later]
        if second.old.opens_at >= first.old.closes_at and second.opens.new < first.closes.new:
            opens = _after(second.opens, first.closes.new, earlier, calendar)
            shifted[later] = ShiftedRow(opens, second.due, second.closes, second.old)
    return shifted


def shift_opening(moment: datetime, *, years: int, calendar: WorkingCalendar) -> Shift:
    """Return an opening ``years`` later, on a working day at the same time of day."""
    day, reasons = _same_date(local_day(moment), years, leap_day=date(2024, 3, 1))
    worked, moved = _worked(day, calendar)
    return Shift(moment, _at_time(worked, moment), (*reasons, *moved))


def shift_end(moment: datetime, wording: EndWording, *, years: int, calendar: WorkingCalendar) -> Shift:
    """Return an end ``years`` later, its last valid day a working day; a midnight end stays one."""
    if not is_midnight(moment):
        day, reasons = _same_date(local_day(moment), years, leap_day=date(2024, 2, 28))
        worked, moved = _worked(day, calendar)
        return Shift(moment, _at_time(worked, moment), (*reasons, *moved))
    if wording == EndWording.LATEST:
        last, reasons = _same_date(last_valid_day(moment), years, leap_day=date(2024, 2, 28))
    else:
        named, reasons = _same_date(local_day(moment), years, leap_day=date(2024, 3, 1))
        last = named - timedelta(days=1)
    worked, moved = _worked(last, calendar)
    return Shift(moment, ends_day(worked), (*reasons, *moved))


def _same_date(day: date, years: int, *, leap_day: date) -> tuple[date, tuple[str, ...]]:
    year = day.year + years
    try:
        return day.replace(year=year), ()
    except ValueError:
        return leap_day.replace(year=year), (f"năm {year} không có ngày 29/02",)


def _worked(day: date, calendar: WorkingCalendar) -> tuple[date, tuple[str, ...]]:
    if calendar.is_working_day(day):
        return day, ()
    return calendar.next_working_day(day), (f"{day_in_words(day)} là ngày nghỉ ({calendar.why_off(day)})",)


def _after(opens: Shift, closes: datetime, earlier: WindowKind, calendar: WorkingCalendar) -> Shift:
    """Return an opening that waits for the new end of an earlier step."""
    day = calendar.next_working_day(local_day(closes))
    if _at_time(day, opens.old) < closes:
        day = calendar.next_working_day(day + timedelta(days=1))
    return Shift(opens.old, _at_time(day, opens.old), (*opens.reasons, f"mở sau khi bước “{earlier.label}” đóng"))


def _at_time(day: date, like: datetime) -> datetime:
    return datetime.combine(day, like.astimezone(PROVINCE_TIME).time(), PROVINCE_TIME)
