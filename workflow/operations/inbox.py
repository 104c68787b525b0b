"""Claiming and releasing work of a group queue, and putting it off to a day of one's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from assessments import clock, permissions
from assessments.enums import Role
from assessments.models import Official
from assessments.rules import NotAllowed
from assessments.rules.calendar import starts_day
from assessments.vietnamese import normalise
from workflow.models import Snooze, WorkItem
from workflow.rules import check_can_snooze


def claim(*, work: WorkItem, by: Official) -> WorkItem:
    """Take a piece of work out of the group queue (nhận việc). Raise NotAllowed when a colleague has it."""
    with _locked(work, by) as fresh:
        if fresh.claimed_by and fresh.claimed_by_id != by.pk:
            raise NotAllowed(f"Việc này đã được {fresh.claimed_by.display_name} nhận.")
        if not fresh.claimed_by_id:
            fresh.claimed_by, fresh.claimed_at = by, clock.read()
            fresh.save(update_fields=["claimed_by", "claimed_at"])
    return fresh


def release(*, work: WorkItem, by: Official) -> WorkItem:
    """Put a claimed piece of work back into the group queue (trả lại hàng đợi). Raise NotAllowed."""
    with _locked(work, by) as fresh:
        if fresh.claimed_by and fresh.claimed_by_id != by.pk:
            raise NotAllowed(f"Việc này do {fresh.claimed_by.display_name} nhận; chỉ người đó trả lại được.")
        fresh.claimed_by = fresh.claimed_at = None
        fresh.save(update_fields=["claimed_by", "claimed_at"])
    return fresh


def snooze(*, work: WorkItem, until: date, reason: str = "", by: Official) -> Snooze:
    """Hide work from one's own inbox until a day (hẹn lại); colleagues still see it. Raise NotAllowed."""
    with _locked(work, by) as fresh:
        moment = clock.read()
        check_can_snooze(until=until, due_at=fresh.due_at, moment=moment, title=fresh.title)
        Snooze.objects.filter(person=by, work=fresh, woken_at__isnull=True).update(woken_at=moment)
        return Snooze.objects.create(
            person=by, work=fresh, until_at=starts_day(until), reason=normalise(reason)[:200], created_at=moment
        )


def wake(*, work: WorkItem, by: Official) -> None:
    """Show work again before its day has come (hiện lại). Raise NotAllowed when it was not put off."""
    with _locked(work, by) as fresh:
        moment = clock.read()
        asleep = Snooze.objects.asleep(moment).filter(person=by, work=fresh)
        if not asleep.update(woken_at=moment):
            raise NotAllowed(f"Việc “{fresh.title}” không hẹn sang ngày khác nên đang ở mục Chờ xử lý.")


@contextmanager
def _locked(work: WorkItem, by: Official) -> Iterator[WorkItem]:
    with work.task.flow_task.flow_class.lock(work.task.process_id):
        fresh = WorkItem.objects.visible_to(by).select_related("claimed_by", "role_unit").filter(pk=work.pk).first()
        if fresh is None:
            raise NotAllowed("Việc này không thuộc hàng đợi của bạn.")
        if fresh.closed_at:
            raise NotAllowed(f"Việc “{fresh.title}” đã được xử lý.")
        permissions.check_holds(by, Role(fresh.role), fresh.role_unit)
        yield fresh
