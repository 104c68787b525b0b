"""Which window applies to which case, extensions included."""

from collections.abc import Iterable

from assessments.enums import LatePolicy, WindowKind
from assessments.models import Assessment, DeadlineExtension, StageWindow
from assessments.rules import NotAllowed
from assessments.rules.deadlines import Window


def windows_of(assessments: Iterable[Assessment]) -> dict[int, dict[WindowKind, Window]]:
    """Return ``{case id: {window kind: window}}`` in two queries, whatever the number of cases."""
    cases = list(assessments)
    timetable: dict[tuple[int, str], list[StageWindow]] = {}
    rows = StageWindow.objects.filter(period__in={case.period_id for case in cases}).select_related("period__organiser")
    for row in rows:
        timetable.setdefault((row.period_id, row.unit_kind), []).append(row)
    extensions: dict[tuple[int, str], DeadlineExtension] = {}
    for extension in DeadlineExtension.objects.filter(assessment__in=cases).order_by("id"):
        extensions[extension.assessment_id, extension.window] = extension
    return {
        case.pk: {
            WindowKind(row.kind): _window(row, extensions.get((case.pk, row.kind)))
            for row in timetable.get((case.period_id, case.unit_kind), [])
        }
        for case in cases
    }


def window_of(assessment: Assessment, kind: WindowKind) -> Window:
    """Return the window of one step for one case. Raise NotAllowed when the timetable lacks it."""
    window = windows_of([assessment])[assessment.pk].get(kind)
    if window is None:
        raise NotAllowed(f"Kế hoạch thời gian của kỳ này thiếu bước “{kind.label}”; đơn vị tổ chức cần bổ sung.")
    return window


def _window(row: StageWindow, extension: DeadlineExtension | None) -> Window:
    return Window(
        kind=WindowKind(row.kind),
        opens_at=row.opens_at,
        due_at=extension.closes_at if extension else row.due_at,
        closes_at=extension.closes_at if extension else row.closes_at,
        late_policy=LatePolicy(row.late_policy),
        extended_by=extension.decision_number if extension else "",
        organiser=row.period.organiser.name,
    )
