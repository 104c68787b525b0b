"""A province of many units: one unit is opened through the operations, its rows are then copied set by set.

Opening eleven thousand cases one after the other takes longer than everything that is measured; the copies have the
same rows, tied to one another in the same way, and differ in their keys alone.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey, Model
from viewflow.workflow.models import Process, Task

from assessments.models import Assessment, Official, Unit
from notifications.models import Message
from workflow.models import AssessmentProcess, WorkItem

STRIDE = 10_000  # keys of the copy number k are those of the original plus k times this
LEFT_OUT = {Message}  # what was told about the opening stays one message
UNIQUE_WORDS = {(Unit, "code"), (Unit, "path"), (Official, "username"), (Official, "email")}

Rows = dict[type[Model], set[int]]


def copy_case(case: Assessment, times: int) -> None:
    """Copy a case ``times`` times, with its unit, the people of the unit, its process, tasks, work and reminders."""
    rows = rows_about(case)
    with connection.cursor() as cursor:
        for model, ids in rows.items():
            _copy(cursor, model, ids, rows, times)
        for model in rows:
            table, key = model._meta.db_table, model._meta.pk
            if key.get_internal_type().endswith("AutoField"):
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', '{key.column}'), MAX({key.column})) FROM {table}"  # noqa: S608
                )


def rows_about(case: Assessment) -> Rows:
    """Return the rows that belong to a case and its unit alone."""
    rows: Rows = defaultdict(set)
    people = Official.objects.filter(unit=case.unit)
    processes = set(AssessmentProcess.objects.filter(assessment=case).values_list("pk", flat=True))
    tasks = set(Task.objects.filter(process__in=processes).values_list("pk", flat=True))
    rows[Unit] = {case.unit_id}
    rows[Official] = set(people.values_list("pk", flat=True))
    rows[Assessment] = {case.pk}
    rows[Process] = rows[AssessmentProcess] = processes
    rows[Task] = tasks
    rows[WorkItem] = set(WorkItem.objects.filter(assessment=case).values_list("pk", flat=True))
    owners = dict(rows)
    for model in apps.get_models(include_auto_created=True):
        if model in rows or model in LEFT_OUT or model._meta.proxy or not model._meta.managed:
            continue
        for field in _keys(model):
            target = field.related_model
            if target in owners:
                found = model._default_manager.filter(**{f"{field.attname}__in": owners[target]})
                rows[model] |= set(found.values_list("pk", flat=True))
    return {model: ids for model, ids in rows.items() if ids}


def _keys(model: type[Model]) -> Iterable[ForeignKey]:
    return (field for field in model._meta.local_concrete_fields if isinstance(field, ForeignKey))


def _copy(cursor, model: type[Model], ids: set[int], rows: Rows, times: int) -> None:
    columns, values = [], []
    for field in model._meta.local_concrete_fields:
        column = f'"{field.column}"'
        columns.append(column)
        if (model, field.name) in UNIQUE_WORDS:
            values.append(f"{column} || '-' || k")
        elif isinstance(field, ForeignKey):
            targets = rows.get(field.related_model, set())
            inside = f"ARRAY[{', '.join(map(str, targets))}]::bigint[]"
            values.append(f"CASE WHEN {column} = ANY({inside}) THEN {column} + k * {STRIDE} ELSE {column} END")
        elif field.primary_key:
            values.append(f"{column} + k * {STRIDE}")
        else:
            values.append(column)
    key = model._meta.pk.column
    cursor.execute(
        f'INSERT INTO "{model._meta.db_table}" ({", ".join(columns)}) SELECT {", ".join(values)} '  # noqa: S608
        f'FROM "{model._meta.db_table}", generate_series(1, %s) AS k WHERE "{key}" = ANY(%s)',
        [times, list(ids)],
    )
