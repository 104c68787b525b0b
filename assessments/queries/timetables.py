"""Timetables of periods as rows that can be judged, drawn and copied."""

from assessments.enums import EndWording, LatePolicy, UnitKind, WindowKind
from assessments.models import AssessmentPeriod, Official
from assessments.models.periods import PeriodQuerySet
from assessments.rules.timetable import TimetableRow


def timetable_of(period: AssessmentPeriod, unit_kind: UnitKind) -> dict[WindowKind, TimetableRow]:
    """Return the timetable of one kind of unit in the order of the process; one query."""
    found = {row.kind: row for row in period.windows.filter(unit_kind=unit_kind)}
    return {
        kind: TimetableRow(
            opens_at=found[kind].opens_at,
            due_at=found[kind].due_at,
            closes_at=found[kind].closes_at,
            late_policy=LatePolicy(found[kind].late_policy),
            due_wording=EndWording(found[kind].due_wording),
            closes_wording=EndWording(found[kind].closes_wording),
        )
        for kind in WindowKind
        if kind in found
    }


def periods_to_copy_from(user: Official, period: AssessmentPeriod, unit_kind: UnitKind) -> PeriodQuerySet:
    """Return the other periods that ``user`` may see and that have a timetable for this kind, newest first."""
    with_timetable = AssessmentPeriod.objects.filter(windows__unit_kind=unit_kind).values("pk")
    return AssessmentPeriod.objects.visible_to(user).filter(pk__in=with_timetable).exclude(pk=period.pk)


def kinds_with_timetable(period: AssessmentPeriod) -> list[UnitKind]:
    """Return the kinds of units for which a period has a timetable; one query."""
    found = set(period.windows.order_by().values_list("unit_kind", flat=True))
    return [kind for kind in UnitKind if kind in found]
