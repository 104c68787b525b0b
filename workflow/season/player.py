"""The simulated clock of a played season: stories of many actors on one timeline, with the timers of the flow."""

import heapq
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import count
from typing import NamedTuple, Protocol

from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from assessments import clock
from assessments.enums import Stage
from assessments.queries.calendar import working_calendar
from assessments.rules import NotAllowed
from assessments.rules.calendar import PROVINCE_TIME, local_day
from notifications.operations import deliver_due, unattended
from workflow.models import AssessmentProcess, Incident
from workflow.operations.reminders import send_due_reminders
from workflow.operations.timers import fire_due_timers
from workflow.season.faults import SeasonFault
from workflow.season.office_hours import OfficeHours

SWEEP = time(7, 30)  # of each played day: reminders go out, messages leave


class Cue(NamedTuple):
    """When an actor goes on, and the stage that this would leave (a play that stops there lets the actor rest)."""

    moment: datetime
    leaves: Stage | None = None


Acts = Generator[Cue, None, None]


class Progress(Protocol):
    """Shows how far a play has come."""

    def step(self, rows: int) -> None:
        """Count rows of the file that have been played."""

    def show(self, moment: datetime) -> None:
        """Show the simulated moment."""


@dataclass(order=True)
class _Waiting:
    moment: datetime
    order: int
    acts: Acts = field(compare=False)
    what: str = field(compare=False)
    rests_in: Stage | None = field(compare=False)
    is_closing: bool = field(compare=False)
    cue: Cue = field(compare=False)


class Player:
    """Plays stories in the order of their moments; before each, the timers due until then are fired at their moments.

    ``stop_at`` rests every case before it would leave that stage; ``until`` ends the play at a moment.
    """

    def __init__(
        self,
        *,
        start: datetime,
        seed: int,
        progress: Progress,
        stop_at: Stage | None = None,
        until: datetime | None = None,
    ) -> None:
        self.now = start
        self.seed = seed
        self.progress = progress
        self.stop_at = stop_at
        self.until = until
        self.hours = OfficeHours(working_calendar())
        self.delivered = 0
        self._waiting: list[_Waiting] = []
        self._order = count()
        self._next_sweep = self._sweep_after(start)

    def add(self, acts: Acts, *, what: str, rests_in: Stage | None = None, is_closing: bool = False) -> None:
        """Let a story begin; ``what`` names it in a refusal, ``is_closing`` says that it waits for all others."""
        self._go_on(acts, what, rests_in, is_closing)

    def play(self) -> None:
        """Play until every story has ended, or as far as ``stop_at`` and ``until`` allow. Raise SeasonFault."""
        with unattended():
            while self._waiting:
                coming = self._waiting[0]
                if self.until is not None and coming.moment > self.until:
                    break
                if not self._pass_time(coming.moment):
                    break
                heapq.heappop(self._waiting)
                if coming.cue.leaves is not None and coming.cue.leaves in (self.stop_at, coming.rests_in):
                    coming.acts.close()
                    continue
                self._go_on(coming.acts, coming.what, coming.rests_in, coming.is_closing)
                self.progress.show(self.now)
            if self.until is not None and self.now < self.until:
                self._pass_time(self.until)
            self._sweep(self.now)

    @property
    def others_wait(self) -> bool:
        """Say whether a story of a case still goes on (asked by those that close a round)."""
        return any(not each.is_closing for each in self._waiting)

    def _go_on(self, acts: Acts, what: str, rests_in: Stage | None, is_closing: bool) -> None:
        try:
            with clock.simulated(self.now):
                cue = next(acts)
        except StopIteration:
            return
        except NotAllowed as refusal:
            raise SeasonFault(f"{what}, {self.now.astimezone(PROVINCE_TIME):%H:%M %d/%m/%Y}: {refusal}") from refusal
        moment = max(cue.moment, self.now)
        heapq.heappush(self._waiting, _Waiting(moment, next(self._order), acts, what, rests_in, is_closing, cue))

    def _pass_time(self, moment: datetime) -> bool:
        """Fire timers and sweep until ``moment``; return False where a timer would move a case that rests."""
        while True:
            task = (
                Task.objects.filter(flow_task_type="TIMER", status=STATUS.SCHEDULED, scheduled__lte=moment)
                .order_by("scheduled", "id")
                .values_list("pk", "process_id", "scheduled")
                .first()
            )
            if self._next_sweep <= moment and (task is None or self._next_sweep <= task[2]):
                self._sweep(self._next_sweep)
                continue
            if task is None:
                self.now = moment
                return True
            if self.stop_at is not None and self._stage_of(task[1]) == self.stop_at:
                return False
            self.now = max(self.now, task[2])
            self._fire()

    def _fire(self) -> None:
        with clock.simulated(self.now):
            fired = fire_due_timers(at=self.now)
        incident = Incident.objects.filter(resolved_at__isnull=True).select_related("assessment__unit").first()
        if incident is not None or not fired:
            reason = f"{incident}: {incident.reason}" if incident else "một mốc thời gian không chạy được"
            raise SeasonFault(f"{self.now.astimezone(PROVINCE_TIME):%H:%M %d/%m/%Y}: {reason}")

    def _sweep(self, moment: datetime) -> None:
        """Send the reminders due and deliver what waits, as the worker does each minute."""
        self.now = max(self.now, moment)
        with clock.simulated(self.now):
            send_due_reminders(at=self.now)
            while True:
                run = deliver_due(at=self.now)
                self.delivered += run.sent
                if not run.more:
                    break
        self._next_sweep = self._sweep_after(self.now)

    @staticmethod
    def _sweep_after(moment: datetime) -> datetime:
        today = datetime.combine(local_day(moment), SWEEP, PROVINCE_TIME)
        return today if today > moment else today + timedelta(days=1)

    @staticmethod
    def _stage_of(process_id: int) -> str:
        return AssessmentProcess.objects.values_list("assessment__stage", flat=True).get(pk=process_id)
