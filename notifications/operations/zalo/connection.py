"""Connecting the Official Account, and looking after the connection: tokens, quota, templates, alerts."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from notifications import permissions
from notifications.models import ONLY_ROW, ZaloConnection, ZaloMonitor, ZaloTemplate
from notifications.operations.outbox import Draft, enqueue_many
from notifications.rules import NotAllowed
from notifications.zalo import keeper, monitor
from notifications.zalo.client import Zalo
from notifications.zalo.configuration import configuration
from notifications.zalo.errors import RateLimited, Unreachable, ZaloError

logger = logging.getLogger(__name__)

BROKEN, TROUBLE = "zalo_disconnected", "zalo_trouble"
QUOTA_EVERY = timedelta(minutes=15)
TEMPLATES_EVERY = timedelta(hours=12)


def connect_with_code(*, code: str, by: Any, at: datetime) -> ZaloConnection:
    """Connect with an authorization code from Zalo's consent page. Raise NotAllowed with Zalo's words."""
    grant = {"grant_type": "authorization_code", "code": code, "code_verifier": configuration().code_verifier}
    return _connect(grant, by=by, at=at)


def connect_with_refresh_token(*, refresh_token: str, by: Any, at: datetime) -> ZaloConnection:
    """Connect with the refresh token of a pair from Zalo's API Explorer: it is spent at once, which proves it.

    Raise NotAllowed with Zalo's words.
    """
    return _connect({"grant_type": "refresh_token", "refresh_token": refresh_token}, by=by, at=at)


def _connect(grant: Mapping[str, str], *, by: Any, at: datetime) -> ZaloConnection:
    if not configuration().has_account:
        raise NotAllowed("Chưa cài đặt ứng dụng Zalo (PAR_ZALO_APP_ID, PAR_ZALO_APP_SECRET) trên máy chủ.")
    zalo = Zalo(configuration())
    try:
        with transaction.atomic():
            ZaloConnection.objects.get_or_create(pk=ONLY_ROW)
            # Nobody may refresh meanwhile: the pair that is written last must be the one that Zalo gave last.
            connection = ZaloConnection.objects.select_for_update().get(pk=ONLY_ROW)
            pair = zalo.exchange(grant)
            connection.connected_at, connection.connected_by = at, by
            connection.save(update_fields=["connected_at", "connected_by"])
            keeper.keep(connection, pair, at=at)
            monitor.settle_trouble()  # what was wrong with the old connection is past
    except ZaloError as refusal:
        said = f"Zalo không nhận: {refusal}. Lấy mã mới rồi thử lại; mỗi mã chỉ dùng được một lần."
        raise NotAllowed(said) from refusal
    finally:
        zalo.close()
    return connection


def look_after(*, at: datetime) -> None:
    """Replace the tokens when they are due, read quota and templates anew, and tell people of a broken connection."""
    account = configuration()
    connection = ZaloConnection.objects.filter(pk=ONLY_ROW).first()
    if not account.has_account or connection is None or not connection.access_token:
        return
    zalo = Zalo(account)
    try:
        token = keeper.access_token(zalo=zalo, at=at)
        _read_quota(zalo, token, at)
        _read_templates(zalo, token, account.templates, at)
    except (Unreachable, RateLimited, keeper.WaitForToken) as failure:
        logger.warning("Zalo could not be asked now: %s", failure)
    except (ZaloError, keeper.NotConnected) as failure:
        monitor.note_trouble(text=str(failure), at=at)
    finally:
        zalo.close()
    connection.refresh_from_db()
    seen = ZaloMonitor.objects.filter(pk=ONLY_ROW).first()
    if connection.broken_since is not None:
        _alert_broken(connection, at=at)
    elif seen is not None and seen.trouble:
        _alert_trouble(seen.trouble, at=at)


def settle_trouble(*, by: Any) -> None:
    """Put away what needed a person: ``by`` says that it is dealt with. Raise NotAllowed for who may not."""
    if not permissions.may_connect_zalo(by):
        raise NotAllowed(permissions.WHO_CONNECTS_ZALO)
    monitor.settle_trouble()


def _read_quota(zalo: Zalo, token: str, at: datetime) -> None:
    known = ZaloMonitor.objects.filter(pk=ONLY_ROW).first()
    if known is None or known.quota_read_at is None or at >= known.quota_read_at + QUOTA_EVERY:
        monitor.write_quota(quota=zalo.quota(token=token), at=at)


def _read_templates(zalo: Zalo, token: str, templates: Mapping[str, str], at: datetime) -> None:
    fresh = ZaloTemplate.objects.filter(read_at__gt=at - TEMPLATES_EVERY).values_list("template_id", flat=True)
    for template_id in sorted(set(templates.values()) - set(fresh)):
        monitor.write_template(template_id=template_id, info=zalo.template(token=token, template_id=template_id), at=at)


def _alert_broken(connection: ZaloConnection, *, at: datetime) -> None:
    """Write once that the connection is lost."""
    text = (
        "Hệ thống mất kết nối với Zalo OA nên không gửi được tin Zalo; thư nhắc việc được chuyển sang thư điện tử.\n"
        f"Lý do: {connection.last_error}\n\nKết nối lại Zalo:\n{settings.SITE_URL}{reverse('zalo_connect')}\n"
    )
    occasion = f"{connection.broken_since:%Y%m%d%H%M%S%f}"
    _alert(BROKEN, occasion, subject="Zalo mất kết nối, cần kết nối lại", text=text, at=at)


def _alert_trouble(trouble: str, *, at: datetime) -> None:
    """Write what needs somebody, once a day however many troubles there are: the page shows the newest."""
    text = (
        f"Tin Zalo cần người xử lý:\n{trouble}\n\n"
        "Các thư bị ảnh hưởng được chuyển sang thư điện tử.\n"
        f"Xem tình trạng Zalo:\n{settings.SITE_URL}{reverse('zalo_status')}\n"
    )
    occasion = f"{timezone.localtime(at):%Y%m%d}"
    _alert(TROUBLE, occasion, subject="Tin Zalo cần người xử lý", text=text, at=at)


def _alert(kind: str, occasion: str, *, subject: str, text: str, at: datetime) -> None:
    """Write to everybody who can connect Zalo again, by e-mail: Zalo itself is what does not work."""
    drafts = [
        Draft(
            recipient=person,
            channel="email",
            kind=kind,
            dedupe_key=f"{kind}:{occasion}:{person.pk}",
            subject=subject,
            body_text=text,
        )
        for person in permissions.zalo_operators()
    ]
    enqueue_many(drafts, at=at)
