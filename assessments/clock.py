"""The clock of every deadline.

A guarded write takes its row lock, *then* reads this clock once, then compares, then writes; the moment read is the
receipt. On PostgreSQL that is ``clock_timestamp()`` of the database (``now()`` would be the start of the transaction,
which lets a writer in that waited for the lock across the deadline); on SQLite it is the time after BEGIN IMMEDIATE,
when no other writer can be in. A played season or a rehearsal simulates the moment.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

PROVINCE_TIME = ZoneInfo("Asia/Ho_Chi_Minh")

_simulated: ContextVar[datetime | None] = ContextVar("simulated_moment", default=None)


def read() -> datetime:
    """Return the current moment (aware); call it after the row lock is held and once per operation."""
    simulated = _simulated.get()
    if simulated is not None:
        return simulated
    if connection.vendor == "postgresql" and connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            (moment,) = cursor.fetchone()
            return cast(datetime, moment)
    return timezone.now()


def glance() -> datetime:
    """Return the moment for what a page merely shows; nothing is decided by it, so the database is not asked."""
    return _simulated.get() or timezone.now()


@contextmanager
def simulated(moment: datetime) -> Iterator[None]:
    """Make ``moment`` (aware) the current moment for the code inside; used by a played season and by tests."""
    token = _simulated.set(moment)
    try:
        yield
    finally:
        _simulated.reset(token)
