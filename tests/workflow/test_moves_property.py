"""Wherever the cases are, for whomever a deadline is moved, and to when: the real run does what the dry run said.

Each example plays a province to one of several moments, tries a move dry, then in earnest, and looks at the rows.
"""

from contextlib import suppress
from dataclasses import fields
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from viewflow.workflow.models import Task

from assessments import clock
from assessments.enums import BranchState, LatePolicy, MoveScope, MoveState, Stage, UnitKind, WindowKind
from assessments.models import (
    AppraisalBranch,
    Assessment,
    AuditEvent,
    DeadlineMove,
    ItemScore,
    MovedDeadline,
    Submission,
)
from assessments.operations.deadlines import MoveRequest
from assessments.queries.deadlines import branch_windows_of, windows_of
from assessments.rules import NotAllowed
from assessments.rules.moves import NewEnd
from notifications.models import Message
from tests.province import Province, at, make_province, move, request_for, sweep
from tests.workflow.stages import branch_of, to_dispute, to_sign_off, to_submitted
from workflow.flows.timer_moments import TimerMoment
from workflow.models import Escalation, PlannedReminder, Snooze, WorkItem
from workflow.operations import steps
from workflow.operations.deadlines import move_deadline, preview_move
from workflow.operations.move_outcome import MoveOutcome

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
TABLES = [
    AppraisalBranch,
    Assessment,
    AuditEvent,
    DeadlineMove,
    Escalation,
    ItemScore,
    Message,
    MovedDeadline,
    PlannedReminder,
    Snooze,
    Submission,
    Task,
    WorkItem,
]


def in_self_scoring(province: Province) -> None:
    sweep(at("2024-01-01 00:00"))


def nearly_submitted(province: Province) -> None:
    to_sign_off(province, "SXD")
    to_submitted(province, "SYT")
    sweep(at("2024-01-01 00:00"))


def closed_by_the_system(province: Province) -> None:
    nearly_submitted(province)
    sweep(at("2024-01-10 00:01"))


def in_appraisal(province: Province) -> None:
    closed_by_the_system(province)
    sweep(at("2024-01-10 08:00"))
    with clock.simulated(at("2024-01-12 09:00")):
        steps.request_supplement(
            branch=branch_of(province, "SYT", "Sở Tư pháp"),
            reason="Thiếu danh mục văn bản",
            items={"2.1": "Chưa có danh mục"},
            by=province.people["appraiser-STP"],
        )


def in_dispute(province: Province) -> None:
    to_dispute(province, "SXD", "SYT")


def after_the_dispute(province: Province) -> None:
    in_dispute(province)
    with clock.simulated(at("2024-02-16 09:00")):
        steps.finish_disputes(assessment=province.case("SYT"), by=province.people["head-SYT"])
    sweep(at("2024-02-19 17:00"))


PLAYS = {
    "2023-12-20 09:00": lambda province: None,
    "2024-01-05 09:00": in_self_scoring,
    "2024-01-08 10:00": nearly_submitted,
    "2024-01-10 07:00": closed_by_the_system,
    "2024-01-15 09:00": in_appraisal,
    "2024-02-16 09:00": in_dispute,
    "2024-02-20 09:00": after_the_dispute,
}
DAYS = st.builds(lambda days: NewEnd(working_days=days), st.integers(1, 30))
MOMENTS = st.tuples(st.integers(-10, 40), st.sampled_from([0, 8, 17]))  # days from now, hour
EARLIER = [
    ("SXD", WindowKind.COUNCIL, "2024-03-12 17:00"),
    ("SYT", WindowKind.APPRAISAL, "2024-02-20 17:00"),
    ("SXD", WindowKind.EVIDENCE, "2024-01-12 17:00"),
]
CASES = ["all", "kind", "unit SXD", "unit SYT"]
BODIES = ["body Sở Tư pháp", "body Sở Nội vụ"]
STEPS = [
    WindowKind.TRAINING,
    WindowKind.SELF_SCORING,
    WindowKind.EVIDENCE,
    WindowKind.APPRAISAL,
    WindowKind.DISPUTE,
    WindowKind.COUNCIL,
]
WHAT = st.one_of(
    st.tuples(st.sampled_from(STEPS), st.sampled_from(CASES)),
    st.tuples(st.sampled_from(STEPS[1:3]), st.sampled_from(CASES)),  # what the system closes and opens again
    st.tuples(st.just(WindowKind.APPRAISAL), st.sampled_from(BODIES)),
)


def request_of(province: Province, window: WindowKind, scope: str, new_end: NewEnd) -> MoveRequest:
    kind, _, name = scope.partition(" ")
    if kind == "kind":
        return request_for(province, window, scope=MoveScope.KIND, unit_kind=UnitKind.DEPARTMENT, new_end=new_end)
    if kind == "body":
        branch = AppraisalBranch.objects.filter(assessment=province.case("SYT"), body_name=name).first()
        return request_for(province, window, scope=MoveScope.BODY, unit="SYT", branch=branch, new_end=new_end)
    return request_for(province, window, unit=name, new_end=new_end)


def _moment(now: str, days: int, hour: int) -> datetime:
    return (at(now) + timedelta(days=days)).replace(hour=hour, minute=0)


def rows() -> dict[str, list[tuple]]:
    """Return all that a move may write, row by row."""
    return {model.__name__: list(model.objects.order_by("pk").values_list()) for model in TABLES}


def tried(run, **kwargs) -> MoveOutcome | str:
    """Return the outcome, or the sentence of the refusal."""
    try:
        return run(**kwargs)
    except NotAllowed as refusal:
        return refusal.sentence


def check_rows_agree(province: Province) -> None:
    """Every armed timer and every open piece of work has the dates that the windows say."""
    cases = {case.pk: case for case in Assessment.objects.filter(period=province.period)}
    windows = windows_of(cases.values())
    armed = Task.objects.filter(flow_task_type="TIMER", status="SCHEDULED").select_related("process")
    for task in armed:
        timer = task.flow_task._delay
        if isinstance(timer, TimerMoment):
            case = cases[task.process.coerced.assessment_id]
            assert task.scheduled == timer.of(case, windows[case.pk]), task.flow_task
    of_branches = branch_windows_of(AppraisalBranch.objects.select_related("assessment"))
    for work in WorkItem.objects.open().filter(node__in=["confirm_training", "self_score", "provide_evidence", "sign"]):
        window = windows[work.assessment_id][WindowKind(work.window)]
        assert (work.due_at, work.closes_at) == (window.due_at, window.closes_at)
    for work in WorkItem.objects.open().filter(node="appraise"):
        window = of_branches[work.branch_id]
        assert (work.due_at, work.closes_at) == (window.due_at, window.closes_at)


def check_nothing_is_stuck(province: Province) -> None:
    """Every case has something that waits: a person, a timer or the organiser."""
    for case in Assessment.objects.filter(period=province.period).exclude(stage=Stage.PUBLISHED):
        waiting = Task.objects.filter(process__in=case.processes.all(), finished__isnull=True)
        assert waiting.exists(), case
        if case.branches.filter(state=BranchState.SUPPLEMENT).exists():
            assert WorkItem.objects.open().filter(assessment=case, node="supplement").exists()


@settings(
    max_examples=100,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # an example takes long, and is small already
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)
@given(
    policy=st.sampled_from(list(LatePolicy)),
    now=st.sampled_from(list(PLAYS)),
    earlier=st.booleans(),
    what=WHAT,
    to=st.one_of(DAYS, MOMENTS),
)
def test_the_real_run_does_what_the_dry_run_said(db, policy, now, earlier, what, to):
    window, scope = what
    new_end = to if isinstance(to, NewEnd) else NewEnd(closes_at=_moment(now, *to))
    with transaction.atomic():
        province = make_province(late_policy=policy)
        PLAYS[now](province)
        organiser = province.people["organiser"]
        with clock.simulated(at(now)):
            if earlier:  # one case already has more than the others
                for code, step, end in EARLIER:
                    with suppress(NotAllowed):  # a held case moves in two steps only
                        move(province, step, end, unit=code)
            request = request_of(province, window, scope, new_end)
            before = rows()

            dry = tried(preview_move, request=request, by=organiser)
            assert rows() == before
            real = tried(move_deadline, request=request, by=organiser)

            if isinstance(dry, str) or isinstance(real, str):
                event("refused")
                assert dry == real
                assert rows() == before
            else:
                lists = [field.name for field in fields(MoveOutcome) if field.name != "move"]
                assert {name: getattr(real, name) for name in lists} == {name: getattr(dry, name) for name in lists}
                assert real.fingerprint == dry.fingerprint
                event("reopens" if real.reopened else "changes work" if real.works else str(real.move.state))
                if real.move.state == MoveState.PROPOSED:
                    assert real.cases == real.works == real.timers == ()
                check_rows_agree(province)
                check_nothing_is_stuck(province)
        transaction.set_rollback(True)
