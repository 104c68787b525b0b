"""The appraisal side by side, through the browser's requests."""

from decimal import Decimal

import pytest
from django.urls import reverse

from assessments import clock
from assessments.enums import BranchState, LatePolicy, Role, RuleType, Scoring, Stage
from assessments.models import AppraisalBranch, CriteriaItem, ItemScore, SupplementRequest
from assessments.operations import scores
from assessments.operations.officials import grant_role
from tests.province import OPENING, Province, at, make_province, sweep
from tests.workflow.stages import APPRAISING_AT, branch_of, row, to_appraisal

pytestmark = pytest.mark.django_db


@pytest.fixture
def province() -> Province:
    province = make_province()
    to_appraisal(province, "SXD")
    return province


def address(province: Province, name: str = "case_appraise", *more: object, body: str = "Sở Nội vụ") -> str:
    branch = branch_of(province, "SXD", body)
    return reverse(name, args=[branch.assessment_id, branch.pk, *more])


def ask(client, url: str, moment=APPRAISING_AT):
    with clock.simulated(moment):
        return client.get(url)


def send(client, url: str, moment=APPRAISING_AT, **values):
    with clock.simulated(moment):
        return client.post(url, values)


def save(client, province: Province, code: str, **values: str):
    score = row(province, "SXD", code)
    values = {"version": str(score.appraisal_version), **values}
    return send(client, address(province, "case_appraise_item", score.pk), **values)


def texts(response) -> list[str]:
    return [str(message) for message in response.context["messages"]] if response.context else []


# ----------------------------------------------------------------------------------------------------- the page


def test_the_body_sees_its_own_items_and_the_first_open_one(client, province):
    client.force_login(province.people["appraiser-SNV"])
    page = ask(client, address(province))
    assert page.status_code == 200
    assert [each.item.code for each in page.context["sheet"].rows] == ["1.1", "1.2"]
    assert page.context["row"].item.code == "1.1"
    assert page.context["row"].own.explanation == "Có: 1,00 điểm"
    assert "Xử lý văn bản sau rà soát" not in page.content.decode()


def test_the_next_open_item_is_shown_once_the_first_is_saved(client, province):
    client.force_login(province.people["appraiser-SNV"])
    after = row(province, "SXD", "1.2")
    answer = save(client, province, "1.1", answer="yes", next=str(after.pk))
    assert answer.status_code == 302
    assert answer["Location"] == address(province, "case_appraise_item", after.pk)
    saved = row(province, "SXD", "1.1")
    assert (saved.appraised_input, saved.appraised_by) == ({"answer": "yes"}, province.people["appraiser-SNV"])
    page = ask(client, answer["Location"])
    assert texts(page) == ["Đã lưu nội dung 1.1: Có: 1,00 điểm."]
    assert (page.context["before"].item.code, page.context["after"]) == ("1.1", None)


def test_a_changed_result_needs_a_reason_and_keeps_what_was_typed(client, province):
    client.force_login(province.people["appraiser-SNV"])
    answer = save(client, province, "1.2", numerator="8", denominator="10", note="ít")
    assert answer.status_code == 422
    assert [error["text"] for error in answer.context["errors"]] == [
        "Hãy ghi lý do thay đổi kết quả của nội dung 1.2 (ít nhất 5 ký tự)."
    ]
    assert answer.context["errors"][0]["id"] == "id_note"
    assert 'id="id_note_error"' in answer.content.decode()
    assert [field.error for field in answer.context["entry"].fields] == ["", ""]
    assert (answer.context["entry"].raw, answer.context["note"]) == ({"numerator": "8", "denominator": "10"}, "ít")
    assert row(province, "SXD", "1.2").appraised_at is None


def test_points_that_only_the_body_gives_need_a_reason_below_the_maximum(client, province):
    rule = {"min": "0.00", "max": "3.00", "step": "0.10", "reason_required_below_max": True}
    items = CriteriaItem.objects.filter(code="1.2")
    items.update(rule_type=RuleType.MANUAL, scoring=Scoring.ENTERED, rule={"input": "Điểm", **rule})
    client.force_login(province.people["appraiser-SNV"])
    answer = save(client, province, "1.2", points="2,5")
    assert answer.status_code == 422
    assert [error["text"] for error in answer.context["errors"]] == [
        "Hãy ghi lý do cho điểm nội dung 1.2 dưới mức tối đa (ít nhất 5 ký tự)."
    ]
    assert 'data-most="3"' in answer.content.decode()
    assert save(client, province, "1.2", points="2,5", note="Hai lần báo cáo chậm").status_code == 302
    assert save(client, province, "1.2", points="3").status_code == 302
    assert row(province, "SXD", "1.2").appraised_input == {"points": "3"}


def test_a_changed_result_is_kept_with_its_reason_and_history(client, province):
    client.force_login(province.people["appraiser-SNV"])
    assert save(client, province, "1.2", numerator="8", denominator="10", note="Một việc quá hạn").status_code == 302
    page = ask(client, address(province, "case_appraise_item", row(province, "SXD", "1.2").pk))
    shown = page.context["row"]
    assert (shown.own.points, shown.appraised.points) == (Decimal("2.7"), Decimal("2.4"))
    assert shown.look.text == "Có thay đổi"
    assert [(each["sentence"], each["reason"]) for each in page.context["history"]] == [
        ("Kết quả: 8/10", "Một việc quá hạn")
    ]


def test_a_number_that_cannot_be_read_is_said_beside_its_field(client, province):
    client.force_login(province.people["appraiser-SNV"])
    answer = save(client, province, "1.2", numerator="-1", denominator="10", note="Một việc quá hạn")
    assert answer.status_code == 422
    first, second = answer.context["entry"].fields
    assert (first.error, second.error) == (
        "Số nhiệm vụ đã hoàn thành: “-1” là số âm; hãy nhập số từ 0 trở lên.",
        "",
    )
    assert answer.context["errors"][0]["id"] == "id_numerator"


def test_not_applicable_may_be_refused_with_an_input(client, province):
    with clock.simulated(APPRAISING_AT):
        ItemScore.objects.filter(pk=row(province, "SXD", "2.2").pk).update(self_input=None, self_na=True)
    client.force_login(province.people["appraiser-STP"])
    score = row(province, "SXD", "2.2")
    url = address(province, "case_appraise_item", score.pk, body="Sở Tư pháp")
    page = ask(client, url)
    assert page.context["entry"].na
    answer = send(client, url, version="0", numerator="1", denominator="2", note="Có hai văn bản phải xử lý")
    assert answer.status_code == 302
    saved = row(province, "SXD", "2.2")
    assert (saved.appraised_na, saved.appraised_input) == (False, {"numerator": "1", "denominator": "2"})


def test_a_colleague_in_between_shows_both_values(client, province):
    client.force_login(province.people["appraiser-SNV"])
    with clock.simulated(APPRAISING_AT):
        scores.record_appraisal(
            score=row(province, "SXD", "1.2"),
            version=0,
            raw={"numerator": "8", "denominator": "10"},
            na=False,
            note="Một việc quá hạn",
            by=province.people["appraiser-SNV"],
        )
    score = row(province, "SXD", "1.2")
    url = address(province, "case_appraise_item", score.pk)
    answer = send(client, url, version="0", numerator="7", denominator="10", note="Ba việc quá hạn")
    assert answer.status_code == 409
    conflict = answer.context["conflict"]
    assert (conflict["theirs"], conflict["mine"], str(conflict["by"])) == ("8/10", "7/10", "Tham Dinh Snv")
    assert answer.context["entry"].raw == {"numerator": "7", "denominator": "10"}
    assert answer.context["note"] == "Ba việc quá hạn"
    again = send(client, url, version="1", numerator="7", denominator="10", note="Ba việc quá hạn")
    assert again.status_code == 302
    assert row(province, "SXD", "1.2").changes.filter(stage="appraised").count() == 2


def test_an_item_of_another_body_is_not_found(client, province):
    client.force_login(province.people["appraiser-SNV"])
    url = address(province, "case_appraise_item", row(province, "SXD", "2.1").pk)
    assert ask(client, url).status_code == 404
    assert send(client, url, version="0", count="3").status_code == 404


# ------------------------------------------------------------------------------------------- rows left unscored


@pytest.fixture
def late() -> Province:
    province = make_province(late_policy=LatePolicy.ZERO)
    for moment in ("2024-01-01 00:00", "2024-01-10 00:01", "2024-01-10 08:00"):
        sweep(at(moment))
    return province


def test_an_empty_row_is_agreed_to_as_zero_in_one_click(client, late):
    client.force_login(late.people["appraiser-SNV"])
    score = row(late, "SXD", "1.1")
    page = ask(client, address(late))
    assert address(late, "case_appraise_zero", score.pk) in page.content.decode()
    answer = send(client, address(late, "case_appraise_zero", score.pk), version="0")
    assert answer.status_code == 302
    page = ask(client, answer["Location"])
    assert texts(page) == ["Đã đồng ý 0 điểm cho nội dung 1.1."]
    assert (page.context["row"].appraised.points, page.context["row"].look.text) == (0, "Đã thẩm định")


def test_empty_rows_are_agreed_to_together_only_when_that_is_said(client, late):
    client.force_login(late.people["appraiser-SNV"])
    url = address(late, "case_appraise_agree")
    assert ask(client, url).context["confirmation"].option[1] == "Đồng ý 0 điểm cho 2 nội dung đơn vị không chấm"
    send(client, url)
    assert row(late, "SXD", "1.1").appraised_at is None
    send(client, url, unscored_as_zero="on")
    assert row(late, "SXD", "1.1").appraised_zeroed
    assert send(client, address(late, "case_appraise_complete")).status_code == 302


# ------------------------------------------------------------------------------------------------------- finishing


def test_what_is_left_is_agreed_to_at_once_and_the_appraisal_completed(client, province):
    client.force_login(province.people["appraiser-SNV"])
    page = ask(client, address(province))
    assert page.context["completion"].closed_reason == "Còn 2 nội dung chưa thẩm định: 1.1, 1.2."
    refused = send(client, address(province, "case_appraise_complete"))
    assert (refused.status_code, refused.context["errors"]) == (422, ["Còn 2 nội dung chưa thẩm định: 1.1, 1.2."])
    assert send(client, address(province, "case_appraise_agree")).status_code == 302
    assert row(province, "SXD", "1.2").appraised_input == {"numerator": "9", "denominator": "10"}
    done = send(client, address(province, "case_appraise_complete"))
    assert (done.status_code, done["Location"]) == (302, reverse("inbox"))
    assert branch_of(province, "SXD", "Sở Nội vụ").state == BranchState.DONE


def test_completing_twice_says_who_did_it(client, province):
    client.force_login(province.people["appraiser-SNV"])
    send(client, address(province, "case_appraise_agree"))
    send(client, address(province, "case_appraise_complete"))
    again = send(client, address(province, "case_appraise_complete"))
    assert again.status_code == 422
    assert again.context["errors"] == ["Việc “Thẩm định” đã được Tham Dinh Snv xử lý lúc 09:00 ngày 20/01/2024."]
    page = ask(client, address(province))
    assert page.context["closed_reason"].startswith(
        "Phần thẩm định này đã được Tham Dinh Snv hoàn thành lúc 09:00 ngày 20/01/2024."
    )
    assert 'name="version"' not in page.content.decode()


def test_after_the_close_nothing_is_saved_and_the_page_says_why(client, province):
    client.force_login(province.people["appraiser-SNV"])
    late = at("2024-02-15 08:00")
    page = ask(client, address(province), late)
    assert "Đã hết hạn" in page.context["closed_reason"]
    score = row(province, "SXD", "1.1")
    answer = send(client, address(province, "case_appraise_item", score.pk), late, version="0", answer="yes")
    assert answer.status_code == 422
    assert row(province, "SXD", "1.1").appraised_at is None


# ------------------------------------------------------------------------------------------- asking for a supplement


def test_the_body_asks_for_a_supplement_with_the_deadline_it_read(client, province):
    client.force_login(province.people["appraiser-STP"])
    moment = at("2024-01-15 10:00")
    url = address(province, "case_appraise_return", body="Sở Tư pháp")
    score = row(province, "SXD", "2.1")
    page = ask(client, f"{url}?noi-dung={score.pk}", moment)
    choices = page.context["form"].fields["working_days"].choices
    assert choices[2] == (3, "3 ngày làm việc – đến 17:00 ngày 18/01/2024")
    assert [each["row"].item.code for each in page.context["rows"] if each["chosen"]] == ["2.1"]
    answer = send(
        client,
        url,
        moment,
        items=[str(score.pk)],
        reason="Thiếu danh mục văn bản",
        working_days="3",
        **{f"reason-{score.pk}": "Chưa có danh mục"},
    )
    assert answer.status_code == 302
    asked = SupplementRequest.objects.get()
    assert (asked.closes_at, asked.covers_whole_branch) == (at("2024-01-18 17:00"), False)
    assert list(asked.items.values_list("score__item__code", "reason")) == [("2.1", "Chưa có danh mục")]
    page = ask(client, address(province, body="Sở Tư pháp"), moment)
    assert page.context["closed_reason"].endswith(
        "Hạn bổ sung: 17:00 ngày 18/01/2024. Thời hạn thẩm định tạm dừng từ 10:00 ngày 15/01/2024."
    )
    assert [each.look.text for each in page.context["sheet"].rows] == ["Cần bổ sung", "Chưa thẩm định"]


def test_a_request_without_items_keeps_what_was_typed(client, province):
    client.force_login(province.people["appraiser-STP"])
    url = address(province, "case_appraise_return", body="Sở Tư pháp")
    score = row(province, "SXD", "2.1")
    values = {"reason": "Thiếu danh mục văn bản", "working_days": "3", f"reason-{score.pk}": "Chưa có danh mục"}
    answer = send(client, url, **values)
    assert answer.status_code == 422
    assert answer.context["form"].non_field_errors() == [
        "Hãy chọn ít nhất một nội dung cần bổ sung, hoặc trả lại toàn bộ phần thẩm định."
    ]
    assert "Chưa có danh mục" in answer.content.decode()
    assert "Thiếu danh mục văn bản" in answer.content.decode()


# ------------------------------------------------------------------------------------------------------ who may


def test_nobody_else_opens_the_page(client, province):
    url = address(province)
    assert ask(client, url)["Location"] == f"{reverse('sign_in')}?next={url}"
    outsiders = ("appraiser-STP", "officer-SXD", "head-SXD", "officer-SYT", "secretary", "organiser", "supervisor")
    for who in outsiders:
        client.force_login(province.people[who])
        assert (who, ask(client, url).status_code) == (who, 404)
        assert (who, send(client, address(province, "case_appraise_complete")).status_code) == (who, 404)


def test_an_appraiser_who_works_for_the_unit_is_refused_with_the_reason(client, province):
    person = province.people["officer-SXD"]
    grant_role(official=person, role=Role.APPRAISER, unit=province.units["SNV"], by=None, at=OPENING)
    client.force_login(person)
    for url in (address(province), address(province, "case_appraise_agree")):
        page = ask(client, url)
        assert page.status_code == 403
        assert "Không ai được thẩm định đơn vị của chính mình (Sở Xây dựng)." in page.content.decode()


def test_the_substitute_is_told_whom_they_stand_in_for(client):
    province = make_province()
    to_appraisal(province, "STP")
    branch = branch_of(province, "STP", "Sở Tư pháp")
    client.force_login(province.people["secretary"])
    page = ask(client, reverse("case_appraise", args=[branch.assessment_id, branch.pk]))
    assert page.context["substitute_note"] == (
        "Sở Tư pháp không tự thẩm định mình nên Tổ thư ký thẩm định thay phần này."
    )
    client.force_login(province.people["appraiser-STP"])
    assert ask(client, reverse("case_appraise", args=[branch.assessment_id, branch.pk])).status_code == 404


def test_a_withdrawn_dossier_is_closed_to_the_body(client):
    province = make_province()
    to_appraisal(province, "SXD")
    type(province.case("SXD")).objects.filter(pk=province.case("SXD").pk).update(stage=Stage.SELF_SCORING)
    client.force_login(province.people["appraiser-SNV"])
    page = ask(client, address(province))
    assert page.status_code == 403
    assert "đã thu hồi hồ sơ" in page.content.decode()


@pytest.mark.parametrize(("codes", "rows"), [(["2.2"], 1), (["2.1", "2.2", "1.1"], 3)])
def test_the_page_takes_a_fixed_number_of_queries(client, province, django_assert_num_queries, codes, rows):
    branch = AppraisalBranch.objects.get(assessment=province.case("SXD"), body_name="Sở Tư pháp")
    items = CriteriaItem.objects.filter(is_leaf=True)
    items.update(appraising_body="Sở Nội vụ")
    items.filter(code__in=codes).update(appraising_body="Sở Tư pháp")
    client.force_login(province.people["appraiser-STP"])
    url = reverse("case_appraise", args=[branch.assessment_id, branch.pk])
    ask(client, url)
    with clock.simulated(APPRAISING_AT), django_assert_num_queries(19):
        page = client.get(url)
    assert len(page.context["sheet"].rows) == rows
