"""Settings shared by every way of running; the rest comes from the environment (docs/settings.md)."""

import os
from pathlib import Path
from typing import Any

from config.settings import environment

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = Path(os.environ.get("PAR_VAR_DIR", BASE_DIR / "var"))

SECRET_KEY = os.environ.get("PAR_SECRET_KEY", "")
DEBUG = False
ALLOWED_HOSTS = environment.words("PAR_ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = [f"https://{host.removeprefix('.')}" for host in ALLOWED_HOSTS if host != "*"]

SOURCE_URL = os.environ.get("PAR_SOURCE_URL", "")  # AGPL, section 13; without it the site hands out its own tree
SITE_URL = os.environ.get("PAR_SITE_URL", "http://127.0.0.1:8000")  # of links in messages
DEMO = False
PROXIES_IN_FRONT = environment.whole_number("PAR_PROXIES_IN_FRONT", default=0)  # that add to X-Forwarded-For

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "django_htmx",
    "guardian",
    "viewflow",
    "viewflow.workflow",
    "assessments",
    "evidence",
    "notifications",
    "workflow",
    "config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.leading_back.LeadingBackMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # a sheet of 100 rows shrinks to a tenth; tokens are masked against BREACH
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.PrivatePages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "config.bodies.BodyLimit",  # before the protection against forged forms, which reads the body
    "config.bodies.ReadableText",
    "config.middleware.PasswordFirst",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.site",
            ],
        },
    }
]

AUTH_USER_MODEL = "assessments.Official"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ANONYMOUS_USER_NAME = None  # guardian: no row for somebody who is not signed in
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "inbox"
LOGOUT_REDIRECT_URL = "sign_in"
NAVIGATION = "workflow.queries.navigation.navigation_for"
ACCOUNT_NOTICES = "notifications.queries.people.notices_for"
OVERSEEN_PEOPLE = "workflow.queries.oversight.people_overseen"  # whose stopped messages one may send again
ZALO_OPERATORS = "workflow.queries.oversight.zalo_operators"  # who connects Zalo again, and is told when it breaks
ADMINISTERED_PEOPLE = "workflow.queries.oversight.people_administered"  # whose failing addresses one may clear
WEBHOOK_SCOPES = "workflow.queries.oversight.webhook_scopes"  # whose events one may have sent to other systems
SESSION_COOKIE_AGE = 12 * 3600  # seconds: a working day, not two weeks
SESSION_COOKIE_HTTPONLY = True

LANGUAGE_CODE = "vi"
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_I18N = True
USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"

STORAGES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "files"},
    },
    "evidence": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "evidence", "file_permissions_mode": 0o600},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

EVIDENCE_MAX_BYTES = environment.whole_number("PAR_EVIDENCE_MAX_MB", default=50) * 1024 * 1024
EVIDENCE_MAX_FILES_PER_ITEM = environment.whole_number("PAR_EVIDENCE_MAX_FILES", default=20)
if environment.words("PAR_EVIDENCE_TYPES"):
    EVIDENCE_ALLOWED_TYPES = environment.words("PAR_EVIDENCE_TYPES")

DEFAULT_FROM_EMAIL = os.environ.get("PAR_MAIL_FROM", "khong-tra-loi@localhost")
BOUNCE_ADDRESS = os.environ.get("PAR_BOUNCE_ADDRESS", "")
BOUNCE_MAILDIR = os.environ.get("PAR_BOUNCE_MAILDIR", "")
BOUNCE_IMAP: dict[str, Any] = {
    "host": os.environ.get("PAR_BOUNCE_IMAP_HOST", ""),
    "port": environment.whole_number("PAR_BOUNCE_IMAP_PORT", default=993),
    "user": os.environ.get("PAR_BOUNCE_IMAP_USER", ""),
    "password": os.environ.get("PAR_BOUNCE_IMAP_PASSWORD", ""),
    "folder": os.environ.get("PAR_BOUNCE_IMAP_FOLDER", "INBOX"),
}
ZALO: dict[str, Any] = {
    "oauth_url": environment.address("PAR_ZALO_OAUTH_URL", default="https://oauth.zaloapp.com"),
    "oa_url": environment.address("PAR_ZALO_OA_URL", default="https://openapi.zalo.me"),
    "template_url": environment.address("PAR_ZALO_TEMPLATE_URL", default="https://business.openapi.zalo.me"),
    "bot_url": environment.address("PAR_ZALO_BOT_URL", default="https://bot-api.zaloplatforms.com"),
    "app_id": os.environ.get("PAR_ZALO_APP_ID", ""),
    "app_secret": os.environ.get("PAR_ZALO_APP_SECRET", ""),
    "code_verifier": os.environ.get("PAR_ZALO_CODE_VERIFIER", ""),
    "oa_id": os.environ.get("PAR_ZALO_OA_ID", ""),
    "oa_secret": os.environ.get("PAR_ZALO_OA_SECRET", ""),
    "oa_page": os.environ.get("PAR_ZALO_OA_PAGE", ""),
    "bot_token": os.environ.get("PAR_ZALO_BOT_TOKEN", ""),
    "bot_secret": os.environ.get("PAR_ZALO_BOT_SECRET", ""),
    "bot_page": os.environ.get("PAR_ZALO_BOT_PAGE", ""),
    "signatures": tuple(
        environment.words("PAR_ZALO_SIGNATURES")
        or ["app_id+body+timestamp+app_secret", "app_id+body+timestamp+oa_secret"]
    ),
    "templates": environment.pairs("PAR_ZALO_TEMPLATES"),
    "ways": tuple(environment.words("PAR_ZALO_WAYS") or ["consultation", "template_user", "template_phone", "bot"]),
}
WEBHOOK_HOSTS = environment.words("PAR_WEBHOOK_HOSTS")  # to which webhooks may go although private or without https
EMAIL_TIMEOUT = 20  # seconds: a silent mail server must not hold a worker

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "frame-src": ["'self'"],  # a page may show a PDF of ours; that one answer allows to be framed by itself
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
    }
}

CELERY_TASK_IGNORE_RESULT = True  # what came of a task is in the rows it wrote
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True  # acks_late alone loses the task of a killed child
CELERY_TASK_TIME_LIMIT = 600  # seconds
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"max_retries": 2, "interval_max": 0.5}
CELERY_TIMEZONE = TIME_ZONE

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("PAR_LOG_LEVEL", "INFO")},
    "loggers": {
        "httpx": {"level": "WARNING"},  # its lines name addresses, and a bot's address holds its token
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "django.server": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}


def sqlite(path: Path | str) -> dict[str, Any]:
    """SQLite as the embedded database: WAL, and BEGIN IMMEDIATE so that a lock is held from the first statement."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;",
        },
    }
