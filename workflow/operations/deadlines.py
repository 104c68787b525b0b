"""Extending a deadline: the ledger, the armed timers and the rows of the inbox move in one transaction."""

from datetime import datetime

from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from assessments.enums import Stage, WindowKind
from assessments.models import Assessment, DeadlineExtension, Official
from assessments.operations import deadlines
from assessments.rules import NotAllowed
from workflow.models import AssessmentProcess, WorkItem
from workflow.reminders import replan, rung_due, tell_extension


def extend_deadline(
    *,
    assessment: Assessment,
    window: WindowKind,
    closes_at: datetime,
    reason: str,
    decision_number: str,
    by: Official,
) -> list[DeadlineExtension]:
    """Extend one window of one case (gia hạn); a case that was held goes on. Raise NotAllowed, NotPermitted."""
    process = assessment.processes.order_by("-pk").first()
    if process is None:
        raise NotAllowed("Hồ sơ chưa được mở.")
    with process.flow_class.lock(process.pk):
        written = deadlines.extend_deadline(
            assessment=assessment,
            window=window,
            closes_at=closes_at,
            reason=reason,
            decision_number=decision_number,
            by=by,
        )
        move_timers(process=process)
        _move_work(assessment, decision_number=decision_number, at=written[0].at)
        assessment.refresh_from_db()
        if assessment.stage == Stage.HELD:
            wait = Task.objects.get(process=process, flow_task=process.flow_class.hold, finished=None)
            wait.flow_task.activation_class(wait).finish()
    return written


def move_timers(*, process: AssessmentProcess) -> int:
    """Set every armed timer of a process to the moment its rows say now; return how many moved."""
    moved = 0
    armed = Task.objects.filter(process=process, flow_task_type="TIMER", status=STATUS.SCHEDULED)
    for task in armed:
        node = task.flow_task
        moment = node._delay(node.activation_class(task))  # the function the timer was armed with
        if task.scheduled != moment:
            Task.objects.filter(pk=task.pk).update(scheduled=moment)
            moved += 1
    return moved


def _move_work(assessment: Assessment, *, decision_number: str, at: datetime) -> None:
    moved = []
    for work in WorkItem.objects.open().filter(assessment=assessment).select_related("task", "branch"):
        node = work.task.flow_task
        opens_at, due_at, closes_at = node.moments(assessment, work.branch, created_at=work.created_at)
        if (due_at, closes_at) == (work.due_at, work.closes_at):
            continue
        work.opens_at, work.due_at, work.closes_at = opens_at, due_at, closes_at
        work.last_rung = rung_due(opens_at=opens_at, due_at=due_at, moment=at)
        work.save(update_fields=["opens_at", "due_at", "closes_at", "last_rung"])
        tell_extension(work=work, decision_number=decision_number, at=at)
        moved.append(work)
    replan(moved, at=at)
