"""Every point, sum, index and rank of whole seasons, against the generator's own arithmetic."""

from decimal import Decimal

import pytest

from assessments.enums import RuleType, ScoreStage
from assessments.rules.numbers import format_points
from assessments.rules.points import best_ratio
from assessments.rules.rollup import Totals, rank, totals
from tests import reference_season
from tests.reference_season import GROUPS, UnitScores


def group_totals(tree, units: dict[str, UnitScores], stage: ScoreStage) -> dict[str, Totals]:
    relative = [item for item in tree.leaves if item.rule_type == RuleType.RELATIVE_TO_BEST]
    bests = {each: {} for each in ScoreStage}
    for each in ScoreStage:
        for item in relative:
            best = best_ratio(item, [unit.entries[each][item.code] for unit in units.values()])
            if best is not None:
                bests[each][item.code] = best
    return {
        code: totals(tree, entries=unit.entries, bests=bests, shares=unit.shares, stage=stage)
        for code, unit in units.items()
    }


def printed(value: Decimal | None, places: int = 6) -> str:
    return "" if value is None else format_points(value, places).replace(",", ".")


def differences(group: str, units: dict[str, UnitScores]) -> list[str]:
    """Name every number of a group that is not the generator's."""
    tree = reference_season.tree(group)
    found = []

    def compare(where: str, ours: str, theirs: str) -> None:
        if ours != theirs:
            found.append(f"{group} {where}: {ours} instead of {theirs}")

    for stage in ScoreStage:
        for code, sums in group_totals(tree, units, stage).items():
            for item in tree.leaves:
                scored = sums.leaves.get(item.code)
                ours = "" if scored is None else printed(scored.points)
                compare(f"{code} {item.code} {stage}", ours, units[code].points[stage][item.code])
    results = group_totals(tree, units, ScoreStage.FINAL)
    ranks = rank({code: sums.index for code, sums in results.items()})
    for code, sums in results.items():
        expected = units[code].totals
        ours = {
            "self_points": sums.self.achieved,
            "self_max": sums.self.maximum,
            "appraised_points": sums.appraised.achieved,
            "appraised_max": sums.appraised.maximum,
            "final_appraised_points": sums.final_appraised.achieved,
            "final_appraised_max": sums.final_appraised.maximum,
            "survey_points": sums.survey.achieved,
            "survey_max": sums.survey.maximum,
            "base_points": sums.base,
            "bonus": sums.bonus,
            "penalty": sums.penalty,
            "achieved": sums.achieved,
            "max_after_na": sums.maximum,
            "index_percent_6": sums.index,
        }
        for name, value in ours.items():
            compare(f"{code} {name}", printed(value), expected[name])
        compare(f"{code} index_percent_2", printed(sums.index, 2), expected["index_percent_2"])
        compare(f"{code} rank", str(ranks[code]), expected["rank"])
        compare(f"{code} complete", str(sums.complete), "True")
        compare(f"{code} areas", " ".join(sums.areas), " ".join(units[code].areas))
        for area, pair in sums.areas.items():
            row = units[code].areas[area]
            compare(f"{code} area {area} achieved", printed(pair.achieved), row["achieved"])
            compare(f"{code} area {area} maximum", printed(pair.maximum), row["max_after_na"])
            compare(f"{code} area {area} index", printed(pair.index), row["index_percent_6"])
    return found


def test_reference_season_has_fifty_units():
    assert [len(units) for units in reference_season.season().values()] == [18, 12, 20]


@pytest.mark.slow
@pytest.mark.parametrize("group", GROUPS)
def test_every_number_of_the_reference_season_is_equal(group):
    assert differences(group, reference_season.season()[group]) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", [7, 1986])
def test_every_number_of_another_season_is_equal(seed, tmp_path):
    season = reference_season.season(reference_season.make(seed, tmp_path))

    assert [difference for group in GROUPS for difference in differences(group, season[group])] == []
