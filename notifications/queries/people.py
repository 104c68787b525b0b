"""What people chose about messages, and whether their addresses work."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from notifications import kinds, rules
from notifications.channels import CHANNELS
from notifications.enums import Source
from notifications.models import AddressState, ChannelPreference, DigestHour

_MENDED = {"email": "địa chỉ thư điện tử", "zalo": "số điện thoại di động hoặc liên kết Zalo"}
# More people than this are not listed in a statement: those who switched something off are few anyway.
NAMED_IN_A_STATEMENT = 500


@dataclass(frozen=True)
class Chosen:
    """What a person chose for one group in one channel, and where and when."""

    wanted: bool = True
    source: Source | None = None
    changed_at: datetime | None = None


def channels_for(users: Sequence[Any], codes: Collection[str]) -> dict[int, dict[str, list[str]]]:
    """Return ``{user id: {kind: [channels]}}``: by which channels each of ``users`` gets each kind of message.

    One query, and at most one more per channel, for any number of people.
    """
    wanted_kinds = [kinds.find(code) for code in codes]
    refused = ChannelPreference.objects.filter(wanted=False, group__in={kind.group for kind in wanted_kinds})
    if len(users) <= NAMED_IN_A_STATEMENT:
        refused = refused.filter(user__in=[user.pk for user in users])
    preferences: dict[int, dict[tuple[str, str], bool]] = {}
    for user_id, channel, group in refused.values_list("user_id", "channel", "group"):
        preferences.setdefault(user_id, {})[channel, group] = False
    reachable = {code: channel.reachable(users) for code, channel in CHANNELS.items()}
    found: dict[int, dict[str, list[str]]] = {}
    for user in users:
        available = [code for code, reached in reachable.items() if user.pk in reached]
        chosen = preferences.get(user.pk, {})
        found[user.pk] = {kind.code: rules.wanted_channels(kind, chosen, available) for kind in wanted_kinds}
    return found


def chosen_by(user: Any) -> dict[tuple[str, str], Chosen]:
    """Return ``{(channel, group): what the person chose}``; what is missing was never chosen."""
    rows = ChannelPreference.objects.filter(user=user)
    return {(row.channel, row.group): Chosen(row.wanted, Source(row.source), row.changed_at) for row in rows}


def digest_hours_of(users: Iterable[Any]) -> dict[int, int]:
    """Return ``{user id: hour of the day}`` at which each of ``users`` wants what is gathered; one query."""
    people = {user.pk for user in users}
    rows = DigestHour.objects.all()
    if len(people) <= NAMED_IN_A_STATEMENT:
        rows = rows.filter(user__in=people)
    chosen = dict(rows.values_list("user_id", "hour"))
    return {pk: chosen.get(pk, rules.DIGEST_HOURS[0]) for pk in people}


def failing_addresses_of(user: Any) -> QuerySet[AddressState]:
    """Return the marks of the addresses at which ``user`` is reached today, not of those given up since."""
    condition = AddressState.objects.none()
    for code, channel in CHANNELS.items():
        address = channel.address_of(user)
        if address:
            condition |= AddressState.objects.failing().filter(user=user, channel=code, address=address)
    return condition


def notices_for(user: Any) -> list[dict[str, str]]:
    """Return what the page of one's own account says about one's addresses: ``[{"tone", "title", "text"}]``."""
    return [
        {
            "tone": "danger",
            "title": f"Địa chỉ {mark.address} không nhận được thư",
            "text": f"{mark.get_trouble_display()} ({mark.answer or 'không ghi lý do'}). Hệ thống ngừng gửi thư tới "
            f"địa chỉ này: hãy sửa {_MENDED.get(mark.channel, 'địa chỉ')} của bạn, hoặc nhờ người quản trị thử lại nếu "
            "địa chỉ vẫn đúng.",
        }
        for mark in failing_addresses_of(user)
    ]
