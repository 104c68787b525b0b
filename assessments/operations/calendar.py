"""Keeping the working calendar: days off, and Saturdays worked in exchange."""

from datetime import date, datetime

from django.db import transaction

from assessments.models import DayOff, Official
from assessments.operations import events
from assessments.vietnamese import normalise


@transaction.atomic
def write_day(
    *, day: date, name: str, is_working: bool, by: Official | None, at: datetime, document: str = ""
) -> DayOff:
    """Say that offices are closed on ``day``, or that they work on it in exchange; ``by`` None is the system itself.

    A day that is already in the table is written anew; one that stays as it was leaves no event.
    """
    values = {"name": normalise(name)[:120], "is_working": is_working, "document": normalise(document)[:120]}
    row = DayOff.objects.select_for_update().filter(date=day).first()
    if row is not None and all(getattr(row, field) == value for field, value in values.items()):
        return row
    row, _ = DayOff.objects.update_or_create(date=day, defaults=values)
    events.record(
        kind="day_written",
        sentence=f"Ngày {day:%d/%m/%Y}: {'làm việc' if is_working else 'nghỉ'} ({values['name']})",
        by=by,
        at=at,
    )
    return row
