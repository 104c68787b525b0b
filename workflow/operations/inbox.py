"""Claiming and releasing work of a group queue."""

from collections.abc import Iterator
from contextlib import contextmanager

from assessments import clock, permissions
from assessments.enums import Role
from assessments.models import Official
from assessments.rules import NotAllowed
from workflow.models import WorkItem


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
