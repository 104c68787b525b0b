"""Celery's own programs on RabbitMQ: a whole worker killed, the queue emptied again and again, two beats.

The worker runs the project's own tasks, and its beat the project's own table, quicker: twice a second. All deadlines of
the prepared period have passed, so that the sweep has a row of transitions to make for each case.
"""

import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from kombu import Connection
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from assessments.enums import LatePolicy, Stage
from assessments.models import Assessment, AuditEvent
from notifications.operations import unattended
from tests.bench.database import ROOT, copy_of, prepared
from tests.faults.findings import LIMIT, Findings, fault
from tests.province import make_province
from workflow.models import WorkItem

BROKER = os.environ.get("PAR_FAULTS_BROKER_URL", "amqp://guest:guest@127.0.0.1:5672//")
WORKER = """
import os, django
from django.conf import settings
settings.DATABASES['default']['NAME'] = os.environ['FAULTS_DATABASE']
settings.CELERY_TASK_ALWAYS_EAGER = False
settings.CELERY_BROKER_URL = os.environ['FAULTS_BROKER']
django.setup()
from config.celery import app
app.conf.task_default_queue = os.environ['FAULTS_QUEUE']
app.conf.beat_schedule = {
    name: {**entry, 'schedule': 0.5, 'options': {'expires': 5}}
    for name, entry in app.conf.beat_schedule.items()
    if entry['task'] in ('workflow.tick', 'notifications.deliver_due')
}
app.worker_main(['worker', '--beat', '--pool=prefork', '--concurrency=2', '--loglevel=INFO', '--without-gossip',
                 '--without-mingle', '--hostname', os.environ['FAULTS_NAME'],
                 '--schedule', os.environ['FAULTS_SCHEDULE']])
"""


@contextmanager
def overdue() -> Iterator[str]:
    """Yield the name of a database whose three cases have missed every deadline while nothing ran."""
    with prepared("overdue") as name:
        with unattended():
            make_province(late_policy=LatePolicy.HOLD)
        yield name


class Workers:
    """Celery workers with their beats on the present database, each a process group of its own."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.queue = f"par-faults-{os.urandom(4).hex()}"
        self.running: list[subprocess.Popen] = []

    def start(self) -> subprocess.Popen:
        """Start one and wait until it is ready."""
        worker = self.spawn()
        said: list[str] = []
        for line in worker.stderr:  # type: ignore[union-attr]
            said.append(line)
            if "ready." in line:
                break
        else:
            raise RuntimeError(f"The Celery worker did not start: {''.join(said[-20:])}")
        threading.Thread(target=worker.stderr.read, daemon=True).start()  # type: ignore[union-attr]
        return worker

    def spawn(self) -> subprocess.Popen:
        """Start one and do not wait."""
        number = len(self.running)
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "FAULTS_DATABASE": connection.settings_dict["NAME"],
            "FAULTS_BROKER": BROKER,
            "FAULTS_QUEUE": self.queue,
            "FAULTS_NAME": f"{self.queue}-{number}@%h",
            "FAULTS_SCHEDULE": f"{self.folder}/beat-{self.queue}-{number}",
        }
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.running.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen) -> None:
        """Kill a worker with its children and its beat at once."""
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def purge(self) -> None:
        """Take every message out of the queue."""
        with Connection(BROKER) as broker:
            broker.default_channel.queue_purge(self.queue)

    def stop(self) -> None:
        """Kill what still runs and remove the queue."""
        for worker in self.running:
            if worker.poll() is None:
                self.kill(worker)
        with Connection(BROKER) as broker:
            broker.default_channel.queue_delete(self.queue)


@contextmanager
def workers_on(name: str, folder: str) -> Iterator[Workers]:
    """Yield workers on a copy of the database ``name``."""
    with copy_of(name):
        workers = Workers(folder)
        try:
            yield workers
        finally:
            workers.stop()
            connection.close()


def all_held() -> bool:
    """Say whether every case has come to where the late policy holds it."""
    return set(Assessment.objects.values_list("stage", flat=True)) == {Stage.HELD}


def judge(findings: Findings) -> None:
    """Each transition was made once: one event, one open wait, and no timer is left of a step that ended."""
    held = Counter(AuditEvent.objects.filter(kind="late_policy_applied").values_list("assessment", flat=True))
    findings.expect(set(held.values()) == {1}, f"the late policy was applied {dict(held)} times")
    tasks = Task.objects.exclude(status__in=[STATUS.DONE, STATUS.CANCELED])
    names = Counter((task.process_id, task.flow_task.name) for task in tasks)
    findings.expect(
        sorted(name for _, name in names) == ["hold"] * 3 and set(names.values()) == {1},
        f"open tasks are {names} instead of one wait for each case",
    )
    findings.expect(not WorkItem.objects.open().exists(), "work of a step that ended is open")


def is_there() -> bool:
    """Say whether RabbitMQ answers."""
    host, port = Connection(BROKER).as_uri().split("@")[-1].split("/")[0].split(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
    except OSError:
        return False
    return True


def rounds_of(findings: Findings, rounds: int) -> Iterator[Workers]:
    """Yield the workers of each round; without RabbitMQ there is none, which is no pass."""
    if not is_there():
        findings.problems.append("RabbitMQ does not answer: start it, or name it in PAR_FAULTS_BROKER_URL")
        return
    with tempfile.TemporaryDirectory() as folder, overdue() as name:
        for _ in range(rounds):
            findings.rounds += 1
            with workers_on(name, folder) as workers:
                yield workers
                judge(findings)


@fault("group-killed", "a Celery worker is killed with its children and its beat in the middle of the sweep")
def group_killed(findings: Findings, rounds: int, chance: random.Random) -> None:
    """Kill everything at a random moment, start anew."""
    undisturbed = 0.0
    for workers in rounds_of(findings, rounds + 1):
        began = time.monotonic()
        first = workers.spawn()
        if not undisturbed:  # the first round only tells how long it takes
            while not all_held() and time.monotonic() - began < LIMIT:
                time.sleep(0.02)
            undisturbed = time.monotonic() - began
            continue
        time.sleep(undisturbed * chance.uniform(0.85, 1.02))
        workers.kill(first)
        findings.count("killed before everything was done", not all_held())
        findings.recover(all_held, by=lambda: len(workers.running) > 1 or workers.start())  # noqa: B023 - now


@fault("queue-flushed", "the queue of RabbitMQ is emptied again and again")
def queue_flushed(findings: Findings, rounds: int, chance: random.Random) -> None:
    """Empty the queue at random moments for two seconds."""
    for workers in rounds_of(findings, rounds):
        workers.start()
        for _ in range(8):
            workers.purge()
            time.sleep(chance.uniform(0, 0.3))
        findings.recover(all_held, by=lambda: None)


@fault("two-beats", "two beats wake two workers, each twice a second")
def two_beats(findings: Findings, rounds: int, chance: random.Random) -> None:
    """Let both run on after everything is done."""
    for workers in rounds_of(findings, rounds):
        workers.start()
        time.sleep(chance.uniform(0, 0.3))
        workers.start()
        findings.recover(all_held, by=lambda: None)
        time.sleep(chance.uniform(0.5, 1.5))
