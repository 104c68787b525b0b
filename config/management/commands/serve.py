"""Run the site, a worker and a beat on one machine, and stop all of them together."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

HOST = "127.0.0.1"
PATIENCE = 15  # seconds that a child may take to finish the request or the task in its hands
CHECK_EVERY = 0.2  # seconds
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Children = dict[str, "subprocess.Popen[bytes]"]


class Stop(BaseException):
    """Somebody asked the supervisor to stop."""


def stop(number: int, frame: FrameType | None) -> None:
    """Turn a signal into Stop, once: a second Ctrl-C must not interrupt the stopping itself."""
    ignore_signals()
    raise Stop


def ignore_signals() -> None:
    """From here on nothing interrupts this process but SIGKILL."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def refuse_busy_port(port: int) -> None:
    """Refuse a port that cannot be listened on. Raise CommandError with one sentence."""
    if not 0 < port < 65536:
        raise CommandError(f"The port must be a number between 1 and 65535, not {port}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} of {HOST} cannot be used ({error.strerror}): stop what runs there, "
                f"or choose another, e.g. make demo PORT={port % 65535 + 1}."
            ) from error


def commands(port: int, folder: Path) -> dict[str, list[str]]:
    """Return the command line of each child by its name."""
    site = [sys.executable, "-m", "gunicorn", "config.wsgi:application"]
    site += ["--bind", f"{HOST}:{port}", "--workers", "1", "--threads", "8"]
    site += ["--graceful-timeout", "5", "--log-level", "warning", "--no-control-socket"]
    worker = [sys.executable, "-m", "celery", "--app", "config.celery", "--quiet", "worker", "--beat"]
    worker += ["--schedule", str(folder / "beat-schedule"), "--concurrency", "1"]
    worker += ["--loglevel", "warning", "--without-gossip", "--without-mingle"]
    return {"site": site, "worker": worker}


def environment_of(port: int) -> dict[str, str]:
    """Return the environment of the children; what is set from outside stands."""
    return {
        "PAR_DEBUG": "0",  # errors are answered as a real site does
        "PAR_SITE_URL": f"http://{HOST}:{port}",  # links in messages lead to this port
        "PYTHONWARNINGS": "ignore::Warning:celery.platforms",  # root in a container is this machine's own affair
        **os.environ,
    }


def has_fake_zalo() -> bool:
    """Say whether a Zalo of our own is to run: in the demonstration, unless a real one is set up."""
    return settings.DEMO and not settings.ZALO["app_id"] and not settings.ZALO["bot_token"]


def started(command: list[str], environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    """Start a child in a session of its own: Ctrl-C reaches this process alone, which then stops each in order."""
    return subprocess.Popen(  # noqa: S603 - the command lines are written in this file
        command, start_new_session=True, cwd=settings.BASE_DIR, env=environment
    )


def ended(children: Children) -> tuple[str, int] | None:
    """Return the name and exit code of a child that is no more, or None while all live."""
    for name, child in children.items():
        code = child.poll()
        if code is not None:
            return name, code
    return None


def is_open(port: int) -> bool:
    """Whether somebody answers on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def end(children: Children) -> None:
    """Ask every child to finish, wait, and kill the group of any that does not."""
    for child in children.values():
        if child.poll() is None:
            child.terminate()  # the parent alone: it stops those it started in good order
    limit = time.monotonic() + PATIENCE
    for child in children.values():
        try:
            child.wait(timeout=max(0.1, limit - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
        with suppress(ProcessLookupError):  # nobody is left of the group, as it should be
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def connect_command(code: str) -> list[str]:
    """Return the command that connects the site with Zalo; a code may begin with a dash."""
    return [sys.executable, "manage.py", "connect_zalo", "--if-needed", "--", code]


def zalo_command(port: int, folder: Path) -> list[str]:
    """Return the command line of the fake Zalo, on the next port where that is free."""
    near = port + 1 if port < 65535 and not is_open(port + 1) else 0
    zalo = [sys.executable, "-m", "notifications.fake_zalo", "--port", str(near)]
    return [*zalo, "--site", f"http://{HOST}:{port}", "--folder", str(folder)]


class Command(BaseCommand):
    """Gunicorn and one Celery worker with a beat inside, as children of this process."""

    help = "Runs the site, a worker and a beat on this machine; Ctrl-C stops all of them."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="port of 127.0.0.1 (default 8000)")
        parser.add_argument("--check-port", action="store_true", help="only say whether the port is free")

    def handle(self, *args: Any, port: int, check_port: bool, **options: Any) -> None:
        refuse_busy_port(port)
        if check_port:
            return
        folder = settings.VAR_DIR / "run"
        folder.mkdir(parents=True, exist_ok=True)
        environment = environment_of(port)
        for number in SIGNALS:
            signal.signal(number, stop)
        children: Children = {}
        try:
            zalo = ""
            if has_fake_zalo():
                zalo = self._start_zalo(port, folder / "zalo", children, environment)
            for name, command in commands(port, folder).items():
                children[name] = started(command, environment)
            while ended(children) is None and not is_open(port):
                time.sleep(CHECK_EVERY)
            if ended(children) is None:
                self.stdout.write(f"\nhttp://{HOST}:{port}  (Ctrl-C stops the site and its worker)\n")
                if zalo:
                    self.stdout.write(f"{zalo}/  (telephones of a Zalo that runs on this machine only)\n")
                self.stdout.flush()
            while (gone := ended(children)) is None:
                time.sleep(CHECK_EVERY)
        except Stop:
            self.stdout.write("\nStopping…")
            self.stdout.flush()
        else:
            raise CommandError(f"The {gone[0]} ended by itself (code {gone[1]}); the rest was stopped.")
        finally:
            ignore_signals()
            end(children)

    def _start_zalo(self, port: int, folder: Path, children: Children, environment: dict[str, str]) -> str:
        """Start the fake Zalo, put its settings into ``environment``, connect the site with it; return its address."""
        told = folder / "settings.json"
        told.unlink(missing_ok=True)
        children["Zalo"] = started(zalo_command(port, folder), environment)
        while ended(children) is None and not told.exists():
            time.sleep(CHECK_EVERY)
        if ended(children) is not None:
            return ""
        found = json.loads(told.read_text())
        environment.update(found["settings"])
        subprocess.run(  # noqa: S603 - the command line is written below
            connect_command(found["code"]),
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=subprocess.DEVNULL,
            check=False,
        )
        return str(found["address"])
