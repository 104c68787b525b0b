"""What a timetable is refused for, what its author is warned of, and how it is shifted to another year."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from assessments.enums import EndWording, UnitKind, WindowKind
from assessments.queries.calendar import library_calendar
from assessments.rules import NotAllowed
from assessments.rules.shifting import shift_end, shift_opening, shift_timetable
from assessments.rules.timetable import (
    Lengths,
    TimetableRefused,
    TimetableRow,
    check_can_save,
    check_timetable,
    fingerprint,
    problems_of,
    refusals_in,
    warnings_in,
)
from tests.province import OPENING, TIMETABLE, at

CALENDAR = library_calendar()
KINDS = WindowKind


def plan(**changes: tuple[str, str] | tuple[str, str, str] | None) -> dict[WindowKind, TimetableRow]:
    """Return the season's timetable; ``changes`` name steps with (opens, closes), (opens, due, closes) or None."""
    written: dict[str, tuple[str, ...] | None] = {kind.value: row for kind, row in TIMETABLE.items()}
    written["training"] = ("2023-12-11 08:00", "2023-12-30 00:00")
    written |= changes
    rows = {}
    for kind, moments in written.items():
        if moments is not None:
            opens, closes = moments[0], moments[-1]
            due = moments[1] if len(moments) == 3 else closes
            rows[WindowKind(kind)] = TimetableRow(at(opens), at(due), at(closes))
    return rows


def found(rows, *, lengths: Lengths | None = None, opening_at=None) -> list[tuple[str, WindowKind, str]]:
    problems = problems_of(rows, CALENDAR, lengths=lengths or Lengths(), opening_at=opening_at)
    return [(problem.level.value, problem.stage, str(problem)) for problem in problems]


HOLIDAY_WARNINGS = [
    (
        "warning",
        KINDS.APPRAISAL,
        "Trong bước “Thẩm định” có 7 ngày nghỉ liền, từ 08/02/2024 đến 14/02/2024 (29 Tết); bước này còn 22 ngày làm "
        "việc. Nếu cần thêm thời gian, lùi lúc đóng (08:00 ngày 15/02/2024).",
    ),
    (
        "warning",
        KINDS.CONSOLIDATION,
        "Trong bước “Tổng hợp kết quả sơ bộ” có 7 ngày nghỉ liền, từ 08/02/2024 đến 14/02/2024 (29 Tết); bước này còn "
        "25 ngày làm việc. Nếu cần thêm thời gian, lùi lúc đóng (17:00 ngày 20/02/2024).",
    ),
]
DAY_OFF_WARNING = (
    "warning",
    KINDS.PUBLICATION,
    "Bước “Công bố”: hạn rơi vào Chủ nhật 31/03/2024 (nghỉ cuối tuần). Ngày làm việc tiếp theo là Thứ Hai 01/04/2024; "
    "nếu chuyển, viết “chậm nhất ngày 01/04/2024”.",
)


def test_the_reference_timetable_is_warned_of_tet_and_of_a_sunday_alone():
    assert found(plan()) == [DAY_OFF_WARNING, *HOLIDAY_WARNINGS]


@pytest.mark.parametrize(
    ("changes", "stage", "sentence"),
    [
        (
            {"council": None},
            KINDS.COUNCIL,
            "Thiếu bước “Hội đồng đánh giá”. Điền lúc mở, hạn và lúc đóng của bước này.",
        ),
        (
            {"council": ("2024-02-29 08:00", "2024-02-22 17:00", "2024-02-29 17:00")},
            KINDS.COUNCIL,
            "Bước “Hội đồng đánh giá”: hạn (17:00 ngày 22/02/2024) không sau lúc mở (08:00 ngày 29/02/2024). Đặt hạn "
            "sau 08:00 ngày 29/02/2024.",
        ),
        (
            {"council": ("2024-02-21 08:00", "2024-03-01 00:00", "2024-02-28 17:00")},
            KINDS.COUNCIL,
            "Bước “Hội đồng đánh giá”: lúc đóng (17:00 ngày 28/02/2024) trước hạn (24:00 ngày 29/02/2024). Đặt lúc "
            "đóng từ 24:00 ngày 29/02/2024 trở đi.",
        ),
        (
            {"evidence": ("2023-12-18 08:00", "2024-01-09 17:00")},
            KINDS.EVIDENCE,
            "Bước “Cung cấp tài liệu kiểm chứng, ký gửi” đóng lúc 17:00 ngày 09/01/2024, trước bước “Tự chấm điểm” "
            "(24:00 ngày 09/01/2024). Lùi lúc đóng của “Cung cấp tài liệu kiểm chứng, ký gửi” đến sau 24:00 ngày "
            "09/01/2024.",
        ),
        (
            {"appraisal": ("2024-01-09 08:00", "2024-02-15 08:00")},
            KINDS.APPRAISAL,
            "Bước “Thẩm định” mở lúc 08:00 ngày 09/01/2024 khi bước “Cung cấp tài liệu kiểm chứng, ký gửi” chưa đóng "
            "(24:00 ngày 09/01/2024). Mở “Thẩm định” từ 24:00 ngày 09/01/2024, hoặc đóng “Cung cấp tài liệu kiểm "
            "chứng, ký gửi” sớm hơn.",
        ),
        (
            {"publication": ("2024-03-01 08:00", "2034-04-01 00:00")},
            KINDS.PUBLICATION,
            "Bước “Công bố” đóng lúc 24:00 ngày 31/03/2034, hơn hai năm sau lúc mở bước đầu tiên (08:00 ngày "
            "11/12/2023). Kiểm tra lại năm của hai thời điểm này.",
        ),
    ],
)  # fmt: skip
def test_each_refusal_names_the_step_its_dates_and_the_way_to_mend_it(changes, stage, sentence):
    refusals = [each for each in found(plan(**changes)) if each[0] == "refusal"]

    assert refusals == [("refusal", stage, sentence)]


@pytest.mark.parametrize(
    ("opening_at", "refused"),
    [("2023-12-29 23:59", []), ("2023-12-30 00:00", [KINDS.TRAINING])],
)
def test_a_deadline_that_has_passed_at_the_opening_is_refused(opening_at, refused):
    problems = problems_of(plan(), CALENDAR, lengths=Lengths(), opening_at=at(opening_at))

    assert [problem.stage for problem in refusals_in(problems)] == refused


@pytest.mark.parametrize(
    ("changes", "stage", "sentence"),
    [
        (
            {"self_scoring": ("2024-01-04 08:00", "2024-01-10 00:00")},
            KINDS.SELF_SCORING,
            "Bước “Tự chấm điểm” từ 08:00 ngày 04/01/2024 đến 24:00 ngày 09/01/2024 chỉ có 4 ngày làm việc, ít hơn 5 "
            "ngày (mức tối thiểu của kỳ). Để đủ, đóng bước này chậm nhất ngày 10/01/2024.",
        ),
        (
            {"dispute": ("2024-02-15 08:00", "2024-02-17 00:00")},
            KINDS.DISPUTE,
            "Bước “Kiến nghị” từ 08:00 ngày 15/02/2024 đến 24:00 ngày 16/02/2024 chỉ có 2 ngày làm việc, ít hơn 3 ngày "
            "(thời hạn kiến nghị của kỳ). Để đủ, đóng bước này chậm nhất ngày 19/02/2024.",
        ),
        (
            {"publication": ("2024-03-05 08:00", "2024-03-30 00:00")},
            KINDS.PUBLICATION,
            "Từ 01/03/2024 đến 04/03/2024 (2 ngày làm việc) không có bước nào mở, cho đến khi bước “Công bố” mở ngày "
            "05/03/2024. Mở “Công bố” từ 01/03/2024, hoặc lùi lúc đóng của bước trước.",
        ),
        (
            {"council": ("2024-02-21 08:00", "2024-02-24 17:00")},
            KINDS.COUNCIL,
            "Bước “Hội đồng đánh giá”: hạn rơi vào Thứ Bảy 24/02/2024 (nghỉ cuối tuần). Ngày làm việc tiếp theo là Thứ "
            "Hai 26/02/2024; nếu chuyển, viết “17:00 26/02/2024”.",
        ),
    ],
)  # fmt: skip
def test_each_warning_names_the_step_its_dates_and_the_way_to_mend_it(changes, stage, sentence):
    assert ("warning", stage, sentence) in found(plan(**changes))


def test_the_lengths_are_those_of_the_period():
    short = [
        stage
        for _, stage, sentence in found(plan(), lengths=Lengths(self_scoring=17, other=8, dispute=4))
        if "chỉ có" in sentence
    ]

    assert short == [KINDS.SELF_SCORING, KINDS.DISPUTE, KINDS.COUNCIL]


def test_warnings_are_saved_once_they_were_read_and_new_ones_must_be_read_anew():
    problems = problems_of(plan(), CALENDAR, lengths=Lengths())
    others = problems_of(plan(council=("2024-02-21 08:00", "2024-02-24 17:00")), CALENDAR, lengths=Lengths())

    check_can_save(problems, warnings_read=fingerprint(problems))
    for read in ("", fingerprint(others)):
        with pytest.raises(TimetableRefused) as refusal:
            check_can_save(problems, warnings_read=read)
        assert list(refusal.value.problems) == warnings_in(problems)


def test_an_unfinished_timetable_may_be_saved_and_not_opened():
    problems = problems_of(plan(publication=None), CALENDAR, lengths=Lengths())

    check_can_save(problems, warnings_read=fingerprint(problems))
    with pytest.raises(NotAllowed) as refusal:
        check_timetable(UnitKind.DEPARTMENT, plan(publication=None))
    assert str(refusal.value) == "Kế hoạch thời gian cho Sở, ban, ngành thiếu bước: Công bố."


def test_warnings_do_not_stand_in_the_way_of_the_opening():
    check_timetable(UnitKind.DEPARTMENT, plan(), opening_at=OPENING)


# Another year


def test_an_opening_moves_off_a_day_without_work_and_says_why():
    shift = shift_opening(at("2024-01-10 08:00"), years=2, calendar=CALENDAR)

    assert (shift.new, shift.reasons) == (
        at("2026-01-12 08:00"),
        ("Thứ Bảy 10/01/2026 là ngày nghỉ (nghỉ cuối tuần)",),
    )


@pytest.mark.parametrize(
    ("old", "wording", "years", "new"),
    [
        ("2024-01-10 00:00", EndWording.BEFORE, 1, "2025-01-10 00:00"),
        ("2024-01-11 00:00", EndWording.LATEST, 1, "2025-01-11 00:00"),
        ("2024-01-12 00:00", EndWording.LATEST, 1, "2025-01-14 00:00"),  # Saturday 11/01/2025: the 13th is the last day
        ("2024-01-12 00:00", EndWording.BEFORE, 1, "2025-01-14 00:00"),
        ("2024-03-01 00:00", EndWording.BEFORE, 1, "2025-03-01 00:00"),
        ("2024-03-01 00:00", EndWording.LATEST, 1, "2025-03-01 00:00"),  # 29/02 becomes 28/02
        ("2023-03-01 00:00", EndWording.BEFORE, 1, "2024-03-01 00:00"),  # before 01/03: the 29th counts
        ("2023-03-01 00:00", EndWording.LATEST, 1, "2024-02-29 00:00"),  # at the latest 28/02: the 29th does not
        ("2024-02-19 17:00", EndWording.EXACT, 1, "2025-02-19 17:00"),
        ("2024-02-29 17:00", EndWording.EXACT, 1, "2025-02-28 17:00"),
        ("2024-02-07 17:00", EndWording.EXACT, 3, "2027-02-11 17:00"),  # Sunday of Tết 2027
    ],
)
def test_an_end_keeps_its_wording_and_ends_on_a_working_day(old, wording, years, new):
    assert shift_end(at(old), wording, years=years, calendar=CALENDAR).new == at(new)


def test_a_shifted_timetable_still_opens_the_appraisal_after_the_evidence():
    rows = plan(training=("2023-12-11 08:00", "2023-12-30 00:00"))

    shifted = {kind: each.row for kind, each in shift_timetable(rows, years=3, calendar=CALENDAR).items()}

    assert (shifted[KINDS.EVIDENCE].closes_at, shifted[KINDS.APPRAISAL].opens_at) == (
        at("2027-01-12 00:00"),
        at("2027-01-12 08:00"),
    )
    assert refusals_in(problems_of(shifted, CALENDAR, lengths=Lengths())) == []


@pytest.mark.parametrize("years", range(1, 12))
def test_no_year_makes_the_reference_timetable_refused(years):
    shifted = {kind: each.row for kind, each in shift_timetable(plan(), years=years, calendar=CALENDAR).items()}

    assert refusals_in(problems_of(shifted, CALENDAR, lengths=Lengths())) == []
    assert all(CALENDAR.is_working_day((row.due_at - timedelta(microseconds=1)).date()) for row in shifted.values())


def test_years_of_nothing_change_only_what_falls_on_days_off():
    rows = plan()

    shifted = shift_timetable(rows, years=0, calendar=CALENDAR)

    changed = [kind for kind, each in shifted.items() if each.row != rows[kind]]
    assert changed == [KINDS.PUBLICATION]
    assert shifted[KINDS.PUBLICATION].row == replace(
        rows[KINDS.PUBLICATION], due_at=at("2024-04-02 00:00"), closes_at=at("2024-04-02 00:00")
    )
    assert date(2024, 4, 1).weekday() == 0
