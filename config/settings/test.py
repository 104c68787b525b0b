"""Settings of the tests: fast hashing, everything in memory, the database chosen by PAR_TEST_DATABASE."""

from .base import *  # noqa: F403 - settings are layered
from .base import VAR_DIR, sqlite

SECRET_KEY = "tests"  # noqa: S105 - tests only
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES = {"default": sqlite(VAR_DIR / "test.sqlite3")}
