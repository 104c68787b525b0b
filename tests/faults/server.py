"""PostgreSQL itself goes down at once, as in a loss of power, and comes back, while officers save and a worker sweeps.

The server is one of our own: nobody else's is stopped. An officer's save counts as acknowledged when the operation has
returned; after a failure the officer saves the same again, as a person does who sees an error page.
"""

import logging
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError, connection
from viewflow.workflow.models import Task

from assessments import clock
from assessments.enums import LatePolicy, Stage
from assessments.models import Assessment, AuditEvent, ItemScore, Official, ScoreChange
from assessments.operations.scores import record_self_score
from config.settings.environment import postgresql
from notifications.operations import unattended
from tests.bench.database import benchmark_database, copy_of, prepared
from tests.bench.province import copy_case
from tests.faults.findings import LIMIT, Findings, fault
from tests.postgres import embedded_server
from tests.province import at, make_province
from tests.province import sweep as sweep_at
from workflow.models import Incident
from workflow.operations.timers import fire_due_timers

SAVING_AT = at("2024-01-05 09:00")
CLOSING = at("2024-01-10 00:00")
SAVING = ("STP", "SXD")  # the officers of these save; their own deadlines are far away
COPIES = 60  # of the third unit, all closed by the sweep
BREAKS = (OperationalError, InterfaceError)


@dataclass
class Officer:
    """Somebody who saves one row again and again, each time with the next number."""

    score: ItemScore
    person: Official
    acknowledged: list[int] = field(default_factory=list)
    broken: int = 0

    def save_until(self, over: threading.Event) -> None:
        """Save until told to stop; what was not acknowledged is saved again."""
        number = 0
        try:
            with clock.simulated(SAVING_AT), unattended():
                while not over.is_set():
                    try:
                        row = ItemScore.objects.select_related("item").get(pk=self.score.pk)
                        raw = {"numerator": str(number), "denominator": "100000"}
                        record_self_score(score=row, version=row.version, raw=raw, na=False, by=self.person)
                    except BREAKS:
                        self.broken += 1
                        connection.close()
                        time.sleep(0.02)
                        continue
                    self.acknowledged.append(number)
                    number += 1
        finally:
            connection.close()


@contextmanager
def own_server() -> Iterator[Any]:
    """Let Django talk to a server of our own while inside."""
    kept, silenced = dict(connection.settings_dict), logging.root.manager.disable
    connection.close()
    logging.disable(logging.ERROR)  # what is interrupted is logged by the hundred
    try:
        with embedded_server() as server:
            connection.settings_dict.update(postgresql(server.get_uri()))
            try:
                yield server
            finally:
                connection.close()
                connection.settings_dict.update(kept)
    finally:
        logging.disable(silenced)


def restart(server: Any) -> None:
    """Stop the server as a loss of power does, every connection cut, start it again and wait until it answers."""
    process = server.get_postmaster_info().process
    os.kill(process.pid, signal.SIGQUIT)
    process.wait(timeout=30)
    with suppress(subprocess.TimeoutExpired):  # the wheel waits for ten seconds; a busy machine recovers for longer
        server.ensure_postgres_running()
    began = time.monotonic()
    while True:
        try:
            psycopg.connect(server.get_uri()).close()
        except psycopg.OperationalError:
            if time.monotonic() - began > LIMIT:
                raise
            time.sleep(0.05)
        else:
            server.ensure_postgres_running()  # it runs: the handle learns its new number
            return


@fault("postgres", "PostgreSQL goes down at once and comes back while officers save and a worker sweeps")
def postgres(findings: Findings, rounds: int, chance: random.Random) -> None:
    """Every acknowledged save is there, once; the sweep closes each case once."""
    with own_server() as server, benchmark_database(), prepared("saving") as name:
        with unattended():
            province = make_province(late_policy=LatePolicy.HOLD)
            sweep_at(at("2024-01-01 00:00"))
            copy_case(province.case("SYT"), COPIES)
        own = Task.objects.filter(process__assessmentprocess__assessment__unit__code__in=SAVING)
        own.filter(scheduled__isnull=False).update(scheduled=at("2030-01-01 00:00"))
        for _ in range(rounds):
            findings.rounds += 1
            with copy_of(name):
                _round(findings, server, chance)


def _round(findings: Findings, server: Any, chance: random.Random) -> None:
    rows = ItemScore.objects.filter(item__code="1.2", assessment__unit__code__in=SAVING)
    officers = [
        Officer(row, Official.objects.get(username=f"can-bo-{row.assessment.unit.code.lower()}"))
        for row in rows.select_related("item", "assessment__unit")
    ]
    before = set(ScoreChange.objects.values_list("pk", flat=True))
    over = threading.Event()
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")  # the copy that was just made need not be written once more when it comes back
    with ThreadPoolExecutor(len(officers) + 1) as pool:
        jobs = [pool.submit(officer.save_until, over) for officer in officers]
        jobs.append(pool.submit(_sweep_until, over))
        try:
            time.sleep(chance.uniform(0, 0.6))
            findings.count("times in the middle of the sweep", not _all_closed())
            restart(server)
            saved = [len(officer.acknowledged) for officer in officers]
            findings.recover(lambda: _goes_on(officers, saved), by=lambda: None)
        finally:
            over.set()
        for job in jobs:
            job.result()
    connection.close()

    for officer in officers:
        findings.count("acknowledged saves", len(officer.acknowledged))
        findings.count("tries while it was away", officer.broken)
        changes = ScoreChange.objects.filter(score=officer.score).exclude(pk__in=before)
        written = Counter(int(value["numerator"]) for value in _values(changes))
        lost = set(officer.acknowledged) - set(written)
        findings.expect(not lost, f"acknowledged saves were lost: {sorted(lost)}")
        findings.expect(set(written.values()) <= {1}, "a save was written twice")
        row = ItemScore.objects.get(pk=officer.score.pk)
        findings.expect(int(row.self_input["numerator"]) == max(written), "the row is not the newest save")
    closings = Counter(AuditEvent.objects.filter(kind="late_policy_applied").values_list("assessment", flat=True))
    findings.expect(
        len(closings) == COPIES + 1 and set(closings.values()) == {1}, f"cases were closed {Counter(closings.values())}"
    )
    findings.expect(not Incident.objects.filter(resolved_at__isnull=True).exists(), "an incident was left open")


def _values(changes) -> Iterator[dict]:
    for change in changes:
        yield change.after["input"]


def _sweep_until(over: threading.Event) -> None:
    """Sweep again and again, as the wake-ups of a worker do; one that breaks is over."""
    try:
        while not over.is_set():
            with clock.simulated(CLOSING), unattended(), suppress(*BREAKS):
                fire_due_timers(at=CLOSING)
            connection.close()
            time.sleep(0.05)
    finally:
        connection.close()


def _goes_on(officers: list[Officer], saved: list[int]) -> bool:
    """Say whether every officer has saved something since and every case is closed."""
    try:
        closed = _all_closed()
    except BREAKS:
        connection.close()
        return False
    return closed and all(len(officer.acknowledged) > number for officer, number in zip(officers, saved, strict=True))


def _all_closed() -> bool:
    return Assessment.objects.filter(stage=Stage.HELD).count() == COPIES + 1
