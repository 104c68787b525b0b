"""The secret address of a person's calendar: given, revoked, noted when it is read."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from assessments.models import Official
from assessments.rules import NotAllowed
from workflow.models import CalendarFeed
from workflow.queries.calendar_feed import digest_of, standing_feeds

SECRET_BYTES = 32
READ_NOTED_EVERY = timedelta(hours=1)  # a calendar program asks often; nobody needs to know more exactly


@transaction.atomic
def new_address(*, person: Official, at: datetime) -> str:
    """Give ``person`` a secret for the address of their calendar and return it, this once; the earlier one ends."""
    Official.objects.select_for_update().get(pk=person.pk)  # two presses at once: the second ends the first
    standing_feeds().filter(person=person).update(revoked_at=at)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    CalendarFeed.objects.create(person=person, digest=digest_of(secret), created_at=at)
    return secret


@transaction.atomic
def revoke(*, person: Official, at: datetime) -> None:
    """End the address of a person's calendar (thu hồi). Raise NotAllowed when there is none."""
    if not standing_feeds().filter(person=person).update(revoked_at=at):
        raise NotAllowed("Lịch của bạn không có địa chỉ nào đang dùng nên không có gì để thu hồi.")


def note_read(*, feed: CalendarFeed, at: datetime) -> None:
    """Remember that a calendar program reads the address, to the hour."""
    long_ago = Q(read_at__isnull=True) | Q(read_at__lte=at - READ_NOTED_EVERY)
    if feed.read_at is None or feed.read_at <= at - READ_NOTED_EVERY:
        CalendarFeed.objects.filter(long_ago, pk=feed.pk).update(read_at=at)
