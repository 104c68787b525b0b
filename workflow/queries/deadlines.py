"""The deadline that a page about a case shows at its top."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from assessments.enums import Stage, WindowKind
from assessments.models import Assessment
from assessments.queries.calendar import working_calendar
from assessments.rules.deadlines import Window, opening_in_words, urgency

WINDOW_OF_STAGE = {
    Stage.OPENED: WindowKind.TRAINING,
    Stage.TRAINING: WindowKind.TRAINING,
    Stage.SELF_SCORING: WindowKind.SELF_SCORING,
    Stage.EVIDENCE: WindowKind.EVIDENCE,
    Stage.SIGN_OFF: WindowKind.EVIDENCE,
    Stage.HELD: WindowKind.EVIDENCE,
    Stage.SUBMITTED: WindowKind.EVIDENCE,
    Stage.APPRAISAL: WindowKind.APPRAISAL,
    Stage.CONSOLIDATION: WindowKind.CONSOLIDATION,
    Stage.DISPUTE: WindowKind.DISPUTE,
    Stage.RESOLUTION: WindowKind.COUNCIL,
    Stage.COUNCIL: WindowKind.COUNCIL,
}


@dataclass(frozen=True)
class Deadline:
    """A deadline ready for ``_components/deadline_banner.html``."""

    stage: str
    at: datetime
    working_days_left: int
    is_overdue: bool
    is_closed: bool
    extended_by: str
    document_number: str
    note: str
    document_url: str = ""


def move_url(window: Window | None) -> str:
    """Return the page of the decision that moved a window, "" where none did."""
    return reverse("move", args=[window.moved_by]) if window and window.extended_by and window.moved_by else ""


def deadline_of(case: Assessment, windows: Mapping[WindowKind, Window], moment: datetime) -> Deadline | None:
    """Return the deadline of the step a case is in; None where the step has none."""
    kind = WINDOW_OF_STAGE.get(Stage(case.stage))
    window = windows.get(kind) if kind else None
    if kind is None or window is None:
        return None
    due_at, closes_at = window.due_at, window.closes_at
    if kind == WindowKind.DISPUTE and case.dispute_closes_at:
        due_at = closes_at = case.dispute_closes_at
    level, left = urgency(due_at=due_at, closes_at=closes_at, moment=moment, calendar=working_calendar())
    note = f"Bước này mở từ {opening_in_words(window.opens_at)}." if moment < window.opens_at else ""
    return Deadline(
        stage=kind.label,
        at=due_at,
        working_days_left=left,
        is_overdue=level == "overdue",
        is_closed=level == "closed",
        extended_by=window.organiser,
        document_number=window.extended_by,
        note=note,
        document_url=move_url(window),
    )
