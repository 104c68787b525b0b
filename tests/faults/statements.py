"""A worker killed with SIGKILL at one statement of a timer's transition, or at a commit.

A child process runs the very sweep and kills itself before or after its N-th statement. A sweep is a row of
transactions: after the kill the tables must hold exactly what the transactions committed until then hold in an
undisturbed run, and the next sweep must leave exactly the rows of an undisturbed run.
"""

import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection
from viewflow.workflow.models import Task

from assessments import clock
from assessments.enums import LatePolicy
from notifications.operations import unattended
from tests.bench.database import copy_of, prepared
from tests.faults.findings import Findings, fault
from tests.province import Province, at, make_province
from tests.workflow.rows import rows_left
from tests.workflow.scenes import all_submitted, to_evidence
from workflow.operations.timers import fire_due_timers

Rows = dict[str, list]
SCENES: list[tuple[Callable[[Province], None], str]] = [
    (to_evidence, "2024-01-10 00:00"),  # the close: one unit misses self-scoring, two the evidence
    (all_submitted, "2024-01-10 08:00"),  # the appraisal opens: each case splits into its bodies
]


@dataclass
class Points:
    """The moments of a sweep: two per statement or commit, before and after it."""

    kill_at: int | None = None
    on_commit: Callable[[], None] = lambda: None
    passed: int = 0
    commits: list[int] = field(default_factory=list)
    is_paused: bool = False

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict) -> Any:
        """Wrap one statement, as ``connection.execute_wrapper`` wants it."""
        if self.is_paused:
            return execute(sql, params, many, context)
        self.reach()
        result = execute(sql, params, many, context)
        self.reach()
        return result

    def commit(self, commit: Callable[[], None]) -> None:
        """Wrap one commit."""
        self.reach()
        commit()
        self.commits.append(self.passed)
        self.reach()
        self.is_paused = True
        self.on_commit()
        self.is_paused = False

    def reach(self) -> None:
        """Pass one moment, or die at it."""
        if self.passed == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.passed += 1


@contextmanager
def counted(points: Points) -> Iterator[Points]:
    """Let ``points`` see every statement and commit of Django's connection."""
    commit = connection._commit
    connection._commit = partial(points.commit, commit)  # type: ignore[method-assign]
    try:
        with connection.execute_wrapper(points):
            yield points
    finally:
        del connection._commit


def sweep(moment: datetime) -> None:
    """Do what the worker does each minute, without waking anybody."""
    with unattended(), clock.simulated(moment):
        fire_due_timers(at=moment)


def dies(moment: datetime, point: int) -> bool:
    """Sweep in a child that kills itself at ``point``; say whether it died of that."""
    connection.close()
    child = os.fork()
    if child == 0:
        try:
            with counted(Points(kill_at=point)):
                sweep(moment)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def undisturbed(name: str, moment: datetime) -> tuple[Points, list[Rows]]:
    """Sweep a copy; return its moments and the rows before it and after each commit."""
    with copy_of(name):
        sweep(moment)  # once for nothing: what Django remembers of a process is then remembered in every child
    with copy_of(name):
        states = [rows_left()]

        def keep() -> None:
            states.append(rows_left())
            connection._rollback()  # the read began a transaction where Django thinks there is none

        with counted(Points(on_commit=keep)) as points:
            sweep(moment)
        if rows_left() != states[-1] or states[0] == states[-1]:
            raise RuntimeError("The undisturbed sweep does nothing, or writes outside its transactions.")
        return points, states


def only(unit: str) -> None:
    """Leave the timers of one case; those of the others are far away."""
    others = Task.objects.exclude(process__assessmentprocess__assessment__unit__code=unit)
    others.filter(scheduled__isnull=False).update(scheduled=at("2030-01-01 00:00"))


def killed_at_statements(findings: Findings, rounds: int, chance: random.Random, *, unit: str = "") -> None:
    """Kill the sweep of all cases, or of one ``unit``, at moments that differ from one another."""
    for bring, text in SCENES:
        moment = at(text)
        with prepared("scene") as name:
            with unattended():
                bring(make_province(late_policy=LatePolicy.SUBMIT_AS_IS))
            if unit:
                only(unit)
            points, states = undisturbed(name, moment)
            findings.count("moments between statements", points.passed)
            moments = chance.sample(range(points.passed), min(rounds, points.passed))
            for point in moments:
                findings.rounds += 1
                with copy_of(name):
                    findings.expect(dies(moment, point), f"the child outlived moment {point} of {points.passed}")
                    committed = sum(done <= point for done in points.commits)
                    findings.expect(rows_left() == states[committed], f"half a transition was left at moment {point}")
                    findings.recover(lambda: rows_left() == states[-1], by=lambda: sweep(moment))  # noqa: B023 - now
                    sweep(moment)
                    findings.expect(rows_left() == states[-1], f"one more sweep did more, after moment {point}")


@fault("statement-many", "the worker is killed at a statement while cases go on together")
def many_killed(findings: Findings, rounds: int, chance: random.Random) -> None:
    """Kill the path of many cases."""
    killed_at_statements(findings, rounds, chance)


@fault("statement-one", "the worker is killed at a statement of one case's transition")
def one_killed(findings: Findings, rounds: int, chance: random.Random) -> None:
    """Kill the path of one case, which is viewflow's own."""
    killed_at_statements(findings, rounds, chance, unit="SXD")
