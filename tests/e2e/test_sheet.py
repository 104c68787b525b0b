"""The self-scoring sheet in a real browser: nothing typed is lost."""

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import expect

from assessments import clock
from assessments.models import ItemScore
from assessments.operations import scores
from tests.e2e.conftest import faults
from tests.province import Province, at, make_province, season_around_now
from workflow.operations import steps

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def province() -> Province:
    with season_around_now("2024-01-05 09:00"):
        province = make_province()
        with clock.simulated(at("2023-12-12 09:00")):
            steps.confirm_training(
                assessment=province.case("SXD"), participants=["Nguyễn Văn A"], by=province.people["officer-SXD"]
            )
    return province


def row(province: Province, code: str) -> ItemScore:
    return ItemScore.objects.get(assessment=province.case("SXD"), item__code=code)


def named(province: Province, code: str, field: str) -> str:
    return f'[name="{row(province, code).pk}.{field}"]'


def open_sheet(new_page, province: Province, **window):
    page = new_page(official=province.people["officer-SXD"], **window)
    page.goto(reverse("case_sheet", args=[province.case("SXD").pk]))
    page.wait_for_function("() => document.querySelector('[data-module=sheet]')")
    page.wait_for_load_state("networkidle")
    return page


@pytest.mark.parametrize("width", [1440, 390])
def test_a_row_is_saved_when_it_is_left_and_the_sums_follow(new_page, province, width):
    page = open_sheet(new_page, province, width=width)
    assert faults(page) == []
    page.fill(named(province, "1.2", "numerator"), "9")
    page.fill(named(province, "1.2", "denominator"), "10")
    page.keyboard.press("Tab")
    cells = page.locator(f"#r{row(province, '1.2').pk}")
    expect(cells.locator("[data-part=points]")).to_have_text("2,70")
    expect(cells.locator("[data-part=why]")).to_have_text("9/10 × 3,00 = 2,70")
    expect(page.locator("[data-part=total]")).to_have_text("2,70/8,00")
    expect(page.locator("[data-part=saved]")).to_contain_text("Đã lưu")
    assert row(province, "1.2").self_input == {"numerator": "9", "denominator": "10"}
    assert faults(page) == []


def test_what_cannot_be_read_stays_in_the_field_with_its_sentence(new_page, province):
    page = open_sheet(new_page, province)
    page.fill(named(province, "2.1", "count"), "ba")
    page.keyboard.press("Tab")
    message = page.locator(f"#r{row(province, '2.1').pk} [data-part=message]")
    expect(message).to_contain_text("“ba”")
    assert page.input_value(named(province, "2.1", "count")) == "ba"
    assert row(province, "2.1").self_input is None


def test_a_conflict_shows_both_values_and_the_person_chooses(new_page, province):
    page = open_sheet(new_page, province)
    scores.record_self_score(
        score=row(province, "2.1"), version=0, raw={"count": "2"}, na=False, by=province.people["head-SXD"]
    )
    page.fill(named(province, "2.1", "count"), "4")
    page.keyboard.press("Tab")
    message = page.locator(f"#r{row(province, '2.1').pk} [data-part=message]")
    expect(message).to_contain_text("Trên máy chủ: 2 văn bản (Lanh Dao Sxd")
    expect(message).to_contain_text("Bạn nhập: 4")
    assert row(province, "2.1").self_input == {"count": "2"}
    message.get_by_role("button", name="Ghi giá trị của tôi").click()
    expect(page.locator(f"#r{row(province, '2.1').pk} [data-part=points]")).to_have_text("2,00")
    assert row(province, "2.1").self_input == {"count": "4"}


def test_enter_walks_down_and_a_column_from_excel_fills_the_rows(new_page, province):
    page = open_sheet(new_page, province)
    page.focus(named(province, "1.2", "numerator"))
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.name") == f"{row(province, '2.1').pk}.count"
    page.evaluate(
        """(name) => {
          const transfer = new DataTransfer();
          transfer.setData("text/plain", "8\\t10\\n3\\n3\\t4\\n");
          const target = document.querySelector(name);
          target.focus();
          target.dispatchEvent(new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true, cancelable: true}));
        }""",
        named(province, "1.2", "numerator"),
    )
    expect(page.locator("[data-part=total]")).to_have_text("5,40/8,00")
    page.wait_for_load_state("networkidle")
    assert row(province, "1.2").self_input == {"numerator": "8", "denominator": "10"}
    assert row(province, "2.1").self_input == {"count": "3"}
    assert row(province, "2.2").self_input == {"numerator": "3", "denominator": "4"}


def test_nothing_typed_is_lost_when_the_session_has_expired(new_page, province):
    page = open_sheet(new_page, province)
    Session.objects.all().delete()
    page.fill(named(province, "2.1", "count"), "3")
    page.keyboard.press("Tab")
    page.get_by_role("link", name="Đăng nhập lại").click(no_wait_after=True)
    page.on("dialog", lambda dialog: dialog.accept())
    page.wait_for_url("**/dang-nhap/**")
    page.fill("[name=username]", "can-bo-sxd")
    page.fill("[name=password]", "mat-khau")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cham-diem/")
    expect(page.locator(f"#r{row(province, '2.1').pk} [data-part=points]")).to_have_text("1,50")
    assert row(province, "2.1").self_input == {"count": "3"}


def test_the_detail_of_a_row_takes_an_explanation_and_a_file(new_page, province, settings, tmp_path):
    page = open_sheet(new_page, province)
    page.locator(f"#r{row(province, '1.1').pk}").get_by_role("link", name="Ban hành kế hoạch").click()
    detail = page.locator(f"#detail-{row(province, '1.1').pk}")
    expect(detail.locator("[data-part=pick]")).to_be_visible()
    assert faults(page) == []
    paper = tmp_path / "ke-hoach.pdf"
    paper.write_bytes(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
    detail.locator("input[type=file]").set_input_files(paper)
    expect(detail).to_contain_text("ke-hoach.pdf")
    detail.locator("textarea").fill("Ban hành cùng kế hoạch chung")
    detail.get_by_role("button", name="Lưu giải trình").click()
    expect(page.locator(f"#detail-{row(province, '1.1').pk}")).to_contain_text("Đã lưu giải trình.")
    assert row(province, "1.1").explanation == "Ban hành cùng kế hoạch chung"
