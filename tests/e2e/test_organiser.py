"""The organiser's pages, the accounts and the public results in a real browser, wide and narrow, with axe."""

import pytest
from playwright.sync_api import expect

from assessments.models import AssessmentPeriod, DeadlineMove
from tests.e2e.conftest import faults
from tests.province import at, make_province, season_around_now, sweep
from tests.published import publish, publish_correction, to_council

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def faults_of(page, addresses: list[str]) -> dict[str, list[str]]:
    """Return what is wrong with each page."""
    found = {}
    for address in addresses:
        page.goto(address)
        page.wait_for_load_state("networkidle")
        found[address] = faults(page)
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_the_public_pages_have_no_fault(transactional_db, new_page, width, theme):
    province = make_province()
    publish(province)
    publish_correction(province)
    addresses = [
        "/ket-qua/",
        "/ket-qua/?q=khong+co",
        "/ket-qua/TINH-2023/",
        "/ket-qua/TINH-2023/?lan=1",
        "/ket-qua/TINH-2023/SXD/",
    ]

    assert faults_of(new_page(width=width, theme=theme), addresses) == {address: [] for address in addresses}


@pytest.mark.parametrize("width", [390, 1440])
def test_the_pages_of_the_preparation_have_no_fault(transactional_db, new_page, width):
    province = make_province(opened=False)
    home = "/ky/TINH-2023/"
    pieces = ["", "thong-tin/", "don-vi/", "bo-tieu-chi/", "thoi-gian/so/", "co-quan-tham-dinh/", "mo/", "dien-tap/"]
    addresses = ["/ky/", "/ky/moi/", *(home + piece for piece in pieces)]

    page = new_page(width=width, official=province.people["organiser"])

    assert faults_of(page, addresses) == {address: [] for address in addresses}


@pytest.mark.parametrize("width", [390, 1440])
def test_the_organiser_rehearses_the_period_before_opening_it(transactional_db, new_page, width):
    province = make_province(opened=False)
    page = new_page(width=width, official=province.people["organiser"])
    page.goto("/ky/TINH-2023/")
    page.get_by_role("link", name="Diễn tập").click()
    page.get_by_label("Mở kỳ vào ngày").fill("11/12/2023")

    page.get_by_role("button", name="Chạy diễn tập").click()

    expect(page.get_by_role("heading", name="Kết quả")).to_be_visible()
    expect(page.get_by_role("row", name="Thứ Hai 11/12/2023")).to_contain_text("Mở kỳ cho 3 đơn vị")
    expect(page.get_by_label("Mở kỳ vào ngày")).to_have_value("11/12/2023")
    assert faults(page) == []
    with page.expect_download() as download:
        page.get_by_role("button", name="Tải bản Excel").click()
    assert download.value.suggested_filename == "dien-tap-TINH-2023.xlsx"


@pytest.mark.parametrize("width", [390, 1440])
def test_the_pages_of_an_opened_period_have_no_fault(transactional_db, new_page, width):
    province = make_province()
    to_council(province)
    case = province.case("SXD").pk
    addresses = [
        "/ky/TINH-2023/",
        "/ky/TINH-2023/khao-sat/",
        "/ky/TINH-2023/cong-bo/",
        "/ky/TINH-2023/thoi-han/",
        f"/ho-so/{case}/mo-lai/",
    ]

    page = new_page(width=width, official=province.people["organiser"])

    assert faults_of(page, addresses) == {address: [] for address in addresses}


@pytest.mark.parametrize("width", [390, 1440])
def test_the_pages_of_accounts_have_no_fault(transactional_db, new_page, width):
    province = make_province(opened=False)
    other = province.people["officer-SXD"].pk
    addresses = [
        "/tai-khoan/",
        "/tai-khoan/moi/",
        "/tai-khoan/cua-toi/",
        "/tai-khoan/cua-toi/mat-khau/",
        f"/tai-khoan/{other}/",
        f"/tai-khoan/{other}/sua/",
        f"/tai-khoan/{other}/ngung/",
    ]

    page = new_page(width=width, official=province.people["administrator"])

    assert faults_of(page, addresses) == {address: [] for address in addresses}


@pytest.mark.parametrize("width", [390, 1440])
def test_the_organiser_publishes_after_a_second_look(transactional_db, new_page, width):
    province = make_province()
    to_council(province)
    page = new_page(width=width, official=province.people["organiser"])

    page.goto("/ky/TINH-2023/cong-bo/")
    page.get_by_label("Số quyết định công bố").fill("812/QĐ-UBND")
    page.get_by_label("Ngày quyết định").fill("15/03/2024")
    page.get_by_role("button", name="Xem lại rồi công bố…").click()
    expect(page.get_by_role("heading", name="Xác nhận công bố")).to_be_visible()
    page.wait_for_load_state("networkidle")
    at_confirmation = faults(page)
    page.get_by_role("button", name="Công bố kết quả").click()
    expect(page.get_by_text("Đã công bố lần 1 theo 812/QĐ-UBND")).to_be_visible()

    assert at_confirmation == []
    assert AssessmentPeriod.objects.get().status == "published"


@pytest.mark.parametrize("width", [390, 1440])
def test_the_organiser_moves_a_deadline_after_seeing_what_it_touches(transactional_db, new_page, width):
    with season_around_now("2024-01-05 09:00"):
        province = make_province()
        sweep(at("2024-01-01 00:00"))
        page = new_page(width=width, official=province.people["organiser"])
        page.goto("/ky/TINH-2023/thoi-han/")
        page.get_by_label("Dời cho").select_option("all")
        page.get_by_label("Bước", exact=True).select_option("self_scoring")
        page.get_by_label("Hoặc thêm số ngày làm việc").fill("3")
        page.get_by_label("Số văn bản").fill("125/SNV-CCHC")
        page.get_by_label("Ngày văn bản").fill(f"{at('2024-01-04 09:00'):%d/%m/%Y}")
        page.get_by_label("Lý do").fill("Mất điện diện rộng")
        page.get_by_role("button", name="Xem tác động").click()
        expect(page.get_by_role("heading", name="Nếu dời “Tự chấm điểm”")).to_be_visible()
        page.wait_for_load_state("networkidle")
        at_preview = faults(page)
        with page.expect_download() as downloading:
            page.get_by_role("button", name="Tải bản Excel").click()
        name = downloading.value.suggested_filename
        page.get_by_role("button", name="Xác nhận dời thời hạn").click()
        expect(page.get_by_text("Đã dời 6 thời hạn, báo cho 3 người.")).to_be_visible()
        page.wait_for_load_state("networkidle")
        at_move = faults(page)
        page.goto("/ky/TINH-2023/thoi-han/")
        page.wait_for_load_state("networkidle")

        assert (at_preview, at_move, faults(page)) == ([], [], [])
        assert name == "doi-thoi-han-TINH-2023.xlsx"
        assert DeadlineMove.objects.get().working_days == 3
