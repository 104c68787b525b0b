"""The ladder of reminders of a period, and the days on which it falls for the timetable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from assessments.enums import UnitKind, WindowKind
from assessments.models import AssessmentPeriod, Official
from assessments.models.periods import PeriodQuerySet
from assessments.queries.calendar import working_calendar
from assessments.queries.timetables import timetable_of
from assessments.rules.calendar import WorkingCalendar, local_day
from assessments.rules.timetable import TimetableRow
from workflow.models import ReminderRule
from workflow.rules import COMMON_LADDER, RuleDraft, rung_day

# The steps that somebody has to do; in the council's stage disputes are to be answered before it begins.
REMINDED = [
    WindowKind.TRAINING,
    WindowKind.SELF_SCORING,
    WindowKind.EVIDENCE,
    WindowKind.APPRAISAL,
    WindowKind.SUPPLEMENT,
    WindowKind.CONSOLIDATION,
    WindowKind.DISPUTE,
    WindowKind.COUNCIL,
]


@dataclass(frozen=True)
class PreviewedRung:
    """One rung of one step and its day: None where it is not for this step; nothing is sent before the step opens."""

    draft: RuleDraft
    day: date | None
    is_sent: bool


@dataclass(frozen=True)
class PreviewedStep:
    """One step of the timetable with the rungs of the ladder in its order."""

    window: WindowKind
    due_at: datetime
    rungs: list[PreviewedRung]


def ladder_of(period: AssessmentPeriod) -> list[RuleDraft]:
    """Return the rungs of a period by their distance; the common ladder where it has none of its own. One query."""
    rows = list(ReminderRule.objects.filter(period=period))
    own = [row.draft for row in rows if row.withdrawn_at is None]
    return in_order(own if rows else COMMON_LADDER)


def withdrawn_from(period: AssessmentPeriod) -> list[ReminderRule]:
    """Return the rungs that were taken out of the ladder of a period, the last one first; one query."""
    rows = ReminderRule.objects.filter(period=period, withdrawn_at__isnull=False)
    return list(rows.select_related("withdrawn_by").order_by("-withdrawn_at", "-pk"))


def in_order(ladder: Sequence[RuleDraft]) -> list[RuleDraft]:
    """Return rungs by their distance from the deadline, those of every step first."""
    return sorted(ladder, key=lambda draft: (draft.offset, draft.window or "", draft.audience, draft.counting))


def preview(
    period: AssessmentPeriod, kinds: Sequence[UnitKind], ladder: Sequence[RuleDraft]
) -> list[tuple[UnitKind, list[PreviewedStep]]]:
    """Return for each kind of unit the days on which the ladder falls; one query, and one more for each kind."""
    calendar = working_calendar()
    return [(kind, _steps(timetable_of(period, kind), ladder, calendar)) for kind in kinds]


def periods_to_copy_from(user: Official, period: AssessmentPeriod) -> PeriodQuerySet:
    """Return the other periods that ``user`` organises and that have a ladder of their own, newest first."""
    with_ladder = ReminderRule.objects.in_force().visible_to(user).values("period")
    return AssessmentPeriod.objects.organised_by(user).filter(pk__in=with_ladder).exclude(pk=period.pk)


def _steps(
    rows: Mapping[WindowKind, TimetableRow], ladder: Sequence[RuleDraft], calendar: WorkingCalendar
) -> list[PreviewedStep]:
    steps = []
    for window in REMINDED:
        if window not in rows:
            continue
        row = rows[window]
        answers = rows.get(WindowKind.DISPUTE) if window == WindowKind.COUNCIL else None
        due_at, opens = (row.opens_at, answers.opens_at) if answers else (row.due_at, row.opens_at)
        rungs = []
        for draft in ladder:
            is_meant = draft.window in (None, window)
            day = rung_day(draft, due_at=due_at, calendar=calendar) if is_meant else None
            rungs.append(PreviewedRung(draft, day, day is not None and day > local_day(opens)))
        steps.append(PreviewedStep(window, due_at, rungs))
    return steps
