"""The sweep of reminders: what has opened is announced, and what is due today is told."""

import logging
from datetime import datetime

from django.db import transaction

from assessments.models import AssessmentPeriod
from workflow.models import WorkItem
from workflow.reminders import announce_step, tell_due
from workflow.webhook_events import tell_opened

logger = logging.getLogger(__name__)


def send_due_reminders(*, at: datetime) -> int:
    """Put due messages into the outbox; safe to run many at once. Return how many openings and digests there were."""
    return announce_openings(at=at) + tell_due(at=at)


def announce_openings(*, at: datetime, period: AssessmentPeriod | None = None) -> int:
    """Tell the people of work that has opened since it was given (of one period in a rehearsal); return how many."""
    opened = WorkItem.objects.open().filter(announced_at__isnull=True, opens_at__lte=at).order_by("pk")
    if period is not None:
        opened = opened.filter(assessment__period=period)
    return sum(_announced(pk, at) for pk in list(opened.values_list("pk", flat=True)))


def _announced(pk: int, at: datetime) -> bool:
    try:
        return _announce(pk, at)
    except Exception:  # one that cannot be told must not keep the others back
        logger.exception("The opening of work %s could not be announced", pk)
        return False


@transaction.atomic
def _announce(pk: int, at: datetime) -> bool:
    work = (
        WorkItem.objects.open()
        .select_for_update(of=("self",))
        .select_related("assessment__unit", "assessment__period", "role_unit", "claimed_by", "branch")
        .filter(pk=pk, announced_at__isnull=True)
        .first()
    )
    if work is None or not announce_step(work=work, at=at):
        return False
    tell_opened([work], at=at)
    return True
