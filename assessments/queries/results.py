"""What the public reads: publications, rankings by group, one unit's result. From published rows alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from assessments.enums import Level, Part, Scoring, UnitKind
from assessments.models import AssessmentPeriod, Publication, PublishedResult
from assessments.rules.numbers import exact
from assessments.vietnamese import asked_words, search_words

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Area:
    """One area of a published result; ``index`` is None where everything in it is not applicable."""

    code: str
    name: str
    achieved: Decimal
    maximum: Decimal
    max_points: Decimal

    @property
    def index(self) -> Decimal | None:
        """Return achieved / maximum in percent, unrounded."""
        return _index(self.achieved, self.maximum)


@dataclass(frozen=True)
class Item:
    """One row of a published result as it is shown; ``before`` is the row of the earlier publication, if it differs."""

    code: str
    level: str
    part: str
    scoring: str
    name: str
    achieved: Decimal
    maximum: Decimal
    max_points: Decimal
    na: bool
    before: Decimal | None = None

    @property
    def depth(self) -> int:
        """Return how deep the row lies: 0 for an area."""
        return self.code.count(".")

    @property
    def is_area(self) -> bool:
        """Say whether the row is an area (or a part) heading."""
        return self.level == Level.AREA

    @property
    def index(self) -> Decimal | None:
        """Return achieved / maximum in percent, unrounded."""
        return _index(self.achieved, self.maximum)

    @property
    def scored_by(self) -> str:
        """Say who gives the points where it is not unit and appraising body."""
        words: dict[str, str] = {Scoring.SURVEY: "Khảo sát", Scoring.ENTERED: "Thẩm định nhập"}
        return words.get(self.scoring, "")


@dataclass(frozen=True)
class Change:
    """How a value moved; ``delta`` above zero is better."""

    before: str
    delta: Decimal

    @property
    def word(self) -> str:
        """Say the direction in a word."""
        return "tăng" if self.delta > 0 else "giảm" if self.delta < 0 else "giữ nguyên"


@dataclass(frozen=True)
class RankedRow:
    """One unit in the ranking of its group."""

    result: PublishedResult
    rank_before: int | None = None  # in the previous period
    index_change: Change | None = None  # against the previous period
    corrected_from: PublishedResult | None = None  # the earlier publication, where it differs

    @property
    def index(self) -> Decimal:
        """Return the unrounded index in percent."""
        return Decimal(self.result.index)

    @property
    def rank_change(self) -> int | None:
        """Return how many ranks the unit rose (above zero) or fell since the previous period."""
        return None if self.rank_before is None else self.rank_before - self.result.rank

    @property
    def ranks_lost(self) -> int | None:
        """Return how many ranks the unit fell, for a sentence that says "fell"."""
        return None if self.rank_change is None else -self.rank_change

    @property
    def areas(self) -> list[Area]:
        """Return the areas of the base part."""
        return areas_of(self.result)


@dataclass(frozen=True)
class PublishedPeriod:
    """A period as one of its publications shows it."""

    period: AssessmentPeriod
    publication: Publication
    publications: tuple[Publication, ...]
    results: tuple[PublishedResult, ...]
    earlier: Mapping[int, PublishedResult] = field(default_factory=dict)  # by unit, of the publication before
    previous: AssessmentPeriod | None = None
    previous_results: Mapping[int, PublishedResult] = field(default_factory=dict)  # by unit

    @property
    def is_newest(self) -> bool:
        """Say whether no later publication replaces this one."""
        return self.publication == self.publications[0]

    @property
    def kinds(self) -> list[UnitKind]:
        """Return the groups that were ranked, in the usual order."""
        kinds = {result.unit_kind for result in self.results}
        return [kind for kind in UnitKind.assessed() if kind in kinds]

    @property
    def notices(self) -> list[str]:
        """Return the notices of illustrative criteria, each once."""
        found: dict[str, None] = {}
        for result in self.results:
            criteria = result.content.get("criteria", {})
            if criteria.get("is_illustrative"):
                found[criteria.get("notice") or ILLUSTRATIVE] = None
        return list(found)

    def ranking(self, kind: UnitKind, text: str = "") -> list[RankedRow]:
        """Return the ranking of one group, best first; with ``text`` only units with these words, accents or not."""
        rows = [result for result in self.results if result.unit_kind == kind and _matches(result, text)]
        return [self.ranked(result) for result in sorted(rows, key=lambda result: (result.rank, result.pk))]

    def ranked(self, result: PublishedResult) -> RankedRow:
        """Return one result with what changed since the earlier publication and the previous period."""
        last = self.previous_results.get(result.unit_id)
        comparable = last is not None and last.unit_kind == result.unit_kind
        before = self.earlier.get(result.unit_id)
        return RankedRow(
            result=result,
            rank_before=last.rank if last and comparable else None,
            index_change=Change(last.index, Decimal(result.index) - Decimal(last.index))
            if last and comparable
            else None,
            corrected_from=before if before and _differs(before, result) else None,
        )

    @property
    def corrected(self) -> list[RankedRow]:
        """Return the results that differ from the earlier publication."""
        return [row for row in map(self.ranked, self.results) if row.corrected_from]


ILLUSTRATIVE = "Bộ tiêu chí mẫu – minh họa."


def published_periods(text: str = "") -> list[Publication]:
    """Return the newest publication of each published period, newest year first; two queries at most."""
    newest: dict[int, Publication] = {}
    for publication in Publication.objects.select_related("period__organiser").order_by("number"):
        newest[publication.period_id] = publication
    rows = [row for row in newest.values() if _has_words(f"{row.period.name} {row.period.organiser.name}", text)]
    return sorted(rows, key=lambda row: (-row.period.year, row.period.organiser.path, row.period.code))


def published_period(period: AssessmentPeriod, number: int | None = None) -> PublishedPeriod | None:
    """Return a period as publication ``number`` (the newest without it) shows it, None if there is none.

    Six queries at most, whatever the number of units.
    """
    publications = tuple(period.publications.order_by("-number"))
    chosen = next((each for each in publications if number in (None, each.number)), None)
    if chosen is None:
        return None
    before = next((each for each in publications if each.number == chosen.number - 1), None)
    previous = _previous_publication(period)
    return PublishedPeriod(
        period=period,
        publication=chosen,
        publications=publications,
        results=tuple(results_of(chosen)),
        earlier=_by_unit(results_of(before)) if before else {},
        previous=previous.period if previous else None,
        previous_results=_by_unit(PublishedResult.objects.filter(publication=previous).defer("content"))
        if previous
        else {},
    )


def results_of(publication: Publication) -> Iterable[PublishedResult]:
    """Return the results of a publication in the order in which its digest covers them; one query."""
    return PublishedResult.objects.filter(publication=publication).select_related("unit").order_by("pk")


def canonical_content(result: PublishedResult) -> dict[str, Any]:
    """Return one result exactly as the digest of its publication covers it."""
    return {
        "unit": result.unit.code,
        "kind": result.unit_kind,
        "rank": result.rank,
        "achieved": result.achieved,
        "maximum": result.maximum,
        "index": result.index,
        **result.content,
    }


def areas_of(result: PublishedResult) -> list[Area]:
    """Return the areas of the base part of a result."""
    return [
        Area(
            row["code"],
            row["name"],
            Decimal(row["achieved"]),
            Decimal(row["maximum"]),
            Decimal(row["max_points"]),
        )
        for row in result.content["items"]
        if row["level"] == Level.AREA and row.get("part", Part.BASE) == Part.BASE
    ]


def items_of(result: PublishedResult, earlier: PublishedResult | None = None) -> list[Item]:
    """Return every row of a result, with the points of the earlier publication where they differ."""
    before = {row["code"]: row for row in earlier.content["items"]} if earlier else {}
    items = []
    for row in result.content["items"]:
        old = before.get(row["code"])
        differs = old is not None and (old["achieved"], old["na"]) != (row["achieved"], row["na"])
        items.append(
            Item(
                code=row["code"],
                level=row["level"],
                part=row.get("part", Part.BASE),
                scoring=row.get("scoring", ""),
                name=row["name"],
                achieved=Decimal(row["achieved"]),
                maximum=Decimal(row["maximum"]),
                max_points=Decimal(row["max_points"]),
                na=row["na"],
                before=Decimal(old["achieved"]) if old and differs else None,
            )
        )
    return items


def _previous_publication(period: AssessmentPeriod) -> Publication | None:
    """Return the newest publication of the latest published period of the same organiser before this one."""
    return (
        Publication.objects.filter(period__organiser=period.organiser_id, period__year__lt=period.year)
        .select_related("period")
        .order_by("-period__year", "-period__published_at", "-number")
        .first()
    )


def _by_unit(results: Iterable[PublishedResult]) -> dict[int, PublishedResult]:
    return {result.unit_id: result for result in results}


def _differs(one: PublishedResult, other: PublishedResult) -> bool:
    return (one.rank, one.achieved, one.maximum) != (other.rank, other.achieved, other.maximum)


def _index(achieved: Decimal, maximum: Decimal) -> Decimal | None:
    if not maximum:
        return None
    with exact():
        return achieved / maximum * HUNDRED


def _matches(result: PublishedResult, text: str) -> bool:
    return _has_words(f"{result.unit_name} {result.unit.code}", text)


def _has_words(where: str, text: str) -> bool:
    there = "".join(f" {word}" for word in search_words(where))
    return all(f" {word}" in there for word in asked_words(text))
