"""Which window applies to which case and to which body's part of it, moved deadlines included."""

from collections.abc import Iterable
from dataclasses import replace

from assessments.enums import LatePolicy, WindowKind
from assessments.models import AppraisalBranch, Assessment, MovedDeadline, StageWindow
from assessments.rules import NotAllowed
from assessments.rules.deadlines import Window

_MOVED = ("window", "due_at", "closes_at", "move_id", "move__decision_number")


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
    windows = {
        case.pk: {window.kind: window for window in timetable.get((case.period_id, case.unit_kind), [])}
        for case in cases
    }
    moved = MovedDeadline.objects.filter(assessment__in=cases, window__in=wanted, branch__isnull=True).order_by("id")
    for row in moved.values("assessment_id", *_MOVED):  # the newest row of a step comes last and stays
        of_case, kind = windows[row["assessment_id"]], WindowKind(row["window"])
        if kind in of_case:
            of_case[kind] = _moved(of_case[kind], row)
    return windows


def window_of(assessment: Assessment, kind: WindowKind) -> Window:
    """Return the window of one step for one case. Raise NotAllowed when the timetable lacks it."""
    window = windows_of([assessment], kinds=[kind])[assessment.pk].get(kind)
    return _required(window, kind)


def branch_windows_of(branches: Iterable[AppraisalBranch]) -> dict[int, Window]:
    """Return ``{branch id: its own appraisal window}`` in three queries; the branches need their ``assessment``.

    A branch whose timetable lacks the step is left out.
    """
    wanted = list(branches)
    kind = WindowKind.APPRAISAL
    of_cases = windows_of({branch.assessment_id: branch.assessment for branch in wanted}.values(), kinds=[kind])
    windows = {
        branch.pk: of_cases[branch.assessment_id][kind] for branch in wanted if kind in of_cases[branch.assessment_id]
    }
    moved = MovedDeadline.objects.filter(branch__in=wanted, window=kind).order_by("id")
    for row in moved.values("branch_id", *_MOVED):
        if row["branch_id"] in windows:
            windows[row["branch_id"]] = _moved(windows[row["branch_id"]], row)
    return windows


def appraisal_window_of(branch: AppraisalBranch) -> Window:
    """Return the appraisal window of one body's part of a case. Raise NotAllowed when the timetable lacks it."""
    return _required(branch_windows_of([branch]).get(branch.pk), WindowKind.APPRAISAL)


def _required(window: Window | None, kind: WindowKind) -> Window:
    if window is None:
        raise NotAllowed(f"Kế hoạch thời gian của kỳ này thiếu bước “{kind.label}”; đơn vị tổ chức cần bổ sung.")
    return window


def _moved(window: Window, row: dict) -> Window:
    return replace(
        window,
        due_at=row["due_at"],
        closes_at=row["closes_at"],
        moved_by=row["move_id"],
        extended_by=row["move__decision_number"],
    )
