"""What beat wakes each minute and each hour; the rows say what is due."""

from celery import shared_task
from django.utils import timezone

from workflow.operations.reminders import send_due_reminders
from workflow.operations.timers import fire_due_timers
from workflow.reminders import plan_missing


@shared_task(name="workflow.tick")
def tick() -> None:
    """Fire due timers, then remind people of what is due."""
    moment = timezone.now()
    fire_due_timers(at=moment)
    send_due_reminders(at=moment)


@shared_task(name="workflow.plan_missing_reminders")
def plan_missing_reminders() -> None:
    """Plan the reminders that open work lacks, for example for people who were given a role since."""
    plan_missing(at=timezone.now())
