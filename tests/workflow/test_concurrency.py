"""What only a real PostgreSQL can show: joins under fire, the closing second, two officers on one row."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from assessments import clock
from assessments.enums import (
    BranchState,
    LatePolicy,
    MoveScope,
    MoveState,
    PeriodStatus,
    Role,
    Scoring,
    Stage,
    UnitKind,
    WindowKind,
)
from assessments.models import (
    AppraisalBranch,
    Assessment,
    AssessmentPeriod,
    ItemScore,
    ScoreChange,
    StageWindow,
    Submission,
)
from assessments.operations import periods as period_operations
from assessments.operations import scores, submissions
from assessments.operations.deadlines import MoveRequest, record_move
from assessments.operations.officials import grant_role
from assessments.operations.units import write_unit
from assessments.rules import Conflict, NotAllowed
from assessments.rules.calendar import local_day
from assessments.rules.moves import NewEnd
from tests.province import OPENING, Province, at, make_province, sweep
from workflow.operations import steps
from workflow.operations.periods import open_period
from workflow.operations.timers import fire_due_timers

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def in_threads(jobs: list[Callable[[], object]], workers: int) -> list[object]:
    """Run the jobs, each thread with a connection of its own; return results or the refusals in the jobs' order."""

    def run(job: Callable[[], object]) -> object:
        try:
            return job()
        except NotAllowed as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(run, jobs))


def many_units(count: int, *, late_policy: LatePolicy) -> Province:
    province = make_province(opened=False, late_policy=late_policy)
    organiser = province.people["organiser"]
    units = [
        write_unit(code=f"D{number}", name=f"Đơn vị {number}", kind=UnitKind.DEPARTMENT, parent=province.root)
        for number in range(count)
    ]
    with clock.simulated(OPENING):
        period_operations.set_units(period=province.period, units=units, by=organiser)
        open_period(period=province.period, by=organiser)
    return province


def test_two_hundred_joins_with_branches_finishing_at_once_leave_none_stuck():
    province = many_units(200, late_policy=LatePolicy.SUBMIT_AS_IS)
    sweep(at("2024-01-01 00:00"))
    sweep(at("2024-01-10 00:00"))
    sweep(at("2024-01-10 08:00"))
    by = {"Sở Nội vụ": province.people["appraiser-SNV"], "Sở Tư pháp": province.people["appraiser-STP"]}
    for name, person in by.items():
        ItemScore.objects.filter(item__appraising_body=name).exclude(item__scoring=Scoring.SURVEY).update(
            appraised_by=person, appraised_at=at("2024-01-15 09:00")
        )
    branches = list(AppraisalBranch.objects.select_related("assessment").order_by("assessment", "body_name"))
    assert len(branches) == 400

    def complete(branch: AppraisalBranch) -> object:
        with clock.simulated(at("2024-01-20 09:00")):
            return steps.complete_appraisal(branch=branch, by=by[branch.body_name])

    results = in_threads([lambda b=branch: complete(b) for branch in branches], workers=8)

    assert [result for result in results if isinstance(result, NotAllowed)] == []
    assert Assessment.objects.filter(stage=Stage.CONSOLIDATION).count() == 200
    assert AppraisalBranch.objects.exclude(state=BranchState.DONE).count() == 0


def test_dispatchers_side_by_side_fire_each_timer_once():
    many_units(40, late_policy=LatePolicy.HOLD)
    moment = at("2024-01-01 00:00")

    def dispatch() -> int:
        with clock.simulated(moment):
            return fire_due_timers(at=moment)

    fired = in_threads([dispatch] * 4, workers=4)

    assert sum(fired) == 40
    assert Assessment.objects.filter(stage=Stage.SELF_SCORING).count() == 40


def test_five_hundred_submissions_around_the_close_are_accepted_exactly_by_their_receipt():
    province = make_province(opened=False)
    head = province.people["head-SXD"]
    cases = []
    for number in range(500):
        unit = write_unit(code=f"D{number}", name=f"Đơn vị {number}", kind=UnitKind.DEPARTMENT, parent=province.root)
        cases.append(
            Assessment(
                period=province.period,
                unit=unit,
                unit_kind=UnitKind.DEPARTMENT,
                criteria_set=province.criteria_set,
                stage=Stage.SIGN_OFF,
                stage_since=OPENING,
                opened_at=OPENING,
            )
        )
        grant_role(official=head, role=Role.HEAD, unit=unit, by=None, at=OPENING)
    Assessment.objects.bulk_create(cases)
    with transaction.atomic():
        closes_at = clock.read() + timedelta(seconds=4)
    StageWindow.objects.filter(period=province.period, kind=WindowKind.EVIDENCE).update(
        due_at=closes_at, closes_at=closes_at
    )
    held = cases[::10]  # 50 rows locked by somebody else from before the close until after it
    locked, start = threading.Event(), time.monotonic() + (closes_at - _database_moment()).total_seconds()

    def hold() -> None:
        with transaction.atomic():
            list(Assessment.objects.select_for_update().filter(pk__in=[case.pk for case in held]))
            locked.set()
            time.sleep(max(0.0, start - time.monotonic()) + 0.7)

    def submit(number: int, case: Assessment) -> object:
        locked.wait()
        time.sleep(max(0.0, start - 1.5 + number * 2.5 / 500 - time.monotonic()))
        return submissions.submit(assessment=case, missing=[], manifest=[], confirmed=True, by=head)

    jobs = [hold, *[lambda n=number, c=case: submit(n, c) for number, case in enumerate(cases)]]
    results = in_threads(jobs, workers=70)[1:]

    accepted = {result.assessment_id for result in results if isinstance(result, Submission)}
    refused = [result for result in results if isinstance(result, NotAllowed)]
    receipts = dict(Submission.objects.values_list("assessment_id", "submitted_at"))
    assert len(accepted) + len(refused) == 500
    assert set(receipts) == accepted
    assert max(receipts.values()) < closes_at
    assert all("Đã hết hạn" in refusal.sentence for refusal in refused)
    assert accepted.isdisjoint(case.pk for case in held)  # they got the lock after the close only
    assert accepted
    assert len(refused) > len(held)


def test_two_officers_on_one_row_one_is_kept_and_the_other_is_told():
    province = make_province()
    sweep(at("2024-01-01 00:00"))
    first, second = province.people["officer-SXD"], province.people["head-SXD"]
    rows = list(ItemScore.objects.filter(item__code="2.1", assessment__unit__code="SXD"))
    barrier = threading.Barrier(2)

    def save(count: str, by) -> object:
        barrier.wait()
        with clock.simulated(at("2024-01-05 09:00")):
            return scores.record_self_score(score=rows[0], version=0, raw={"count": count}, na=False, by=by)

    results = in_threads([lambda: save("1", first), lambda: save("3", second)], workers=2)

    kept = [result for result in results if isinstance(result, ItemScore)]
    told = [result for result in results if isinstance(result, Conflict)]
    assert (len(kept), len(told)) == (1, 1)
    rows[0].refresh_from_db()
    assert (rows[0].self_input, rows[0].version) == (kept[0].self_input, 1)
    assert told[0].current.self_input == kept[0].self_input
    assert ScoreChange.objects.filter(score=rows[0]).count() == 1


@pytest.mark.parametrize("later", [True, False])
def test_a_submission_that_waited_for_a_moving_deadline_is_judged_by_the_new_end(later):
    province = make_province(opened=False)
    organiser, head = province.people["organiser"], province.people["head-SXD"]
    AssessmentPeriod.objects.update(status=PeriodStatus.OPEN, opened_at=OPENING)
    case = Assessment.objects.create(
        period=province.period,
        unit=province.units["SXD"],
        unit_kind=UnitKind.DEPARTMENT,
        criteria_set=province.criteria_set,
        stage=Stage.SIGN_OFF,
        stage_since=OPENING,
        opened_at=OPENING,
    )
    now = _database_moment()
    soon, far = now + timedelta(seconds=2), now + timedelta(days=5)
    old, new = (soon, far) if later else (far, soon)
    StageWindow.objects.filter(period=province.period, kind=WindowKind.EVIDENCE).update(due_at=old, closes_at=old)
    request = MoveRequest(
        period=province.period,
        window=WindowKind.EVIDENCE,
        scope=MoveScope.UNIT,
        assessment=case,
        new_end=NewEnd(closes_at=new),
        reason="Mất điện diện rộng",
        decision_number="12/QĐ-SNV",
        decision_date=local_day(now),
    )
    moving, start = threading.Event(), time.monotonic()

    def move_it() -> object:
        with transaction.atomic():
            made = record_move(request=request, by=organiser)
            moving.set()
            time.sleep(max(0.0, start + 2.7 - time.monotonic()))  # the end that is soon passes meanwhile
        return made

    def submit() -> object:
        moving.wait()  # before the end that is soon; the lock comes only after it
        return submissions.submit(assessment=case, missing=[], manifest=[], confirmed=True, by=head)

    made, answer = in_threads([move_it, submit], workers=2)

    assert made.state == MoveState.APPLIED
    if later:
        assert soon < answer.submitted_at < far
    else:
        assert isinstance(answer, NotAllowed)
        assert "Đã hết hạn" in answer.sentence


def _database_moment():
    with transaction.atomic():
        return clock.read()
