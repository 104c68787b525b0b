"""What was contested."""

from assessments.models import Assessment, Dispute


def disputed_bodies(assessment: Assessment) -> set[str]:
    """Return the names of the appraising bodies whose items are contested."""
    disputes = Dispute.objects.filter(assessment=assessment, withdrawn_at__isnull=True)
    return set(disputes.values_list("score__item__appraising_body", flat=True))


def open_disputes(assessment: Assessment) -> int:
    """Return how many disputes of a case stand (filed and not withdrawn)."""
    return Dispute.objects.filter(assessment=assessment, withdrawn_at__isnull=True).count()
