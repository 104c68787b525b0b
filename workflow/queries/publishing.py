"""Whether a period can be published: which units are not there yet, and what each of them waits for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from assessments.enums import Stage, UnitKind
from assessments.models import Assessment, AssessmentPeriod, PublishedResult
from assessments.queries.publications import PublishableResult, marks_of_results, publishable_results
from assessments.queries.surveys import SurveyNeed, survey_needs
from workflow.models import WorkItem


@dataclass(frozen=True)
class Waiting:
    """A case that is not ready, with the open work it waits for."""

    case: Assessment
    work: tuple[tuple[str, datetime | None], ...]

    @property
    def without_work(self) -> str:
        """Say what a case waits for where nobody has work open."""
        if self.case.stage == Stage.HELD:
            return "Gia hạn của đơn vị tổ chức (hồ sơ tạm khóa do quá hạn)"
        return "Đến thời điểm của bước tiếp theo, hệ thống tự chuyển"


@dataclass(frozen=True)
class PreviewRow:
    """One result as it would be published, beside what stands published now."""

    result: PublishableResult
    published: PublishedResult | None

    @property
    def is_changed(self) -> bool:
        """Say whether a correction changes the points or the rank."""
        now = self.published
        return now is not None and (now.achieved, now.maximum, now.rank) != (
            self.result.achieved,
            self.result.maximum,
            self.result.rank,
        )


@dataclass(frozen=True)
class PreviewGroup:
    """The ranking of one kind of unit: the cases that have a result, and beside them those without any number."""

    kind: UnitKind
    rows: tuple[PreviewRow, ...]
    without_result: tuple[Assessment, ...]


@dataclass(frozen=True)
class Readiness:
    """Everything that stands between a period and its publication."""

    is_correction: bool
    waiting: tuple[Waiting, ...]
    survey_missing: tuple[SurveyNeed, ...]
    groups: tuple[PreviewGroup, ...]
    has_results: bool
    reopened: tuple[Assessment, ...]

    @property
    def nothing_to_publish(self) -> bool:
        """Say whether everything is published and no case is reopened."""
        return self.is_correction and not self.reopened

    @property
    def incomplete(self) -> list[PublishableResult]:
        """Return the results that still lack points."""
        return [row.result for group in self.groups for row in group.rows if row.result.missing]

    @property
    def marks(self) -> str:
        """Return the marks of what is shown, for the form that publishes it."""
        return marks_of_results(row.result for group in self.groups for row in group.rows)

    @property
    def is_ready(self) -> bool:
        """Say whether the period may be published now."""
        has_reason = bool(self.reopened) or not self.is_correction
        return self.has_results and has_reason and not self.waiting and not self.incomplete


def readiness_of(period: AssessmentPeriod) -> Readiness:
    """Return whether a period may be published and what would be; the number of queries does not grow with units."""
    cases = list(period.assessments.select_related("unit").order_by("unit_kind", "unit__sort_key", "unit__code"))
    newest = period.publications.order_by("-number").first()
    ready = {Stage.PUBLISHED, Stage.CORRECTION} if newest else {Stage.COUNCIL}
    open_work = WorkItem.objects.open().filter(assessment__period=period).select_related("branch")
    work: dict[int, list[WorkItem]] = {}
    for item in open_work.order_by("due_at", "id"):
        work.setdefault(item.assessment_id, []).append(item)
    waiting = [
        Waiting(case, _titles(work.get(case.pk, [])))
        for case in cases
        if case.stage not in ready or any(item.node == "correct" for item in work.get(case.pk, []))
    ]
    published = {row.unit_id: row for row in newest.results.all()} if newest else {}
    has_results = any(case.stage in Stage.with_results() for case in cases)
    kinds = [kind for kind in UnitKind.assessed() if any(case.unit_kind == kind for case in cases)]
    groups = [_group(period, kind, cases, published) for kind in kinds] if has_results else []
    return Readiness(
        is_correction=newest is not None,
        waiting=tuple(waiting),
        survey_missing=tuple(need for need in survey_needs(period) if need.left),
        groups=tuple(groups),
        has_results=has_results,
        reopened=tuple(case for case in cases if case.stage == Stage.CORRECTION),
    )


def _titles(items: Sequence[WorkItem]) -> tuple[tuple[str, datetime | None], ...]:
    return tuple(
        (f"{item.title} – {item.branch.body_name}" if item.branch else item.title, item.due_at) for item in items
    )


def _group(
    period: AssessmentPeriod, kind: UnitKind, cases: Sequence[Assessment], published: dict[int, PublishedResult]
) -> PreviewGroup:
    """Return the ranking among the cases with results: no number of another case may be told from it."""
    results = [row for row in publishable_results(period, kind) if row.assessment.stage in Stage.with_results()]
    ranks = [row.rank for row in results if row.rank is not None]
    ranked = [
        replace(row, rank=None if row.rank is None else 1 + sum(other < row.rank for other in ranks)) for row in results
    ]
    return PreviewGroup(
        kind=kind,
        rows=tuple(PreviewRow(row, published.get(row.assessment.unit_id)) for row in ranked),
        without_result=tuple(
            case for case in cases if case.unit_kind == kind and case.stage not in Stage.with_results()
        ),
    )
