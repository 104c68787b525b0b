"""Cases carried on together leave exactly the rows that they leave when viewflow carries each by itself."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from viewflow.workflow.models import Task

from assessments.enums import LatePolicy, Stage
from assessments.models import Assessment
from tests.province import at, make_province, sweep
from tests.workflow.rows import rows_left
from tests.workflow.scenes import UNITS, all_submitted, in_dispute, to_evidence, to_self_scoring, to_the_head
from workflow.flows.assessment import AssessmentFlow
from workflow.flows.together import can_go_together
from workflow.models import Incident
from workflow.operations import timers

pytestmark = pytest.mark.django_db
MOMENTS = [
    ("training", lambda province: None, "2024-01-01 00:00"),
    ("self_scoring", to_self_scoring, "2024-01-10 00:00"),
    ("evidence", to_evidence, "2024-01-10 00:00"),
    ("signing", to_the_head, "2024-01-10 00:00"),
    ("appraisal", all_submitted, "2024-01-10 08:00"),
    ("dispute", in_dispute, "2024-02-19 17:00"),
]


def left_by(fire) -> dict[str, list]:
    with transaction.atomic():
        fire()
        rows = rows_left()
        transaction.set_rollback(True)
    return rows


@pytest.mark.parametrize("policy", LatePolicy)
@pytest.mark.parametrize(("name", "bring", "moment"), MOMENTS, ids=[name for name, _, _ in MOMENTS])
def test_together_and_one_by_one_leave_the_same_rows(monkeypatch, policy, name, bring, moment):
    province = make_province(late_policy=policy)
    bring(province)
    together, one_by_one = [], []
    fire_together = timers.fire_together
    monkeypatch.setattr(timers, "fire_together", lambda **what: together.append(what) or fire_together(**what))

    many = left_by(lambda: sweep(at(moment)))
    monkeypatch.setattr(timers, "alike", lambda due: one_by_one.append(due) or {})
    single = left_by(lambda: sweep(at(moment)))

    assert together
    assert one_by_one
    for table, rows in single.items():
        assert many[table] == rows, table


def test_every_timer_of_the_flow_but_that_of_a_supplement_takes_many_cases_at_once():
    nodes = [node for node in AssessmentFlow.instance.nodes() if node.task_type == "TIMER"]

    assert {node.name for node in nodes if not can_go_together(node)} == {"supplement__timeout"}
    assert len(nodes) == 7


def test_a_case_that_is_broken_is_found_and_the_others_go_on():
    province = make_province(late_policy=LatePolicy.HOLD)
    sweep(at("2024-01-01 00:00"))
    Assessment.objects.filter(unit__code="SYT").update(stage=Stage.PUBLISHED)  # nothing leads on from there

    fired = sweep(at("2024-01-10 00:00"))

    incident = Incident.objects.select_related("assessment__unit").get()
    assert fired == 2
    assert incident.assessment.unit.code == "SYT"
    assert "không thể chuyển sang" in incident.reason
    assert province.case("SXD").stage == province.case("STP").stage == Stage.HELD


def test_three_cases_cost_as_many_statements_as_two():
    costs = []
    for units in (("STP", "SXD"), UNITS):
        with transaction.atomic():
            province = make_province(late_policy=LatePolicy.SUBMIT_AS_IS)
            to_evidence(province, units)
            Assessment.objects.exclude(unit__code__in=units).update(stage=Stage.TRAINING)
            Task.objects.exclude(process__assessmentprocess__assessment__unit__code__in=units).update(scheduled=None)
            with CaptureQueriesContext(connection) as queries:
                assert sweep(at("2024-01-10 00:00")) == len(units)
            costs.append(len(queries))
            transaction.set_rollback(True)

    assert costs[0] == costs[1] <= 60
