"""Planning and writing reminders against bare ``bulk_create`` of the same rows.

The ceiling knows the rows beforehand and only writes them, in one transaction and in batches of the same size. Ours
begins with open work: it reads the cases, the ladders, the people and the calendar, finds the days, and writes.
"""

import time
from collections.abc import Callable, Iterator
from statistics import median

from django.db import transaction
from viewflow.workflow.models import Task
from viewflow.workflow.token import Token

from assessments.enums import PeriodStatus, Role, UnitKind
from assessments.models import Assessment, AssessmentPeriod, CriteriaSet
from assessments.operations.officials import create_official, grant_role
from assessments.operations.units import write_unit
from tests.bench.database import copy_of, prepared
from tests.bench.figures import Figure, scenario, spread
from tests.province import OPENING, at
from workflow.flows import AssessmentFlow
from workflow.models import AssessmentProcess, PlannedReminder, WorkItem
from workflow.operations.reminder_rules import write_ladder
from workflow.reminders import plan_for
from workflow.reminders.planning import ROWS_AT_ONCE

OFFICERS = 2
REMINDERS = 6 * OFFICERS + 2  # of one piece of work: six rungs for each officer, one for the head and the organiser
UNITS = 250
DUE = [at(f"2024-01-{day:02} 17:00") for day in range(9, 20)]


def fill(works: int) -> None:
    """Open ``works`` pieces of work in the cases of many units, each with two officers and a head."""
    root = write_unit(code="30", name="Tỉnh Hải Dương", kind=UnitKind.PROVINCE, parent=None)
    period = AssessmentPeriod.objects.create(
        code="BENCH",
        name="Kỳ đo",
        year=2023,
        organiser=root,
        secretariat=root,
        council=root,
        status=PeriodStatus.OPEN,
        created_at=OPENING,
        opened_at=OPENING,
    )
    write_ladder(period=period, by=None)
    criteria = CriteriaSet.objects.create(
        series="do", version=1, unit_kind=UnitKind.COMMUNE, title="Bộ đo", year=2023, created_at=OPENING
    )
    _person("to-chuc", root, Role.ORGANISER)
    cases = [_case(number, period, criteria, root) for number in range(min(UNITS, works))]
    process = AssessmentProcess.objects.create(flow_class=AssessmentFlow, assessment=cases[0])
    tasks = Task.objects.bulk_create(
        Task(process=process, flow_task=AssessmentFlow.self_score, flow_task_type="HUMAN", token=Token("start"))
        for _ in range(works)
    )
    WorkItem.objects.bulk_create(
        WorkItem(
            task=task,
            assessment=cases[number % len(cases)],
            node="self_score",
            title="Tự chấm điểm",
            role=Role.OFFICER,
            role_unit=cases[number % len(cases)].unit,
            window="self_scoring",
            opens_at=OPENING,
            due_at=DUE[number % len(DUE)],
            created_at=OPENING,
        )
        for number, task in enumerate(tasks)
    )


def _case(number: int, period: AssessmentPeriod, criteria: CriteriaSet, root) -> Assessment:
    unit = write_unit(code=f"X{number}", name=f"Xã {number}", kind=UnitKind.COMMUNE, parent=root)
    for officer in range(OFFICERS):
        _person(f"can-bo-{number}-{officer}", unit, Role.OFFICER)
    _person(f"lanh-dao-{number}", unit, Role.HEAD)
    return Assessment.objects.create(
        period=period,
        unit=unit,
        unit_kind=unit.kind,
        criteria_set=criteria,
        stage_since=OPENING,
        opened_at=OPENING,
    )


def _person(username: str, unit, role: Role) -> None:
    person = create_official(
        username=username, display_name=username, unit=unit, by=None, at=OPENING, email=f"{username}@example.vn"
    )
    grant_role(official=person, role=role, unit=unit, by=None, at=OPENING)


@transaction.atomic
def ours() -> None:
    """Plan all open work."""
    plan_for(WorkItem.objects.open().order_by("pk"), at=OPENING)


def bare(rows: list[dict[str, object]]) -> Callable[[], None]:
    """Return what writes ``rows`` and does nothing else."""

    @transaction.atomic
    def write() -> None:
        PlannedReminder.objects.bulk_create((PlannedReminder(**row) for row in rows), batch_size=ROWS_AT_ONCE)

    return write


def seconds(run: Callable[[], None], count: int) -> float:
    """Time ``run`` and see that it wrote ``count`` reminders."""
    started = time.perf_counter()
    run()
    took = time.perf_counter() - started
    assert PlannedReminder.objects.count() == count
    return took


@scenario("plan")
def plan(small: bool) -> Iterator[Figure]:
    """Plan the reminders of open work, its escalations included."""
    works, repeats = (40, 1) if small else (3_572, 5)
    count = works * REMINDERS
    planned: list[float] = []
    written: list[float] = []
    with prepared("work") as filled:
        fill(works)
        with copy_of(filled):
            ours()
            rows = list(PlannedReminder.objects.values("work_id", "person_id", "rule_id", "version", "day"))
        for _ in range(repeats):
            with copy_of(filled):
                planned.append(seconds(ours, count))
            with copy_of(filled):
                written.append(seconds(bare(rows), count))
    yield Figure(
        "plan",
        median(planned) / median(written),
        "times the time of bare bulk_create",
        2,
        False,
        f"{count:,} reminders of {works:,} pieces of work: planned and written in {spread(planned)}, "
        f"the same rows written by bare bulk_create in {spread(written)}",
    )
