"""Handing a message over to another channel when its own cannot deliver it."""

import hashlib
from datetime import datetime

from notifications import rules
from notifications.channels import CHANNELS
from notifications.models import Message
from notifications.operations.outbox import Draft, enqueue_many

SUFFIX = "|{channel}"


def successor_of(message: Message) -> str:
    """Return the channel that takes over from that of ``message``; "" where none does or nothing is needed."""
    return "" if message.unneeded_since is not None else CHANNELS[message.channel].falls_back_to


def hand_over(*, message: Message, at: datetime) -> str:
    """Put the long form of ``message`` into the outbox of the channel that takes over; return what was done, in words.

    Somebody who gets the same letter by that channel anyway, written at the same moment, is not written to twice. The
    recipient is, even if they switched this kind of letter off there: they chose the other channel, which has failed.
    """
    channel = successor_of(message)
    same = Message.objects.filter(
        recipient=message.recipient_id,
        channel=channel,
        kind=message.kind,
        subject=message.subject,
        created_at=message.created_at,
    )
    if same.exists():
        return "Người nhận cũng được gửi thư điện tử này."
    draft = Draft(
        recipient=message.recipient,
        channel=channel,
        kind=message.kind,
        dedupe_key=_key_of(message, channel),
        subject=message.subject,
        body_text=message.body_text,
        body_html=message.body_html,
        ref=message.ref,
    )
    enqueue_many([draft], at=at)
    return "Đã chuyển sang thư điện tử."


def _key_of(message: Message, channel: str) -> str:
    """Return a key that is always the same for this message and channel, and fits."""
    key = message.dedupe_key + SUFFIX.format(channel=channel)
    return key if len(key) <= rules.DEDUPE_KEY_LENGTH else hashlib.sha256(key.encode()).hexdigest()
