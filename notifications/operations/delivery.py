"""Delivering what is due.

The row is the truth; a task is only a wake-up call. Messages are claimed some dozens at a time in a short transaction,
sent one by one with no transaction open, and the outcome of each is recorded before the next one is sent; where the
provider answers within milliseconds, what was sent within ``RECORDED_WITHIN_SECONDS`` is recorded together. What a
worker claimed when it died is taken up by the next run (``workers``): the message then under way, with the few not yet
recorded, can go out a second time, and the same Message-ID lets the receiving server see the copy.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from notifications import claims, rules, workers
from notifications.channels import (
    CHANNELS,
    AddressRefused,
    Channel,
    Delivery,
    Permanent,
    Postponed,
    ProviderDown,
    Temporary,
)
from notifications.enums import AddressTrouble, Outcome, Status
from notifications.models import Attempt, Message, MessageQuerySet
from notifications.operations import addresses, fallback
from notifications.operations.outbox import ROWS_AT_ONCE

logger = logging.getLogger(__name__)

# A run stops claiming after this time, so that the moment it was given stays close to each claim it makes.
RUN_SECONDS = 120
CLAIMED_AT_ONCE = 50
ASK_AGAIN_SECONDS = 1
RECORDED_WITHIN_SECONDS = 0.02
QUICK_SECONDS = 0.005  # a provider that takes longer gets each outcome recorded at once
ADDRESS_FAILING = "Không gửi vì địa chỉ này đang bị đánh dấu là không nhận được thư."


@dataclass(frozen=True)
class DeliveryRun:
    """What one run of the worker did; ``more`` says that due messages were left because the run was full."""

    sent: int = 0
    not_sent: int = 0
    more: bool = False


def deliver_due(*, at: datetime, limit: int = ROWS_AT_ONCE) -> DeliveryRun:
    """Send the messages due at ``at``, at most ``limit``; safe to run many times at once.

    When a provider is down its channel rests until the next run: the messages behind lose no attempt.
    """
    _release_abandoned(at)
    if not Message.objects.due(at).exists():
        return DeliveryRun()
    started = time.monotonic()
    senders: dict[str, Channel] = {}
    resting = resting_at(at)
    sent = not_sent = 0
    with workers.at_work() as worker, _SentTogether(at) as record:
        try:
            while True:
                due = Message.objects.due(at).exclude(channel__in=resting)
                room = min(CLAIMED_AT_ONCE, limit - sent - not_sent)
                if room <= 0 or time.monotonic() - started >= RUN_SECONDS:
                    return DeliveryRun(sent, not_sent, more=due.exists())
                record.flush()
                claimed = _claim(due, at=at, worker=worker, rows=room)
                if not claimed:  # nothing is due, or other workers are at the rest
                    return DeliveryRun(sent, not_sent)
                for message in _still_wanted(claimed, resting=resting, at=at):
                    outcome, provider_is_down = _send(message, senders=senders, at=at, record=record)
                    if provider_is_down:
                        resting.add(message.channel)
                    if outcome == Outcome.SENT:
                        sent += 1
                    else:
                        not_sent += 1
        finally:
            for sender in senders.values():
                sender.close()


def deliver(*, message_id: int, at: datetime) -> Message:
    """Send one message if it is due at ``at`` and nobody else has it; return it as it then stands."""
    with workers.at_work() as worker, _SentTogether(at) as record:
        senders: dict[str, Channel] = {}
        try:
            due = Message.objects.due(at).filter(pk=message_id).exclude(channel__in=resting_at(at))
            for message in _claim(due, at=at, worker=worker, rows=1):
                _send(message, senders=senders, at=at, record=record)
        finally:
            for sender in senders.values():
                sender.close()
    return Message.objects.get(pk=message_id)


def resting_at(at: datetime) -> set[str]:
    """Return the channels by which nothing is sent at ``at``: a messenger rings no telephone at night."""
    return {code for code, channel in CHANNELS.items() if channel.rests(at)}


def _claim(due: MessageQuerySet, *, at: datetime, worker: str, rows: int) -> list[Message]:
    """Claim the first ``rows`` messages of ``due`` that no other worker holds, with what sending them needs."""
    return claims.claim(due.with_address_state().select_related("recipient"), at=at, worker=worker, rows=rows)


def _still_wanted(claimed: list[Message], *, resting: set[str], at: datetime) -> Iterator[Message]:
    """Give the claimed messages one by one; what was called off meanwhile or has a resting channel is put down.

    Whether something was called off is asked again once a second: a slow mail server must not make letters stale.
    """
    asked = time.monotonic()
    unneeded: set[int] = set()
    for position, message in enumerate(claimed):
        if time.monotonic() - asked >= ASK_AGAIN_SECONDS:
            rest = [later.pk for later in claimed[position:]]
            called_off = Message.objects.filter(pk__in=rest, unneeded_since__isnull=False)
            unneeded = set(called_off.values_list("pk", flat=True))
            asked = time.monotonic()
        if message.pk in unneeded or message.channel in resting:
            _put_down(message)
        else:
            yield message


def _put_down(message: Message) -> None:
    """Give a claimed message back unsent: it loses no attempt; what is no longer needed is not tried again."""
    status = Case(When(unneeded_since__isnull=False, then=Value(Status.CANCELLED)), default=Value(Status.WAITING))
    Message.objects.filter(pk=message.pk, status=Status.SENDING, claimed_by=message.claimed_by).update(
        status=status, claimed_at=None, claimed_by="", attempts=F("attempts") - 1
    )


class _SentTogether:
    """The outcomes of messages that went out within milliseconds, recorded in one transaction.

    A refusal or failure is recorded by itself; it comes seldom and moves the message elsewhere.
    """

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.sent: list[tuple[Message, Delivery]] = []
        self.since = 0.0

    def __enter__(self) -> "_SentTogether":
        return self

    def __exit__(self, *fault: object) -> None:
        self.flush()

    def add(self, message: Message, delivery: Delivery, *, took: float) -> None:
        """Record that the provider took ``message`` after ``took`` seconds, now or with those that follow at once."""
        now = time.monotonic()
        if not self.sent:
            self.since = now
        self.sent.append((message, delivery))
        if took > QUICK_SECONDS or now - self.since >= RECORDED_WITHIN_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Record what is not yet recorded."""
        if self.sent:
            together, self.sent = self.sent, []
            _record_sent(together, at=self.at)


def _send(
    message: Message, *, senders: dict[str, Channel], at: datetime, record: _SentTogether
) -> tuple[Outcome, bool]:
    """Send a claimed message and record how it went; return the outcome and whether the provider is down.

    To an address that is marked as not working nothing is sent: the message stops, with the reason.
    """
    if getattr(message, "address_is_failing", False):
        _record(message, outcome=Outcome.HELD_BACK, answer=ADDRESS_FAILING, at=at)
        return Outcome.HELD_BACK, False
    failure: Exception | None = None
    started = time.monotonic()
    try:
        if message.channel not in senders:
            senders[message.channel] = CHANNELS[message.channel](at=at)
        delivery = senders[message.channel].send(message)
    except (Permanent, Temporary) as refusal:
        outcome = Outcome.PERMANENT if isinstance(refusal, Permanent) else Outcome.TEMPORARY
        failure, answer = refusal, str(refusal)
    except Exception as fault:  # a fault of ours must not keep the messages behind it from leaving
        logger.exception("Message %s could not be sent", message.pk)
        outcome, answer = Outcome.TEMPORARY, f"Lỗi chương trình ({type(fault).__name__})."
    else:
        record.add(message, delivery, took=time.monotonic() - started)
        return Outcome.SENT, False
    _record(message, outcome=outcome, answer=answer, at=at, failure=failure)
    return outcome, isinstance(failure, ProviderDown)


@transaction.atomic(durable=True)
def _record_sent(together: list[tuple[Message, Delivery]], *, at: datetime) -> None:
    """Write down that messages of this run were sent, except where the claim was taken by somebody else.

    A released claim that nobody has taken yet need not be sent a second time.
    """
    Attempt.objects.bulk_create(
        Attempt(
            message=message,
            at=at,
            outcome=Outcome.SENT,
            answer=delivery.answer,
            way=delivery.way,
            provider_id=delivery.provider_id,
            price=delivery.price,
        )
        for message, delivery in together
    )
    mine = Q(status=Status.SENDING, claimed_by=together[0][0].claimed_by) | Q(status=Status.WAITING)
    numbers = [message.pk for message, _ in together]
    recorded = Message.objects.filter(mine, pk__in=numbers).update(
        status=Status.SENT, sent_at=at, last_error="", claimed_at=None, claimed_by=""
    )
    if recorded != len(numbers):
        logger.warning(
            "Of messages %s some were claimed again while %s was sending them", numbers, together[0][0].claimed_by
        )


@transaction.atomic(durable=True)
def _record(message: Message, *, outcome: Outcome, answer: str, at: datetime, failure: Exception | None = None) -> None:
    """Write down how an attempt failed and what comes next, unless the claim was taken by somebody else.

    ``failure`` says more than the outcome: whether the address itself does not work, or the morning must be awaited.
    """
    Attempt.objects.create(message=message, at=at, outcome=outcome, answer=answer)
    if isinstance(failure, AddressRefused):
        addresses.mark_failing(message=message, trouble=AddressTrouble.REFUSED, answer=answer, at=at)
    mine = Q(status=Status.SENDING, claimed_by=message.claimed_by)
    released: dict[str, Any] = {"claimed_at": None, "claimed_by": ""}
    written: dict[str, Any]
    if outcome in (Outcome.PERMANENT, Outcome.HELD_BACK):
        written = {"status": Status.FAILED, "last_error": answer, **released}
    else:
        not_before = _next_try(message, at=at, failure=failure)
        going_on = Status.DEAD if not_before is None else Status.WAITING
        status = Case(When(unneeded_since__isnull=False, then=Value(Status.CANCELLED)), default=Value(going_on))
        written = {"status": status, "not_before": not_before or message.not_before, "last_error": answer, **released}
    if Message.objects.filter(mine, pk=message.pk).update(**written) != 1:
        logger.warning("Message %s was claimed again while %s was sending it", message.pk, message.claimed_by)
    elif CHANNELS[message.channel].falls_back_to:
        replace_stopped(message_id=message.pk, at=at)


def _next_try(message: Message, *, at: datetime, failure: Exception | None) -> datetime | None:
    """Return when a message that failed for now is tried again; None when it is time to give up."""
    wait = rules.wait_before_next(message_id=message.pk, attempts=message.attempts, most=_most_attempts(message))
    if wait is not None and isinstance(failure, Postponed):
        return rules.next_morning(timezone.localtime(at), message_id=message.pk)
    return None if wait is None else at + wait


def _most_attempts(message: Message) -> int:
    """Return after how many attempts a message is given up: sooner where another channel takes over."""
    return rules.MAX_ATTEMPTS_BEFORE_FALLBACK if fallback.successor_of(message) else rules.MAX_ATTEMPTS


def replace_stopped(*, message_id: int, at: datetime) -> None:
    """Hand a message that has stopped over to the channel that takes over from its own, once."""
    stopped = Message.objects.stopped().select_for_update(of=("self",)).select_related("recipient")
    message = stopped.filter(pk=message_id).first()
    if message is None or not fallback.successor_of(message):
        return
    done = fallback.hand_over(message=message, at=at)
    Attempt.objects.create(message=message, at=at, outcome=Outcome.REPLACED, answer=done)
    message.status = Status.REPLACED
    message.save(update_fields=["status"])


def _release_abandoned(at: datetime) -> None:
    """Free the messages whose worker stopped in the middle, and note it with each."""
    for pk in claims.left_by_dead_workers(Message.objects.all(), at=at):
        with transaction.atomic(durable=True):
            held = Message.objects.filter(pk=pk, status=Status.SENDING, claimed_at__lte=at - rules.CLAIM_IS_FRESH)
            message = held.select_for_update(skip_locked=True).first()
            if message is None:
                continue
            logger.warning("Message %s was left by worker %s", message.pk, message.claimed_by)
            answer = "Tiến trình gửi dừng giữa chừng, không báo kết quả."
            Attempt.objects.create(message=message, at=at, outcome=Outcome.ABANDONED, answer=answer)
            given_up = message.attempts >= _most_attempts(message)
            message.status = Status.DEAD if given_up else Status.WAITING
            if message.unneeded_since is not None:
                message.status = Status.CANCELLED
            message.last_error = answer
            message.claimed_at = None
            message.claimed_by = ""
            message.save(update_fields=["status", "last_error", "claimed_at", "claimed_by"])
            replace_stopped(message_id=message.pk, at=at)
