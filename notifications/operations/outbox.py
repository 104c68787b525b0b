"""Putting messages into the outbox, calling them off, and waking the worker that delivers them."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from celery import current_app
from django.db import connection, transaction
from kombu.exceptions import OperationalError

from notifications import rules
from notifications.channels import CHANNELS
from notifications.enums import Outcome, Status
from notifications.models import Attempt, Message

logger = logging.getLogger(__name__)

WAKE_TASK = "notifications.deliver_due"
ROWS_AT_ONCE = 200
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
    short_text: str = ""  # what a messenger shows; the long texts go along, for another channel may have to take over
    fields: Mapping[str, str] = field(default_factory=dict)  # parameters of a messenger's template
    not_before: datetime | None = None
    ref: str = ""  # what it is about, as "task:12": ``cancel`` finds it by this


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
    addresses = _addresses_of(drafts)
    made = (_row(draft, addresses[draft.channel][draft.recipient.pk], at) for draft in drafts)
    rows = sorted(made, key=lambda row: row.dedupe_key)
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


def _addresses_of(drafts: Iterable[Draft]) -> dict[str, dict[int, str]]:
    """Return ``{channel: {user id: address}}``; a constant number of queries per channel."""
    people: dict[str, dict[int, Any]] = {}
    for draft in drafts:
        if draft.channel not in CHANNELS:
            raise ValueError(f"Không có kênh “{draft.channel}”; các kênh hiện có: {', '.join(CHANNELS)}.")
        people.setdefault(draft.channel, {})[draft.recipient.pk] = draft.recipient
    return {channel: CHANNELS[channel].addresses_of(found.values()) for channel, found in people.items()}


def _row(draft: Draft, address: str, at: datetime) -> Message:
    """Return the unsaved row of ``draft``, to ``address``; without one another channel takes over, or nobody can."""
    if not 0 < len(draft.dedupe_key) <= rules.DEDUPE_KEY_LENGTH:
        raise ValueError(f"Khóa chống gửi trùng phải có từ 1 đến {rules.DEDUPE_KEY_LENGTH} ký tự.")
    if len(draft.ref) > rules.REF_LENGTH:
        raise ValueError(f"Mã việc của thư có nhiều nhất {rules.REF_LENGTH} ký tự.")
    is_hopeless = not address and not CHANNELS[draft.channel].falls_back_to
    subject = rules.one_line(draft.subject)
    return Message(
        recipient=draft.recipient,
        channel=draft.channel,
        kind=draft.kind,
        dedupe_key=draft.dedupe_key,
        subject=subject,
        body_text=draft.body_text,
        body_html=draft.body_html,
        short_text=draft.short_text,
        fields=dict(draft.fields),
        address=address,
        ref=draft.ref,
        search_text=search_text_of(subject, draft.recipient, address),
        created_at=at,
        not_before=max(at, draft.not_before or at),
        status=Status.FAILED if is_hopeless else Status.WAITING,
        last_error=NO_ADDRESS if is_hopeless else "",
    )


def search_text_of(subject: str, recipient: Any, address: str) -> str:
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


def wake_on_commit(hook: Callable[[], None] | None = None) -> None:
    """Wake a worker once the present transaction is committed; once per transaction is enough.

    ``hook`` wakes another worker than that of the messages: a function of a module, the same at every call.
    """
    wanted = hook or wake
    if _unattended.get():
        return
    here = set(connection.savepoint_ids)
    # A hook of an inner savepoint does not count: it would vanish with that savepoint.
    asked = any(waiting[1] is wanted and waiting[0] <= here for waiting in connection.run_on_commit)
    if not asked:
        transaction.on_commit(wanted, robust=True)


def wake(task: str = WAKE_TASK) -> None:
    """Ask a worker to do a task: to deliver what is due, unless another is named.

    A broker that is down costs a log line: the next sweep finds the rows. By name, because tasks stand above
    operations; without retries, because a page may be waiting for this.
    """
    try:
        current_app.signature(task).apply_async(retry=False, expires=60)
    except (OperationalError, OSError) as failure:
        logger.warning("The worker could not be woken, the next sweep will deliver: %s", failure)
