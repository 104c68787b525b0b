"""The full size: PostgreSQL, an S3-compatible store or a folder, SMTP, a broker; all from the environment."""

import os

from config.settings import environment

from .base import *  # noqa: F403 - settings are layered
from .base import STORAGES

SECRET_KEY = environment.long_secret("PAR_SECRET_KEY")
environment.required("PAR_ALLOWED_HOSTS")
SITE_URL = environment.required("PAR_SITE_URL").rstrip("/")

DATABASES = {"default": environment.postgresql(environment.required("PAR_DATABASE_URL"))}
DATABASES["default"]["CONN_MAX_AGE"] = environment.whole_number("PAR_DATABASE_CONNECTION_SECONDS", default=60)

STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "config.static_files.SiteStorage"},
}
EVIDENCE_BUCKET = os.environ.get("PAR_EVIDENCE_S3_BUCKET", "")
if EVIDENCE_BUCKET:
    STORAGES["evidence"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": EVIDENCE_BUCKET,
            "endpoint_url": os.environ.get("PAR_EVIDENCE_S3_ENDPOINT") or None,
            "region_name": os.environ.get("PAR_EVIDENCE_S3_REGION") or None,
            "access_key": environment.required("PAR_EVIDENCE_S3_KEY"),
            "secret_key": environment.required("PAR_EVIDENCE_S3_SECRET"),
            "addressing_style": os.environ.get("PAR_EVIDENCE_S3_ADDRESSING", "path"),
            "default_acl": None,
            "file_overwrite": False,  # nothing is destroyed
            "max_memory_size": 2_621_440,  # bytes; a larger object is read through a temporary file
            "querystring_auth": True,
            "querystring_expire": 300,  # seconds
        },
    }

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = environment.required("PAR_SMTP_HOST")
EMAIL_PORT = environment.whole_number("PAR_SMTP_PORT", default=587)
EMAIL_HOST_USER = os.environ.get("PAR_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("PAR_SMTP_PASSWORD", "")
EMAIL_USE_TLS = environment.flag("PAR_SMTP_STARTTLS", default=True)
DEFAULT_FROM_EMAIL = environment.required("PAR_MAIL_FROM")

CELERY_BROKER_URL = environment.required("PAR_BROKER_URL")

SECURE_SSL_REDIRECT = environment.flag("PAR_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = environment.whole_number("PAR_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = environment.flag("PAR_HSTS_SUBDOMAINS", default=True)
SECURE_HSTS_PRELOAD = environment.flag("PAR_HSTS_PRELOAD", default=True)
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
if environment.flag("PAR_BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
