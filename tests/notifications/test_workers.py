"""Who of the workers that hold claims still lives."""

import os
import socket
import subprocess
import sys
import threading

import pytest
from django.db import connection

from notifications import workers

HOST = socket.gethostname()[:24]


@pytest.mark.django_db
def test_a_run_is_alive_until_it_ends():
    with workers.at_work() as token:
        assert workers.gone_among([token]) == set()

    assert workers.gone_among([token]) == {token}


@pytest.mark.django_db
def test_on_one_machine_a_process_that_ended_is_gone_and_one_that_runs_is_not():
    if connection.vendor != "sqlite":
        return  # PostgreSQL asks for a lock instead: the test below
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead, alive, elsewhere = f"{HOST}:{ended.pid}:a", f"{HOST}:{os.getppid()}:b", "another-host:1:c"

    assert workers.gone_among([dead, alive, elsewhere, "written by hand"]) == {dead}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_session_that_ends_without_a_word_is_gone(monkeypatch):
    monkeypatch.setattr(workers, "_running", set())  # as another process sees it
    started, may_end, tokens = threading.Event(), threading.Event(), []

    def run():
        with workers.at_work() as token:
            tokens.append(token)
            started.set()
            may_end.wait(timeout=30)
            connection.close()  # as when the process is killed: nothing is unlocked
        connection.close()

    run_of_another = threading.Thread(target=run)
    run_of_another.start()
    assert started.wait(timeout=30)
    monkeypatch.setattr(workers, "_running", set())
    while_running = workers.gone_among(tokens)
    may_end.set()
    run_of_another.join(timeout=30)

    assert (while_running, workers.gone_among(tokens)) == (set(), set(tokens))
