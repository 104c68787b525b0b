"""Settings of the tests: fast hashing, everything in memory, the database chosen by PAR_TEST_DATABASE."""

import os
from zlib import crc32

from django.core.exceptions import ImproperlyConfigured

from config.settings import environment

from .base import *  # noqa: F403 - settings are layered
from .base import BASE_DIR, STORAGES, VAR_DIR, sqlite

SECRET_KEY = "tests"  # noqa: S105 - tests only
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SOURCE_URL = ""

match os.environ.get("PAR_TEST_DATABASE", "sqlite"):
    case "sqlite":
        DATABASES = {"default": sqlite(":memory:")}
    case "sqlite-file":  # for a browser: its requests come on threads with connections of their own
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        DATABASES = {"default": sqlite(VAR_DIR / "test.sqlite3")}
        DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / f"test-{os.getpid()}.sqlite3"}
    case "postgres":
        DATABASES = {
            "default": environment.postgresql(os.environ.get("PAR_TEST_POSTGRES_URL") or "postgresql:///postgres")
        }
        DATABASES["default"]["TEST"] = {
            # two clones on one server must not drop each other's database
            "NAME": os.environ.get("PAR_TEST_DATABASE_NAME", f"test_par_{crc32(str(BASE_DIR).encode()):08x}"),
        }
    case other:
        raise ImproperlyConfigured(f"PAR_TEST_DATABASE must be sqlite, sqlite-file or postgres, not {other!r}.")

STORAGES = {
    **STORAGES,
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "evidence": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_AUTOREFRESH = True  # looks a file up when asked, instead of walking every folder at start

CELERY_BROKER_URL = "memory://"
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
