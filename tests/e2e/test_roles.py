"""The main task of the head, the supervisor and the administrator in a real browser, at both widths."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from assessments.enums import Role, Stage
from assessments.models import Official
from tests.e2e.conftest import faults
from tests.province import Province, make_province, season_around_now
from tests.workflow.stages import to_sign_off

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True), pytest.mark.parametrize("width", [1440, 390])]


@pytest.fixture
def province() -> Province:
    with season_around_now("2024-01-08 09:00"):
        province = make_province()
        to_sign_off(province, "SXD")
    return province


def test_the_head_reads_the_summary_and_signs(new_page, province, width):
    page = new_page(width=width, official=province.people["head-SXD"])
    page.goto(reverse("inbox"))
    page.get_by_role("link", name="Ký, gửi hồ sơ").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ký, gửi hồ sơ")
    assert faults(page) == []
    page.get_by_label("Tôi đã đọc bảng điểm").check()
    page.get_by_role("button", name="Ký, gửi hồ sơ").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Biên nhận nộp hồ sơ")
    case = province.case("SXD")
    assert (case.stage, case.submissions.count()) == (Stage.SUBMITTED, 1)
    expect(page.get_by_text(case.submissions.get().digest)).to_be_visible()
    assert faults(page) == []


def test_the_supervisor_finds_a_unit_without_diacritics_and_reads_where_it_stands(new_page, province, width):
    page = new_page(width=width, official=province.people["supervisor"])
    page.goto(reverse("progress"))
    page.get_by_label("Tìm đơn vị (không cần dấu)").fill("xay dung")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Sở Xây dựng").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sở Xây dựng")
    expect(page.get_by_text("không xem điểm của đơn vị")).to_be_visible()
    assert faults(page) == []


def test_the_administrator_creates_an_account_and_gives_it_a_role(new_page, province, width):
    page = new_page(width=width, official=province.people["administrator"])
    page.goto(reverse("account_create"))
    page.get_by_label("Tên đăng nhập").fill("can-bo-moi")
    page.get_by_label("Họ và tên").fill("Đặng Thị Ứng")
    page.get_by_label("Đơn vị").select_option(str(province.units["SXD"].pk))
    page.get_by_role("button", name="Tạo tài khoản").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Đã tạo tài khoản")
    assert faults(page) == []
    official = Official.objects.get(username="can-bo-moi")
    page.goto(reverse("account", args=[official.pk]))
    page.locator("select[name=role]").select_option(Role.OFFICER.value)
    page.locator("select[name=unit]").select_option(str(province.units["SXD"].pk))
    page.get_by_role("button", name="Giao vai trò").click()
    expect(page.get_by_text("Giao vai trò").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert Official.objects.get(pk=official.pk).holds(Role.OFFICER, province.units["SXD"])
    assert faults(page) == []
