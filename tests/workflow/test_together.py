"""Cases carried on together leave exactly the rows that they leave when viewflow carries each by itself."""

import re

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from viewflow.workflow.models import Task

from assessments import clock
from assessments.enums import LatePolicy, Stage
from assessments.models import (
    AppraisalBranch,
    Assessment,
    AuditEvent,
    ItemScore,
    ScoreChange,
    Submission,
)
from notifications.models import Message
from tests.province import Province, at, make_province, sweep
from tests.workflow.stages import dispute, fill_in, to_dispute, to_sign_off, to_submitted
from workflow.flows.assessment import AssessmentFlow
from workflow.flows.together import can_go_together
from workflow.models import Escalation, Incident, PlannedReminder, WorkItem
from workflow.operations import steps, timers

pytestmark = pytest.mark.django_db
UNITS = ("STP", "SXD", "SYT")
WORK = (
    "title",
    "role",
    "window",
    "opens_at",
    "due_at",
    "closes_at",
    "created_at",
    "closed_at",
    "outcome",
    "announced_at",
)


def to_self_scoring(province: Province) -> None:
    sweep(at("2024-01-01 00:00"))
    with clock.simulated(at("2024-01-05 09:00")):
        fill_in(province, "SXD")


def to_evidence(province: Province, units: tuple[str, ...] = ("STP", "SXD")) -> None:
    sweep(at("2024-01-01 00:00"))
    with clock.simulated(at("2024-01-05 09:00")):
        for unit in units:
            fill_in(province, unit)
            steps.hand_in_scores(assessment=province.case(unit), by=province.people[f"officer-{unit}"])


def to_the_head(province: Province) -> None:
    for unit in ("STP", "SXD"):
        to_sign_off(province, unit)


def all_submitted(province: Province) -> None:
    for unit in UNITS:
        to_submitted(province, unit)


def in_dispute(province: Province) -> None:
    to_dispute(province, *UNITS)
    dispute(province, "SXD", "1.2", numerator="10", denominator="10")
    dispute(province, "SXD", "2.1", count="4")


MOMENTS = [
    ("training", lambda province: None, "2024-01-01 00:00"),
    ("self_scoring", to_self_scoring, "2024-01-10 00:00"),
    ("evidence", to_evidence, "2024-01-10 00:00"),
    ("signing", to_the_head, "2024-01-10 00:00"),
    ("appraisal", all_submitted, "2024-01-10 08:00"),
    ("dispute", in_dispute, "2024-02-19 17:00"),
]


def rows_left() -> dict[str, list]:
    """Return what lies in the tables, keys replaced by what they stand for."""
    tasks = {}
    for task in Task.objects.select_related("process__assessmentprocess__assessment__unit").prefetch_related(
        "previous"
    ):
        tasks[task.pk] = task

    def named(task: Task) -> tuple:
        case = task.process.assessmentprocess.assessment
        branch = task.seed.body_name if task.seed else ""
        return case.unit.code, task.flow_task.name, branch, task.status

    def token(task: Task) -> str:
        return re.sub(r"(\d+)_", lambda found: f"{named(tasks[int(found[1])])[1]}_", str(task.token))

    def words(text: str) -> str:
        return re.sub(r"/viec/\d+/", "/viec/…/", text)

    work = {item.pk: (named(tasks[item.task_id]), item.version) for item in WorkItem.objects.all()}
    left = {
        "task": [
            (
                named(task),
                token(task),
                task.flow_task_type,
                task.scheduled,
                bool(task.started),
                bool(task.finished),
                str(task.owner or ""),
                sorted(named(earlier) for earlier in task.previous.all()),
            )
            for task in tasks.values()
        ],
        "work": [
            (work[item.pk], str(item.branch or ""), item.role_unit.code, *(getattr(item, name) for name in WORK))
            for item in WorkItem.objects.select_related("role_unit", "branch__assessment")
        ],
        "reminder": [
            (work[row.work_id], row.person.username, row.rule_id, row.version, row.day, row.state, row.reason)
            for row in PlannedReminder.objects.select_related("person")
        ],
        "escalation": [
            (work[row.work_id], row.rule_id, row.day, row.role, row.unit_id) for row in Escalation.objects.all()
        ],
        "message": [
            (
                row.recipient_id,
                row.channel,
                row.subject,
                words(row.body_text),
                words(row.body_html),
                row.not_before,
                row.status,
            )
            for row in Message.objects.all()
        ],
        "incident": list(Incident.objects.values_list("assessment__unit__code", "step", "reason")),
    }
    for model in (Assessment, AuditEvent, ItemScore, Submission, AppraisalBranch, ScoreChange):
        names = [field.attname for field in model._meta.concrete_fields if not field.primary_key and field.name != "id"]
        left[model.__name__] = [tuple(map(repr, row)) for row in model.objects.values_list(*names)]
    return {name: sorted(rows, key=repr) for name, rows in left.items()}


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
