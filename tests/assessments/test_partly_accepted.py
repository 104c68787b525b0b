"""A partly accepted result lies strictly between the appraised and the claimed one, for every rule type."""

import pytest

from assessments.rules import NotAllowed
from assessments.rules.disputes import check_partly
from assessments.rules.items import Entry
from tests.assessments.rule_samples import (
    BANDS,
    CHOICE,
    COUNT,
    DEDUCT,
    FLOOR,
    MANUAL,
    PROPORTIONAL_NA,
    RELATIVE,
    YES_NO,
    ratio,
)

NA = Entry(na=True)


def losses(a, b) -> dict:
    return {"counts": {"a": str(a), "b": str(b)}}


@pytest.mark.parametrize(
    ("item", "before", "claimed", "decided"),
    [
        (CHOICE, {"option": "c"}, {"option": "a"}, {"option": "b"}),
        (COUNT, {"count": "1"}, {"count": "9"}, {"count": "5"}),  # all above the cap give the same points
        (BANDS, ratio(81, 100), ratio(95, 100), ratio(90, 100)),  # one band
        (FLOOR, ratio(8, 10), ratio(20, 20), ratio(17, 20)),
        (RELATIVE, ratio(1, 4), ratio(3, 4), ratio(2, 4)),
        (DEDUCT, losses(3, 0), losses(0, 0), losses(1, 1)),
        (MANUAL, {"points": "1.0"}, {"points": "1.5"}, {"points": "1.2"}),
        (MANUAL, {"points": "1.5"}, {"points": "1.0"}, {"points": "1.2"}),  # the unit asks for less
        (PROPORTIONAL_NA, ratio(1, 4), ratio(0, 0), ratio(2, 4)),  # not applicable: no limit on that side
    ],
)
def test_a_result_between_is_accepted(item, before, claimed, decided):
    check_partly(item, before=Entry(before), claimed=Entry(claimed), decided=Entry(decided))


@pytest.mark.parametrize(
    ("item", "before", "claimed", "decided"),
    [
        (YES_NO, {"answer": "no"}, {"answer": "yes"}, {"answer": "yes"}),
        (YES_NO, {"answer": "no"}, {"answer": "yes"}, {"answer": "no"}),
        (CHOICE, {"option": "b"}, {"option": "a"}, {"option": "c"}),
        (COUNT, {"count": "1"}, {"count": "2"}, {"count": "3"}),
        (FLOOR, ratio(8, 10), ratio(10, 10), ratio(20, 20)),  # the claimed ratio in other words
        (FLOOR, ratio(8, 10), ratio(10, 10), ratio(0, 0)),
        (RELATIVE, ratio(1, 4), ratio(3, 4), ratio(4, 4)),
        (DEDUCT, losses(3, 0), losses(0, 0), losses(0, 7)),
        (MANUAL, {"points": "1.0"}, {"points": "1.5"}, {"points": "1.5"}),
    ],
)
def test_a_result_at_or_beyond_a_side_is_refused(item, before, claimed, decided):
    with pytest.raises(NotAllowed, match="phải nằm giữa kết quả thẩm định"):
        check_partly(item, before=Entry(before), claimed=Entry(claimed), decided=Entry(decided))


def test_where_the_unit_named_nothing_the_result_must_differ_from_the_appraised_one():
    check_partly(COUNT, before=Entry({"count": "1"}), claimed=None, decided=Entry({"count": "2"}))
    with pytest.raises(NotAllowed, match=r"phải khác kết quả thẩm định \(1 báo cáo\);"):
        check_partly(COUNT, before=Entry({"count": "1"}), claimed=None, decided=Entry({"count": "1"}))


def test_an_item_agreed_as_zero_counts_as_nothing():
    zero = Entry(zeroed=True)
    check_partly(COUNT, before=zero, claimed=Entry({"count": "3"}), decided=Entry({"count": "1"}))
    with pytest.raises(NotAllowed, match="không chấm, 0 điểm"):
        check_partly(COUNT, before=zero, claimed=Entry({"count": "3"}), decided=Entry({"count": "0"}))


def test_not_applicable_is_no_part_of_a_result():
    with pytest.raises(NotAllowed, match="“Không áp dụng” không phải là một phần"):
        check_partly(PROPORTIONAL_NA, before=Entry(ratio(1, 4)), claimed=NA, decided=NA)
