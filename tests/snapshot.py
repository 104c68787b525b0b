"""What many tests begin with: played once in a process, afterwards put back row by row.

Building a province through the operations takes half a second, bringing a case to the dispute as much again, and
hundreds of tests begin so. The first of them plays it; which rows it added, changed and removed is kept under the
state of the tables that it began with, and where a later test begins with the same state, these rows are written as
they lay in the tables.
"""

import hashlib
import pickle
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.apps import apps
from django.db import connection
from django.db.models import Field

W = TypeVar("W")
Row = tuple[Any, ...]
State = dict[str, dict[Any, Row]]  # table: primary key: row
UNCHANGED_APPS = {"contenttypes", "sessions"}  # the same in every test
PARAMETERS = 900  # in one statement: SQLite has a limit


@dataclass(frozen=True)
class Change:
    """What playing did to one table."""

    gone: list[Any]  # primary keys of rows removed or changed
    new: list[Row]  # rows added, or as they are after the change


_kept: dict[Hashable, dict[str, Change]] = {}


def same_world(key: Hashable, *, build: Callable[[], W], read: Callable[[], W]) -> W:
    """Return what ``build`` returns: built the first time, afterwards put back and read from the tables."""
    built: list[W] = []
    same_change(key, lambda: built.append(build()))
    return built[0] if built else read()


def same_change(key: Hashable, play: Callable[[], object]) -> None:
    """Do to the tables what ``play`` does; ``key`` names everything that it depends on beside the tables.

    Outside the transaction of a test it is always played: there the workers run at once and see other rows.
    """
    if not connection.in_atomic_block:
        play()
        return
    before = state_of_tables()
    under = (key, hashlib.sha256(pickle.dumps(before)).digest())
    if under in _kept:
        _apply(_kept[under])
    else:
        play()
        _kept[under] = dict(_changes(before, state_of_tables()))


@dataclass(frozen=True)
class Table:
    """How the rows of one table are read so that they can be written again."""

    name: str  # quoted
    key: str  # quoted column of the primary key
    position: int  # of the primary key among the columns
    columns: str
    read: str
    width: int


@cache
def _tables() -> list[Table]:
    quoted = connection.ops.quote_name
    found = []
    for model in apps.get_models(include_auto_created=True):
        options = model._meta
        if not options.managed or options.proxy or options.app_label in UNCHANGED_APPS:
            continue
        fields = options.local_concrete_fields
        found.append(
            Table(
                quoted(options.db_table),
                quoted(options.pk.column),
                [field.column for field in fields].index(options.pk.column),
                ", ".join(quoted(field.column) for field in fields),
                ", ".join(map(_readable, fields)),
                len(fields),
            )
        )
    return found


def _readable(field: Field) -> str:
    name = connection.ops.quote_name(field.column)
    return f"{name}::text" if connection.vendor == "postgresql" and field.get_internal_type() == "JSONField" else name


def state_of_tables() -> State:
    """Return every row of every table that a test may change."""
    state = {}
    with connection.cursor() as cursor:
        for table in _tables():
            cursor.execute(f"SELECT {table.read} FROM {table.name} ORDER BY {table.key}")  # noqa: S608 - our own names
            state[table.name] = {row[table.position]: tuple(row) for row in cursor.fetchall()}
    return state


def _changes(before: State, after: State) -> Iterable[tuple[str, Change]]:
    for table, rows in after.items():
        old = before[table]
        gone = [key for key, row in old.items() if rows.get(key) != row]
        new = [row for key, row in rows.items() if old.get(key) != row]
        if gone or new:
            yield table, Change(gone, new)


def _apply(changes: dict[str, Change]) -> None:
    with connection.cursor() as cursor:
        for table in _tables():
            if change := changes.get(table.name):
                for keys in _parts(change.gone, PARAMETERS):
                    marks = ", ".join(["%s"] * len(keys))
                    cursor.execute(f"DELETE FROM {table.name} WHERE {table.key} IN ({marks})", keys)  # noqa: S608
                one = f"({', '.join(['%s'] * table.width)})"
                for rows in _parts(change.new, PARAMETERS // table.width):
                    cursor.execute(
                        f"INSERT INTO {table.name} ({table.columns}) VALUES {', '.join([one] * len(rows))}",  # noqa: S608
                        [value for row in rows for value in row],
                    )


def _parts(rows: list[Any], size: int) -> Iterable[list[Any]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
