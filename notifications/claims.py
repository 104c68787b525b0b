"""Claiming rows of an outbox, so that of many workers each row has one at a time, and what a dead one held goes on.

For any model with ``status`` (``enums.Status``), ``claimed_at``, ``claimed_by`` and ``attempts``; whether the worker
of a claim still lives is ``workers``' to say.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import F

from notifications import rules, workers
from notifications.enums import Status

Row = TypeVar("Row", bound=models.Model)


def claim(due: models.QuerySet[Row], *, at: datetime, worker: str, rows: int) -> list[Row]:
    """Claim the first ``rows`` of ``due`` that no other worker holds and return them in their order.

    PostgreSQL skips rows that another claim has locked; everywhere the UPDATE must still find the row waiting.
    """
    with transaction.atomic(durable=True):
        found: list[Any] = list(due.select_for_update(skip_locked=True, of=("self",))[:rows])
        if not found:
            return []
        every = due.model._default_manager
        waiting = every.filter(pk__in=[row.pk for row in found], status=Status.WAITING)
        count = waiting.update(status=Status.SENDING, claimed_at=at, claimed_by=worker, attempts=F("attempts") + 1)
        if count != len(found):  # without row locks another worker may have been quicker
            mine = set(every.filter(claimed_by=worker, status=Status.SENDING).values_list("pk", flat=True))
            found = [row for row in found if row.pk in mine]
    for row in found:
        row.status, row.claimed_at, row.claimed_by = Status.SENDING, at, worker
        row.attempts += 1
    return found


def left_by_dead_workers(rows: models.QuerySet[Any], *, at: datetime) -> Iterable[int]:
    """Return which of ``rows`` have a claim that is too old, or not fresh and held by a worker certainly gone."""
    held = rows.filter(status=Status.SENDING, claimed_at__lte=at - rules.CLAIM_IS_FRESH).order_by("pk")
    claims = list(held.values_list("pk", "claimed_by", "claimed_at"))
    gone = workers.gone_among({worker for _, worker, _ in claims})
    too_old = at - rules.CLAIM_LASTS
    return [pk for pk, worker, since in claims if worker in gone or (since is not None and since <= too_old)]
