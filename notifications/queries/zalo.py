"""What people see of Zalo: their own link, and for those who look after it the connection, the quota and the cost."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, QuerySet, Sum
from django.utils import timezone

from notifications import kinds, permissions
from notifications.enums import Outcome, ZaloEventState, ZaloSide, ZaloWay
from notifications.models import (
    ONLY_ROW,
    Attempt,
    ZaloConnection,
    ZaloEvent,
    ZaloLink,
    ZaloLinkCode,
    ZaloMonitor,
    ZaloTemplate,
)
from notifications.zalo.configuration import configuration
from notifications.zalo.keeper import REFRESH_AFTER


@dataclass(frozen=True)
class Spent:
    """What one way of sending was used for: messages and đồng, ``unpriced`` those whose price Zalo does not name."""

    way: str
    count: int
    price: int
    unpriced: int


@dataclass(frozen=True)
class OfferedTemplate:
    """One kind of message with its template, and what Zalo last said about that."""

    kind: str
    template_id: str
    known: ZaloTemplate | None


def link_of(user: Any, side: ZaloSide) -> ZaloLink | None:
    """Return the link of ``user`` on one side that holds now."""
    return ZaloLink.objects.standing().filter(user=user, side=side).first()


def code_of(user: Any, *, at: datetime) -> ZaloLinkCode | None:
    """Return the code that ``user`` may still send at ``at``."""
    code = ZaloLinkCode.objects.filter(user=user, used_at__isnull=True).first()
    return code if code is not None and at < code.ends_at else None


def connection() -> ZaloConnection | None:
    """Return the connection, None before the first one."""
    return ZaloConnection.objects.select_related("connected_by").filter(pk=ONLY_ROW).first()


def refreshed_from(found: ZaloConnection) -> datetime | None:
    """Return from when the access token is replaced."""
    return found.obtained_at + REFRESH_AFTER if found.obtained_at else None


def monitor() -> ZaloMonitor:
    """Return what needs somebody's eyes; an empty one before anything happened."""
    return ZaloMonitor.objects.filter(pk=ONLY_ROW).first() or ZaloMonitor()


def last_event_at() -> datetime | None:
    """Return when the webhook last brought an event."""
    found: datetime | None = ZaloEvent.objects.aggregate(last=Max("received_at"))["last"]
    return found


def failed_events() -> QuerySet[ZaloEvent]:
    """Return the events that could not be worked on."""
    return ZaloEvent.objects.filter(state=ZaloEventState.FAILED)


def spent(user: Any, *, since: datetime) -> list[Spent]:
    """Return what was sent by Zalo since a moment to the people whom ``user`` looks after, by way."""
    people = permissions.people_overseen(user)
    if people is None:
        return []
    sent = Attempt.objects.filter(
        outcome=Outcome.SENT, at__gte=since, message__channel="zalo", message__recipient__in=people.values("pk")
    )
    rows = sent.order_by("way").values("way").annotate(count=Count("pk"), priced=Count("price"), total=Sum("price"))
    return [
        Spent(ZaloWay(row["way"]).label, row["count"], row["total"] or 0, row["count"] - row["priced"])
        for row in rows
        if row["way"] in ZaloWay.values
    ]


def first_of_month(at: datetime) -> datetime:
    """Return the first moment of the month of ``at`` in the province's time."""
    return timezone.localtime(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def templates() -> list[OfferedTemplate]:
    """Return the kinds of message that have a template by the settings."""
    offered = configuration().templates
    found = ZaloTemplate.objects.filter(template_id__in=offered.values())
    known = {template.template_id: template for template in found}
    return [
        OfferedTemplate(kinds.label_of(kind), template_id, known.get(template_id))
        for kind, template_id in offered.items()
    ]
