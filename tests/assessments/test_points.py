"""The points of every rule type with literal values, their edges, and the words that explain them."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.enums import RowState
from assessments.rules.items import Entry
from assessments.rules.points import ProvisionalBest, Ratio, Scored, best_ratio, explain, is_not_applicable, points_of
from tests.assessments.rule_samples import (
    BANDS,
    CHOICE,
    COUNT,
    DEDUCT,
    EVERY_TYPE,
    FLOOR,
    MANUAL,
    PENALTY,
    PROPORTIONAL,
    PROPORTIONAL_NA,
    RELATIVE,
    RELATIVE_NA,
    SURVEY,
    YES_NO,
    ratio,
)


@pytest.mark.parametrize(
    ("item", "entered", "points", "words"),
    [
        (YES_NO, {"answer": "yes"}, "0.25", "Có: 0,25 điểm"),
        (YES_NO, {"answer": "no"}, "0", "Không: 0 điểm"),
        (CHOICE, {"option": "a"}, "0.50", "Ban hành trước ngày 31/12: 0,50 điểm"),
        (CHOICE, {"option": "c"}, "0", "Không ban hành: 0 điểm"),
        (COUNT, {"count": "3"}, "0.45", "3 × 0,15 = 0,45"),
        (COUNT, {"count": "4"}, "0.60", "4 × 0,15 = 0,60"),
        (COUNT, {"count": "7"}, "0.60", "7 × 0,15 = 1,05, vượt mức tối đa 0,60: 0,60 điểm"),
        (BANDS, ratio(12, 12), "1.50", "12/12 = 100 %, đạt 100 %: 1,50 điểm"),
        (BANDS, ratio(80, 100), "1.00", "80/100 = 80 %, từ 80 % đến dưới 100 %: 1,00 điểm"),
        (BANDS, ratio(79999, 100000), "0", "79999/100000 = 79,99 %, dưới 80 %: 0 điểm"),
        (BANDS, ratio(0, 0), "0", "mẫu số bằng 0: 0 điểm"),
        (PROPORTIONAL, ratio(30, 28), "1.50", "30/28 vượt 100 %, tính bằng 100 %: 1,50 điểm"),
        (PROPORTIONAL, ratio(0, 0), "0", "mẫu số bằng 0: 0 điểm"),
        (FLOOR, ratio(4, 5), "1.2", "4/5 × 1,50 = 1,20"),
        (FLOOR, ratio(76, 100), "0", "tỷ lệ 76 % dưới ngưỡng 80 %: 0 điểm"),
        (FLOOR, ratio(799999, 1000000), "0", "tỷ lệ 79,99 % dưới ngưỡng 80 %: 0 điểm"),
        (FLOOR, ratio(0, 0), "0", "mẫu số bằng 0: 0 điểm"),
        (DEDUCT, {"counts": {"a": "2", "b": "1"}}, "0.25", "0,50 − 2 × 0,10 − 1 × 0,05 = 0,25"),
        (DEDUCT, {"counts": {"a": "0", "b": "0"}}, "0.50", "không có trường hợp bị trừ: 0,50 điểm"),
        (
            DEDUCT,
            {"counts": {"a": "6", "b": "0"}},
            "0",
            "0,50 − 6 × 0,10 = -0,10, không thấp hơn 0: 0 điểm",
        ),
        (PENALTY, {"counts": {"a": "3"}}, "-0.75", "0 − 3 × 0,25 = -0,75"),
        (PENALTY, {"counts": {"a": "9"}}, "-1", "0 − 9 × 0,25 = -2,25, không thấp hơn -1,00: -1,00 điểm"),
        (MANUAL, {"points": "0.8"}, "0.8", "điểm nhập: 0,80 trên 2,00"),
    ],
)
def test_points_and_their_explanation(item, entered, points, words):
    assert points_of(item, Entry(entered)) == Scored(Decimal(points), RowState.SCORED)
    assert explain(item, Entry(entered)) == words


def test_points_are_not_rounded_before_display():
    scored = points_of(PROPORTIONAL, Entry(ratio(24, 28)))

    assert scored.points == Decimal("1.2857142857142857142857142857142857142857142857143")
    assert explain(PROPORTIONAL, Entry(ratio(24, 28))) == "24/28 × 1,50 = 1,285714"


def test_points_do_not_depend_on_the_callers_context():
    with localcontext(prec=3):
        assert str(points_of(PROPORTIONAL, Entry(ratio(24, 28))).points).startswith(
            "1.28571428571428571428571428571428"
        )
        assert points_of(FLOOR, Entry(ratio(799999, 1000000))).points == 0


@pytest.mark.parametrize(
    ("own", "best", "points", "words"),
    [
        (
            ratio(2, 5),
            Ratio(Decimal(4), Decimal(5)),
            "0.5",
            "tỷ lệ 40 % / tỷ lệ cao nhất trong nhóm 80 % × 1,00 = 0,50",
        ),
        (ratio(8, 10), Ratio(Decimal(4), Decimal(5)), "1", "tỷ lệ 80 % là cao nhất trong nhóm: 1,00 điểm"),
        (ratio(9, 10), Ratio(Decimal(4), Decimal(5)), "1", "tỷ lệ 90 % là cao nhất trong nhóm: 1,00 điểm"),
        (
            ratio(4, 10),
            ProvisionalBest(Decimal(4), Decimal(10)),
            "1",
            "tỷ lệ 40 %, tạm tính như đơn vị cao nhất: 1,00 điểm; so với cả nhóm khi công bố",
        ),
        (ratio(0, 5), Ratio(Decimal(0), Decimal(5)), "0", "chưa đơn vị nào trong nhóm có tỷ lệ lớn hơn 0: 0 điểm"),
        (ratio(0, 5), None, "0", "chưa đơn vị nào trong nhóm có tỷ lệ lớn hơn 0: 0 điểm"),
        (ratio(0, 0), Ratio(Decimal(4), Decimal(5)), "0", "mẫu số bằng 0: 0 điểm"),
    ],
)
def test_points_relative_to_the_best_of_the_group(own, best, points, words):
    assert points_of(RELATIVE, Entry(own), best) == Scored(Decimal(points), RowState.SCORED)
    assert explain(RELATIVE, Entry(own), best) == words


def test_best_ratio_leaves_out_na_zero_denominator_and_unscored():
    entries = [
        Entry(ratio(1, 2)),
        Entry(ratio(3, 4)),
        Entry(ratio(6, 8)),
        Entry(ratio(9, 9), na=True),
        Entry(ratio(0, 0)),
        Entry(),
        Entry(zeroed=True),
    ]

    assert best_ratio(RELATIVE, entries) == (3, 4)
    assert best_ratio(RELATIVE_NA, entries) == (3, 4)
    assert best_ratio(RELATIVE, [Entry(ratio(0, 0)), Entry()]) is None


def test_best_ratio_is_compared_without_rounding():
    one, other = ratio(333333333333, 999999999998), ratio(333333333332, 999999999995)

    assert best_ratio(RELATIVE, [Entry(other), Entry(one)]) == (333333333332, 999999999995)


def test_survey_points_are_the_share_of_the_maximum():
    assert points_of(SURVEY, Entry(), share=Decimal("0.8654")) == Scored(Decimal("1.298100"), RowState.SCORED)
    assert explain(SURVEY, Entry(), share=Decimal("0.8654")) == "tỷ lệ khảo sát 0,8654 × 1,50 = 1,2981"
    assert points_of(SURVEY, Entry()).state == RowState.EMPTY
    assert explain(SURVEY, Entry()) == "chưa có kết quả điều tra xã hội học"


@pytest.mark.parametrize(
    ("item", "entry", "scored", "words"),
    [
        (
            PROPORTIONAL_NA,
            Entry(na=True),
            Scored(None, RowState.NOT_APPLICABLE),
            "Không áp dụng: không tính điểm và không tính điểm tối đa",
        ),
        (
            PROPORTIONAL_NA,
            Entry(ratio(0, 0)),
            Scored(None, RowState.NOT_APPLICABLE),
            "mẫu số bằng 0, không áp dụng: không tính điểm và không tính điểm tối đa",
        ),
        (RELATIVE_NA, Entry(ratio(0, "0.0")), Scored(None, RowState.NOT_APPLICABLE), None),
        (YES_NO, Entry(), Scored(None, RowState.EMPTY), "chưa chấm"),
        (
            YES_NO,
            Entry(zeroed=True),
            Scored(Decimal(0), RowState.ZEROED),
            "chưa chấm khi hết hạn: hệ thống tính 0 điểm",
        ),
        (PROPORTIONAL_NA, Entry(zeroed=True), Scored(Decimal(0), RowState.ZEROED), None),
    ],
)
def test_na_unscored_and_zeroed_are_told_apart(item, entry, scored, words):
    assert points_of(item, entry) == scored
    assert words is None or explain(item, entry) == words
    assert is_not_applicable(item, entry) == (scored.state == RowState.NOT_APPLICABLE)


COUNTS = st.integers(0, 10**12 - 1)


@given(st.sampled_from([BANDS, PROPORTIONAL, FLOOR, RELATIVE]), COUNTS, COUNTS, COUNTS, COUNTS)
def test_ratio_points_stay_between_zero_and_the_maximum(item, numerator, denominator, best_numerator, best_denominator):
    entry = Entry(ratio(numerator, denominator))
    best = best_ratio(item, [entry, Entry(ratio(best_numerator, best_denominator))])
    scored = points_of(item, entry, best)

    assert 0 <= scored.points <= item.max_points
    assert explain(item, entry, best)


@given(st.integers(1, 10**6))
def test_lower_edge_of_a_band_and_of_a_floor_counts(scale):
    assert points_of(BANDS, Entry(ratio(4 * scale, 5 * scale))).points == Decimal("1.00")
    assert points_of(FLOOR, Entry(ratio(4 * scale, 5 * scale))).points == Decimal("1.2")
    assert points_of(BANDS, Entry(ratio(4 * scale - 1, 5 * scale))).points == 0
    assert points_of(FLOOR, Entry(ratio(4 * scale - 1, 5 * scale))).points == 0


@given(st.sampled_from(EVERY_TYPE))
def test_every_type_is_unscored_without_input(item):
    assert points_of(item, Entry()) == Scored(None, RowState.EMPTY)
