"""Tasks of delivery: time is read here and passed down."""

import logging

from celery import shared_task
from django.utils import timezone

from notifications import operations
from notifications.mailboxes import Unreachable
from notifications.operations import bounces
from notifications.operations.webhooks import delivering
from notifications.operations.zalo import connection, events

logger = logging.getLogger(__name__)


@shared_task(name=operations.WAKE_TASK, ignore_result=True)
def deliver_due() -> None:
    """Deliver what is due; a full run asks for another instead of going on for ever."""
    run = operations.deliver_due(at=timezone.now())
    if run.more:
        operations.wake()


@shared_task(name=events.WORK_TASK, ignore_result=True)
def look_after_zalo() -> None:
    """Work on what Zalo told, and keep the connection alive."""
    moment = timezone.now()
    events.handle_new(at=moment)
    connection.look_after(at=moment)


@shared_task(name=delivering.WAKE_TASK, ignore_result=True)
def deliver_webhooks() -> None:
    """Send what is due to other systems; a full run asks for another."""
    if delivering.deliver_due(at=timezone.now()).more:
        delivering.wake_webhooks()


@shared_task(name="notifications.read_bounces", ignore_result=True)
def read_bounces() -> None:
    """Read the mailbox of bounces, where the settings name one; a mailbox that does not answer is read next time."""
    try:
        with bounces.mailbox_of_settings() as box:
            if box is not None:
                bounces.read_mailbox(box=box, at=timezone.now())
    except Unreachable as failure:
        logger.warning("The mailbox of bounces cannot be read now: %s", failure)
