"""Whether the unit may write now, and on which occasion: one rule for the writes and for the pages."""

from dataclasses import dataclass
from datetime import datetime

from assessments import permissions
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


def check_unit_write(
    *,
    assessment: Assessment,
    moment: datetime,
    by: Official,
    score: ItemScore | None = None,
    purpose: str = "evidence",
) -> UnitWrite:
    """Say whether the unit may write at ``moment`` and on which occasion.

    A write calls this under the row lock (``operations.guards.open_for_unit``), a page without one, to say why a
    control is closed. Raise NotAllowed (out of turn, too early, too late) or NotPermitted.
    """
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
