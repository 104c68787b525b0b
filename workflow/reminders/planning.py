"""Planning reminders: rows written in the transaction of the step or of the move that makes them necessary.

A row says who is reminded of which work on which day, under which version of its dates. What is no longer true is
withdrawn in the transaction that made it untrue; what was missed is found again from the rows (``plan_missing``).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from django.db.models import F

from assessments.enums import Role, WindowKind
from assessments.models import Assessment, UnitUserObjectPermission
from assessments.queries.calendar import working_calendar
from assessments.rules.calendar import WorkingCalendar, local_day
from notifications.operations import cancel
from workflow.enums import Audience, ReminderState
from workflow.models import Escalation, PlannedReminder, ReminderLine, ReminderRule, Snooze, WorkItem
from workflow.rules import RuleDraft, rung_day

ROWS_AT_ONCE = 1000
UNDER_WAY = timedelta(days=3)  # longer than any message is tried, by its own channel and the one that takes over
MOVED = "Hạn của việc đã chuyển"
# The step of the timetable by which a rule names work whose own window is worked out from several rows.
STEPS = {
    "supplement": WindowKind.SUPPLEMENT,
    "consolidate": WindowKind.CONSOLIDATION,
    "dispute": WindowKind.DISPUTE,
    "answer_disputes": WindowKind.COUNCIL,
    "decide_disputes": WindowKind.COUNCIL,
}

Audiences = Mapping[tuple[str, int], Sequence[int]]
"""The people (ids) who hold a role (codename) on a unit (id)."""

_gathered: ContextVar[list[WorkItem] | None] = ContextVar("work to be planned together", default=None)


@dataclass(frozen=True)
class _Rung:
    rule_id: int
    draft: RuleDraft


@contextmanager
def planned_together(*, at: datetime) -> Iterator[None]:
    """Plan whatever steps open inside at once at the end: many cases then cost as many statements as one."""
    works: list[WorkItem] = []
    token = _gathered.set(works)
    try:
        yield
    finally:
        _gathered.reset(token)
    plan_for(works, at=at)


def plan_for(works: Iterable[WorkItem], *, at: datetime) -> int:
    """Write the reminders and escalations of open work as its dates stand; return how many reminders are wanted.

    Rows that are there already stay as they are. Days up to today, and up to the opening, are left out: the message
    about the opening, or about the new date, says the deadline then. A handful of statements for any number of works.
    """
    works = list(works)
    waiting = _gathered.get()
    if waiting is not None:
        waiting.extend(works)
        return 0
    reminders, escalations = _wanted(works, at)
    Escalation.objects.bulk_create(escalations, batch_size=ROWS_AT_ONCE, ignore_conflicts=True)
    PlannedReminder.objects.bulk_create(reminders, batch_size=ROWS_AT_ONCE, ignore_conflicts=True)
    return len(reminders)


def plan_missing(*, at: datetime) -> int:
    """Write what open work lacks: for people who were given a role since, or what was not planned; return how many."""
    written = 0
    ids = list(WorkItem.objects.open().filter(due_at__isnull=False).order_by("pk").values_list("pk", flat=True))
    for part in _parts(ids):
        reminders, escalations = _wanted(list(WorkItem.objects.open().filter(pk__in=part)), at)
        rows = PlannedReminder.objects.filter(work__in=part, version=F("work__version"))
        known = set(rows.values_list("work_id", "person_id", "rule_id"))
        missing = [row for row in reminders if (row.work_id, row.person_id, row.rule_id) not in known]
        Escalation.objects.bulk_create(escalations, batch_size=ROWS_AT_ONCE, ignore_conflicts=True)
        PlannedReminder.objects.bulk_create(missing, batch_size=ROWS_AT_ONCE, ignore_conflicts=True)
        written += len(missing)
    return written


def replan(works: Iterable[WorkItem], *, at: datetime, reason: str = MOVED) -> int:
    """Plan open work anew after its dates, or the rules of its period, changed; return how many reminders are wanted.

    The rows hold the new dates already. Each work gets the next version, so that nothing planned for the old dates is
    told and everything of the new ones is; a follow-up date past the new deadline ends.
    """
    works = list(works)
    for part in _parts([work.pk for work in works]):
        WorkItem.objects.filter(pk__in=part).update(version=F("version") + 1)
        withdraw_for(WorkItem.objects.filter(pk__in=part), at=at, reason=reason)
        Snooze.objects.filter(work__in=part, woken_at__isnull=True, until_at__gte=F("work__due_at")).update(woken_at=at)
    for work in works:
        work.version += 1
    return plan_for(works, at=at)


def withdraw_for(works: Iterable[WorkItem], *, at: datetime, reason: str) -> int:
    """Withdraw what is still planned about ``works`` (a list or a queryset); return how many reminders that is.

    Messages under way that speak of them are called off; the next sweep tells what else stood in them.
    """
    planned = PlannedReminder.objects.filter(work__in=works, state=ReminderState.PLANNED)
    withdrawn = planned.update(state=ReminderState.WITHDRAWN, settled_at=at, reason=reason[:120])
    lines = ReminderLine.objects.filter(
        reminder__work__in=works,
        called_off_at__isnull=True,
        message__created_at__gte=at - UNDER_WAY,
    )
    refs = set(lines.order_by().values_list("message__ref", flat=True))
    if refs:
        cancel(refs=refs, at=at, reason=reason)
    return withdrawn


def _wanted(works: Sequence[WorkItem], at: datetime) -> tuple[list[PlannedReminder], list[Escalation]]:
    """Return, unsaved, the reminders and escalations of open work as its dates stand."""
    works = [work for work in works if work.due_at is not None and work.closed_at is None]
    if not works:
        return [], []
    periods = _periods_of(works)
    ladders = _ladders({period_id for period_id, _ in periods.values()})
    if not ladders:
        return [], []
    audiences = people_holding({pair for work in works for pair in _pairs(work, periods[work.assessment_id][1])})
    calendar = working_calendar()
    days: dict[tuple[int, datetime], date] = {}
    reminders: list[PlannedReminder] = []
    escalations: list[Escalation] = []
    for work in works:
        period_id, organiser_id = periods[work.assessment_id]
        begins = local_day(max(at, work.opens_at))
        for rung in ladders.get(period_id, ()):
            if not is_about(rung.draft, window=work.window, node=work.node):
                continue
            day = _day_of(rung, work, calendar, days)
            role, unit_id = audience_of(rung.draft.audience, work, organiser_id)
            if rung.draft.escalates:
                escalations.append(
                    Escalation(
                        work=work, rule_id=rung.rule_id, version=work.version, day=day, role=role, unit_id=unit_id
                    )
                )
            if day <= begins:
                continue
            reminders += [
                PlannedReminder(work=work, person_id=person, rule_id=rung.rule_id, version=work.version, day=day)
                for person in audiences.get((role, unit_id), ())
            ]
    return reminders, escalations


def people_holding(pairs: Iterable[tuple[str, int]]) -> dict[tuple[str, int], list[int]]:
    """Return the active people who hold each role on each unit; one query."""
    wanted = set(pairs)
    grants = UnitUserObjectPermission.objects.filter(
        user__is_active=True,
        permission__codename__in={role for role, _ in wanted},
        content_object__in={unit for _, unit in wanted},
    )
    found: dict[tuple[str, int], list[int]] = defaultdict(list)
    for role, unit, person in grants.values_list("permission__codename", "content_object_id", "user_id").distinct():
        if (role, unit) in wanted:
            found[role, unit].append(person)
    return found


def is_about(draft: RuleDraft, *, window: str, node: str) -> bool:
    """Say whether a rung speaks of the work of a step: of every step, or of the one whose window or node this is."""
    return not draft.window or draft.window == (window or STEPS.get(node))


class Assigned(Protocol):
    """Work that is for a role on a unit, there already or foreseen."""

    @property
    def role(self) -> str:
        """Return the codename of the role."""

    @property
    def role_unit_id(self) -> int:
        """Return the key of the unit."""


def audience_of(audience: Audience, work: Assigned, organiser_id: int) -> tuple[str, int]:
    """Return the role and the unit (id) to which a rung of ``work`` speaks."""
    if audience == Audience.ORGANISER:
        return Role.ORGANISER.value, organiser_id
    if audience == Audience.HEAD:
        return Role.HEAD.value, work.role_unit_id
    return work.role, work.role_unit_id


def _pairs(work: WorkItem, organiser_id: int) -> list[tuple[str, int]]:
    return [audience_of(audience, work, organiser_id) for audience in Audience]


def _day_of(rung: _Rung, work: WorkItem, calendar: WorkingCalendar, known: dict[tuple[int, datetime], date]) -> date:
    """Return the day of a rung; most works of a period share a few deadlines, so each is counted once."""
    assert work.due_at is not None  # noqa: S101 - work without a deadline was left out
    key = (rung.rule_id, work.due_at)
    if key not in known:
        known[key] = rung_day(rung.draft, due_at=work.due_at, calendar=calendar)
    return known[key]


def _periods_of(works: Sequence[WorkItem]) -> dict[int, tuple[int, int]]:
    """Return ``{case id: (period id, organiser id)}``."""
    found: dict[int, tuple[int, int]] = {}
    for part in _parts(sorted({work.assessment_id for work in works})):
        rows = Assessment.objects.filter(pk__in=part).values_list("pk", "period_id", "period__organiser_id")
        found.update({case: (period, organiser) for case, period, organiser in rows})
    return found


def _ladders(periods: Iterable[int]) -> dict[int, list[_Rung]]:
    ladders: dict[int, list[_Rung]] = defaultdict(list)
    for rule in ReminderRule.objects.in_force().filter(period__in=periods):
        ladders[rule.period_id].append(_Rung(rule.pk, rule.draft))
    return ladders


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield ``ids`` in parts that fit into one statement."""
    return (ids[first : first + ROWS_AT_ONCE] for first in range(0, len(ids), ROWS_AT_ONCE))
