"""The keeper of the tokens against the fake Zalo over sockets."""

import os
import signal
import threading
from datetime import timedelta

import pytest
from django.db import connection as database

from notifications.models import ZaloConnection
from notifications.zalo import keeper
from notifications.zalo.client import Zalo
from notifications.zalo.configuration import configuration
from notifications.zalo.keeper import NotConnected, WaitForToken
from tests.notifications.factories import NOON

HOUR = timedelta(hours=1)


def token(at, **more):
    """Return what the keeper gives at ``at``."""
    zalo = Zalo(configuration())
    try:
        return keeper.access_token(zalo=zalo, at=at, **more)
    finally:
        zalo.close()


@pytest.mark.django_db(transaction=True)
class TestOneWorker:
    def test_without_a_connection_nothing_can_be_sent(self, zalo):
        with pytest.raises(NotConnected, match="chưa được kết nối"):
            token(NOON)

    def test_a_young_token_is_used_without_asking_anybody(self, zalo, connection):
        assert token(NOON + 19 * HOUR) == connection.access_token
        assert zalo.calls == []

    def test_after_twenty_hours_the_pair_is_replaced_and_saved(self, account, zalo, connection):
        account.now = NOON + 20 * HOUR

        fresh = token(NOON + 20 * HOUR)

        connection.refresh_from_db()
        assert fresh == connection.access_token
        assert fresh in account.access
        assert connection.refresh_token in account.refresh
        assert (connection.obtained_at, connection.expires_at) == (NOON + 20 * HOUR, NOON + 45 * HOUR)
        assert connection.refresh_began_at is None
        assert account.refreshes == 1

    def test_a_refused_token_is_replaced_whatever_its_age(self, account, zalo, connection):
        account.expire_access()

        assert token(NOON + HOUR, rejected=connection.access_token) != connection.access_token
        assert account.refreshes == 1

    def test_a_token_that_somebody_else_has_replaced_already_is_not_replaced_again(self, account, zalo, connection):
        fresh = token(NOON + HOUR, rejected=connection.access_token)

        assert token(NOON + HOUR, rejected=connection.access_token) == fresh
        assert account.refreshes == 1

    @pytest.mark.parametrize("fault", [500, 429, 503])
    def test_while_zalo_does_not_answer_the_old_token_goes_on_and_zalo_is_left_in_peace(
        self, account, zalo, connection, fault
    ):
        account.now = NOON + 21 * HOUR
        account.faults.append(fault)

        assert token(NOON + 21 * HOUR) == connection.access_token
        assert token(NOON + 21 * HOUR + timedelta(minutes=4)) == connection.access_token
        connection.refresh_from_db()
        assert connection.broken_since is None
        assert connection.last_error == f"HTTP {fault}"
        assert account.refreshes == 0

        assert token(NOON + 21 * HOUR + timedelta(minutes=5)) != connection.access_token

    def test_a_token_that_ran_out_while_zalo_does_not_answer_makes_messages_wait(self, account, zalo, connection):
        account.faults.append(500)

        with pytest.raises(WaitForToken, match="HTTP 500"):
            token(NOON + 26 * HOUR)

    def test_a_refresh_token_that_zalo_refuses_breaks_the_connection_once(self, account, zalo, connection):
        account.refresh.clear()
        account.now = NOON + 20 * HOUR

        assert token(NOON + 20 * HOUR) == connection.access_token  # five hours are left for a person to act
        assert token(NOON + 21 * HOUR) == connection.access_token
        with pytest.raises(NotConnected, match="Invalid refresh token"):
            token(NOON + 25 * HOUR)

        connection.refresh_from_db()
        assert connection.broken_since == NOON + 20 * HOUR
        assert len(zalo.calls) == 1

    def test_a_refusal_with_http_200_and_no_tokens_never_overwrites_the_pair(self, account, zalo, connection):
        account.app_secret = "changed in the console"

        token(NOON + 20 * HOUR)

        kept = ZaloConnection.objects.get()
        assert (kept.access_token, kept.refresh_token) == (connection.access_token, connection.refresh_token)
        assert "Invalid secret key" in kept.last_error


@pytest.mark.django_db(transaction=True)
def test_five_workers_with_an_expired_token_refresh_exactly_once(account, zalo, connection):
    if database.vendor != "postgresql":
        pytest.skip("one worker at a time on SQLite in memory: its connection cannot be shared by threads")
    account.expire_access()
    start, given, faults = threading.Barrier(5), [], []

    def work():
        try:
            start.wait(10)
            given.append(token(NOON + HOUR, rejected=connection.access_token))
        except Exception as fault:
            faults.append(fault)
        finally:
            database.close()

    workers = [threading.Thread(target=work) for _ in range(5)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)

    assert faults == []
    assert len(given) == 5
    assert len(set(given)) == 1
    assert given[0] in account.access
    assert account.refreshes == 1


@pytest.mark.django_db(transaction=True)
def test_a_process_that_dies_between_the_answer_and_saving_leaves_a_trace(account, zalo, connection):
    class Killed(BaseException):
        """Stands for SIGKILL: nothing of the process runs on."""

    at = NOON + 20 * HOUR
    account.now = at
    kept = keeper.keep

    def die(*_args, **_more):
        raise Killed

    keeper.keep = die
    try:
        with pytest.raises(Killed):
            token(at)
    finally:
        keeper.keep = kept

    left = ZaloConnection.objects.get()
    assert (left.refresh_token, left.refresh_began_at) == (connection.refresh_token, at)
    assert left.refresh_token not in account.refresh  # spent

    assert token(at + HOUR) == connection.access_token  # the old one still works
    broken = ZaloConnection.objects.get()
    assert broken.broken_since == at + HOUR
    assert broken.last_error.startswith("Lần làm mới bắt đầu lúc 08:00:00 ngày 09/01/2024 dừng giữa chừng")


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
@pytest.mark.slow
def test_a_worker_killed_after_the_answer_frees_the_lock_and_the_next_one_says_what_happened(account, zalo, connection):
    """A real process, killed by SIGKILL while it holds the lock and the answer is on its way."""
    at = NOON + 20 * HOUR
    account.now = at
    child = os.fork()
    if child == 0:  # the worker: a connection of its own, and no exit handlers of the tests
        database.connect()
        token(at)
        os._exit(0)
    zalo.after_token = lambda: (os.kill(child, signal.SIGKILL), os.waitpid(child, 0))
    deadline = threading.Event()
    while not account.refreshes and not deadline.wait(0.05):
        pass
    deadline.wait(0.5)
    zalo.after_token = lambda: None

    assert token(at + HOUR) == connection.access_token
    assert "dừng giữa chừng" in ZaloConnection.objects.get().last_error
