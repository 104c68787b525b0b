"""What the unit entered beside what the appraisal and the disputes made of it, row by row: three queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from assessments.enums import RowState, ScoreStage, Scoring
from assessments.models import Assessment, ItemScore, PublishedResult
from assessments.queries.scores import Bests, bests_seen, entry_of, tree_of
from assessments.rules.inputs import input_text
from assessments.rules.items import Entry, ItemRule
from assessments.rules.points import explain, points_of
from assessments.rules.rollup import Pair, Totals, totals
from workflow.queries.sheet import StageCell


@dataclass(frozen=True)
class ComparedRow:
    """One row: a heading with its sums, or a leaf with its cells (None where that stage has nothing for it)."""

    item: ItemRule
    depth: int
    sums: Mapping[ScoreStage, Pair]
    score: ItemScore | None = None
    own: StageCell | None = None
    appraised: StageCell | None = None
    final: StageCell | None = None

    @property
    def own_sum(self) -> Pair:
        """Return the sums of the unit's own inputs under a heading."""
        return self.sums[ScoreStage.SELF]

    @property
    def appraised_sum(self) -> Pair:
        """Return the sums of the appraisal under a heading."""
        return self.sums[ScoreStage.APPRAISED]

    @property
    def final_sum(self) -> Pair:
        """Return the sums of the final inputs under a heading, survey included."""
        return self.sums[ScoreStage.FINAL]

    @property
    def difference(self) -> Decimal | None:
        """Return how many points the appraisal added (negative: took off); None where one side has no points."""
        if self.own is None or self.appraised is None:
            return None
        own, appraised = self.own.scored.points, self.appraised.scored.points
        return None if own is None or appraised is None else appraised - own

    @property
    def is_changed(self) -> bool:
        """Say whether the appraisal put something else in the place of what the unit entered."""
        score = self.score
        if score is None or score.appraised_at is None or self.item.scoring != Scoring.SELF:
            return False
        return (score.self_input, score.self_na) != (score.appraised_input, score.appraised_na)

    @property
    def is_settled(self) -> bool:
        """Say whether a dispute or a correction put something else in the place of what was appraised."""
        score = self.score
        if score is None or score.final_at is None:
            return False
        return (score.final_input, score.final_na) != (score.appraised_input, score.appraised_na)


@dataclass(frozen=True)
class PublishedItem:
    """What was published of one row."""

    achieved: Decimal
    maximum: Decimal
    na: bool

    def is_different(self, cell: StageCell | None) -> bool:
        """Say whether something else stands there now; headings have no cell and are not compared."""
        if cell is None:
            return False
        points = cell.scored.points
        if self.na or points is None:
            return self.na != (points is None)
        return points != self.achieved


@dataclass(frozen=True)
class Comparison:
    """All rows of a case with the sums of each stage."""

    rows: tuple[ComparedRow, ...]
    totals: Mapping[ScoreStage, Totals]

    @property
    def own(self) -> Totals:
        """Return the sums of the unit's own inputs."""
        return self.totals[ScoreStage.SELF]

    @property
    def appraised(self) -> Totals:
        """Return the sums of the appraisal."""
        return self.totals[ScoreStage.APPRAISED]

    @property
    def final(self) -> Totals:
        """Return the sums of the final inputs."""
        return self.totals[ScoreStage.FINAL]

    @property
    def areas(self) -> tuple[ComparedRow, ...]:
        """Return the rows of the top level."""
        return tuple(row for row in self.rows if not row.item.parent_code)

    @property
    def leaves(self) -> tuple[ComparedRow, ...]:
        """Return the rows that are scored themselves."""
        return tuple(row for row in self.rows if row.item.is_leaf)

    @property
    def changed(self) -> tuple[ComparedRow, ...]:
        """Return the rows that the appraisal changed."""
        return tuple(row for row in self.rows if row.is_changed)

    @property
    def unsurveyed(self) -> tuple[ComparedRow, ...]:
        """Return the rows whose survey result is not there yet."""
        return tuple(
            row
            for row in self.leaves
            if row.item.scoring == Scoring.SURVEY and row.final is not None and row.final.points is None
        )


def comparison_of(case: Assessment, *, by_unit: bool = False) -> Comparison:
    """Return every row of a case with its cells and sums side by side, as its unit or as those who judge may see it."""
    tree = tree_of(case.criteria_set_id)
    scores = {
        score.item.code: score
        for score in ItemScore.objects.filter(assessment=case).select_related("item", "appraised_by", "final_by")
    }
    bests = bests_seen(case, by_unit=by_unit)
    shares = {code: score.survey_share for code, score in scores.items() if score.survey_share is not None}
    entries = {stage: {code: entry_of(score, stage) for code, score in scores.items()} for stage in ScoreStage}
    sums = {stage: totals(tree, entries=entries, bests=bests, shares=shares, stage=stage) for stage in ScoreStage}
    rows = []
    for item in tree.items:
        nodes = {stage: each.nodes[item.code] for stage, each in sums.items()}
        score = scores.get(item.code) if item.is_leaf else None
        if score is None:
            rows.append(ComparedRow(item, item.code.count("."), nodes))
            continue
        rows.append(
            ComparedRow(
                item=item,
                depth=item.code.count("."),
                sums=nodes,
                score=score,
                own=cell_of(score, item, ScoreStage.SELF, bests) if item.scoring == Scoring.SELF else None,
                appraised=appraised_cell(score, item, bests),
                final=cell_of(score, item, ScoreStage.FINAL, bests),
            )
        )
    return Comparison(tuple(rows), sums)


def published_items(case: Assessment) -> tuple[PublishedResult | None, dict[str, PublishedItem]]:
    """Return the newest published result of a case and its rows by code; one query, nothing before a publication."""
    results = PublishedResult.objects.filter(publication__period=case.period_id, unit=case.unit_id)
    result = results.select_related("publication").order_by("-publication__number").first()
    if result is None:
        return None, {}
    return result, {
        row["code"]: PublishedItem(Decimal(row["achieved"]), Decimal(row["maximum"]), row["na"])
        for row in result.content["items"]
    }


def cell_of(score: ItemScore, item: ItemRule, stage: ScoreStage, bests: Bests) -> StageCell:
    """Return what stands in one row for one stage, without a query."""
    return cell(item, entry_of(score, stage), stage, bests, share=score.survey_share)


def appraised_cell(score: ItemScore, item: ItemRule, bests: Bests) -> StageCell | None:
    """Return what the body gave one row, None until it has."""
    return cell_of(score, item, ScoreStage.APPRAISED, bests) if score.appraised_at else None


def cell(item: ItemRule, entry: Entry, stage: ScoreStage, bests: Bests, *, share: Decimal | None = None) -> StageCell:
    """Return an input in words with its points and how they were worked out, as if it stood in ``stage``."""
    best = bests[stage].get(item.code)
    scored = points_of(item, entry, best, share)
    if entry.na:
        text = "Không áp dụng"
    elif scored.state == RowState.ZEROED:
        text = "Không chấm, tính 0 điểm"
    else:
        text = input_text(item, entry.input)
    return StageCell(text, scored, explain(item, entry, best, share) if scored.state != RowState.EMPTY else "")
