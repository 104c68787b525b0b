"""Sending events that are due to other systems.

Rows are claimed as messages are (``claims``), sent with no transaction open, and each outcome is recorded before the
next is sent. An event can arrive twice when a worker dies between the answer and its record: its id stays the same, as
Standard Webhooks asks, so the receiver can tell.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse

from notifications import claims, rules, workers
from notifications.enums import Outcome, Status, SwitchedOff
from notifications.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from notifications.operations.outbox import ROWS_AT_ONCE, Draft, enqueue_many
from notifications.operations.webhooks.publishing import WAKE_TASK, wake_webhooks
from notifications.webhooks.sending import Answer, NotReached, send, signed_headers

__all__ = ["WAKE_TASK", "WebhookRun", "deliver", "deliver_due", "wake_webhooks"]

logger = logging.getLogger(__name__)

RUN_SECONDS = 120  # a run stops claiming after this time
CLAIMED_AT_ONCE = 10  # few, for each may take all of its ten seconds
GONE = 410
OFF = "webhook_off"
LEFT = "Tiến trình gửi dừng giữa chừng, không báo kết quả."


@dataclass(frozen=True)
class WebhookRun:
    """What one run did; ``more`` says that due events were left because the run was full."""

    sent: int = 0
    not_sent: int = 0
    more: bool = False


def deliver_due(*, at: datetime, limit: int = ROWS_AT_ONCE) -> WebhookRun:
    """Send the events due at ``at``, at most ``limit``; safe to run many times at once.

    An endpoint that does not answer rests until the next run: what waits behind for it loses no attempt, and the
    other endpoints do not wait for it.
    """
    _release_abandoned(at)
    if not WebhookDelivery.objects.due(at).exists():
        return WebhookRun()
    started = time.monotonic()
    resting: set[int] = set()
    sent = not_sent = 0
    with workers.at_work() as worker:
        while True:
            due = WebhookDelivery.objects.due(at).exclude(endpoint__in=resting)
            room = min(CLAIMED_AT_ONCE, limit - sent - not_sent)
            if room <= 0 or time.monotonic() - started >= RUN_SECONDS:
                return WebhookRun(sent, not_sent, more=due.exists())
            claimed = claims.claim(due.select_related("endpoint"), at=at, worker=worker, rows=room)
            if not claimed:
                return WebhookRun(sent, not_sent)
            for delivery in claimed:
                if delivery.endpoint_id in resting:
                    _put_down(delivery)
                    continue
                moment = at + timedelta(seconds=time.monotonic() - started)
                answer = _attempt(delivery, at=moment)
                if answer is not None and answer.is_ok:
                    sent += 1
                else:
                    not_sent += 1
                if answer is None or answer.status == GONE:
                    resting.add(delivery.endpoint_id)


def deliver(*, delivery_id: int, at: datetime) -> WebhookDelivery:
    """Send one event if it is due at ``at`` and nobody else has it; return it as it then stands."""
    with workers.at_work() as worker:
        due = WebhookDelivery.objects.due(at).filter(pk=delivery_id).select_related("endpoint")
        for delivery in claims.claim(due, at=at, worker=worker, rows=1):
            _attempt(delivery, at=at)
    return WebhookDelivery.objects.select_related("endpoint").get(pk=delivery_id)


def _attempt(delivery: WebhookDelivery, *, at: datetime) -> Answer | None:
    """Send a claimed event and record how it went; return the answer, None where there was none."""
    endpoint = delivery.endpoint
    uid = f"evt_{delivery.uid.hex}"
    headers = signed_headers(uid=uid, body=delivery.body, secrets=endpoint.secrets_at(at), at=at)
    try:
        answer = send(url=endpoint.url, body=delivery.body, headers=headers)
    except NotReached as failure:
        _record(delivery, answer=None, said=str(failure), at=at)
        return None
    except Exception as fault:  # a fault of ours must not keep the events behind it from leaving
        logger.exception("Event %s could not be sent", delivery.pk)
        _record(delivery, answer=None, said=f"Lỗi chương trình ({type(fault).__name__}).", at=at)
        return None
    _record(delivery, answer=answer, said=answer.text, at=at)
    return answer


@transaction.atomic(durable=True)
def _record(delivery: WebhookDelivery, *, answer: Answer | None, said: str, at: datetime) -> None:
    """Write down what came of an attempt and what comes next, unless the claim was taken by somebody else."""
    is_ok = answer is not None and answer.is_ok
    WebhookAttempt.objects.create(
        delivery=delivery,
        at=at,
        outcome=Outcome.SENT if is_ok else Outcome.TEMPORARY,
        status_code=answer.status if answer else None,
        answer=said,
        milliseconds=answer.milliseconds if answer else None,
    )
    mine = WebhookDelivery.objects.filter(pk=delivery.pk, status=Status.SENDING, claimed_by=delivery.claimed_by)
    if is_ok:
        written = mine.update(status=Status.SENT, sent_at=at, last_error="", claimed_at=None, claimed_by="")
        WebhookEndpoint.objects.filter(pk=delivery.endpoint_id).update(succeeded_at=at, failing_since=None)
    else:
        wait = rules.wait_before_next(
            message_id=delivery.pk,
            attempts=delivery.attempts,
            most=rules.WEBHOOK_ATTEMPTS,
            waits=rules.WEBHOOK_WAITS,
        )
        if wait is not None and answer is not None and answer.retry_after is not None:
            wait = max(wait, min(answer.retry_after, rules.WEBHOOK_LONGEST_ASKED_WAIT))
        written = mine.update(
            status=Status.DEAD if wait is None else Status.WAITING,
            not_before=delivery.not_before if wait is None else at + wait,
            last_error=f"{answer.status} {said}".strip() if answer else said,
            claimed_at=None,
            claimed_by="",
        )
        _note_failure(delivery.endpoint_id, is_gone=answer is not None and answer.status == GONE, at=at)
    if written != 1:
        logger.warning("Event %s was claimed again while %s was sending it", delivery.pk, delivery.claimed_by)


def _note_failure(endpoint_id: int, *, is_gone: bool, at: datetime) -> None:
    """Remember since when an endpoint fails; switch it off when it said that it is gone, or after days of it."""
    this = WebhookEndpoint.objects.filter(pk=endpoint_id)
    this.filter(failing_since__isnull=True).update(failing_since=at)
    given_up = this.on() if is_gone else this.on().filter(failing_since__lte=at - rules.WEBHOOK_GIVEN_UP)
    because = SwitchedOff.GONE if is_gone else SwitchedOff.FAILING
    if given_up.update(off_at=at, off_because=because, off_by=None):
        _tell_switched_off(this.select_related("created_by").get(), at=at)


def _tell_switched_off(endpoint: WebhookEndpoint, *, at: datetime) -> None:
    """Write to whoever added the endpoint that nothing is sent there any more."""
    text = (
        f"Hệ thống đã ngừng gửi sự kiện tới “{endpoint.name}” ({endpoint.url}).\n"
        f"Lý do: {endpoint.get_off_because_display()}.\n\n"
        "Các sự kiện chưa gửi được vẫn được giữ. Sau khi nơi nhận hoạt động trở lại, hãy bật lại tại:\n"
        f"{settings.SITE_URL}{reverse('webhook', args=[endpoint.pk])}\n"
    )
    letter = Draft(
        recipient=endpoint.created_by,
        channel="email",
        kind=OFF,
        dedupe_key=f"webhook-off:{endpoint.pk}:{at:%Y%m%d%H%M%S%f}",
        subject=f"Đã ngừng gửi sự kiện tới “{endpoint.name}”",
        body_text=text,
    )
    enqueue_many([letter], at=at)


def _put_down(delivery: WebhookDelivery) -> None:
    """Give a claimed event back unsent: it loses no attempt."""
    WebhookDelivery.objects.filter(pk=delivery.pk, status=Status.SENDING, claimed_by=delivery.claimed_by).update(
        status=Status.WAITING, claimed_at=None, claimed_by="", attempts=F("attempts") - 1
    )


def _release_abandoned(at: datetime) -> None:
    """Free the events whose worker stopped in the middle, and note it with each."""
    for pk in claims.left_by_dead_workers(WebhookDelivery.objects.all(), at=at):
        with transaction.atomic(durable=True):
            held = WebhookDelivery.objects.filter(pk=pk, status=Status.SENDING)
            delivery = (
                held.filter(claimed_at__lte=at - rules.CLAIM_IS_FRESH).select_for_update(skip_locked=True).first()
            )
            if delivery is None:
                continue
            WebhookAttempt.objects.create(delivery=delivery, at=at, outcome=Outcome.ABANDONED, answer=LEFT)
            given_up = delivery.attempts >= rules.WEBHOOK_ATTEMPTS
            delivery.status = Status.DEAD if given_up else Status.WAITING
            delivery.last_error, delivery.claimed_at, delivery.claimed_by = LEFT, None, ""
            delivery.save(update_fields=["status", "last_error", "claimed_at", "claimed_by"])
