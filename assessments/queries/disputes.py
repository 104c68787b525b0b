"""What was contested."""

from collections.abc import Iterable

from django.db.models import Count

from assessments.models import Assessment, Dispute


def disputed_bodies(assessment: Assessment) -> set[str]:
    """Return the names of the appraising bodies whose items are contested."""
    disputes = Dispute.objects.filter(assessment=assessment, withdrawn_at__isnull=True)
    return set(disputes.values_list("score__item__appraising_body", flat=True))


def open_disputes(assessment: Assessment) -> int:
    """Return how many disputes of a case stand (filed and not withdrawn)."""
    return open_disputes_of([assessment])[assessment.pk]


def open_disputes_of(cases: Iterable[Assessment]) -> dict[int, int]:
    """Return ``{case id: how many of its disputes stand}`` (one query)."""
    found = {case.pk: 0 for case in cases}
    standing = Dispute.objects.filter(assessment__in=found, withdrawn_at__isnull=True).order_by()
    found.update(standing.values_list("assessment").annotate(Count("id")))
    return found
