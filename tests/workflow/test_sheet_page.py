"""The self-scoring sheet, through the browser's requests."""

import pytest
from django.urls import reverse

from assessments import clock
from assessments.models import ItemScore
from assessments.operations import scores
from tests.province import GOOD_INPUTS, Province, at, make_province
from tests.workflow.stages import to_sign_off
from workflow.operations import steps

pytestmark = pytest.mark.django_db
OPEN = at("2024-01-05 09:00")


@pytest.fixture
def province() -> Province:
    province = make_province()
    with clock.simulated(at("2023-12-12 09:00")):
        steps.confirm_training(
            assessment=province.case("SXD"), participants=["Nguyễn Văn A"], by=province.people["officer-SXD"]
        )
    return province


def row(province: Province, code: str) -> ItemScore:
    return ItemScore.objects.get(assessment=province.case("SXD"), item__code=code)


def save(client, province: Province, code: str, **values: str):
    url = reverse("case_row_save", args=[province.case("SXD").pk, row(province, code).pk])
    with clock.simulated(OPEN):
        return client.post(url, {"version": str(row(province, code).version), **values})


def test_the_sheet_shows_every_row_and_what_is_still_to_do(client, province):
    client.force_login(province.people["officer-SXD"])
    with clock.simulated(OPEN):
        page = client.get(reverse("case_sheet", args=[province.case("SXD").pk]))
    assert page.status_code == 200
    sheet = page.context["sheet"]
    assert [(r.item.code, r.state) for r in sheet.rows if r.is_entered_by_unit] == [
        ("1.1", "empty"),
        ("1.2", "empty"),
        ("2.1", "empty"),
        ("2.2", "empty"),
    ]
    assert sheet.is_open


def test_a_saved_row_answers_with_points_rule_state_and_sums(client, province):
    client.force_login(province.people["officer-SXD"])
    answer = save(client, province, "1.2", numerator="9", denominator="10")
    assert answer.status_code == 200
    data = answer.json()
    assert (data["version"], data["points"], data["total"]) == (1, "2,70", "2,70/8,00")
    assert data["explanation"] == "9/10 × 3,00 = 2,70"
    assert data["state"]["label"] == "Đủ"
    assert data["sums"]["1"] == "2,70/4,00"
    assert row(province, "1.2").self_input == {"numerator": "9", "denominator": "10"}


@pytest.mark.parametrize(
    ("code", "values", "sentence"),
    [
        ("2.1", {"count": "-1"}, "-1"),
        ("1.2", {"numerator": "chín", "denominator": "10"}, "chín"),
        ("1.2", {"numerator": "9", "denominator": "0"}, "0"),
        ("1.2", {"numerator": "9"}, "Tổng số nhiệm vụ"),
        ("1.1", {"answer": "maybe"}, "maybe"),
        ("1.1", {"na": "on"}, "Không áp dụng"),
    ],
)
def test_bad_input_is_refused_with_a_sentence_and_nothing_is_saved(client, province, code, values, sentence):
    client.force_login(province.people["officer-SXD"])
    answer = save(client, province, code, **values)
    assert answer.status_code == 422
    assert sentence in answer.json()["sentence"]
    assert (row(province, code).self_input, row(province, code).version) == (None, 0)


def test_a_colleague_who_was_faster_is_shown_beside_what_was_typed(client, province):
    officer = province.people["officer-SXD"]
    with clock.simulated(OPEN):
        scores.record_self_score(
            score=row(province, "2.1"), version=0, raw={"count": "2"}, na=False, by=province.people["head-SXD"]
        )
    client.force_login(officer)
    url = reverse("case_row_save", args=[province.case("SXD").pk, row(province, "2.1").pk])
    with clock.simulated(OPEN):
        answer = client.post(url, {"version": "0", "count": "4"})
    assert answer.status_code == 409
    current = answer.json()["current"]
    assert (current["version"], current["text"], current["by"]) == (1, "2 văn bản", "Lanh Dao Sxd")
    assert row(province, "2.1").self_input == {"count": "2"}


def test_the_close_is_exact(client, province):
    client.force_login(province.people["officer-SXD"])
    url = reverse("case_row_save", args=[province.case("SXD").pk, row(province, "2.1").pk])
    with clock.simulated(at("2024-01-09 23:59:59.999999")):
        assert client.post(url, {"version": "0", "count": "1"}).status_code == 200
    with clock.simulated(at("2024-01-10 00:00")):
        late = client.post(url, {"version": "1", "count": "2"})
    assert late.status_code == 422
    assert late.json()["sentence"].startswith("Đã hết hạn bước “Tự chấm điểm” lúc 24:00 ngày 09/01/2024.")
    assert row(province, "2.1").self_input == {"count": "1"}


def test_the_whole_sheet_can_be_saved_without_scripts_and_refusals_name_their_row(client, province):
    client.force_login(province.people["officer-SXD"])
    data = {}
    for code, raw in GOOD_INPUTS.items():
        score = row(province, code)
        data |= {f"{score.pk}.{name}": value for name, value in raw.items()} | {f"{score.pk}.version": "0"}
    bad = row(province, "2.1").pk
    data[f"{bad}.count"] = "nhiều"
    with clock.simulated(OPEN):
        page = client.post(reverse("case_sheet", args=[province.case("SXD").pk]), data)
    assert page.status_code == 422
    assert [error["id"] for error in page.context["errors"]] == [f"r{bad}"]
    assert row(province, "1.1").self_input == {"answer": "yes"}
    assert row(province, "2.1").self_input is None


def test_the_sheet_is_closed_to_others_until_it_is_submitted(client, province):
    url = reverse("case_sheet", args=[province.case("SXD").pk])
    expected = {
        "officer-SYT": 404,
        "head-STP": 404,
        "appraiser-SNV": 404,
        "supervisor": 403,
        "secretary": 403,
        "organiser": 403,
        "head-SXD": 200,
    }
    for who, status in expected.items():
        client.force_login(province.people[who])
        assert (who, client.get(url).status_code) == (who, status)


def test_the_sheet_takes_the_same_queries_whatever_the_number_of_rows(client, province, django_assert_num_queries):
    client.force_login(province.people["officer-SXD"])
    url = reverse("case_sheet", args=[province.case("SXD").pk])
    with clock.simulated(OPEN), django_assert_num_queries(16):
        client.get(url)


def test_presenting_names_what_is_missing_then_the_head_signs_once(client, province):
    client.force_login(province.people["officer-SXD"])
    case = province.case("SXD")
    for code, raw in GOOD_INPUTS.items():
        save(client, province, code, **raw)
    with clock.simulated(OPEN):
        client.post(reverse("case_hand_in", args=[case.pk]))
        refused = client.post(reverse("case_evidence", args=[case.pk]))
        assert refused.status_code == 422
        assert refused.context["errors"] == [
            "Còn 2 nội dung thiếu minh chứng: 1.1, 2.1. Hãy đính kèm tài liệu hoặc ghi giải trình cho từng nội dung."
        ]
        for code in ("1.1", "2.1"):
            client.post(
                reverse("case_explanation", args=[case.pk, row(province, code).pk]), {"explanation": "Gửi bản giấy"}
            )
        assert client.post(reverse("case_evidence", args=[case.pk])).status_code == 302
        client.force_login(province.people["head-SXD"])
        sign = reverse("case_sign", args=[case.pk])
        unread = client.post(sign, {})
        assert unread.context["sign_form"].errors["confirmed"] == [
            "Hãy đánh dấu xác nhận đã đọc và chịu trách nhiệm về hồ sơ trước khi gửi."
        ]
        unseen = client.post(sign, {"confirmed": "on"})
        assert unseen.context["sign_form"].errors["confirmed"] == [
            "1.1, 1.2, 2.1, 2.2, hồ-sơ đã thay đổi sau khi trang này hiện ra nên chưa gửi hồ sơ; hãy đọc lại rồi xác "
            "nhận lần nữa."
        ]
        seen = client.get(sign).context["summary"].marks
        first = client.post(sign, {"confirmed": "on", "seen": seen})
        assert first.status_code == 302
        again = client.post(sign, {"confirmed": "on", "seen": seen})
    assert again.context["sign_form"].errors["confirmed"] == [
        "Việc “Ký, gửi hồ sơ” đã được Lanh Dao Sxd xử lý lúc 09:00 ngày 05/01/2024."
    ]
    assert case.submissions.count() == 1
    receipt = client.get(reverse("case_receipt", args=[case.pk, 1]))
    assert case.submissions.get().digest in receipt.content.decode()


def test_the_head_signs_what_the_page_showed(client):
    province = make_province()
    to_sign_off(province, "SXD")
    case, sign = province.case("SXD"), reverse("case_sign", args=[province.case("SXD").pk])
    client.force_login(province.people["head-SXD"])
    with clock.simulated(at("2024-01-08 11:00")):
        seen = client.get(sign).context["summary"].marks
        ItemScore.objects.filter(assessment=case, item__code="1.2").update(explanation="Sửa sau khi trình")
        changed = client.post(sign, {"confirmed": "on", "seen": seen})
        assert changed.context["sign_form"].errors["confirmed"] == [
            "1.2 đã thay đổi sau khi trang này hiện ra nên chưa gửi hồ sơ; hãy đọc lại rồi xác nhận lần nữa."
        ]
        assert changed.context["sign_form"]["confirmed"].value() is False  # the tick is asked for again
        assert case.submissions.count() == 0
        again = client.post(sign, {"confirmed": "on", "seen": changed.context["summary"].marks})
    assert again.status_code == 302
    assert case.submissions.get().content["scores"][1]["explanation"] == "Sửa sau khi trình"
