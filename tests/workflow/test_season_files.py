"""Reading a season: the schedule as windows, faults of the tables, office hours, papers."""

import json
from datetime import date, datetime, timedelta

import pytest

from assessments.enums import LatePolicy, WindowKind
from assessments.rules.calendar import PROVINCE_TIME, WorkingCalendar
from evidence.enums import FileType
from evidence.rules.contents import detect_type
from evidence.rules.limits import Limits
from tests.province import at
from tests.reference_season import SEASON
from workflow.season import demo, papers
from workflow.season.faults import SeasonFault
from workflow.season.files import read_expected, read_scores
from workflow.season.office_hours import OfficeHours
from workflow.season.plan import dice_for, fates
from workflow.season.timetable import read_schedule, start_of

SCHEDULE = SEASON / "schedule_2023.json"


def test_an_inclusive_end_closes_a_second_later_and_an_exclusive_one_at_once():
    province, communes = read_schedule(SCHEDULE)

    assert province.windows[WindowKind.TRAINING].closes_at == at("2024-01-01 00:00")
    assert province.windows[WindowKind.SELF_SCORING].closes_at == at("2024-01-10 00:00")
    assert communes.windows[WindowKind.SELF_SCORING].closes_at == at("2024-01-11 00:00")
    assert province.windows[WindowKind.DISPUTE].closes_at == at("2024-02-19 17:00") + timedelta(seconds=1)
    assert province.windows[WindowKind.DISPUTE].due_at == at("2024-02-19 17:00")


def test_the_appraisal_closes_when_disputes_open_and_a_missing_synthesis_is_completed():
    province, communes = read_schedule(SCHEDULE)

    assert province.windows[WindowKind.APPRAISAL].closes_at == at("2024-02-15 08:00")
    assert communes.windows[WindowKind.CONSOLIDATION].opens_at == at("2024-01-11 08:00")
    assert communes.windows[WindowKind.CONSOLIDATION].closes_at == at("2024-02-15 08:00")
    assert province.windows[WindowKind.SUPPLEMENT].opens_at == at("2024-02-01 08:00")


def test_each_district_holds_a_round_of_its_own_and_the_preparation_starts_with_december():
    rounds = read_schedule(SCHEDULE)

    assert rounds[1].of_district("294").code == "XA-2023-294"
    assert start_of(rounds) == at("2023-12-01 08:00")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda content: content["rounds"][0]["stages"].pop(5), "thiếu giai đoạn appraisal"),
        (lambda content: content["rounds"][0]["stages"][0].update(stage="party"), "không có giai đoạn “party”"),
        (lambda content: content["rounds"][0]["stages"][0].update(due_at="2023-12-31T23:59:59"), "thiếu múi giờ"),
        (lambda content: content["rounds"][0]["stages"][0].update(due_at="2023-12-01T00:00:00+07:00"), "sau lúc mở"),
        (lambda content: content.pop("rounds"), "không đúng dạng kế hoạch thời gian"),
    ],
)
def test_a_spoilt_schedule_is_refused_with_one_sentence(tmp_path, spoil, sentence):
    content = json.loads(SCHEDULE.read_text(encoding="utf-8"))
    spoil(content)
    path = tmp_path / "schedule.json"
    path.write_text(json.dumps(content), encoding="utf-8")

    with pytest.raises(SeasonFault, match=sentence):
        read_schedule(path)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("unit_code", "unit", "thiếu cột unit_code"),
        ("{option:b}", "b", "dòng 2, cột self_input"),
        ("so,VPUB,1.1.1", "bo,VPUB,1.1.1", "dòng 2: nhóm “bo” không có"),
        ("so,VPUB,1.1.2", "so,VPUB,1.1.1", "dòng 3: nội dung 1.1.1 của đơn vị VPUB có hai dòng"),
    ],
)
def test_spoilt_scores_are_refused_with_line_and_column(tmp_path, old, new, sentence):
    text = (SEASON / "sample_scores_2023.csv").read_text(encoding="utf-8")
    old = old if old in text else f'"{old.replace(chr(34), chr(34) * 2)}"'
    old = old if old in text else '"{""option"":""b""}"'
    path = tmp_path / "scores.csv"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(SeasonFault, match=sentence):
        read_scores(path)


def test_a_missing_file_and_an_empty_one_are_said(tmp_path):
    with pytest.raises(SeasonFault, match="Không đọc được tệp none.csv"):
        read_scores(tmp_path / "none.csv")
    (tmp_path / "empty.csv").write_text("group,unit_code\n")
    with pytest.raises(SeasonFault, match="thiếu cột"):
        read_expected(tmp_path / "empty.csv", None)


def test_work_falls_into_office_hours_and_before_the_end():
    hours = OfficeHours(WorkingCalendar())
    opens, closes = at("2024-01-05 10:00"), at("2024-01-10 00:00")
    dice = dice_for("hours")

    for _ in range(200):
        moment = hours.within(opens, closes, dice.random()).astimezone(PROVINCE_TIME)
        assert opens <= moment < closes
        assert moment.weekday() < 5
        assert moment.hour in (8, 9, 10, 11, 13, 14, 15, 16)


def test_a_window_without_office_hours_is_used_as_it_is():
    hours = OfficeHours(WorkingCalendar())

    assert hours.within(at("2024-01-06 08:00"), at("2024-01-06 18:00"), 0.5) == at("2024-01-06 13:00")


def test_a_round_of_three_has_somebody_late_sent_back_and_withdrawn():
    chosen = fates(["A", "B", "C"], policy=LatePolicy.HOLD, seed=4, round_code="X")

    assert sorted((bool(f.late), f.sent_back, f.withdrawn) for f in chosen.values()) == [
        (False, False, True),
        (False, True, False),
        (True, False, False),
    ]
    assert chosen == fates(["C", "B", "A"], policy=LatePolicy.HOLD, seed=4, round_code="X")


def test_a_paper_is_a_pdf_by_its_content():
    upload = papers.paper(title="Kế hoạch (CCHC) năm 2023", unit="Sở Xây dựng", lines=["Nội dung 1.1"])

    assert upload.name == "Kế hoạch CCHC năm 2023.pdf"
    assert detect_type(upload.file, Limits()) == FileType.PDF


@pytest.mark.parametrize("now", ["2026-11-24 06:15", "2026-11-28 23:00", "2026-04-30 10:00", "2027-01-01 00:00"])
def test_the_present_round_lies_around_now_in_the_order_of_its_steps(now):
    calendar = WorkingCalendar(days_off=frozenset([date(2026, 4, 30), date(2026, 5, 1), date(2027, 1, 1)]))
    moment: datetime = at(now)
    province, template = read_schedule(SCHEDULE)

    moved = demo._present(province, year=2025, now=moment, calendar=calendar)
    communes = demo._present(template.of_district("294"), year=2025, now=moment, calendar=calendar)

    assert (moved.code, communes.code) == ("TINH-2025", "XA-2025-294")
    dispute = moved.windows[WindowKind.DISPUTE]
    assert dispute.opens_at < moment < dispute.closes_at - timedelta(days=2)
    scoring = communes.windows[WindowKind.SELF_SCORING]
    assert scoring.opens_at < moment < scoring.closes_at
    for each in (moved, communes):
        ends = [
            each.windows[kind].closes_at
            for kind in WindowKind
            if kind not in (WindowKind.SUPPLEMENT, WindowKind.CONSOLIDATION)
        ]
        assert ends == sorted(ends)
        assert all(span.opens_at < span.due_at <= span.closes_at for span in each.windows.values())
