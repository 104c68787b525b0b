"""The organiser imports a criteria set in two steps and reads it, in a real browser."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from assessments.models import CriteriaSet
from tests.assessments.season import CRITERIA_CSV
from tests.e2e.conftest import faults as faults_now
from tests.province import make_province

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def faults(page):
    page.wait_for_load_state("networkidle")
    return faults_now(page)


@pytest.mark.parametrize("width", [1440, 390])
def test_organiser_imports_a_set_and_reads_it(transactional_db, new_page, tmp_path, width):
    spoiled = tmp_path / "criteria_xa.csv"
    spoiled.write_text(CRITERIA_CSV["xa"].read_text(encoding="utf-8").replace(",3.00,", ",3.x,", 1), encoding="utf-8")
    page = new_page(width=width, official=make_province().people["organiser"])
    found = {}

    page.goto(reverse("criteria_sets"))
    found["list"] = faults(page)
    page.get_by_role("link", name="Nhập bộ tiêu chí").click()
    found["import"] = faults(page)
    page.get_by_label("Tệp bộ tiêu chí").set_input_files(spoiled)
    page.get_by_label("Năm đánh giá").fill("2023")
    page.get_by_role("button", name="Kiểm tra tệp").click()
    expect(page.get_by_text("«3.x» không đọc được thành số")).to_be_visible()
    found["problems"] = faults(page)
    page.get_by_label("Tệp bộ tiêu chí").set_input_files(CRITERIA_CSV["xa"])
    page.get_by_role("button", name="Kiểm tra tệp").click()
    page.get_by_text("Xem 119 dòng").click()
    found["preview"] = faults(page)
    page.get_by_role("button", name="Xác nhận nhập").click()
    expect(page.get_by_text("Đã nhập 1 bộ tiêu chí")).to_be_visible()
    stored = CriteriaSet.objects.get(series="cchc-xa")
    page.goto(reverse("criteria_set", args=[stored.pk]))
    expect(page.get_by_text("Bộ tiêu chí mẫu – minh họa").first).to_be_visible()
    found["set"] = faults(page)
    page.get_by_role("link", name="Sao chép").click()
    found["copy"] = faults(page)

    assert found == {key: [] for key in found}
