"""Incidents: the organiser reads what failed in the background and tries it again."""

import pytest
from django.urls import reverse
from viewflow.workflow.models import Task

from assessments import clock
from assessments.enums import Stage
from tests.province import Province, at, make_province
from workflow.models import Incident

pytestmark = pytest.mark.django_db

AFTER_TRAINING = at("2024-01-01 00:30")


@pytest.fixture
def province() -> Province:
    return make_province()


def incident_of(province: Province, code: str = "SXD") -> Incident:
    """The timer of the training of a unit failed once."""
    case = province.case(code)
    timer = Task.objects.get(process__in=case.processes.all(), flow_task_type="TIMER", finished=None)
    return Incident.objects.create(
        task=timer,
        assessment=case,
        step="Hết hạn tập huấn",
        reason="OperationalError: database is locked",
        first_at=at("2024-01-01 00:01"),
        last_at=at("2024-01-01 00:16"),
        attempts=2,
    )


def test_the_organiser_reads_step_unit_reason_and_attempts(client, province):
    incident_of(province)
    client.force_login(province.people["organiser"])

    page = client.get(reverse("incidents")).content.decode()

    for words in ("Hết hạn tập huấn", "Sở Xây dựng", "database is locked", "đã thử 2 lần", "01/01/2024 00:16"):
        assert words in page


def test_try_again_moves_the_case_on_and_resolves_the_incident(client, province):
    incident = incident_of(province)
    client.force_login(province.people["organiser"])

    with clock.simulated(AFTER_TRAINING):
        answer = client.post(reverse("incident_try_again", args=[incident.pk]), follow=True)

    assert province.case("SXD").stage == Stage.SELF_SCORING
    incident.refresh_from_db()
    assert incident.resolved_at == AFTER_TRAINING
    assert "Bước “Hết hạn tập huấn” của Sở Xây dựng đã qua; hồ sơ đi tiếp." in answer.content.decode()
    assert "Không có sự cố nào." in answer.content.decode()
    assert "đã thử 2 lần" in client.get(reverse("incidents"), {"tat-ca": "1"}).content.decode()


def test_a_step_that_still_cannot_go_on_says_why_and_stays(client, province):
    incident = incident_of(province)
    client.force_login(province.people["organiser"])

    with clock.simulated(at("2023-12-31 23:59")):  # the timer is not due
        answer = client.post(reverse("incident_try_again", args=[incident.pk]), follow=True)

    assert province.case("SXD").stage == Stage.TRAINING
    assert "vẫn chưa qua được: OperationalError: database is locked" in answer.content.decode()


def test_an_incident_that_was_resolved_meanwhile_is_refused_with_a_sentence(client, province):
    incident = incident_of(province)
    Incident.objects.filter(pk=incident.pk).update(resolved_at=AFTER_TRAINING)
    client.force_login(province.people["organiser"])

    answer = client.post(reverse("incident_try_again", args=[incident.pk]))

    assert (answer.status_code, answer.context["refusals"]) == (422, ["Sự cố này đã được xử lý."])


@pytest.mark.parametrize("who", ["officer-SXD", "secretary", "supervisor", "administrator"])
def test_only_organisers_come_here(client, province, who):
    incident = incident_of(province)
    client.force_login(province.people[who])

    assert client.get(reverse("incidents")).status_code == 403
    assert client.post(reverse("incident_try_again", args=[incident.pk])).status_code == 403


def test_the_navigation_counts_open_work_and_open_incidents(client, province):
    incident_of(province)
    client.force_login(province.people["organiser"])

    items = {item["label"]: item["count"] for item in client.get(reverse("incidents")).context["navigation"]()}

    assert (items["Việc của tôi"], items["Sự cố"]) == (0, 1)


def test_the_list_takes_the_same_queries_at_one_row_and_at_three(client, django_assert_num_queries):
    province = make_province()
    client.force_login(province.people["organiser"])
    incident_of(province, "SXD")
    with django_assert_num_queries(7):
        assert len(client.get(reverse("incidents")).context["page"]) == 1
    incident_of(province, "SYT")
    incident_of(province, "STP")
    with django_assert_num_queries(7):
        assert len(client.get(reverse("incidents")).context["page"]) == 3
