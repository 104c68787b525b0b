"""Working days: what the library says, and that a row of the table wins over it either way."""

import time
from datetime import date, timedelta

import pytest

from assessments import clock
from assessments.models import AuditEvent, DayOff
from assessments.operations import calendar as operations
from assessments.operations.calendar import write_day
from assessments.queries.calendar import library_calendar, overridden, working_calendar, year_of
from assessments.rules import NotAllowed, NotPermitted
from assessments.rules.calendar import DayRow, WorkingCalendar, check_calendar, month_window
from tests.province import OPENING, at, make_province

TET_2024 = [date(2024, 2, day) for day in range(8, 15)]
FRIDAY_OFF, SATURDAY_WORKED = date(2026, 1, 2), date(2026, 1, 10)
AUGUST_2026 = date(2026, 8, 22)


@pytest.fixture
def province(db):
    return make_province(opened=False)


def write(day: date, *, is_working: bool) -> None:
    write_day(day=day, name="Theo văn bản", is_working=is_working, by=None, at=OPENING)


def test_a_row_says_that_a_day_is_off_which_an_older_library_missed():
    base = WorkingCalendar(days_off=frozenset(TET_2024[1:]))

    calendar = overridden(base, [(date(2024, 2, 8), "Nghỉ Tết Giáp Thìn", False)])

    assert base.is_working_day(date(2024, 2, 8))
    assert not calendar.is_working_day(date(2024, 2, 8))
    assert calendar.why_off(date(2024, 2, 8)) == "Nghỉ Tết Giáp Thìn"


def test_the_installed_library_knows_all_of_tet_2024():
    assert [library_calendar().is_working_day(day) for day in TET_2024] == [False] * 7


def test_the_installed_library_knows_nothing_of_the_swap_of_january_2026():
    base = library_calendar()

    assert (base.is_working_day(FRIDAY_OFF), base.is_working_day(SATURDAY_WORKED)) == (True, False)


@pytest.mark.django_db
def test_the_swap_of_january_2026_wins_in_both_directions():
    write(FRIDAY_OFF, is_working=False)
    write(SATURDAY_WORKED, is_working=True)
    calendar = working_calendar()

    assert (calendar.is_working_day(FRIDAY_OFF), calendar.is_working_day(SATURDAY_WORKED)) == (False, True)
    assert calendar.add_working_days(date(2025, 12, 31), 1) == date(2026, 1, 5)
    assert calendar.add_working_days(date(2026, 1, 9), 1) == SATURDAY_WORKED
    assert calendar.working_days_after(date(2025, 12, 31), date(2026, 1, 11)) == 6


@pytest.mark.django_db
def test_a_saturday_that_the_library_calls_worked_is_worked_unless_a_row_says_off():
    before = working_calendar().is_working_day(AUGUST_2026)
    write(AUGUST_2026, is_working=False)

    assert (before, working_calendar().is_working_day(AUGUST_2026)) == (True, False)


@pytest.mark.django_db
def test_a_row_may_say_that_a_holiday_of_the_library_is_worked():
    write(date(2024, 1, 1), is_working=True)

    assert not library_calendar().is_working_day(date(2024, 1, 1))
    assert working_calendar().is_working_day(date(2024, 1, 1))


def test_three_working_days_after_the_last_day_before_tet_is_the_nineteenth():
    assert library_calendar().add_working_days(date(2024, 2, 7), 3) == date(2024, 2, 19)


@pytest.mark.parametrize(
    ("start", "last", "count"),
    [
        ("2024-01-09", "2024-01-09", 0),
        ("2024-01-09", "2024-01-10", 1),
        ("2024-01-10", "2024-01-09", -1),
        ("2024-01-12", "2024-01-14", 0),
        ("2023-11-30", "2023-12-31", 21),
        ("2023-12-31", "2024-01-31", 22),
        ("2024-01-31", "2024-02-29", 16),
        ("2024-02-29", "2024-03-31", 21),
    ],
)
def test_working_days_of_the_season_are_those_of_the_plan(start, last, count):
    assert library_calendar().working_days_after(date.fromisoformat(start), date.fromisoformat(last)) == count


def test_counting_agrees_with_looking_at_every_day():
    calendar = overridden(
        library_calendar(), [(FRIDAY_OFF, "", False), (SATURDAY_WORKED, "", True), (date(2026, 1, 3), "", False)]
    )
    start = date(2025, 12, 1)

    for length in range(120):
        last = start + timedelta(days=length)
        every = [start + timedelta(days=number) for number in range(1, length + 1)]
        assert calendar.working_days_after(start, last) == sum(map(calendar.is_working_day, every))
        assert calendar.working_days_after(last, start) == -calendar.working_days_after(start, last)


def test_fifty_counts_over_a_year_take_no_time_worth_naming():
    calendar = library_calendar()
    calendar.working_days_after(date(2024, 1, 1), date(2024, 1, 2))
    started = time.perf_counter()

    for number in range(50):
        calendar.working_days_after(date(2024, 1, 1), date(2025, 1, 1) + timedelta(days=number))

    assert time.perf_counter() - started < 0.05


def test_a_calendar_without_working_days_is_said_and_not_searched_for_ever():
    nobody = WorkingCalendar(days_off=frozenset(date(2024, 1, 1) + timedelta(days=number) for number in range(800)))

    with pytest.raises(NotAllowed) as refusal:
        nobody.add_working_days(date(2024, 1, 1), 1)

    assert str(refusal.value) == (
        "Lịch làm việc không có ngày làm việc nào trong 366 ngày kể từ 02/01/2024; hãy sửa ở trang “Lịch làm việc”."
    )


@pytest.mark.parametrize(("days", "is_refused"), [(31, False), (32, True)])
def test_a_calendar_may_stop_for_a_month_and_no_longer(days, is_refused):
    first = date(2024, 6, 3)
    off = frozenset(first + timedelta(days=number) for number in range(days))
    calendar = WorkingCalendar(
        days_off=off, days_worked=frozenset({first - timedelta(days=1), first + timedelta(days=days)})
    )

    if is_refused:
        with pytest.raises(NotAllowed, match="Từ 03/06/2024 đến 04/07/2024 sẽ không có ngày làm việc nào"):
            check_calendar(calendar, first)
    else:
        check_calendar(calendar, first)


@pytest.mark.parametrize(
    ("year", "month", "opens", "closes"),
    [
        (2024, 1, "2024-01-01 00:00", "2024-02-01 00:00"),
        (2024, 2, "2024-02-01 00:00", "2024-03-01 00:00"),
        (2023, 12, "2023-12-01 00:00", "2024-01-01 00:00"),
    ],
)
def test_a_month_opens_on_its_first_and_closes_on_the_first_of_the_next(year, month, opens, closes):
    assert month_window(year, month) == (at(opens), at(closes))


def test_a_row_is_withdrawn_stays_readable_and_the_library_counts_again(province):
    organiser = province.people["organiser"]
    row = operations.add_day(day=date(2024, 1, 1), name="Vẫn làm việc", is_working=True, document="1/QĐ", by=organiser)
    with clock.simulated(OPENING):
        operations.withdraw_day(row=row, reason="Ghi nhầm", by=organiser)

    row.refresh_from_db()
    assert (row.withdrawn_at, row.withdrawn_by) == (OPENING, organiser)
    assert not working_calendar().is_working_day(date(2024, 1, 1))
    event = AuditEvent.objects.get(kind="day_withdrawn")
    assert (event.by, event.reason, event.details["before"]["name"]) == (organiser, "Ghi nhầm", "Vẫn làm việc")


def test_a_changed_row_keeps_what_stood_there_in_its_event(province):
    organiser = province.people["organiser"]
    row = operations.add_day(day=FRIDAY_OFF, name="Nghỉ", is_working=False, document="1/TB", by=organiser)

    operations.change_day(
        row=row, day=FRIDAY_OFF, name="Nghỉ hoán đổi", is_working=False, document="2/TB", by=organiser
    )

    event = AuditEvent.objects.filter(kind="day_written").latest("id")
    assert event.details["before"] == {
        "date": "2026-01-02",
        "name": "Nghỉ",
        "is_working": False,
        "document": "1/TB",
        "is_withdrawn": False,
    }
    assert event.details["after"]["document"] == "2/TB"


def test_a_row_moved_to_another_day_leaves_the_old_one_withdrawn(province):
    organiser = province.people["organiser"]
    row = operations.add_day(day=FRIDAY_OFF, name="Nghỉ", is_working=False, document="1/TB", by=organiser)

    operations.change_day(row=row, day=date(2026, 1, 5), name="Nghỉ", is_working=False, document="1/TB", by=organiser)

    calendar = working_calendar()
    assert (calendar.is_working_day(FRIDAY_OFF), calendar.is_working_day(date(2026, 1, 5))) == (True, False)
    assert DayOff.objects.get(date=FRIDAY_OFF).withdrawn_by == organiser


@pytest.mark.parametrize("who", ["supervisor", "administrator", "officer-SXD"])
def test_only_the_organiser_of_the_province_keeps_the_calendar(province, who):
    with pytest.raises(NotPermitted, match="do đơn vị tổ chức cấp tỉnh giữ"):
        operations.add_day(day=FRIDAY_OFF, name="Nghỉ", is_working=False, document="1/TB", by=province.people[who])

    assert DayOff.objects.count() == 0


def test_a_row_needs_its_document_and_a_day_has_one_row(province):
    organiser = province.people["organiser"]
    operations.add_day(day=FRIDAY_OFF, name="Nghỉ", is_working=False, document="1/TB", by=organiser)

    for document, day, sentence in (
        (" ", SATURDAY_WORKED, "Ngày 10/01/2026: hãy ghi số văn bản, ví dụ 8662/VPCP-KGVX."),
        ("2/TB", FRIDAY_OFF, "Ngày 02/01/2026 đã có trong lịch; hãy sửa dòng của ngày đó."),
    ):
        with pytest.raises(NotAllowed) as refusal:
            operations.add_day(day=day, name="Nghỉ", is_working=False, document=document, by=organiser)
        assert str(refusal.value) == sentence


def test_a_file_is_written_whole_or_not_at_all(province):
    good = DayRow(FRIDAY_OFF, "Nghỉ", False, "1/TB")
    with pytest.raises(NotAllowed):
        operations.import_days(rows=[good, DayRow(SATURDAY_WORKED, "", True, "1/TB")], by=province.people["organiser"])
    after_refusal = DayOff.objects.count()

    first = operations.import_days(rows=[good], by=province.people["organiser"])
    again = operations.import_days(rows=[good], by=province.people["organiser"])

    assert (after_refusal, first, again) == (0, 1, 0)


def test_a_calendar_change_moves_no_deadline(province):
    before = list(province.period.windows.order_by("id").values_list("due_at", "closes_at"))

    operations.add_day(
        day=date(2024, 1, 9), name="Nghỉ", is_working=False, document="1/TB", by=province.people["organiser"]
    )

    assert list(province.period.windows.order_by("id").values_list("due_at", "closes_at")) == before


def test_every_day_of_a_year_is_judged_in_a_word():
    rows = [
        DayOff(date=FRIDAY_OFF, name="Nghỉ hoán đổi", is_working=False),
        DayOff(date=SATURDAY_WORKED, name="Làm bù", is_working=True),
    ]

    january = {day.day.day: (day.look, day.word) for day in year_of(2026, rows)[0]}

    assert [january[day] for day in (1, 2, 3, 5, 10)] == [
        ("is-holiday", "lễ"),
        ("is-row", "nghỉ"),
        ("is-off", ""),
        ("", ""),
        ("is-row is-worked", "làm"),
    ]
    assert sum(len(month) for month in year_of(2024, [])) == 366
