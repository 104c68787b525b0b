"""Appraisal (thẩm định): one branch per appraising body, returns for supplement, and the consolidation."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from assessments import permissions
from assessments.enums import BranchState, Role, Scoring, Stage, WindowKind
from assessments.models import (
    AppraisalBranch,
    AppraisingBody,
    Assessment,
    ItemScore,
    Official,
    SupplementItem,
    SupplementRequest,
)
from assessments.operations import events, guards, scores
from assessments.operations.deadlines import resume_clock
from assessments.queries.appraisals import branch_scores, unappraised_codes
from assessments.queries.calendar import working_calendar
from assessments.queries.deadlines import appraisal_window_of, window_of
from assessments.rules import NotAllowed, deadlines, stages


@transaction.atomic
def open_branches(*, cases: Sequence[Assessment], at: datetime) -> dict[int, list[AppraisalBranch]]:
    """Open one branch per appraising body of each case's criteria; a body that would judge itself is replaced.

    The secretariat appraises in its place (nobody appraises their own unit). A branch recalled by a withdrawal is
    opened again for the next round. Return ``{case id: [branch, …]}``; a handful of statements for any number of cases.
    """
    bodies = {
        (body.period_id, body.name): body.unit
        for body in AppraisingBody.objects.filter(period__in={case.period_id for case in cases}).select_related("unit")
    }
    earlier = {
        (branch.assessment_id, branch.body_name): branch
        for branch in AppraisalBranch.objects.filter(assessment__in=cases).select_related("unit")
    }
    names = _bodies_of(cases)
    found: dict[int, list[AppraisalBranch]] = {}
    for case in cases:
        found[case.pk] = []
        for name in names[case.pk]:
            unit = bodies[case.period_id, name]
            own = unit.pk == case.unit_id
            branch = earlier.get((case.pk, name)) or AppraisalBranch(
                body_name=name, unit=case.period.secretariat if own else unit, is_substitute=own
            )
            branch.assessment = case
            branch.state, branch.round = BranchState.APPRAISING, case.round
            branch.completed_at = branch.completed_by = None
            found[case.pk].append(branch)
    every = [branch for branches in found.values() for branch in branches]
    AppraisalBranch.objects.bulk_update(
        [branch for branch in every if branch.pk], ["state", "round", "completed_at", "completed_by"]
    )
    AppraisalBranch.objects.bulk_create(branch for branch in every if not branch.pk)
    for alike in {tuple(names[case.pk]) for case in cases}:
        events.record_each(
            kind="appraisal_opened",
            sentences={
                case: f"Mở thẩm định tại {len(alike)} cơ quan" for case in cases if tuple(names[case.pk]) == alike
            },
            at=at,
            details={"bodies": list(alike)},
        )
    return found


def _bodies_of(cases: Sequence[Assessment]) -> dict[int, list[str]]:
    """Return ``{case id: names of the bodies that appraise items of it}``, in their order."""
    found: dict[int, list[str]] = {case.pk: [] for case in cases}
    named = ItemScore.objects.filter(assessment__in=found).exclude(item__scoring=Scoring.SURVEY)
    pairs = named.order_by("assessment", "item__appraising_body").values_list("assessment", "item__appraising_body")
    for case_id, name in pairs.distinct():
        found[case_id].append(name)
    return found


@transaction.atomic
def complete_branch(*, branch: AppraisalBranch, by: Official) -> AppraisalBranch:
    """Finish one body's appraisal. Raise NotAllowed while an item of the body has no appraised input."""
    branch, moment = _locked_branch(branch, by, doing="hoàn thành thẩm định")
    missing = unappraised_codes(branch)
    if missing:
        shown = ", ".join(missing[:12]) + (" …" if len(missing) > 12 else "")
        raise NotAllowed(f"Còn {len(missing)} nội dung chưa thẩm định: {shown}.")
    branch.state, branch.completed_at, branch.completed_by = BranchState.DONE, moment, by
    branch.save(update_fields=["state", "completed_at", "completed_by"])
    events.record(
        kind="branch_completed",
        sentence=f"{branch.body_name} hoàn thành thẩm định",
        by=by,
        at=moment,
        assessment=branch.assessment,
        role=Role.APPRAISER,
        details={"body": branch.body_name},
    )
    return branch


@transaction.atomic
def request_supplement(
    *,
    branch: AppraisalBranch,
    reason: str,
    items: Mapping[str, str],
    by: Official,
    whole_branch: bool = False,
    working_days: int | None = None,
) -> SupplementRequest:
    """Return single items (``items``: code to reason) or the whole branch to the unit for supplement (bổ sung).

    The unit gets ``working_days`` working days (the period's default). Raise NotAllowed, NotPermitted.
    """
    branch, moment = _locked_branch(branch, by, doing="yêu cầu bổ sung")
    reason = reason.strip() or "; ".join(f"{code}: {text.strip()}" for code, text in items.items() if text.strip())
    stages.check_reason(reason, of="yêu cầu bổ sung, chung hoặc cho từng nội dung")
    rows = {row.item.code: row for row in branch_scores(branch)}
    unknown = sorted(set(items) - set(rows))
    if unknown:
        raise NotAllowed(f"Nội dung {', '.join(unknown)} không thuộc phần thẩm định của {branch.body_name}.")
    if not items and not whole_branch:
        raise NotAllowed("Hãy chọn ít nhất một nội dung cần bổ sung, hoặc trả lại toàn bộ phần thẩm định.")
    days = working_days or branch.assessment.period.supplement_working_days
    if not 1 <= days <= 20:
        raise NotAllowed("Thời hạn bổ sung phải từ 1 đến 20 ngày làm việc.")
    closes_at = deadlines.supplement_closes_at(
        requested_at=moment,
        appraisal=appraisal_window_of(branch),
        working_days=days,
        calendar=working_calendar(),
        stops_clock=branch.assessment.period.stops_clock_for_supplement,
    )
    request = SupplementRequest.objects.create(
        branch=branch,
        round=branch.supplements.count() + 1,
        reason=reason.strip(),
        covers_whole_branch=whole_branch,
        closes_at=closes_at,
        requested_at=moment,
        requested_by=by,
    )
    SupplementItem.objects.bulk_create(
        SupplementItem(request=request, score=rows[code], reason=text.strip()) for code, text in items.items()
    )
    branch.state = BranchState.SUPPLEMENT
    branch.save(update_fields=["state"])
    what = "toàn bộ phần thẩm định" if whole_branch else f"{len(items)} nội dung"
    events.record(
        kind="supplement_requested",
        sentence=f"{branch.body_name} yêu cầu bổ sung {what}, hạn {deadlines.in_words(closes_at)}",
        by=by,
        at=moment,
        assessment=branch.assessment,
        role=Role.APPRAISER,
        reason=reason.strip(),
        details={"body": branch.body_name, "items": dict(items)},
    )
    return request


@transaction.atomic
def answer_supplement(*, branch: AppraisalBranch, answer: str, by: Official) -> SupplementRequest:
    """Answer a supplement request and return the branch to the appraiser. Raise NotAllowed when late."""
    assessment, moment = guards.lock(branch.assessment_id)
    permissions.check_can_score(by, assessment)
    request = _open_request(branch)
    if moment >= request.closes_at:
        raise NotAllowed(f"Đã hết hạn giải trình, bổ sung lúc {deadlines.in_words(request.closes_at)}.")
    if len(answer.strip()) < 5:
        raise NotAllowed("Hãy ghi nội dung giải trình (ít nhất 5 ký tự).")
    request.answered_at, request.answered_by, request.answer = moment, by, answer.strip()
    request.save(update_fields=["answered_at", "answered_by", "answer"])
    _reopen_appraisal(request, at=moment)
    events.record(
        kind="supplement_answered",
        sentence=f"Gửi giải trình, bổ sung cho {request.branch.body_name} (vòng {request.round})",
        by=by,
        at=moment,
        assessment=assessment,
        role=Role.OFFICER,
        reason=answer.strip(),
        details={"body": request.branch.body_name},
    )
    return request


@transaction.atomic
def close_unanswered_supplement(*, branch: AppraisalBranch, at: datetime) -> None:
    """Return a branch to the appraiser when the supplement window closed unused; called by the timer."""
    request = _open_request(branch)
    request.answered_at = at
    request.save(update_fields=["answered_at"])
    _reopen_appraisal(request, at=at)
    events.record(
        kind="supplement_closed",
        sentence=f"Hết hạn bổ sung cho {request.branch.body_name} (vòng {request.round}), đơn vị không gửi giải trình",
        by=None,
        at=at,
        assessment=request.branch.assessment,
        details={"body": request.branch.body_name},
    )


@transaction.atomic
def recall_branches(*, assessment: Assessment) -> int:
    """Mark every open branch as recalled because the unit withdrew its dossier."""
    return assessment.branches.filter(state=BranchState.APPRAISING).update(state=BranchState.RECALLED)


@transaction.atomic
def announce_preliminary_result(*, assessment: Assessment, by: Official) -> Assessment:
    """Consolidate and announce the preliminary result (kết quả sơ bộ); the dispute window starts with it."""
    assessment, moment = guards.lock(assessment.pk)
    permissions.check_can_consolidate(by, assessment)
    stages.check_stage(Stage(assessment.stage), {Stage.CONSOLIDATION}, doing="công bố kết quả sơ bộ")
    scores.settle_final_scores(assessment=assessment, by=by, at=moment)
    assessment.announced_at = moment
    assessment.dispute_closes_at = deadlines.dispute_closes_at(
        announced_at=moment,
        window=window_of(assessment, WindowKind.DISPUTE),
        working_days=assessment.period.dispute_window_working_days,
        calendar=working_calendar(),
    )
    assessment.save(update_fields=["announced_at", "dispute_closes_at"])
    events.record(
        kind="preliminary_announced",
        sentence=f"Công bố kết quả sơ bộ; nhận kiến nghị đến {deadlines.in_words(assessment.dispute_closes_at)}",
        by=by,
        at=moment,
        assessment=assessment,
        role=Role.SECRETARY,
    )
    return assessment


def _locked_branch(branch: AppraisalBranch, by: Official, *, doing: str) -> tuple[AppraisalBranch, datetime]:
    assessment, moment = guards.lock(branch.assessment_id)
    branch = AppraisalBranch.objects.select_related("unit", "assessment__unit", "assessment__period").get(pk=branch.pk)
    permissions.check_can_appraise(by, branch)
    stages.check_stage(Stage(assessment.stage), {Stage.APPRAISAL}, doing=doing)
    if branch.state != BranchState.APPRAISING:
        raise NotAllowed(
            f"Không thể {doing}: phần của {branch.body_name} đang ở trạng thái “{branch.get_state_display()}”."
        )
    deadlines.check_open(appraisal_window_of(branch), moment)
    return branch, moment


def _open_request(branch: AppraisalBranch) -> SupplementRequest:
    request = (
        SupplementRequest.objects.filter(branch=branch, branch__state=BranchState.SUPPLEMENT, answered_at__isnull=True)
        .select_related("branch__assessment__period", "branch__assessment__unit")
        .last()
    )
    if request is None:
        raise NotAllowed("Yêu cầu bổ sung này đã được trả lời.")
    return request


def _reopen_appraisal(request: SupplementRequest, *, at: datetime) -> None:
    """Give the branch back to its body, with the working days that the supplement took where the clock stood."""
    branch = request.branch
    branch.state = BranchState.APPRAISING
    branch.save(update_fields=["state"])
    if branch.assessment.period.stops_clock_for_supplement:
        resume_clock(branch=branch, stopped_at=request.requested_at, round_=request.round, at=at)
