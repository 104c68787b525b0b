"""Every write of what people choose about messages."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from notifications import kinds, rules
from notifications.channels import CHANNELS
from notifications.enums import Source
from notifications.models import ChannelPreference, DigestHour


@transaction.atomic
def set_preference(
    *, user: Any, channel: str, group: str, wanted: bool, at: datetime, source: Source = Source.PAGE
) -> ChannelPreference | None:
    """Write down whether ``user`` wants one group of kinds by one channel; what is so already keeps its moment.

    Return the row, or None where nothing was ever chosen and nothing is. Raise NotAllowed for what the regulation
    requires, ValueError for an unknown channel or group.
    """
    found = kinds.group_of(group)
    if channel not in CHANNELS or found is None:
        raise ValueError(f"Không có kênh “{channel}” hoặc nhóm thư “{group}”.")
    rules.check_can_choose(channel=channel, group=found, wanted=wanted)
    choice = {"user": user, "channel": channel, "group": group}
    row = ChannelPreference.objects.select_for_update().filter(**choice).first()
    if row is None and wanted:
        return None
    if row is None:
        fresh = {"wanted": wanted, "changed_at": at, "source": source}
        row, _ = ChannelPreference.objects.get_or_create(**choice, defaults=fresh)
    if row.wanted != wanted:
        row.wanted, row.changed_at, row.source = wanted, at, source
        row.save(update_fields=["wanted", "changed_at", "source"])
    return row


@transaction.atomic
def set_preferences(
    *, user: Any, wanted: Mapping[tuple[str, str], bool], digest_hour: int | None = None, at: datetime
) -> None:
    """Write down everything that ``user`` chose on the page: ``{(channel, group): wanted}`` and the hour, if asked.

    Raise NotAllowed for what the regulation requires or an hour in the night, ValueError for an unknown channel.
    """
    for (channel, group), is_wanted in sorted(wanted.items()):
        set_preference(user=user, channel=channel, group=group, wanted=is_wanted, at=at)
    if digest_hour is not None:
        rules.check_digest_hour(digest_hour)
        DigestHour.objects.update_or_create(user=user, defaults={"hour": digest_hour, "changed_at": at})
