"""Keeping the working calendar: days off, and days worked in exchange.

A change moves no deadline: what is due is a stored moment, only the counting of working days changes.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from assessments import clock, permissions
from assessments.enums import Role
from assessments.models import DayOff, Official
from assessments.operations import events
from assessments.queries.calendar import working_calendar
from assessments.rules import NotAllowed
from assessments.rules.calendar import DayRow, check_calendar, check_day
from assessments.vietnamese import normalise


@transaction.atomic
def write_day(
    *, day: date, name: str, is_working: bool, by: Official | None, at: datetime, document: str = ""
) -> DayOff:
    """Say that offices are closed on ``day``, or that they work on it; ``by`` None is the system itself.

    A day that is already in the table, also a withdrawn one, is written anew and its event keeps what stood there; one
    that stays as it was leaves no event. Raise NotAllowed (no reason, no document, nobody would work for a month) or
    NotPermitted (the calendar is the province's).
    """
    name, document = normalise(name)[:120], normalise(document)[:120]
    if by is not None:
        permissions.check_keeps_calendar(by)
        check_day(day=day, name=name, document=document)
    row = DayOff.objects.select_for_update(of=("self",)).filter(date=day).first()
    before = _as_data(row) if row is not None else None
    values = {"name": name, "is_working": is_working, "document": document, "withdrawn_at": None, "withdrawn_by": None}
    if row is not None and all(getattr(row, field) == value for field, value in values.items()):
        return row
    row, _ = DayOff.objects.update_or_create(date=day, defaults=values)
    check_calendar(working_calendar(), day)
    events.record(
        kind="day_written",
        sentence=f"Ngày {day:%d/%m/%Y}: {'làm việc' if is_working else 'nghỉ'} ({name})",
        by=by,
        at=at,
        role=Role.ORGANISER if by is not None else "",
        details={"before": before, "after": _as_data(row)},
    )
    return row


@transaction.atomic
def change_day(*, row: DayOff, day: date, name: str, is_working: bool, document: str, by: Official) -> DayOff:
    """Change a row of the calendar; another date withdraws the old one. Raise NotAllowed, NotPermitted."""
    moment = clock.read()
    if day != row.date:
        if DayOff.objects.in_force().filter(date=day).exists():
            raise NotAllowed(f"Ngày {day:%d/%m/%Y} đã có trong lịch; hãy sửa dòng của ngày đó.")
        withdraw_day(row=row, reason=f"Chuyển sang ngày {day:%d/%m/%Y}", by=by)
    return write_day(day=day, name=name, is_working=is_working, document=document, by=by, at=moment)


@transaction.atomic
def add_day(*, day: date, name: str, is_working: bool, document: str, by: Official) -> DayOff:
    """Add a row for a day that has none. Raise NotAllowed (there is one already), NotPermitted."""
    if DayOff.objects.in_force().filter(date=day).exists():
        raise NotAllowed(f"Ngày {day:%d/%m/%Y} đã có trong lịch; hãy sửa dòng của ngày đó.")
    return write_day(day=day, name=name, is_working=is_working, document=document, by=by, at=clock.read())


@transaction.atomic
def withdraw_day(*, row: DayOff, reason: str, by: Official) -> DayOff:
    """Take a row out of force (bỏ khỏi lịch): the library counts again for its day; the row stays readable.

    Raise NotAllowed (no reason, withdrawn already) or NotPermitted.
    """
    permissions.check_keeps_calendar(by)
    if not reason.strip():
        raise NotAllowed("Hãy ghi lý do bỏ dòng này khỏi lịch.")
    row = DayOff.objects.select_for_update(of=("self",)).get(pk=row.pk)
    moment = clock.read()
    if row.withdrawn_at is not None:
        raise NotAllowed(f"Dòng của ngày {row.date:%d/%m/%Y} đã được bỏ trước đó.")
    row.withdrawn_at, row.withdrawn_by = moment, by
    row.save(update_fields=["withdrawn_at", "withdrawn_by"])
    check_calendar(working_calendar(), row.date)
    events.record(
        kind="day_withdrawn",
        sentence=f"Bỏ khỏi lịch làm việc: ngày {row.date:%d/%m/%Y} ({row.name})",
        by=by,
        at=moment,
        role=Role.ORGANISER,
        reason=reason.strip(),
        details={"before": _as_data(row)},
    )
    return row


@transaction.atomic
def import_days(*, rows: Sequence[DayRow], by: Official) -> int:
    """Write the days of a file, all or nothing; return how many it changed. Raise NotAllowed, NotPermitted."""
    permissions.check_keeps_calendar(by)
    moment = clock.read()
    before = {row.pk: _as_data(row) for row in DayOff.objects.select_for_update(of=("self",))}
    written = [
        write_day(day=each.date, name=each.name, is_working=each.is_working, document=each.document, by=by, at=moment)
        for each in rows
    ]
    return sum(before.get(row.pk) != _as_data(row) for row in written)


def _as_data(row: DayOff) -> dict[str, Any]:
    return {
        "date": row.date.isoformat(),
        "name": row.name,
        "is_working": row.is_working,
        "document": row.document,
        "is_withdrawn": row.withdrawn_at is not None,
    }
