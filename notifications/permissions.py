"""Who may read which message."""

from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string


def readable_by(user) -> Q | None:
    """Return the condition of the messages that ``user`` may read: one's own; None means none at all."""
    return Q(recipient_id=user.pk) if user.is_authenticated else None


def people_overseen(user: Any) -> QuerySet | None:
    """Return the people whose stopped messages ``user`` may read and send again; None for who looks after nobody.

    ``settings.OVERSEEN_PEOPLE`` names the function that says so (dotted path): who looks after whom is not known here.
    """
    return import_string(settings.OVERSEEN_PEOPLE)(user) if user.is_authenticated else None


def people_administered(user: Any) -> QuerySet | None:
    """Return the people whose failing addresses ``user`` may clear; None for nobody's (``ADMINISTERED_PEOPLE``)."""
    return import_string(settings.ADMINISTERED_PEOPLE)(user) if user.is_authenticated else None


WHO_CONNECTS_ZALO = "Việc này dành cho người quản trị tài khoản của cả tỉnh."


def zalo_operators() -> QuerySet:
    """Return the people who can connect Zalo again; ``settings.ZALO_OPERATORS`` names the function that says so."""
    found: QuerySet = import_string(settings.ZALO_OPERATORS)()
    return found


def may_connect_zalo(user: Any) -> bool:
    """Say whether ``user`` may connect Zalo again."""
    return bool(user.is_authenticated and zalo_operators().filter(pk=user.pk).exists())


def outbox_is_open() -> bool:
    """Say whether everybody may read every message: only in the demo, where all people are invented."""
    return bool(getattr(settings, "DEMO", False))


def webhook_scopes(user: Any) -> dict[int, str]:
    """Return whose events ``user`` may have sent to other systems: ``{number: name}``, empty for nobody's.

    ``settings.WEBHOOK_SCOPES`` names the function that says so: what the numbers are is not known here.
    """
    found: dict[int, str] = import_string(settings.WEBHOOK_SCOPES)(user) if user.is_authenticated else {}
    return found
