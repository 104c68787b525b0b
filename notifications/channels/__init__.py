"""Channels by code."""

from notifications.channels.base import (
    AddressRefused,
    Channel,
    Delivery,
    DeliveryError,
    Permanent,
    Postponed,
    ProviderDown,
    Temporary,
)
from notifications.channels.email import EmailChannel
from notifications.channels.zalo import ZaloChannel

CHANNELS: dict[str, type[Channel]] = {"email": EmailChannel, "zalo": ZaloChannel}


def offered() -> list[str]:
    """Return the codes of the channels that the settings have what is needed for."""
    return [code for code, channel in CHANNELS.items() if channel.is_offered()]


__all__ = [
    "CHANNELS",
    "AddressRefused",
    "Channel",
    "Delivery",
    "DeliveryError",
    "EmailChannel",
    "Permanent",
    "Postponed",
    "ProviderDown",
    "Temporary",
    "ZaloChannel",
    "offered",
]
