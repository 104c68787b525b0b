"""The sweep of reminders: each open piece of work gets the newest rung it has reached, once."""

from datetime import datetime

from django.db import transaction

from workflow.models import WorkItem
from workflow.reminders import rung_due, send_rung


def send_due_reminders(*, at: datetime) -> int:
    """Put due reminders into the outbox and return how many pieces of work were reminded; safe to run many at once.

    After an outage only the newest rung goes out: the older ones were never written.
    """
    reminded = 0
    waiting = WorkItem.objects.open().filter(opens_at__lte=at).only("pk", "opens_at", "due_at", "last_rung")
    due = [
        work.pk for work in waiting if rung_due(opens_at=work.opens_at, due_at=work.due_at, moment=at) != work.last_rung
    ]
    for pk in due:
        reminded += _remind(pk, at)
    return reminded


@transaction.atomic
def _remind(pk: int, at: datetime) -> bool:
    work = (
        WorkItem.objects.open()
        .select_for_update(of=("self",))
        .select_related("assessment__unit", "assessment__period", "role_unit", "claimed_by")
        .filter(pk=pk)
        .first()
    )
    if work is None:
        return False
    rung = rung_due(opens_at=work.opens_at, due_at=work.due_at, moment=at)
    if not rung or rung == work.last_rung:
        return False
    send_rung(work=work, rung=rung, at=at)
    work.last_rung = rung
    work.save(update_fields=["last_rung"])
    return True
