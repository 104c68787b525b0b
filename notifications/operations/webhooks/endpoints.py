"""Managing where events are sent: adding, rotating the secret, switching off and on, a test, sending again."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from notifications import permissions
from notifications.enums import Outcome, Status, SwitchedOff
from notifications.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from notifications.operations.outbox import wake_on_commit
from notifications.operations.webhooks.publishing import body_of, wake_webhooks
from notifications.rules import WEBHOOK_OVERLAP, NotAllowed, check_can_send_event_again
from notifications.webhooks import kinds
from notifications.webhooks.addresses import check_url

SECRET_BYTES = 32
NOT_YOURS = "Nơi nhận này thuộc đơn vị khác; bạn không quản lý được."


def new_secret() -> str:
    """Return a fresh secret as Standard Webhooks writes it."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


@transaction.atomic
def add(
    *, scope: int, name: str, url: str, subscribed: Sequence[str], by: Any, at: datetime
) -> tuple[WebhookEndpoint, str]:
    """Add an endpoint and return it with its secret, which is shown this once. Raise NotAllowed."""
    _check_manages(by, scope)
    check_url(url)
    known = [code for code, _ in kinds.offered() if code in subscribed]
    if not known:
        raise NotAllowed("Chọn ít nhất một loại sự kiện.")
    if WebhookEndpoint.objects.on().filter(scope=scope, url=url).exists():
        raise NotAllowed("Địa chỉ này đã có trong danh sách và đang bật.")
    secret = new_secret()
    endpoint = WebhookEndpoint.objects.create(
        scope=scope, name=name, url=url, kinds=known, secret=secret, created_at=at, created_by=by
    )
    return endpoint, secret


@transaction.atomic
def rotate_secret(*, endpoint: WebhookEndpoint, by: Any, at: datetime) -> str:
    """Give an endpoint a new secret and return it, this once; the old one signs beside it for a day. Raise NotAllowed.

    A secret replaced within that day ends at once: there are never more than two.
    """
    endpoint = _locked(endpoint, by)
    endpoint.previous_secret, endpoint.previous_until = endpoint.secret, at + WEBHOOK_OVERLAP
    endpoint.secret, endpoint.rotated_at = new_secret(), at
    endpoint.save(update_fields=["secret", "previous_secret", "previous_until", "rotated_at"])
    return endpoint.secret


@transaction.atomic
def switch_off(*, endpoint: WebhookEndpoint, by: Any, at: datetime) -> WebhookEndpoint:
    """Send nothing there any more; what waits is kept. Raise NotAllowed."""
    endpoint = _locked(endpoint, by)
    if not endpoint.is_on:
        raise NotAllowed(f"“{endpoint.name}” đã tắt từ trước.")
    endpoint.off_at, endpoint.off_because, endpoint.off_by = at, SwitchedOff.ASKED, by
    endpoint.save(update_fields=["off_at", "off_because", "off_by"])
    return endpoint


@transaction.atomic
def switch_on(*, endpoint: WebhookEndpoint, by: Any, at: datetime) -> WebhookEndpoint:
    """Send there again, first what was kept; what happened meanwhile is not told. Raise NotAllowed."""
    endpoint = _locked(endpoint, by)
    if endpoint.is_on:
        raise NotAllowed(f"“{endpoint.name}” đang bật.")
    check_url(endpoint.url)
    if WebhookEndpoint.objects.on().filter(scope=endpoint.scope, url=endpoint.url).exists():
        raise NotAllowed("Địa chỉ này đã được thêm lại và đang bật; không bật hai nơi nhận cùng địa chỉ.")
    endpoint.off_at, endpoint.off_because, endpoint.off_by, endpoint.failing_since = None, "", None, None
    endpoint.save(update_fields=["off_at", "off_because", "off_by", "failing_since"])
    WebhookDelivery.objects.filter(endpoint=endpoint, status=Status.WAITING, not_before__gt=at).update(
        not_before=at, attempts=0
    )
    wake_on_commit(wake_webhooks)
    return endpoint


@transaction.atomic
def write_test(*, endpoint: WebhookEndpoint, by: Any, at: datetime) -> WebhookDelivery:
    """Write a test event for one endpoint; the caller has it sent. Raise NotAllowed when it is off."""
    endpoint = _locked(endpoint, by)
    if not endpoint.is_on:
        raise NotAllowed(f"“{endpoint.name}” đang tắt; hãy bật lại rồi gửi thử.")
    return WebhookDelivery.objects.create(
        endpoint=endpoint,
        kind=kinds.TEST,
        dedupe_key=f"test:{secrets.token_hex(8)}",
        body=body_of(kinds.TEST, {"message": "Gửi thử từ hệ thống Chỉ số cải cách hành chính."}, at=at),
        created_at=at,
        not_before=at,
    )


@transaction.atomic
def send_again(*, delivery: WebhookDelivery, by: Any, at: datetime) -> WebhookDelivery:
    """Send an event once more under the same id, so that the receiver can tell a copy. Raise NotAllowed."""
    endpoint = _locked(delivery.endpoint, by)
    delivery = WebhookDelivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)
    check_can_send_event_again(status=delivery.status, is_on=endpoint.is_on, name=endpoint.name)
    delivery.status, delivery.attempts, delivery.not_before = Status.WAITING, 0, max(at, delivery.created_at)
    delivery.sent_at, delivery.last_error = None, ""
    delivery.save(update_fields=["status", "attempts", "not_before", "sent_at", "last_error"])
    WebhookAttempt.objects.create(delivery=delivery, at=at, outcome=Outcome.REQUEUED, by=by)
    wake_on_commit(wake_webhooks)
    return delivery


def _locked(endpoint: WebhookEndpoint, by: Any) -> WebhookEndpoint:
    _check_manages(by, endpoint.scope)
    return WebhookEndpoint.objects.select_for_update(of=("self",)).get(pk=endpoint.pk)


def _check_manages(by: Any, scope: int) -> None:
    if scope not in permissions.webhook_scopes(by):
        raise NotAllowed(NOT_YOURS)
