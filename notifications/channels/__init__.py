"""Channels by code."""

from notifications.channels.base import AddressRefused, Channel, DeliveryError, Permanent, ProviderDown, Temporary
from notifications.channels.email import EmailChannel

CHANNELS: dict[str, type[Channel]] = {"email": EmailChannel}

__all__ = [
    "CHANNELS",
    "AddressRefused",
    "Channel",
    "DeliveryError",
    "EmailChannel",
    "Permanent",
    "ProviderDown",
    "Temporary",
]
