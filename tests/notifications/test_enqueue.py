import logging
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from kombu.exceptions import OperationalError

from notifications import operations, tasks
from notifications.enums import Status
from notifications.models import Message
from notifications.operations import Draft
from tests.notifications.factories import NOON, message, official

pytestmark = pytest.mark.django_db


@transaction.atomic
def write_and_undo(**fields):
    """Put a message into the outbox in a transaction that does not end well."""
    message(**fields)
    raise ZeroDivisionError


def draft(recipient, key, **fields):
    return Draft(
        recipient=recipient,
        channel="email",
        kind="reminder",
        dedupe_key=key,
        subject="Nhắc việc",
        body_text="…",
        **fields,
    )


def test_a_message_waits_with_the_address_its_recipient_has_now():
    hoa = official(email="hoa@haiduong.example")

    stored = message(recipient=hoa, subject="Mở bước\ntự chấm điểm")

    assert (stored.status, stored.address, stored.subject) == (
        Status.WAITING,
        "hoa@haiduong.example",
        "Mở bước tự chấm điểm",
    )
    assert (stored.created_at, stored.not_before, stored.attempts) == (NOON, NOON, 0)


def test_the_same_key_gives_the_first_message_and_changes_nothing():
    first = message(dedupe_key="opened:5:1", subject="Lần đầu")

    second = message(dedupe_key="opened:5:1", subject="Lần sau", at=NOON + timedelta(days=1))

    assert second == first
    assert list(Message.objects.values_list("subject", "created_at")) == [("Lần đầu", NOON)]


def test_a_known_key_does_not_break_the_transaction_of_the_caller():
    message(dedupe_key="opened:5:1")

    with transaction.atomic():
        message(dedupe_key="opened:5:1")
        message(dedupe_key="opened:5:2")

    assert Message.objects.count() == 2


def test_many_messages_come_back_in_the_order_given_new_and_old():
    hoa = official()
    old = message(dedupe_key="b")

    stored = operations.enqueue_many([draft(hoa, key) for key in ("c", "b", "a", "c")], at=NOON, returning=True)

    assert [row.dedupe_key for row in stored] == ["c", "b", "a", "c"]
    assert stored[1] == old
    assert Message.objects.count() == 3


@pytest.mark.parametrize("size", [1, 3, 40])
def test_many_messages_cost_one_statement_and_one_more_where_they_are_read_back(size, django_assert_num_queries):
    hoa = official()
    drafts = [draft(hoa, f"key-{number}") for number in range(size)]

    with django_assert_num_queries(1):
        assert operations.enqueue_many(drafts, at=NOON) == []
    with django_assert_num_queries(2):
        assert len(operations.enqueue_many(drafts, at=NOON, returning=True)) == size

    assert Message.objects.count() == size


def test_no_messages_are_no_work():
    assert operations.enqueue_many([], at=NOON) == []


def test_a_recipient_without_address_is_seen_as_failed_and_is_not_sent(wake_ups, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        stored = message(recipient=official(email=""))

    operations.deliver_due(at=NOON)

    assert stored.status == Status.FAILED
    assert stored.last_error == ("Người nhận chưa có địa chỉ ở kênh này; hãy bổ sung vào tài khoản rồi gửi lại.")
    assert (mail.outbox, wake_ups) == ([], [])


def test_a_message_says_what_it_is_about():
    assert (message(ref="task:5").ref, message().ref) == ("task:5", "")


def test_a_reference_that_is_too_long_is_refused_before_the_database_sees_it():
    with pytest.raises(ValueError, match=r"^Mã việc của thư có nhiều nhất 80 ký tự\.$"):
        message(ref="x" * 81)


def test_a_message_is_found_by_words_of_its_subject_recipient_and_address():
    stored = message(recipient=official(display_name="Đặng Hoà", email="Hoa@Haiduong.Example"), subject="Hạn  chấm")

    assert stored.search_text == "han cham dang hoa hoa@haiduong.example"


def test_a_message_of_a_rolled_back_transaction_does_not_exist(wake_ups, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        message(dedupe_key="kept")
        with pytest.raises(ZeroDivisionError):
            write_and_undo(dedupe_key="lost")

    assert list(Message.objects.values_list("dedupe_key", flat=True)) == ["kept"]
    assert len(wake_ups) == 1


def test_a_savepoint_that_is_undone_does_not_take_the_wake_up_of_the_others_with_it(
    wake_ups, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        with pytest.raises(ZeroDivisionError):
            write_and_undo()
        message()

    assert len(wake_ups) == 1


def test_one_transaction_wakes_the_worker_once(wake_ups, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        for _ in range(3):
            message()

    assert len(wake_ups) == 1


def test_a_message_for_later_wakes_nobody(wake_ups, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        message(not_before=NOON + timedelta(hours=1))

    assert wake_ups == []


def test_a_played_season_wakes_nobody(wake_ups, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), operations.unattended():
        message()

    assert wake_ups == []


@pytest.mark.parametrize("failure", [OperationalError("Connection refused"), ConnectionRefusedError("refused")])
def test_a_broker_that_is_down_costs_a_log_line_and_the_sweep_delivers(
    failure, monkeypatch, caplog, django_capture_on_commit_callbacks
):
    def refuse(*args, **options):
        raise failure

    monkeypatch.setattr(tasks.deliver_due, "apply_async", refuse)

    with caplog.at_level(logging.WARNING), django_capture_on_commit_callbacks(execute=True):
        stored = message()

    assert [record.message for record in caplog.records] == [
        f"The worker could not be woken, the next sweep will deliver: {failure}"
    ]
    operations.deliver_due(at=NOON)
    stored.refresh_from_db()
    assert stored.status == Status.SENT


def test_an_unknown_channel_is_refused():
    with pytest.raises(ValueError, match=r"^Không có kênh “bo-cau”; các kênh hiện có: email, zalo\.$"):
        message(channel="bo-cau")


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_an_unusable_key_is_refused_before_the_database_sees_it(key):
    with pytest.raises(ValueError, match=r"^Khóa chống gửi trùng phải có từ 1 đến 200 ký tự\.$"):
        message(dedupe_key=key)
