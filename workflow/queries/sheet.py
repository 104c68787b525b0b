"""The self-scoring sheet of one case as its page shows it: a fixed number of queries, whatever the number of rows."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from assessments import permissions
from assessments.enums import BranchState, RowState, ScoreStage, Scoring, Stage
from assessments.models import Assessment, ItemScore, Official, SupplementRequest
from assessments.queries.openness import check_unit_write
from assessments.queries.scores import Bests, bests_seen, entry_of, scores_of, tree_of
from assessments.rules import NotAllowed
from assessments.rules.inputs import InputField, input_fields, input_text
from assessments.rules.items import ItemRule, Tree
from assessments.rules.points import Scored, explain, points_of
from assessments.rules.rollup import Pair, Totals, totals
from assessments.rules.words import rule_in_words
from evidence.queries import counts_by_score


@dataclass(frozen=True)
class StageCell:
    """One set of inputs of a row: what stands there in words, its points, and how they were worked out."""

    text: str
    scored: Scored
    explanation: str

    @property
    def points(self) -> Decimal | None:
        """Return the points, None where there are none."""
        return self.scored.points


@dataclass(frozen=True)
class SheetRow:
    """One row of the sheet: a heading (area, criterion with components) or a leaf with its inputs."""

    item: ItemRule
    depth: int
    rule: str
    score: ItemScore | None = None
    fields: tuple[InputField, ...] = ()
    state: RowState = RowState.EMPTY
    own: StageCell | None = None
    appraised: StageCell | None = None
    final: StageCell | None = None
    files: int = 0
    sum: Pair | None = None  # of the stage shown, for headings
    returned_by: int | None = None  # the branch whose body asks for a supplement to this row

    @property
    def is_entered_by_unit(self) -> bool:
        """Say whether the unit itself gives the input."""
        return self.item.is_leaf and self.item.scoring == Scoring.SELF

    @property
    def who_scores(self) -> str:
        """Say who gives the input where the unit does not."""
        return {Scoring.SURVEY: "Điều tra xã hội học", Scoring.ENTERED: "Cơ quan thẩm định nhập"}.get(
            Scoring(self.item.scoring), ""
        )


@dataclass(frozen=True)
class Sheet:
    """All rows with the sums of the unit's own inputs; ``counts`` says how many rows are in each state."""

    rows: tuple[SheetRow, ...]
    totals: Totals
    counts: dict[RowState, int]
    closed_reason: str
    asked: tuple[SupplementRequest, ...] = ()  # open requests for supplement, shown to the unit

    @property
    def is_open(self) -> bool:
        """Say whether the reader may enter something now."""
        return not self.closed_reason

    @property
    def done(self) -> str:
        """Say how many rows have a result."""
        return done_in_words(self.totals)


def done_in_words(sums: Totals) -> str:
    """Say how many of the rows that the unit scores have a result, evidence or not."""
    return f"Đã chấm {len(sums.leaves) - len(sums.unscored)}/{len(sums.leaves)}"


@dataclass(frozen=True)
class _Material:
    """What every row of one case is worked out from, read once."""

    tree: Tree
    bests: Bests
    shares: dict[str, Decimal]
    sums: Totals
    files: dict[int, int]

    @classmethod
    def read(cls, assessment: Assessment, *, by_unit: bool) -> "_Material":
        tree = tree_of(assessment.criteria_set_id)
        entered = scores_of([assessment.pk])[assessment.pk]
        bests = bests_seen(assessment, by_unit=by_unit)
        sums = totals(tree, entries=entered.entries, bests=bests, shares=entered.shares, stage=ScoreStage.SELF)
        return cls(tree, bests, entered.shares, sums, counts_by_score(assessment))

    def cell(self, item: ItemRule, score: ItemScore, stage: ScoreStage) -> StageCell:
        entry, best, share = entry_of(score, stage), self.bests[stage].get(item.code), self.shares.get(item.code)
        scored = points_of(item, entry, best, share)
        text = "Không áp dụng" if entry.na else input_text(item, entry.input)
        return StageCell(text, scored, explain(item, entry, best, share) if entry.input or entry.na else "")

    def row(self, item: ItemRule, score: ItemScore | None, *, with_appraisal: bool = False) -> SheetRow:
        depth = item.code.count(".")
        if score is None or not item.is_leaf:
            return SheetRow(item=item, depth=depth, rule="", sum=self.sums.nodes[item.code])
        own = self.cell(item, score, ScoreStage.SELF)
        files = self.files.get(score.pk, 0)
        return SheetRow(
            item=item,
            depth=depth,
            rule=rule_in_words(item),
            score=score,
            fields=tuple(input_fields(item, score.self_input)) if item.scoring == Scoring.SELF else (),
            state=row_state(item, own.scored, files=files, explanation=score.explanation),
            own=own,
            appraised=self.cell(item, score, ScoreStage.APPRAISED) if with_appraisal else None,
            final=self.cell(item, score, ScoreStage.FINAL) if with_appraisal else None,
            files=files,
        )


def sheet_of(
    assessment: Assessment, user: Official, *, moment: datetime, with_appraisal: bool = False, state: str = ""
) -> Sheet:
    """Return the sheet of a case for one reader; ``state`` keeps only leaves in that state (and their headings)."""
    material = _Material.read(assessment, by_unit=permissions.works_for(user, assessment.unit))
    scores = {
        score.item.code: score
        for score in ItemScore.objects.filter(assessment=assessment).select_related("item", "self_by")
    }
    asked = requests_to(assessment, user)
    returned = _returned(asked, scores.values())
    counts = dict.fromkeys(RowState, 0)
    rows = []
    for item in material.tree.items:
        row = material.row(item, scores.get(item.code), with_appraisal=with_appraisal)
        if row.score and row.score.pk in returned:
            row = replace(row, state=RowState.RETURNED, returned_by=returned[row.score.pk])
        if row.is_entered_by_unit:
            counts[row.state] += 1
        rows.append(row)
    kept = _filtered(rows, state) if state else tuple(rows)
    return Sheet(kept, material.sums, counts, why_closed(assessment, user, moment), asked)


def requests_to(assessment: Assessment, user: Official) -> tuple[SupplementRequest, ...]:
    """Return the open requests for supplement of a case for the people of its unit; no query outside the appraisal."""
    if assessment.stage != Stage.APPRAISAL or not permissions.works_for(user, assessment.unit):
        return ()
    waiting = SupplementRequest.objects.filter(
        branch__assessment=assessment, branch__state=BranchState.SUPPLEMENT, answered_at__isnull=True
    )
    return tuple(waiting.select_related("branch").prefetch_related("items").order_by("closes_at", "pk"))


def _returned(asked: Iterable[SupplementRequest], scores: Iterable[ItemScore]) -> dict[int, int]:
    """Return the branch that asks for each row, by the id of the row."""
    by_row: dict[int, int] = {}
    for request in asked:
        if request.covers_whole_branch:
            own = (score.pk for score in scores if score.item.appraising_body == request.branch.body_name)
        else:
            own = (item.score_id for item in request.items.all())
        by_row |= dict.fromkeys(own, request.branch_id)
    return by_row


def sheet_row(assessment: Assessment, score: ItemScore) -> tuple[SheetRow, Totals]:
    """Return one row with the new sums, after the unit saved it."""
    material = _Material.read(assessment, by_unit=True)
    return material.row(material.tree.by_code[score.item.code], score), material.sums


def why_closed(assessment: Assessment, user: Official, moment: datetime, purpose: str = "score") -> str:
    """Return the sentence why the reader cannot enter scores now, or "" when they can."""
    try:
        check_unit_write(assessment=assessment, moment=moment, by=user, purpose=purpose)
    except NotAllowed as refusal:
        return refusal.sentence
    return ""


def row_state(item: ItemRule, scored: Scored, *, files: int, explanation: str) -> RowState:
    """Return the state of a row: a scored one that needs evidence and has none is "evidence missing"."""
    missing = item.evidence_required and not files and not explanation.strip()
    if scored.state == RowState.SCORED and missing:
        return RowState.EVIDENCE_MISSING
    return scored.state


def _filtered(rows: list[SheetRow], state: str) -> tuple[SheetRow, ...]:
    wanted = {row.item.code for row in rows if (row.is_entered_by_unit or row.returned_by) and row.state == state}
    above = {code.rsplit(".", n)[0] for code in wanted for n in range(1, code.count(".") + 1)}
    return tuple(row for row in rows if row.item.code in wanted | above)
