"""What is no longer needed is not sent: the step it speaks of is done."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail

from notifications import operations, rules
from notifications.enums import Outcome, Status
from notifications.models import Message
from tests.notifications.factories import NOON, message

pytestmark = pytest.mark.django_db

DONE = "Đã xử lý."
LATER = smtplib.SMTPDataError(451, b"4.3.0 later")
MINUTE = timedelta(minutes=1)


def called_off(*refs):
    return operations.cancel(refs=refs, at=NOON, reason=DONE)


def outcomes(stored):
    return list(stored.attempt_log.values_list("outcome", "answer"))


def test_what_waits_about_a_task_that_is_done_is_not_sent():
    night = NOON + timedelta(hours=10)
    about, other, free = message(ref="task:1", not_before=night), message(ref="task:12"), message()

    assert called_off("task:1") == 1
    operations.deliver_due(at=night)

    about.refresh_from_db()
    assert (about.status, about.last_error, about.attempts) == (Status.CANCELLED, DONE, 0)
    assert outcomes(about) == [(Outcome.CANCELLED, DONE)]
    assert len(mail.outbox) == 2
    assert {row.status for row in Message.objects.filter(pk__in=[other.pk, free.pk])} == {Status.SENT}


def test_several_tasks_are_called_off_at_once_and_a_second_time_finds_nothing():
    for ref in ("task:1", "task:1", "task:2", "task:3"):
        message(ref=ref)

    assert (called_off("task:1", "task:2"), called_off("task:1", "task:2")) == (3, 0)


def test_an_empty_reference_calls_nothing_off():
    message()

    assert called_off("") == 0


@pytest.mark.parametrize("status", [Status.SENT, Status.FAILED, Status.DEAD])
def test_what_has_arrived_or_stopped_stays_as_it_is(status):
    stored = message(ref="task:1")
    Message.objects.filter(pk=stored.pk).update(status=status, sent_at=NOON if status == Status.SENT else None)

    assert called_off("task:1") == 0


def test_a_message_on_its_way_is_let_go_and_counts_as_sent_when_it_arrives(mail_server):
    stored = message(ref="task:1")
    mail_server.append(lambda: called_off("task:1"))

    operations.deliver_due(at=NOON)

    stored.refresh_from_db()
    assert (stored.status, len(mail.outbox)) == (Status.SENT, 1)
    assert [outcome for outcome, _ in outcomes(stored)] == [Outcome.CANCELLED, Outcome.SENT]


def test_a_message_on_its_way_that_fails_is_not_tried_again(mail_server):
    stored = message(ref="task:1")

    def fail():
        called_off("task:1")
        raise LATER

    mail_server.append(fail)
    operations.deliver_due(at=NOON)
    operations.deliver_due(at=NOON + timedelta(days=1))

    stored.refresh_from_db()
    assert (stored.status, mail.outbox) == (Status.CANCELLED, [])


def test_a_message_whose_worker_died_is_not_taken_again():
    stored = message(ref="task:1")
    Message.objects.filter(pk=stored.pk).update(status=Status.SENDING, claimed_at=NOON, claimed_by="dead:1", attempts=1)
    called_off("task:1")

    operations.deliver_due(at=NOON + 11 * MINUTE)

    stored.refresh_from_db()
    assert (stored.status, mail.outbox) == (Status.CANCELLED, [])


def test_what_is_not_needed_is_not_sent_again():
    stored = message(ref="task:1")
    called_off("task:1")

    with pytest.raises(rules.NotAllowed, match="đã xong nên không cần gửi nữa"):
        operations.send_again(message=stored, by=stored.recipient, at=NOON)


@pytest.mark.parametrize("size", [1, 3])
def test_calling_off_takes_four_statements_and_finding_nothing_takes_one(size, django_assert_num_queries):
    for _ in range(size):
        message(ref="task:1")

    with django_assert_num_queries(4):
        called_off("task:1")
    with django_assert_num_queries(1):
        called_off("task:1")
