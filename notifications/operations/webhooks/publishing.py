"""Writing events for other systems, in the transaction of what they tell."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from notifications import rules
from notifications.models import WebhookDelivery, WebhookEndpoint
from notifications.operations.outbox import ROWS_AT_ONCE, wake, wake_on_commit

WAKE_TASK = "notifications.deliver_webhooks"

Wanted = Mapping[int, list[int]]  # by whom a kind is wanted: endpoints of each scope


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened in a ``scope``; ``key`` names it once for all, ``facts`` go out as they are (JSON)."""

    kind: str
    scope: int
    key: str
    facts: Mapping[str, Any]


def wanted_by(kind: str) -> Wanted:
    """Return the endpoints that are told events of ``kind``, by scope; one query. Nobody: write nothing."""
    found: dict[int, list[int]] = defaultdict(list)
    for pk, scope, kinds in WebhookEndpoint.objects.on().order_by("pk").values_list("pk", "scope", "kinds"):
        if kind in kinds:
            found[scope].append(pk)
    return dict(found)


def publish(events: Iterable[Event], *, wanted: Wanted, at: datetime) -> None:
    """Write each event for each endpoint of its scope within the caller's transaction; what is there already stays.

    Raise ValueError for an unusable key.
    """
    rows = []
    for event in events:
        if not 0 < len(event.key) <= rules.DEDUPE_KEY_LENGTH:
            raise ValueError(f"Khóa của sự kiện phải có từ 1 đến {rules.DEDUPE_KEY_LENGTH} ký tự.")
        body = body_of(event.kind, event.facts, at=at)
        rows += [
            WebhookDelivery(
                endpoint_id=endpoint,
                kind=event.kind,
                dedupe_key=event.key,
                body=body,
                created_at=at,
                not_before=at,
            )
            for endpoint in wanted.get(event.scope, ())
        ]
    if rows:
        # In one order everywhere: two transactions with common keys then wait for each other without a deadlock.
        rows.sort(key=lambda row: (row.endpoint_id, row.dedupe_key))
        WebhookDelivery.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE, ignore_conflicts=True)
        wake_on_commit(wake_webhooks)


def body_of(kind: str, facts: Mapping[str, Any], *, at: datetime) -> str:
    """Return an event as Standard Webhooks has it: type, timestamp (ISO 8601, the province's time), data."""
    event = {"type": kind, "timestamp": timezone.localtime(at).isoformat(timespec="seconds"), "data": facts}
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def wake_webhooks() -> None:
    """Ask a worker to send what other systems wait for."""
    wake(WAKE_TASK)
