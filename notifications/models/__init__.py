"""Messages and every attempt, addresses that fail, reports that came back, what people chose, Zalo, other systems."""

from notifications.models.addresses import AddressState, AddressStateQuerySet
from notifications.models.messages import Attempt, Message, MessageQuerySet
from notifications.models.preferences import ChannelPreference, DigestHour
from notifications.models.reports import DeliveryReport
from notifications.models.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from notifications.models.zalo import (
    ONLY_ROW,
    ZaloConnection,
    ZaloEvent,
    ZaloLink,
    ZaloLinkCode,
    ZaloMonitor,
    ZaloTemplate,
)

__all__ = [
    "ONLY_ROW",
    "AddressState",
    "AddressStateQuerySet",
    "Attempt",
    "ChannelPreference",
    "DeliveryReport",
    "DigestHour",
    "Message",
    "MessageQuerySet",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "ZaloConnection",
    "ZaloEvent",
    "ZaloLink",
    "ZaloLinkCode",
    "ZaloMonitor",
    "ZaloTemplate",
]
