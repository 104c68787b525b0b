"""What was contested."""

from collections.abc import Iterable

from django.db.models import Count, Exists, OuterRef

from assessments.models import AppraisalBranch, Assessment, Dispute


def disputed_branches_of(cases: Iterable[Assessment]) -> dict[int, list[AppraisalBranch]]:
    """Return ``{case id: the branches of the bodies whose items are contested}`` (one query)."""
    found: dict[int, list[AppraisalBranch]] = {case.pk: [] for case in cases}
    contested = Dispute.objects.filter(
        withdrawn_at__isnull=True,
        assessment=OuterRef("assessment"),
        score__item__appraising_body=OuterRef("body_name"),
    )
    branches = AppraisalBranch.objects.filter(Exists(contested), assessment__in=found).select_related("unit")
    for branch in branches.order_by("assessment", "body_name"):
        found[branch.assessment_id].append(branch)
    return found


def open_disputes(assessment: Assessment) -> int:
    """Return how many disputes of a case stand (filed and not withdrawn)."""
    return open_disputes_of([assessment])[assessment.pk]


def open_disputes_of(cases: Iterable[Assessment]) -> dict[int, int]:
    """Return ``{case id: how many of its disputes stand}`` (one query)."""
    found = {case.pk: 0 for case in cases}
    standing = Dispute.objects.filter(assessment__in=found, withdrawn_at__isnull=True).order_by()
    found.update(standing.values_list("assessment").annotate(Count("id")))
    return found
