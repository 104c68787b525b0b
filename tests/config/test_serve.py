"""The supervisor of the one-command site: started, stopped and broken for real."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from config.management.commands import serve
from config.management.commands.serve import environment_of
from notifications.management.commands import connect_zalo

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 40  # seconds, on a machine that runs other tests at the same time

pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def processes_in(folder: Path) -> list[int]:
    """Return the running processes whose command line or environment names ``folder``."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0] if entry.name.isdecimal() else "Z"
            if state != "Z" and str(folder).encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue  # gone meanwhile, or somebody else's
    return found


@pytest.fixture
def supervisor(tmp_path):
    """A running supervisor that answers, with run-time files of its own: (process, port, folder)."""
    port = free_port()
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.dev", "PAR_VAR_DIR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port", str(port)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    for line in process.stdout:
        if f"http://127.0.0.1:{port}" in line:
            break
    yield process, port, tmp_path
    for number in processes_in(tmp_path):
        os.kill(number, signal.SIGKILL)
    process.communicate()


def wait_until_nobody_is_left(folder: Path) -> list[int]:
    limit = time.monotonic() + PATIENCE
    while (left := processes_in(folder)) and time.monotonic() < limit:
        time.sleep(0.1)
    return left


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_stops_the_site_and_its_worker(supervisor, number):
    process, port, folder = supervisor
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/static/css/base.css") as answer:
        assert answer.status == 200
    assert len(processes_in(folder)) >= 5  # the supervisor, Zalo, the site, its child, the worker

    process.send_signal(number)

    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert "Stopping…" in output
    assert wait_until_nobody_is_left(folder) == []


def test_in_the_demonstration_a_zalo_of_this_machine_runs_beside_the_site(supervisor):
    _process, _port, folder = supervisor
    told = json.loads((folder / "run/zalo/settings.json").read_text())

    assert told["address"] == told["settings"]["PAR_ZALO_OA_URL"]
    with urllib.request.urlopen(told["address"] + "/") as answer:
        assert "Zalo giả lập" in answer.read().decode()
    (site,) = [
        number
        for number in processes_in(folder)
        if b"gunicorn" in Path(f"/proc/{number}/cmdline").read_bytes()
        and f"PAR_ZALO_OA_URL={told['address']}".encode() in Path(f"/proc/{number}/environ").read_bytes()
    ][:1]
    assert site > 0


def test_when_the_site_dies_it_is_named_and_the_worker_is_stopped(supervisor):
    process, _port, folder = supervisor
    site = next(
        number for number in processes_in(folder) if b"gunicorn" in Path(f"/proc/{number}/cmdline").read_bytes()
    )

    os.kill(site, signal.SIGKILL)

    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert re.search(r"^CommandError: The site ended by itself \(code -9\); the rest was stopped\.$", output, re.M)
    assert wait_until_nobody_is_left(folder) == []


def test_a_port_in_use_is_said_in_one_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.dev", "PAR_VAR_DIR": str(tmp_path)}

        result = subprocess.run(
            [sys.executable, "manage.py", "serve", "--check-port", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        f"CommandError: Port {port} of 127.0.0.1 cannot be used (Address already in use): "
        f"stop what runs there, or choose another, e.g. make demo PORT={port + 1}."
    ]


def test_links_in_messages_lead_to_the_port_that_is_served(monkeypatch):
    monkeypatch.delenv("PAR_SITE_URL", raising=False)
    assert environment_of(8123)["PAR_SITE_URL"] == "http://127.0.0.1:8123"
    monkeypatch.setenv("PAR_SITE_URL", "https://site.example")
    assert environment_of(8123)["PAR_SITE_URL"] == "https://site.example"


def test_a_code_of_zalo_may_begin_with_a_dash():
    parser = connect_zalo.Command().create_parser("manage.py", "connect_zalo")

    asked = parser.parse_args(serve.connect_command("-Ab3")[3:])

    assert (asked.code, asked.if_needed) == ("-Ab3", True)
