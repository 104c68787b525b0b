"""Zalo: one's own link, the page of those who look after it, and the webhooks that Zalo calls."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notifications import permissions
from notifications.enums import ZaloSide
from notifications.forms import ConnectZaloForm
from notifications.operations.zalo import connection as connections
from notifications.operations.zalo import events, links
from notifications.queries import zalo as queries
from notifications.queries.undelivered import failing_addresses
from notifications.rules import NotAllowed
from notifications.views.undelivered import overseers_only, tabs
from notifications.zalo.configuration import configuration
from notifications.zalo.phones import normalised
from notifications.zalo.signatures import NotGenuine

OWN = "Zalo của tôi"


@require_safe
@never_cache
@login_required
def own(request: HttpRequest) -> HttpResponse:
    """Show whether the person's Zalo is linked, how to link it, and where Zalo messages go otherwise."""
    me: Any = request.user
    account = configuration()
    sides = [
        (ZaloSide.ACCOUNT, account.has_account, account.oa_page),
        (ZaloSide.BOT, account.has_bot, account.bot_page),
    ]
    page = {
        "sides": [
            {"code": side.value, "label": side.label, "page": address, "link": queries.link_of(me, side)}
            for side, is_there, address in sides
            if is_there
        ],
        "code": queries.code_of(me, at=timezone.now()),
        "phone": normalised(me.phone),
        "phone_as_written": me.phone,
        "sends_to_phone": account.has_account and bool(account.templates),
        "breadcrumbs": [
            {"label": "Tài khoản của tôi", "url": reverse("own_account")},
            {"label": "Nhận thông báo", "url": reverse("notification_preferences")},
            {"label": OWN},
        ],
    }
    return render(request, "notifications/zalo_pages/own.html", page)


@require_POST
@login_required
def new_code(request: HttpRequest) -> HttpResponse:
    """Give the person a one-time code."""
    links.new_code(user=request.user, at=timezone.now())
    return redirect("own_zalo")


@require_POST
@login_required
def unlink(request: HttpRequest) -> HttpResponse:
    """End the person's link on one side."""
    side = request.POST.get("qua", "")
    if side in ZaloSide.values and links.unlink(user=request.user, side=ZaloSide(side), at=timezone.now()):
        messages.success(request, f"Đã hủy liên kết {ZaloSide(side).label}; hệ thống không gửi tin tới đó nữa.")
    else:
        messages.warning(request, "Không có liên kết nào để hủy.")
    return redirect("own_zalo")


@require_safe
@overseers_only
def status(request: HttpRequest, stopped: Any) -> HttpResponse:
    """Show connection, webhook, quota, cost and templates."""
    now = timezone.now()
    account = configuration()
    found = queries.connection()
    page = {
        "is_on": account.is_on,
        "has_account": account.has_account,
        "connection": found,
        "refreshed_from": queries.refreshed_from(found) if found else None,
        "monitor": queries.monitor(),
        "last_event_at": queries.last_event_at(),
        "failed_events": queries.failed_events().count(),
        "spent": queries.spent(request.user, since=queries.first_of_month(now)),
        "month": timezone.localtime(now).strftime("%m/%Y"),
        "templates": queries.templates(),
        "may_connect": permissions.may_connect_zalo(request.user),
        "who_connects": permissions.WHO_CONNECTS_ZALO,
        "tabs": tabs(stopped.count(), failing_addresses(request.user).count(), current="zalo"),
    }
    return render(request, "notifications/zalo_pages/status.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def connect(request: HttpRequest) -> HttpResponse:
    """Connect Zalo again: by the code that the consent page leads back with, or by a pasted refresh token.

    The consent page leads here by GET; nothing is spent until a person who may presses the button, so that nobody's
    link makes an administrator connect another account.
    """
    if not permissions.may_connect_zalo(request.user):
        raise PermissionDenied(permissions.WHO_CONNECTS_ZALO)
    sent = request.POST if request.method == "POST" else None
    form = ConnectZaloForm(sent, initial={"code": request.GET.get("code", "")})
    if form.is_valid():
        try:
            _connect(form, request.user)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Đã kết nối Zalo. Tin Zalo được gửi lại từ lượt gửi tới.")
            return redirect("zalo_status")
    page = {
        "form": form,
        "callback": request.build_absolute_uri(reverse("zalo_connect")),
        "connection": queries.connection(),
        "breadcrumbs": [{"label": "Zalo", "url": reverse("zalo_status")}, {"label": "Kết nối lại Zalo"}],
    }
    return render(request, "notifications/zalo_pages/connect.html", page, status=422 if form.is_bound else 200)


@require_POST
@login_required
def settle(request: HttpRequest) -> HttpResponse:
    """Put away the trouble that is shown."""
    try:
        connections.settle_trouble(by=request.user)
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    messages.success(request, "Đã đánh dấu là đã xử lý.")
    return redirect("zalo_status")


@csrf_exempt  # Zalo's server posts here: its signature over the bytes is what counts
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Take in an event of the Official Account; 200 also for the empty probe, 403 for whatever is not genuine."""
    try:
        events.accept(
            body=request.body,
            signature=request.headers.get("X-ZEvent-Signature", ""),
            header_timestamp=request.headers.get("X-ZEvent-Timestamp", ""),
            at=timezone.now(),
        )
    except NotGenuine:
        return HttpResponse(status=403)
    return HttpResponse()


@csrf_exempt  # the bot's server posts here: the secret in its header is what counts
@require_POST
def bot_webhook(request: HttpRequest) -> HttpResponse:
    """Take in an event of the bot, likewise."""
    secret = request.headers.get("X-Bot-Api-Secret-Token", "")
    try:
        events.accept_from_bot(body=request.body, secret=secret, at=timezone.now())
    except NotGenuine:
        return HttpResponse(status=403)
    return HttpResponse()


def _connect(form: forms.Form, by: Any) -> None:
    at = timezone.now()
    if form.cleaned_data["code"]:
        connections.connect_with_code(code=form.cleaned_data["code"], by=by, at=at)
    else:
        connections.connect_with_refresh_token(refresh_token=form.cleaned_data["refresh_token"], by=by, at=at)
