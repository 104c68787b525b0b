"""The calendar of one's own deadlines: what it holds, who can read it, and that calendar programs understand it."""

from datetime import timedelta
from urllib.parse import urlsplit

import icalendar
import pytest
from django.urls import reverse

from assessments import clock
from assessments.enums import Role, WindowKind
from assessments.models import ItemScore, Official
from tests.province import Province, at, make_province, person, request_for
from tests.workflow.test_flow import to_submitted
from workflow.calendar_file import Entry, calendar_file
from workflow.models import CalendarFeed, WorkItem
from workflow.operations import calendar_feed as operations
from workflow.operations.deadlines import move_deadline
from workflow.operations.inbox import snooze
from workflow.queries.calendar_feed import entries_of, feed_address

pytestmark = pytest.mark.django_db

NOW = at("2023-12-20 09:00")


@pytest.fixture
def province() -> Province:
    return make_province()


def address_for(person) -> str:
    """Return the path of a new address of ``person``."""
    return urlsplit(feed_address(operations.new_address(person=person, at=NOW))).path


def read(client, path: str, moment=NOW, **headers):
    with clock.simulated(moment):
        return client.get(path, headers=headers)


def events(answer) -> list[icalendar.Event]:
    return icalendar.Calendar.from_ical(answer.content).walk("VEVENT")


def test_the_calendar_holds_the_open_work_of_the_person_and_no_other(client, province):
    path = address_for(province.people["officer-SXD"])

    answer = read(client, path)

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    (event,) = events(answer)
    work = WorkItem.objects.open().get(assessment=province.case("SXD"))
    assert str(event["summary"]) == "Hạn: Xác nhận người tham gia tập huấn – Sở Xây dựng"
    assert event["dtend"].dt == work.due_at
    assert event["dtstart"].dt == work.due_at - timedelta(minutes=30)
    assert event["dtstart"].params["TZID"] == "Asia/Ho_Chi_Minh"
    assert str(event["url"]) == "http://127.0.0.1:8000" + reverse("work", args=[work.pk])


def test_a_deadline_at_midnight_lies_on_its_last_day(client, province):
    path = address_for(province.people["officer-SXD"])

    (event,) = events(read(client, path))

    assert f"{event['dtstart'].dt:%d/%m/%Y %H:%M}" == "31/12/2023 23:30"
    assert "Hạn: 24:00 ngày 31/12/2023" in str(event["description"])


def test_a_moved_deadline_keeps_its_entry_and_says_that_it_changed(client, province):
    path = address_for(province.people["officer-SXD"])
    (before,) = events(read(client, path))
    moved_at = at("2023-12-21 10:00")
    with clock.simulated(moved_at):
        request = request_for(province, WindowKind.TRAINING, "2024-01-03 00:00", unit="SXD")
        move_deadline(request=request, by=province.people["organiser"])

    (after,) = events(read(client, path))

    assert after["uid"] == before["uid"]
    assert after["dtend"].dt == at("2024-01-03 00:00")
    assert (before["sequence"], after["sequence"]) == (0, 1)
    assert after["last-modified"].dt == moved_at.replace(microsecond=0)
    assert after["last-modified"].dt > before["last-modified"].dt


def test_what_is_done_leaves_the_calendar(client, province):
    to_submitted(province, "SXD")

    assert events(read(client, address_for(province.people["officer-SXD"]))) == []


def test_what_was_put_off_is_still_due(client, province):
    officer = province.people["officer-SXD"]
    with clock.simulated(NOW):
        snooze(
            work=WorkItem.objects.open().get(assessment=province.case("SXD")),
            until=NOW.date().replace(day=26),
            by=officer,
        )

    assert len(events(read(client, address_for(officer)))) == 1


def test_what_is_scored_changes_nothing_in_the_calendar(client, province):
    path = address_for(province.people["officer-SXD"])
    before = read(client, path).content

    scored = ItemScore.objects.filter(assessment=province.case("SXD")).update(
        self_input={"numerator": "9", "denominator": "10"}, explanation="Giải trình", appraiser_note="Lý do"
    )

    assert scored > 0
    assert read(client, path).content == before


def test_the_calendar_is_asked_for_once_and_then_answers_unchanged(client, province):
    path = address_for(province.people["officer-SXD"])
    first = read(client, path)

    again = read(client, path, if_none_match=first["ETag"])

    assert (first.status_code, again.status_code) == (200, 304)
    assert again.content == b""
    assert first["Cache-Control"] == "private, no-cache"


def test_only_the_digest_of_the_secret_is_kept(province):
    secret = operations.new_address(person=province.people["officer-SXD"], at=NOW)

    feed = CalendarFeed.objects.get()

    assert secret not in {feed.digest, str(feed)}
    assert len(secret) >= 43  # 256 bits


def test_a_new_address_ends_the_old_one(client, province):
    officer = province.people["officer-SXD"]
    old, new = address_for(officer), address_for(officer)

    assert [read(client, path).status_code for path in (old, new)] == [404, 200]
    assert CalendarFeed.objects.filter(person=officer).count() == 2  # nothing is destroyed


def test_a_revoked_address_and_that_of_a_closed_account_answer_nothing(client, province):
    officer, head = province.people["officer-SXD"], province.people["head-SXD"]
    revoked, closed = address_for(officer), address_for(head)
    operations.revoke(person=officer, at=NOW)
    head.is_active = False
    head.save(update_fields=["is_active"])

    answers = [read(client, path) for path in (revoked, closed, "/lich/abc.ics")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({answer.content for answer in answers}) == 1  # nothing tells which of them once worked


def test_the_address_is_shown_once_and_works(client, province):
    client.force_login(province.people["officer-SXD"])
    before = client.get(reverse("own_calendar")).content.decode()

    made = client.post(reverse("own_calendar_address"))

    address = made.context["address"]
    assert 'value="http://127.0.0.1:8000/lich/' in made.content.decode()
    assert "Tạo địa chỉ lịch" in before
    assert address not in client.get(reverse("own_calendar")).content.decode()
    client.logout()
    assert read(client, urlsplit(address).path).status_code == 200


def test_the_page_revokes_and_says_so(client, province):
    client.force_login(province.people["officer-SXD"])
    path = address_for(province.people["officer-SXD"])

    done = client.post(reverse("own_calendar_revoke"), follow=True)
    again = client.post(reverse("own_calendar_revoke"), follow=True)

    assert "Đã thu hồi địa chỉ lịch" in done.content.decode()
    assert "không có gì để thu hồi" in again.content.decode()
    assert read(client, path).status_code == 404


def test_a_reading_is_noted_once_an_hour(client, province, django_assert_num_queries):
    path = address_for(province.people["officer-SXD"])
    read(client, path)

    with django_assert_num_queries(3):  # the feed with its person, the roles, the work
        read(client, path, NOW + timedelta(minutes=59))

    assert CalendarFeed.objects.get().read_at == NOW
    read(client, path, NOW + timedelta(minutes=61))
    assert CalendarFeed.objects.get().read_at == NOW + timedelta(minutes=61)


def test_one_and_three_deadlines_cost_the_same(province, django_assert_num_queries):
    units = [province.units[code] for code in ("SXD", "SYT", "STP")]
    one = person("mot-viec", units[0], (Role.OFFICER, units[0]))
    three = person("ba-viec", units[0], *((Role.OFFICER, unit) for unit in units))

    for official, number in ((one, 1), (three, 3)):
        with django_assert_num_queries(3):  # the person, the roles, the work
            assert len(entries_of(Official.objects.get(pk=official.pk))) == number


def entry(**changed) -> Entry:
    fields = {
        "uid": "viec-1@example.vn",
        "due_at": at("2024-01-10 00:00"),
        "title": "Tự chấm điểm; phần 1, 2 – Sở Giáo dục và Đào tạo tỉnh Hải Dương, đơn vị có tên rất dài",
        "description": "Hạn: 24:00 ngày 09/01/2024\nKỳ: 2023",
        "link": "https://cchc.example.vn/viec/1/",
        "sequence": 0,
        "changed_at": at("2023-12-11 08:00"),
    }
    return Entry(**(fields | changed))


def test_the_file_keeps_to_the_format():
    content = calendar_file([entry(), entry(uid="viec-2@example.vn", sequence=3)])

    lines = content.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert max(len(line) for line in lines) <= 75
    assert b"\n" not in content.replace(b"\r\n", b"")
    text = content.replace(b"\r\n ", b"").decode()  # unfolded
    assert "SUMMARY:Hạn: Tự chấm điểm\\; phần 1\\, 2 – Sở Giáo dục" in text
    assert "DESCRIPTION:Hạn: 24:00 ngày 09/01/2024\\nKỳ: 2023\\nhttps://cchc.example.vn/viec/1/" in text
    assert "DTSTART;TZID=Asia/Ho_Chi_Minh:20240109T233000" in text
    assert "DTSTAMP:20231211T010000Z" in text
    assert "SEQUENCE:3" in text


def test_the_file_brings_its_time_zone_along():
    parsed = icalendar.Calendar.from_ical(calendar_file([entry()]))

    (zone,) = parsed.walk("VTIMEZONE")
    (rule,) = parsed.walk("STANDARD")
    assert str(zone["tzid"]) == "Asia/Ho_Chi_Minh"
    assert (rule["tzoffsetfrom"].td, rule["tzoffsetto"].td) == (timedelta(hours=7), timedelta(hours=7))
    assert rule["dtstart"].dt < at("2000-01-01 00:00").replace(tzinfo=None)


def test_the_same_entries_make_the_same_bytes():
    assert calendar_file([entry()]) == calendar_file([entry()])
