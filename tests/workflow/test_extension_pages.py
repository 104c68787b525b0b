"""Extending the deadline of one case through HTTP."""

import re

import pytest

from assessments import clock
from assessments.enums import LatePolicy, Stage, WindowKind
from assessments.models import Assessment, MovedDeadline, Official
from assessments.queries.deadlines import window_of
from tests.province import Province, at, make_province, person, sweep

pytestmark = pytest.mark.django_db
NOW = at("2024-01-05 09:00")
VALUES = {
    "window": "self_scoring",
    "closes_at": "chậm nhất ngày 15/01/2024",
    "decision_number": "125/SNV-CCHC",
    "decision_date": "05/01/2024",
    "reason": "Mất điện diện rộng",
}


@pytest.fixture
def province() -> Province:
    return make_province(late_policy=LatePolicy.HOLD)


def page_of(case: Assessment) -> str:
    return f"/ho-so/{case.pk}/gia-han/"


def post(client, case: Assessment, moment=NOW, **changes: str):
    with clock.simulated(moment):
        return client.post(page_of(case), VALUES | changes)


def errors_of(response) -> list[str]:
    """Return what the error summary of a page says."""
    summary = re.search(r'<div class="error-summary".*?</div>', response.content.decode(), re.DOTALL)
    found = re.findall(r"<li>(.*?)</li>", summary.group(), re.DOTALL) if summary else []
    return [" ".join(re.sub(r"<[^>]+>", " ", each).split()) for each in found]


def test_a_deadline_is_extended_and_stands_in_the_ledger(client, province):
    case = province.case("SXD")
    client.force_login(province.people["organiser"])

    response = post(client, case)

    assert response.status_code == 302
    assert window_of(case, WindowKind.SELF_SCORING).closes_at == at("2024-01-16 00:00")
    assert window_of(province.case("SYT"), WindowKind.SELF_SCORING).closes_at == at("2024-01-10 00:00")
    ledger = client.get(page_of(case)).context["ledger"]
    assert [
        (row.window, row.previous_closes_at, row.closes_at, row.move.by, row.move.at, row.move.decision_number)
        for row in ledger
    ] == [
        (window, at("2024-01-10 00:00"), at("2024-01-16 00:00"), province.people["organiser"], NOW, "125/SNV-CCHC")
        for window in ("evidence", "self_scoring")
    ]
    page = client.get(page_of(case)).content.decode()
    assert "trước ngày 16/01/2024, tức chậm nhất hết ngày 15/01/2024" in page


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"reason": ""}, "Ghi lý do gia hạn."),
        ({"decision_number": " "}, "Nhập số văn bản cho gia hạn."),
        ({"window": ""}, "Chọn bước cần gia hạn."),
        (
            {"closes_at": "trước ngày 10/01/2024"},
            "Hạn mới không thay đổi hạn đang áp dụng (24:00 ngày 09/01/2024); hãy chọn một thời điểm khác.",
        ),
        (
            {"closes_at": "15/01/2024"},
            "Hạn mới: “15/01/2024” chưa rõ có tính cả ngày đó không; hãy thêm giờ, hoặc viết “trước ngày 15/01/2024” "
            "(không tính ngày đó) hay “chậm nhất ngày 15/01/2024” (tính cả ngày đó).",
        ),
    ],
)
def test_a_refused_extension_keeps_what_was_typed(client, province, changes, error):
    client.force_login(province.people["organiser"])

    response = post(client, province.case("SXD"), **changes)

    assert response.status_code == 422
    assert errors_of(response) == [error]
    kept = VALUES["decision_number"] if "decision_number" not in changes else VALUES["reason"]
    assert kept in response.content.decode()
    assert MovedDeadline.objects.count() == 0


def test_a_held_case_goes_on_and_offers_only_the_steps_that_held_it(client, province):
    case = province.case("SXD")
    client.force_login(province.people["organiser"])
    sweep(at("2024-01-01 00:00"))
    sweep(at("2024-01-10 00:00"))
    held = province.case("SXD").stage

    offered = [row["window"].kind for row in client.get(page_of(case)).context["windows"]]
    post(client, case, at("2024-01-10 09:00"))

    assert held == Stage.HELD
    assert offered == [WindowKind.SELF_SCORING, WindowKind.EVIDENCE]
    assert province.case("SXD").stage == Stage.SELF_SCORING


@pytest.mark.parametrize(
    ("who", "status"),
    [("secretary", 403), ("officer-SXD", 403), ("officer-SYT", 404), ("administrator", 404), ("supervisor", 403)],
)
def test_only_the_organiser_of_the_period_extends(client, province, who, status):
    case = province.case("SXD")
    client.force_login(province.people[who])

    assert client.get(page_of(case)).status_code == status
    assert post(client, case).status_code == status
    assert MovedDeadline.objects.count() == 0


def test_the_organiser_of_another_unit_does_not_see_the_case(client, province):
    other: Official = person("to-chuc-khac", province.units["SNV"])
    client.force_login(other)

    assert post(client, province.case("SXD")).status_code == 404


def test_somebody_not_signed_in_is_sent_to_the_sign_in_page(client, province):
    assert client.get(page_of(province.case("SXD"))).status_code == 302


@pytest.mark.parametrize("count", [1, 3])
def test_the_ledger_takes_a_fixed_number_of_queries(client, province, django_assert_num_queries, count):
    case = province.case("SXD")
    client.force_login(province.people["organiser"])
    for number in range(count):
        post(client, case, window="council", closes_at=f"17:00 {10 + number}/03/2024")

    with django_assert_num_queries(9):
        page = client.get(page_of(case))

    assert len(page.context["ledger"]) == count
