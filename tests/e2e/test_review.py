"""The appraisal, supplements and disputes in a real browser: keyboard, dialogs, both widths, axe."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from playwright.sync_api import Page, expect

from assessments.models import AppraisalBranch
from evidence import operations as evidence
from tests.e2e.conftest import faults
from tests.province import Province, make_province, season_around_now
from tests.workflow.stages import branch_of, row, to_appraisal, to_consolidation, to_dispute
from workflow.operations import steps

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"


@pytest.fixture
def appraising() -> Province:
    """It is 20 January: the appraisal of SXD is open and nothing is decided."""
    with season_around_now("2024-01-20 09:00"):
        province = make_province()
        to_appraisal(province, "SXD")
    return province


@pytest.fixture
def disputing() -> Province:
    """It is 15 February: the unit may contest its preliminary result."""
    with season_around_now("2024-02-15 09:00"):
        province = make_province()
        to_dispute(province, "SXD")
    return province


def snv(province: Province) -> AppraisalBranch:
    return branch_of(province, "SXD", "Sở Nội vụ")


def page_of(new_page, province: Province, who: str, name: str, *more: object, width: int = 1440) -> Page:
    page = new_page(width=width, official=province.people[who])
    page.goto(reverse(name, args=[province.case("SXD").pk, *more]))
    page.wait_for_load_state("networkidle")
    return page


def test_an_appraiser_works_through_the_items_by_keyboard(new_page, appraising):
    page = page_of(new_page, appraising, "appraiser-SNV", "case_appraise", snv(appraising).pk)
    title = page.locator("#item-title")
    expect(title).to_have_text("1.1 Ban hành kế hoạch")
    page.keyboard.press("Alt+ArrowDown")
    expect(title).to_have_text("1.2 Hoàn thành kế hoạch")
    page.wait_for_load_state("networkidle")
    owed = page.locator("#id_note_owed")
    expect(owed).to_be_empty()
    page.fill("#id_numerator", "9,0")
    expect(owed).to_be_empty()
    page.fill("#id_numerator", "8")
    expect(owed).to_have_text("Kết quả này khác kết quả đơn vị tự chấm: phải ghi lý do rồi mới lưu được.")
    assert faults(page) == []
    page.keyboard.press("Control+Enter")
    expect(page.locator(".error-summary")).to_contain_text("Hãy ghi lý do thay đổi kết quả của nội dung 1.2")
    expect(page.locator("#id_numerator")).to_have_value("8")
    assert faults(page) == []
    page.fill("#id_note", "Một nhiệm vụ hoàn thành sau hạn")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#messages")).to_contain_text("Đã lưu nội dung 1.2: 8/10 × 3,00 = 2,40.")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Alt+ArrowUp")
    expect(title).to_have_text("1.1 Ban hành kế hoạch")


def test_agreeing_with_the_rest_and_completing_are_confirmed_in_dialogs(new_page, appraising):
    page = page_of(new_page, appraising, "appraiser-SNV", "case_appraise", snv(appraising).pk)
    page.get_by_role("link", name="Đồng ý tất cả…").click()
    assert faults(page) == []
    page.get_by_role("button", name="Đồng ý tất cả", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("Đã đồng ý 2 nội dung.")
    page.wait_for_load_state("networkidle")
    page.get_by_role("link", name="Hoàn thành thẩm định…").click()
    page.get_by_role("button", name="Hoàn thành thẩm định", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("Sở Nội vụ đã hoàn thành thẩm định Sở Xây dựng.")


@pytest.mark.parametrize("width", [1440, 390])
def test_the_pages_of_the_appraisal_have_no_faults(new_page, appraising, width, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    province, branch = appraising, snv(appraising)
    with season_around_now("2024-01-20 09:00"):
        steps.request_supplement(
            branch=branch, reason="Thiếu bản có dấu", items={"1.1": "Bản có dấu"}, by=province.people["appraiser-SNV"]
        )
        evidence.attach(
            score=row(province, "SXD", "1.1"),
            upload=SimpleUploadedFile("ke-hoach.pdf", PDF, content_type="application/pdf"),
            by=province.people["officer-SXD"],
            note="",
            pages="1",
        )
    asked = page_of(new_page, province, "officer-SXD", "case_supplement", branch.pk, width=width)
    assert faults(asked) == []
    asked.fill("#id_answer", "Đã bổ sung bản có dấu")
    asked.get_by_role("button", name="Gửi cơ quan thẩm định").click()
    expect(asked.locator("#messages")).to_contain_text("Đã gửi giải trình, bổ sung đến Sở Nội vụ.")
    for name in ("case_appraise", "case_appraise_return", "case_appraise_complete"):
        page = page_of(new_page, province, "appraiser-SNV", name, branch.pk, width=width)
        assert (name, faults(page)) == (name, [])


@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_of_the_consolidation_has_no_faults(new_page, width):
    with season_around_now("2024-01-20 09:00"):
        province = make_province()
        to_consolidation(province, "SXD")
    page = page_of(new_page, province, "secretary", "case_consolidate", width=width)
    expect(page.locator("h1")).to_contain_text("Tổng hợp kết quả")
    assert faults(page) == []


@pytest.mark.parametrize("width", [1440, 390])
def test_a_dispute_goes_from_the_unit_to_the_decision(new_page, disputing, width):
    province, score = disputing, row(disputing, "SXD", "1.2")
    unit = page_of(new_page, province, "officer-SXD", "case_dispute_item", score.pk, width=width)
    assert faults(unit) == []
    unit.fill("#id_reason", "Số liệu chốt sau")
    unit.fill("#id_numerator", "10")
    unit.fill("#id_denominator", "10")
    unit.get_by_role("button", name="Ghi kiến nghị").click()
    expect(unit.locator("#messages")).to_contain_text("Đã ghi kiến nghị nội dung 1.2.")
    head = page_of(new_page, province, "head-SXD", "case_dispute", width=width)
    assert faults(head) == []
    head.get_by_role("link", name="Gửi 1 kiến nghị…").click()
    head.get_by_role("button", name="Gửi 1 kiến nghị", exact=True).click()
    expect(head.locator("#messages")).to_contain_text("Đã gửi 1 kiến nghị đến cơ quan thẩm định.")
    body = page_of(new_page, province, "appraiser-SNV", "case_answers", snv(province).pk, width=width)
    assert faults(body) == []
    body.get_by_label("Chấp nhận", exact=True).check()
    body.get_by_label("Nội dung trả lời").fill("Đã đối chiếu số liệu")
    body.get_by_role("button", name="Ghi ý kiến 1.2").click()
    expect(body.locator("#messages")).to_contain_text("Đã ghi ý kiến về kiến nghị nội dung 1.2.")
    body.wait_for_load_state("networkidle")
    body.get_by_role("link", name="Gửi Tổ thư ký…").click()
    body.get_by_role("button", name="Gửi Tổ thư ký", exact=True).click()
    expect(body.locator("#messages")).to_contain_text("Đã gửi ý kiến trả lời đến Tổ thư ký.")
    secretary = page_of(new_page, province, "secretary", "case_decide", width=width)
    assert faults(secretary) == []
    secretary.get_by_label("Lý do quyết định").fill("Đủ căn cứ")
    secretary.get_by_role("button", name="Quyết định 1.2").click()
    expect(secretary.locator("#messages")).to_contain_text("Đã quyết định kiến nghị nội dung 1.2.")
    assert faults(secretary) == []
    assert row(province, "SXD", "1.2").final_input == {"numerator": "10", "denominator": "10"}
