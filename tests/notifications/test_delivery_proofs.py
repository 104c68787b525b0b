"""Delivery with real parts: a mail server on a socket, workers that race, a worker that is killed."""

import os
import signal
import socket
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from notifications import operations, rules, tokens
from notifications.enums import AddressTrouble, Outcome, Status
from notifications.models import AddressState, Message
from notifications.operations import DeliveryRun
from tests.notifications.factories import NOON, message, official
from tests.notifications.smtp import mail_server

HOUR = timedelta(hours=1)


@pytest.fixture
def free_port():
    """A port at which nothing listens yet."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.fixture
def smtp(settings, free_port):
    """Send through the mail server at ``free_port``, whether it is there or not."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", free_port, 5
    settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = False, "", ""
    return free_port


@pytest.mark.django_db
def test_six_hours_without_a_mail_server_lose_and_double_nothing(smtp):
    stored = [message(not_before=NOON + number * HOUR) for number in range(6)]

    for quarter in range(24):
        run = operations.deliver_due(at=NOON + quarter * HOUR / 4)
        assert run.sent == 0
    with mail_server(smtp) as server:
        moment = NOON + 6 * HOUR
        while Message.objects.filter(status=Status.WAITING).exists():
            operations.deliver_due(at=moment)
            moment += HOUR / 4
        for _ in range(3):
            operations.deliver_due(at=moment)

    assert moment - (NOON + 6 * HOUR) <= timedelta(minutes=240 * 1.2 + 15)
    assert sorted(server.message_ids) == sorted(tokens.message_id_of(each) for each in stored)
    assert set(Message.objects.values_list("status", flat=True)) == {Status.SENT}


@pytest.mark.django_db
def test_a_server_that_refuses_one_recipient_takes_the_others_and_the_address_is_marked(smtp):
    with mail_server(smtp) as server:
        server.answers = {
            "gone@haiduong.example": b"550 5.1.1 no such user",
            "busy@haiduong.example": b"451 4.3.2 later",
            "policy@haiduong.example": b"550 5.7.1 you are on a list",
        }
        for name in ("gone", "busy", "policy", "here"):
            message(recipient=official(email=f"{name}@haiduong.example"), dedupe_key=name)
        run = operations.deliver_due(at=NOON)

    assert run == DeliveryRun(sent=1, not_sent=3)
    assert dict(Message.objects.values_list("dedupe_key", "status")) == {
        "gone": Status.FAILED,
        "busy": Status.WAITING,
        "policy": Status.FAILED,
        "here": Status.SENT,
    }
    assert list(AddressState.objects.values_list("address", "trouble", "answer", "since")) == [
        ("gone@haiduong.example", AddressTrouble.REFUSED, "550 5.1.1 no such user", NOON)
    ]


@pytest.mark.django_db
def test_the_envelope_carries_the_mark_of_the_message_and_the_letter_the_sender(smtp, settings):
    settings.DEFAULT_FROM_EMAIL = "Chỉ số CCHC <khong-tra-loi@haiduong.example>"
    settings.BOUNCE_ADDRESS = "thu-loi+{}@haiduong.example"
    with mail_server(smtp) as server:
        stored = message()
        operations.deliver_due(at=NOON)

    (letter,) = server.letters
    assert server.senders == [f"thu-loi+{tokens.reply_token(stored)}@haiduong.example"]
    assert letter["Message-ID"] == f"<{tokens.reply_token(stored)}@haiduong.example>"
    assert letter["From"].endswith("<khong-tra-loi@haiduong.example>")
    assert letter["Auto-Submitted"] == "auto-generated"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_workers_on_one_mail_server_send_every_message_once(smtp, wake_ups):
    for _ in range(40):
        message()
    together = threading.Barrier(2)
    runs = []

    def work():
        try:
            together.wait(timeout=10)
            runs.append(operations.deliver_due(at=NOON))
        finally:
            connection.close()

    with mail_server(smtp) as server:
        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(timeout=60)

    assert sum(run.sent for run in runs) == 40
    assert len(set(server.message_ids)) == len(server.message_ids) == 40


WORKER = """
import os
from datetime import datetime
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = os.environ["DATABASE_OF_THE_TEST"]
settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(os.environ["PORT_OF_THE_TEST"])
django.setup()
from notifications import operations
operations.deliver_due(at=datetime.fromisoformat(os.environ["MOMENT_OF_THE_TEST"]))
"""


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_between_sending_and_recording_is_followed_by_one_with_the_same_message_id(smtp, wake_ups):
    stored = message()
    has_the_letter, may_answer = threading.Event(), threading.Event()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_OF_THE_TEST": connection.settings_dict["NAME"],
        "PORT_OF_THE_TEST": str(smtp),
        "MOMENT_OF_THE_TEST": NOON.isoformat(),
    }
    with mail_server(smtp) as server:

        def hold():
            has_the_letter.set()
            may_answer.wait(timeout=60)

        server.after_data = hold
        with subprocess.Popen(
            [sys.executable, "-c", WORKER], env=environment, cwd=Path(__file__).resolve().parents[2]
        ) as worker:
            try:
                assert has_the_letter.wait(timeout=60)
            finally:
                worker.send_signal(signal.SIGKILL)
        may_answer.set()
        server.after_data = lambda: None

        stored.refresh_from_db()
        assert (stored.status, stored.attempts, stored.attempt_log.count()) == (Status.SENDING, 1, 0)
        too_early = operations.deliver_due(at=NOON + rules.CLAIM_IS_FRESH - timedelta(seconds=1))
        in_time = operations.deliver_due(at=NOON + rules.CLAIM_IS_FRESH)

    stored.refresh_from_db()
    assert (worker.returncode, too_early, in_time) == (-signal.SIGKILL, DeliveryRun(), DeliveryRun(sent=1))
    assert (stored.status, stored.attempts) == (Status.SENT, 2)
    assert list(stored.attempt_log.values_list("outcome", flat=True)) == [Outcome.ABANDONED, Outcome.SENT]
    assert server.message_ids == [tokens.message_id_of(stored)] * 2
