"""Whether the worker that claimed something still lives, so that what it left is taken up soon after its death.

On PostgreSQL a run holds an advisory lock of its session while it works: a process that dies loses its connection,
and with it the lock, whatever killed it. On SQLite all workers are processes of one machine, which can be asked.
A pooler that shares sessions between clients would break this: give the worker a direct connection.
"""

import hashlib
import os
import socket
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from django.db import InterfaceError, OperationalError, connection

_running: set[str] = set()  # the runs of this very process


@contextmanager
def at_work() -> Iterator[str]:
    """Yield a token that no other run has; while inside, ``gone_among`` everywhere finds this run alive."""
    token = f"{_host()}:{os.getpid()}:{uuid.uuid4().hex[:16]}"
    _running.add(token)
    if connection.vendor == "postgresql":
        _ask("SELECT pg_advisory_lock(%s)", token)
    try:
        yield token
    finally:
        _running.discard(token)
        if connection.vendor == "postgresql":
            with suppress(OperationalError, InterfaceError):  # the session has ended, and its locks with it
                _ask("SELECT pg_advisory_unlock(%s)", token)


def gone_among(tokens: Iterable[str]) -> set[str]:
    """Return those of ``tokens`` whose run has certainly ended; of a run on another machine SQLite knows nothing."""
    others = set(tokens) - _running
    return {token for token in others if _is_gone(token)}


def _is_gone(token: str) -> bool:
    if connection.vendor == "postgresql":
        if not _ask("SELECT pg_try_advisory_lock(%s)", token):
            return False
        _ask("SELECT pg_advisory_unlock(%s)", token)
        return True
    host, pid, _ = f"{token}::".split(":", 2)
    if host != _host() or not pid.isdigit():
        return False
    return int(pid) == os.getpid() or not _has_process(int(pid))  # of this process, the running ones are known


def _has_process(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it lives and belongs to somebody else
        return True
    return True


def _host() -> str:
    return socket.gethostname()[:24]


def _ask(question: str, token: str) -> bool:
    """Ask for the lock of ``token``; its number is a digest of the token, as a signed 64-bit integer."""
    number = int.from_bytes(hashlib.blake2b(token.encode(), digest_size=8).digest(), signed=True)
    with connection.cursor() as cursor:
        cursor.execute(question, [number])
        (answer,) = cursor.fetchone()
    return answer is not False
