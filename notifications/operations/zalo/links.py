"""Linking an official with their Zalo (liên kết Zalo) by a one-time code sent from it, and ending the link."""

import re
import secrets
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from notifications.enums import ZaloSide
from notifications.models import ZaloLink, ZaloLinkCode
from notifications.operations.outbox import Draft, enqueue_many
from notifications.rules import CODE_LASTS

LINKED = "zalo_linked"
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that is taken for another when read out or typed
CODES_READ = 3  # of one message: guessing many at once must not pay
HALF = 4  # 31 to the power of 8 codes: a quarter of an hour is too short to guess one
_CODE = re.compile(rf"(?<![A-Z0-9])([{LETTERS}]{{{HALF}}})[ -]?([{LETTERS}]{{{HALF}}})(?![A-Z0-9])")


def new_code(*, user: Any, at: datetime) -> ZaloLinkCode:
    """Give ``user`` a code to send; the codes that they got before no longer work."""
    first, second = ("".join(secrets.choice(LETTERS) for _ in range(HALF)) for _ in range(2))
    with transaction.atomic():
        ZaloLinkCode.objects.filter(user=user, used_at__isnull=True).update(used_at=at)
        return ZaloLinkCode.objects.create(user=user, code=f"{first}-{second}", created_at=at)


def codes_in(text: str) -> list[str]:
    """Return what in ``text`` looks like a code, as it is stored."""
    return [f"{first}-{second}" for first, second in _CODE.findall(text.upper())][:CODES_READ]


@transaction.atomic
def link_by_code(*, side: ZaloSide, zalo_id: str, text: str, sent_at: datetime, at: datetime) -> ZaloLink | None:
    """Link the Zalo account that sent ``text`` with the official whose code stands in it; None when none does.

    Earlier links of the person on this side, and of this account with whomever, end: who has the code decides.
    """
    waiting = ZaloLinkCode.objects.select_for_update().filter(
        code__in=codes_in(text), used_at__isnull=True, created_at__gt=sent_at - CODE_LASTS, user__is_active=True
    )
    code = waiting.select_related("user").first()
    if code is None:
        return None
    code.used_at = at
    code.save(update_fields=["used_at"])
    ended = ZaloLink.objects.standing().filter(Q(user=code.user) | Q(zalo_id=zalo_id), side=side)
    ended.update(unlinked_at=at)
    link = ZaloLink.objects.create(
        user=code.user, side=side, zalo_id=zalo_id, linked_at=at, last_interaction_at=sent_at
    )
    words = (
        f"Đã liên kết Zalo này với tài khoản của ông/bà {code.user} trên hệ thống Chỉ số cải cách hành chính. "
        f"Xem và hủy liên kết: {settings.SITE_URL}{reverse('own_zalo')}"
    )
    confirmation = Draft(
        recipient=code.user,
        channel="zalo",
        kind=LINKED,
        dedupe_key=f"zalo-linked:{code.pk}",
        subject="Đã liên kết Zalo",
        body_text=f"{words}\n",
        short_text=words,
    )
    enqueue_many([confirmation], at=at)
    return link


def unlink(*, user: Any, side: ZaloSide, at: datetime) -> int:
    """End the link of ``user`` on one side; return how many ended."""
    return ZaloLink.objects.standing().filter(user=user, side=side).update(unlinked_at=at)


def note_interaction(*, side: ZaloSide, zalo_id: str, sent_at: datetime) -> int:
    """Remember that a person wrote: that opens the window of consultation messages."""
    earlier = Q(last_interaction_at__isnull=True) | Q(last_interaction_at__lt=sent_at)
    links = ZaloLink.objects.standing().filter(earlier, side=side, zalo_id=zalo_id)
    return links.update(last_interaction_at=sent_at)


def note_following(*, zalo_id: str, follows: bool, changed_at: datetime) -> int:
    """Remember whether a person follows the Official Account."""
    links = ZaloLink.objects.standing().filter(side=ZaloSide.ACCOUNT, zalo_id=zalo_id)
    return links.update(unfollowed_at=None if follows else changed_at)
