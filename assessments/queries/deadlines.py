"""Which window applies to which case, extensions included."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from assessments.enums import LatePolicy, WindowKind
from assessments.models import Assessment, DeadlineExtension, StageWindow
from assessments.rules import NotAllowed
from assessments.rules.deadlines import Window


def windows_of(
    assessments: Iterable[Assessment], *, kinds: Iterable[WindowKind] = tuple(WindowKind)
) -> dict[int, dict[WindowKind, Window]]:
    """Return ``{case id: {window kind: window}}`` in two queries, whatever the number of cases."""
    cases = list(assessments)
    wanted = list(kinds)
    timetable: dict[tuple[int, str], list[Window]] = {}
    rows = StageWindow.objects.filter(period__in={case.period_id for case in cases}, kind__in=wanted).order_by()
    columns = ("opens_at", "due_at", "closes_at", "late_policy", "period__organiser__name")
    for row in rows.values("period_id", "unit_kind", "kind", *columns):
        window = Window(
            kind=WindowKind(row["kind"]),
            opens_at=row["opens_at"],
            due_at=row["due_at"],
            closes_at=row["closes_at"],
            late_policy=LatePolicy(row["late_policy"]),
            organiser=row["period__organiser__name"],
        )
        timetable.setdefault((row["period_id"], row["unit_kind"]), []).append(window)
    extended: dict[tuple[int, str], tuple[datetime, str]] = {}
    extensions = DeadlineExtension.objects.filter(assessment__in=cases, window__in=wanted).order_by("id")
    for case_id, kind, closes_at, number in extensions.values_list(
        "assessment_id", "window", "closes_at", "decision_number"
    ):
        extended[case_id, kind] = closes_at, number
    return {
        case.pk: {
            window.kind: _extended(window, extended.get((case.pk, window.kind)))
            for window in timetable.get((case.period_id, case.unit_kind), [])
        }
        for case in cases
    }


def window_of(assessment: Assessment, kind: WindowKind) -> Window:
    """Return the window of one step for one case. Raise NotAllowed when the timetable lacks it."""
    window = windows_of([assessment], kinds=[kind])[assessment.pk].get(kind)
    if window is None:
        raise NotAllowed(f"Kế hoạch thời gian của kỳ này thiếu bước “{kind.label}”; đơn vị tổ chức cần bổ sung.")
    return window


def _extended(window: Window, extension: tuple[datetime, str] | None) -> Window:
    if extension is None:
        return window
    closes_at, decision_number = extension
    return replace(window, due_at=closes_at, closes_at=closes_at, extended_by=decision_number)
