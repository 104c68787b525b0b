"""One machine, nothing to install: SQLite, a folder for files, mail in a folder, a queue in a folder."""

import os

from config.settings import environment

from .base import *  # noqa: F403 - settings are layered
from .base import STATIC_ROOT, VAR_DIR, sqlite

DEBUG = environment.flag("PAR_DEBUG", default=True)
SECRET_KEY = os.environ.get("PAR_SECRET_KEY") or environment.kept_secret(VAR_DIR / "secret-key")
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *environment.words("PAR_ALLOWED_HOSTS")]
CSRF_TRUSTED_ORIGINS = []
DEMO = environment.flag("PAR_DEMO", default=True)
DEMO_ACCOUNTS = "workflow.season.accounts.demo_accounts"

DATABASES = {"default": sqlite(VAR_DIR / "db.sqlite3")}

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = VAR_DIR / "mail"

WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

QUEUE_DIR = VAR_DIR / "queue"
CELERY_BROKER_URL = "filesystem://localhost"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "data_folder_in": str(QUEUE_DIR / "messages"),
    "data_folder_out": str(QUEUE_DIR / "messages"),
    "control_folder": str(QUEUE_DIR / "control"),
    "store_processed": False,
}

for folder in (QUEUE_DIR / "messages", QUEUE_DIR / "control", EMAIL_FILE_PATH, STATIC_ROOT):
    folder.mkdir(parents=True, exist_ok=True)  # neither the queue nor SQLite makes its own folder
