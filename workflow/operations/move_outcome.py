"""What moving a deadline does, as data: every case, piece of work, timer, reminder and person, before and after.

It is read from the rows themselves, before the move and after it, so that it can only say what was done.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from assessments.enums import MoveState
from assessments.models import DeadlineMove, Official
from assessments.rules.moves import Ends
from workflow.enums import ReminderState
from workflow.models import AssessmentProcess, PlannedReminder, WorkItem
from workflow.reminders import people_of


@dataclass(frozen=True)
class CaseChange:
    """One step of one case, or of a body's part of it, whose end moves; what ``reopens`` with it, in words."""

    case_id: int
    unit_code: str
    unit_name: str
    body: str
    step: str
    before: Ends
    after: Ends
    reopens: str = ""


@dataclass(frozen=True)
class WorkChange:
    """One thing to do whose dates move; before is None where a step opens again, after where one ends."""

    unit_name: str
    title: str
    whose: str
    before_due: datetime | None
    before_closes: datetime | None
    after_due: datetime | None
    after_closes: datetime | None
    kind: str  # "moved", "opened" or "ended"


@dataclass(frozen=True)
class TimerChange:
    """One armed timer of the flow: None where it is armed anew, or disarmed."""

    unit_name: str
    title: str
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True)
class ReminderChange:
    """One reminder of one person: the day it was planned for and the day it is planned for now, None for none."""

    unit_name: str
    title: str
    person: str
    before: date | None
    after: date | None


@dataclass(frozen=True)
class PersonTouched:
    """One person with work that moves, opens or ends, and how many pieces."""

    name: str
    username: str
    unit_name: str
    works: int


@dataclass(frozen=True)
class MoveOutcome:
    """Everything a move does, or would do; ``move`` is the row of the ledger (gone again after a dry run)."""

    move: DeadlineMove
    cases: tuple[CaseChange, ...]
    works: tuple[WorkChange, ...]
    timers: tuple[TimerChange, ...]
    reminders: tuple[ReminderChange, ...]
    people: tuple[PersonTouched, ...]
    warnings: tuple[str, ...]

    @property
    def is_proposal(self) -> bool:
        """Say whether a second person has to confirm before anything moves."""
        return self.move.state == MoveState.PROPOSED

    @property
    def reopened(self) -> int:
        """Return how many cases go back to an earlier step."""
        return sum(bool(case.reopens) for case in self.cases)

    @property
    def fingerprint(self) -> str:
        """Return a digest (hexadecimal) of all that is done: equal for two moves that do the same."""
        what = {
            "state": self.move.state,
            "cases": [asdict(case) for case in self.cases],
            "works": [asdict(work) for work in self.works],
            "timers": [asdict(timer) for timer in self.timers],
            "reminders": [asdict(reminder) for reminder in self.reminders],
            "people": [asdict(person) for person in self.people],
            "warnings": self.warnings,
        }
        return hashlib.sha256(json.dumps(what, default=_plain, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Standing:
    """The work, timers and reminders of some cases as they stand at one moment, by the ids of their rows."""

    works: Mapping[int, WorkItem]
    timers: Mapping[int, TimerChange]
    reminders: Mapping[tuple[int, int, int], date]


def standing_of(processes: Sequence[AssessmentProcess]) -> Standing:
    """Read what stands for the cases of ``processes`` (with case and unit loaded); three queries."""
    cases = {process.assessment_id: process.assessment for process in processes}
    works = WorkItem.objects.open().filter(assessment__in=cases).select_related("role_unit", "branch", "task")
    by_id = {work.pk: work for work in works.order_by("pk")}
    for work in by_id.values():
        work.assessment = cases[work.assessment_id]
    of_process = {process.pk: process.assessment.unit.name for process in processes}
    armed = Task.objects.filter(process__in=of_process, flow_task_type="TIMER", status=STATUS.SCHEDULED)
    timers = {
        task.pk: TimerChange(of_process[task.process_id], str(task.flow_task.task_title), task.scheduled, None)
        for task in armed.order_by("pk")
    }
    planned = PlannedReminder.objects.filter(work__in=by_id, state=ReminderState.PLANNED).order_by("pk")
    reminders = {
        (work_id, person_id, rule_id): day
        for work_id, person_id, rule_id, day in planned.values_list("work_id", "person_id", "rule_id", "day")
    }
    return Standing(by_id, timers, reminders)


def outcome_of(
    move: DeadlineMove,
    *,
    before: Standing,
    after: Standing,
    reopened: Mapping[int, str],
    warnings: Sequence[str],
) -> MoveOutcome:
    """Compare what stood before with what stands now; ``reopened`` says by case id what opened again."""
    works = _works(before, after)
    reminders = _reminders(before, after)
    return MoveOutcome(
        move=move,
        cases=tuple(_cases(move, reopened)),
        works=tuple(change for _, change in works),
        timers=tuple(_timers(before, after)),
        reminders=tuple(reminders),
        people=tuple(_people([work for work, _ in works])),
        warnings=tuple(warnings),
    )


def _cases(move: DeadlineMove, reopened: Mapping[int, str]) -> list[CaseChange]:
    rows = move.moved.select_related("assessment__unit", "branch").order_by(
        "assessment__unit__sort_key", "assessment_id", "window", "branch_id"
    )
    told: set[int] = set()
    changes = []
    for row in rows:
        again = "" if row.assessment_id in told else reopened.get(row.assessment_id, "")
        told.add(row.assessment_id)
        changes.append(
            CaseChange(
                case_id=row.assessment_id,
                unit_code=row.assessment.unit.code,
                unit_name=row.assessment.unit.name,
                body=row.branch.body_name if row.branch else "",
                step=row.get_window_display(),
                before=Ends(row.previous_due_at, row.previous_closes_at),
                after=Ends(row.due_at, row.closes_at),
                reopens=again,
            )
        )
    return changes


def _works(before: Standing, after: Standing) -> list[tuple[WorkItem, WorkChange]]:
    """Return the work that moved, opened or ended, by unit and title."""
    changes = []
    for pk in before.works.keys() | after.works.keys():
        old, new = before.works.get(pk), after.works.get(pk)
        if old and new and (old.due_at, old.closes_at) == (new.due_at, new.closes_at):
            continue
        work = new or old
        if work is None:
            raise ValueError("work that stood neither before nor after")
        kind = "moved" if old and new else "opened" if new else "ended"
        change = WorkChange(
            unit_name=work.assessment.unit.name,
            title=f"{work.title} – {work.branch.body_name}" if work.branch else work.title,
            whose=f"{work.get_role_display()}, {work.role_unit.name}",
            before_due=old.due_at if old else None,
            before_closes=old.closes_at if old else None,
            after_due=new.due_at if new else None,
            after_closes=new.closes_at if new else None,
            kind=kind,
        )
        changes.append((work, change))
    return sorted(changes, key=lambda each: _order(each[1]))


def _timers(before: Standing, after: Standing) -> list[TimerChange]:
    changes = []
    for pk in before.timers.keys() | after.timers.keys():
        old, new = before.timers.get(pk), after.timers.get(pk)
        known = new or old
        was, now = old.before if old else None, new.before if new else None
        if known and was != now:
            changes.append(TimerChange(known.unit_name, known.title, was, now))
    return sorted(changes, key=_order)


def _reminders(before: Standing, after: Standing) -> list[ReminderChange]:
    keys = before.reminders.keys() | after.reminders.keys()
    moved = [key for key in keys if before.reminders.get(key) != after.reminders.get(key)]
    names = dict(Official.objects.filter(pk__in={person for _, person, _ in moved}).values_list("pk", "display_name"))
    changes = []
    for key in moved:
        work = after.works.get(key[0]) or before.works[key[0]]
        title = f"{work.title} – {work.branch.body_name}" if work.branch else work.title
        changes.append(
            ReminderChange(
                unit_name=work.assessment.unit.name,
                title=title,
                person=names[key[1]],
                before=before.reminders.get(key),
                after=after.reminders.get(key),
            )
        )
    return sorted(changes, key=_order)


def _people(works: Sequence[WorkItem]) -> list[PersonTouched]:
    counted: dict[int, int] = {}
    for people in people_of(works).values():
        for person in people:
            counted[person] = counted.get(person, 0) + 1
    rows = Official.objects.filter(pk__in=counted).order_by("username")
    return [
        PersonTouched(name, username, unit or "", counted[pk])
        for pk, name, username, unit in rows.values_list("pk", "display_name", "username", "unit__name")
    ]


def _order(change: object) -> str:
    """Return by what changes are sorted: the same for the same changes, whatever the ids of their rows."""
    return json.dumps(asdict(change), default=_plain, sort_keys=True)  # type: ignore[call-overload]


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
