"""The queue: the Celery app and the only beat table.

A task is a wake-up call. What is due is found from rows alone, so a lost or doubled message costs a minute, never
a fact: the table has sweeps and no daily job.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")  # manage.py names dev before this

EVERY_MINUTE = 60.0  # seconds
TOO_OLD = {"expires": 55}  # seconds: after a pause one sweep runs, not all that were missed

app = Celery("par_index_engine")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "fire due timers, apply late policies, queue reminders": {
        "task": "workflow.tick",
        "schedule": EVERY_MINUTE,
        "options": TOO_OLD,
    },
    "deliver due messages": {
        "task": "notifications.deliver_due",
        "schedule": EVERY_MINUTE,
        "options": TOO_OLD,
    },
    "plan the reminders that open work lacks": {
        "task": "workflow.plan_missing_reminders",
        "schedule": 60 * EVERY_MINUTE,
        "options": TOO_OLD,
    },
    "work on what Zalo told, keep its tokens alive": {
        "task": "notifications.look_after_zalo",
        "schedule": EVERY_MINUTE,
        "options": TOO_OLD,
    },
    "send what other systems wait for": {
        "task": "notifications.deliver_webhooks",
        "schedule": EVERY_MINUTE,
        "options": TOO_OLD,
    },
    "read returned letters": {
        "task": "notifications.read_bounces",
        "schedule": 5 * EVERY_MINUTE,
        "options": TOO_OLD,
    },
}
