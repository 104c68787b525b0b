"""Foreseeing: who will be told what on which day about work that does not exist yet, by the rules that tell it later.

Nothing is written and no message is made: the same questions as in ``planning`` and ``telling`` are asked of work in
memory, so that a whole season of thousands of units costs a few queries.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from assessments.models import Official
from assessments.rules.calendar import WorkingCalendar, local_day, starts_day
from notifications.queries.people import channels_for, digest_hours_of
from workflow.messages import StepOpened
from workflow.reminders.announcing import not_before
from workflow.reminders.planning import audience_of, is_about, people_holding
from workflow.reminders.telling import JUDGING, KINDS, channels_chosen, message_about, units_worked_for
from workflow.rules import RuleDraft, rung_day


@dataclass(frozen=True)
class ForeseenStep:
    """One step as it will be for every unit of a kind: its moments, and whether it is done or times out."""

    node: str
    title: str
    window: str
    role: str
    role_unit_id: int | None  # None: the assessed unit itself, or the unit of its appraising body
    body: str  # name of the appraising body, "" for work of the unit or of the secretary
    created_at: datetime
    opens_at: datetime
    announced_at: datetime | None
    due_at: datetime | None
    closed_at: datetime | None = None
    is_done: bool = False
    effect: str = ""  # what the system does where nobody did it, in words

    @property
    def begins_at(self) -> datetime:
        """Return from when the work can be done."""
        return max(self.created_at, self.opens_at)

    @property
    def is_passed_over(self) -> bool:
        """Say whether the step is over in the moment in which it begins."""
        return self.closed_at is not None and self.closed_at <= self.begins_at

    def is_over(self, moment: datetime) -> bool:
        """Say whether there is nothing left to do at ``moment``."""
        return self.closed_at is not None and self.closed_at <= moment


@dataclass(frozen=True)
class ForeseenWork:
    """One step of one unit, and for whom it will be."""

    step: ForeseenStep
    unit_id: int
    role: str
    role_unit_id: int


@dataclass
class Told:
    """What one rung about one step comes to on one day: pieces of work, and people by channel."""

    works: set[int] = field(default_factory=set)  # places in the list of works
    people: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))


@dataclass
class Foreseen:
    """Everything that will be told, by day; ``unheard`` counts the work that nobody holds the role for."""

    openings: dict[date, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))  # messages by channel
    digests: dict[date, dict[str, set[int]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    rungs: dict[tuple[date, str, int], Told] = field(default_factory=lambda: defaultdict(Told))  # day, title, rung
    escalations: dict[tuple[date, str, str], list[ForeseenWork]] = field(default_factory=lambda: defaultdict(list))
    unheard: Counter[tuple[str, int]] = field(default_factory=Counter)  # by role and unit

    def messages(self, day: date) -> dict[str, int]:
        """Return ``{channel: messages of the day}``: one for each opening, one digest for each person."""
        told = Counter(self.openings.get(day, {}))
        for channel, people in self.digests.get(day, {}).items():
            told[channel] += len(people)
        return dict(sorted(told.items()))


@dataclass(frozen=True)
class _Readers:
    """Who holds which role, and how each of them is reached; as it stands now."""

    holders: Mapping[tuple[str, int], Sequence[int]]
    people: Mapping[int, Official]
    channels: Mapping[int, Mapping[str, Sequence[str]]]
    hours: Mapping[int, int]
    units: Mapping[int, set[int | None]]


def foresee(
    works: Sequence[ForeseenWork], *, ladder: Sequence[RuleDraft], organiser_id: int, calendar: WorkingCalendar
) -> Foreseen:
    """Return what will be told about ``works`` under a ladder, to the people and by the channels of today."""
    audiences = {draft.audience for draft in ladder}
    pairs = {audience_of(audience, work, organiser_id) for work in works for audience in audiences}
    readers = _readers(pairs | {(work.role, work.role_unit_id) for work in works})
    foresight = _Foresight(readers, ladder, organiser_id, calendar)
    for place, work in enumerate(works):
        foresight.opening(work)
        foresight.rungs(place, work)
    return foresight.found


def _readers(pairs: set[tuple[str, int]]) -> _Readers:
    holders = people_holding(pairs)
    people = Official.objects.in_bulk({person for found in holders.values() for person in found})
    everybody = list(people.values())
    return _Readers(
        holders=holders,
        people=people,
        channels=channels_for(everybody, [StepOpened.kind, *KINDS]) if everybody else {},
        hours=digest_hours_of(everybody),
        units=units_worked_for(people),
    )


class _Foresight:
    """Asks of one piece of work after the other what will be told about it."""

    def __init__(
        self, readers: _Readers, ladder: Sequence[RuleDraft], organiser_id: int, calendar: WorkingCalendar
    ) -> None:
        self.readers, self.ladder, self.organiser_id, self.calendar = readers, ladder, organiser_id, calendar
        self.found = Foreseen()
        self.days: dict[tuple[int, datetime], date] = {}  # most works of a period share a few deadlines

    def opening(self, work: ForeseenWork) -> None:
        """Count the messages about the opening, and the work that nobody will hear of."""
        readers, told_at = self.readers, work.step.announced_at
        holders = readers.holders.get((work.role, work.role_unit_id), ())
        if not holders:
            self.found.unheard[work.role, work.role_unit_id] += 1
        if told_at is None:
            return
        sent_at = not_before(told_at) or told_at
        if work.step.is_over(sent_at):
            return  # called off in the night
        for person in holders:
            if readers.people[person].email:
                self.found.openings[local_day(sent_at)].update(readers.channels[person][StepOpened.kind])

    def rungs(self, place: int, work: ForeseenWork) -> None:
        """Count the reminders and reports about a piece of work; ``place`` is where it stands in the list."""
        newest: dict[tuple[date, int], tuple[int, int]] = {}  # of several rungs on one day the last is told
        for rung, day, (role, unit_id) in self._rungs_of(work):
            draft = self.ladder[rung]
            if draft.escalates and not work.step.is_over(starts_day(day)):
                self.found.escalations[day, work.step.title, role].append(work)
            if day <= local_day(work.step.begins_at):
                continue  # the message about the opening says the deadline
            for person in self.readers.holders.get((role, unit_id), ()):
                if role in JUDGING and work.unit_id in self.readers.units[person]:
                    continue
                newest[day, person] = max(newest.get((day, person), (draft.offset, rung)), (draft.offset, rung))
        for (day, person), (_, rung) in newest.items():
            self._reminder(place, work, day=day, person=person, rung=rung)

    def _rungs_of(self, work: ForeseenWork) -> Iterator[tuple[int, date, tuple[str, int]]]:
        """Yield the rungs about a piece of work, each with its day and the role and unit to which it speaks."""
        due_at = work.step.due_at
        if due_at is None:
            return
        for rung, draft in enumerate(self.ladder):
            if not is_about(draft, window=work.step.window, node=work.step.node):
                continue
            if (rung, due_at) not in self.days:
                self.days[rung, due_at] = rung_day(draft, due_at=due_at, calendar=self.calendar)
            yield rung, self.days[rung, due_at], audience_of(draft.audience, work, self.organiser_id)

    def _reminder(self, place: int, work: ForeseenWork, *, day: date, person: int, rung: int) -> None:
        step, draft, readers = work.step, self.ladder[rung], self.readers
        told_at = starts_day(day) + timedelta(hours=readers.hours[person])
        if step.due_at is None or step.is_over(told_at):
            return
        message = message_about(draft.audience, due_at=step.due_at, at=told_at)
        channels = channels_chosen(message, wanted=readers.channels[person][message.kind], asked=draft.channels)
        told = self.found.rungs[day, step.title, rung]
        told.works.add(place)
        for channel in channels:
            told.people[channel].add(person)
            self.found.digests[day][channel].add(person)
