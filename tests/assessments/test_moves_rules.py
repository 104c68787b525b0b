"""To which ends a move brings many windows, and what it refuses."""

from dataclasses import replace
from datetime import date

import pytest

from assessments.enums import WindowKind
from assessments.rules import NotAllowed, moves
from assessments.rules.calendar import WorkingCalendar
from assessments.rules.deadlines import Window
from assessments.rules.moves import Ends, NewEnd
from tests.province import at

TET = WorkingCalendar(days_off=frozenset(date(2024, 2, day) for day in range(8, 15)))
NOW = at("2024-01-05 09:00")
WINDOW = Window(
    kind=WindowKind.EVIDENCE,
    opens_at=at("2023-12-18 08:00"),
    due_at=at("2024-01-08 17:00"),
    closes_at=at("2024-01-10 00:00"),
)


def ending(closes_at: str, due_at: str = "") -> Window:
    return replace(WINDOW, closes_at=at(closes_at), due_at=at(due_at or closes_at))


def closings(windows: list[Window], to: str, moment=NOW) -> list[str]:
    ends = moves.moved_ends(windows, NewEnd(closes_at=at(to)), moment=moment, calendar=TET)
    return [f"{end.closes_at:%m-%d}" if end else "" for end in ends]


def test_working_days_are_added_to_due_and_close_each_at_its_own_time_of_day():
    (ends,) = moves.moved_ends([WINDOW], NewEnd(working_days=3), moment=NOW, calendar=TET)
    assert ends == Ends(at("2024-01-11 17:00"), at("2024-01-13 00:00"))


def test_three_working_days_after_the_seventh_of_february_2024_end_on_the_nineteenth():
    # the last valid day is 7 February; Tết is from the 8th to the 14th
    assert moves.add_working_days(at("2024-02-08 00:00"), 3, TET) == at("2024-02-20 00:00")
    assert moves.add_working_days(at("2024-02-07 17:00"), 3, TET) == at("2024-02-19 17:00")


def test_a_later_end_for_all_takes_nothing_from_who_has_more():
    windows = [ending("2024-01-10 00:00"), ending("2024-01-10 00:00"), ending("2024-01-20 00:00")]
    assert closings(windows, "2024-01-15 00:00") == ["01-15", "01-15", ""]


def test_an_earlier_end_for_all_gives_nothing_to_who_has_less_and_leaves_what_has_closed():
    windows = [
        ending("2024-01-10 00:00"),
        ending("2024-01-10 00:00"),
        ending("2024-01-07 00:00"),
        ending("2024-01-04 00:00"),
    ]
    assert closings(windows, "2024-01-08 00:00") == ["01-08", "01-08", "", ""]


def test_the_end_that_most_have_brings_up_who_had_less():
    windows = [ending("2024-01-10 00:00"), ending("2024-01-10 00:00"), ending("2024-01-07 00:00")]
    assert closings(windows, "2024-01-10 00:00") == ["", "", "01-10"]


def test_of_equally_many_ends_the_latest_is_the_common_one():
    assert moves.common_end([at("2024-01-10 00:00"), at("2024-01-20 00:00")]) == at("2024-01-20 00:00")


def test_an_earlier_due_moment_alone_is_a_move_too():
    new = NewEnd(closes_at=WINDOW.closes_at, due_at=at("2024-01-06 17:00"))
    (ends,) = moves.moved_ends([WINDOW], new, moment=NOW, calendar=TET)
    assert ends == Ends(at("2024-01-06 17:00"), WINDOW.closes_at)


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        (NewEnd(), "Hãy nhập hạn mới"),
        (NewEnd(closes_at=NOW, working_days=3), "một trong hai"),
        (NewEnd(working_days=0), "từ 1 đến 120"),
        (NewEnd(working_days=121), "từ 1 đến 120"),
        (NewEnd(closes_at=NOW, due_at=at("2024-01-05 09:01")), "trước hoặc đúng lúc đóng"),
        (NewEnd(working_days=3, due_at=NOW), "trước hoặc đúng lúc đóng"),
    ],
)
def test_a_new_end_that_does_not_say_one_thing_is_refused(new, sentence):
    with pytest.raises(NotAllowed, match=sentence):
        moves.check_new_end(new)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": " "}, "ghi lý do"),
        ({"decision_number": " "}, "ghi số văn bản"),
        ({"decision_date": None}, "ghi ngày của văn bản"),
        ({"decision_date": date(2024, 1, 6)}, "06/01/2024 ở sau hôm nay"),
    ],
)
def test_a_decision_needs_reason_number_and_a_date_not_after_today(changes, sentence):
    decision = {"reason": "Mất điện", "decision_number": "12/QĐ-SNV", "decision_date": date(2024, 1, 5)}
    moves.check_decision(**decision, moment=NOW)
    with pytest.raises(NotAllowed, match=sentence):
        moves.check_decision(**(decision | changes), moment=NOW)


def test_an_end_before_the_opening_is_refused():
    with pytest.raises(NotAllowed, match="sau lúc mở bước"):
        moves.check_ends(WINDOW, Ends(at("2023-12-18 08:00"), at("2023-12-18 08:00")), moment=NOW)


def test_a_later_end_that_has_passed_all_the_same_is_refused():
    past = at("2024-01-15 09:00")
    with pytest.raises(NotAllowed, match="trong quá khứ"):
        moves.check_ends(WINDOW, Ends(at("2024-01-12 00:00"), at("2024-01-12 00:00")), moment=past)


@pytest.mark.parametrize(
    ("to", "moment", "waits"),
    [
        ("2024-01-05 09:00", "2024-01-05 09:00", True),  # closes at this very moment: nobody can write any more
        ("2024-01-05 09:01", "2024-01-05 09:00", False),
        ("2024-01-04 09:00", "2024-01-10 00:00", False),  # the step has closed: there is nothing to close at once
        ("2024-01-04 09:00", "2024-01-09 23:59", True),
    ],
)
def test_closing_an_open_step_at_once_needs_a_second_person(to, moment, waits):
    ends = Ends(at(to), at(to))
    assert moves.needs_second_person([WINDOW], [ends], moment=at(moment)) is waits
    assert moves.needs_second_person([WINDOW], [None], moment=at(moment)) is False


def test_a_move_that_changes_nothing_is_refused_with_the_end_in_force():
    with pytest.raises(NotAllowed, match="24:00 ngày 09/01/2024"):
        moves.check_something_moves([WINDOW], [None])
    with pytest.raises(NotAllowed, match="Không có hồ sơ nào"):
        moves.check_something_moves([], [])


@pytest.mark.parametrize(
    ("stopped", "resumed", "closes", "days"),
    [
        ("2024-01-15 10:00", "2024-01-18 16:00", "2024-02-15 08:00", 3),
        ("2024-02-07 10:00", "2024-02-16 09:00", "2024-03-01 00:00", 2),  # Tết between
        ("2024-01-15 10:00", "2024-01-15 16:00", "2024-02-15 08:00", 0),
        ("2024-02-15 07:00", "2024-02-15 16:00", "2024-02-15 08:00", 1),  # it closed while it stood still
    ],
)
def test_a_stopped_clock_is_given_back_the_working_days_it_stood(stopped, resumed, closes, days):
    waited = moves.days_waited(stopped_at=at(stopped), resumed_at=at(resumed), closes_at=at(closes), calendar=TET)
    assert waited == days
