"""A PostgreSQL database of the benchmarks' own, and copies of it that start every run from the same rows."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.core.management import call_command
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
NAME = f"par_bench_{os.getpid()}"


@contextmanager
def benchmark_database() -> Iterator[None]:
    """Make an empty migrated database, connect to it, drop it and its copies afterwards."""
    if connection.vendor != "postgresql":
        sys.exit("The benchmarks run on PostgreSQL: python -m tests.postgres python -m tests.bench")
    _on_server(f"CREATE DATABASE {NAME}")
    try:
        connect_to(NAME)
        call_command("migrate", verbosity=0)
        yield
    finally:
        connection.close()
        for (name,) in _on_server("SELECT datname FROM pg_database WHERE datname LIKE %s", f"{NAME}%"):
            _on_server(f"DROP DATABASE {name} WITH (FORCE)")


def connect_to(name: str) -> None:
    """Let Django talk to the database ``name`` from now on."""
    connection.close()
    connection.settings_dict["NAME"] = name


@contextmanager
def prepared(name: str) -> Iterator[str]:
    """Yield the name of a new copy of the empty database, connected: fill it, then run on ``copy_of`` it."""
    full = f"{NAME}_{name}"
    connect_to(NAME)
    connection.close()
    _on_server(f"CREATE DATABASE {full} TEMPLATE {NAME}")
    connect_to(full)
    try:
        yield full
    finally:
        connect_to(NAME)
        connection.close()
        _on_server(f"DROP DATABASE {full} WITH (FORCE)")


@contextmanager
def copy_of(name: str) -> Iterator[str]:
    """Connect to a copy of the database ``name`` while inside: what a run does there is gone afterwards."""
    copy = f"{name}_run"
    connection.close()
    _on_server(f"CREATE DATABASE {copy} TEMPLATE {name}")
    connect_to(copy)
    try:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        yield copy
    finally:
        connection.close()
        _on_server(f"DROP DATABASE {copy} WITH (FORCE)")
        connect_to(name)


def run_workers(count: int, program: str, **values: object) -> float:
    """Run ``program`` in ``count`` processes that begin together; return the seconds until the last has ended.

    A program reads ``values`` as its globals. It is ready once it was imported and connected; only then the time runs.
    """
    head = (
        "import os, sys, django\n"
        "from django.conf import settings\n"
        f"settings.DATABASES['default']['NAME'] = {connection.settings_dict['NAME']!r}\n"
        "django.setup()\n"
        "from django.db import connection\n"
        "from django.urls import get_resolver\n"
        "get_resolver().url_patterns\n"
        "connection.ensure_connection()\n"
        + "".join(f"{name} = {value!r}\n" for name, value in values.items())
        + "print('ready', flush=True)\nsys.stdin.readline()\n"
    )
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", head + program],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"},
        )
        for _ in range(count)
    ]
    for worker in workers:
        if worker.stdout.readline().strip() != "ready":  # type: ignore[union-attr]
            raise RuntimeError("A worker of the benchmark did not start: its words stand above.")
    started = time.perf_counter()
    for worker in workers:
        worker.stdin.write("go\n")  # type: ignore[union-attr]
        worker.stdin.flush()  # type: ignore[union-attr]
    for worker in workers:
        worker.communicate()
        if worker.returncode:
            raise RuntimeError(f"A worker of the benchmark ended with {worker.returncode}: its words stand above.")
    return time.perf_counter() - started


def _on_server(statement: str, *values: object) -> list[tuple]:
    """Run one statement outside any transaction, on the server's own database."""
    settings = connection.get_connection_params()
    settings = {key: settings[key] for key in ("host", "port", "user", "password") if key in settings}
    with psycopg.connect(**settings, dbname="postgres", autocommit=True) as server:
        cursor = server.execute(statement, values or None)  # type: ignore[call-overload]
        return cursor.fetchall() if cursor.description else []
