"""Moving a deadline: the ledger, the armed timers and the rows of the inbox move in one transaction."""

from datetime import datetime

from django.db import transaction
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from assessments.enums import MoveState, Stage, WindowKind
from assessments.models import Assessment, DeadlineMove, MovedDeadline, Official
from assessments.operations import deadlines
from assessments.operations.deadlines import MoveRequest
from workflow.models import AssessmentProcess, WorkItem
from workflow.reminders import replan, tell_extension

_HOLDING = [WindowKind.SELF_SCORING, WindowKind.EVIDENCE]


@transaction.atomic
def move_deadline(*, request: MoveRequest, by: Official) -> DeadlineMove:
    """Move the end of a step (dời thời hạn); a case that was held goes on. Raise NotAllowed, NotPermitted."""
    processes = _lock_processes(request)
    move = deadlines.record_move(request=request, by=by)
    if move.state != MoveState.APPLIED:
        return move
    rows = {row.assessment_id: row for row in move.moved.order_by("-id")}
    for process in processes:
        if process.assessment_id in rows:
            _move_case(process, rows[process.assessment_id], decision_number=move.decision_number, at=move.at)
    return move


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


def _lock_processes(request: MoveRequest | DeadlineMove) -> list[AssessmentProcess]:
    """Lock the processes of the cases in one order, before any case: the order in which every step takes them."""
    running = AssessmentProcess.objects.filter(assessment__in=deadlines.cases_of(request), finished__isnull=True)
    return list(running.select_for_update(of=("self",)).select_related("assessment").order_by("pk"))


def _move_case(process: AssessmentProcess, row: MovedDeadline, *, decision_number: str, at: datetime) -> None:
    process.assessment.refresh_from_db()
    move_timers(process=process)
    assessment = process.assessment
    _move_work(assessment, decision_number=decision_number, at=at)
    if assessment.stage == Stage.HELD and row.window in _HOLDING and row.is_later:
        wait = Task.objects.get(process=process, flow_task=process.flow_class.hold, finished=None)
        wait.flow_task.activation_class(wait).finish()


def _move_work(assessment: Assessment, *, decision_number: str, at: datetime) -> None:
    moved = []
    for work in WorkItem.objects.open().filter(assessment=assessment).select_related("task", "branch"):
        node = work.task.flow_task
        opens_at, due_at, closes_at = node.moments(assessment, work.branch, created_at=work.created_at)
        if (due_at, closes_at) == (work.due_at, work.closes_at):
            continue
        work.opens_at, work.due_at, work.closes_at = opens_at, due_at, closes_at
        work.save(update_fields=["opens_at", "due_at", "closes_at"])
        tell_extension(work=work, decision_number=decision_number, at=at)
        moved.append(work)
    replan(moved, at=at)
