"""What would be published, and what was."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from assessments.enums import ScoreStage
from assessments.models import Assessment, AssessmentPeriod, Publication, PublishedResult
from assessments.queries.scores import GroupResult, group_results, tree_of
from assessments.rules.items import Tree
from assessments.rules.numbers import stored
from assessments.rules.rollup import Pair
from assessments.rules.seen import marks_of


@dataclass(frozen=True)
class PublishableResult:
    """The result of one case as it would be published; ``missing`` are the codes that still have no points."""

    assessment: Assessment
    rank: int | None
    achieved: str
    maximum: str
    index: str
    missing: tuple[str, ...]
    content: dict[str, Any] = field(default_factory=dict)

    @property
    def unit_name(self) -> str:
        """Return the name of the unit."""
        return self.assessment.unit.name

    def as_content(self) -> dict[str, Any]:
        """Return everything that the digest of the publication covers."""
        return {
            "unit": self.assessment.unit.code,
            "kind": self.assessment.unit_kind,
            "rank": self.rank,
            "achieved": self.achieved,
            "maximum": self.maximum,
            "index": self.index,
            **self.content,
        }

    def as_model(self, publication: Publication) -> PublishedResult:
        """Return the unsaved row of this result in ``publication``."""
        return PublishedResult(
            publication=publication,
            unit=self.assessment.unit,
            unit_name=self.assessment.unit.name,
            unit_kind=self.assessment.unit_kind,
            rank=self.rank or 0,  # publishing refuses a result without an index
            achieved=self.achieved,
            maximum=self.maximum,
            index=self.index,
            content=self.content,
        )


def publishable_results(period: AssessmentPeriod, unit_kind: str) -> list[PublishableResult]:
    """Return the final results of one group, best first, as they would be published now."""
    results = group_results(period, unit_kind, ScoreStage.FINAL)
    trees = {set_id: tree_of(set_id) for set_id in {row.assessment.criteria_set_id for row in results}}
    return [_publishable(row, trees[row.assessment.criteria_set_id]) for row in results]


def marks_of_results(results: Iterable[PublishableResult]) -> str:
    """Return the marks of what would be published, one per unit, for the form that confirms it."""
    return marks_of({row.assessment.unit.code: row.as_content() for row in results})


def publications_visible_to_public() -> QuerySet[Publication]:
    """Return every publication, newest first; they are public by their nature."""
    return Publication.objects.select_related("period__organiser").order_by("-published_at", "-number")


def _publishable(row: GroupResult, tree: Tree) -> PublishableResult:
    sums = row.totals
    missing = sums.unscored if sums.index is not None else (*sums.unscored, "—")
    return PublishableResult(
        assessment=row.assessment,
        rank=row.rank,
        achieved=stored(sums.achieved),
        maximum=stored(sums.maximum),
        index=stored(sums.index) if sums.index is not None else "",
        missing=missing,
        content={
            "self": _pair(sums.self),
            "appraised": _pair(sums.appraised),
            "final_appraised": _pair(sums.final_appraised),
            "survey": _pair(sums.survey),
            "base": stored(sums.base),
            "bonus": stored(sums.bonus),
            "penalty": stored(sums.penalty),
            "criteria": _criteria(row.assessment),
            "items": [
                {
                    "code": item.code,
                    "part": item.part,
                    "level": item.level,
                    "scoring": item.scoring,
                    "name": item.name,
                    "max_points": stored(item.max_points),
                    **_pair(sums.nodes[item.code]),
                    "na": item.is_leaf and not sums.leaves[item.code].counts if item.code in sums.leaves else False,
                }
                for item in tree.by_code.values()
            ],
        },
    )


def _criteria(assessment: Assessment) -> dict[str, Any]:
    """Return what a reader must know of the criteria: which version, and whether it is only a sample."""
    criteria_set = assessment.criteria_set
    return {
        "title": criteria_set.title,
        "version": criteria_set.version,
        "decision_number": criteria_set.decision_number,
        "is_illustrative": criteria_set.is_illustrative,
        "notice": criteria_set.notice,
    }


def _pair(pair: Pair) -> dict[str, str]:
    return {"achieved": stored(pair.achieved), "maximum": stored(pair.maximum)}
