"""What beat wakes each minute; the rows say what is due."""

from celery import shared_task
from django.utils import timezone

from workflow.operations.reminders import send_due_reminders
from workflow.operations.timers import fire_due_timers


@shared_task(name="workflow.tick")
def tick() -> None:
    """Fire due timers, then remind people of what is due."""
    moment = timezone.now()
    fire_due_timers(at=moment)
    send_due_reminders(at=moment)
