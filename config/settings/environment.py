"""Readers of the environment: text into the values that settings need, or one sentence on what is wrong."""

import os
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def required(name: str) -> str:
    """Return the variable ``name``; raise ImproperlyConfigured when it is missing or empty."""
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"Set {name}; docs/settings.md says what it means.")
    return value


def flag(name: str, *, default: bool) -> bool:
    """Return the variable ``name`` read as yes (1, true, yes, on) or no (0, false, no, off)."""
    value = os.environ.get(name, "").strip().lower()
    if value == "":
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def whole_number(name: str, *, default: int) -> int:
    """Return the variable ``name`` as a whole number."""
    value = os.environ.get(name, "").strip()
    if value == "":
        return default
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def words(name: str) -> list[str]:
    """Return the variable ``name`` split at commas, without blanks."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def postgresql(url: str) -> dict[str, Any]:
    """Return Django's database settings for ``postgresql://user:password@host:port/name?sslmode=require``.

    A part left out is left to libpq; ``?host=/folder`` names the folder of a socket. Raise ImproperlyConfigured
    for another scheme or without a database name.
    """
    parts = urlsplit(url)
    name = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("The database address must start with postgresql://.")
    if not name:
        raise ImproperlyConfigured("The database address must end with the name of the database.")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or "") or options.pop("host", ""),
        "PORT": str(parts.port or options.pop("port", "")),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
