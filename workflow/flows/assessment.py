"""The process of one unit in one period, as the regulation tells it."""

from collections.abc import Sequence
from datetime import datetime

from viewflow import this
from viewflow.workflow import flow

from assessments import clock
from assessments.enums import BranchState, LatePolicy, Role, Stage, WindowKind
from assessments.models import AppraisalBranch, Assessment, Unit
from assessments.operations import appraisals, disputes, submissions
from assessments.operations.stages import enter_stage_together
from assessments.queries.deadlines import window_of
from assessments.queries.disputes import disputed_branches_of, open_disputes_of
from evidence.queries import manifests
from workflow.flows.case import CaseFlow, case_of, secretary
from workflow.flows.timer_moments import closes, dispute_closes, opens
from workflow.nodes import CaseFunction, CaseIf, HumanStep, SplitByBranch, Wait, branch_of, was_reopened


def officers(assessment: Assessment, branch: AppraisalBranch | None) -> tuple[Role, Unit]:
    """The officers of the assessed unit."""
    return Role.OFFICER, assessment.unit


def head(assessment: Assessment, branch: AppraisalBranch | None) -> tuple[Role, Unit]:
    """The head of the assessed unit."""
    return Role.HEAD, assessment.unit


def appraisers(assessment: Assessment, branch: AppraisalBranch | None) -> tuple[Role, Unit]:
    """The appraisers of the branch's body."""
    return Role.APPRAISER, branch.unit


def supplement_window(assessment, windows, branch, created_at):
    """The short deadline of the open supplement request."""
    closes_at = branch.supplements.last().closes_at
    return created_at, closes_at, closes_at


def dispute_window(assessment, windows, branch, created_at):
    """The dispute window of this very case."""
    window = windows[WindowKind.DISPUTE]
    return created_at, assessment.dispute_closes_at or window.due_at, assessment.dispute_closes_at or window.closes_at


def before_council(assessment, windows, branch, created_at):
    """Answers and decisions are due when the council's stage begins; nothing closes: the organiser waits for them."""
    council = windows[WindowKind.COUNCIL]
    return created_at, council.opens_at if council.opens_at > created_at else council.due_at, None


def consolidation(assessment, windows, branch, created_at):
    """The consolidation is due as planned; nothing closes: the unit's own window starts with the announcement."""
    return created_at, windows[WindowKind.CONSOLIDATION].due_at, None


class AssessmentFlow(CaseFlow):
    """Quy trình đánh giá một đơn vị trong một kỳ

    Tập huấn → tự chấm điểm → tài liệu kiểm chứng → ký gửi → thẩm định → kiến nghị → công bố.
    """

    start = flow.StartHandle(this.attach).Annotation(title="Mở hồ sơ").Next(this.confirm_training)

    confirm_training = (
        HumanStep(stage=Stage.TRAINING, audience=officers, window=WindowKind.TRAINING)
        .Annotation(title="Xác nhận người tham gia tập huấn")
        .OnTimeout(closes(WindowKind.TRAINING), this.self_score, title="Hết hạn tập huấn")
        .Next(this.self_score)
    )
    self_score = (
        HumanStep(stage=Stage.SELF_SCORING, audience=officers, window=WindowKind.SELF_SCORING)
        .Annotation(title="Tự chấm điểm")
        .OnTimeout(closes(WindowKind.SELF_SCORING), this.close_self_scoring, title="Hết hạn tự chấm")
        .Next(this.provide_evidence)
    )
    close_self_scoring = (
        CaseFunction(this.apply_policy_to_self_scoring)
        .Annotation(title="Xử lý quá hạn tự chấm điểm")
        .Next(this.is_self_scoring_held)
    )
    is_self_scoring_held = CaseIf(this.held).Annotation(title="Tạm khóa?").Then(this.hold).Else(this.provide_evidence)
    provide_evidence = (
        HumanStep(stage=Stage.EVIDENCE, audience=officers, window=WindowKind.EVIDENCE)
        .Annotation(title="Cung cấp tài liệu kiểm chứng, trình lãnh đạo")
        .OnTimeout(closes(WindowKind.EVIDENCE), this.close_submission, title="Hết hạn gửi hồ sơ")
        .Next(this.is_presented)
    )
    is_presented = flow.If(this.was_done_not_reopened).Annotation(title="Đã trình?").Then(this.sign).Else(this.resume)
    sign = (
        HumanStep(stage=Stage.SIGN_OFF, audience=head, window=WindowKind.EVIDENCE)
        .Annotation(title="Ký, gửi hồ sơ")
        .OnTimeout(closes(WindowKind.EVIDENCE), this.close_submission, title="Hết hạn gửi hồ sơ")
        .Next(this.is_signed)
    )
    is_signed = flow.If(this.was_submitted).Annotation(title="Đã ký?").Then(this.await_appraisal).Else(this.resume)
    close_submission = (
        CaseFunction(this.apply_policy_to_submission)
        .Annotation(title="Xử lý quá hạn gửi hồ sơ")
        .Next(this.is_submission_held)
    )
    is_submission_held = CaseIf(this.held).Annotation(title="Tạm khóa?").Then(this.hold).Else(this.await_appraisal)
    hold = Wait(stage=Stage.HELD).Annotation(title="Tạm khóa, chờ gia hạn").Next(this.resume)
    resume = (
        flow.If(this.is_self_scoring_open)
        .Annotation(title="Còn hạn tự chấm?")
        .Then(this.self_score)
        .Else(this.provide_evidence)
    )

    await_appraisal = (
        Wait(stage=Stage.SUBMITTED)
        .Annotation(title="Đã nộp, chờ thẩm định (có thể thu hồi)")
        .OnTimeout(opens(WindowKind.APPRAISAL), this.split_appraisal, title="Mở thẩm định")
        .Next(this.resume)
    )

    split_appraisal = (
        SplitByBranch(this.open_branches).Annotation(title="Chia cho cơ quan thẩm định").Next(this.appraise)
    )
    appraise = (
        HumanStep(stage=Stage.APPRAISAL, audience=appraisers, window=WindowKind.APPRAISAL, per_branch=True)
        .Annotation(title="Thẩm định")
        .Next(this.is_returned)
    )
    is_returned = (
        flow.If(this.was_returned).Annotation(title="Yêu cầu bổ sung?").Then(this.supplement).Else(this.join_appraisal)
    )
    supplement = (
        HumanStep(stage=Stage.APPRAISAL, audience=officers, window=supplement_window, per_branch=True)
        .Annotation(title="Giải trình, bổ sung")
        .OnTimeout(this.supplement_closes_at, this.close_supplement, title="Hết hạn bổ sung")
        .Next(this.appraise)
    )
    close_supplement = (
        flow.Function(this.return_unanswered).Annotation(title="Hết hạn bổ sung, trả lại").Next(this.appraise)
    )
    join_appraisal = flow.Join().Annotation(title="Đủ các cơ quan").Next(this.is_recalled)
    is_recalled = (
        flow.If(this.was_recalled).Annotation(title="Đơn vị thu hồi?").Then(this.resume).Else(this.consolidate)
    )
    consolidate = (
        HumanStep(stage=Stage.CONSOLIDATION, audience=secretary, window=consolidation)
        .Annotation(title="Tổng hợp, công bố kết quả sơ bộ")
        .Next(this.dispute)
    )
    dispute = (
        HumanStep(stage=Stage.DISPUTE, audience=head, window=dispute_window)
        .Annotation(title="Kiến nghị hoặc chấp nhận kết quả sơ bộ")
        .OnTimeout(dispute_closes, this.close_dispute, title="Hết hạn kiến nghị")
        .Next(this.is_disputed)
    )
    close_dispute = CaseFunction(this.end_dispute_window).Annotation(title="Hết hạn kiến nghị").Next(this.is_disputed)
    is_disputed = (
        CaseIf(this.disputed).Annotation(title="Có kiến nghị?").Then(this.split_answers).Else(this.await_publication)
    )
    split_answers = (
        SplitByBranch(this.disputed_branches).Annotation(title="Chia kiến nghị cho cơ quan").Next(this.answer_disputes)
    )
    answer_disputes = (
        HumanStep(stage=Stage.RESOLUTION, audience=appraisers, window=before_council, per_branch=True)
        .Annotation(title="Trả lời kiến nghị")
        .Next(this.join_answers)
    )
    join_answers = flow.Join().Annotation(title="Đủ ý kiến trả lời").Next(this.decide_disputes)
    decide_disputes = (
        HumanStep(stage=Stage.RESOLUTION, audience=secretary, window=before_council)
        .Annotation(title="Xem xét, quyết định kiến nghị")
        .Next(this.await_publication)
    )
    await_publication = Wait(stage=Stage.COUNCIL).Annotation(title="Chờ Hội đồng và công bố").Next(this.is_council_over)
    is_council_over = (
        flow.If(this.was_done_not_reopened)
        .Annotation(title="Công bố, hay mở lại kiến nghị?")
        .Then(this.record_publication)
        .Else(this.dispute)
    )
    record_publication = flow.Function(this.mark_published).Annotation(title="Công bố").Next(this.end)
    end = flow.End().Annotation(title="Kết thúc")

    def supplement_closes_at(self, activation) -> datetime:
        return branch_of(activation.task).supplements.last().closes_at

    # What the gateways ask.

    def was_done_not_reopened(self, activation) -> bool:
        return not was_reopened(activation.task.previous.first())

    def held(self, cases: Sequence[Assessment]) -> set[int]:
        return {case.pk for case in cases if case.late_policy_applied == LatePolicy.HOLD}

    def was_submitted(self, activation) -> bool:
        return case_of(activation).submissions.filter(withdrawn_at__isnull=True).exists()

    def is_self_scoring_open(self, activation) -> bool:
        return clock.read() < window_of(case_of(activation), WindowKind.SELF_SCORING).closes_at

    def was_returned(self, activation) -> bool:
        branch = branch_of(activation.task)
        branch.refresh_from_db()
        return branch.state == BranchState.SUPPLEMENT

    def was_recalled(self, activation) -> bool:
        return case_of(activation).branches.filter(state=BranchState.RECALLED).exists()

    def disputed(self, cases: Sequence[Assessment]) -> set[int]:
        return {pk for pk, count in open_disputes_of(cases).items() if count}

    # What happens between the steps.

    def apply_policy_to_self_scoring(self, cases: Sequence[Assessment], at: datetime) -> None:
        submissions.apply_late_policy(cases=cases, window=WindowKind.SELF_SCORING, manifests={}, at=at)

    def apply_policy_to_submission(self, cases: Sequence[Assessment], at: datetime) -> None:
        submissions.apply_late_policy(cases=cases, window=WindowKind.EVIDENCE, manifests=manifests(cases), at=at)

    def open_branches(self, cases: Sequence[Assessment], at: datetime) -> dict[int, list[AppraisalBranch]]:
        return appraisals.open_branches(cases=cases, at=at)

    def return_unanswered(self, activation) -> None:
        appraisals.close_unanswered_supplement(branch=branch_of(activation.task), at=clock.read())

    def end_dispute_window(self, cases: Sequence[Assessment], at: datetime) -> None:
        disputes.close_window(cases=cases, at=at)

    def disputed_branches(self, cases: Sequence[Assessment], at: datetime) -> dict[int, list[AppraisalBranch]]:
        enter_stage_together(cases=cases, stage=Stage.RESOLUTION, at=at)
        return disputed_branches_of(cases)
