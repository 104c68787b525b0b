"""Extending a deadline (gia hạn) of one case; the flow moves its armed timers in the same transaction."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from assessments import permissions
from assessments.enums import Role, Stage, WindowKind
from assessments.models import Assessment, DeadlineExtension, Official
from assessments.operations import events, guards
from assessments.queries.deadlines import windows_of
from assessments.rules import NotAllowed, deadlines

# A later deadline for one step pushes the steps that build on it.
_FOLLOWING = {WindowKind.SELF_SCORING: [WindowKind.EVIDENCE]}


@transaction.atomic
def extend_deadline(
    *,
    assessment: Assessment,
    window: WindowKind,
    closes_at: datetime,
    reason: str,
    decision_number: str,
    by: Official,
) -> list[DeadlineExtension]:
    """Extend one window of one case to ``closes_at``, with reason and decision number; return the rows written.

    Extending self-scoring extends the evidence window with it where that would close earlier. Raise NotAllowed,
    NotPermitted.
    """
    assessment, moment = guards.lock(assessment.pk)
    permissions.check_can_organise(by, assessment.period)
    windows = windows_of([assessment])[assessment.pk]
    if window not in windows:
        raise NotAllowed(f"Kế hoạch thời gian của kỳ này không có bước “{window.label}”.")
    current = windows[window]
    if window == WindowKind.DISPUTE and assessment.dispute_closes_at:  # the window of this very case may end later
        current = replace(current, closes_at=max(current.closes_at, assessment.dispute_closes_at))
    deadlines.check_extension(
        window=current, closes_at=closes_at, moment=moment, reason=reason, decision_number=decision_number
    )
    kinds = [window, *_FOLLOWING.get(window, [])]
    if assessment.stage == Stage.HELD and window not in (WindowKind.SELF_SCORING, WindowKind.EVIDENCE):
        raise NotAllowed(
            "Hồ sơ đang tạm khóa do quá hạn tự chấm hoặc gửi hồ sơ; hãy gia hạn bước “Tự chấm điểm” hoặc bước "
            "“Cung cấp tài liệu kiểm chứng, ký gửi”."
        )
    if assessment.stage == Stage.HELD:  # a case held at the evidence step may have to mend scores as well
        kinds = [WindowKind.SELF_SCORING, WindowKind.EVIDENCE]
    written = []
    for kind in kinds:
        if kind not in windows or windows[kind].closes_at >= closes_at:
            continue
        written.append(
            DeadlineExtension.objects.create(
                assessment=assessment,
                window=kind,
                previous_closes_at=windows[kind].closes_at,
                closes_at=closes_at,
                reason=reason.strip(),
                decision_number=decision_number.strip(),
                by=by,
                at=moment,
            )
        )
    if window == WindowKind.DISPUTE and assessment.dispute_closes_at:
        assessment.dispute_closes_at = max(assessment.dispute_closes_at, closes_at)
        assessment.save(update_fields=["dispute_closes_at"])
    events.record(
        kind="deadline_extended",
        sentence=f"Gia hạn “{window.label}” đến {deadlines.in_words(closes_at)} ({decision_number.strip()})",
        by=by,
        at=moment,
        assessment=assessment,
        role=Role.ORGANISER,
        reason=reason.strip(),
    )
    return written
