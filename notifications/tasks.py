"""Tasks of delivery: time is read here and passed down."""

from celery import shared_task
from django.utils import timezone

from notifications import operations


@shared_task(name=operations.WAKE_TASK, ignore_result=True)
def deliver_due() -> None:
    """Deliver what is due; a full run asks for another instead of going on for ever."""
    run = operations.deliver_due(at=timezone.now())
    if run.more:
        operations.wake()
