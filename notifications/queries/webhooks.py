"""Other systems that are told of events, and what was sent to them, for those who manage them."""

from collections.abc import Collection

from django.db.models import Count, Q, TextChoices

from notifications.enums import Status
from notifications.models import WebhookDelivery, WebhookEndpoint
from notifications.models.webhooks import WebhookDeliveryQuerySet, WebhookEndpointQuerySet

UNDER_WAY = [Status.WAITING, Status.SENDING]


class Part(TextChoices):
    """A part of what was written for an endpoint; the value stands in the address."""

    ALL = "tat-ca", "Tất cả"
    WAITING = "cho-gui", "Chờ gửi"
    SENT = "da-gui", "Đã gửi"
    STOPPED = "da-ngung", "Đã ngừng thử"


def endpoints_of(scopes: Collection[int]) -> WebhookEndpointQuerySet:
    """Return the endpoints of ``scopes``, those that are on first; each has ``waiting`` and ``stopped`` (numbers)."""
    found: WebhookEndpointQuerySet = WebhookEndpoint.objects.of(scopes).annotate(
        waiting=Count("deliveries", filter=Q(deliveries__status__in=UNDER_WAY)),
        stopped=Count("deliveries", filter=Q(deliveries__status__in=Status.stopped())),
    )
    return found.order_by("off_at", "name", "pk")


def deliveries_of(endpoint: WebhookEndpoint, part: Part) -> WebhookDeliveryQuerySet:
    """Return what was written for an endpoint, newest first, without the bodies."""
    every: WebhookDeliveryQuerySet = WebhookDelivery.objects.filter(endpoint=endpoint).defer("body")
    if part == Part.WAITING:
        every = every.filter(status__in=UNDER_WAY)
    elif part == Part.SENT:
        every = every.filter(status=Status.SENT)
    elif part == Part.STOPPED:
        every = every.stopped()
    return every.order_by("-created_at", "-pk")


def deliveries_in(scopes: Collection[int]) -> WebhookDeliveryQuerySet:
    """Return everything written for the endpoints of ``scopes``."""
    found: WebhookDeliveryQuerySet = WebhookDelivery.objects.filter(endpoint__scope__in=scopes)
    return found.select_related("endpoint")
