"""What stopped on its way, for those who look after the recipients."""

from typing import Any

from django.db.models import Max, OuterRef, QuerySet, Subquery

from notifications import permissions
from notifications.models import AddressState, Attempt, Message, MessageQuerySet


def undelivered_of(user: Any) -> MessageQuerySet | None:
    """Return the stopped messages of the people whom ``user`` looks after, newest first; None for who looks after none.

    Each carries ``address_is_failing`` and ``last_attempt_at``.
    """
    people = permissions.people_overseen(user)
    if people is None:
        return None
    attempts = Attempt.objects.filter(message=OuterRef("pk")).order_by().values("message").annotate(last=Max("at"))
    stopped = Message.objects.stopped().filter(recipient__in=people.values("pk")).with_address_state()
    found: MessageQuerySet = (
        stopped.annotate(last_attempt_at=Subquery(attempts.values("last")))
        .select_related("recipient")
        .defer("body_text", "body_html")
    )
    return found


def failing_addresses(user: Any) -> QuerySet[AddressState]:
    """Return the failing addresses of the people whom ``user`` looks after."""
    return _of(permissions.people_overseen(user))


def clearable_by(user: Any) -> QuerySet[AddressState]:
    """Return the failing addresses that ``user`` may clear."""
    return _of(permissions.people_administered(user))


def _of(people: QuerySet | None) -> QuerySet[AddressState]:
    if people is None:
        return AddressState.objects.none()
    return AddressState.objects.failing().filter(user__in=people.values("pk")).select_related("user")
