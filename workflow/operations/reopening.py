"""What a later end opens again: a held case, one that the system closed or submitted, an unused dispute window.

The flow is never undone: the open step ends, marked as reopened, and the arrows lead back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from viewflow.workflow.models import Task

from assessments.enums import BranchState, LatePolicy, Stage, WindowKind
from assessments.models import Assessment, DeadlineMove, MovedDeadline, Official
from assessments.operations import appraisals, submissions
from assessments.queries.disputes import open_disputes
from assessments.queries.submissions import decided_count
from workflow.models import AssessmentProcess, WorkItem
from workflow.nodes import Wait, mark_reopened

_CLOSED_BY_SYSTEM = [LatePolicy.SUBMIT_AS_IS, LatePolicy.ZERO]


@dataclass(frozen=True)
class Reopening:
    """What opened again in words, or why it stays closed; both "" where the system had closed nothing."""

    opened: str = ""
    refused: str = ""


def reopen(
    process: AssessmentProcess, rows: Iterable[MovedDeadline], *, move: DeadlineMove, by: Official, at: datetime
) -> Reopening:
    """Open again what the system closed, now that the end lies ahead of ``at``; under the locks of process and case.

    ``rows`` are what the move did to this case, whose state is as it stands in the database.
    """
    later = {row.window for row in rows if row.branch_id is None and row.is_later and row.closes_at > at}
    case = process.assessment
    if later & {WindowKind.SELF_SCORING, WindowKind.EVIDENCE}:
        if case.stage == Stage.HELD:
            _end_wait(process, process.flow_class.hold)
            return Reopening(opened="Hết tạm khóa, đi tiếp")
        if case.late_policy_applied in _CLOSED_BY_SYSTEM:
            return _reopen_closed(process, later, move=move, by=by, at=at)
    if WindowKind.DISPUTE in later:
        return _reopen_dispute(process)
    if WindowKind.TRAINING in later and _timed_out(case, "confirm_training"):
        return Reopening(refused=f"{case.unit.name}: bước tập huấn đã hết hạn và chuyển bước, không mở lại.")
    return Reopening()


def _reopen_closed(
    process: AssessmentProcess, later: set[str], *, move: DeadlineMove, by: Official, at: datetime
) -> Reopening:
    """Give back what the late policy closed or submitted, unless somebody has judged it meanwhile."""
    case = process.assessment
    if case.stage in (Stage.EVIDENCE, Stage.SIGN_OFF) and WindowKind.SELF_SCORING in later:
        submissions.reopen_late(assessment=case, decision_number=move.decision_number, by=by, at=at)
        _end_work(case, ["provide_evidence", "sign"], by)
        return Reopening(opened="Trở lại tự chấm điểm")
    if not case.submissions.filter(is_automatic=True, withdrawn_at__isnull=True).exists():
        return Reopening()
    if case.stage == Stage.SUBMITTED:
        submissions.reopen_late(assessment=case, decision_number=move.decision_number, by=by, at=at)
        _end_wait(process, process.flow_class.await_appraisal)
        return Reopening(opened="Rút biên nhận hệ thống tự nộp, trả lại đơn vị")
    if case.stage != Stage.APPRAISAL:
        return Reopening(refused=f"{case.unit.name}: đã qua thẩm định nên không mở lại cho đơn vị.")
    if decided_count(case) or case.branches.exclude(state=BranchState.APPRAISING).exists():
        return Reopening(
            refused=f"{case.unit.name}: cơ quan thẩm định đã có kết luận hoặc yêu cầu bổ sung nên không mở lại."
        )
    submissions.reopen_late(assessment=case, decision_number=move.decision_number, by=by, at=at)
    appraisals.recall_branches(assessment=case)
    _end_work(case, ["appraise"], by)
    return Reopening(opened="Rút biên nhận hệ thống tự nộp, trả lại đơn vị")


def _reopen_dispute(process: AssessmentProcess) -> Reopening:
    """Open an unused dispute window again; what was filed in time is being answered and goes on."""
    case = process.assessment
    if not _timed_out(case, "dispute"):
        return Reopening()
    if case.stage == Stage.COUNCIL and not open_disputes(case):
        _end_wait(process, process.flow_class.await_publication)
        return Reopening(opened="Mở lại thời hạn kiến nghị chưa dùng")
    if case.stage in (Stage.RESOLUTION, Stage.COUNCIL):
        return Reopening(refused=f"{case.unit.name}: kiến nghị đã gửi đang hoặc đã được xem xét nên không mở lại.")
    return Reopening()


def _timed_out(case: Assessment, node: str) -> bool:
    """Say whether the system, not a person, ended the newest turn of a step."""
    work = WorkItem.objects.filter(assessment=case, node=node).order_by("-pk").first()
    return work is not None and work.outcome == WorkItem.Outcome.TIMED_OUT


def _end_wait(process: AssessmentProcess, node: Wait) -> None:
    wait = mark_reopened(Task.objects.get(process=process, flow_task=node, finished=None))
    node.activation_class(wait).finish()


def _end_work(case: Assessment, nodes: list[str], by: Official) -> None:
    for work in WorkItem.objects.open().filter(assessment=case, node__in=nodes).order_by("id"):
        task = mark_reopened(Task.objects.get(pk=work.task_id))
        task.flow_task.activation_class(task).finish(by)
