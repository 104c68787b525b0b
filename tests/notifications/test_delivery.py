import logging
import smtplib
import sys
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection, transaction

from notifications import operations, rules, tasks, workers
from notifications.enums import Outcome, Status
from notifications.models import Attempt, Message
from notifications.operations import DeliveryRun, delivery
from tests.notifications.factories import NOON, message, official

MINUTE = timedelta(minutes=1)
LATER = smtplib.SMTPDataError(451, "4.3.0 thử lại sau".encode())


def log_of(stored):
    return list(stored.attempt_log.values_list("at", "outcome", "answer"))


@pytest.mark.django_db
class TestOneMessage:
    def test_what_is_due_is_sent_once_and_noted(self):
        stored = message(recipient=official(email="hoa@haiduong.example"), dedupe_key="opened:1")

        first = operations.deliver_due(at=NOON)
        second = operations.deliver_due(at=NOON + MINUTE)

        stored.refresh_from_db()
        assert (first, second) == (DeliveryRun(sent=1), DeliveryRun())
        assert (stored.status, stored.sent_at, stored.attempts) == (Status.SENT, NOON, 1)
        assert (stored.claimed_at, stored.claimed_by) == (None, "")
        assert log_of(stored) == [(NOON, Outcome.SENT, "")]
        (letter,) = mail.outbox
        assert letter.to == ["hoa@haiduong.example"]
        assert letter.alternatives[0].content == (
            '<p>Ông/bà có việc mới.</p><p class="farewell">Quy chế đánh giá yêu cầu gửi loại thư này nên không thể '
            "tắt.</p>\n"
        )

    def test_nothing_is_sent_before_its_moment(self):
        message(not_before=NOON + MINUTE)

        operations.deliver_due(at=NOON + MINUTE - timedelta(microseconds=1))
        assert mail.outbox == []

        operations.deliver_due(at=NOON + MINUTE)
        assert len(mail.outbox) == 1

    def test_one_message_can_be_delivered_by_its_number(self):
        other = message()
        wanted = message()

        delivered = operations.deliver(message_id=wanted.pk, at=NOON)
        again = operations.deliver(message_id=wanted.pk, at=NOON)

        other.refresh_from_db()
        assert (delivered.status, again.status, other.status) == (Status.SENT, Status.SENT, Status.WAITING)
        assert len(mail.outbox) == 1

    def test_a_temporary_failure_waits_and_tries_again(self, mail_server):
        stored = message()
        mail_server.append(LATER)

        operations.deliver_due(at=NOON)

        stored.refresh_from_db()
        again_at = NOON + rules.wait_before_next(message_id=stored.pk, attempts=1)
        assert (stored.status, stored.attempts, stored.not_before) == (Status.WAITING, 1, again_at)
        assert stored.last_error == "451 4.3.0 thử lại sau"
        assert (stored.claimed_at, stored.claimed_by) == (None, "")

        operations.deliver_due(at=again_at)

        stored.refresh_from_db()
        assert (stored.status, stored.sent_at, stored.attempts, stored.last_error) == (Status.SENT, again_at, 2, "")
        assert log_of(stored) == [
            (NOON, Outcome.TEMPORARY, "451 4.3.0 thử lại sau"),
            (again_at, Outcome.SENT, ""),
        ]

    def test_the_eighth_temporary_failure_is_the_end(self, mail_server):
        stored = message()
        mail_server.extend([LATER] * 9)

        moments = []
        while stored.status == Status.WAITING:
            moments.append(stored.not_before)
            operations.deliver_due(at=stored.not_before)
            stored.refresh_from_db()
        operations.deliver_due(at=NOON + timedelta(days=30))

        assert (stored.status, stored.attempts, len(moments), len(mail_server)) == (Status.DEAD, 8, 8, 1)
        assert [at for at, _, _ in log_of(stored)] == moments
        assert moments[-1] - NOON > timedelta(hours=15)

    def test_a_refused_recipient_is_not_tried_again(self, mail_server):
        stored = message(recipient=official(email="da-nghi@haiduong.example"))
        mail_server.append(smtplib.SMTPRecipientsRefused({"da-nghi@haiduong.example": (550, b"5.1.1 unknown")}))

        operations.deliver_due(at=NOON)
        operations.deliver_due(at=NOON + timedelta(days=1))

        stored.refresh_from_db()
        assert (stored.status, stored.last_error) == (Status.FAILED, "550 5.1.1 unknown")
        assert log_of(stored) == [(NOON, Outcome.PERMANENT, "550 5.1.1 unknown")]
        assert mail.outbox == []

    def test_an_address_that_would_add_a_header_is_refused_and_not_tried_again(self):
        stored = message(recipient=official(email="hoa@haiduong.example\nBcc: la@noi-khac.example"))

        operations.deliver_due(at=NOON)

        stored.refresh_from_db()
        assert (stored.status, stored.attempts, mail.outbox) == (Status.FAILED, 1, [])

    def test_a_fault_of_ours_is_logged_and_does_not_hold_up_the_messages_behind(self, mail_server, caplog):
        faulty, behind = message(), message()
        mail_server.append(RuntimeError("lạ"))

        with caplog.at_level(logging.ERROR):
            run = operations.deliver_due(at=NOON)

        faulty.refresh_from_db()
        behind.refresh_from_db()
        assert (run, behind.status) == (DeliveryRun(sent=1, not_sent=1), Status.SENT)
        assert (faulty.status, faulty.last_error) == (Status.WAITING, "Lỗi chương trình (RuntimeError).")
        assert [record.exc_info[0] for record in caplog.records] == [RuntimeError]


@pytest.mark.django_db
class TestARun:
    def test_a_provider_that_is_down_costs_the_messages_behind_no_attempt(self, mail_server):
        for _ in range(3):
            message()
        mail_server.append(ConnectionRefusedError(111, "Connection refused"))

        outage = operations.deliver_due(at=NOON)

        assert (outage, len(mail.outbox)) == (DeliveryRun(not_sent=1), 0)
        assert sorted(Message.objects.values_list("attempts", flat=True)) == [0, 0, 1]

        after = operations.deliver_due(at=NOON + 2 * MINUTE)

        assert (after, len(mail.outbox)) == (DeliveryRun(sent=3), 3)

    def test_an_outage_of_six_hours_loses_and_doubles_nothing(self, mail_server):
        for _ in range(5):
            message()
        mail_server.extend(ConnectionRefusedError(111, "Connection refused") for _ in range(360))

        for minute in range(0, 361, 10):
            operations.deliver_due(at=NOON + minute * MINUTE)
        mail_server.clear()
        # at 6 h the longest wait is 240 minutes and a fifth
        operations.deliver_due(at=NOON + timedelta(hours=11))

        assert list(Message.objects.order_by().values_list("status", flat=True).distinct()) == [Status.SENT]
        assert len({letter.extra_headers["Message-ID"] for letter in mail.outbox}) == len(mail.outbox) == 5

    def test_a_run_stops_at_its_limit_and_says_that_more_is_due(self):
        for _ in range(3):
            message()

        assert operations.deliver_due(at=NOON, limit=2) == DeliveryRun(sent=2, more=True)
        assert operations.deliver_due(at=NOON, limit=2) == DeliveryRun(sent=1)

    def test_the_longest_waiting_goes_first(self):
        for minutes in (3, 1, 2):
            message(subject=f"Thư {minutes}", not_before=NOON + minutes * MINUTE)

        operations.deliver_due(at=NOON + 5 * MINUTE)

        assert [letter.subject for letter in mail.outbox] == ["Thư 1", "Thư 2", "Thư 3"]

    def test_an_idle_run_costs_two_statements(self, django_assert_num_queries):
        with django_assert_num_queries(2):
            operations.deliver_due(at=NOON)

    @pytest.mark.parametrize("size", [1, 3])
    def test_each_message_costs_the_same_number_of_statements(self, size, monkeypatch, django_assert_num_queries):
        monkeypatch.setattr(delivery, "QUICK_SECONDS", 0)  # a provider that takes its time
        for _ in range(size):
            message()

        # left, due · savepoint, SELECT, UPDATE, release · each: savepoint, INSERT, UPDATE, release · savepoint, SELECT,
        # release: nothing more; on PostgreSQL also the lock by which others see that the run lives
        lock = 2 if connection.vendor == "postgresql" else 0
        with django_assert_num_queries(2 + lock + 4 + 4 * size + 3):
            operations.deliver_due(at=NOON)

    def test_what_a_quick_provider_takes_is_recorded_together(self, monkeypatch, django_assert_num_queries):
        monkeypatch.setattr(delivery, "QUICK_SECONDS", 60)
        monkeypatch.setattr(delivery, "RECORDED_WITHIN_SECONDS", 60)
        stored = [message() for _ in range(3)]

        lock = 2 if connection.vendor == "postgresql" else 0
        with django_assert_num_queries(2 + lock + 4 + 4 + 3):
            run = operations.deliver_due(at=NOON)

        assert run == DeliveryRun(sent=3)
        assert set(Message.objects.values_list("status", "sent_at", "claimed_by")) == {(Status.SENT, NOON, "")}
        assert [log_of(each) for each in stored] == [[(NOON, Outcome.SENT, "")]] * 3

    def test_a_failure_in_the_middle_leaves_nothing_sent_unrecorded(self, monkeypatch, mail_server):
        monkeypatch.setattr(delivery, "QUICK_SECONDS", 60)
        monkeypatch.setattr(delivery, "RECORDED_WITHIN_SECONDS", 60)
        first, second = message(), message()
        mail_server.extend([lambda: None, lambda: sys.exit("the worker is told to stop")])

        with pytest.raises(SystemExit):
            operations.deliver_due(at=NOON)

        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.status, second.status) == (Status.SENT, Status.SENDING)

    def test_what_is_called_off_while_the_run_is_sending_stays_unsent(self, monkeypatch, mail_server):
        monkeypatch.setattr(delivery, "ASK_AGAIN_SECONDS", 0)
        message()
        later = message(ref="task:7")
        mail_server.append(lambda: operations.cancel(refs=["task:7"], at=NOON, reason="Đã xử lý."))

        run = operations.deliver_due(at=NOON)

        later.refresh_from_db()
        assert (run, len(mail.outbox)) == (DeliveryRun(sent=1), 1)
        assert (later.status, later.attempts, later.claimed_by) == (Status.CANCELLED, 0, "")

    def test_the_task_asks_for_another_run_only_when_more_is_due(self, monkeypatch, wake_ups):
        monkeypatch.setattr(delivery, "RUN_SECONDS", 0)
        message()

        tasks.deliver_due()
        assert len(wake_ups) == 1

        monkeypatch.setattr(delivery, "RUN_SECONDS", 60)
        tasks.deliver_due()
        assert (len(wake_ups), len(mail.outbox)) == (1, 1)


@pytest.mark.django_db
class TestTwoWorkers:
    def test_a_second_worker_finds_nothing_while_the_first_is_sending(self, mail_server):
        message()
        second = []
        mail_server.append(lambda: second.append(operations.deliver_due(at=NOON + 9 * MINUTE)))

        first = operations.deliver_due(at=NOON)

        assert (first, second) == (DeliveryRun(sent=1), [DeliveryRun()])
        assert len(mail.outbox) == 1

    def test_a_claim_older_than_ten_minutes_is_taken_again_and_recorded(self, monkeypatch):
        monkeypatch.setattr(workers, "gone_among", lambda tokens: set())  # nothing is known about the worker
        stored = message()
        left_by_a_dead_worker(stored, claimed_at=NOON)

        early = operations.deliver_due(at=NOON + 10 * MINUTE - timedelta(microseconds=1))
        in_time = operations.deliver_due(at=NOON + 10 * MINUTE)

        stored.refresh_from_db()
        assert (early, in_time) == (DeliveryRun(), DeliveryRun(sent=1))
        assert (stored.status, stored.attempts) == (Status.SENT, 2)
        assert log_of(stored) == [
            (NOON + 10 * MINUTE, Outcome.ABANDONED, "Tiến trình gửi dừng giữa chừng, không báo kết quả."),
            (NOON + 10 * MINUTE, Outcome.SENT, ""),
        ]

    def test_a_message_that_stops_its_worker_every_time_is_given_up(self):
        stored = message()
        left_by_a_dead_worker(stored, claimed_at=NOON, attempts=8)

        operations.deliver_due(at=NOON + timedelta(hours=1))

        stored.refresh_from_db()
        assert (stored.status, mail.outbox) == (Status.DEAD, [])

    def test_a_slow_worker_that_lost_its_claim_does_not_undo_the_other(self, mail_server, caplog):
        stored = message()
        # while the first hangs in the conversation, a second takes the message over and sends it
        mail_server.append(lambda: operations.deliver_due(at=NOON + 11 * MINUTE))
        mail_server.append(lambda: None)

        with caplog.at_level(logging.WARNING):
            operations.deliver_due(at=NOON)

        stored.refresh_from_db()
        assert (stored.status, stored.sent_at) == (Status.SENT, NOON + 11 * MINUTE)
        assert [outcome for _, outcome, _ in log_of(stored)] == [Outcome.SENT, Outcome.ABANDONED, Outcome.SENT]
        assert len({letter.extra_headers["Message-ID"] for letter in mail.outbox}) == 1
        assert caplog.records[-1].message.startswith(f"Of messages [{stored.pk}] some were claimed again while ")

    def test_a_slow_worker_that_finishes_before_anybody_else_begins_spares_the_second_sending(self, mail_server):
        stored = message()
        mail_server.append(lambda: delivery._release_abandoned(NOON + 11 * MINUTE))

        operations.deliver_due(at=NOON)
        operations.deliver_due(at=NOON + 12 * MINUTE)

        stored.refresh_from_db()
        assert (stored.status, stored.sent_at, len(mail.outbox)) == (Status.SENT, NOON, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_send_every_message_exactly_once(wake_ups):
    for _ in range(40):
        message()
    together = threading.Barrier(4)
    runs = []

    def work():
        try:
            together.wait(timeout=10)
            runs.append(operations.deliver_due(at=NOON))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=30)

    assert sum(run.sent for run in runs) == 40
    assert len({letter.extra_headers["Message-ID"] for letter in mail.outbox}) == len(mail.outbox) == 40
    assert list(Message.objects.order_by().values_list("status", "attempts").distinct()) == [(Status.SENT, 1)]
    assert Attempt.objects.count() == 40


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_transactions_with_the_same_key_at_once_make_one_message(wake_ups):
    hoa = official()
    together = threading.Barrier(4)
    numbers = []

    def work():
        try:
            together.wait(timeout=10)
            numbers.append(message(recipient=hoa, dedupe_key="opened:1").pk)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=30)

    assert numbers == [Message.objects.get().pk] * 4


@pytest.mark.django_db(transaction=True)
def test_nothing_is_claimed_inside_a_transaction_that_could_still_be_undone(wake_ups):
    message()

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        operations.deliver_due(at=NOON)

    assert mail.outbox == []


@pytest.mark.django_db
class TestSendAgain:
    def test_a_message_given_up_goes_to_the_new_address_with_all_its_attempts_kept(self, mail_server):
        hoa = official(email="cu@haiduong.example")
        organiser = official(display_name="Trần Văn Tổ")
        stored = message(recipient=hoa)
        mail_server.append(smtplib.SMTPRecipientsRefused({"cu@haiduong.example": (550, b"no")}))
        operations.deliver_due(at=NOON)
        hoa.email = "moi@haiduong.example"
        hoa.save()

        again = operations.send_again(message=stored, by=organiser, at=NOON + MINUTE)
        operations.deliver_due(at=NOON + MINUTE)

        assert (again.status, again.address, again.attempts) == (Status.WAITING, "moi@haiduong.example", 0)
        assert [letter.to for letter in mail.outbox] == [["moi@haiduong.example"]]
        assert list(stored.attempt_log.values_list("outcome", "by")) == [
            (Outcome.PERMANENT, None),
            (Outcome.REQUEUED, organiser.pk),
            (Outcome.SENT, None),
        ]

    def test_a_message_that_arrived_is_not_sent_a_second_time(self):
        stored = message()
        operations.deliver_due(at=NOON)

        with pytest.raises(rules.NotAllowed, match="không gửi lần thứ hai"):
            operations.send_again(message=stored, by=stored.recipient, at=NOON)

        assert Attempt.objects.count() == 1

    def test_a_recipient_still_without_address_is_refused(self):
        stored = message(recipient=official(email=""))

        with pytest.raises(rules.NotAllowed, match="chưa có địa chỉ"):
            operations.send_again(message=stored, by=stored.recipient, at=NOON)

        assert Attempt.objects.count() == 0


def left_by_a_dead_worker(stored, *, claimed_at, attempts=1):
    """Leave ``stored`` as a worker does that was killed while sending."""
    Message.objects.filter(pk=stored.pk).update(
        status=Status.SENDING, claimed_at=claimed_at, claimed_by="dead:1", attempts=attempts
    )
