"""Disputes (kiến nghị): filed by the unit, answered by the body, decided by the secretary."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from assessments import permissions
from assessments.enums import DisputeOutcome, Role, Scoring, Stage
from assessments.models import AppraisalBranch, Assessment, Dispute, ItemScore, Official
from assessments.operations import events, guards, scores
from assessments.queries.disputes import open_disputes, open_disputes_of
from assessments.queries.scores import rule_of
from assessments.rules import NotAllowed, deadlines, stages
from assessments.rules.disputes import check_partly
from assessments.rules.inputs import read_entry
from assessments.rules.items import Entry


@transaction.atomic
def file_dispute(
    *, score: ItemScore, reason: str, by: Official, raw: Mapping[str, str] | None = None, na: bool = False
) -> Dispute:
    """Contest one item with a reason, and the input that the unit asks for. Raise NotAllowed, NotPermitted."""
    write = guards.open_for_unit(assessment_id=score.assessment_id, by=by, score=score, purpose="evidence")
    assessment = write.assessment
    stages.check_stage(Stage(assessment.stage), {Stage.DISPUTE}, doing="gửi kiến nghị")
    stages.check_reason(reason, of="kiến nghị")
    row = ItemScore.objects.select_for_update(of=("self",)).select_related("item").get(pk=score.pk)
    if row.item.scoring == Scoring.SURVEY:
        raise NotAllowed(f"Nội dung {row.item.code} lấy từ điều tra xã hội học, không kiến nghị điểm thẩm định.")
    standing = row.disputes.filter(withdrawn_at__isnull=True).select_related("filed_by").first()
    if standing is not None:
        raise NotAllowed(
            f"Nội dung {row.item.code} đã được {standing.filed_by} kiến nghị lúc {_moment(standing.filed_at)}; hãy rút "
            "kiến nghị cũ nếu muốn gửi lại."
        )
    dispute = Dispute.objects.create(
        assessment=assessment,
        score=row,
        reason=reason.strip(),
        requested_input=read_entry(rule_of(row.item), raw or {}, na=na),
        requested_na=na,
        filed_at=write.moment,
        filed_by=by,
        before_input=row.final_input,
        before_na=row.final_na,
    )
    events.record(
        kind="dispute_filed",
        sentence=f"Kiến nghị nội dung {row.item.code}",
        by=by,
        at=write.moment,
        assessment=assessment,
        role=Role.OFFICER,
        reason=reason.strip(),
        item_code=row.item.code,
    )
    return dispute


@transaction.atomic
def withdraw_dispute(*, dispute: Dispute, by: Official) -> Dispute:
    """Withdraw a dispute while the window is open; the row stays readable."""
    write = guards.open_for_unit(assessment_id=dispute.assessment_id, by=by, score=dispute.score, purpose="evidence")
    stages.check_stage(Stage(write.assessment.stage), {Stage.DISPUTE}, doing="rút kiến nghị")
    dispute = _fresh(dispute)
    _check_open(dispute)
    dispute.withdrawn_at, dispute.withdrawn_by = write.moment, by
    dispute.save(update_fields=["withdrawn_at", "withdrawn_by"])
    events.record(
        kind="dispute_withdrawn",
        sentence=f"Rút kiến nghị nội dung {dispute.score.item.code}",
        by=by,
        at=write.moment,
        assessment=write.assessment,
        role=Role.OFFICER,
        item_code=dispute.score.item.code,
    )
    return dispute


@transaction.atomic
def finish_disputes(*, assessment: Assessment, by: Official) -> int:
    """End the window early: the head accepts the result, or sends what was filed; return the number of disputes."""
    assessment, moment = guards.lock(assessment.pk)
    permissions.check_can_sign(by, assessment)
    stages.check_stage(Stage(assessment.stage), {Stage.DISPUTE}, doing="kết thúc kiến nghị")
    if assessment.dispute_closes_at and moment >= assessment.dispute_closes_at:
        raise NotAllowed(f"Đã hết hạn kiến nghị lúc {deadlines.in_words(assessment.dispute_closes_at)}.")
    count = open_disputes(assessment)
    events.record(
        kind="disputes_sent" if count else "result_accepted",
        sentence=f"Gửi {count} kiến nghị" if count else "Chấp nhận kết quả sơ bộ, không kiến nghị",
        by=by,
        at=moment,
        assessment=assessment,
        role=Role.HEAD,
    )
    return count


@transaction.atomic
def close_window(*, cases: Sequence[Assessment], at: datetime) -> None:
    """End dispute windows that ran out: what was filed goes on, an unused window means acceptance; by the timer."""
    counts = open_disputes_of(cases)
    sentences = {
        case: f"Hết hạn kiến nghị: {counts[case.pk]} kiến nghị được chuyển xem xét"
        if counts[case.pk]
        else "Hết hạn kiến nghị, đơn vị không kiến nghị: coi như chấp nhận kết quả"
        for case in cases
    }
    events.record_each(kind="dispute_window_closed", sentences=sentences, at=at)


@transaction.atomic
def answer_dispute(
    *,
    dispute: Dispute,
    opinion: DisputeOutcome,
    answer: str,
    by: Official,
    raw: Mapping[str, str] | None = None,
    na: bool = False,
) -> Dispute:
    """Give the appraising body's answer to one dispute. Raise NotAllowed, NotPermitted."""
    assessment, moment = guards.lock(dispute.assessment_id)
    dispute = _fresh(dispute)
    branch = AppraisalBranch.objects.select_related("unit", "assessment__unit").get(
        assessment=assessment, body_name=dispute.score.item.appraising_body
    )
    permissions.check_can_appraise(by, branch)
    stages.check_stage(Stage(assessment.stage), {Stage.RESOLUTION}, doing="trả lời kiến nghị")
    _check_open(dispute)
    stages.check_reason(answer, of="của ý kiến trả lời")
    cleaned, na = _decided_input(dispute, opinion, raw, na)
    dispute.opinion, dispute.answer = opinion, answer.strip()
    dispute.opinion_input, dispute.opinion_na = cleaned, na
    dispute.answered_at, dispute.answered_by = moment, by
    dispute.save(update_fields=["opinion", "answer", "opinion_input", "opinion_na", "answered_at", "answered_by"])
    events.record(
        kind="dispute_answered",
        sentence=f"{branch.body_name} trả lời kiến nghị nội dung {dispute.score.item.code}: {opinion.label}",
        by=by,
        at=moment,
        assessment=assessment,
        role=Role.APPRAISER,
        reason=answer.strip(),
        item_code=dispute.score.item.code,
    )
    return dispute


@transaction.atomic
def decide_dispute(
    *,
    dispute: Dispute,
    outcome: DisputeOutcome,
    reason: str,
    by: Official,
    raw: Mapping[str, str] | None = None,
    na: bool = False,
    replacing: datetime | None = None,
) -> Dispute:
    """Decide one dispute with points and reason; the earlier input stays beside the new one.

    accepted: the final input is what the unit asked for (its own input when it named none); partly accepted: the
    input entered here, between the two; rejected: the appraised input stays. (Data README, step 7.)

    Until the decisions are finished one may be changed: ``replacing`` is the moment of the decision that the person
    saw. Raise NotAllowed when somebody decided since then.
    """
    assessment, moment = guards.lock(dispute.assessment_id)
    dispute = _fresh(dispute)
    permissions.check_can_consolidate(by, assessment)
    stages.check_stage(Stage(assessment.stage), {Stage.RESOLUTION}, doing="quyết định kiến nghị")
    if not dispute.outcome or dispute.decided_at != replacing:
        _check_open(dispute)
    if dispute.answered_at is None:
        raise NotAllowed("Cơ quan thẩm định chưa trả lời kiến nghị này; chỉ quyết định được sau khi có ý kiến.")
    stages.check_reason(reason, of="của quyết định")
    cleaned, na = _decided_input(dispute, outcome, raw, na)
    earlier = dispute.get_outcome_display()
    dispute.outcome, dispute.decision_reason = outcome, reason.strip()
    dispute.after_input, dispute.after_na = cleaned, na
    dispute.decided_at, dispute.decided_by = moment, by
    dispute.save(update_fields=["outcome", "decision_reason", "after_input", "after_na", "decided_at", "decided_by"])
    scores.write_final(score=dispute.score, cleaned=cleaned, na=na, reason=reason.strip(), by=by, at=moment)
    events.record(
        kind="dispute_decided",
        sentence=(
            f"Sửa quyết định kiến nghị nội dung {dispute.score.item.code}: {earlier} → {outcome.label}"
            if earlier
            else f"Quyết định kiến nghị nội dung {dispute.score.item.code}: {outcome.label}"
        ),
        by=by,
        at=moment,
        assessment=assessment,
        role=Role.SECRETARY,
        reason=reason.strip(),
        item_code=dispute.score.item.code,
    )
    return dispute


@transaction.atomic
def finish_answers(*, branch: AppraisalBranch, by: Official) -> AppraisalBranch:
    """Say that a body has answered all disputes about its items. Raise NotAllowed while one is unanswered."""
    assessment, moment = guards.lock(branch.assessment_id)
    branch = AppraisalBranch.objects.select_related("unit", "assessment__unit").get(pk=branch.pk)
    permissions.check_can_appraise(by, branch)
    stages.check_stage(Stage(assessment.stage), {Stage.RESOLUTION}, doing="hoàn thành trả lời kiến nghị")
    waiting = _codes(
        Dispute.objects.filter(
            assessment=assessment,
            score__item__appraising_body=branch.body_name,
            withdrawn_at__isnull=True,
            answered_at__isnull=True,
        )
    )
    if waiting:
        raise NotAllowed(f"Còn kiến nghị chưa trả lời: {', '.join(waiting)}.")
    events.record(
        kind="disputes_answered",
        sentence=f"{branch.body_name} đã trả lời các kiến nghị",
        by=by,
        at=moment,
        assessment=assessment,
        role=Role.APPRAISER,
        details={"body": branch.body_name},
    )
    return branch


@transaction.atomic
def finish_decisions(*, assessment: Assessment, by: Official) -> Assessment:
    """Say that every dispute of a case is decided. Raise NotAllowed while one is not."""
    assessment, moment = guards.lock(assessment.pk)
    permissions.check_can_consolidate(by, assessment)
    stages.check_stage(Stage(assessment.stage), {Stage.RESOLUTION}, doing="kết thúc xem xét kiến nghị")
    waiting = _codes(Dispute.objects.filter(assessment=assessment, withdrawn_at__isnull=True, outcome=""))
    if waiting:
        raise NotAllowed(f"Còn kiến nghị chưa quyết định: {', '.join(waiting)}.")
    events.record(
        kind="disputes_decided",
        sentence="Kết thúc xem xét kiến nghị",
        by=by,
        at=moment,
        assessment=assessment,
        role=Role.SECRETARY,
    )
    return assessment


def _codes(disputes: QuerySet[Dispute]) -> list[str]:
    return list(disputes.order_by("score__item__position").values_list("score__item__code", flat=True))


def _fresh(dispute: Dispute) -> Dispute:
    rows = Dispute.objects.select_for_update(of=("self",))
    return rows.select_related("score__item", "withdrawn_by", "decided_by").get(pk=dispute.pk)


def _check_open(dispute: Dispute) -> None:
    if dispute.withdrawn_at:
        raise NotAllowed(f"Kiến nghị này đã được {dispute.withdrawn_by} rút lúc {_moment(dispute.withdrawn_at)}.")
    if dispute.outcome:
        raise NotAllowed(f"Kiến nghị này đã được {dispute.decided_by} quyết định lúc {_moment(dispute.decided_at)}.")


def _moment(moment: datetime | None) -> str:
    return deadlines.opening_in_words(moment) if moment else ""


def _decided_input(
    dispute: Dispute, outcome: DisputeOutcome, raw: Mapping[str, str] | None, na: bool
) -> tuple[dict | None, bool]:
    score, claimed = dispute.score, _claimed(dispute)
    if outcome == DisputeOutcome.REJECTED:
        return dispute.before_input, dispute.before_na
    if outcome == DisputeOutcome.ACCEPTED:
        if claimed is None:
            raise NotAllowed(
                f"Đơn vị không nêu kết quả đề nghị và chưa tự chấm nội dung {score.item.code}; hãy chọn “Chấp nhận "
                "một phần” và nhập kết quả được chấp nhận."
            )
        return dict(claimed.input) if claimed.input is not None else None, claimed.na
    item = rule_of(score.item)
    cleaned = read_entry(item, raw or {}, na=na)
    if cleaned is None and not na:
        raise NotAllowed("Chấp nhận một phần: hãy nhập kết quả được chấp nhận.")
    check_partly(
        item, before=Entry(dispute.before_input, dispute.before_na), claimed=claimed, decided=Entry(cleaned, na)
    )
    return cleaned, na


def _claimed(dispute: Dispute) -> Entry | None:
    """Return what the unit asks for: what it named, else its own input, else None."""
    if dispute.requested_input is not None or dispute.requested_na:
        return Entry(dispute.requested_input, dispute.requested_na)
    score = dispute.score
    if score.self_input is None and not score.self_na:
        return None
    return Entry(score.self_input, score.self_na)
