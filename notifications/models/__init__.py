"""Messages and every attempt, addresses that fail, reports that came back, what people chose."""

from notifications.models.addresses import AddressState, AddressStateQuerySet
from notifications.models.messages import Attempt, Message, MessageQuerySet
from notifications.models.preferences import ChannelPreference, DigestHour
from notifications.models.reports import DeliveryReport

__all__ = [
    "AddressState",
    "AddressStateQuerySet",
    "Attempt",
    "ChannelPreference",
    "DeliveryReport",
    "DigestHour",
    "Message",
    "MessageQuerySet",
]
