"""Every write of the outbox: putting messages in, delivering them, sending again.

The row is the truth; a task is only a wake-up call. A message is claimed in a short transaction of its own, sent with
no transaction open, and its outcome recorded in a third. A worker that dies between sending and recording leaves a
claim that is taken again after ``rules.CLAIM_LASTS``: the same Message-ID then lets the receiving server see the copy.
"""

import logging
import os
import socket
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from celery import current_app
from django.db import connection, transaction
from django.db.models import Case, F, Q, Value, When
from kombu.exceptions import OperationalError

from notifications import operations_addresses, rules
from notifications.channels import CHANNELS, AddressRefused, Channel, Permanent, ProviderDown, Temporary
from notifications.enums import AddressTrouble, Outcome, Status
from notifications.models import Attempt, Message, MessageQuerySet

logger = logging.getLogger(__name__)

WAKE_TASK = "notifications.deliver_due"
ROWS_AT_ONCE = 200
# A run stops claiming after this time, so that the moment it was given stays close to each claim it makes.
RUN_SECONDS = 120
ADDRESS_FAILING = "Không gửi vì địa chỉ này đang bị đánh dấu là không nhận được thư."
NO_ADDRESS = "Người nhận chưa có địa chỉ ở kênh này; hãy bổ sung vào tài khoản rồi gửi lại."

_unattended: ContextVar[bool] = ContextVar("unattended", default=False)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A message to be put into the outbox; ``recipient`` is a user, ``not_before`` a moment."""

    recipient: Any  # a user; whose model it is only the settings say
    channel: str
    kind: str
    dedupe_key: str
    subject: str
    body_text: str
    body_html: str = ""
    not_before: datetime | None = None
    ref: str = ""  # what it is about, as "task:12": ``cancel`` finds it by this


@dataclass(frozen=True)
class DeliveryRun:
    """What one run of the worker did; ``more`` says that due messages were left because the run was full."""

    sent: int = 0
    not_sent: int = 0
    more: bool = False


@dataclass(frozen=True)
class Resending:
    """What came of sending many again: how many wait once more, and which were refused with what sentence."""

    put_back: int
    refused: list[tuple[Message, str]]


def enqueue(
    *,
    recipient: Any,
    channel: str,
    kind: str,
    dedupe_key: str,
    subject: str,
    body_text: str,
    body_html: str = "",
    at: datetime,
    not_before: datetime | None = None,
    ref: str = "",
) -> Message:
    """Put one message into the outbox within the caller's transaction; a key already there is left as it is.

    Return the row of ``dedupe_key``, new or old. A recipient without an address gets a row that says so and is not
    sent. Raise ValueError for an unknown channel or an unusable key.
    """
    draft = Draft(
        recipient=recipient,
        channel=channel,
        kind=kind,
        dedupe_key=dedupe_key,
        subject=subject,
        body_text=body_text,
        body_html=body_html,
        not_before=not_before,
        ref=ref,
    )
    return enqueue_many([draft], at=at, returning=True)[0]


def enqueue_many(drafts: Iterable[Draft], *, at: datetime, returning: bool = False) -> list[Message]:
    """Put many messages into the outbox within the caller's transaction, in one statement per few dozen rows.

    With ``returning`` read their rows back, new or old, and return them in the same order; otherwise return nothing.
    """
    drafts = list(drafts)
    # In one order everywhere: two transactions with common keys then wait for each other without a deadlock.
    rows = sorted((_row(draft, at) for draft in drafts), key=lambda row: row.dedupe_key)
    Message.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE, ignore_conflicts=True)
    if any(row.status == Status.WAITING and row.not_before <= at for row in rows):
        wake_on_commit()
    if not returning:
        return []
    stored: dict[str, Message] = {}
    keys = [row.dedupe_key for row in rows]
    for first in range(0, len(keys), ROWS_AT_ONCE):
        found = Message.objects.filter(dedupe_key__in=keys[first : first + ROWS_AT_ONCE])
        stored.update((message.dedupe_key, message) for message in found)
    return [stored[draft.dedupe_key] for draft in drafts]


def _row(draft: Draft, at: datetime) -> Message:
    """Return the unsaved row of ``draft``."""
    if draft.channel not in CHANNELS:
        raise ValueError(f"Không có kênh “{draft.channel}”; các kênh hiện có: {', '.join(CHANNELS)}.")
    if not 0 < len(draft.dedupe_key) <= rules.DEDUPE_KEY_LENGTH:
        raise ValueError(f"Khóa chống gửi trùng phải có từ 1 đến {rules.DEDUPE_KEY_LENGTH} ký tự.")
    if len(draft.ref) > rules.REF_LENGTH:
        raise ValueError(f"Mã việc của thư có nhiều nhất {rules.REF_LENGTH} ký tự.")
    address = CHANNELS[draft.channel].address_of(draft.recipient)
    subject = rules.one_line(draft.subject)
    return Message(
        recipient=draft.recipient,
        channel=draft.channel,
        kind=draft.kind,
        dedupe_key=draft.dedupe_key,
        subject=subject,
        body_text=draft.body_text,
        body_html=draft.body_html,
        address=address,
        ref=draft.ref,
        search_text=_search_text(subject, draft.recipient, address),
        created_at=at,
        not_before=max(at, draft.not_before or at),
        status=Status.WAITING if address else Status.FAILED,
        last_error="" if address else NO_ADDRESS,
    )


def _search_text(subject: str, recipient: Any, address: str) -> str:
    """Return what ``MessageQuerySet.search`` looks into; in parts, because parts come again and are remembered."""
    return " ".join(filter(None, map(rules.fold, (subject, str(recipient), address))))


@transaction.atomic(savepoint=False)
def cancel(*, refs: Iterable[str], at: datetime, reason: str) -> int:
    """Call off what is still to be sent about ``refs`` (không cần gửi nữa); return how many messages are called off.

    A message that a worker is sending at this moment is let go; should that attempt fail, it is not tried again.
    """
    about = Message.objects.filter(ref__in=[ref for ref in refs if ref])
    under_way = about.filter(status__in=[Status.WAITING, Status.SENDING], unneeded_since__isnull=True)
    called_off = {message.pk: message.status for message in under_way.select_for_update().order_by("pk")}
    if not called_off:
        return 0
    waiting = [pk for pk, status in called_off.items() if status == Status.WAITING]
    Message.objects.filter(pk__in=called_off).update(unneeded_since=at)
    Message.objects.filter(pk__in=waiting).update(status=Status.CANCELLED, last_error=reason)
    Attempt.objects.bulk_create(
        Attempt(message_id=pk, at=at, outcome=Outcome.CANCELLED, answer=reason) for pk in called_off
    )
    return len(called_off)


@contextmanager
def unattended() -> Iterator[None]:
    """Wake no worker for what is put in inside: a played season delivers by itself, at its own moments."""
    token = _unattended.set(True)
    try:
        yield
    finally:
        _unattended.reset(token)


def wake_on_commit() -> None:
    """Wake a worker once the present transaction is committed; once per transaction is enough."""
    if _unattended.get():
        return
    here = set(connection.savepoint_ids)
    # A hook of an inner savepoint does not count: it would vanish with that savepoint.
    asked = any(hook[1] is wake and hook[0] <= here for hook in connection.run_on_commit)
    if not asked:
        transaction.on_commit(wake, robust=True)


def wake() -> None:
    """Ask a worker to deliver what is due. A broker that is down costs a log line: the next sweep finds the rows.

    By name, because tasks stand above operations; without retries, because a page may be waiting for this.
    """
    try:
        current_app.signature(WAKE_TASK).apply_async(retry=False, expires=60)
    except (OperationalError, OSError) as failure:
        logger.warning("The worker could not be woken, the next sweep will deliver: %s", failure)


def deliver_due(*, at: datetime, limit: int = ROWS_AT_ONCE) -> DeliveryRun:
    """Send the messages due at ``at``, at most ``limit``; safe to run many times at once.

    When a provider is down its channel rests until the next run: the messages behind lose no attempt.
    """
    _release_abandoned(at)
    worker = _worker()
    started = time.monotonic()
    senders: dict[str, Channel] = {}
    resting: set[str] = set()
    sent = not_sent = 0
    try:
        while Message.objects.due(at).exclude(channel__in=resting).exists():
            if sent + not_sent >= limit or time.monotonic() - started >= RUN_SECONDS:
                return DeliveryRun(sent, not_sent, more=True)
            message = _claim(Message.objects.due(at).exclude(channel__in=resting), at=at, worker=worker)
            if message is None:  # other workers are at the rest
                break
            outcome, provider_is_down = _send(message, senders=senders, at=at)
            if provider_is_down:
                resting.add(message.channel)
            if outcome == Outcome.SENT:
                sent += 1
            else:
                not_sent += 1
    finally:
        for sender in senders.values():
            sender.close()
    return DeliveryRun(sent, not_sent)


def deliver(*, message_id: int, at: datetime) -> Message:
    """Send one message if it is due at ``at`` and nobody else has it; return it as it then stands."""
    message = _claim(Message.objects.due(at).filter(pk=message_id), at=at, worker=_worker())
    if message is not None:
        senders: dict[str, Channel] = {}
        try:
            _send(message, senders=senders, at=at)
        finally:
            for sender in senders.values():
                sender.close()
    return Message.objects.get(pk=message_id)


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
    failing = operations_addresses.failing_among({message.recipient_id for message in messages})
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
        message.search_text = _search_text(message.subject, message.recipient, address)
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


def _worker() -> str:
    """Return a token that no other run has."""
    return f"{socket.gethostname()[:24]}:{os.getpid()}:{uuid.uuid4().hex[:16]}"


def _claim(due: MessageQuerySet, *, at: datetime, worker: str) -> Message | None:
    """Claim the first message of ``due`` that no other worker holds, or return None.

    PostgreSQL skips rows that another claim has locked; everywhere the UPDATE must still find the row waiting.
    """
    with transaction.atomic(durable=True):
        message: Message | None = due.with_address_state().select_for_update(skip_locked=True).first()
        if message is None:
            return None
        claimed = Message.objects.filter(pk=message.pk, status=Status.WAITING).update(
            status=Status.SENDING, claimed_at=at, claimed_by=worker, attempts=F("attempts") + 1
        )
    if claimed != 1:
        return None
    message.refresh_from_db()
    return message


def _send(message: Message, *, senders: dict[str, Channel], at: datetime) -> tuple[Outcome, bool]:
    """Send a claimed message and record how it went; return the outcome and whether the provider is down.

    To an address that is marked as not working nothing is sent: the message stops, with the reason.
    """
    if getattr(message, "address_is_failing", False):
        _record(message, outcome=Outcome.HELD_BACK, answer=ADDRESS_FAILING, at=at)
        return Outcome.HELD_BACK, False
    condemned = False
    try:
        if message.channel not in senders:
            senders[message.channel] = CHANNELS[message.channel]()
        answer = senders[message.channel].send(message)
    except Permanent as refusal:
        outcome, answer, is_down = Outcome.PERMANENT, str(refusal), False
        condemned = isinstance(refusal, AddressRefused)
    except Temporary as failure:
        outcome, answer, is_down = Outcome.TEMPORARY, str(failure), isinstance(failure, ProviderDown)
    except Exception as fault:  # a fault of ours must not keep the messages behind it from leaving
        logger.exception("Message %s could not be sent", message.pk)
        outcome, answer, is_down = Outcome.TEMPORARY, f"Lỗi chương trình ({type(fault).__name__}).", False
    else:
        outcome, is_down = Outcome.SENT, False
    _record(message, outcome=outcome, answer=answer, at=at, condemned=condemned)
    return outcome, is_down


@transaction.atomic(durable=True)
def _record(message: Message, *, outcome: Outcome, answer: str, at: datetime, condemned: bool = False) -> None:
    """Write down how an attempt ended and what comes next, unless the claim was taken by somebody else.

    ``condemned``: the answer says that the address itself does not work.
    """
    Attempt.objects.create(message=message, at=at, outcome=outcome, answer=answer)
    if condemned:
        operations_addresses.mark_failing(message=message, trouble=AddressTrouble.REFUSED, answer=answer, at=at)
    mine = Q(status=Status.SENDING, claimed_by=message.claimed_by)
    released: dict[str, Any] = {"claimed_at": None, "claimed_by": ""}
    written: dict[str, Any]
    if outcome == Outcome.SENT:
        # A released claim that nobody has taken yet need not be sent a second time.
        holds = mine | Q(status=Status.WAITING)
        written = {"status": Status.SENT, "sent_at": at, "last_error": "", **released}
    elif outcome in (Outcome.PERMANENT, Outcome.HELD_BACK):
        holds, written = mine, {"status": Status.FAILED, "last_error": answer, **released}
    else:
        wait = rules.wait_before_next(message_id=message.pk, attempts=message.attempts)
        going_on = Status.DEAD if wait is None else Status.WAITING
        status = Case(When(unneeded_since__isnull=False, then=Value(Status.CANCELLED)), default=Value(going_on))
        not_before = message.not_before if wait is None else at + wait
        holds, written = mine, {"status": status, "not_before": not_before, "last_error": answer, **released}
    if Message.objects.filter(holds, pk=message.pk).update(**written) != 1:
        logger.warning("Message %s was claimed again while %s was sending it", message.pk, message.claimed_by)


def _release_abandoned(at: datetime) -> None:
    """Free the messages whose worker stopped in the middle, and note it with each."""
    for pk in Message.objects.abandoned(at).values_list("pk", flat=True)[:ROWS_AT_ONCE]:
        with transaction.atomic(durable=True):
            message = Message.objects.abandoned(at).select_for_update(skip_locked=True).filter(pk=pk).first()
            if message is None:
                continue
            logger.warning("Message %s was left by worker %s", message.pk, message.claimed_by)
            answer = "Tiến trình gửi dừng giữa chừng, không báo kết quả."
            Attempt.objects.create(message=message, at=at, outcome=Outcome.ABANDONED, answer=answer)
            given_up = message.attempts >= rules.MAX_ATTEMPTS
            message.status = Status.DEAD if given_up else Status.WAITING
            if message.unneeded_since is not None:
                message.status = Status.CANCELLED
            message.last_error = answer
            message.claimed_at = None
            message.claimed_by = ""
            message.save(update_fields=["status", "last_error", "claimed_at", "claimed_by"])
