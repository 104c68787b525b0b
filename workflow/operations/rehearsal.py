"""The rehearsal (diễn tập): a period is played on a simulated clock before it opens, and nothing of it remains.

The very operations that will run open, sweep and carry a few representatives, inside a transaction that is rolled
back: for each kind of unit one that appraises others and one that does not. Every other unit of the kind takes the
same steps at the same moments; who hears of them is asked of the rows of all units.
"""

import time as stopwatch
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from secrets import token_hex

from django.db import transaction
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from assessments import clock
from assessments.enums import LatePolicy, Role, Scoring, Stage
from assessments.models import Assessment, AssessmentPeriod, AuditEvent, ItemScore, Official, StageWindow, Unit
from assessments.operations import officials, scores
from assessments.operations import periods as period_operations
from assessments.queries.calendar import working_calendar
from assessments.queries.scores import rule_of
from assessments.rules import NotAllowed
from assessments.rules.calendar import PROVINCE_TIME, WorkingCalendar, last_valid_day, local_day
from assessments.rules.inputs import input_fields
from evidence.queries import missing_for
from notifications.operations import unattended
from workflow.enums import Assumption
from workflow.models import Incident, WorkItem
from workflow.models.work import WorkQuerySet
from workflow.operations import steps
from workflow.operations.periods import open_period
from workflow.operations.rehearsal_outcome import Rehearsal, Season, outcome_of
from workflow.operations.reminders import announce_openings
from workflow.operations.timers import fire_due_timers
from workflow.queries.reminder_rules import ladder_of
from workflow.reminders.foreseeing import ForeseenStep, ForeseenWork, foresee

OPENING_HOUR = time(8)
ACTING_HOUR = time(16)  # at which a step is done on its last working day
SHORTEST_WORK = timedelta(minutes=10)  # of the next person, who has to hear of it first
MOST_MOMENTS = 2000  # a period has some dozens; one with more does not come to an end
EXPLANATION = "Diễn tập: xuất trình bản giấy khi kiểm tra."

Group = tuple[str, bool]
"""Units that take the same steps at the same moments: their kind, and whether they appraise others."""


def opening_moment(period: AssessmentPeriod, day: date | None = None) -> datetime:
    """Return when a rehearsal opens the period: on ``day``, or when the first step opens but not before now."""
    kinds = period.units.order_by().values("kind")
    windows = StageWindow.objects.filter(period=period, unit_kind__in=kinds).order_by("opens_at")
    first = windows.values_list("opens_at", flat=True).first()
    if day is None:
        now = clock.read()
        return max(first, now) if first else now
    if first and local_day(first) == day:
        return first
    return datetime.combine(day, OPENING_HOUR, PROVINCE_TIME)


def rehearse(*, period: AssessmentPeriod, opening_at: datetime, assumption: Assumption, by: Official) -> Rehearsal:
    """Play a period in preparation from its opening to where it comes to rest, and say what happens on which day.

    Everything played is rolled back. Raise NotAllowed (not complete, opened already), NotPermitted.
    """
    began = stopwatch.monotonic()
    calendar = working_calendar()
    units = list(period.units.in_vietnamese_order())
    bodies = dict(period.bodies.values_list("name", "unit_id"))
    cast = _representatives(units, bodies.values())
    with transaction.atomic(), unattended():
        play = _Play(period, cast, assumption=assumption, calendar=calendar, by=by)
        play.run(opening_at)
        played, rests, troubles = play.steps(), play.rests(), play.troubles()
        transaction.set_rollback(True)
    works = list(_works_of(units, played, bodies=bodies, secretariat_id=period.secretariat_id))
    ladder = ladder_of(period)
    told = foresee(works, ladder=ladder, organiser_id=period.organiser_id, calendar=calendar)
    season = Season(
        period=period,
        opening_at=opening_at,
        assumption=assumption,
        units=units,
        played=[unit.name for unit in cast.values()],
        works=works,
        rests=[rests[_group(unit, bodies.values())] for unit in units],
        troubles=troubles,
        ladder=ladder,
        calendar=calendar,
    )
    return outcome_of(season, told, began=began)


def _group(unit: Unit, judging: Collection[int]) -> Group:
    return unit.kind, unit.pk in judging


def _representatives(units: Sequence[Unit], judging: Collection[int]) -> dict[Group, Unit]:
    """Return the first unit of each group."""
    found: dict[Group, Unit] = {}
    for unit in units:
        found.setdefault(_group(unit, judging), unit)
    return found


def _works_of(
    units: Sequence[Unit],
    played: Mapping[Group, Sequence[ForeseenStep]],
    *,
    bodies: Mapping[str, int],
    secretariat_id: int,
) -> Iterator[ForeseenWork]:
    """Yield the work of every unit: the steps of its representative, for its own people and its own bodies."""
    for unit in units:
        for step in played[_group(unit, bodies.values())]:
            whose = step.role_unit_id or unit.pk
            if step.body:
                whose = bodies[step.body] if bodies[step.body] != unit.pk else secretariat_id  # nobody judges itself
            yield ForeseenWork(step, unit.pk, step.role, whose)


class _Play:
    """One playing of a period; it lives inside the transaction of the caller."""

    def __init__(
        self,
        period: AssessmentPeriod,
        cast: Mapping[Group, Unit],
        *,
        assumption: Assumption,
        calendar: WorkingCalendar,
        by: Official,
    ) -> None:
        self.period, self.cast, self.by = period, cast, by
        self.assumption, self.calendar = assumption, calendar
        self.group_of = {unit.pk: group for group, unit in cast.items()}
        self.refused: dict[int, str] = {}  # work that could not be done, and why

    def run(self, opening_at: datetime) -> None:
        """Open the period and go from moment to moment until nothing is to come."""
        with clock.simulated(opening_at):
            period_operations.set_units(period=self.period, units=self.cast.values(), by=self.by)
            open_period(period=self.period, by=self.by)
            if self.assumption == Assumption.IN_TIME:
                self._invite(opening_at)
        moment: datetime | None = opening_at
        for _ in range(MOST_MOMENTS):
            if moment is None:
                return
            self._let_happen(moment)
            moment = self._next(moment)
        raise NotAllowed(f"Diễn tập dừng sau {MOST_MOMENTS} mốc mà kỳ chưa đi đến cuối; hãy kiểm tra kế hoạch.")

    def steps(self) -> dict[Group, list[ForeseenStep]]:
        """Return the steps that each representative took."""
        works = self._works().select_related("task", "branch").order_by("created_at", "pk")
        effects = self._effects()
        found: dict[Group, list[ForeseenStep]] = {group: [] for group in self.cast}
        for work in works:
            unit_id = work.assessment.unit_id
            of_unit = work.branch is not None or work.role_unit_id == unit_id
            found[self.group_of[unit_id]].append(
                ForeseenStep(
                    node=work.node,
                    title=work.title,
                    window=work.window,
                    role=work.role,
                    role_unit_id=None if of_unit else work.role_unit_id,
                    body=work.branch.body_name if work.branch else "",
                    created_at=work.created_at,
                    opens_at=work.opens_at,
                    announced_at=work.announced_at,
                    due_at=work.due_at,
                    closed_at=work.closed_at,
                    is_done=work.outcome == WorkItem.Outcome.DONE,
                    effect=effects.get((work.assessment_id, work.window or work.node, work.closed_at), ""),
                )
            )
        return found

    def rests(self) -> dict[Group, Stage]:
        """Return the stage in which each representative comes to rest."""
        cases = Assessment.objects.filter(period=self.period).values_list("unit_id", "stage")
        return {self.group_of[unit_id]: Stage(stage) for unit_id, stage in cases}

    def troubles(self) -> list[str]:
        """Say what could not be done: refused steps, and timers that failed."""
        incidents = Incident.objects.filter(assessment__period=self.period).order_by("pk")
        failed = [f"{step}: {reason}" for step, reason in incidents.values_list("step", "reason")]
        return list(dict.fromkeys([*self.refused.values(), *failed]))

    def _works(self) -> WorkQuerySet:
        return WorkItem.objects.filter(assessment__period=self.period).select_related("assessment__unit")

    def _effects(self) -> dict[tuple[int | None, str, datetime | None], str]:
        """Return what the system did at the close of a step, in words, by case, window or node, and moment."""
        events = AuditEvent.objects.filter(assessment__period=self.period, by__isnull=True)
        found: dict[tuple[int | None, str, datetime | None], str] = {}
        for event in events.filter(kind="late_policy_applied"):
            policy = LatePolicy(event.details["policy"])
            found[event.assessment_id, event.details["window"], event.at] = policy.label
        for event in events.filter(kind="dispute_window_closed"):
            found[event.assessment_id, "dispute", event.at] = event.sentence
        return found

    # The clock

    def _let_happen(self, moment: datetime) -> None:
        """Let the sweeps run at ``moment``, and people act, until nothing is left to do."""
        with clock.simulated(moment):
            busy = True
            while busy:
                fired = fire_due_timers(at=moment, period=self.period)
                announce_openings(at=moment, period=self.period)
                busy = self._act(moment) or fired > 0

    def _next(self, moment: datetime) -> datetime | None:
        """Return the next moment at which a timer fires, a step opens or somebody acts."""
        timers = Task.objects.filter(
            process__assessmentprocess__assessment__period=self.period, flow_task_type="TIMER", status=STATUS.SCHEDULED
        )
        ahead = list(timers.filter(scheduled__gt=moment).order_by("scheduled").values_list("scheduled", flat=True)[:1])
        to_open = self._works().open().filter(announced_at__isnull=True, opens_at__gt=moment)
        ahead += to_open.order_by("opens_at").values_list("opens_at", flat=True)[:1]
        ahead += [acts_at for work in self._to_do() if (acts_at := self._acts_at(work)) > moment]
        return min(ahead, default=None)

    # What people do

    def _invite(self, moment: datetime) -> None:
        """Invent who acts: one person for the units, one who appraises and is the secretary."""
        self.doer, self.judge = (
            officials.create_official(
                username=f"dien-tap-{token_hex(8)}", display_name="Diễn tập", unit=None, by=None, at=moment
            )
            for _ in range(2)
        )
        secretariat = self.period.secretariat
        grants = [(self.doer, role, unit) for unit in self.cast.values() for role in (Role.OFFICER, Role.HEAD)]
        bodies = {body.unit for body in self.period.bodies.select_related("unit")} | {secretariat}
        grants += [(self.judge, Role.APPRAISER, unit) for unit in bodies]
        for official, role, unit in [*grants, (self.judge, Role.SECRETARY, secretariat)]:
            officials.grant_role(official=official, role=role, unit=unit, by=None, at=moment)

    def _to_do(self) -> list[WorkItem]:
        if self.assumption != Assumption.IN_TIME:
            return []
        works = self._works().open().exclude(pk__in=self.refused)
        return list(works.select_related("branch__assessment", "branch__unit", "assessment__period").order_by("pk"))

    def _acts_at(self, work: WorkItem) -> datetime:
        """Return when work is done: on the last working day before it is due, or soon where none is left."""
        begins = max(work.opens_at, work.created_at)
        soon = begins + SHORTEST_WORK
        if work.due_at is None:
            return soon
        day = self.calendar.subtract_working_days(last_valid_day(work.due_at), 0)
        if datetime.combine(day, ACTING_HOUR, PROVINCE_TIME) >= work.due_at:
            day = self.calendar.subtract_working_days(day, 1)
        acts_at = max(soon, datetime.combine(day, ACTING_HOUR, PROVINCE_TIME))
        return acts_at if acts_at < work.due_at else begins

    def _act(self, moment: datetime) -> bool:
        """Do the work whose moment has come; say whether any was done."""
        done = False
        for work in self._to_do():
            if self._acts_at(work) > moment:
                continue
            try:
                with transaction.atomic():
                    self._do(work, moment)
            except NotAllowed as refusal:
                self.refused[work.pk] = f"Bước “{work.title}” không làm được như giả định: {refusal.sentence}"
            else:
                done = True
        return done

    def _do(self, work: WorkItem, moment: datetime) -> None:
        """Do one step by its own operation; what is entered is invented and counts for nothing."""
        case, branch = work.assessment, work.branch
        match work.node:
            case "confirm_training":
                steps.confirm_training(assessment=case, participants=["Người dự tập huấn"], by=self.doer)
            case "self_score":
                scores.zero_unscored(cases=[case], at=moment)
                steps.hand_in_scores(assessment=case, by=self.doer)
            case "provide_evidence":
                for score in ItemScore.objects.filter(assessment=case, item__code__in=missing_for(case)):
                    scores.record_explanation(score=score, text=EXPLANATION, by=self.doer)
                steps.present_to_head(assessment=case, by=self.doer)
            case "sign":
                steps.submit(assessment=case, confirmed=True, by=self.doer)
            case "appraise" if branch is not None:
                scores.agree_with_self_scores(branch=branch, by=self.judge, unscored_as_zero=True)
                self._enter(case, branch.body_name)
                steps.complete_appraisal(branch=branch, by=self.judge)
            case "consolidate":
                steps.announce_preliminary_result(assessment=case, by=self.judge)
            case "dispute":
                steps.finish_disputes(assessment=case, by=self.doer)
            case _:
                raise NotAllowed("diễn tập không có bước này.")

    def _enter(self, case: Assessment, body: str) -> None:
        """Enter the least that is accepted where the body alone gives the result."""
        own = ItemScore.objects.filter(assessment=case, item__appraising_body=body, item__scoring=Scoring.ENTERED)
        for score in own.filter(appraised_at__isnull=True).select_related("item"):
            raw = {
                field.name: field.options[0].value
                if field.options
                else "1"
                if field.name == "denominator"
                else f"{field.minimum:f}".replace(".", ",")
                for field in input_fields(rule_of(score.item))
            }
            scores.record_appraisal(
                score=score, version=score.appraisal_version, raw=raw, na=False, note=EXPLANATION, by=self.judge
            )
