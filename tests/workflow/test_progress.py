"""Progress by stage: who sees whose, what counts as overdue, and what leaves as CSV."""

import csv
from io import StringIO

import pytest
from django.urls import reverse

from assessments import clock
from assessments.enums import Role, Stage, UnitKind
from assessments.models import Unit
from assessments.operations.units import write_unit
from tests.province import Province, at, make_province, person, sweep
from tests.workflow.test_flow import to_sign_off, to_submitted
from workflow.exports import csv_of, safe_cell

pytestmark = pytest.mark.django_db

DURING_APPRAISAL = at("2024-01-16 09:00")


@pytest.fixture
def province() -> Province:
    return make_province()


@pytest.fixture
def mixed(province) -> Province:
    """Sở Xây dựng is appraised, Sở Tư pháp and Sở Y tế are held because they are late."""
    to_submitted(province, "SXD")
    sweep(at("2024-01-01 00:00"))
    sweep(at("2024-01-10 00:00"))
    sweep(at("2024-01-10 08:00"))
    return province


def read(client, province: Province, who: str = "organiser", moment=DURING_APPRAISAL, **asked):
    client.force_login(province.people[who])
    with clock.simulated(moment):
        return client.get(reverse("progress"), asked)


def units(response) -> list[str]:
    return [row.case.unit.code for row in response.context["rows"]]


def figures(response) -> dict[str, int]:
    return {stat["label"]: stat["value"] for stat in response.context["stats"]}


def test_the_figures_count_units_submitted_overdue_held_and_without_training(client, mixed):
    assert figures(read(client, mixed)) == {
        "Đơn vị": 3,
        "Đã nộp hồ sơ": 1,
        "Có bước quá hạn": 2,
        "Tạm khóa": 2,
        "Chưa xác nhận tập huấn": 2,
    }


def test_each_stage_says_how_many_and_how_many_overdue(client, mixed):
    rows = read(client, mixed).context["stage_rows"]

    assert [(row["label"], row["tally"].text) for row in rows] == [
        ("Tạm khóa do quá hạn", "2, 2 quá hạn"),
        ("Thẩm định", "1"),
    ]


def test_the_heat_cells_say_it_in_words(client, mixed):
    response = read(client, mixed, xem="ban-do")
    cells = {row.case.unit.code: [cell["text"] for cell in row.cells] for row in response.context["rows"]}
    kinds = {row["label"]: [cell["text"] for cell in row["cells"]] for row in response.context["tally_rows"]}

    assert cells["SXD"] == ["Xong", "Xong", "Xong", "Xong", "Xong", "Đang làm", "–", "–", "–", "–"]
    assert cells["SYT"] == ["Xong", "Xong", "Tạm khóa", "–", "–", "–", "–", "–", "–", "–"]
    assert kinds == {"Sở, ban, ngành": ["–", "–", "2, 2 quá hạn", "–", "–", "1", "–", "–", "–", "–"]}


def test_a_unit_says_stage_deadline_policy_training_and_for_whom_it_waits(client, mixed):
    response = read(client, mixed)
    rows = {row.case.unit.code: row for row in response.context["rows"]}

    assert (rows["SXD"].due_at, rows["SXD"].working_days_left, rows["SXD"].is_overdue) == (
        at("2024-02-15 08:00"),
        17,
        False,
    )
    assert rows["SXD"].waits_for == "Người thẩm định, Sở Nội vụ; Người thẩm định, Sở Tư pháp"
    assert (rows["SYT"].is_overdue, rows["SYT"].is_closed) == (True, True)
    assert (rows["SYT"].late_policy, rows["SYT"].waits_for) == (
        "Tạm khóa đến khi được gia hạn",
        "Đơn vị tổ chức gia hạn",
    )
    page = response.content.decode()
    assert "1 người, 12/12/2023" in page
    assert page.count("Chưa xác nhận</span>") == 2


def test_an_open_step_past_its_due_moment_is_overdue_even_before_the_timer(client, province):
    assert figures(read(client, province, moment=at("2023-12-31 23:59")))["Có bước quá hạn"] == 0
    assert figures(read(client, province, moment=at("2024-01-01 00:00")))["Có bước quá hạn"] == 3


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"buoc": "held"}, ["STP", "SYT"]),
        ({"qua-han": "1"}, ["STP", "SYT"]),
        ({"tap-huan": "chua"}, ["STP", "SYT"]),
        ({"loai": "huyen"}, []),
        ({"loai": "so", "q": "xay dung"}, ["SXD"]),
        ({"q": "Y TẾ", "qua-han": "1"}, ["SYT"]),
        ({"buoc": "khong-co", "loai": "khong-co"}, ["STP", "SXD", "SYT"]),
    ],
)
def test_filters_narrow_the_list(client, mixed, asked, expected):
    assert units(read(client, mixed, **asked)) == expected


def test_the_units_are_sorted_by_the_heads_and_the_filters_stay(client, mixed):
    assert units(read(client, mixed)) == ["STP", "SXD", "SYT"]
    assert units(read(client, mixed, xep="-don-vi")) == ["SYT", "SXD", "STP"]
    assert units(read(client, mixed, xep="buoc-hien-tai")) == ["STP", "SYT", "SXD"]
    assert units(read(client, mixed, xep="-han"))[0] == "SXD"  # the others have no deadline
    page = read(client, mixed, xep="buoc-hien-tai", loai="so").content.decode()
    assert page.count('aria-sort="ascending"') == 1
    assert "loai=so&amp;xep=-buoc-hien-tai#don-vi" in page


def test_each_unit_leads_to_its_case(client, mixed):
    page = read(client, mixed, "supervisor").content.decode()

    assert f'href="/ho-so/{mixed.case("SYT").pk}/"' in page


def test_a_supervisor_sees_the_units_below_and_no_others(client, mixed):
    division = person("theo-doi-syt", mixed.units["SYT"], (Role.SUPERVISOR, mixed.units["SYT"]))
    client.force_login(division)

    response = client.get(reverse("progress"))

    assert units(response) == ["SYT"]
    assert figures(response)["Đơn vị"] == 1


@pytest.mark.parametrize("who", ["organiser", "secretary", "council", "supervisor"])
def test_those_who_run_or_follow_the_period_see_all_of_it(client, mixed, who):
    assert units(read(client, mixed, who)) == ["STP", "SXD", "SYT"]


@pytest.mark.parametrize("who", ["officer-SXD", "head-SXD", "appraiser-STP", "administrator"])
def test_others_are_told_whom_the_page_is_for(client, mixed, who):
    response = read(client, mixed, who)

    assert response.status_code == 403
    assert "Trang tiến độ dành cho" in response.content.decode()
    assert client.get(reverse("progress_export")).status_code == 403


def test_a_period_of_somebody_else_is_not_found(client, mixed):
    other = write_unit(code="TH", name="Huyện Thanh Hà", kind=UnitKind.DISTRICT, parent=mixed.root)
    client.force_login(person("to-chuc-th", other, (Role.ORGANISER, other)))

    assert client.get(reverse("progress"), {"ky": "TINH-2023"}).status_code == 404
    assert client.get(reverse("progress_export"), {"ky": "TINH-2023"}).status_code == 404
    assert "Chưa có kỳ đánh giá nào" in client.get(reverse("progress")).content.decode()


def test_a_draft_period_is_not_shown(client):
    province = make_province(opened=False)

    assert read(client, province).context["period"] is None


def test_htmx_gets_the_part_that_changes_alone(client, mixed):
    client.force_login(mixed.people["organiser"])
    with clock.simulated(DURING_APPRAISAL):
        answer = client.get(reverse("progress"), {"qua-han": "1"}, headers={"HX-Request": "true"})

    page = answer.content.decode()
    assert "<html" not in page
    assert f'href="/ho-so/{mixed.case("SYT").pk}/"' in page
    assert "HX-Request" in answer["Vary"]


def test_the_page_polls_with_its_own_filters(client, mixed):
    page = read(client, mixed, **{"qua-han": "1"}).content.decode()

    assert 'hx-get="/tien-do/?qua-han=1" hx-trigger="every 60s"' in page


def test_the_export_holds_what_the_filters_show(client, mixed):
    client.force_login(mixed.people["organiser"])
    with clock.simulated(DURING_APPRAISAL):
        answer = client.get(reverse("progress_export"), {"qua-han": "1"})

    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["Mã đơn vị"] for row in rows] == ["STP", "SYT"]
    assert rows[1] == {
        "Kỳ đánh giá": "Kỳ đánh giá năm 2023",
        "Mã đơn vị": "SYT",
        "Đơn vị": "Sở Y tế",
        "Loại đơn vị": "Sở, ban, ngành",
        "Bước": "Tạm khóa do quá hạn",
        "Từ lúc": rows[1]["Từ lúc"],
        "Hạn": "10/01/2024 00:00",
        "Quá hạn": "Có",
        "Đang chờ": "Đơn vị tổ chức gia hạn",
        "Xử lý quá hạn": "Tạm khóa đến khi được gia hạn",
        "Xác nhận tập huấn": "Chưa xác nhận",
        "Số người tập huấn": "0",
    }
    assert answer["Content-Disposition"] == 'attachment; filename="tien-do-TINH-2023.csv"'


def test_a_name_that_looks_like_a_formula_leaves_as_text(client, province):
    Unit.objects.filter(code="SYT").update(name='=HYPERLINK("http://x";"y")')
    client.force_login(province.people["organiser"])
    with clock.simulated(DURING_APPRAISAL):
        text = client.get(reverse("progress_export")).content.decode("utf-8-sig")

    assert "\"'=HYPERLINK(" in text


@pytest.mark.parametrize("value", ["=1+1", "+84", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1"])
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(value):
    assert safe_cell(value) == f"'{value}"


@pytest.mark.parametrize(("value", "cell"), [("Sở Y tế", "Sở Y tế"), (3, "3"), (None, ""), ("a=b", "a=b"), ("", "")])
def test_other_cells_stay_as_they_are(value, cell):
    assert safe_cell(value) == cell


def test_a_csv_begins_with_the_mark_that_excel_needs():
    assert csv_of(["Đơn vị"], [["Sở Y tế"]]) == "\ufeffĐơn vị\r\nSở Y tế\r\n".encode()


def test_the_page_takes_the_same_queries_at_one_row_and_at_three(client, django_assert_num_queries):
    province = make_province()
    to_sign_off(province, "SXD")
    client.force_login(province.people["organiser"])
    with clock.simulated(DURING_APPRAISAL), django_assert_num_queries(11):
        assert len(client.get(reverse("progress"), {"q": "xay dung"}).context["rows"]) == 1
    with clock.simulated(DURING_APPRAISAL), django_assert_num_queries(11):
        assert len(client.get(reverse("progress")).context["rows"]) == 3
    assert province.case("SXD").stage == Stage.SIGN_OFF
