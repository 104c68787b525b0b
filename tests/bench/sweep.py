"""Closing the submission of thousands of cases: our sweep against viewflow's own dispatcher.

The night on which a deadline passes for every commune of the country's largest provinces at once. Both sides have the
same rows and two processes. Viewflow's dispatcher takes minutes, so it gets a part of the cases: its rate counts.
"""

from collections.abc import Iterator
from statistics import median

from assessments.enums import LatePolicy, Stage
from assessments.models import Assessment
from notifications.operations import unattended
from tests.bench.database import copy_of, prepared, run_workers
from tests.bench.figures import Figure, scenario, spread
from tests.bench.province import copy_case
from tests.province import at, make_province, sweep

WORKERS = 2
CLOSING = at("2024-01-10 00:00")

OURS = """
from datetime import datetime
from assessments import clock
from workflow.operations.timers import fire_due_timers
moment = datetime.fromisoformat(MOMENT)
with clock.simulated(moment):
    while fire_due_timers(at=moment):
        pass
"""
# Its dispatcher reads the wall clock, which is years later: every timer is due. The cases read theirs at the close.
VIEWFLOW = """
from datetime import datetime
from assessments import clock
from viewflow.workflow.timers import fire_due_timers
with clock.simulated(datetime.fromisoformat(MOMENT)):
    while fire_due_timers():
        pass
"""


def fill(count: int) -> None:
    """Open a period and bring ``count`` cases to self-scoring, unfinished."""
    with unattended():
        province = make_province(late_policy=LatePolicy.HOLD)
        sweep(at("2024-01-01 00:00"))
    case = province.case("SXD")
    Assessment.objects.filter(period=province.period).exclude(pk=case.pk)
    copy_case(case, count - province.period.assessments.count())


def closed(count: int) -> None:
    """Raise AssertionError unless every case was closed, once."""
    assert Assessment.objects.filter(stage=Stage.HELD, late_policy_applied=LatePolicy.HOLD).count() == count
    assert Assessment.objects.count() == count


@scenario("sweep")
def close_many(small: bool) -> Iterator[Figure]:
    """Close unfinished cases with two workers."""
    count, part, repeats = (300, 100, 1) if small else (11_000, 600, 3)
    ours: list[float] = []
    theirs: list[float] = []
    with prepared("many") as many:
        fill(count)
        with prepared("part") as fewer:
            fill(part)
            for _ in range(repeats):
                with copy_of(many):
                    ours.append(run_workers(WORKERS, OURS, MOMENT=CLOSING.isoformat()) / count)
                    closed(count)
                with copy_of(fewer):
                    theirs.append(run_workers(WORKERS, VIEWFLOW, MOMENT=CLOSING.isoformat()) / part)
                    closed(part)
    yield Figure(
        "sweep",
        median(theirs) / median(ours),
        "times viewflow's own rate",
        20,
        True,
        f"{count:,} cases, {WORKERS} workers: {1 / median(ours):,.0f}/s; viewflow's dispatcher, {WORKERS} processes: "
        f"{1 / median(theirs):,.0f}/s; a thousand take {spread([s * 1000 for s in ours])} and "
        f"{spread([s * 1000 for s in theirs])}",
    )
