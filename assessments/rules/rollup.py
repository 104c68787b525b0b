"""From the points of the leaves to areas, totals, index and rank. The steps are those of the season's README.

In a stage only the items that belong to it count: ``self`` the items the unit scores, ``appraised`` also those that the
appraising body enters, ``final`` also the survey.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

from assessments.enums import RowState, ScoreStage, Scoring
from assessments.rules.items import EMPTY, Entry, ItemRule, Tree
from assessments.rules.numbers import exact
from assessments.rules.points import HUNDRED, ZERO, Ratio, Scored, points_of

Key = TypeVar("Key", bound=Hashable)

ENTERED_IN: dict[ScoreStage, frozenset[str]] = {
    ScoreStage.SELF: frozenset({Scoring.SELF}),
    ScoreStage.APPRAISED: frozenset({Scoring.SELF, Scoring.ENTERED}),
    ScoreStage.FINAL: frozenset({Scoring.SELF, Scoring.ENTERED, Scoring.SURVEY}),
}
"""Who scores the items that belong to a stage."""

_APPRAISED = ENTERED_IN[ScoreStage.APPRAISED]
_SURVEYED = frozenset({Scoring.SURVEY})
_COMPARED_TO = Decimal("1e-12")


@dataclass(frozen=True)
class Pair:
    """Points achieved and the maximum that counts."""

    achieved: Decimal
    maximum: Decimal

    @property
    def index(self) -> Decimal | None:
        """The achieved part of the maximum in percent, unrounded; None where no maximum counts."""
        if not self.maximum:
            return None
        with exact():
            return self.achieved / self.maximum * HUNDRED


NOTHING = Pair(ZERO, ZERO)


@dataclass(frozen=True)
class Totals:
    """All sums of one case. ``nodes``, ``areas``, ``base`` to ``index`` speak of ``stage``; no number is rounded.

    ``nodes`` has every row of the set, ``areas`` the base areas alone. ``leaves`` has the leaves of the stage.
    ``self``, ``appraised``, ``final_appraised`` (final without survey) and ``survey`` sum the base areas. ``unscored``
    names the leaves of the stage that have nothing yet: they count 0 points of their maximum; the result is provisional
    until there are none.
    """

    stage: ScoreStage
    nodes: Mapping[str, Pair]
    areas: Mapping[str, Pair]
    leaves: Mapping[str, Scored]
    self: Pair
    appraised: Pair
    final_appraised: Pair
    survey: Pair
    base: Decimal
    bonus: Decimal
    penalty: Decimal
    achieved: Decimal
    maximum: Decimal
    index: Decimal | None
    unscored: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Say whether every leaf of the stage is scored, so that the result is not provisional."""
        return not self.unscored

    @property
    def index_missing(self) -> str:
        """Say why there is no index; empty where there is one."""
        if self.index is not None:
            return ""
        return "Chưa có chỉ số: mọi nội dung đều không áp dụng nên không còn điểm tối đa để so sánh."


def roll_up(tree: Tree, code: str, leaf: Callable[[ItemRule], Pair | None]) -> Pair:
    """Return (achieved, maximum) of a row; ``leaf`` gives the pair of a leaf, None where it does not count."""
    with exact():
        return _roll_up(tree, tree.by_code[code], leaf, {}) or NOTHING


def totals(
    tree: Tree,
    *,
    entries: Mapping[ScoreStage, Mapping[str, Entry]],
    bests: Mapping[ScoreStage, Mapping[str, Ratio]],
    shares: Mapping[str, Decimal],
    stage: ScoreStage = ScoreStage.FINAL,
) -> Totals:
    """Return all sums of one case.

    ``entries`` and ``bests`` are by stage and code (a missing code is unscored, or has no best ratio), ``shares`` the
    survey's results by code.
    """
    with exact():
        scored = {each: _scored(tree, each, entries.get(each, {}), bests.get(each, {}), shares) for each in ScoreStage}
        nodes = dict.fromkeys(tree.by_code, NOTHING)
        leaf = _leaf(scored[stage], ENTERED_IN[stage])
        for root in tree.children.get("", ()):
            _roll_up(tree, root, leaf, nodes)
        areas = {area.code: nodes[area.code] for area in tree.areas}
        base, maximum = _sum(areas.values())
        bonus = sum((min(nodes[root.code].achieved, root.max_points) for root in tree.bonus), ZERO)
        penalty = sum((max(nodes[root.code].achieved, root.max_points) for root in tree.penalty), ZERO)
        achieved = base + bonus + penalty
        return Totals(
            stage=stage,
            nodes=nodes,
            areas=areas,
            leaves=scored[stage],
            self=_of_areas(tree, scored[ScoreStage.SELF], ENTERED_IN[ScoreStage.SELF]),
            appraised=_of_areas(tree, scored[ScoreStage.APPRAISED], _APPRAISED),
            final_appraised=_of_areas(tree, scored[ScoreStage.FINAL], _APPRAISED),
            survey=_of_areas(tree, scored[ScoreStage.FINAL], _SURVEYED),
            base=base,
            bonus=bonus,
            penalty=penalty,
            achieved=achieved,
            maximum=maximum,
            index=min(HUNDRED, max(ZERO, achieved / maximum * HUNDRED)) if maximum else None,
            unscored=tuple(code for code, score in scored[stage].items() if score.state == RowState.EMPTY),
        )


def rank(indexes: Mapping[Key, Decimal]) -> dict[Key, int]:
    """Return the rank by index, highest first: equal indexes share a rank and the next is skipped (1, 1, 3).

    Indexes are compared after rounding to 12 places, so that the last digits of a division cannot break a tie.
    """
    with exact():
        rounded = {key: index.quantize(_COMPARED_TO, ROUND_HALF_UP) for key, index in indexes.items()}
    first: dict[Decimal, int] = {}
    for place, index in enumerate(sorted(rounded.values(), reverse=True), start=1):
        first.setdefault(index, place)
    return {key: first[index] for key, index in rounded.items()}


def _scored(
    tree: Tree,
    stage: ScoreStage,
    entries: Mapping[str, Entry],
    bests: Mapping[str, Ratio],
    shares: Mapping[str, Decimal],
) -> dict[str, Scored]:
    return {
        item.code: points_of(item, entries.get(item.code, EMPTY), bests.get(item.code), shares.get(item.code))
        for item in tree.leaves
        if item.scoring in ENTERED_IN[stage]
    }


def _leaf(scored: Mapping[str, Scored], scorings: frozenset[str]) -> Callable[[ItemRule], Pair | None]:
    def pair_of(item: ItemRule) -> Pair | None:
        score = scored.get(item.code)
        if score is None or item.scoring not in scorings or not score.counts:
            return None
        return Pair(score.points if score.points is not None else ZERO, item.max_points)

    return pair_of


def _of_areas(tree: Tree, scored: Mapping[str, Scored], scorings: frozenset[str]) -> Pair:
    leaf = _leaf(scored, scorings)
    return Pair(*_sum(_roll_up(tree, area, leaf, {}) or NOTHING for area in tree.areas))


def _sum(pairs: Iterable[Pair]) -> tuple[Decimal, Decimal]:
    achieved = maximum = ZERO
    for pair in pairs:
        achieved, maximum = achieved + pair.achieved, maximum + pair.maximum
    return achieved, maximum


def _roll_up(
    tree: Tree, item: ItemRule, leaf: Callable[[ItemRule], Pair | None], nodes: dict[str, Pair]
) -> Pair | None:
    """Roll up one row inside an exact context and note each counted row in ``nodes``; None where nothing counts."""
    if item.is_leaf:
        pair = leaf(item)
    else:
        below = [_roll_up(tree, child, leaf, nodes) for child in tree.children.get(item.code, ())]
        pair = _joined(item, [each for each in below if each is not None])
    if pair is not None:
        nodes[item.code] = pair
    return pair


def _joined(item: ItemRule, pairs: list[Pair]) -> Pair | None:
    if not pairs:
        return None
    if item.rule["mode"] == "best_of":
        return Pair(max(pair.achieved for pair in pairs), max(pair.maximum for pair in pairs))
    achieved, maximum = _sum(pairs)
    if item.rule["mode"] == "capped_sum":
        cap = Decimal(item.rule["cap"])
        limit = min if cap >= 0 else max  # among penalties a cap says how much may be taken off at most
        return Pair(limit(achieved, cap), limit(maximum, cap))
    return Pair(achieved, maximum)
