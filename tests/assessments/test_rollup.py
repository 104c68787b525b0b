"""Roll-up, totals, index and rank on small trees, with the edges of each mode."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.enums import Part, RowState, RuleType, ScoreStage, Scoring
from assessments.rules.items import Entry, Tree
from assessments.rules.points import Ratio
from assessments.rules.rollup import NOTHING, Pair, rank, roll_up, totals
from tests.assessments.rule_samples import MANUAL, PENALTY, RELATIVE_NA, item, node, ratio

FINAL = ScoreStage.FINAL


def pair(achieved, maximum) -> Pair:
    return Pair(Decimal(achieved), Decimal(maximum))


def manual(code, most="2.00", **changes):
    rule = {"min": "0.00", "max": most, "step": "0.01", "reason_required_below_max": False}
    parent = code.rpartition(".")[0]
    return item(RuleType.MANUAL, rule, most, code=code, parent_code=parent, **({"applicable_na": True} | changes))


def points(value) -> Entry:
    return Entry({"points": str(value)})


def tree_of(*items) -> Tree:
    return Tree.build(replace(each, position=place) for place, each in enumerate(items))


def final_totals(tree, entries, shares=None, **more):
    return totals(tree, entries={FINAL: entries}, bests={}, shares=shares or {}, **more)


BASE = (node("1", most="4.00"), manual("1.1"), manual("1.2"))
EXTRA = (
    node("X", most="1.00", part=Part.BONUS),
    manual("X.1", "1.00", part=Part.BONUS),
    manual("X.2", "1.00", part=Part.BONUS),
    node("Y", most="-1.00", part=Part.PENALTY),
    replace(PENALTY, code="Y.1", parent_code="Y"),
    replace(PENALTY, code="Y.2", parent_code="Y"),
)


@pytest.mark.parametrize(
    ("mode", "rule", "pairs", "expected"),
    [
        ("sum", {}, [pair(1, 2), pair("0.5", 1)], pair("1.5", 3)),
        ("sum", {}, [pair(1, 2), None], pair(1, 2)),
        ("sum", {}, [None, None], NOTHING),
        ("capped_sum", {"cap": "1.50"}, [pair(1, 1), pair(1, 1)], pair("1.5", "1.5")),
        ("capped_sum", {"cap": "1.50"}, [pair("0.5", 1), pair("0.5", 1)], pair(1, "1.5")),
        ("capped_sum", {"cap": "1.50"}, [pair("0.5", 1), None], pair("0.5", 1)),
        ("capped_sum", {"cap": "-2.00"}, [pair(0, "-1"), pair("-0.5", "-1.5")], pair("-0.5", "-2")),
        ("capped_sum", {"cap": "-2.00"}, [pair(-1, "-1"), pair("-1.5", "-1.5")], pair("-2", "-2")),
        ("best_of", {}, [pair("0.5", 2), pair(1, 1)], pair(1, 2)),
        ("best_of", {}, [pair("0.5", 2), None], pair("0.5", 2)),
        ("best_of", {}, [None, pair("0.5", 1)], pair("0.5", 1)),
        ("best_of", {}, [pair("-0.5", "-1"), None], pair("-0.5", "-1")),
    ],
)
def test_modes_of_roll_up(mode, rule, pairs, expected):
    tree = tree_of(node("1", mode, **rule), *(manual(f"1.{place}") for place in range(len(pairs))))

    assert roll_up(tree, "1", lambda leaf: pairs[int(leaf.code[2:])]) == expected


def test_depth_may_be_uneven():
    tree = tree_of(
        manual("1"),
        node("2"),
        manual("2.1"),
        node("2.2", parent="2"),
        manual("2.2.1"),
        node("2.2.2", "best_of", parent="2.2"),
        manual("2.2.2.1"),
        manual("2.2.2.2"),
    )
    sums = final_totals(tree, {code: points(1) for code in ("1", "2.1", "2.2.1", "2.2.2.1", "2.2.2.2")})

    assert sums.nodes == {
        "1": pair(1, 2),
        "2": pair(3, 6),
        "2.1": pair(1, 2),
        "2.2": pair(2, 4),
        "2.2.1": pair(1, 2),
        "2.2.2": pair(1, 2),
        "2.2.2.1": pair(1, 2),
        "2.2.2.2": pair(1, 2),
    }
    assert tree.root_of("2.2.2.1").code == "2"


def test_row_with_a_missing_parent_is_refused():
    with pytest.raises(ValueError, match=r"Items without their parent: 3\.1"):
        tree_of(manual("3.1"))


def test_na_takes_the_maximum_away_and_unscored_keeps_it():
    sums = final_totals(tree_of(*BASE), {"1.1": points("1.5"), "1.2": Entry(na=True)})
    assert (sums.areas, sums.index, sums.complete) == ({"1": pair("1.5", 2)}, Decimal(75), True)
    assert sums.nodes["1.2"] == NOTHING

    sums = final_totals(tree_of(*BASE), {"1.1": points("1.5")})
    assert (sums.areas, sums.index, sums.complete) == ({"1": pair("1.5", 4)}, Decimal("37.5"), False)
    assert (sums.unscored, sums.leaves["1.2"].state) == (("1.2",), RowState.EMPTY)


def test_zero_by_late_policy_keeps_the_maximum_and_is_complete():
    sums = final_totals(tree_of(*BASE), {"1.1": points("1.5"), "1.2": Entry(zeroed=True)})

    assert (sums.areas, sums.complete, sums.leaves["1.2"].state) == ({"1": pair("1.5", 4)}, True, RowState.ZEROED)


def test_no_maximum_gives_no_index_and_says_why():
    sums = final_totals(tree_of(*BASE), {"1.1": Entry(na=True), "1.2": Entry(na=True)})

    assert (sums.maximum, sums.index, sums.areas["1"].index) == (0, None, None)
    assert sums.index_missing == (
        "Chưa có chỉ số: mọi nội dung đều không áp dụng nên không còn điểm tối đa để so sánh."
    )
    assert final_totals(tree_of(*BASE), {}).index_missing == ""


@pytest.mark.parametrize(
    ("entries", "bonus", "penalty", "achieved", "index"),
    [
        ({"X.1": points("0.4"), "X.2": points("0.3")}, "0.7", "0", "2.7", "67.5"),
        ({"X.1": points(1), "X.2": points(1)}, "1", "0", "3", "75"),
        ({"Y.1": Entry({"counts": {"a": "1"}})}, "0", "-0.25", "1.75", "43.75"),
        ({"Y.1": Entry({"counts": {"a": "9"}}), "Y.2": Entry({"counts": {"a": "9"}})}, "0", "-1", "1", "25"),
    ],
)
def test_bonus_and_penalty_are_held_and_never_enter_the_maximum(entries, bonus, penalty, achieved, index):
    sums = final_totals(tree_of(*BASE, *EXTRA), {"1.1": points(1), "1.2": points(1)} | entries)

    assert (sums.base, sums.bonus, sums.penalty) == (2, Decimal(bonus), Decimal(penalty))
    assert (sums.achieved, sums.maximum, sums.index) == (Decimal(achieved), 4, Decimal(index))


@pytest.mark.parametrize(
    ("entries", "index"),
    [
        ({"1.1": points(2), "1.2": points(2), "X.1": points(1)}, 100),
        ({"1.1": points(0), "1.2": points(0), "Y.1": Entry({"counts": {"a": "4"}})}, 0),
    ],
)
def test_index_is_held_within_0_and_100(entries, index):
    assert final_totals(tree_of(*BASE, *EXTRA), entries).index == index


def test_each_stage_counts_only_the_items_that_belong_to_it():
    tree = tree_of(
        node("1", most="6.00"),
        manual("1.1"),
        manual("1.2", scoring=Scoring.ENTERED),
        manual("1.3", scoring=Scoring.SURVEY),
    )
    entered = {
        ScoreStage.SELF: {"1.1": points(2), "1.2": points(2)},
        ScoreStage.APPRAISED: {"1.1": points(1), "1.2": points("0.5")},
        FINAL: {"1.1": points("1.5"), "1.2": points("0.5")},
    }

    def sums(stage):
        return totals(tree, entries=entered, bests={}, shares={"1.3": Decimal("0.5")}, stage=stage)

    final = sums(FINAL)
    assert (final.self, final.appraised, final.final_appraised) == (pair(2, 2), pair("1.5", 4), pair(2, 4))
    assert (final.survey, final.base, final.maximum) == (pair(1, 2), 3, 6)
    assert (sums(ScoreStage.SELF).areas, sums(ScoreStage.SELF).complete) == ({"1": pair(2, 2)}, True)
    assert (sums(ScoreStage.APPRAISED).areas, sums(ScoreStage.APPRAISED).stage) == (
        {"1": pair("1.5", 4)},
        ScoreStage.APPRAISED,
    )


def test_missing_survey_share_leaves_the_result_provisional():
    sums = final_totals(tree_of(node("1"), manual("1.1"), manual("1.2", scoring=Scoring.SURVEY)), {"1.1": points(2)})

    assert (sums.unscored, sums.areas) == (("1.2",), {"1": pair(2, 4)})


def test_best_ratio_of_each_stage_is_its_own():
    tree = tree_of(node("1"), replace(RELATIVE_NA, code="1.1", parent_code="1"))
    entered = {stage: {"1.1": Entry(ratio(1, 4))} for stage in ScoreStage}
    bests = {
        ScoreStage.SELF: {"1.1": Ratio(Decimal(1), Decimal(1))},
        ScoreStage.APPRAISED: {"1.1": Ratio(Decimal(1), Decimal(2))},
        FINAL: {"1.1": Ratio(Decimal(1), Decimal(4))},
    }
    sums = totals(tree, entries=entered, bests=bests, shares={})

    assert (sums.self, sums.appraised, sums.final_appraised) == (pair("0.25", 1), pair("0.5", 1), pair(1, 1))


def test_equal_indexes_share_a_rank_and_the_next_is_skipped():
    assert rank({"a": Decimal(90), "b": Decimal("95"), "c": Decimal("95.0"), "d": Decimal(80)}) == {
        "b": 1,
        "c": 1,
        "a": 3,
        "d": 4,
    }


def test_representation_noise_does_not_break_a_tie_but_a_real_difference_does():
    third = Decimal(100) / 3
    assert rank({"a": third, "b": third + Decimal("1e-20")}) == {"a": 1, "b": 1}
    assert rank({"a": third, "b": third + Decimal("1e-9")}) == {"a": 2, "b": 1}
    assert rank({}) == {}


INDEXES = st.decimals(min_value=0, max_value=100, places=2)


@given(st.dictionaries(st.integers(), INDEXES, max_size=12), st.randoms())
def test_rank_does_not_depend_on_the_order(indexes, random):
    shuffled = list(indexes.items())
    random.shuffle(shuffled)

    assert rank(dict(shuffled)) == rank(indexes)


@given(st.dictionaries(st.integers(), INDEXES, min_size=1, max_size=12))
def test_rank_is_one_more_than_the_number_of_better_ones(indexes):
    assert rank(indexes) == {
        key: 1 + sum(other > index for other in indexes.values()) for key, index in indexes.items()
    }


LARGE = tree_of(
    node("1", most="10.00"),
    *(manual(f"1.{place}") for place in range(1, 4)),
    node("2", most="6.00"),
    node("2.1", "capped_sum", "3.00", parent="2", cap="3.00"),
    manual("2.1.1"),
    manual("2.1.2"),
    node("2.2", "best_of", "2.00", parent="2"),
    manual("2.2.1"),
    manual("2.2.2", "1.00"),
    *EXTRA,
)
ENTRY = st.one_of(
    st.integers(0, 10).map(lambda tenths: points(Decimal(tenths) / 10)),
    st.just(Entry()),
    st.just(Entry(na=True)),
    st.just(Entry(zeroed=True)),
)
ENTRIES = st.fixed_dictionaries(
    {leaf.code: ENTRY for leaf in LARGE.leaves if leaf.rule_type == MANUAL.rule_type}
    | {code: st.integers(0, 9).map(lambda count: Entry({"counts": {"a": str(count)}})) for code in ("Y.1", "Y.2")}
)


@given(ENTRIES)
def test_index_stays_within_0_and_100_and_points_within_the_maximum(entries):
    sums = final_totals(LARGE, entries)

    assert sums.index is None or 0 <= sums.index <= 100
    assert all(0 <= area.achieved <= area.maximum for area in sums.areas.values())
    assert -1 <= sums.penalty <= 0 <= sums.bonus <= 1


@given(ENTRIES, st.sampled_from(["1.1", "1.2", "2.1.1", "2.2.1"]))
def test_one_more_na_never_changes_the_maxima_elsewhere(entries, code):
    before, after = final_totals(LARGE, entries), final_totals(LARGE, entries | {code: Entry(na=True)})
    above = {code[:length] for length in range(1, len(code) + 1)}

    assert {c: p for c, p in before.nodes.items() if c not in above} == {
        c: p for c, p in after.nodes.items() if c not in above
    }
    assert all(after.nodes[c].maximum <= before.nodes[c].maximum for c in above & set(before.nodes))
