"""Who may read which message."""

from django.conf import settings
from django.db.models import Q


def readable_by(user) -> Q | None:
    """Return the condition of the messages that ``user`` may read: one's own; None means none at all."""
    return Q(recipient_id=user.pk) if user.is_authenticated else None


def outbox_is_open() -> bool:
    """Say whether everybody may read every message: only in the demo, where all people are invented."""
    return bool(getattr(settings, "DEMO", False))
