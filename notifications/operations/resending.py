"""Putting messages that stopped back into the queue."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from notifications import rules
from notifications.channels import CHANNELS
from notifications.enums import Outcome, Status
from notifications.models import Attempt, Message
from notifications.operations import addresses
from notifications.operations.outbox import NO_ADDRESS, ROWS_AT_ONCE, search_text_of, wake_on_commit


@dataclass(frozen=True)
class Resending:
    """What came of sending many again: how many wait once more, and which were refused with what sentence."""

    put_back: int
    refused: list[tuple[Message, str]]


@transaction.atomic
def send_again(*, message: Message, by: Any, at: datetime) -> Message:
    """Put a message that was given up back into the queue, to the present address of its recipient.

    Who may ask for it is for the caller to check. Raise NotAllowed when it is on its way, was sent, or still has no
    address or one that is marked as not working.
    """
    message = Message.objects.select_for_update().select_related("recipient").get(pk=message.pk)
    _put_back([message], by=by, at=at)
    return message


@transaction.atomic
def send_many_again(*, messages: Iterable[Message], by: Any, at: datetime) -> Resending:
    """Put back what can be put back of ``messages``, as ``send_again`` does; the others keep standing with a reason."""
    numbers = [message.pk for message in messages]
    rows = Message.objects.select_for_update().select_related("recipient").filter(pk__in=numbers).order_by("pk")
    refused: list[tuple[Message, str]] = []
    put_back = _put_back(list(rows), by=by, at=at, refused=refused)
    return Resending(put_back, refused)


def _put_back(
    messages: list[Message], *, by: Any, at: datetime, refused: list[tuple[Message, str]] | None = None
) -> int:
    """Put locked messages back and return how many; a refusal is noted in ``refused``, or raised without it."""
    failing = addresses.failing_among({message.recipient_id for message in messages})
    wanted = []
    for message in messages:
        try:
            address = CHANNELS[message.channel].address_of(message.recipient)
            rules.check_can_send_again(status=message.status)
            if not address:
                raise rules.NotAllowed(NO_ADDRESS)
            is_failing = (message.recipient_id, message.channel, address) in failing
            rules.check_address_works(address=address, is_failing=is_failing)
        except rules.NotAllowed as refusal:
            if refused is None:
                raise
            refused.append((message, str(refusal)))
            continue
        message.address = address
        message.search_text = search_text_of(message.subject, message.recipient, address)
        message.status = Status.WAITING
        message.attempts = 0
        message.not_before = max(at, message.created_at)
        message.last_error = ""
        message.unneeded_since = None
        wanted.append(message)
    fields = ["address", "search_text", "status", "attempts", "not_before", "last_error", "unneeded_since"]
    Message.objects.bulk_update(wanted, fields, batch_size=ROWS_AT_ONCE)
    Attempt.objects.bulk_create(Attempt(message=message, at=at, outcome=Outcome.REQUEUED, by=by) for message in wanted)
    if wanted:
        wake_on_commit()
    return len(wanted)
