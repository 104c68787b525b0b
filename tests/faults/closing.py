"""People submit around the close while no sweep runs at all."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import connection, transaction

from assessments import clock
from assessments.enums import LatePolicy, Stage, WindowKind
from assessments.models import Assessment, StageWindow, Submission
from assessments.rules import NotAllowed
from notifications.operations import unattended
from tests.bench.database import copy_of, prepared
from tests.faults.findings import Findings, fault
from tests.province import ASSESSED, Province, make_province
from tests.workflow.stages import to_sign_off
from workflow.operations import steps
from workflow.operations.timers import fire_due_timers


def database_moment() -> datetime:
    """Return the moment of the database."""
    with transaction.atomic():
        return clock.read()


@fault("sweep-down", "the sweep is down over a deadline while heads submit around the close")
def sweep_down(findings: Findings, rounds: int, chance: random.Random) -> None:
    """Accepted is exactly who has a receipt before the close; the first sweep afterwards does the rest in one pass."""
    with prepared("signing") as name:
        with unattended():
            province = make_province(late_policy=LatePolicy.HOLD)
            for unit in ASSESSED:
                to_sign_off(province, unit)
        for _ in range(rounds):
            findings.rounds += 1
            with copy_of(name):
                _around_the_close(findings, province, chance)


def _around_the_close(findings: Findings, province: Province, chance: random.Random) -> None:
    closes_at = database_moment() + timedelta(seconds=1)
    StageWindow.objects.filter(kind=WindowKind.EVIDENCE).update(due_at=closes_at, closes_at=closes_at)
    began, held = time.monotonic(), threading.Event()
    offsets = {unit: chance.uniform(0.7, 1.3) for unit in ASSESSED}
    cases = {unit: province.case(unit) for unit in ASSESSED}

    def submit(unit: str) -> bool:
        held.wait()
        time.sleep(max(0.0, offsets[unit] - (time.monotonic() - began)))
        try:
            with unattended():
                steps.submit(assessment=cases[unit], confirmed=True, by=province.people[f"head-{unit}"])
        except NotAllowed:
            return False
        finally:
            connection.close()
        return True

    def hold_a_row() -> None:
        """Somebody else holds one case over the close: who waits for the row is judged when they have it."""
        try:
            with transaction.atomic():
                Assessment.objects.select_for_update().get(pk=cases["SXD"].pk)
                held.set()
                time.sleep(1.1)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as people:
        holding = people.submit(hold_a_row)
        answers = dict(zip(ASSESSED, people.map(submit, ASSESSED), strict=True))
        holding.result()
    receipts = dict(Submission.objects.values_list("assessment__unit__code", "submitted_at"))
    accepted = {unit for unit, was_accepted in answers.items() if was_accepted}
    findings.expect(set(receipts) == accepted, "what people were told is not what is written")
    findings.expect(all(moment < closes_at for moment in receipts.values()), "a receipt lies after the close")
    findings.expect("SXD" not in accepted, "who waited for the row over the close was let in")
    findings.count("accepted", len(accepted))

    def done() -> bool:
        stages = dict(Assessment.objects.values_list("unit__code", "stage"))
        return all(stages[unit] == (Stage.SUBMITTED if unit in accepted else Stage.HELD) for unit in ASSESSED)

    _move_timers(closes_at)
    with unattended():
        findings.recover(done, by=lambda: fire_due_timers(at=database_moment()))
        findings.expect(fire_due_timers(at=database_moment()) == 0, "a second sweep did more")


def _move_timers(closes_at: datetime) -> None:
    """The plan was written anew under the armed timers: arm those of the close for it, the others far away."""
    from viewflow.workflow.models import Task
    from viewflow.workflow.status import STATUS

    armed = Task.objects.filter(flow_task_type="TIMER", status=STATUS.SCHEDULED)
    for task in armed:
        is_close = task.flow_task.name in ("sign__timeout", "provide_evidence__timeout")
        task.scheduled = closes_at if is_close else closes_at + timedelta(days=30)
        task.save(update_fields=["scheduled"])
