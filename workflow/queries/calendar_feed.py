"""What a person's calendar holds: the deadlines of the open work that the inbox shows to them."""

import hashlib
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from assessments.models import Official
from assessments.rules.deadlines import in_words, opening_in_words
from workflow.calendar_file import Entry
from workflow.models import CalendarFeed, WorkItem, WorkQuerySet

MOST_ENTRIES = 500  # the nearest; a secretary of two hundred units has that many now and then


def digest_of(secret: str) -> str:
    """Return by what the feed of a secret is found: a digest is enough, the secret is random."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def feed_of(secret: str) -> CalendarFeed | None:
    """Return the feed whose secret this is; None when it was revoked, never was, or the account is closed."""
    standing = standing_feeds().filter(digest=digest_of(secret), person__is_active=True)
    return standing.select_related("person").first()


def own_feed(person: Official) -> CalendarFeed | None:
    """Return the feed of a person that works now."""
    return standing_feeds().filter(person=person).first()


def standing_feeds() -> QuerySet[CalendarFeed]:
    """Return the feeds that were not revoked."""
    return CalendarFeed.objects.filter(revoked_at__isnull=True)


def deadlines_of(person: Official) -> WorkQuerySet:
    """Return the open work of a person that has a deadline, the nearest first; what was put off is still due."""
    due: WorkQuerySet = WorkItem.objects.visible_to(person).open().filter(due_at__isnull=False)
    return due.order_by("due_at", "pk")


def entries_of(person: Official) -> list[Entry]:
    """Return the deadlines of a person as entries of a calendar, at most ``MOST_ENTRIES``; one query."""
    works = deadlines_of(person).select_related("assessment__unit", "assessment__period", "branch")[:MOST_ENTRIES]
    return [_entry(work) for work in works]


def _entry(work: WorkItem) -> Entry:
    assert work.due_at is not None  # noqa: S101 - ``deadlines_of`` keeps no others
    unit = work.assessment.unit.name
    lines = [
        f"Hạn: {in_words(work.due_at)}",
        f"Đóng: {in_words(work.closes_at)}" if work.closes_at and work.closes_at != work.due_at else "",
        f"Mở từ {opening_in_words(work.opens_at)}" if work.opens_at > work.created_at else "",
        f"Đơn vị được đánh giá: {unit}",
        f"Phần của {work.branch.body_name}" if work.branch else "",
        f"Kỳ: {work.assessment.period.name}",
    ]
    return Entry(
        uid=f"viec-{work.pk}@{urlsplit(settings.SITE_URL).hostname}",
        due_at=work.due_at,
        title=f"{work.title} – {unit}",
        description="\n".join(filter(None, lines)),
        link=settings.SITE_URL + reverse("work", args=[work.pk]),
        sequence=work.version - 1,
        changed_at=work.moved_at or work.created_at,
    )


def feed_address(secret: str) -> str:
    """Return the address at which a calendar program reads the feed of a secret."""
    return settings.SITE_URL + reverse("calendar_file", args=[secret])
