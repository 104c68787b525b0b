"""Loading inputs and working out points: a fixed number of queries, whatever the number of units or items."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from assessments.enums import RowState, RuleType, ScoreStage, Stage
from assessments.models import Assessment, AssessmentPeriod, CriteriaItem, CriteriaSet, ItemScore
from assessments.rules.criteria import parent_code_of
from assessments.rules.items import Entry, ItemRule, Tree
from assessments.rules.points import ProvisionalBest, Ratio, best_ratio
from assessments.rules.rollup import Totals, rank, totals

Bests = dict[ScoreStage, dict[str, Ratio]]


@dataclass(frozen=True)
class CaseScores:
    """Everything entered for one case: inputs by stage and code, survey shares by code."""

    entries: dict[ScoreStage, dict[str, Entry]] = field(default_factory=lambda: {stage: {} for stage in ScoreStage})
    shares: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class GroupResult:
    """The result of one case within its group; ``rank`` is None where there is no index."""

    assessment: Assessment
    totals: Totals
    rank: int | None


def score_stage_of(stage: Stage | str) -> ScoreStage:
    """Return the set of inputs that a case speaks of: its own until appraisal, final from the announcement on."""
    stage = Stage(stage)
    if stage in Stage.with_results():
        return ScoreStage.FINAL
    if stage in (Stage.APPRAISAL, Stage.CONSOLIDATION):
        return ScoreStage.APPRAISED
    return ScoreStage.SELF


def rule_of(item: CriteriaItem, parent_code: str | None = None) -> ItemRule:
    """Return a stored item as the rules see it, without a query (the parent is told by the code)."""
    return ItemRule(
        code=item.code,
        parent_code=parent_code_of(item.code) if parent_code is None else parent_code,
        level=item.level,
        part=item.part,
        name=item.name,
        max_points=item.max_points,
        scoring=item.scoring,
        rule_type=item.rule_type,
        rule=item.rule,
        applicable_na=item.applicable_na,
        evidence_required=item.evidence_required,
        evidence_hint=item.evidence_hint,
        appraising_body=item.appraising_body,
        is_leaf=item.is_leaf,
        position=item.position,
        guidance=item.guidance,
    )


def tree_of(criteria_set: CriteriaSet | int) -> Tree:
    """Return the tree of a criteria set; one query. Nothing is kept between calls: a draft set still changes."""
    return trees_of([criteria_set if isinstance(criteria_set, int) else criteria_set.pk]).popitem()[1]


def trees_of(criteria_set_ids: Collection[int]) -> dict[int, Tree]:
    """Return ``{criteria set id: tree}``; one query."""
    items = list(CriteriaItem.objects.filter(criteria_set__in=set(criteria_set_ids)))
    codes = {item.pk: item.code for item in items}
    rows: dict[int, list[ItemRule]] = {pk: [] for pk in criteria_set_ids}
    for item in items:
        rows[item.criteria_set_id].append(rule_of(item, codes[item.parent_id] if item.parent_id else ""))
    return {pk: Tree.build(rules) for pk, rules in rows.items()}


def scores_of(assessment_ids: Iterable[int]) -> dict[int, CaseScores]:
    """Return ``{case id: everything entered}``; one query."""
    ids = list(assessment_ids)
    cases = {pk: CaseScores() for pk in ids}
    rows = ItemScore.objects.filter(assessment__in=ids).order_by()
    columns = rows.values_list("assessment_id", "item__code", "survey_share", *_ZEROES, *_INPUTS)
    for assessment_id, code, share, late_zero, agreed_zero, *inputs in columns:
        case = cases[assessment_id]
        if share is not None:
            case.shares[code] = share
        for stage, entry in zip(ScoreStage, _entries(late_zero, agreed_zero, inputs), strict=True):
            case.entries[stage][code] = entry
    return cases


def entries_of(assessment_ids: Iterable[int], stage: ScoreStage) -> dict[int, dict[str, Entry]]:
    """Return ``{case id: {item code: entry}}`` of one stage; one query."""
    return {pk: case.entries[stage] for pk, case in scores_of(assessment_ids).items()}


def entry_of(score: ItemScore, stage: ScoreStage) -> Entry:
    """Return what stands in one loaded row for one stage, without a query."""
    inputs = [getattr(score, name) for name in _INPUTS]
    entries = _entries(score.self_zeroed, score.appraised_zeroed, inputs)
    return dict(zip(ScoreStage, entries, strict=True))[stage]


def bests_by_stage(period: AssessmentPeriod | int, unit_kind: str) -> Bests:
    """Return the best ratio of the group in each stage by item code; one query over the relative items alone.

    The group is all units of one kind in one period (a district's period has its own communes only). This is what
    counts; what a reader may be shown before publication is ``bests_seen``.
    """
    return _bests(*_relative_entries(period, unit_kind, lambda _case, _stage: True))


def bests_seen(assessment: Assessment, *, by_unit: bool) -> Bests:
    """Return the best ratios that a reader of one case may know; points are worked out from them. One query.

    Points beside the best of a group tell that best. Before publication the unit itself (``by_unit``) is shown its own
    inputs as the best (``ProvisionalBest``), and what was announced, once its own result is; those who judge are shown
    the best among what was submitted. Nobody reads another unit's draft.
    """
    if assessment.stage in (Stage.PUBLISHED, Stage.CORRECTION):
        return bests_by_stage(assessment.period_id, assessment.unit_kind)
    by_unit = by_unit or assessment.stage in Stage.before_submission()
    is_announced = assessment.stage in Stage.with_results()

    def counts(case: Assessment, stage: ScoreStage) -> bool:
        if case.pk == assessment.pk:
            return True
        if by_unit:
            return stage == ScoreStage.FINAL and is_announced and case.stage in Stage.with_results()
        return case.stage not in Stage.before_submission()

    bests = _bests(*_relative_entries(assessment.period_id, assessment.unit_kind, counts))
    if by_unit:
        for stage in ScoreStage:
            if stage != ScoreStage.FINAL or not is_announced:
                bests[stage] = {code: ProvisionalBest(*best) for code, best in bests[stage].items()}
    return bests


def bests_of(period: AssessmentPeriod | int, unit_kind: str, stage: ScoreStage) -> dict[str, Ratio]:
    """Return ``{item code: (numerator, denominator)}`` of the group's best ratio in one stage; one query."""
    return bests_by_stage(period, unit_kind)[stage]


def totals_of(assessment: Assessment, stage: ScoreStage | None = None, *, by_unit: bool = False) -> Totals:
    """Return the sums of one case; three queries. ``Totals.stage`` says what they speak of.

    ``by_unit`` says that the unit itself reads them (``bests_seen``).

    Without ``stage`` it is the set of inputs that belongs to where the case stands. Before the announcement nothing is
    final, and a unit must not be shown what the appraisal gave: ask for ``ScoreStage.SELF`` there.
    """
    scores = scores_of([assessment.pk])[assessment.pk]
    return totals(
        tree_of(assessment.criteria_set_id),
        entries=scores.entries,
        bests=bests_seen(assessment, by_unit=by_unit),
        shares=scores.shares,
        stage=stage or score_stage_of(assessment.stage),
    )


def group_results(
    period: AssessmentPeriod | int, unit_kind: str, stage: ScoreStage = ScoreStage.FINAL
) -> list[GroupResult]:
    """Return the results of a whole group in one stage, best first, then by name; three queries.

    A result whose ``totals.complete`` is false is provisional, and so is every rank beside it.
    """
    cases = list(
        Assessment.objects.filter(period=period, unit_kind=unit_kind)
        .select_related("unit", "period", "criteria_set")
        .order_by("unit__sort_key", "unit__code")
    )
    if not cases:
        return []
    trees = trees_of({case.criteria_set_id for case in cases})
    scores = scores_of([case.pk for case in cases])
    bests = _bests_of_loaded(trees, scores)
    sums = {
        case.pk: totals(
            trees[case.criteria_set_id],
            entries=scores[case.pk].entries,
            bests=bests,
            shares=scores[case.pk].shares,
            stage=stage,
        )
        for case in cases
    }
    ranks = rank({pk: each.index for pk, each in sums.items() if each.index is not None})
    results = [GroupResult(case, sums[case.pk], ranks.get(case.pk)) for case in cases]
    return sorted(results, key=lambda result: (result.rank is None, result.rank))


def unscored_by_stage(assessment: Assessment, stage: ScoreStage) -> list[str]:
    """Return the codes of the leaves that have nothing yet in one stage, in the order of the set; three queries."""
    sums = totals_of(assessment, stage)
    return [code for code, scored in sums.leaves.items() if scored.state == RowState.EMPTY]


_ZEROES = ("self_zeroed", "appraised_zeroed")
_INPUTS = ("self_input", "self_na", "appraised_input", "appraised_na", "final_input", "final_na")


def _entries(late_zero: bool, agreed_zero: bool, inputs: list) -> list[Entry]:
    """Return the entries of one row in the order of the stages; a zero stands until an input replaces it.

    A zero of the late policy speaks for every stage, one that the appraising body agreed to from the appraisal on.
    """
    pairs = zip(inputs[::2], inputs[1::2], strict=True)
    zeroes = (late_zero, late_zero or agreed_zero, late_zero or agreed_zero)
    return [
        Entry(entered, na, zero and entered is None and not na)
        for (entered, na), zero in zip(pairs, zeroes, strict=True)
    ]


def _relative_entries(
    period: AssessmentPeriod | int, unit_kind: str, counts: Callable[[Assessment, ScoreStage], bool]
) -> tuple[dict[str, ItemRule], dict[ScoreStage, dict[str, list[Entry]]]]:
    """Return the items relative to the best of a group, and for each stage what was entered where it ``counts``."""
    rows = ItemScore.objects.filter(
        assessment__period=period, assessment__unit_kind=unit_kind, item__rule_type=RuleType.RELATIVE_TO_BEST
    ).select_related("item", "assessment")
    items: dict[str, ItemRule] = {}
    entered: dict[ScoreStage, dict[str, list[Entry]]] = {stage: {} for stage in ScoreStage}
    for row in rows:
        items.setdefault(row.item.code, rule_of(row.item))
        for stage in ScoreStage:
            if counts(row.assessment, stage):
                entered[stage].setdefault(row.item.code, []).append(entry_of(row, stage))
    return items, entered


def _bests_of_loaded(trees: Mapping[int, Tree], scores: Mapping[int, CaseScores]) -> Bests:
    items = {
        item.code: item
        for tree in trees.values()
        for item in tree.leaves
        if item.rule_type == RuleType.RELATIVE_TO_BEST
    }
    entered = {
        stage: {
            code: [case.entries[stage][code] for case in scores.values() if code in case.entries[stage]]
            for code in items
        }
        for stage in ScoreStage
    }
    return _bests(items, entered)


def _bests(items: Mapping[str, ItemRule], entered: Mapping[ScoreStage, Mapping[str, list[Entry]]]) -> Bests:
    found: Bests = {stage: {} for stage in ScoreStage}
    for stage, by_code in entered.items():
        for code, entries in by_code.items():
            best = best_ratio(items[code], entries)
            if best is not None:
                found[stage][code] = best
    return found
