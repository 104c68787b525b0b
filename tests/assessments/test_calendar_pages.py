"""The working calendar through HTTP: read by everybody, kept by the province."""

from datetime import date
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from assessments import clock
from assessments.enums import Role, UnitKind
from assessments.models import AuditEvent, DayOff
from assessments.operations.calendar import write_day
from assessments.operations.units import write_unit
from assessments.queries.calendar import working_calendar
from tests.province import OPENING, make_province, person
from tests.workflow.test_period_pages import errors_of

pytestmark = pytest.mark.django_db
PAGE = "/lich-lam-viec/"
HOLIDAYS = Path(__file__).resolve().parents[2] / "season" / "hai_duong_2023" / "holidays_vn_2023_2024.csv"
ROW = {"date": "02/01/2026", "kind": "off", "name": "Nghỉ hoán đổi", "document": "8662/VPCP-KGVX"}


@pytest.fixture(autouse=True)
def kept_files(settings, tmp_path):
    """Let dry runs keep their files away from the site's."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def province():
    return make_province(opened=False)


@pytest.fixture
def organiser(client, province):
    """The organiser of the province, signed in."""
    client.force_login(province.people["organiser"])
    return province.people["organiser"]


def day(number: int, **more) -> DayOff:
    fields = {"name": "Nghỉ theo văn bản", "is_working": False, "document": "1/TB"} | more
    return write_day(day=date(2026, 1, number), by=None, at=OPENING, **fields)


def send(client, content: str | bytes, document: str = "5015/TB-LĐTBXH"):
    content = content.encode() if isinstance(content, str) else content
    return client.post(PAGE + "nhap/", {"file": ContentFile(content, name="lich.csv"), "document": document})


def test_a_year_shows_rows_over_the_library_and_says_that_deadlines_stay(client, province):
    day(2)
    client.force_login(province.people["officer-SXD"])

    page = client.get(PAGE, {"nam": "2026"})

    text = page.content.decode()
    assert '<td class="is-row" title="Nghỉ theo văn bản">2<small>nghỉ</small></td>' in text
    assert '<td class="is-holiday" title="Tết Dương lịch">1<small>lễ</small></td>' in text
    assert "Sửa lịch không làm đổi hạn đã đặt" in text
    assert "1/TB" in text
    assert page.context["working_days"][0] == 20
    assert "Thêm ngày" not in text


def test_the_years_shown_are_those_that_the_library_reaches(client, organiser):
    years = [client.get(PAGE, {"nam": asked}).context["year"] for asked in ("1999", "2031", "9999")]

    assert years == [2020, 2031, 2039]


@pytest.mark.parametrize("asked", ["", "abc", "²", "20266"])
def test_a_year_that_is_none_shows_the_present_one(client, organiser, asked):
    assert client.get(PAGE, {"nam": asked}).context["year"] == client.get(PAGE).context["year"]


def test_a_day_is_added_changed_and_withdrawn_with_events(client, organiser):
    added = client.post(PAGE + "them/", ROW)
    row = DayOff.objects.get()
    client.post(f"{PAGE}{row.pk}/", ROW | {"kind": "working", "name": "Không nghỉ"})
    after_change = DayOff.objects.get()
    client.post(f"{PAGE}{row.pk}/bo/", {"reason": "Văn bản đã bị thay thế"})

    assert added["Location"] == "/lich-lam-viec/?nam=2026"
    assert (after_change.is_working, after_change.name) == (True, "Không nghỉ")
    assert DayOff.objects.get().withdrawn_by == organiser
    assert list(AuditEvent.objects.filter(kind__startswith="day_").values_list("kind", flat=True)) == [
        "day_written",
        "day_written",
        "day_withdrawn",
    ]
    assert "Dòng đã bỏ khỏi lịch" in client.get(PAGE, {"nam": "2026"}).content.decode()
    assert client.get(f"{PAGE}{row.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"date": "31/02/2026"}, ["Ngày phải viết như 02/01/2026."]),
        ({"document": ""}, ["Ghi số văn bản."]),
        ({"kind": "half"}, ["Chọn nghỉ hoặc làm việc."]),
        ({"date": "05/01/2026"}, ["Ngày 05/01/2026 đã có trong lịch; hãy sửa dòng của ngày đó."]),
    ],
)
def test_a_refused_day_keeps_what_was_typed(client, organiser, changes, errors):
    day(5)

    response = client.post(PAGE + "them/", ROW | changes)

    assert (response.status_code, errors_of(response)) == (422, errors)
    assert 'value="Nghỉ hoán đổi"' in response.content.decode()
    assert DayOff.objects.count() == 1


def test_the_organiser_of_a_district_reads_and_does_not_keep(client, province):
    district = write_unit(code="294", name="Huyện Thanh Hà", kind=UnitKind.DISTRICT, parent=province.root)
    client.force_login(person("h-to-chuc", district, (Role.ORGANISER, district)))
    row = day(2)

    pages = ["them/", "nhap/", f"{row.pk}/", f"{row.pk}/bo/"]
    assert client.get(PAGE).status_code == 200
    assert [client.get(PAGE + each).status_code for each in pages] == [403] * 4
    assert [client.post(PAGE + each, ROW | {"reason": "x"}).status_code for each in pages] == [403] * 4
    assert DayOff.objects.in_force().count() == 1


def test_the_file_of_the_reference_season_is_tried_first_and_then_written(client, organiser):
    dry = send(client, HOLIDAYS.read_bytes())
    after_dry_run = DayOff.objects.count()

    response = client.post(
        PAGE + "nhap/xac-nhan/", {"token": dry.context["token"], "document": dry.context["document"]}
    )

    assert (dry.status_code, after_dry_run, len(dry.context["previews"])) == (200, 0, 31)
    assert response["Location"] == "/lich-lam-viec/?nam=2024"
    assert DayOff.objects.in_force().filter(document="5015/TB-LĐTBXH").count() == 31
    calendar = working_calendar()
    assert [calendar.is_working_day(date(2024, 2, 8)), calendar.is_working_day(date(2024, 5, 4))] == [False, True]
    again = send(client, HOLIDAYS.read_bytes())
    assert {change for *_, change in again.context["previews"]} == {"như cũ"}


@pytest.mark.parametrize(
    ("content", "sentences"),
    [
        ("date,name\n2024-02-08,Tết\n", ["Thiếu cột kind; dòng tiêu đề cần: date, name, kind."]),
        ("date,name,kind\n", ["Tệp không có dòng nào."]),
        (
            "date,name,kind\n2024-02-30,Tết,off\n2024-02-08,,nửa\n",
            [
                "“2024-02-30” không phải ngày; viết như 2024-02-08 hoặc 08/02/2024.",
                "“nửa” không có trong danh mục; viết off (nghỉ) hoặc working (làm việc).",
                "Ghi lý do của ngày này.",
            ],
        ),
        (
            "date,name,kind\n2024-02-08,Tết,off\n08/02/2024,Tết,nghỉ\n",
            ["Ngày 08/02/2024 đã có ở dòng 2; giữ lại một dòng."],
        ),
    ],
)
def test_a_file_with_faults_writes_nothing_and_says_where(client, organiser, content, sentences):
    response = send(client, content)

    assert response.status_code == 422
    assert [problem.sentence for problem in response.context["problems"]] == sentences
    assert DayOff.objects.count() == 0


def test_a_document_in_the_file_goes_before_the_one_typed(client, organiser):
    dry = send(client, "date;name;kind;document\n02/01/2026;Nghỉ;off;9/TB\n10/01/2026;Làm bù;working;\n", "1/TB")
    client.post(PAGE + "nhap/xac-nhan/", {"token": dry.context["token"], "document": "1/TB"})

    assert dict(DayOff.objects.values_list("date__day", "document")) == {2: "9/TB", 10: "1/TB"}


def test_a_kept_file_of_somebody_else_is_not_confirmed(client, province, organiser):
    token = send(client, "date,name,kind\n2026-01-02,Nghỉ,off\n").context["token"]
    client.force_login(person("to-chuc-2", province.units["SNV"], (Role.ORGANISER, province.root)))

    response = client.post(PAGE + "nhap/xac-nhan/", {"token": token, "document": "1/TB"})

    assert response.status_code == 422
    assert DayOff.objects.count() == 0


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_a_fixed_number_of_queries(client, organiser, django_assert_num_queries, count):
    for number in range(count):
        day(number + 5)

    with clock.simulated(OPENING), django_assert_num_queries(7):
        page = client.get(PAGE, {"nam": "2026"})

    assert len(page.context["rows"]) == count
