"""Putting work off to a day of one's own, and overdue work that is reported to those above."""

import pytest
from django.urls import reverse

from assessments import clock
from assessments.enums import Role, WindowKind
from assessments.models import Official
from tests.province import Province, at, make_province, move, person, sweep
from tests.workflow.test_flow import to_submitted
from tests.workflow.test_inbox_page import numbers, press, read, shown
from workflow.models import Snooze, WorkItem
from workflow.queries.navigation import navigation_for

pytestmark = pytest.mark.django_db

WEDNESDAY = at("2023-12-20 09:00")
LATE = at("2024-02-20 09:00")  # the appraisal was due on 15/02/2024 at 08:00


@pytest.fixture
def province() -> Province:
    return make_province()


@pytest.fixture
def late(province) -> Province:
    """Both bodies are three working days late with the appraisal of SXD and SYT."""
    for code in ("SXD", "SYT"):
        to_submitted(province, code)
    sweep(at("2024-01-10 08:00"))
    return province


@pytest.fixture
def work(province) -> WorkItem:
    return WorkItem.objects.get(assessment__unit__code="SXD")


def put_off(client, province: Province, work: WorkItem, until: str = "2023-12-27", moment=WEDNESDAY, **fields):
    client.force_login(Official.objects.get(pk=province.people["officer-SXD"].pk))
    return press(client, "work_snooze", work, moment, until=until, **fields)


def waiting_in_navigation(who: Official, moment) -> int:
    with clock.simulated(moment):
        return next(item["count"] for item in navigation_for(who) if item["label"] == "Việc của tôi")


def test_work_put_off_leaves_the_other_tabs_and_the_navigation_until_its_day(client, province, work):
    answer = put_off(client, province, work, reason="Chờ số liệu", back="/viec/?muc=cho-xu-ly")

    assert (answer.status_code, answer.url) == (302, "/viec/?muc=cho-xu-ly")
    officer = province.people["officer-SXD"]
    hidden = read(client, officer, at("2023-12-26 23:59"))
    assert numbers(hidden) == {
        "Chờ xử lý": 0,
        "Sắp hết hạn": 0,
        "Quá hạn": 0,
        "Đã hẹn": 1,
        "Đã xử lý": 0,
        "Theo dõi": 0,
    }
    page = read(client, officer, at("2023-12-26 23:59"), muc="da-hen").content.decode()
    assert "hẹn đến 27/12/2023" in page
    assert "Chờ số liệu" in page
    assert waiting_in_navigation(officer, at("2023-12-26 23:59")) == 0

    assert waiting_in_navigation(officer, at("2023-12-27 00:00")) == 1
    awake = read(client, officer, at("2023-12-27 00:00"))
    assert (numbers(awake)["Chờ xử lý"], numbers(awake)["Đã hẹn"]) == (1, 0)


def test_a_colleague_still_sees_it(client, province, work):
    colleague = person("can-bo-2", province.units["SXD"], (Role.OFFICER, province.units["SXD"]))
    put_off(client, province, work)

    assert numbers(read(client, colleague))["Chờ xử lý"] == 1


def test_putting_off_again_moves_the_day_and_keeps_what_was(client, province, work):
    put_off(client, province, work)
    put_off(client, province, work, until="28/12/2023", moment=at("2023-12-21 09:00"))

    assert list(Snooze.objects.order_by("id").values_list("until_at", "woken_at")) == [
        (at("2023-12-27 00:00"), at("2023-12-21 09:00")),
        (at("2023-12-28 00:00"), None),
    ]


@pytest.mark.parametrize(
    ("until", "sentence"),
    [
        ("2023-12-20", "Ngày hẹn 20/12/2023 phải sau hôm nay (20/12/2023)."),
        ("2024-01-01", "hãy chọn chậm nhất ngày 31/12/2023"),
        ("", "Chọn ngày việc hiện lại."),
        ("mai", "Ngày không đúng; hãy chọn trên lịch hoặc viết như 05/01/2024."),
    ],
)
def test_a_day_that_cannot_be_is_refused_and_what_was_typed_stays(client, province, work, until, sentence):
    answer = put_off(client, province, work, until=until, reason="Chờ số liệu của phòng")

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert "Chờ số liệu của phòng" in answer.content.decode()
    assert Snooze.objects.count() == 0


def test_work_due_today_says_why_it_cannot_be_put_off(client, province, work):
    client.force_login(province.people["officer-SXD"])
    with clock.simulated(at("2023-12-31 09:00")):
        page = client.get(reverse("work_snooze", args=[work.pk])).content.decode()
        listed = client.get(reverse("inbox")).content.decode()

    assert "đến hạn hôm nay hoặc đã quá hạn nên không hẹn sang ngày khác được" in page
    assert '<form method="post" class="stack"' not in page
    assert "Hẹn ngày khác" not in listed
    assert put_off(client, province, work, until="2024-01-02", moment=at("2023-12-31 09:00")).status_code == 422


def test_the_form_offers_the_days_that_can_be_chosen(client, province, work):
    client.force_login(province.people["officer-SXD"])
    with clock.simulated(WEDNESDAY):
        page = client.get(reverse("work_snooze", args=[work.pk]), {"back": "/viec/?muc=da-hen"}).content.decode()

    assert 'type="date"' in page
    assert 'min="2023-12-21"' in page
    assert 'max="2023-12-31"' in page
    assert 'name="back" value="/viec/?muc=da-hen"' in page


def test_work_is_shown_again_at_once_when_asked(client, province, work):
    put_off(client, province, work)
    moment = at("2023-12-21 09:00")

    answer = press(client, "work_wake", work, moment, back="/viec/?muc=da-hen")

    assert answer.url == "/viec/?muc=da-hen"
    assert numbers(read(client, province.people["officer-SXD"], moment))["Chờ xử lý"] == 1
    again = press(client, "work_wake", work, moment)
    assert (again.status_code, again.context["refusals"]) == (
        422,
        ["Việc “Xác nhận người tham gia tập huấn” không hẹn sang ngày khác nên đang ở mục Chờ xử lý."],
    )


def test_a_deadline_that_is_moved_before_the_day_wakes_the_work(client, province, work):
    put_off(client, province, work, until="2023-12-31")
    with clock.simulated(at("2023-12-21 09:00")):
        move(province, WindowKind.TRAINING, "2023-12-29 17:00", unit="SXD")

    assert numbers(read(client, province.people["officer-SXD"], at("2023-12-21 10:00")))["Chờ xử lý"] == 1
    assert Snooze.objects.get().woken_at == at("2023-12-21 09:00")


@pytest.mark.parametrize("name", ["work_snooze", "work_wake"])
def test_work_of_others_is_not_put_off(client, province, work, name):
    client.force_login(province.people["officer-SYT"])

    assert press(client, name, work, until="2023-12-27").status_code == 404
    assert Snooze.objects.count() == 0


def test_the_organiser_reads_what_is_long_overdue_and_opens_the_case(client, late):
    organiser = late.people["organiser"]
    assert numbers(read(client, organiser, at("2024-02-21 09:00")))["Báo cáo quá hạn"] == 0

    response = read(client, organiser, at("2024-02-22 09:00"), muc="bao-cao-qua-han")  # five working days

    assert sorted(shown(response)) == [
        "SXD: Thẩm định – Sở Nội vụ",
        "SXD: Thẩm định – Sở Tư pháp",
        "SYT: Thẩm định – Sở Nội vụ",
        "SYT: Thẩm định – Sở Tư pháp",
    ]
    assert f'href="/ho-so/{late.case("SXD").pk}/"' in response.content.decode()
    assert "Hẹn ngày khác" not in response.content.decode()


def test_the_head_of_an_appraising_body_reads_of_the_own_body_alone_and_without_a_link(client, late):
    response = read(client, late.people["head-STP"], LATE, muc="bao-cao-qua-han")

    assert sorted(shown(response)) == ["SXD: Thẩm định – Sở Tư pháp", "SYT: Thẩm định – Sở Tư pháp"]
    assert f'href="/ho-so/{late.case("SXD").pk}/"' not in response.content.decode()
    assert client.get(reverse("case", args=[late.case("SXD").pk])).status_code == 404


def test_what_is_done_or_moved_is_reported_no_more(client, late):
    head = late.people["head-STP"]
    assert numbers(read(client, head, LATE))["Báo cáo quá hạn"] == 2
    WorkItem.objects.filter(branch__body_name="Sở Tư pháp", assessment__unit__code="SYT").update(
        closed_at=LATE, outcome="done"
    )
    assert numbers(read(client, head, LATE))["Báo cáo quá hạn"] == 1
    WorkItem.objects.filter(branch__body_name="Sở Tư pháp").update(version=2)
    assert numbers(read(client, head, LATE))["Báo cáo quá hạn"] == 0


def test_who_is_neither_head_nor_organiser_has_no_such_tab(client, late):
    for who in ("officer-SXD", "appraiser-STP", "secretary", "administrator"):
        response = read(client, late.people[who], LATE, muc="bao-cao-qua-han")
        assert "Báo cáo quá hạn" not in numbers(response), who
        assert response.context["tab"].label == "Chờ xử lý"


def test_the_new_tabs_take_eight_queries_at_one_row_and_at_more(client, late, django_assert_num_queries):
    for who, tab, moment, rows in (
        ("head-STP", "bao-cao-qua-han", LATE, 2),
        ("organiser", "bao-cao-qua-han", at("2024-02-22 09:00"), 4),
    ):
        client.force_login(late.people[who])
        with clock.simulated(moment), django_assert_num_queries(8):
            assert len(client.get(reverse("inbox"), {"muc": tab}).context["page"]) == rows
    appraiser = late.people["appraiser-SNV"]
    moment = at("2024-01-15 09:00")
    for number, work in enumerate(WorkItem.objects.open().filter(branch__body_name="Sở Nội vụ"), 1):
        client.force_login(appraiser)
        press(client, "work_snooze", work, moment, until="2024-01-20")
        with clock.simulated(moment), django_assert_num_queries(8):
            assert len(client.get(reverse("inbox"), {"muc": "da-hen"}).context["page"]) == number
