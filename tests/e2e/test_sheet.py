"""The self-scoring sheet in a real browser: nothing typed is lost."""

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import expect

from assessments import clock
from assessments.enums import RuleType
from assessments.models import CriteriaItem, ItemScore
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


def paste(page, text: str, name: str) -> None:
    page.evaluate(
        """([name, text]) => {
          const transfer = new DataTransfer();
          transfer.setData("text/plain", text);
          const target = document.querySelector(name);
          target.focus();
          target.dispatchEvent(new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true, cancelable: true}));
        }""",
        [name, text],
    )


def focused(page) -> str:
    return page.evaluate("document.activeElement.name")


def offer_a_choice(province: Province) -> None:
    """Make 2.1 an item that is answered from a list."""
    rule = {
        "input": "Mức độ rà soát",
        "options": [
            {"key": "all", "label": "Toàn bộ", "points": "2"},
            {"key": "some", "label": "Một phần", "points": "1"},
            {"key": "none", "label": "Chưa rà soát", "points": "0"},
        ],
    }
    CriteriaItem.objects.filter(code="2.1").update(rule_type=RuleType.CHOICE, rule=rule)


def test_enter_walks_down_and_a_column_from_excel_fills_the_rows(new_page, province):
    page = open_sheet(new_page, province)
    page.focus(named(province, "1.2", "numerator"))
    page.keyboard.press("Enter")
    assert focused(page) == f"{row(province, '2.1').pk}.count"
    paste(page, "8\t10\n3\n3\t4\n", named(province, "1.2", "numerator"))
    expect(page.locator("[data-part=total]")).to_have_text("5,40/8,00")
    page.wait_for_load_state("networkidle")
    assert row(province, "1.2").self_input == {"numerator": "8", "denominator": "10"}
    assert row(province, "2.1").self_input == {"count": "3"}
    assert row(province, "2.2").self_input == {"numerator": "3", "denominator": "4"}


def test_the_keys_that_walk_never_change_an_answer(new_page, province):
    offer_a_choice(province)
    page = open_sheet(new_page, province)
    answer, level = named(province, "1.1", "answer"), named(province, "2.1", "option")
    page.check(f"{answer}[value=yes]")
    page.select_option(level, "some")
    expect(page.locator("[data-part=total]")).to_have_text("2,00/8,00")
    for key in ("ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End", "Enter"):
        page.focus(level)
        page.keyboard.press(key)
        assert page.input_value(level) == "some", key
        page.focus(f"{answer}[value=yes]")
        page.keyboard.press(key)
        assert page.is_checked(f"{answer}[value=yes]"), key
    page.focus(f"{answer}[value=yes]")
    page.keyboard.press("ArrowDown")
    assert focused(page) == f"{row(province, '1.2').pk}.numerator"
    page.keyboard.press("ArrowDown")
    assert focused(page) == f"{row(province, '2.1').pk}.option"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert focused(page) == f"{row(province, '1.1').pk}.answer"
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    assert page.is_checked(f"{answer}[value=no]")
    page.focus(level)
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.input_value(level) == "none"
    expect(page.locator("[data-part=total]")).to_have_text("0,00/8,00")


def test_an_empty_pasted_cell_keeps_the_answer_and_the_paste_can_be_taken_back(new_page, province):
    page = open_sheet(new_page, province)
    page.fill(named(province, "2.1", "count"), "4")
    page.check(f"{named(province, '1.1', 'answer')}[value=yes]")
    expect(page.locator("[data-part=total]")).to_have_text("3,00/8,00")
    paste(page, "\n8\t10\n\n3\t4\n", f"{named(province, '1.1', 'answer')}[value=yes]")
    told = page.locator(".announcement")
    expect(told).to_contain_text("Dán lần lượt vào các dòng có ô nhập: 1.2 nhận 8; 10, 2.2 nhận 3; 4.")
    expect(told).to_contain_text("Dán theo đúng vị trí, kể cả dòng nhóm: 1.2 nhận 8; 10, 2.1 nhận 3; 4.")
    assert page.input_value(named(province, "1.2", "numerator")) == ""
    told.get_by_role("button", name="Dán lần lượt").click()
    expect(page.locator("[data-part=total]")).to_have_text("6,90/8,00")
    expect(told).to_contain_text("Đã dán 4 ô vào 2 dòng (từ 1.2 đến 2.2).")
    expect(told).to_contain_text("Dòng 1.2: (trống) → 8; (trống) → 10")
    assert row(province, "1.1").self_input == {"answer": "yes"}
    assert row(province, "2.1").self_input == {"count": "4"}
    assert faults(page) == []
    told.get_by_role("button", name="Hoàn tác").click()
    expect(told).to_contain_text("Đã hoàn tác: 2 dòng")
    expect(page.locator("[data-part=total]")).to_have_text("3,00/8,00")
    assert row(province, "1.2").self_input is None
    assert row(province, "2.2").self_input is None
    assert row(province, "2.1").self_input == {"count": "4"}


def test_what_was_typed_after_a_paste_stays_when_it_is_taken_back(new_page, province):
    page = open_sheet(new_page, province)
    paste(page, "8\t10\n3\n", named(province, "1.2", "numerator"))
    expect(page.locator("[data-part=total]")).to_have_text("3,90/8,00")
    page.fill(named(province, "2.1", "count"), "2")
    page.locator(".announcement").get_by_role("button", name="Hoàn tác").click()
    expect(page.locator("[data-part=total]")).to_have_text("1,00/8,00")
    assert row(province, "1.2").self_input is None
    assert row(province, "2.1").self_input == {"count": "2"}


def test_a_pasted_cell_of_the_wrong_kind_is_refused_with_the_row_named(new_page, province):
    offer_a_choice(province)
    page = open_sheet(new_page, province)
    page.check(f"{named(province, '1.1', 'answer')}[value=yes]")
    page.fill(named(province, "1.2", "numerator"), "9")
    page.fill(named(province, "1.2", "denominator"), "10")
    expect(page.locator("[data-part=total]")).to_have_text("3,70/8,00")
    paste(page, "Đã làm\ntám\t10\t5\nRất tốt\n1\t2\t4\n9\n", f"{named(province, '1.1', 'answer')}[value=yes]")
    told = page.locator(".announcement")
    for sentence in (
        "Dòng 1.1: chưa dán “Đã làm”, không có lựa chọn này; chọn một trong “Có”, “Không”.",
        "Dòng 1.2: chưa dán “tám”, ô này chỉ nhận số.",
        "Dòng 1.2: chưa dán “5”, dòng này không còn ô nào ở cột đó.",
        "Dòng 2.1: chưa dán “Rất tốt”, không có lựa chọn này; chọn một trong “Toàn bộ",
        "Dòng 2.2: chưa dán “4”, ô “Không áp dụng” chỉ nhận x hoặc Không.",
        "1 dòng cuối chưa dán: bảng không còn dòng nào bên dưới.",
    ):
        expect(told).to_contain_text(sentence)
    expect(told.get_by_role("button", name="Hoàn tác")).to_be_visible()
    expect(page.locator("[data-part=total]")).to_have_text("4,70/8,00")
    assert row(province, "1.1").self_input == {"answer": "yes"}
    assert row(province, "1.2").self_input == {"numerator": "9", "denominator": "10"}
    assert row(province, "2.1").self_input is None
    assert row(province, "2.2").self_input == {"numerator": "1", "denominator": "2"}


def test_a_number_that_the_rule_refuses_stays_in_its_field_and_is_told(new_page, province):
    page = open_sheet(new_page, province)
    paste(page, "1,5\n3\t4\n", named(province, "2.1", "count"))
    told = page.locator(".announcement")
    expect(told).to_contain_text("Dòng 2.1: (trống) → 1,5. Chưa lưu được:")
    assert page.input_value(named(province, "2.1", "count")) == "1,5"
    page.focus(named(province, "2.1", "count"))
    page.keyboard.press("Control+z")
    expect(page.locator("[data-part=total]")).to_have_text("0,00/8,00")
    expect(told).to_contain_text("Đã hoàn tác")
    assert page.input_value(named(province, "2.1", "count")) == ""


@pytest.mark.parametrize(
    ("text", "start", "answer"),
    [
        ("1.2\t8\t10\n2.1\t3\n", "2.2", ""),  # the first column says the code
        ("8\t10\n\n3\n", "1.2", "Dán theo đúng vị trí"),  # the row of the area stands in the spreadsheet too
        ("8\t10\n3\n", "1.2", ""),  # it does not
    ],
)
def test_a_pasted_column_reaches_the_rows_it_belongs_to(new_page, province, text, start, answer):
    page = open_sheet(new_page, province)
    paste(page, text, named(province, start, "numerator"))
    if answer:
        page.get_by_role("button", name=answer).click()
    expect(page.locator("[data-part=total]")).to_have_text("3,90/8,00")
    expect(page.locator(".announcement")).to_contain_text("Đã dán 3 ô vào 2 dòng (từ 1.2 đến 2.1).")
    assert row(province, "1.2").self_input == {"numerator": "8", "denominator": "10"}
    assert row(province, "2.1").self_input == {"count": "3"}
    assert row(province, "2.2").self_input is None


@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_ends_where_the_sheet_ends(new_page, province, width):
    page = open_sheet(new_page, province, width=width)
    blank = page.evaluate(
        "document.documentElement.scrollHeight - document.querySelector('.site-footer').getBoundingClientRect().bottom"
        " - window.scrollY"
    )
    assert blank < 2


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
