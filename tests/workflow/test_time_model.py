"""Timers, deadlines and messages under random play: nothing lost, nothing doubled, nothing fired stale.

A machine does what people, organisers, workers and clocks do, in any order: steps are completed, returned, withdrawn,
handed on; deadlines move both ways; supplements stop and resume a body's clock; workers crash in the middle of a
statement, sweeps run twice, the clock jumps. After each step the rows are compared with what the rules say they are.
``make test`` takes about two thousand steps, the nightly profile ten times as many (PAR_HYPOTHESIS=nightly).
"""

import os
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from assessments import clock
from assessments.enums import BranchState, LatePolicy, MoveScope, MoveState, Role, Stage, WindowKind
from assessments.models import AppraisalBranch, Assessment, DeadlineMove, Submission
from assessments.operations import scores
from assessments.operations.deadlines import MoveRequest
from assessments.operations.officials import grant_role
from assessments.queries.deadlines import branch_windows_of, window_of, windows_of
from assessments.rules import NotAllowed
from assessments.rules.moves import NewEnd
from notifications.enums import Outcome, Status
from notifications.models import Attempt, Message
from notifications.operations import deliver_due
from tests.province import Province, at, make_province, person
from tests.workflow.stages import appraiser_of, fill_in
from workflow.enums import ReminderState
from workflow.flows.timer_moments import TimerMoment
from workflow.models import AssessmentProcess, Incident, PlannedReminder, WorkItem
from workflow.operations import inbox, steps
from workflow.operations.deadlines import confirm_move, move_deadline
from workflow.operations.reminders import send_due_reminders
from workflow.operations.timers import fire_due_timers

IS_NIGHTLY = os.environ.get("PAR_HYPOTHESIS") == "nightly"
EXAMPLES, STEPS = (170 if IS_NIGHTLY else 17), 40  # for each of the three late policies
UNITS = ("STP", "SXD", "SYT")
MOVABLE = [
    WindowKind.TRAINING,
    WindowKind.SELF_SCORING,
    WindowKind.EVIDENCE,
    WindowKind.APPRAISAL,
    WindowKind.DISPUTE,
]
ENDED = [STATUS.DONE, STATUS.CANCELED, STATUS.REVIVED]


class WorkerDied(BaseException):
    """As when the process is killed: nothing below it may catch this."""


class TimeMachine(RuleBasedStateMachine):
    """Three units in one period, from its opening on; ``now`` is the simulated moment."""

    policy = LatePolicy.HOLD

    def __init__(self) -> None:
        super().__init__()
        self.start = transaction.savepoint()  # one transaction holds all examples; each begins from the same rows
        self.province: Province = make_province(late_policy=self.policy)
        self.second = person("to-chuc-2", self.province.units["SNV"], (Role.ORGANISER, self.province.root))
        self.colleague = person("can-bo-2", self.province.units["SXD"])
        for unit in UNITS:
            grant_role(
                official=self.colleague,
                role=Role.OFFICER,
                unit=self.province.units[unit],
                by=None,
                at=at("2023-12-11 08:00"),
            )
        self.now: datetime = at("2023-12-11 09:00")
        self.accepted = 0

    def teardown(self) -> None:
        """Put the rows back."""
        transaction.savepoint_rollback(self.start)

    # What time does

    @rule(hours=st.sampled_from([1, 5, 24, 24 * 3, 24 * 9, 24 * 20]))
    def time_passes(self, hours: int) -> None:
        """The clock jumps and nobody sweeps: timers may become due."""
        self.now += timedelta(hours=hours)

    @rule()
    def sweep(self) -> None:
        """One wake-up: exactly what is due fires, once."""
        self._sweep()

    @rule()
    def sweep_twice_and_deliver_thrice(self) -> None:
        """A wake-up that comes twice, and messages that are asked for three times."""
        self._sweep()
        before = self._timers()
        self._at_now(lambda: fire_due_timers(at=self.now))
        assert self._timers() == before
        for _ in range(3):
            self._at_now(lambda: deliver_due(at=self.now, limit=10_000))

    @rule(statement=st.integers(1, 120))
    def worker_dies(self, statement: int) -> None:
        """The worker is killed at some statement of a sweep: the case under way is as it was, or gone on."""
        left = statement

        def count_down(execute, sql, params, many, context):
            nonlocal left
            left -= 1
            if left == 0:
                raise WorkerDied
            return execute(sql, params, many, context)

        sid = transaction.savepoint()
        try:
            with connection.execute_wrapper(count_down):
                self._at_now(lambda: fire_due_timers(at=self.now))
        except WorkerDied:
            # its inner transactions are rolled back by their own blocks; what they had committed stays
            connection.needs_rollback = False
        transaction.savepoint_commit(sid)

    # What people do; a refusal changes nothing, the invariants see to it

    @rule(unit=st.sampled_from(UNITS), completely=st.booleans())
    def next_step(self, unit: str, completely: bool) -> None:
        """Whoever has the next step of a unit does it."""
        self._try(lambda: self._do_next(unit, completely))

    @rule(unit=st.sampled_from(UNITS))
    def several_steps(self, unit: str) -> None:
        """A unit gets on with its work."""
        for _ in range(4):
            self._try(lambda: self._do_next(unit, True))

    @rule(unit=st.sampled_from(UNITS))
    def head_sends_back(self, unit: str) -> None:
        """The head returns the dossier to the officers."""
        case, head = self.province.case(unit), self.province.people[f"head-{unit}"]
        self._try(lambda: steps.send_back_to_officers(assessment=case, reason="Thiếu số liệu", by=head))

    @rule(unit=st.sampled_from(UNITS))
    def head_withdraws(self, unit: str) -> None:
        """The head withdraws a submitted dossier, in time only."""
        case, head = self.province.case(unit), self.province.people[f"head-{unit}"]
        closes_at = window_of(case, WindowKind.EVIDENCE).closes_at
        if self._try(lambda: steps.withdraw(assessment=case, reason="Bổ sung số liệu", by=head)):
            assert self.now < closes_at

    @rule(unit=st.sampled_from(UNITS), body=st.integers(0, 1), days=st.integers(1, 5))
    def body_returns(self, unit: str, body: int, days: int) -> None:
        """A body asks for a supplement: its clock stops."""
        branches = list(self._branches(unit))
        if branches:
            branch = branches[body % len(branches)]
            by = appraiser_of(self.province, branch)
            self._try(
                lambda: steps.request_supplement(
                    branch=branch, reason="Bổ sung tài liệu", items={}, whole_branch=True, working_days=days, by=by
                )
            )

    @rule(unit=st.sampled_from(UNITS))
    def unit_answers(self, unit: str) -> None:
        """The unit answers its supplements: the bodies' clocks go on."""
        officer = self.province.people[f"officer-{unit}"]
        for branch in self._branches(unit):
            if branch.state == BranchState.SUPPLEMENT:
                self._try(partial(steps.answer_supplement, branch=branch, answer="Đã bổ sung tài liệu", by=officer))

    @rule(unit=st.sampled_from(UNITS), take=st.booleans())
    def reassign(self, unit: str, take: bool) -> None:
        """A colleague takes the work or gives it back."""
        work = WorkItem.objects.open().filter(assessment__unit__code=unit, role=Role.OFFICER).first()
        if work:
            act = inbox.claim if take else inbox.release
            self._try(lambda: act(work=work, by=self.colleague))

    # What organisers do

    @rule(
        window=st.sampled_from(MOVABLE),
        scope=st.sampled_from([MoveScope.ALL, MoveScope.UNIT, MoveScope.BODY]),
        unit=st.sampled_from(UNITS),
        days=st.integers(-12, 12),
        confirm=st.booleans(),
    )
    def deadline_moves(self, window: WindowKind, scope: MoveScope, unit: str, days: int, confirm: bool) -> None:
        """A decision moves a deadline to either side; what would close at once waits for a second person."""
        case = self.province.case(unit)
        branch = self._branches(unit).first() if scope == MoveScope.BODY else None
        closes_at = window_of(case, window).closes_at + timedelta(days=days)
        request = MoveRequest(
            period=case.period,
            window=WindowKind.APPRAISAL if scope == MoveScope.BODY else window,
            scope=scope,
            new_end=NewEnd(closes_at=closes_at, due_at=closes_at),
            reason="Thử dời hạn",
            decision_number="15/QĐ",
            decision_date=self.now.date(),
            assessment=case if scope != MoveScope.ALL else None,
            branch=branch,
        )
        by = self.province.people["organiser"]
        self._try(lambda: move_deadline(request=request, by=by))
        proposed = DeadlineMove.objects.filter(state=MoveState.PROPOSED).order_by("-pk").first()
        if proposed and confirm:
            self._try(lambda: confirm_move(move=proposed, by=self.second))

    # What must hold

    @invariant()
    def every_timer_is_armed_once_for_the_moment_that_its_rows_say(self) -> None:
        """None lost, none doubled, none with a stale moment."""
        armed, expected = self._timers(), self._expected_timers()
        assert armed == expected

    @invariant()
    def every_open_task_has_its_work_with_the_dates_of_today(self) -> None:
        """The inbox tells what the flow waits for."""
        waiting = Task.objects.filter(flow_task_type="HUMAN").exclude(status__in=ENDED)
        works = list(WorkItem.objects.open().select_related("task", "assessment__period", "branch__assessment"))
        assert {task.pk for task in waiting} == {work.task_id for work in works}
        windows = windows_of({work.assessment_id: work.assessment for work in works}.values())
        branches = {work.branch_id: work.branch for work in works if work.branch}
        of_branches = branch_windows_of(branches.values())
        for work in works:
            own = windows[work.assessment_id]
            if work.branch_id in of_branches:
                own = own | {WindowKind.APPRAISAL: of_branches[work.branch_id]}
            moments = work.task.flow_task.moments(work.assessment, work.branch, created_at=work.created_at, windows=own)
            assert (work.due_at, work.closes_at) == moments[1:], work.node

    @invariant()
    def every_process_waits_for_somebody_or_something(self) -> None:
        """No case is stuck."""
        for process in AssessmentProcess.objects.filter(finished__isnull=True):
            open_tasks = Task.objects.filter(process=process).exclude(status__in=ENDED).exclude(flow_task_type="TIMER")
            assert open_tasks.exclude(flow_task_type="PARALLEL_JOIN").exists()
        assert not Task.objects.filter(status=STATUS.ERROR).exists()
        assert not Incident.objects.exists()

    @invariant()
    def what_is_planned_is_about_open_work_as_it_stands(self) -> None:
        """No reminder of work that is done or of dates that were moved."""
        planned = PlannedReminder.objects.filter(state=ReminderState.PLANNED).select_related("work")
        assert all(row.work.closed_at is None and row.version == row.work.version for row in planned)

    @invariant()
    def nothing_is_sent_twice_or_after_the_work_was_done(self) -> None:
        """Each message once; none that tells of work already done."""
        sent = Counter(Attempt.objects.filter(outcome=Outcome.SENT).values_list("message_id", flat=True))
        assert not sent or max(sent.values()) == 1
        closed = dict(WorkItem.objects.filter(closed_at__isnull=False).values_list("task_id", "closed_at"))
        told = Message.objects.filter(status=Status.SENT, ref__startswith="task:").values_list("ref", "sent_at")
        for ref, moment in told:
            task = int(ref.removeprefix("task:"))
            assert task not in closed or moment <= closed[task]

    @invariant()
    def receipts_are_before_the_close_and_lateness_after_it(self) -> None:
        """Signed receipts were checked when written; a late policy was applied at a close that has passed."""
        assert Submission.objects.filter(is_automatic=False).count() == self.accepted
        for case in Assessment.objects.exclude(late_policy_applied=""):
            assert case.late_since <= self.now

    # How

    def _at_now(self, act: Callable[[], object]) -> object:
        with clock.simulated(self.now):
            return act()

    def _try(self, act: Callable[[], object]) -> bool:
        """Do it, or be refused: then nothing may be left of it."""
        sid = transaction.savepoint()
        try:
            self._at_now(act)
        except NotAllowed:
            transaction.savepoint_rollback(sid)
            return False
        transaction.savepoint_commit(sid)
        return True

    def _sweep(self) -> None:
        expected = {pk for pk, moment in self._expected_timers().items() if moment <= self.now}
        armed_before = set(self._timers())
        self._at_now(lambda: fire_due_timers(at=self.now))
        fired = set(Task.objects.filter(pk__in=armed_before, status=STATUS.DONE).values_list("pk", flat=True))
        assert fired == expected
        assert all(moment > self.now for moment in self._timers().values())
        self._at_now(lambda: send_due_reminders(at=self.now))
        self._at_now(lambda: deliver_due(at=self.now, limit=10_000))

    def _timers(self) -> dict[int, datetime]:
        armed = Task.objects.filter(flow_task_type="TIMER", status=STATUS.SCHEDULED)
        return dict(armed.values_list("pk", "scheduled"))

    def _expected_timers(self) -> dict[int, datetime]:
        """Return ``{timer: moment}`` worked out anew: one for every open task whose node has a time limit."""
        expected = {}
        cases = {
            process.pk: process.assessment
            for process in AssessmentProcess.objects.filter(finished__isnull=True).select_related("assessment__period")
        }
        windows = windows_of(cases.values())
        hosts = Task.objects.filter(process__in=cases).exclude(status__in=ENDED).exclude(flow_task_type="TIMER")
        for host in hosts:
            for boundary in host.flow_task._boundary_events:
                (timer,) = Task.objects.filter(previous=host, flow_task=boundary)  # one, not more
                case = cases[host.process_id]
                if isinstance(boundary._delay, TimerMoment):
                    expected[timer.pk] = boundary._delay.of(case, windows[case.pk])
                else:
                    expected[timer.pk] = host.seed.supplements.last().closes_at
        return expected

    def _branches(self, unit: str):
        return AppraisalBranch.objects.filter(assessment__unit__code=unit).select_related(
            "unit", "assessment__unit", "assessment__period"
        )

    def _do_next(self, unit: str, completely: bool) -> None:
        case, people = self.province.case(unit), self.province.people
        officer, head = people[f"officer-{unit}"], people[f"head-{unit}"]
        match case.stage:
            case Stage.TRAINING:
                steps.confirm_training(assessment=case, participants=["Nguyễn Văn A"], by=officer)
            case Stage.SELF_SCORING:
                if completely:
                    fill_in(self.province, unit)
                steps.hand_in_scores(assessment=case, by=officer)
            case Stage.EVIDENCE:
                if completely:
                    fill_in(self.province, unit)
                steps.present_to_head(assessment=case, by=officer)
            case Stage.SIGN_OFF:
                steps.submit(assessment=case, confirmed=True, by=head)
                assert self.now < window_of(case, WindowKind.EVIDENCE).closes_at
                self.accepted += 1
            case Stage.APPRAISAL:
                for branch in self._branches(unit).filter(state=BranchState.APPRAISING)[: None if completely else 1]:
                    by = appraiser_of(self.province, branch)
                    scores.agree_with_self_scores(branch=branch, by=by, unscored_as_zero=True)
                    steps.complete_appraisal(branch=branch, by=by)
            case Stage.CONSOLIDATION:
                steps.announce_preliminary_result(assessment=case, by=people["secretary"])
            case Stage.DISPUTE:
                steps.finish_disputes(assessment=case, by=head)


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("policy", LatePolicy)
def test_no_timer_is_lost_doubled_or_fired_stale(policy):
    run_state_machine_as_test(
        type(f"TimeMachine_{policy.value}", (TimeMachine,), {"policy": policy}),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],  # a failure is read from its steps; shrinking takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
