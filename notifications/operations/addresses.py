"""Every write about addresses that do not work: marking and clearing."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction

from notifications.enums import AddressTrouble, Cleared
from notifications.models import AddressState, Message


def failing_among(users: Collection[int]) -> set[tuple[int, str, str]]:
    """Return (user id, channel, address) of every address of ``users`` (ids) that is marked as not working."""
    marks = AddressState.objects.failing().filter(user__in=users)
    return set(marks.values_list("user_id", "channel", "address"))


def mark_failing(*, message: Message, trouble: AddressTrouble, answer: str, at: datetime) -> AddressState:
    """Mark the address of ``message`` as not working (địa chỉ hỏng); one that is marked already stays as it is."""
    mark, _ = AddressState.objects.get_or_create(
        user_id=message.recipient_id,
        channel=message.channel,
        address=message.address,
        cleared_at=None,
        defaults={"trouble": trouble, "answer": answer, "since": at},
    )
    return mark


def confirm_delivery(*, message: Message, at: datetime) -> int:
    """Clear the mark of the address to which ``message`` was delivered for certain; return how many were cleared."""
    return (
        AddressState.objects.failing()
        .filter(user=message.recipient_id, channel=message.channel, address=message.address, since__lte=at)
        .update(cleared_at=at, cleared_because=Cleared.DELIVERED)
    )


@transaction.atomic
def try_again(*, state: AddressState, by: Any, at: datetime) -> AddressState:
    """Let an address be used again because ``by`` asked for it; one that was cleared meanwhile stays as it is.

    Who may ask for it is for the caller to check.
    """
    state = AddressState.objects.select_for_update().get(pk=state.pk)
    if state.cleared_at is None:
        state.cleared_at = at
        state.cleared_because = Cleared.ASKED
        state.cleared_by = by
        state.save(update_fields=["cleared_at", "cleared_because", "cleared_by"])
    return state
