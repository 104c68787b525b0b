"""Guards of every write: take the row lock, then read the clock once, then check. The moment is the receipt."""

from dataclasses import dataclass
from datetime import datetime

from assessments import clock, permissions
from assessments.enums import BranchState, Stage, WindowKind
from assessments.models import Assessment, ItemScore, Official, SupplementRequest
from assessments.queries.deadlines import window_of
from assessments.rules import NotAllowed, deadlines
from assessments.rules.stages import check_stage

SELF_SCORING, SUPPLEMENT, DISPUTE = "self_scoring", "supplement", "dispute"


@dataclass(frozen=True)
class UnitWrite:
    """A write of the unit that was let in: the locked case, the moment of the receipt, and on which occasion."""

    assessment: Assessment
    moment: datetime
    occasion: str
    round: int
    closes_at: datetime


def lock(assessment_id: int) -> tuple[Assessment, datetime]:
    """Lock the row of a case and return it with the moment read after the lock is held."""
    assessment = (
        Assessment.objects.select_for_update(of=("self",))
        .select_related("period__organiser", "period__secretariat", "period__council", "unit", "criteria_set")
        .get(pk=assessment_id)
    )
    return assessment, clock.read()


def open_for_unit(
    *, assessment_id: int, by: Official, score: ItemScore | None = None, purpose: str = "evidence"
) -> UnitWrite:
    """Let the unit write: scores and explanations while self-scoring, evidence also in a supplement or a dispute.

    ``purpose`` is "score", "explanation" or "evidence". Call inside a transaction. Raise NotAllowed (out of turn, too
    early, too late) or NotPermitted (not an officer or head of this unit).
    """
    assessment, moment = lock(assessment_id)
    permissions.check_can_score(by, assessment)
    if score is not None and score.assessment_id != assessment.pk:
        raise NotAllowed("Nội dung này không thuộc hồ sơ đang mở.")
    stage = Stage(assessment.stage)
    if purpose == "evidence" and stage == Stage.APPRAISAL:
        return _supplement_write(assessment, moment, score)
    if purpose == "evidence" and stage == Stage.DISPUTE:
        closes_at = assessment.dispute_closes_at or window_of(assessment, WindowKind.DISPUTE).closes_at
        if moment >= closes_at:
            raise NotAllowed(f"Đã hết hạn kiến nghị lúc {deadlines.in_words(closes_at)}.")
        return UnitWrite(assessment, moment, DISPUTE, assessment.round, closes_at)
    doing = {"score": "sửa điểm tự chấm", "explanation": "sửa giải trình"}.get(purpose, "thay đổi tài liệu kiểm chứng")
    check_stage(stage, Stage.with_unit(), doing=doing)
    window = window_of(assessment, WindowKind.SELF_SCORING if purpose == "score" else WindowKind.EVIDENCE)
    deadlines.check_open(window, moment)
    return UnitWrite(assessment, moment, SELF_SCORING, assessment.round, window.closes_at)


def _supplement_write(assessment: Assessment, moment: datetime, score: ItemScore | None) -> UnitWrite:
    requests = SupplementRequest.objects.filter(
        branch__assessment=assessment, branch__state=BranchState.SUPPLEMENT, answered_at__isnull=True
    ).select_related("branch")
    for request in requests:
        in_branch = score is None or score.item.appraising_body == request.branch.body_name
        named = request.covers_whole_branch or score is None or request.items.filter(score=score).exists()
        if not (in_branch and named):
            continue
        if moment >= request.closes_at:
            raise NotAllowed(f"Đã hết hạn giải trình, bổ sung lúc {deadlines.in_words(request.closes_at)}.")
        return UnitWrite(assessment, moment, SUPPLEMENT, request.round, request.closes_at)
    raise NotAllowed(
        "Hồ sơ đang được thẩm định; chỉ bổ sung được tài liệu cho nội dung mà cơ quan thẩm định đã yêu cầu bổ sung."
    )
