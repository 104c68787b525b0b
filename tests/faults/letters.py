"""Letters while workers die, the mail server falls silent, and wake-ups come three times.

The mail server is a real one on a socket and keeps what it takes. A letter is doubled when the database says that it
was sent twice, or when two Message-IDs say the same; the same letter with the same Message-ID, sent once more because
the worker died before it could write down the answer, is counted and told.
"""

import os
import random
import signal
import socket
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db import connection

from notifications.enums import Outcome, Status
from notifications.models import Attempt, Message
from notifications.operations import deliver_due, unattended
from notifications.rules import CLAIM_IS_FRESH
from notifications.tokens import message_id_of
from tests.bench.database import copy_of, prepared
from tests.bench.delivery import NOON, fill
from tests.faults.findings import Findings, fault
from tests.notifications.smtp import MailServer, mail_server

LETTERS = 60
NEXT_WAKE_UP = NOON + max(timedelta(minutes=1), CLAIM_IS_FRESH)


def deliver() -> None:
    """Do what a worker does when it is woken."""
    with unattended():
        deliver_due(at=NOON, limit=10_000)


def deliver_later(minutes: int) -> None:
    """Do what a worker does at a later wake-up."""
    with unattended():
        deliver_due(at=NEXT_WAKE_UP + timedelta(minutes=minutes), limit=10_000)


def start(act: Callable[[], object]) -> int:
    """Run ``act`` in a child process with a connection of its own; return its number. A failure is its exit code 1."""
    connection.close()
    child = os.fork()
    if child == 0:
        try:
            act()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return child


def ended_well(child: int) -> bool:
    """Wait for a child; say whether ``act`` came to its end."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def all_sent() -> bool:
    """Say whether nothing is left to send."""
    return not Message.objects.exclude(status=Status.SENT).exists()


@contextmanager
def many_letters() -> Iterator[tuple[str, int]]:
    """Yield the name of a database with letters to send, and a port for the mail server."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5
    with prepared("letters") as name:
        fill(LETTERS)
        yield name, port


def judge(findings: Findings, *servers: MailServer, may_repeat: bool) -> None:
    """Every letter arrived, the database says once, and no other Message-ID says the same."""
    arrived = Counter(letter for server in servers for letter in server.message_ids)
    expected = {message_id_of(message) for message in Message.objects.all()}
    findings.expect(set(arrived) == expected, f"{len(expected - set(arrived))} letters did not arrive")
    recorded = Counter(Attempt.objects.filter(outcome=Outcome.SENT).values_list("message", flat=True))
    findings.expect(max(recorded.values(), default=0) == 1, "a letter was recorded as sent twice")
    repeats = sum(arrived.values()) - len(arrived)
    findings.count("repeats with the same Message-ID", repeats)
    findings.expect(may_repeat or not repeats, f"{repeats} letters were sent twice although nobody died")


@fault("worker-killed", "the worker is killed at a random moment while it sends letters")
def worker_killed(findings: Findings, rounds: int, chance: random.Random) -> None:
    """Kill the worker, then let the next wake-up come."""
    with many_letters() as (name, port):
        with copy_of(name), mail_server(port):
            began = time.monotonic()
            os.waitpid(start(deliver), 0)
            undisturbed = time.monotonic() - began
        for _ in range(rounds):
            findings.rounds += 1
            with copy_of(name), mail_server(port) as server:
                child = start(deliver)
                time.sleep(chance.uniform(0, undisturbed))
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                findings.recover(all_sent, by=lambda: deliver_later(0))
                judge(findings, server, may_repeat=True)


@fault("thrice", "every wake-up comes three times, to three workers at once")
def thrice(findings: Findings, rounds: int, chance: random.Random) -> None:
    """Let three workers begin within milliseconds."""
    with many_letters() as (name, port):
        for _ in range(rounds):
            findings.rounds += 1
            with copy_of(name), mail_server(port) as server:
                children = []
                for _ in range(3):
                    children.append(start(deliver))
                    time.sleep(chance.uniform(0, 0.05))
                for child in children:
                    findings.expect(ended_well(child), "a worker failed")
                findings.recover(all_sent, by=lambda: deliver_later(0))
                judge(findings, server, may_repeat=False)


@fault("smtp-down", "the mail server is away, comes, goes in the middle of the letters and comes again")
def smtp_down(findings: Findings, rounds: int, chance: random.Random) -> None:
    """Close the mail server after a random number of letters; nothing is given up, each later wake-up tries again."""
    with many_letters() as (name, port):
        for _ in range(rounds):
            findings.rounds += 1
            with copy_of(name):
                deliver()  # nobody listens
                findings.expect(
                    not Message.objects.filter(status__in=Status.stopped()).exists(), "a letter was given up"
                )
                with mail_server(port) as first:
                    last = chance.randrange(1, LETTERS)

                    def close_after(server: MailServer = first, last: int = last) -> None:
                        if len(server.letters) == last:
                            server.listener.shutdown(socket.SHUT_RDWR)
                            raise OSError("the mail server is gone")

                    first.after_data = close_after
                    deliver_later(1)
                with mail_server(port) as second:
                    minutes = iter(range(60, 10_000, 60))
                    findings.recover(all_sent, by=lambda: deliver_later(next(minutes)))  # noqa: B023 - now
                    judge(findings, first, second, may_repeat=True)
