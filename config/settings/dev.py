"""One machine, nothing to install: SQLite, a folder for files, an embedded queue."""

from .base import *  # noqa: F403 - settings are layered
from .base import VAR_DIR, sqlite

DEBUG = True
SECRET_KEY = "only-for-this-machine"  # noqa: S105 - never used in production.py
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
DATABASES = {"default": sqlite(VAR_DIR / "db.sqlite3")}
