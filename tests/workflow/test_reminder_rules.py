"""On which day each rung of the reminders falls, which rungs are refused, until when work may be put off."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.enums import WindowKind
from assessments.queries.calendar import library_calendar, overridden
from assessments.rules import NotAllowed
from assessments.rules.calendar import ends_day, last_valid_day, starts_day
from tests.province import at
from workflow.enums import Audience, Counting, Timing
from workflow.rules import (
    COMMON_LADDER,
    MOST_RULES,
    RuleDraft,
    can_snooze,
    check_can_snooze,
    check_rule,
    rung_day,
)

TET_2024 = overridden(library_calendar(), [(date(2024, 2, 8), "Tết Giáp Thìn", False)])
BEFORE_10_JANUARY = starts_day(date(2024, 1, 10))  # "trước ngày 10/01": Tuesday the 9th is the last day


def rung(timing: Timing, days: int = 0, **changes) -> RuleDraft:
    return RuleDraft(timing=timing, days=days, **changes)


@pytest.mark.parametrize(
    ("draft", "day"),
    [
        (rung(Timing.BEFORE, 7), date(2023, 12, 28)),  # the first of January is a holiday
        (rung(Timing.BEFORE, 3), date(2024, 1, 4)),
        (rung(Timing.BEFORE, 1), date(2024, 1, 8)),
        (rung(Timing.ON), date(2024, 1, 9)),
        (rung(Timing.AFTER, 1), date(2024, 1, 10)),
        (rung(Timing.AFTER, 3), date(2024, 1, 12)),
        (rung(Timing.AFTER, 5), date(2024, 1, 16)),
        (rung(Timing.BEFORE, 7, counting=Counting.CALENDAR), date(2024, 1, 2)),
        (rung(Timing.ON, counting=Counting.CALENDAR), date(2024, 1, 9)),
        (rung(Timing.AFTER, 5, counting=Counting.CALENDAR), date(2024, 1, 14)),
    ],
)
def test_a_rung_falls_on_its_day(draft, day):
    assert rung_day(draft, due_at=BEFORE_10_JANUARY, calendar=TET_2024) == day


def test_three_working_days_after_7_february_2024_is_19_february():
    after = rung(Timing.AFTER, 3)
    assert rung_day(after, due_at=ends_day(date(2024, 2, 7)), calendar=TET_2024) == date(2024, 2, 19)


def test_three_working_days_before_19_february_2024_is_7_february():
    before = rung(Timing.BEFORE, 3)
    assert rung_day(before, due_at=at("2024-02-19 17:00"), calendar=TET_2024) == date(2024, 2, 7)


@pytest.mark.parametrize(
    ("counting", "day"), [(Counting.WORKING, date(2023, 12, 29)), (Counting.CALENDAR, date(2023, 12, 31))]
)
def test_on_the_day_of_a_deadline_on_a_sunday_is_the_friday_before_where_working_days_count(counting, day):
    sunday = ends_day(date(2023, 12, 31))
    assert rung_day(rung(Timing.ON, counting=counting), due_at=sunday, calendar=TET_2024) == day


@given(
    due=st.dates(date(2023, 1, 1), date(2026, 12, 31)),
    minutes=st.integers(1, 24 * 60),
    days=st.integers(1, 40),
)
def test_on_a_rung_before_the_deadline_the_inbox_says_the_same_number(due, minutes, days):
    due_at = starts_day(due) + timedelta(minutes=minutes)
    day = rung_day(rung(Timing.BEFORE, days), due_at=due_at, calendar=TET_2024)
    assert TET_2024.is_working_day(day)
    assert TET_2024.working_days_after(day, last_valid_day(due_at)) == days


@given(due=st.dates(date(2023, 1, 1), date(2026, 12, 31)), days=st.integers(1, 40))
def test_a_rung_after_the_deadline_is_that_many_working_days_later(due, days):
    day = rung_day(rung(Timing.AFTER, days), due_at=ends_day(due), calendar=TET_2024)
    assert TET_2024.is_working_day(day)
    assert TET_2024.working_days_after(due, day) == days


@given(due=st.dates(date(2023, 1, 1), date(2026, 12, 31)))
def test_the_common_ladder_is_told_in_its_order(due):
    days = [rung_day(draft, due_at=ends_day(due), calendar=TET_2024) for draft in COMMON_LADDER]
    assert days == sorted(days)
    assert [draft.offset for draft in COMMON_LADDER] == [-7, -3, -1, 0, 1, 2, 3, 5]


def test_a_calendar_without_working_days_is_refused_and_not_searched_for_ever():
    closed = overridden(TET_2024, [(date(2022, 1, 1) + timedelta(days=n), "nghỉ", False) for n in range(1200)])
    for timing in (Timing.BEFORE, Timing.AFTER):
        with pytest.raises(NotAllowed, match="không có ngày làm việc nào trong 366 ngày"):
            rung_day(rung(timing, 1), due_at=ends_day(date(2023, 9, 1)), calendar=closed)


@pytest.mark.parametrize(
    ("draft", "sentence"),
    [
        (rung(Timing.BEFORE, 0), "Số ngày phải từ 1 đến 60"),
        (rung(Timing.BEFORE, 61), "Số ngày phải từ 1 đến 60"),
        (rung(Timing.AFTER, -1), "Số ngày phải từ 1 đến 60"),
        (rung(Timing.ON, 2), "Mốc “Đúng ngày hạn” không có số ngày"),
        (rung(Timing.BEFORE, 3, channels=("email",)), "Đã có mốc 3 ngày làm việc trước hạn, mọi bước"),
        (rung(Timing.ON, counting=Counting.CALENDAR), "Đã có mốc đúng ngày hạn, mọi bước"),
    ],
)
def test_a_rung_that_makes_no_sense_is_refused_with_a_sentence(draft, sentence):
    with pytest.raises(NotAllowed, match=sentence):
        check_rule(draft, others=COMMON_LADDER)


@pytest.mark.parametrize(
    "draft",
    [
        rung(Timing.BEFORE, 60),
        rung(Timing.BEFORE, 3, counting=Counting.CALENDAR),
        rung(Timing.BEFORE, 3, audience=Audience.HEAD),
        rung(Timing.BEFORE, 3, window=WindowKind.DISPUTE),
    ],
)
def test_a_rung_of_another_distance_step_or_audience_is_another_rung(draft):
    check_rule(draft, others=COMMON_LADDER)


def test_a_period_has_a_limited_number_of_rungs():
    many = [rung(Timing.BEFORE, days) for days in range(1, MOST_RULES + 1)]
    check_rule(rung(Timing.AFTER, 1), others=many[:-1])
    with pytest.raises(NotAllowed, match="nhiều nhất 40 mốc"):
        check_rule(rung(Timing.AFTER, 1), others=many)


def test_only_a_report_after_the_deadline_to_somebody_else_is_an_escalation():
    assert [draft.offset for draft in COMMON_LADDER if draft.escalates] == [2, 5]
    assert not replace(COMMON_LADDER[0], audience=Audience.HEAD).escalates


NOW = at("2024-01-03 16:00")


@pytest.mark.parametrize(
    ("until", "due_at", "sentence"),
    [
        (date(2024, 1, 3), BEFORE_10_JANUARY, r"Ngày hẹn 03/01/2024 phải sau hôm nay \(03/01/2024\)"),
        (date(2023, 12, 1), None, "phải sau hôm nay"),
        (date(2024, 1, 10), BEFORE_10_JANUARY, "hãy chọn chậm nhất ngày 09/01/2024"),
        (date(2024, 1, 10), at("2024-01-09 17:00"), "hãy chọn chậm nhất ngày 09/01/2024"),
        (date(2024, 1, 4), at("2024-01-03 17:00"), "đến hạn hôm nay hoặc đã quá hạn"),
        (date(2024, 1, 4), at("2024-01-02 17:00"), "đến hạn hôm nay hoặc đã quá hạn"),
        (date(2024, 3, 4), None, "Ngày hẹn xa nhất là 03/03/2024"),
    ],
)
def test_a_follow_up_date_lies_after_today_and_not_past_the_deadline(until, due_at, sentence):
    with pytest.raises(NotAllowed, match=sentence):
        check_can_snooze(until=until, due_at=due_at, moment=NOW, title="Tự chấm điểm")


@pytest.mark.parametrize(
    ("until", "due_at"),
    [
        (date(2024, 1, 4), BEFORE_10_JANUARY),
        (date(2024, 1, 9), BEFORE_10_JANUARY),
        (date(2024, 1, 9), at("2024-01-09 08:00")),
        (date(2024, 3, 3), None),
    ],
)
def test_a_follow_up_date_up_to_the_last_valid_day_is_taken(until, due_at):
    check_can_snooze(until=until, due_at=due_at, moment=NOW, title="Tự chấm điểm")
    assert can_snooze(due_at=due_at, moment=NOW)


def test_work_due_today_cannot_be_put_off():
    assert not can_snooze(due_at=at("2024-01-03 17:00"), moment=NOW)
    assert not can_snooze(due_at=at("2024-01-04 00:00"), moment=NOW)
