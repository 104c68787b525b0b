"""The unit's page of a supplement, through the browser's requests."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assessments import clock
from assessments.enums import BranchState
from assessments.models import CriteriaItem, SupplementRequest
from evidence.models import EvidenceFile
from tests.province import Province, at, make_province, sweep
from tests.workflow.stages import branch_of, row, to_appraisal
from workflow.operations import steps

pytestmark = pytest.mark.django_db
ASKED_AT, ANSWERED_AT = at("2024-01-15 10:00"), at("2024-01-16 10:00")


def request_supplement(province: Province, **items: str) -> SupplementRequest:
    with clock.simulated(ASKED_AT):
        return steps.request_supplement(
            branch=branch_of(province, "SXD", "Sở Tư pháp"),
            reason="Thiếu danh mục văn bản",
            items={code.replace("_", "."): reason for code, reason in items.items()},
            by=province.people["appraiser-STP"],
        )


@pytest.fixture
def province(settings, tmp_path) -> Province:
    settings.MEDIA_ROOT = str(tmp_path)
    province = make_province()
    to_appraisal(province, "SXD")
    return province


def address(province: Province) -> str:
    branch = branch_of(province, "SXD", "Sở Tư pháp")
    return reverse("case_supplement", args=[branch.assessment_id, branch.pk])


def ask(client, province: Province, moment=ANSWERED_AT):
    with clock.simulated(moment):
        return client.get(address(province))


def send(client, province: Province, answer: str, moment=ANSWERED_AT):
    with clock.simulated(moment):
        return client.post(address(province), {"answer": answer})


def test_the_unit_reads_what_was_asked_and_answers_in_time(client, province):
    request_supplement(province, **{"2_1": "Chưa có danh mục"})
    client.force_login(province.people["officer-SXD"])
    page = ask(client, province)
    assert page.status_code == 200
    assert [(item["score"].item.code, item["reason"]) for item in page.context["items"]] == [
        ("2.1", "Chưa có danh mục")
    ]
    assert (page.context["deadline"].at, page.context["closed_reason"]) == (at("2024-01-18 17:00"), "")
    assert page.context["items"][0]["openness"].may_change
    assert not page.context["items"][0]["openness"].closed_reason
    answer = send(client, province, "Đã bổ sung danh mục, trang 2")
    assert (answer.status_code, answer["Location"]) == (302, reverse("case", args=[province.case("SXD").pk]))
    asked = SupplementRequest.objects.get()
    assert (asked.answer, asked.answered_at) == ("Đã bổ sung danh mục, trang 2", ANSWERED_AT)
    assert branch_of(province, "SXD", "Sở Tư pháp").state == BranchState.APPRAISING


def sheet(client, province: Province, who: str, moment=ANSWERED_AT, **query):
    client.force_login(province.people[who])
    with clock.simulated(moment):
        return client.get(reverse("case_sheet", args=[province.case("SXD").pk]), query)


def test_the_sheet_shows_the_rows_returned_until_when_and_leads_to_the_request(client, province):
    request_supplement(province, **{"2_1": "Chưa có danh mục"})
    page = sheet(client, province, "officer-SXD")
    states = {row.item.code: row.state.label for row in page.context["sheet"].rows if row.score}
    assert (states["2.1"], states["1.1"]) == ("Trả bổ sung", "Đủ")
    text = page.content.decode()
    asked = "Sở Tư pháp yêu cầu bổ sung 1 nội dung (vòng 1), đến 18/01/2024 17:00: Thiếu danh mục văn bản"
    assert asked in text
    assert text.count(f'href="{address(province)}"') == 2
    kept = sheet(client, province, "officer-SXD", **{"trang-thai": "returned"}).context["sheet"].rows
    assert [row.item.code for row in kept] == ["2", "2.1"]
    for who in ("supervisor", "organiser"):
        assert "Trả bổ sung" not in sheet(client, province, who).content.decode().partition("<table")[2]
    send_as = province.people["officer-SXD"]
    client.force_login(send_as)
    send(client, province, "Đã bổ sung danh mục, trang 2")
    after = sheet(client, province, "officer-SXD")
    assert "Trả bổ sung" not in after.content.decode().partition("<table")[2]


def test_a_branch_returned_whole_marks_all_its_rows(client, province):
    with clock.simulated(ASKED_AT):
        steps.request_supplement(
            branch=branch_of(province, "SXD", "Sở Tư pháp"),
            reason="Hồ sơ gửi nhầm năm",
            items={},
            whole_branch=True,
            by=province.people["appraiser-STP"],
        )
    page = sheet(client, province, "officer-SXD")
    returned = [row.item.code for row in page.context["sheet"].rows if row.returned_by]
    assert returned[:2] == ["2.1", "2.2"]
    assert "yêu cầu bổ sung toàn bộ phần thẩm định (vòng 1)" in page.content.decode()


def test_a_file_is_taken_for_an_item_asked_for_and_refused_for_another(client, province):
    request_supplement(province, **{"2_1": ""})
    client.force_login(province.people["officer-SXD"])
    for code, taken in (("2.1", 1), ("2.2", 1)):
        upload = reverse("evidence:upload", args=[row(province, "SXD", code).pk])
        file = SimpleUploadedFile("danh-muc.pdf", b"%PDF-1.4\n%%EOF\n", content_type="application/pdf")
        with clock.simulated(ANSWERED_AT):
            client.post(upload, {"file": file})
        assert EvidenceFile.objects.count() == taken
    assert [r.file.original_name for r in ask(client, province).context["items"][0]["rows"]] == ["danh-muc.pdf"]


def test_an_empty_answer_is_refused_and_nothing_moves(client, province):
    request_supplement(province, **{"2_1": ""})
    client.force_login(province.people["officer-SXD"])
    answer = send(client, province, "")
    assert answer.status_code == 422
    assert answer.context["form"].errors["answer"] == ["Hãy ghi nội dung giải trình (ít nhất 5 ký tự)."]
    answer = send(client, province, "Vâng")
    assert answer.context["form"].non_field_errors() == ["Hãy ghi nội dung giải trình (ít nhất 5 ký tự)."]
    assert "Vâng" in answer.content.decode()
    assert branch_of(province, "SXD", "Sở Tư pháp").state == BranchState.SUPPLEMENT


def test_answering_twice_says_who_did_it(client, province):
    request_supplement(province, **{"2_1": ""})
    client.force_login(province.people["officer-SXD"])
    send(client, province, "Đã bổ sung danh mục")
    client.force_login(province.people["head-SXD"])
    again = send(client, province, "Tôi cũng gửi")
    assert again.status_code == 422
    assert again.context["form"].non_field_errors() == [
        "Việc “Giải trình, bổ sung” đã được Can Bo Sxd xử lý lúc 10:00 ngày 16/01/2024."
    ]
    assert again.context["closed_reason"] == (
        "Giải trình, bổ sung vòng 1 đã được Can Bo Sxd gửi lúc 10:00 ngày 16/01/2024."
    )


def test_after_the_deadline_the_page_is_read_only(client, province):
    request_supplement(province, **{"2_1": ""})
    client.force_login(province.people["officer-SXD"])
    late = at("2024-01-18 17:00")
    assert ask(client, province, late).context["closed_reason"] == (
        "Đã hết hạn giải trình, bổ sung lúc 17:00 ngày 18/01/2024; hồ sơ trở lại Sở Tư pháp."
    )
    assert send(client, province, "Gửi muộn một giây", late).status_code == 422
    sweep(late)
    page = ask(client, province, late)
    assert page.context["closed_reason"] == (
        "Giải trình, bổ sung vòng 1 đã được hệ thống đóng do hết hạn lúc 17:00 ngày 18/01/2024."
    )
    assert "Hết hạn bổ sung, đơn vị không gửi giải trình." in page.content.decode()


def test_the_second_round_shows_the_first(client, province):
    request_supplement(province, **{"2_1": ""})
    client.force_login(province.people["officer-SXD"])
    send(client, province, "Đã bổ sung danh mục")
    with clock.simulated(at("2024-01-17 10:00")):
        steps.request_supplement(
            branch=branch_of(province, "SXD", "Sở Tư pháp"),
            reason="Danh mục thiếu ba văn bản",
            items={},
            whole_branch=True,
            by=province.people["appraiser-STP"],
        )
    page = ask(client, province, at("2024-01-17 11:00"))
    assert [each.answer for each in page.context["rounds"]] == ["Đã bổ sung danh mục"]
    assert [item["score"].item.code for item in page.context["items"]] == ["2.1", "2.2"]


def test_only_the_unit_opens_the_page(client, province):
    request_supplement(province, **{"2_1": ""})
    url = address(province)
    assert client.get(url)["Location"] == f"{reverse('sign_in')}?next={url}"
    for who in ("officer-SYT", "head-SYT", "appraiser-STP", "appraiser-SNV", "secretary", "organiser", "supervisor"):
        client.force_login(province.people[who])
        assert (who, ask(client, province).status_code) == (who, 404)
        assert (who, send(client, province, "Không phải của tôi").status_code) == (who, 404)


@pytest.mark.parametrize("codes", [["2.1"], ["2.1", "2.2", "1.1"]])
def test_the_page_takes_a_fixed_number_of_queries(client, province, django_assert_num_queries, codes):
    CriteriaItem.objects.filter(code__in=["1.1"]).update(appraising_body="Sở Tư pháp")
    request_supplement(province, **{code.replace(".", "_"): "" for code in codes})
    client.force_login(province.people["officer-SXD"])
    ask(client, province)
    url = address(province)
    with clock.simulated(ANSWERED_AT), django_assert_num_queries(17):
        page = client.get(url)
    assert len(page.context["items"]) == len(codes)
