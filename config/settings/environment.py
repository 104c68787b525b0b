"""Readers of the environment: text into the values that settings need, or one sentence on what is wrong."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SHORTEST_SECRET = 50  # characters


def required(name: str) -> str:
    """Return the variable ``name``; raise ImproperlyConfigured when it is missing or empty."""
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"Set {name}; docs/settings.md says what it means.")
    return value


def long_secret(name: str) -> str:
    """Return the variable ``name``; raise ImproperlyConfigured when it is missing or short enough to be guessed."""
    secret = required(name)
    if len(secret) < SHORTEST_SECRET:
        raise ImproperlyConfigured(f"{name} must have at least {SHORTEST_SECRET} random characters.")
    return secret


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


def pairs(name: str) -> dict[str, str]:
    """Return the variable ``name`` read as ``a=1,b=2``; raise ImproperlyConfigured for a part without both sides."""
    found = {}
    for word in words(name):
        key, _, value = (part.strip() for part in word.partition("="))
        if not (key and value):
            raise ImproperlyConfigured(f"{name} must read like a=1,b=2, not {word!r}.")
        found[key] = value
    return found


def address(name: str, *, default: str) -> str:
    """Return the variable ``name`` as an http(s) address without a slash at its end."""
    value = (os.environ.get(name, "") or default).rstrip("/")
    if urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).netloc:
        raise ImproperlyConfigured(f"{name} must be an address such as {default}, not {value!r}.")
    return value


def kept_secret(path: Path) -> str:
    """Return the secret kept in ``path``, made at the first call; only the owner may read the file.

    Processes that start together agree: the file is written aside and linked into place, so the first one wins and
    nobody reads half of it. Raise ImproperlyConfigured for a file that others may read or that holds too little.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
        with suppress(FileExistsError):
            os.link(aside, path)
        aside.unlink()
    if path.stat().st_mode & 0o077:
        raise ImproperlyConfigured(f"Others can read {path}: run chmod 600 on it, or delete it for a new secret.")
    secret = path.read_text().strip()
    if len(secret) < SHORTEST_SECRET:
        raise ImproperlyConfigured(f"{path} holds no secret: delete it for a new one.")
    return secret


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
