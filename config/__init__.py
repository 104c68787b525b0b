"""The project itself: settings, addresses, the queue; nobody imports it but the entry points."""

from config.celery import app as celery_app  # shared tasks bind to the app of the process that loads Django

__all__ = ["celery_app"]
