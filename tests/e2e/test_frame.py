"""The frame of every page and its scripts, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.e2e import urls
from tests.e2e.conftest import faults, sign_in
from tests.factories import OfficialFactory

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PASSWORD = "mật khẩu dài của cán bộ"


@pytest.fixture
def official(transactional_db):
    person = OfficialFactory(username="canbo", display_name="Trần Văn Đức")
    person.set_password(PASSWORD)
    person.save()
    return person


@pytest.fixture
def work(settings, official, new_page):
    """The page that uses the scripts, open in a window of the signed-in official."""
    settings.ROOT_URLCONF = "tests.e2e.urls"
    settings.LOGIN_REDIRECT_URL = "/work/"
    urls.received.clear()
    page = new_page(official=official)
    page.goto("/work/")
    page.wait_for_load_state("networkidle")
    return page


def end_session(page):
    page.context.clear_cookies(name="sessionid")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 390, 1440])
def test_pages_of_the_frame_have_no_fault(new_page, settings, width, theme):
    settings.DEMO = True
    page = new_page(width=width, theme=theme)
    found = {}
    for address in ("/dang-nhap/", "/gioi-thieu/", "/components/", "/khong-co/"):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        found[address] = faults(page)
    assert found == {"/dang-nhap/": [], "/gioi-thieu/": [], "/components/": [], "/khong-co/": []}


def test_the_errors_of_a_form_take_the_focus_and_lead_to_the_field(new_page):
    page = new_page()
    page.goto("/dang-nhap/")
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.locator(".error-summary")).to_be_focused()
    page.get_by_role("link", name="Nhập mật khẩu.").click()
    expect(page.get_by_label("Mật khẩu", exact=True)).to_be_focused()


def test_a_password_can_be_shown(new_page):
    page = new_page()
    page.goto("/dang-nhap/")
    page.get_by_label("Hiện mật khẩu").check()
    expect(page.get_by_label("Mật khẩu", exact=True)).to_have_attribute("type", "text")


def test_the_menu_opens_and_closes_on_a_phone(new_page, settings, official):
    settings.NAVIGATION = "tests.config.test_pages.navigation_for"
    page = new_page(width=390, official=official)
    page.goto("/gioi-thieu/")
    page.wait_for_load_state("networkidle")
    link = page.get_by_role("link", name="Việc của tôi")
    expect(link).to_be_hidden()
    page.get_by_role("button", name="Danh mục").click()
    expect(link).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()
    expect(page.get_by_role("button", name="Danh mục")).to_be_focused()


def test_j_and_k_walk_through_a_list(new_page, settings):
    settings.DEMO = True
    page = new_page()
    page.goto("/components/")
    page.wait_for_load_state("networkidle")
    rows = page.locator("#table [data-key-item] a")
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()


def test_a_confirmation_opens_in_place_and_gives_the_focus_back(new_page, settings):
    settings.DEMO = True
    page = new_page()
    page.goto("/components/")
    page.wait_for_load_state("networkidle")
    opener = page.get_by_role("link", name="Nộp bản tự chấm…")
    opener.click()
    expect(page.get_by_role("dialog", name="Nộp bản tự chấm điểm?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_an_impatient_double_click_sends_a_form_once(work):
    work.get_by_label("Lý do").fill("Một lần")
    with work.expect_navigation():
        work.get_by_role("button", name="Gửi", exact=True).dblclick()
    assert urls.received == ["Một lần"]


def test_what_was_sent_is_not_put_back(work):
    work.get_by_label("Lý do").fill("Đã gửi rồi")
    with work.expect_navigation():
        work.get_by_role("button", name="Gửi", exact=True).click()
    work.goto("/work/")
    work.wait_for_load_state("networkidle")
    expect(work.get_by_label("Lý do")).to_have_value("")


def test_what_was_typed_survives_an_expired_session(work):
    work.get_by_label("Lý do").fill("Lý do rất dài")
    work.get_by_label("Đã kiểm tra").check()
    end_session(work)
    work.get_by_role("button", name="Gửi", exact=True).click()
    expect(work.get_by_text("Nội dung bạn vừa nhập còn giữ trong trình duyệt này")).to_be_visible()
    work.get_by_label("Tên đăng nhập").fill("canbo")
    work.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    work.get_by_role("button", name="Đăng nhập").click()
    expect(work.get_by_label("Lý do")).to_have_value("Lý do rất dài")
    expect(work.get_by_label("Đã kiểm tra")).to_be_checked()
    expect(work.get_by_text("Đã đưa lại những gì bạn nhập")).to_be_visible()


def test_somebody_else_does_not_get_what_was_typed(work, live_server):
    work.get_by_label("Lý do").fill("Của người trước")
    end_session(work)
    with work.expect_navigation():
        work.get_by_role("button", name="Gửi", exact=True).click()
    sign_in(work.context, live_server.url, OfficialFactory(username="nguoikhac"))
    work.goto("/work/")
    work.wait_for_load_state("networkidle")
    expect(work.get_by_label("Lý do")).to_have_value("")


def test_signing_out_on_purpose_leaves_nothing_behind(work):
    work.get_by_label("Lý do").fill("Việc riêng")
    expect(work.get_by_label("Lý do")).to_have_value("Việc riêng")
    work.wait_for_function("() => sessionStorage.getItem('draft:reason') !== null")
    work.get_by_role("button", name="Đăng xuất").click()
    expect(work.get_by_role("heading", name="Đăng nhập")).to_be_visible()
    assert work.evaluate("Object.values(sessionStorage).filter((text) => text.includes('Việc riêng'))") == []


def test_an_answer_that_is_the_sign_in_page_is_not_put_into_the_page(work):
    work.get_by_role("button", name="Gửi ngay").click()
    expect(work.locator("#answer")).to_have_text("Đã ghi.")
    end_session(work)
    work.get_by_role("button", name="Gửi ngay").click()
    again = work.get_by_role("link", name="Đăng nhập lại")
    expect(again).to_have_attribute("href", "/dang-nhap/?next=%2Fwork%2F")
    expect(work.locator("#answer")).to_have_text("Đã ghi.")
    assert faults(work) == []


def test_each_file_of_a_drop_says_what_became_of_it(work):
    with work.expect_file_chooser() as chooser:
        work.get_by_role("button", name="Chọn tệp…").click()
    chooser.value.set_files(
        [
            {"name": "ke-hoach.pdf", "mimeType": "application/pdf", "buffer": b"x" * 300_000},
            {"name": "la.exe", "mimeType": "application/octet-stream", "buffer": b"MZ"},
            {"name": "rong.pdf", "mimeType": "application/pdf", "buffer": b""},
            {"name": "to.pdf", "mimeType": "application/pdf", "buffer": b"x" * 1_200_000},
        ]
    )
    states = work.locator(".upload__state")
    expect(states).to_have_text(
        [
            "Đã nhận, đang chờ quét.",
            "Không nhận tệp .exe. Gửi bản PDF hoặc DOCX.",
            "Tệp rỗng (0 byte). Kiểm tra lại tệp trên máy rồi chọn lại.",
            "Tệp 1,1 MB lớn hơn mức 1 MB. Chia nhỏ hoặc nén lại rồi chọn lại.",
        ]
    )
    assert faults(work) == []


def test_a_page_works_without_scripts(browser, live_server, settings):
    settings.DEMO = True
    context = browser.new_context(java_script_enabled=False, base_url=live_server.url)
    page = context.new_page()
    page.goto("/dang-nhap/")
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_text("Chưa đăng nhập được")).to_be_visible()
    context.close()


def test_a_first_visit_weighs_less_than_150_kib(new_page, settings):
    settings.DEMO = True
    page = new_page()
    page.goto("/components/")
    page.wait_for_load_state("networkidle")
    weight = page.evaluate(
        """() => [...performance.getEntriesByType("resource"), ...performance.getEntriesByType("navigation")]
             .reduce((sum, entry) => sum + entry.encodedBodySize, 0)"""
    )
    assert 50 * 1024 < weight < 150 * 1024
