"""Correcting a reopened case, through the browser's requests."""

from decimal import Decimal

import pytest
from django.urls import reverse

from assessments import clock
from assessments.enums import Stage
from assessments.models import ItemScore
from assessments.operations import scores
from tests.province import Province, at, make_province, sweep
from tests.workflow.stages import row, to_dispute
from workflow.operations import periods

pytestmark = pytest.mark.django_db
MOMENT = at("2024-03-21 09:00")


@pytest.fixture
def province() -> Province:
    """The period is published; SXD is reopened."""
    province = make_province()
    to_dispute(province, "STP", "SXD", "SYT")
    sweep(at("2024-02-19 17:00"))
    with clock.simulated(at("2024-02-27 09:00")):
        for code in ("STP", "SXD", "SYT"):
            scores.record_survey_shares(
                assessment=province.case(code), shares={"3.1": Decimal("0.8")}, by=province.people["secretary"]
            )
        periods.publish_period(
            period=province.period,
            decision_number="100/QĐ-UBND",
            decision_date=at("2024-03-01 09:00").date(),
            by=province.people["organiser"],
        )
    with clock.simulated(at("2024-03-20 09:00")):
        periods.reopen(assessment=province.case("SXD"), reason="Sai số liệu đầu vào", by=province.people["organiser"])
    return province


def ask(client, province: Province, name: str, *more: object):
    with clock.simulated(MOMENT):
        return client.get(reverse(name, args=[province.case("SXD").pk, *more]))


def correct(client, province: Province, code: str, **values: str):
    url = reverse("case_correct_item", args=[province.case("SXD").pk, row(province, "SXD", code).pk])
    with clock.simulated(MOMENT):
        return client.post(url, values)


def finish(client, province: Province):
    with clock.simulated(MOMENT):
        return client.post(reverse("case_correct_finish", args=[province.case("SXD").pk]))


def test_a_corrected_item_stands_beside_what_was_published(client, province):
    client.force_login(province.people["secretary"])
    page = ask(client, province, "case_correct_item", row(province, "SXD", "1.2").pk)
    assert (page.context["published"].achieved, page.context["entry"].raw) == (
        Decimal("2.4"),
        {"numerator": "8", "denominator": "10"},
    )
    answer = correct(client, province, "1.2", numerator="10", denominator="10", reason="Theo kết luận kiểm tra")
    assert answer.status_code == 302
    page = ask(client, province, "case_correct")
    [(shown, published)] = page.context["corrected"]
    assert (shown.item.code, published.achieved, shown.final.points, shown.score.final_reason) == (
        "1.2",
        Decimal("2.4"),
        3,
        "Theo kết luận kiểm tra",
    )
    assert page.context["published_points"] == Decimal("8")
    assert page.context["comparison"].final.achieved == Decimal("8.6")


def test_a_refused_correction_keeps_what_was_typed(client, province):
    client.force_login(province.people["secretary"])
    without = correct(client, province, "1.2", numerator="10", denominator="10", reason="")
    assert (without.status_code, list(without.context["form"].errors)) == (422, ["reason"])
    assert without.context["entry"].raw == {"numerator": "10", "denominator": "10"}
    empty = correct(client, province, "1.2", reason="Theo kết luận kiểm tra")
    assert empty.context["errors"][0]["text"] == "Nội dung 1.2: hãy nhập kết quả đính chính."
    assert "Theo kết luận kiểm tra" in empty.content.decode()
    assert row(province, "SXD", "1.2").final_input == {"numerator": "8", "denominator": "10"}


def test_after_finishing_nothing_is_corrected_and_it_is_said_who_finished(client, province):
    client.force_login(province.people["secretary"])
    assert finish(client, province).status_code == 302
    assert province.case("SXD").stage == Stage.CORRECTION
    said = "Việc “Đính chính điểm” đã được Thu Ky xử lý lúc 09:00 ngày 21/03/2024."
    late = correct(client, province, "1.2", numerator="10", denominator="10", reason="Theo kết luận kiểm tra")
    assert (late.status_code, late.context["errors"][0]["text"]) == (422, said)
    again = finish(client, province)
    assert (again.status_code, again.context["errors"]) == (422, [said])
    page = ask(client, province, "case_correct")
    assert page.context["finish"].closed_reason == (
        "Việc “Đính chính điểm” đã được Thu Ky hoàn thành lúc 09:00 ngày 21/03/2024."
    )


def test_only_the_secretary_corrects_and_only_a_published_case(client, province):
    url = reverse("case_correct", args=[province.case("SXD").pk])
    assert client.get(url)["Location"] == f"{reverse('sign_in')}?next={url}"
    score = row(province, "SXD", "1.2").pk
    for who, person in province.people.items():
        expected = 200 if who == "secretary" else 404
        client.force_login(person)
        assert (who, ask(client, province, "case_correct").status_code) == (who, expected)
        assert (who, ask(client, province, "case_correct_item", score).status_code) == (who, expected)
        assert (who, ask(client, province, "case_correct_finish").status_code) == (who, expected)


def test_a_case_that_is_not_published_has_no_such_page(client):
    province = make_province()
    to_dispute(province, "SXD")
    client.force_login(province.people["secretary"])
    assert ask(client, province, "case_correct").status_code == 404


def test_a_survey_item_is_not_corrected_here(client, province):
    client.force_login(province.people["secretary"])
    assert correct(client, province, "3.1", reason="Theo kết luận kiểm tra").status_code == 404


@pytest.mark.parametrize("codes", [["1.2"], ["1.1", "1.2", "2.1"]])
def test_the_list_takes_a_fixed_number_of_queries(client, province, django_assert_num_queries, codes):
    corrected = ItemScore.objects.filter(assessment=province.case("SXD"), item__code__in=codes)
    corrected.update(final_input=None, final_na=True)
    client.force_login(province.people["secretary"])
    ask(client, province, "case_correct")
    url = reverse("case_correct", args=[province.case("SXD").pk])
    with clock.simulated(MOMENT), django_assert_num_queries(13):
        page = client.get(url)
    assert len(page.context["corrected"]) == len(codes)
