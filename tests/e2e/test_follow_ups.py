"""Putting work off and finding it again, and the organiser's reminders, in a real browser at both widths."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from assessments.rules.calendar import local_day
from tests.e2e.conftest import faults
from tests.province import Province, make_province, season_around_now
from workflow.models import ReminderRule, Snooze

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True), pytest.mark.parametrize("width", [1440, 390])]


@pytest.fixture
def province() -> Province:
    with season_around_now("2023-12-20 09:00"):
        return make_province()


def test_an_officer_puts_work_off_by_keyboard_and_shows_it_again(new_page, province, width):
    page = new_page(width=width, official=province.people["officer-SXD"])
    page.goto(reverse("inbox"))
    page.get_by_role("link", name="Hẹn ngày khác").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hẹn sang ngày khác")
    assert faults(page) == []
    until = local_day(timezone.now()) + timedelta(days=3)
    page.get_by_label("Hiện lại vào ngày").fill((until + timedelta(days=60)).isoformat())
    page.get_by_label("Ghi chú cho mình").fill("Chờ số liệu")
    page.keyboard.press("Enter")
    expect(page.get_by_text("hãy chọn chậm nhất ngày").first).to_be_visible()
    expect(page.get_by_label("Ghi chú cho mình")).to_have_value("Chờ số liệu")
    assert faults(page) == []
    page.get_by_label("Hiện lại vào ngày").fill(until.isoformat())
    page.get_by_role("button", name="Hẹn").click()
    expect(page.get_by_text("Không có việc nào ở mục này.")).to_be_visible()
    page.get_by_role("navigation", name="Nhóm việc").get_by_role("link", name="Đã hẹn").click()
    expect(page.get_by_text(f"hẹn đến {until:%d/%m/%Y}")).to_be_visible()
    expect(page.get_by_text("Chờ số liệu")).to_be_visible()
    assert faults(page) == []
    assert Snooze.objects.get().person == province.people["officer-SXD"]
    page.get_by_role("button", name="Hiện lại ngay").click()
    expect(page.get_by_text("đã trở lại mục Chờ xử lý")).to_be_visible()
    page.get_by_role("navigation", name="Nhóm việc").get_by_role("link", name="Chờ xử lý").click()
    expect(page.get_by_role("link", name="Xác nhận người tham gia tập huấn", exact=True)).to_be_visible()


def test_the_organiser_adds_a_reminder_and_takes_it_away(new_page, province, width):
    page = new_page(width=width, official=province.people["organiser"])
    page.goto(reverse("period", args=["TINH-2023"]))
    page.get_by_role("link", name="Nhắc việc: các mốc nhắc").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nhắc việc")
    assert faults(page) == []
    page.get_by_label("Số ngày").fill("2")
    page.get_by_role("button", name="Thêm mốc").click()
    expect(page.get_by_text("Đã thêm mốc nhắc: 2 ngày làm việc trước hạn")).to_be_visible()
    assert ReminderRule.objects.in_force().count() == 9
    page.get_by_role("button", name="Bỏ mốc 2 ngày làm việc trước hạn").click()
    expect(page.get_by_text("Đã bỏ mốc nhắc: 2 ngày làm việc trước hạn")).to_be_visible()
    expect(page.get_by_role("heading", name="Mốc đã bỏ")).to_be_visible()
    assert faults(page) == []
    assert ReminderRule.objects.in_force().count() == 8
