"""Celery's own programs: a whole worker killed, the queue of RabbitMQ and of Redis emptied again and again, two beats.

The worker runs the project's own tasks, and its beat the project's own table, quicker: twice a second. All deadlines of
the prepared period have passed, so that the sweep has a row of transitions to make for each case.
"""

import os
import random
import shutil
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

from celery import Celery
from django.db import connection
from django.utils import timezone
from kombu import Connection
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from assessments.enums import LatePolicy, Stage
from assessments.models import Assessment, AuditEvent, Official
from notifications.enums import Outcome
from notifications.models import Attempt
from notifications.operations import Draft, enqueue_many, unattended
from tests.bench.database import ROOT, copy_of, prepared
from tests.faults.findings import LIMIT, Findings, fault
from tests.province import make_province
from workflow.models import WorkItem

RABBITMQ = os.environ.get("PAR_FAULTS_BROKER_URL", "amqp://guest:guest@127.0.0.1:5672//")
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

    def __init__(self, folder: str, broker: str) -> None:
        self.folder, self.broker = folder, broker
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
            "FAULTS_BROKER": self.broker,
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
        """Take every message out of the queue; of Redis, which is our own, everything that it holds."""
        with Connection(self.broker) as broker:
            channel = broker.default_channel
            if self.broker.startswith("redis"):
                channel.client.flushdb()
            else:
                channel.queue_purge(self.queue)

    def wake(self, task: str) -> None:
        """Put a wake-up call into the queue."""
        app = Celery(broker=self.broker, set_as_current=False)
        app.conf.task_default_queue = self.queue
        with app:
            app.send_task(task, expires=60)

    def stop(self) -> None:
        """Kill what still runs and remove the queue."""
        for worker in self.running:
            if worker.poll() is None:
                self.kill(worker)
        with Connection(self.broker) as broker:
            broker.default_channel.queue_delete(self.queue)


@contextmanager
def workers_on(name: str, folder: str, broker: str) -> Iterator[Workers]:
    """Yield workers on a copy of the database ``name``."""
    with copy_of(name):
        workers = Workers(folder, broker)
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


def answers(broker: str) -> bool:
    """Say whether a broker can be talked to."""
    try:
        with Connection(broker, connect_timeout=2) as connected:
            connected.ensure_connection(max_retries=1)
    except OSError:
        return False
    return True


@contextmanager
def own_redis() -> Iterator[str]:
    """Yield the address of a Redis of our own, which nobody else loses when it is emptied; "" where there is none."""
    program = shutil.which("redis-server")
    if program is None:
        yield ""
        return
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", folder]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
            try:
                yield f"redis://127.0.0.1:{port}/0"
            finally:
                server.terminate()


def rounds_of(findings: Findings, rounds: int, broker: str = RABBITMQ) -> Iterator[Workers]:
    """Yield the workers of each round; without a broker there is none, which is no pass."""
    if not broker or not answers(broker):
        findings.problems.append(
            "The broker does not answer: start RabbitMQ (or name it in PAR_FAULTS_BROKER_URL), install redis-server"
        )
        return
    with tempfile.TemporaryDirectory() as folder, overdue() as name:
        for _ in range(rounds):
            findings.rounds += 1
            with workers_on(name, folder, broker) as workers:
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


@fault("rabbitmq-flushed", "the queue of RabbitMQ is emptied again and again")
def rabbitmq_flushed(findings: Findings, rounds: int, chance: random.Random) -> None:
    """Empty the queue at random moments, up to two seconds long."""
    for workers in rounds_of(findings, rounds):
        flushed(findings, workers, chance)


@fault("redis-flushed", "Redis as the broker loses everything that it holds again and again")
def redis_flushed(findings: Findings, rounds: int, chance: random.Random) -> None:
    """Empty Redis, with its lists of queues and of messages not yet acknowledged."""
    with own_redis() as broker:
        for workers in rounds_of(findings, rounds, broker):
            flushed(findings, workers, chance)


def flushed(findings: Findings, workers: Workers, chance: random.Random) -> None:
    """Empty the queue of a worker that has just come up; it must do what becomes due afterwards without a new start."""
    workers.start()
    for _ in range(8):
        findings.count("times emptied before the sweep was done", not all_held())
        workers.purge()
        time.sleep(chance.uniform(0, 0.3))
    with unattended():
        (letter,) = enqueue_many([_letter()], at=timezone.now(), returning=True)
    sent = Attempt.objects.filter(message=letter, outcome=Outcome.SENT)
    findings.recover(lambda: all_held() and sent.exists(), by=lambda: None)
    findings.expect(sent.count() == 1, "a letter was recorded as sent twice")


def _letter() -> Draft:
    return Draft(
        recipient=Official.objects.get(username="can-bo-sxd"),
        channel="email",
        kind="step_opened",
        dedupe_key="fault:after",
        subject="Việc mới",
        body_text="Ông/bà có việc mới.",
    )


@fault("two-beats", "two beats wake two workers, each twice a second")
def two_beats(findings: Findings, rounds: int, chance: random.Random) -> None:
    """Let both come up together, and run on after everything is done."""
    for workers in rounds_of(findings, rounds):
        with unattended():
            (letter,) = enqueue_many([_letter()], at=timezone.now(), returning=True)
        workers.spawn()
        time.sleep(chance.uniform(0, 0.3))
        workers.spawn()
        sent = Attempt.objects.filter(message=letter, outcome=Outcome.SENT)
        findings.recover(lambda: all_held() and sent.exists(), by=lambda: None)  # noqa: B023 - now
        time.sleep(chance.uniform(0.5, 1.5))
        findings.expect(sent.count() == 1, "a letter was recorded as sent twice")


@fault("wake-ups-thrice", "every wake-up call comes three times, to two workers with two processes each")
def wake_ups_thrice(findings: Findings, rounds: int, chance: random.Random) -> None:
    """Let the calls lie in the queue in any order before the workers come, and send them again while they work."""
    for workers in rounds_of(findings, rounds):
        calls = ["workflow.tick", "notifications.deliver_due"] * 3
        with unattended():
            (letter,) = enqueue_many([_letter()], at=timezone.now(), returning=True)
        for call in chance.sample(calls, len(calls)):
            workers.wake(call)
        workers.spawn()
        workers.start()
        for call in chance.sample(calls, len(calls)):
            workers.wake(call)
            time.sleep(chance.uniform(0, 0.1))
        sent = Attempt.objects.filter(message=letter, outcome=Outcome.SENT)
        findings.recover(lambda: all_held() and sent.exists(), by=lambda: None)  # noqa: B023 - now
        findings.expect(sent.count() == 1, "a letter was recorded as sent twice")
