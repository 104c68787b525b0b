"""The keeper of the tokens (giữ mã truy cập Zalo): one process at a time spends the refresh token.

The access token lasts 25 hours and is replaced after 20, so five hours remain when that fails. The refresh token can
be used once; who uses it holds the row's lock, and the new pair is committed before anybody uses it. A process that
dies between Zalo's answer and the commit leaves ``refresh_began_at`` without a result: Zalo then refuses the spent
token, and a person must connect again while the old access token still works.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from notifications.models import ONLY_ROW, ZaloConnection
from notifications.zalo.client import TokenPair, Zalo
from notifications.zalo.errors import RateLimited, TokenRefused, Unreachable

logger = logging.getLogger(__name__)

REFRESH_AFTER = timedelta(hours=20)
TRY_AGAIN_AFTER = timedelta(minutes=5)
LOST = "Lần làm mới bắt đầu lúc {began:%H:%M:%S ngày %d/%m/%Y} dừng giữa chừng nên mã làm mới có thể đã bị dùng mất. "


class NotConnected(Exception):
    """There is no access token to use: a person must connect Zalo, or Zalo does not answer."""


class WaitForToken(NotConnected):
    """There is none now, but the next try may bring one."""


def access_token(*, zalo: Zalo, at: datetime, rejected: str = "") -> str:
    """Return an access token to use at ``at``; ``rejected`` is one that Zalo has just refused.

    Raise WaitForToken when Zalo does not answer, NotConnected when a person must connect.
    """
    connection = ZaloConnection.objects.filter(pk=ONLY_ROW).first()
    if connection is None or not connection.access_token:
        raise NotConnected("Zalo chưa được kết nối.")
    if not _needs_new(connection, at=at, rejected=rejected):
        return connection.access_token
    if connection.broken_since is not None or _rests(connection, at=at):
        return _usable(connection, at=at, rejected=rejected)
    return _usable(refresh(zalo=zalo, at=at, rejected=rejected), at=at, rejected=rejected)


def refresh(*, zalo: Zalo, at: datetime, rejected: str = "") -> ZaloConnection:
    """Get a new pair unless another process has just got one; return the connection as it then stands."""
    before = ZaloConnection.objects.get(pk=ONLY_ROW)
    lost = before.refresh_began_at if before.refresh_began_at and not _ended(before) else None
    # Committed by itself: what follows is undone when the process dies, this is not.
    ZaloConnection.objects.filter(pk=ONLY_ROW, access_token=before.access_token).update(refresh_began_at=at)
    with transaction.atomic(durable=True):
        connection = ZaloConnection.objects.select_for_update().get(pk=ONLY_ROW)
        if (
            connection.broken_since is not None
            or not _needs_new(connection, at=at, rejected=rejected)
            or _rests(connection, at=at)
        ):
            return connection
        try:
            pair = zalo.exchange({"grant_type": "refresh_token", "refresh_token": connection.refresh_token})
        except (Unreachable, RateLimited) as failure:
            connection.refresh_failed_at, connection.last_error = at, str(failure)
            connection.save(update_fields=["refresh_failed_at", "last_error"])
        except TokenRefused as refusal:
            said = (LOST.format(began=timezone.localtime(lost)) if lost else "") + str(refusal)
            connection.refresh_failed_at, connection.last_error, connection.broken_since = at, said, at
            connection.save(update_fields=["refresh_failed_at", "last_error", "broken_since"])
            logger.error("Zalo refused the refresh token: %s", said)
        else:
            keep(connection, pair, at=at)
    return connection


def keep(connection: ZaloConnection, pair: TokenPair, *, at: datetime) -> None:
    """Write a new pair into the locked ``connection``, which works again from now on."""
    connection.access_token, connection.refresh_token = pair.access_token, pair.refresh_token
    connection.obtained_at, connection.expires_at = at, at + pair.lasts
    connection.refresh_began_at = connection.refresh_failed_at = connection.broken_since = None
    connection.last_error = ""
    connection.save(
        update_fields=[
            "access_token",
            "refresh_token",
            "obtained_at",
            "expires_at",
            "refresh_began_at",
            "refresh_failed_at",
            "broken_since",
            "last_error",
        ]
    )


def _needs_new(connection: ZaloConnection, *, at: datetime, rejected: str) -> bool:
    """Say whether the token was refused, or is old enough to be replaced."""
    if rejected and connection.access_token == rejected:
        return True
    if connection.obtained_at is None or connection.expires_at is None:
        return True
    # A pair with a shorter life is replaced at four fifths of it, as 20 hours are of 25.
    life = connection.expires_at - connection.obtained_at
    return at >= connection.obtained_at + min(REFRESH_AFTER, life * 4 / 5)


def _rests(connection: ZaloConnection, *, at: datetime) -> bool:
    """Say whether a refresh failed so recently that the next one must wait."""
    return connection.refresh_failed_at is not None and at < connection.refresh_failed_at + TRY_AGAIN_AFTER


def _ended(connection: ZaloConnection) -> bool:
    """Say whether the last refresh that began has left a result."""
    began, failed = connection.refresh_began_at, connection.refresh_failed_at
    return began is None or (failed is not None and failed >= began)


def _usable(connection: ZaloConnection, *, at: datetime, rejected: str) -> str:
    """Return the token that there is, when it has not been refused and has not run out."""
    runs_out = connection.expires_at
    if connection.access_token != rejected and runs_out is not None and at < runs_out:
        return connection.access_token
    reason = f"Mã truy cập Zalo hết hiệu lực và chưa làm mới được: {connection.last_error}"
    raise NotConnected(reason) if connection.broken_since is not None else WaitForToken(reason)
