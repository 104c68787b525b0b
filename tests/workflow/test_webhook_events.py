"""What other systems are told of a case: each step once, moves, the publication; nothing of points or people."""

import json

import pytest

from assessments import clock
from assessments.enums import WindowKind
from notifications.models import WebhookDelivery
from notifications.operations.webhooks import endpoints
from tests.province import OPENING, Province, at, make_province, request_for, sweep
from tests.published import publish
from tests.workflow.test_flow import to_submitted
from workflow.models import WorkItem
from workflow.operations.deadlines import move_deadline, preview_move
from workflow.webhook_events import LABELS

pytestmark = pytest.mark.django_db


@pytest.fixture
def province() -> Province:
    found = make_province()
    endpoints.add(
        scope=found.root.pk,
        name="Trang điều hành",
        url="https://dieu-hanh.haiduong.example/su-kien",
        subscribed=list(LABELS),
        by=found.people["organiser"],
        at=OPENING,
    )
    return found


def told(kind: str) -> list[dict]:
    """Return what was written of a kind, in order."""
    rows = WebhookDelivery.objects.filter(kind=kind).order_by("pk")
    return [json.loads(row.body)["data"] for row in rows]


def test_each_step_that_opens_and_ends_is_told_once(province):
    to_submitted(province, "SXD")

    works = WorkItem.objects.filter(assessment=province.case("SXD")).order_by("pk")
    assert [fact["step"]["title"] for fact in told("step.done")] == [work.title for work in works if work.closed_at]
    assert {fact["outcome"] for fact in told("step.done")} == {"done"}
    assert {fact["unit"]["code"] for fact in told("step.done")} == {"SXD"}
    opened_later = [work for work in works if work.created_at > OPENING and work.announced_at]
    assert len(told("step.opened")) == len(opened_later)
    first = told("step.done")[0]
    assert first["due_at"] == "2024-01-01T00:00:00+07:00"
    assert first["case"]["link"] == f"http://127.0.0.1:8000/ho-so/{province.case('SXD').pk}/"


def test_steps_that_time_ends_for_many_cases_are_told_as_well(province):
    sweep(at("2024-01-01 00:00"))

    assert {(fact["unit"]["code"], fact["outcome"]) for fact in told("step.done")} == {
        ("STP", "timed_out"),
        ("SXD", "timed_out"),
        ("SYT", "timed_out"),
    }


def test_a_move_tells_old_and_new_dates_and_the_decision_and_a_preview_tells_nothing(province):
    with clock.simulated(at("2023-12-20 09:00")):
        request = request_for(province, WindowKind.TRAINING, "2024-01-03 00:00", unit="SXD")
        preview_move(request=request, by=province.people["organiser"])
        assert told("deadline.moved") == []

        outcome = move_deadline(request=request, by=province.people["organiser"])

    (fact,) = told("deadline.moved")
    assert (fact["was_due_at"], fact["due_at"]) == ("2024-01-01T00:00:00+07:00", "2024-01-03T00:00:00+07:00")
    assert fact["decision_number"] == outcome.move.decision_number


def test_a_publication_tells_every_case_of_it_and_no_result(province):
    publish(province)

    facts = told("case.published")
    assert [fact["unit"]["code"] for fact in facts] == ["STP", "SXD", "SYT"]
    assert set(facts[0]) == {"case", "unit", "period", "decision_number", "results"}


def test_no_event_has_a_point_a_rank_or_a_person(province):
    to_submitted(province, "SXD")

    allowed = {
        "step.opened": {"case", "unit", "period", "step", "opens_at", "due_at", "closes_at"},
        "step.done": {"case", "unit", "period", "step", "opens_at", "due_at", "closes_at", "outcome", "ended_at"},
    }
    bodies = " ".join(WebhookDelivery.objects.values_list("body", flat=True))
    for kind, keys in allowed.items():
        assert {key for fact in told(kind) for key in fact} == keys
    assert [who.display_name for who in province.people.values() if who.display_name in bodies] == []
