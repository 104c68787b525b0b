"""Checks of a period's timetable and of what a period needs before it may open."""

from collections.abc import Mapping
from datetime import datetime

from assessments.enums import UnitKind, WindowKind
from assessments.rules.deadlines import opening_in_words
from assessments.rules.refusals import NotAllowed

REQUIRED_WINDOWS = [
    WindowKind.TRAINING,
    WindowKind.SELF_SCORING,
    WindowKind.EVIDENCE,
    WindowKind.APPRAISAL,
    WindowKind.CONSOLIDATION,
    WindowKind.DISPUTE,
    WindowKind.COUNCIL,
    WindowKind.PUBLICATION,
]


def check_window(kind: WindowKind, opens_at: datetime, due_at: datetime, closes_at: datetime) -> None:
    """Refuse a window whose moments are not in order. Raise NotAllowed."""
    if not opens_at < due_at:
        raise NotAllowed(f"Bước “{kind.label}”: hạn phải sau lúc mở ({opening_in_words(opens_at)}).")
    if not due_at <= closes_at:
        raise NotAllowed(f"Bước “{kind.label}”: lúc đóng không được trước hạn ({opening_in_words(due_at)}).")


def check_timetable(kind: UnitKind, windows: Mapping[WindowKind, tuple[datetime, datetime]]) -> None:
    """Refuse a timetable that lacks a step or lets a later step close before an earlier one. Raise NotAllowed.

    ``windows`` maps each step to (opens_at, closes_at).
    """
    missing = [window.label for window in REQUIRED_WINDOWS if window not in windows]
    if missing:
        raise NotAllowed(f"Kế hoạch thời gian cho {kind.label} thiếu bước: {'; '.join(missing)}.")
    order = [
        (WindowKind.TRAINING, WindowKind.SELF_SCORING),
        (WindowKind.SELF_SCORING, WindowKind.EVIDENCE),
        (WindowKind.EVIDENCE, WindowKind.APPRAISAL),
        (WindowKind.APPRAISAL, WindowKind.DISPUTE),
        (WindowKind.DISPUTE, WindowKind.COUNCIL),
        (WindowKind.COUNCIL, WindowKind.PUBLICATION),
    ]
    for earlier, later in order:
        if windows[later][1] < windows[earlier][1]:
            raise NotAllowed(
                f"Kế hoạch thời gian cho {kind.label}: bước “{later.label}” đóng trước bước “{earlier.label}”."
            )


def check_can_open(*, units_without_criteria: list[str], bodies_without_unit: list[str], unit_count: int) -> None:
    """Refuse to open a period that is not complete. Raise NotAllowed."""
    if not unit_count:
        raise NotAllowed("Kỳ đánh giá chưa có đơn vị tham gia.")
    if units_without_criteria:
        raise NotAllowed(f"Chưa chọn bộ tiêu chí cho loại đơn vị: {', '.join(units_without_criteria)}.")
    if bodies_without_unit:
        raise NotAllowed(
            f"Chưa gán đơn vị cho cơ quan thẩm định: {', '.join(bodies_without_unit)}. "
            "Hãy gán ở mục “Cơ quan thẩm định” của kỳ."
        )
