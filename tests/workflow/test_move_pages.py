"""Moving deadlines through HTTP: the form, what it would do, confirming exactly that, the second person, the paper."""

import io
import re

import openpyxl
import pytest
from django.core.files.base import ContentFile

from assessments import clock
from assessments.enums import LatePolicy, MoveState, Role, Stage, WindowKind
from assessments.models import DeadlineMove, MovedDeadline, Official
from assessments.queries.deadlines import window_of
from evidence.models import DecisionDocument
from tests.province import Province, at, make_province, move, person, sweep
from tests.workflow.stages import to_appraisal
from tests.world import PAPER

pytestmark = pytest.mark.django_db
NOW = at("2024-01-05 09:00")
LEDGER = "/ky/TINH-2023/thoi-han/"
VALUES = {
    "scope": "all",
    "body": "",
    "window": "self_scoring",
    "closes_at": "chậm nhất ngày 15/01/2024",
    "working_days": "",
    "due_at": "",
    "decision_number": "125/SNV-CCHC",
    "decision_date": "05/01/2024",
    "reason": "Mất điện diện rộng",
}


@pytest.fixture
def province() -> Province:
    return make_province(late_policy=LatePolicy.HOLD)


@pytest.fixture
def organiser(client, province) -> Official:
    client.force_login(province.people["organiser"])
    return province.people["organiser"]


@pytest.fixture
def second(province) -> Official:
    return person("to-chuc-2", province.units["SNV"], (Role.ORGANISER, province.root))


def post(client, address=LEDGER, moment=NOW, **changes):
    with clock.simulated(moment):
        return client.post(address, VALUES | changes)


def confirm(client, previewed, moment=NOW, **changes):
    """Press the button of a preview: everything it carries in hidden fields."""
    form = previewed.content.decode().split('action="/ky/TINH-2023/thoi-han/xac-nhan/"')[1].split("</form>")[0]
    hidden = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">', form))
    with clock.simulated(moment):
        return client.post(f"{LEDGER}xac-nhan/", hidden | changes)


def errors_of(response) -> list[str]:
    """Return what the error summary of a page says."""
    summary = re.search(r'<div class="error-summary".*?</div>', response.content.decode(), re.DOTALL)
    found = re.findall(r"<li>(.*?)</li>", summary.group(), re.DOTALL) if summary else []
    return [" ".join(re.sub(r"<[^>]+>", " ", each).split()) for each in found]


def test_the_form_leads_to_a_preview_that_changes_nothing_and_the_confirmation_to_exactly_that(
    client, province, organiser
):
    sweep(at("2024-01-01 00:00"))

    previewed = post(client)

    assert previewed.status_code == 200
    assert DeadlineMove.objects.count() == 0
    outcome = previewed.context["outcome"]
    assert (len(outcome.cases), len(outcome.works)) == (6, 3)
    page = previewed.content.decode()
    assert "10/01/2024 00:00" in page
    assert "<strong>16/01/2024 00:00</strong>" in page

    done = confirm(client, previewed)

    written = DeadlineMove.objects.get()
    assert (done.status_code, done["Location"]) == (302, f"/thoi-han/{written.pk}/")
    assert (written.by, written.at, written.decision_number) == (organiser, NOW, "125/SNV-CCHC")
    assert MovedDeadline.objects.count() == 6
    for code in ("STP", "SXD", "SYT"):
        assert window_of(province.case(code), WindowKind.EVIDENCE).closes_at == at("2024-01-16 00:00")
    ledger = client.get(LEDGER).content.decode()
    assert "125/SNV-CCHC, 05/01/2024" in ledger
    assert "Tất cả đơn vị của kỳ" in ledger
    shown = client.get(f"/thoi-han/{written.pk}/").content.decode()
    assert shown.count("16/01/2024 00:00") >= 6


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"reason": ""}, "Ghi lý do dời hạn."),
        ({"decision_number": " "}, "Nhập số văn bản cho dời hạn."),
        ({"decision_date": "06/01/2024"}, "Ngày văn bản 06/01/2024 ở sau hôm nay; hãy kiểm tra lại."),
        ({"window": ""}, "Chọn bước cần dời hạn."),
        ({"scope": ""}, "Chọn phạm vi: tất cả, loại hay đơn vị."),
        ({"closes_at": ""}, "Nhập hạn mới, ví dụ 17:00 15/01/2024, hoặc số ngày làm việc cần thêm."),
        ({"working_days": "3"}, "Chỉ nhập một trong hai: hạn mới hoặc số ngày làm việc cần thêm."),
        ({"closes_at": "", "working_days": "ba"}, "Nhập số ngày làm việc từ 1 đến 120, hoặc để trống."),
        (
            {"closes_at": "trước ngày 10/01/2024"},
            "Hạn mới không thay đổi hạn đang áp dụng (24:00 ngày 09/01/2024); hãy chọn một thời điểm khác.",
        ),
        (
            {"closes_at": "15/01/2024"},
            "Hạn mới (lúc đóng): “15/01/2024” chưa rõ có tính cả ngày đó không; hãy thêm giờ, hoặc viết “trước ngày "
            "15/01/2024” (không tính ngày đó) hay “chậm nhất ngày 15/01/2024” (tính cả ngày đó).",
        ),
        (
            {"due_at": "17:00 16/01/2024"},
            "Hạn nhắc việc phải trước hoặc đúng lúc đóng; hãy sửa một trong hai thời điểm.",
        ),
        ({"body": "Sở Tư pháp"}, "Phần của một cơ quan thẩm định thuộc hồ sơ của một đơn vị: hãy chọn đơn vị đó."),
    ],
)
def test_a_refused_form_keeps_what_was_typed(client, organiser, changes, error):
    response = post(client, **changes)

    assert response.status_code == 422
    assert error in errors_of(response)
    kept = VALUES["decision_number"] if "decision_number" not in changes else VALUES["reason"]
    assert kept in response.content.decode()
    assert DeadlineMove.objects.count() == 0


def test_from_the_preview_one_goes_back_to_the_form_as_it_was_filled(client, organiser):
    back = post(client, edit="1")
    assert back.status_code == 200
    assert "125/SNV-CCHC" in back.content.decode()
    assert "Sổ dời thời hạn" in back.content.decode()


def test_when_the_effect_has_changed_nothing_is_done_and_the_new_preview_is_shown(client, province, organiser):
    sweep(at("2024-01-01 00:00"))
    previewed = post(client)
    with clock.simulated(NOW):
        move(province, WindowKind.SELF_SCORING, "2024-01-20 00:00", unit="SXD")

    answer = confirm(client, previewed)

    assert answer.status_code == 409
    assert errors_of(answer)[0].startswith("Tác động của việc dời hạn đã khác so với bản xem trước")
    assert DeadlineMove.objects.count() == 1
    assert confirm(client, answer).status_code == 302


def test_a_confirmation_without_a_preview_does_nothing(client, organiser):
    assert post(client, f"{LEDGER}xac-nhan/").status_code == 409
    assert DeadlineMove.objects.count() == 0


def test_working_days_for_one_unit_and_for_one_body(client, province, organiser):
    to_appraisal(province, "SXD")
    moment = at("2024-01-22 09:00")
    unit = f"unit:{province.case('SXD').pk}"
    days = {"window": "appraisal", "closes_at": "", "working_days": "2"}
    confirm(client, post(client, moment=moment, scope=unit, body="Sở Tư pháp", **days), moment)
    confirm(client, post(client, moment=moment, scope=unit, **days), moment)
    scopes = [(each.scope, each.branch and each.branch.body_name) for each in DeadlineMove.objects.all()]
    assert scopes == [("body", "Sở Tư pháp"), ("unit", None)]
    # Thursday the 15th at 08:00, two working days on, and for the body another two
    assert window_of(province.case("SXD"), WindowKind.APPRAISAL).closes_at == at("2024-02-19 08:00")
    own = MovedDeadline.objects.filter(branch__body_name="Sở Tư pháp").order_by("-id")[0]
    assert own.closes_at == at("2024-02-21 08:00")


def test_the_workbook_has_what_the_page_has_and_nothing_changes(client, province, organiser):
    sweep(at("2024-01-01 00:00"))
    response = post(client, f"{LEDGER}xem-truoc.xlsx", reason='=HYPERLINK("http://x")')
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    assert book.sheetnames == ["Tóm tắt", "Hồ sơ", "Việc", "Mốc tự động", "Nhắc việc", "Người"]
    rows = list(book["Hồ sơ"].iter_rows(min_row=2, values_only=True))
    assert len(rows) == 6
    assert ("SXD", "Sở Xây dựng") in {row[:2] for row in rows}
    assert {row[5] for row in rows} == {"10/01/2024 00:00"}
    assert {row[7] for row in rows} == {"16/01/2024 00:00"}
    summary = dict(list(book["Tóm tắt"].iter_rows(min_row=2, values_only=True))[:11])
    assert summary["Lý do"] == '\'=HYPERLINK("http://x")'
    assert summary["Việc"] == 3
    assert DeadlineMove.objects.count() == 0


def test_the_paper_is_kept_with_the_preview_tied_to_the_move_and_read_by_whom_it_concerns(client, province, organiser):
    previewed = post(client, document=ContentFile(PAPER, name="quyết định.pdf"))
    kept = DecisionDocument.objects.get()
    assert (kept.move, kept.original_name) == (None, "quyết định.pdf")

    confirm(client, previewed)

    kept.refresh_from_db()
    assert kept.move == DeadlineMove.objects.get()
    address = f"/minh-chung/van-ban/{kept.pk}/tai-ve/"
    read = client.get(address)
    assert b"".join(read.streaming_content) == PAPER
    assert "attachment" in read["Content-Disposition"]
    for who, status in (("officer-SXD", 200), ("supervisor", 200), ("administrator", 404)):
        client.force_login(province.people[who])
        assert client.get(address).status_code == status


def test_a_paper_of_an_odd_kind_is_refused_beside_its_field(client, organiser):
    response = post(client, document=ContentFile(b"MZ\x90\x00", name="quyet-dinh.pdf"))
    assert response.status_code == 422
    assert DecisionDocument.objects.count() == 0
    assert any("quyet-dinh.pdf" in error for error in errors_of(response))


def test_a_paper_kept_by_somebody_else_is_not_used(client, province, second, organiser):
    post(client, document=ContentFile(PAPER, name="quyết định.pdf"))
    kept = DecisionDocument.objects.get()
    client.force_login(second)
    previewed = post(client, kept_document=str(kept.pk))
    confirm(client, previewed, kept_document=str(kept.pk))
    kept.refresh_from_db()
    assert kept.move is None
    assert DeadlineMove.objects.count() == 1


def test_closing_at_once_is_proposed_by_one_and_confirmed_by_another_on_its_page(client, province, second, organiser):
    sweep(at("2024-01-01 00:00"))
    previewed = post(client, window="self_scoring", closes_at="08:00 05/01/2024")
    assert "Cần người thứ hai" in previewed.content.decode()
    confirm(client, previewed)
    proposed = DeadlineMove.objects.get()
    assert proposed.state == MoveState.PROPOSED
    address = f"/thoi-han/{proposed.pk}/"
    with clock.simulated(NOW):
        own = client.get(address).content.decode()
        assert "người đề nghị không tự xác nhận được" in own
        client.force_login(second)
        page = client.get(address)
        answer = client.post(address, {"fingerprint": page.context["outcome"].fingerprint})
    assert answer.status_code == 302
    assert window_of(province.case("SXD"), WindowKind.SELF_SCORING).closes_at == at("2024-01-05 08:00")
    sweep(at("2024-01-05 09:01"))
    assert province.case("SXD").stage == Stage.HELD


def test_a_proposal_is_refused_with_a_reason_that_stays(client, province, second, organiser):
    confirm(client, post(client, closes_at="08:00 05/01/2024"))
    proposed = DeadlineMove.objects.get()
    client.force_login(second)
    address = f"/thoi-han/{proposed.pk}/khong-xac-nhan/"
    with clock.simulated(NOW):
        assert client.post(address, {"reason": ""}).status_code == 422
        assert client.post(address, {"reason": "Chưa có căn cứ"}).status_code == 302
    assert "Chưa có căn cứ" in client.get(f"/thoi-han/{proposed.pk}/").content.decode()


def test_a_case_leads_to_the_form_with_itself_chosen(client, province, organiser):
    case = province.case("SXD")
    page = client.get(f"{LEDGER}?ho-so={case.pk}").content.decode()
    assert "Mỗi tệp không quá" in page
    assert "[&#x27;" not in page
    assert f'<option value="unit:{case.pk}" selected>Sở Xây dựng</option>' in page


def test_a_period_in_preparation_says_why_nothing_moves(client):
    province = make_province(opened=False)
    client.force_login(province.people["organiser"])
    page = client.get(LEDGER).content.decode()
    assert "Kỳ đang chuẩn bị: sửa thẳng kế hoạch thời gian" in page
    for address in (LEDGER, f"{LEDGER}xac-nhan/", f"{LEDGER}xem-truoc.xlsx"):
        assert "Kỳ đang chuẩn bị: sửa thẳng kế hoạch thời gian" in post(client, address).content.decode()
    assert DeadlineMove.objects.count() == 0


@pytest.mark.parametrize("who", ["secretary", "officer-SXD", "administrator", "supervisor"])
def test_only_the_organiser_of_the_period_moves(client, province, who):
    client.force_login(province.people[who])
    for address in (LEDGER, f"{LEDGER}xac-nhan/", f"{LEDGER}xem-truoc.xlsx"):
        assert post(client, address).status_code in (403, 404)
    assert DeadlineMove.objects.count() == 0


@pytest.mark.parametrize("count", [1, 3])
def test_the_ledger_takes_a_fixed_number_of_queries(client, province, organiser, django_assert_num_queries, count):
    for number in range(count):
        with clock.simulated(NOW):
            move(province, WindowKind.COUNCIL, f"2024-03-{10 + number} 17:00", unit="SXD")

    with django_assert_num_queries(10):
        page = client.get(LEDGER)

    assert len(page.context["ledger"]) == count
