"""What was contested."""

from assessments.models import Assessment, Dispute


def open_disputes(assessment: Assessment, *, body_name: str | None = None) -> int:
    """Return how many disputes of a case stand (filed and not withdrawn), of one body where named."""
    disputes = Dispute.objects.filter(assessment=assessment, withdrawn_at__isnull=True)
    if body_name is not None:
        disputes = disputes.filter(score__item__appraising_body=body_name)
    return disputes.count()
