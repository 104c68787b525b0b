"""The secretary's page of the consolidation, through the browser's requests."""

from decimal import Decimal

import pytest
from django.urls import reverse

from assessments import clock
from assessments.enums import Role, Stage
from assessments.models import ItemScore
from assessments.operations import scores
from assessments.operations.officials import grant_role
from tests.province import OPENING, Province, at, make_province
from tests.workflow.stages import to_appraisal, to_consolidation

pytestmark = pytest.mark.django_db
MOMENT = at("2024-02-07 09:00")


@pytest.fixture
def province() -> Province:
    province = make_province()
    to_consolidation(province, "SXD")
    return province


def ask(client, province: Province, name: str = "case_consolidate"):
    with clock.simulated(MOMENT):
        return client.get(reverse(name, args=[province.case("SXD").pk]))


def announce(client, province: Province):
    with clock.simulated(MOMENT):
        return client.post(reverse("case_announce", args=[province.case("SXD").pk]))


def test_the_secretary_reads_what_changed_and_what_is_missing(client, province):
    client.force_login(province.people["secretary"])
    page = ask(client, province)
    comparison = page.context["comparison"]
    assert [(row.item.code, row.difference, row.score.appraiser_note) for row in comparison.changed] == [
        ("1.2", Decimal("-0.3"), "Một nhiệm vụ hoàn thành sau hạn")
    ]
    assert [(row.item.code, row.own_sum.achieved, row.appraised_sum.achieved) for row in comparison.areas] == [
        ("1", Decimal("3.7"), Decimal("3.4")),
        ("2", Decimal("3.0"), Decimal("3.0")),
        ("3", 0, 0),
    ]
    assert [row.item.code for row in comparison.unsurveyed] == ["3.1"]
    assert [(b.body_name, str(b.completed_by)) for b in page.context["branches"]] == [
        ("Sở Nội vụ", "Tham Dinh Snv"),
        ("Sở Tư pháp", "Tham Dinh Stp"),
    ]
    text = page.content.decode()
    assert "Chưa có kết quả điều tra xã hội học: 3.1." in text
    assert "-0,30" in text


def test_survey_shares_that_are_there_are_not_missed(client, province):
    with clock.simulated(MOMENT):
        scores.record_survey_shares(
            assessment=province.case("SXD"), shares={"3.1": Decimal("0.8")}, by=province.people["secretary"]
        )
    client.force_login(province.people["secretary"])
    page = ask(client, province)
    assert (page.context["comparison"].unsurveyed, "Còn thiếu" in page.content.decode()) == ((), False)


def test_the_announcement_names_the_dispute_deadline_and_opens_the_window(client, province):
    client.force_login(province.people["secretary"])
    assert "Nếu công bố bây giờ, đơn vị gửi kiến nghị được đến 17:00 ngày 19/02/2024." in (
        ask(client, province, "case_announce").context["confirmation"].sentences
    )
    answer = announce(client, province)
    assert answer.status_code == 302
    case = province.case("SXD")
    assert (case.stage, case.dispute_closes_at) == (Stage.DISPUTE, at("2024-02-19 17:00"))


def test_announcing_twice_says_who_did_it(client, province):
    client.force_login(province.people["secretary"])
    announce(client, province)
    again = announce(client, province)
    assert again.status_code == 422
    assert again.context["errors"] == [
        "Việc “Tổng hợp, công bố kết quả sơ bộ” đã được Thu Ky xử lý lúc 09:00 ngày 07/02/2024."
    ]
    assert ask(client, province).context["announcement"].closed_reason == (
        "Việc “Tổng hợp, công bố kết quả sơ bộ” đã được Thu Ky hoàn thành lúc 09:00 ngày 07/02/2024."
    )


@pytest.mark.parametrize("name", ["case_consolidate", "case_announce"])
def test_before_the_last_body_is_done_the_secretary_reads_nothing_of_the_appraisal(client, name):
    province = make_province()
    to_appraisal(province, "SXD")
    client.force_login(province.people["secretary"])
    page = ask(client, province, name)
    assert page.status_code == 403
    assert "Hồ sơ của Sở Xây dựng đang ở bước “Thẩm định”; trang này mở từ bước “Tổng hợp kết quả”." in (
        page.content.decode()
    )
    assert announce(client, province).status_code == 403
    assert province.case("SXD").stage == Stage.APPRAISAL


def test_only_the_secretary_opens_the_page_and_never_for_their_own_unit(client, province):
    url = reverse("case_consolidate", args=[province.case("SXD").pk])
    assert client.get(url)["Location"] == f"{reverse('sign_in')}?next={url}"
    for who in ("officer-SXD", "head-SXD", "officer-SYT", "appraiser-SNV", "organiser", "council", "supervisor"):
        client.force_login(province.people[who])
        assert (who, ask(client, province).status_code) == (who, 404)
        assert (who, announce(client, province).status_code) == (who, 404)
    own = province.people["head-SXD"]
    grant_role(official=own, role=Role.SECRETARY, unit=province.units["TTK"], by=None, at=OPENING)
    client.force_login(own)
    page = ask(client, province)
    assert (page.status_code, "Không ai được thẩm định đơn vị của chính mình" in page.content.decode()) == (403, True)


@pytest.mark.parametrize("codes", [["1.2"], ["1.1", "1.2", "2.1"]])
def test_the_page_takes_a_fixed_number_of_queries(client, province, django_assert_num_queries, codes):
    changed = ItemScore.objects.filter(assessment=province.case("SXD"), item__code__in=codes)
    changed.update(appraised_input=None, appraised_na=True)
    client.force_login(province.people["secretary"])
    ask(client, province)
    url = reverse("case_consolidate", args=[province.case("SXD").pk])
    with clock.simulated(MOMENT), django_assert_num_queries(15):
        page = client.get(url)
    assert len(page.context["comparison"].changed) == len(codes)
