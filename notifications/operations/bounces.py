"""Every write that a returned letter leads to."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from notifications import rules, tokens
from notifications.bounces import Report, read_report
from notifications.enums import AddressTrouble, Outcome, Status
from notifications.mailboxes import ImapFolder, Mailbox, MaildirFolder
from notifications.models import Attempt, DeliveryReport, Message
from notifications.operations import addresses

logger = logging.getLogger(__name__)

LETTERS_AT_ONCE = 500


@dataclass
class Reading:
    """What one reading of a mailbox found."""

    matched: int = 0
    unmatched: int = 0
    no_report: int = 0

    @property
    def letters(self) -> int:
        """Return how many letters were read."""
        return self.matched + self.unmatched + self.no_report


def read_mailbox(*, box: Mailbox, at: datetime, limit: int = LETTERS_AT_ONCE) -> Reading:
    """Read at most ``limit`` unread letters of ``box``; each is marked as read only after its effect is committed.

    Raise Unreachable when the mailbox stops answering; what was read until then stays read.
    """
    reading = Reading()
    for name, raw in box.unread():
        if reading.letters >= limit:
            break
        match receive(raw=raw, at=at):
            case None:
                reading.no_report += 1
            case DeliveryReport(message_id=None):
                reading.unmatched += 1
            case _:
                reading.matched += 1
        box.done(name)
    return reading


@transaction.atomic
def receive(*, raw: bytes, at: datetime) -> DeliveryReport | None:
    """Take in one returned letter; return its record, or None when it reports nothing. Safe to run twice.

    A final failure about a message that counted as sent stops it, with the server's words; one that speaks of the
    address marks the address too. Anything temporary is only noted. What carries no mark of ours changes nothing.
    """
    report = read_report(raw)
    if report is None:
        return None
    message = _message_of(report)
    record, is_new = DeliveryReport.objects.get_or_create(
        digest=hashlib.sha256(raw).hexdigest(),
        defaults={
            "read_at": at,
            "message": message,
            "action": report.action,
            "status": report.status,
            "answer": report.answer,
        },
    )
    if is_new and message is None:
        logger.warning("A returned letter (%s %s) belongs to no message of ours", report.action, report.status)
    if is_new and message is not None:
        _take_in(message, report, at)
    return record


def _message_of(report: Report) -> Message | None:
    """Return the locked message whose genuine mark the report carries, to the address that it has now."""
    numbers = dict(report.marks)
    messages = Message.objects.select_for_update().filter(pk__in=numbers).order_by("pk")
    return next((message for message in messages if tokens.is_of(message, numbers[message.pk])), None)


def _take_in(message: Message, report: Report, at: datetime) -> None:
    """Write down what a report means for its message."""
    if report.is_final:
        outcome = Outcome.BOUNCED
    elif report.action == "delivered":
        outcome = Outcome.DELIVERED
    else:
        outcome = Outcome.NOTED
    answer = " ".join(filter(None, (report.status if report.status not in report.answer else "", report.answer)))
    Attempt.objects.create(message=message, at=at, outcome=outcome, answer=answer)
    if outcome == Outcome.BOUNCED:
        if message.status == Status.SENT:
            message.status, message.sent_at, message.last_error = Status.FAILED, None, answer
            message.save(update_fields=["status", "sent_at", "last_error"])
        if rules.condemns_address(report.status or report.answer):
            trouble = AddressTrouble.BOUNCED
            addresses.mark_failing(message=message, trouble=trouble, answer=answer, at=at)
    elif outcome == Outcome.DELIVERED:
        addresses.confirm_delivery(message=message, at=at)


@contextmanager
def mailbox_of_settings() -> Iterator[Mailbox | None]:
    """Yield the mailbox of bounces that the settings name, or None. Raise Unreachable."""
    if settings.BOUNCE_MAILDIR:
        yield MaildirFolder(settings.BOUNCE_MAILDIR)
    elif settings.BOUNCE_IMAP["host"]:
        account: dict[str, Any] = settings.BOUNCE_IMAP
        box = ImapFolder(**account)
        try:
            yield box
        finally:
            box.close()
    else:
        yield None
