"""Other systems that are told of events (kết nối hệ thống khác), for organisers and administrators."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notifications import permissions
from notifications.forms import WebhookForm
from notifications.models import WebhookDelivery, WebhookEndpoint
from notifications.operations.webhooks import delivering
from notifications.operations.webhooks import endpoints as operations
from notifications.queries import undelivered as letters
from notifications.queries import webhooks as queries
from notifications.rules import WEBHOOK_GIVEN_UP, NotAllowed, check_can_send_event_again
from notifications.views.undelivered import tabs
from notifications.webhooks import kinds

TITLE = "Hệ thống khác"
ROWS_PER_PAGE = 50


def managers_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let in who manages somebody's endpoints; hand the view whose. The others read why not."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        scopes = permissions.webhook_scopes(request.user)
        if not scopes:
            raise PermissionDenied(
                "Trang này dành cho đơn vị tổ chức và người quản trị tài khoản; tài khoản của bạn chưa được giao."
            )
        return view(request, scopes, *args, **kwargs)

    return guarded


@require_safe
@managers_only
def endpoints(request: HttpRequest, scopes: dict[int, str]) -> HttpResponse:
    """List the systems that are told of events."""
    found = list(queries.endpoints_of(scopes))
    stopped = letters.undelivered_of(request.user)
    failing = letters.failing_addresses(request.user)
    page = {
        "rows": [{"endpoint": each, "unit": scopes[each.scope], "kinds": _labels(each)} for each in found],
        "caption": f"{len(found)} hệ thống",
        "tabs": tabs(stopped.count() if stopped is not None else 0, failing.count(), current="webhooks"),
    }
    return render(request, "notifications/webhooks/list.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@managers_only
def add(request: HttpRequest, scopes: dict[int, str]) -> HttpResponse:
    """Add a system; its secret is shown once."""
    form = WebhookForm(request.POST if request.method == "POST" else None, scopes=scopes)
    if form.is_valid():
        try:
            made, secret = operations.add(**form.cleaned_data, by=request.user, at=timezone.now())
        except NotAllowed as refusal:
            form.add_error("url", str(refusal))
        else:
            return _secret(request, made, secret, "Đã thêm hệ thống")
    page = {
        "form": form,
        "breadcrumbs": [{"label": TITLE, "url": reverse("webhooks")}, {"label": "Thêm hệ thống"}],
    }
    return render(request, "notifications/webhooks/add.html", page, status=422 if form.is_bound else 200)


@require_safe
@managers_only
def endpoint(request: HttpRequest, scopes: dict[int, str], endpoint_id: int) -> HttpResponse:
    """Show one system: how it does, and what was written for it."""
    found = get_object_or_404(queries.endpoints_of(scopes), pk=endpoint_id)
    asked = request.GET.get("phan", "")
    part = queries.Part(asked) if asked in queries.Part.values else queries.Part.ALL
    page = Paginator(queries.deliveries_of(found, part), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    here = reverse("webhook", args=[found.pk])
    context = {
        "endpoint": found,
        "unit": scopes[found.scope],
        "kinds": _labels(found),
        "overlaps": len(found.secrets_at(timezone.now())) > 1,
        "given_up_days": WEBHOOK_GIVEN_UP.days,
        "closed_reason": "" if found.is_on else "Hệ thống này đang tắt; hãy bật lại rồi gửi thử.",
        "page": page,
        "rows": [{"delivery": each, "kind": kinds.label_of(each.kind)} for each in page],
        "caption": f"{part.label}: {page.paginator.count} sự kiện, mới nhất ở trên",
        "query": f"phan={part.value}",
        "tabs": [
            {"label": each.label, "url": f"{here}?phan={each.value}", "count": None, "current": each == part}
            for each in queries.Part
        ],
        "breadcrumbs": [{"label": TITLE, "url": reverse("webhooks")}, {"label": found.name}],
    }
    return render(request, "notifications/webhooks/detail.html", context)


@require_POST
@managers_only
def send_test(request: HttpRequest, scopes: dict[int, str], endpoint_id: int) -> HttpResponse:
    """Send a test event now and show what the system answered."""
    found = _endpoint(scopes, endpoint_id)
    now = timezone.now()
    try:
        written = operations.write_test(endpoint=found, by=request.user, at=now)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
        return redirect("webhook", endpoint_id=found.pk)
    sent = delivering.deliver(delivery_id=written.pk, at=now)
    if sent.sent_at:
        messages.success(request, f"“{found.name}” đã nhận sự kiện gửi thử.")
    else:
        messages.error(request, f"“{found.name}” chưa nhận sự kiện gửi thử: {sent.last_error or 'đang chờ gửi'}.")
    return redirect("webhook_delivery", delivery_id=sent.pk)


@require_POST
@never_cache
@managers_only
def rotate(request: HttpRequest, scopes: dict[int, str], endpoint_id: int) -> HttpResponse:
    """Give the system a new secret and show it, this once."""
    found = _endpoint(scopes, endpoint_id)
    secret = operations.rotate_secret(endpoint=found, by=request.user, at=timezone.now())
    found.refresh_from_db()
    return _secret(request, found, secret, "Đã đổi khóa")


@require_POST
@managers_only
def switch_off(request: HttpRequest, scopes: dict[int, str], endpoint_id: int) -> HttpResponse:
    """Send nothing there any more."""
    return _switch(request, _endpoint(scopes, endpoint_id), operations.switch_off, "Đã tắt, không gửi tới")


@require_POST
@managers_only
def switch_on(request: HttpRequest, scopes: dict[int, str], endpoint_id: int) -> HttpResponse:
    """Send there again."""
    return _switch(request, _endpoint(scopes, endpoint_id), operations.switch_on, "Đã bật, lại gửi tới")


@require_safe
@managers_only
def delivery(request: HttpRequest, scopes: dict[int, str], delivery_id: int) -> HttpResponse:
    """Show one event with what was sent and every attempt with its answer."""
    found = _delivery(scopes, delivery_id)
    closed_reason = ""
    try:
        check_can_send_event_again(status=found.status, is_on=found.endpoint.is_on, name=found.endpoint.name)
    except NotAllowed as refusal:
        closed_reason = str(refusal)
    page = {
        "delivery": found,
        "closed_reason": closed_reason,
        "kind": kinds.label_of(found.kind),
        "body": json.dumps(json.loads(found.body), ensure_ascii=False, indent=2),
        "attempts": list(found.attempt_log.select_related("by")),
        "breadcrumbs": [
            {"label": TITLE, "url": reverse("webhooks")},
            {"label": found.endpoint.name, "url": reverse("webhook", args=[found.endpoint_id])},
            {"label": kinds.label_of(found.kind)},
        ],
    }
    return render(request, "notifications/webhooks/delivery.html", page)


@require_POST
@managers_only
def send_again(request: HttpRequest, scopes: dict[int, str], delivery_id: int) -> HttpResponse:
    """Put one event back into the queue."""
    found = _delivery(scopes, delivery_id)
    try:
        operations.send_again(delivery=found, by=request.user, at=timezone.now())
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Sự kiện đã vào hàng chờ gửi lại; tải lại trang sau ít giây để xem trả lời.")
    return redirect("webhook_delivery", delivery_id=found.pk)


def _endpoint(scopes: dict[int, str], endpoint_id: int) -> WebhookEndpoint:
    return get_object_or_404(WebhookEndpoint.objects.of(scopes), pk=endpoint_id)


def _delivery(scopes: dict[int, str], delivery_id: int) -> WebhookDelivery:
    return get_object_or_404(queries.deliveries_in(scopes), pk=delivery_id)


def _labels(endpoint: WebhookEndpoint) -> list[str]:
    return [kinds.label_of(code) for code in endpoint.kinds]


def _secret(request: HttpRequest, endpoint: WebhookEndpoint, secret: str, title: str) -> HttpResponse:
    page = {
        "endpoint": endpoint,
        "secret": secret,
        "page_title": title,
        "breadcrumbs": [
            {"label": TITLE, "url": reverse("webhooks")},
            {"label": endpoint.name, "url": reverse("webhook", args=[endpoint.pk])},
            {"label": "Khóa ký"},
        ],
    }
    return render(request, "notifications/webhooks/secret.html", page)


def _switch(
    request: HttpRequest, endpoint: WebhookEndpoint, switch: Callable[..., WebhookEndpoint], done: str
) -> HttpResponse:
    try:
        switch(endpoint=endpoint, by=request.user, at=timezone.now())
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{done} “{endpoint.name}”.")
    return redirect("webhook", endpoint_id=endpoint.pk)
