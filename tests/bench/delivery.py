"""Draining the outbox against one Celery task per message.

Both sides have the same messages, the same two processes and a provider that takes a message at once: what is
compared is the draining. The other side is what one would write first: a task per message that reads its row, sends
it and writes the outcome in one transaction. Its broker is RabbitMQ where one answers, otherwise a folder; putting
the tasks into the queue belongs to its time, as claiming belongs to ours.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from statistics import median

from django.db import connection

from assessments.enums import UnitKind
from assessments.operations.officials import create_official
from assessments.operations.units import write_unit
from notifications.enums import Outcome, Status
from notifications.models import Attempt, Message
from notifications.operations import Draft, enqueue_many, unattended
from tests.bench.database import ROOT, copy_of, prepared, run_workers
from tests.bench.figures import Figure, scenario, spread

WORKERS = 2
NOON = datetime(2024, 1, 5, 5, tzinfo=UTC)

OURS = """
from datetime import datetime
from notifications.channels import CHANNELS
from notifications.operations import deliver_due
from tests.bench.delivery import TakesAll
CHANNELS['email'] = TakesAll
while deliver_due(at=datetime.fromisoformat(MOMENT), limit=10_000).more:
    pass
"""
# The master sends all tasks and the workers end when the last message is sent; the worker is Celery's own program.
CELERY_MASTER = """
import time
from notifications.models import Message
from tests.bench.delivery import celery_app
app, task = celery_app(BROKER)
for pk in Message.objects.order_by('pk').values_list('pk', flat=True).iterator():
    task.delay(pk)
while Message.objects.exclude(status='sent').exists():
    time.sleep(0.05)
"""
CELERY_WORKER = """
import os, django
from django.conf import settings
settings.DATABASES['default']['NAME'] = os.environ['BENCH_DATABASE']
django.setup()
from tests.bench.delivery import celery_app
app, _ = celery_app(os.environ['BENCH_BROKER'])
app.worker_main(['worker', '--pool=prefork', f"--concurrency={os.environ['BENCH_WORKERS']}", '--loglevel=INFO',
                 '--without-gossip', '--without-mingle', '--without-heartbeat'])
"""


class TakesAll:
    """A provider that takes every message at once."""

    @staticmethod
    def address_of(recipient) -> str:
        """Return the e-mail address."""
        return recipient.email

    def send(self, message) -> str:
        """Take it."""
        return "250 taken"

    def close(self) -> None:
        """Nothing to close."""


def celery_app(broker: str):
    """Return an app on ``broker`` and its task that sends one message."""
    from celery import Celery
    from django.db import transaction

    app = Celery("bench", broker=broker, set_as_current=False)
    app.conf.update(
        task_ignore_result=True,
        worker_prefetch_multiplier=64,
        task_default_queue=f"par-bench-{os.environ['BENCH_RUN']}",
    )
    if broker.startswith("filesystem"):
        folder = os.environ["BENCH_FOLDER"]
        app.conf.broker_transport_options = {"data_folder_in": folder, "data_folder_out": folder}
    provider = TakesAll()

    @app.task(name="send_one")
    def send_one(pk: int) -> None:
        message = Message.objects.select_related("recipient").get(pk=pk)
        answer = provider.send(message)
        with transaction.atomic():
            message.status, message.sent_at, message.attempts = Status.SENT, NOON, 1
            message.save(update_fields=["status", "sent_at", "attempts"])
            Attempt.objects.create(message=message, at=NOON, outcome=Outcome.SENT, answer=answer)

    return app, send_one


def find_broker() -> tuple[str, str]:
    """Return the address of the broker of the other side, and its name."""
    try:
        socket.create_connection(("127.0.0.1", 5672), timeout=1).close()
    except OSError:
        return "filesystem://", "a folder"
    return "amqp://guest:guest@127.0.0.1:5672//", "RabbitMQ"


def fill(count: int) -> None:
    """Put ``count`` messages to 500 people into the outbox."""
    root = write_unit(code="30", name="Tỉnh Hải Dương", kind=UnitKind.PROVINCE, parent=None)
    people = [
        create_official(
            username=f"can-bo-{number}",
            display_name=f"Cán bộ {number}",
            unit=root,
            by=None,
            at=NOON,
            email=f"can-bo-{number}@haiduong.example",
            password="mat-khau",
        )
        for number in range(min(500, count))
    ]
    with unattended():
        enqueue_many(
            (
                Draft(
                    recipient=people[number % len(people)],
                    channel="email",
                    kind="step_due",
                    dedupe_key=f"bench:{number}",
                    subject="Còn 3 ngày: Tự chấm điểm",
                    body_text="Kính gửi ông/bà, việc sắp đến hạn." * 8,
                )
                for number in range(count)
            ),
            at=NOON,
        )


def drained(count: int) -> None:
    """Raise AssertionError unless every message was sent exactly once."""
    assert Message.objects.filter(status=Status.SENT).count() == count
    assert Attempt.objects.filter(outcome=Outcome.SENT).count() == count


@scenario("drain")
def drain(small: bool) -> Iterator[Figure]:
    """Drain the outbox with two workers; the other side drains a part, its rate counts."""
    count, part, repeats = (600, 200, 1) if small else (50_000, 5_000, 3)
    broker, broker_name = find_broker()
    ours: list[float] = []
    theirs: list[float] = []
    with prepared("many") as many:
        fill(count)
        with prepared("part") as fewer:
            fill(part)
            for _ in range(repeats):
                with copy_of(many):
                    ours.append(run_workers(WORKERS, OURS, MOMENT=NOON.isoformat()) / count)
                    drained(count)
                with copy_of(fewer):
                    theirs.append(run_celery(broker) / part)
                    drained(part)
    yield Figure(
        "drain",
        median(theirs) / median(ours),
        "times as fast as one Celery task per message",
        5,
        True,
        f"{count:,} messages, {WORKERS} workers: {1 / median(ours):,.0f}/s; one task per message on {broker_name}, "
        f"{WORKERS} processes: {1 / median(theirs):,.0f}/s; a thousand take {spread([s * 1000 for s in ours])} and "
        f"{spread([s * 1000 for s in theirs])}",
    )


def run_celery(broker: str) -> float:
    """Start a Celery worker with two processes, then time sending all tasks and their end; return seconds."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["BENCH_RUN"], os.environ["BENCH_FOLDER"] = os.urandom(4).hex(), folder
        with celery_worker(broker):
            return run_workers(1, CELERY_MASTER, BROKER=broker)


@contextmanager
def celery_worker(broker: str) -> Iterator[None]:
    """Run Celery's own worker on the present database while inside."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "BENCH_DATABASE": connection.settings_dict["NAME"],
        "BENCH_BROKER": broker,
        "BENCH_WORKERS": str(WORKERS),
    }
    with subprocess.Popen(
        [sys.executable, "-c", CELERY_WORKER],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as worker:
        try:
            for line in worker.stderr:  # type: ignore[union-attr]
                if "ready." in line:
                    break
            else:
                raise RuntimeError("The Celery worker did not start.")
            drain_words = threading.Thread(target=worker.stderr.read, daemon=True)  # type: ignore[union-attr]
            drain_words.start()
            yield
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(timeout=60)
