"""Questions asked of evidence files by pages, by the submission and by the checklist."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet

from assessments.enums import Scoring
from assessments.models import Assessment, ItemScore, Official
from assessments.queries.openness import check_unit_write
from assessments.rules import NotAllowed, NotPermitted
from evidence.models import EvidenceFile, sight
from evidence.rules import check_can_withdraw


def missing_scores(assessment: Assessment) -> QuerySet[ItemScore]:
    """Return the rows that require evidence and have no live file, no explanation (giải trình) and no N/A.

    Only items that the unit scores itself: the figures of the others come from the appraising body or a survey.
    """
    live = EvidenceFile.objects.live().filter(score=OuterRef("pk"))
    return (
        ItemScore.objects.filter(
            ~Exists(live),
            assessment=assessment,
            item__evidence_required=True,
            item__scoring=Scoring.SELF,
            self_na=False,
            explanation="",
        )
        .select_related("item")
        .order_by("item__position")
    )


def missing_for(assessment: Assessment) -> list[str]:
    """Return the codes of the items whose evidence is missing, in the order of the sheet (one query)."""
    return list(missing_scores(assessment).values_list("item__code", flat=True))


def counts_by_score(assessment: Assessment) -> dict[int, int]:
    """Return ``{score id: number of live files}``, without the scores that have none (one query)."""
    rows = EvidenceFile.objects.live().filter(assessment=assessment).order_by().values_list("score")
    return dict(rows.annotate(Count("pk")))


def manifest(assessment: Assessment) -> list[dict[str, Any]]:
    """Return the live files as plain values for the digest of a submission, always in the same order (one query)."""
    return manifests([assessment])[assessment.pk]


def manifests(cases: Iterable[Assessment]) -> dict[int, list[dict[str, Any]]]:
    """Return ``{case id: manifest}`` of many cases (one query)."""
    found: dict[int, list[dict[str, Any]]] = {case.pk: [] for case in cases}
    files = (
        EvidenceFile.objects.live()
        .filter(assessment__in=found)
        .select_related("score__item", "uploaded_by")
        .order_by("score__item__position", "uploaded_at", "sha256")
    )
    for file in files:
        found[file.assessment_id].append(
            {
                "item": file.score.item.code,
                "name": file.original_name,
                "sha256": file.sha256,
                "size": file.size,
                "uploaded_at": file.uploaded_at.astimezone(UTC).isoformat(),
                "by": file.uploaded_by.get_username(),
            }
        )
    return found


def files_of(assessment: Assessment, user: Official) -> QuerySet[EvidenceFile]:
    """Return the files of one case that ``user`` may read, withdrawn ones included, ready to be listed (one query)."""
    return (
        EvidenceFile.objects.visible_to(user)
        .filter(assessment=assessment)
        .select_related("score__item", "uploaded_by", "withdrawn_by")
        .order_by("score__item__position", "uploaded_at", "id")
    )


def scores_visible_to(user: Official) -> QuerySet[ItemScore]:
    """Return the rows whose files ``user`` may read, whether or not there is a file yet."""
    if not user.is_authenticated or not user.is_active:
        return ItemScore.objects.none()
    visible = Assessment.objects.visible_to(user)
    return ItemScore.objects.filter(sight(user), assessment__in=visible).select_related(
        "item", "assessment__unit", "assessment__period"
    )


@dataclass(frozen=True)
class Openness:
    """Whether the unit may change an item's files now: ``may_change`` shows the controls, ``closed_reason`` shuts them.

    ``occasion`` and ``round`` are those of the write that would be let in.
    """

    may_change: bool
    closed_reason: str = ""
    occasion: str = ""
    round: int = 0


def openness(*, score: ItemScore, user: Official, at: datetime) -> Openness:
    """Say whether ``user`` may change this item's files at ``at`` and why not: the rule of the writes, unlocked."""
    try:
        write = check_unit_write(assessment=score.assessment, moment=at, by=user, score=score, purpose="evidence")
    except NotPermitted:
        return Openness(may_change=False)
    except NotAllowed as refusal:
        return Openness(may_change=True, closed_reason=refusal.sentence)
    return Openness(may_change=True, occasion=write.occasion, round=write.round)


@dataclass(frozen=True)
class FileRow:
    """One line of the list of an item; ``withdraw_closed`` says why the file cannot be withdrawn, "" when it can."""

    file: EvidenceFile
    withdraw_closed: str


def item_files(*, score: ItemScore, user: Official, openness: Openness) -> list[FileRow]:
    """Return the files of one item as ``user`` sees them, each with why it cannot be withdrawn (one query)."""
    files = files_of(score.assessment, user).filter(score=score)
    return [file_row(file, openness) for file in files]


def file_row(file: EvidenceFile, openness: Openness) -> FileRow:
    """Return one line of the list for a file that is already read."""
    return FileRow(file, _why_not_withdrawn(file, openness))


def _why_not_withdrawn(file: EvidenceFile, openness: Openness) -> str:
    if openness.closed_reason or not openness.may_change:
        return openness.closed_reason
    try:
        check_can_withdraw(
            occasion=file.occasion,
            round_=file.round,
            open_occasion=openness.occasion,
            open_round=openness.round,
            name=file.original_name,
        )
    except NotAllowed as refusal:
        return refusal.sentence
    return ""
