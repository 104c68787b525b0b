"""Zalo's webhook: what is let in, what it leads to, and what the fake server sees of our answers."""

import hashlib
import json
import time
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from notifications import operations
from notifications.channels.zalo import tracking_id_of
from notifications.enums import Outcome, Status, ZaloEventState, ZaloSide
from notifications.models import Attempt, Message, ZaloEvent, ZaloLink, ZaloMonitor, ZaloTemplate
from notifications.operations.zalo import events, links
from notifications.zalo.signatures import NotGenuine
from tests.notifications.factories import NOON, official
from tests.notifications.zalo.conftest import PHONE
from tests.notifications.zalo.test_sending import by_zalo, link, person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("wake_ups")]

ADDRESS = "/zalo/webhook/"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def wake_ups(monkeypatch):
    """Wake nobody: the tests work on events at their own moments."""
    monkeypatch.setattr("notifications.operations.outbox.wake", lambda *_task: None)
    monkeypatch.setattr("notifications.operations.zalo.events.wake", lambda *_task: None)


def body_of(name="follow", *, at=NOON, **more):
    sent = {"event_name": name, "app_id": "x", "timestamp": str(int(at.timestamp() * 1000)), **more}
    return json.dumps(sent, ensure_ascii=False).encode()


def signed(account, body, *, first=None, secret=None):
    stamp = json.loads(body)["timestamp"]
    parts = (first or account.app_id).encode() + body + stamp.encode() + (secret or account.app_secret).encode()
    return "mac=" + hashlib.sha256(parts).hexdigest()


def accept(account, body, *, at=NOON, header=None):
    return events.accept(body=body, signature=header or signed(account, body), header_timestamp="", at=at)


class TestTheDoor:
    @pytest.mark.parametrize("body", [b"", b"  "])
    def test_the_empty_probe_of_the_console_is_answered(self, client, body):
        assert client.post(ADDRESS, data=body, content_type="application/json").status_code == 200
        assert ZaloEvent.objects.count() == 0

    def test_the_fakes_own_probe_passes_over_a_socket(self, zalo, live_server):
        zalo.hook.address = live_server.url + ADDRESS

        assert zalo.hook.probe() == 200

    @pytest.mark.parametrize("header", [None, "", "mac=", "mac=" + "0" * 64])
    def test_what_is_not_signed_is_refused_and_the_reason_is_shown(self, client, zalo, header):
        headers = {} if header is None else {"X-ZEvent-Signature": header}

        answer = client.post(ADDRESS, data=body_of(), content_type="application/json", headers=headers)

        assert answer.status_code == 403
        assert ZaloEvent.objects.count() == 0
        assert ZaloMonitor.objects.get().webhook_refusal.startswith("Zalo OA: ")

    def test_without_secrets_everything_is_refused(self, client, account):
        body = body_of()

        answer = client.post(
            ADDRESS, data=body, content_type="application/json", headers={"X-ZEvent-Signature": signed(account, body)}
        )

        assert answer.status_code == 403

    def test_a_flood_of_forgeries_costs_one_write_a_minute(self, zalo, account):
        for second in range(30):
            with pytest.raises(NotGenuine):
                accept(account, body_of(), at=NOON + timedelta(seconds=second), header="mac=00")

        assert ZaloMonitor.objects.get().webhook_refused_at == NOON

    def test_each_configured_formula_is_accepted_and_no_other(self, zalo, account, settings):
        body = body_of("user_click_x")
        accept(account, body, header=signed(account, body, secret=account.oa_secret))
        with pytest.raises(NotGenuine):
            accept(account, body, header=signed(account, body, first=account.oa_id))

        settings.ZALO = settings.ZALO | {"signatures": ("oa_id+body+timestamp+app_secret",)}
        accept(account, body, header=signed(account, body, first=account.oa_id))
        with pytest.raises(NotGenuine):
            accept(account, body)

    @pytest.mark.parametrize("age", [timedelta(hours=3), timedelta(days=30), -timedelta(minutes=5)])
    def test_a_replay_of_an_old_event_or_one_from_the_future_is_refused(self, zalo, account, age):
        body = body_of()

        with pytest.raises(NotGenuine, match="bản phát lại"):
            accept(account, body, at=NOON + age)

    def test_zalos_own_last_try_after_two_hours_is_accepted(self, zalo, account):
        assert accept(account, body_of(), at=NOON + timedelta(minutes=111)) is not None

    def test_the_same_event_is_kept_and_worked_on_once_however_often_it_comes(self, zalo, account):
        body = body_of("user_send_text", sender={"id": "7"}, message={"msg_id": "m1", "text": "a"})

        first = accept(account, body)
        again = accept(account, body, at=NOON + MINUTE)
        other_bytes = accept(account, body.replace(b"{", b"{ ", 1))

        assert first.pk == again.pk == other_bytes.pk
        assert (events.handle_new(at=NOON), events.handle_new(at=NOON)) == (1, 0)

    @pytest.mark.parametrize("text", ["a\x00b", "nửa \ud800 chữ"])
    def test_text_that_no_database_keeps_is_taken_without_it(self, zalo, account, text):
        sent = {"event_name": "user_send_text", "timestamp": str(int(NOON.timestamp() * 1000))}
        body = json.dumps(sent | {"message": {"msg_id": "m2", "text": text}}).encode()

        assert accept(account, body).payload["message"]["text"] in ("ab", "nửa  chữ")

    @pytest.mark.parametrize("body", [b"[]", b"not json", b'{"event_name": "follow"}', b"[" * 5000])
    def test_what_is_signed_but_no_event_is_refused(self, zalo, account, body):
        parts = account.app_id.encode() + body + account.app_secret.encode()
        header = "mac=" + hashlib.sha256(parts).hexdigest()

        with pytest.raises(NotGenuine):
            events.accept(body=body, signature=header, header_timestamp="", at=NOON)

    def test_two_seconds_are_enough_although_the_work_is_not_done(self, client, zalo, account, settings):
        settings.CELERY_BROKER_URL = "amqp://127.0.0.1:1"  # nobody answers there
        now = time.time()
        account.clock = lambda: now
        body = body_of("user_send_text", sender={"id": "7"}, message={"msg_id": "m", "text": "x"})
        stamp = str(int(now * 1000))
        body = json.dumps(json.loads(body) | {"timestamp": stamp}).encode()
        started = time.monotonic()

        answer = client.post(
            ADDRESS, data=body, content_type="application/json", headers={"X-ZEvent-Signature": signed(account, body)}
        )

        assert (answer.status_code, time.monotonic() - started < 2) == (200, True)
        assert ZaloEvent.objects.get().state == ZaloEventState.NEW


class TestReceipts:
    @pytest.fixture
    def sent(self, account, connection):
        someone = account.person_with(PHONE)
        stored = by_zalo()
        operations.deliver_due(at=NOON)
        return stored, someone.letters[0]

    def outcomes(self, stored):
        return list(stored.attempt_log.values_list("outcome", flat=True))

    def test_delivered_and_seen_stand_on_the_message(self, account, sent):
        stored, letter = sent
        accept(account, body_of("user_received_message", message={"msg_id": letter.message_id}))
        accept(account, body_of("user_seen_message", message={"msg_ids": [letter.message_id]}))

        assert events.handle_new(at=NOON) == 2

        assert self.outcomes(stored) == [Outcome.SENT, Outcome.DELIVERED, Outcome.SEEN]

    def test_our_mark_is_enough_where_zalos_id_was_never_recorded(self, account, sent):
        stored, _ = sent
        Attempt.objects.all().delete()
        Message.objects.filter(pk=stored.pk).update(status=Status.WAITING, sent_at=None)
        about = {"msg_id": "unknown", "tracking_id": tracking_id_of(stored)}
        accept(account, body_of("user_received_message", message=about))

        events.handle_new(at=NOON)

        stored.refresh_from_db()
        assert (stored.status, self.outcomes(stored)) == (Status.SENT, [Outcome.DELIVERED])

    def test_a_forged_mark_of_another_message_fits_nothing(self, account, sent):
        stored, _ = sent
        accept(account, body_of("user_received_message", message={"msg_id": "u", "tracking_id": f"{stored.pk}-00"}))

        events.handle_new(at=NOON + timedelta(minutes=11))

        assert self.outcomes(stored) == [Outcome.SENT]
        assert ZaloEvent.objects.get().state == ZaloEventState.IGNORED

    def test_a_receipt_that_comes_before_its_message_is_recorded_waits(self, account, connection):
        accept(account, body_of("user_received_message", message={"msg_id": "early"}))
        assert events.handle_new(at=NOON + MINUTE) == 0

        stored = by_zalo()
        Attempt.objects.create(message=stored, at=NOON, outcome=Outcome.SENT, provider_id="early")

        assert events.handle_new(at=NOON + 2 * MINUTE) == 1
        assert self.outcomes(stored) == [Outcome.SENT, Outcome.DELIVERED]

    def test_a_template_that_zalo_switches_off_is_known_and_needs_somebody(self, account, sent):
        changed = {"template_id": "340001", "status": {"prev_status": "ENABLE", "new_status": "DISABLE"}}
        accept(account, body_of("change_template_status", reason="Chất lượng thấp", **changed))

        events.handle_new(at=NOON)

        assert ZaloTemplate.objects.get().status == "DISABLE"
        assert "Chất lượng thấp" in ZaloMonitor.objects.get().trouble


class TestLinking:
    def wrote(self, account, text, *, zalo_id="77", at=NOON, number="m"):
        message = {"msg_id": number, "text": text}
        accept(account, body_of("user_send_text", at=at, sender={"id": zalo_id}, message=message), at=at)
        events.handle_new(at=at)

    def test_the_code_links_whoever_sent_it_and_a_confirmation_goes_to_their_zalo(self, account, connection):
        someone = account.person_with(PHONE)
        hoa = person()
        code = links.new_code(user=hoa, at=NOON).code
        account.wrote(someone, code)

        self.wrote(account, f"Mã của tôi là {code.lower().replace('-', ' ')}.", zalo_id=someone.user_id)
        operations.deliver_due(at=NOON)

        found = ZaloLink.objects.standing().get()
        assert (found.user, found.zalo_id, found.side) == (hoa, someone.user_id, ZaloSide.ACCOUNT)
        assert f"Đã liên kết Zalo này với tài khoản của ông/bà {hoa}" in someone.letters[-1].text

    def test_what_people_write_is_not_kept(self, account, zalo):
        link(official(), "77")
        self.wrote(account, "chuyện riêng của tôi")

        stored = ZaloEvent.objects.get()
        assert stored.payload["message"] == {"msg_id": "m"}
        assert "riêng" not in json.dumps(stored.payload, ensure_ascii=False)

    def test_a_message_full_of_guesses_tries_three(self, account, zalo):
        code = links.new_code(user=official(), at=NOON).code

        self.wrote(account, " ".join(["AAAA-AAAA", "BBBB-BBBB", "CCCC-CCCC", code]))

        assert ZaloLink.objects.count() == 0

    @pytest.mark.parametrize("late", [timedelta(minutes=15), timedelta(hours=1)])
    def test_a_code_works_for_a_quarter_of_an_hour(self, account, zalo, late):
        code = links.new_code(user=official(), at=NOON).code

        self.wrote(account, code, at=NOON + late)

        assert ZaloLink.objects.count() == 0

    def test_a_code_works_once(self, account, zalo):
        code = links.new_code(user=official(), at=NOON).code
        self.wrote(account, code, zalo_id="71", number="m1")

        self.wrote(account, code, zalo_id="72", number="m2")

        assert [found.zalo_id for found in ZaloLink.objects.standing()] == ["71"]

    def test_a_new_code_makes_the_older_ones_worthless(self, account, zalo):
        hoa = official()
        old = links.new_code(user=hoa, at=NOON).code
        links.new_code(user=hoa, at=NOON)

        self.wrote(account, old)

        assert ZaloLink.objects.count() == 0

    def test_a_new_link_ends_the_old_ones_of_the_person_and_of_the_account(self, account, zalo):
        hoa, nam = official(), official()
        for who, zalo_id, number in ((hoa, "71", "m1"), (nam, "72", "m2"), (hoa, "72", "m3")):
            self.wrote(account, links.new_code(user=who, at=NOON).code, zalo_id=zalo_id, number=number)

        assert [(found.user, found.zalo_id) for found in ZaloLink.objects.standing()] == [(hoa, "72")]
        assert ZaloLink.objects.count() == 3

    def test_somebody_who_was_deactivated_is_not_linked(self, account, zalo):
        hoa = official()
        code = links.new_code(user=hoa, at=NOON).code
        hoa.is_active = False
        hoa.save()

        self.wrote(account, code)

        assert ZaloLink.objects.count() == 0

    def test_writing_opens_the_window_and_unfollowing_is_noted(self, account, zalo):
        link(official(), "77")
        self.wrote(account, "xin chào", at=NOON)
        accept(account, body_of("unfollow", follower={"id": "77"}, oa_id="1"))
        events.handle_new(at=NOON)

        found = ZaloLink.objects.get()
        assert (found.last_interaction_at, found.unfollowed_at) == (NOON, NOON)

        accept(account, body_of("follow", follower={"id": "77"}, oa_id="1"))
        events.handle_new(at=NOON)
        assert ZaloLink.objects.get().unfollowed_at is None

    def test_from_the_page_to_the_telephone_and_back(self, account, zalo, client):
        hoa = person()
        client.force_login(hoa)
        client.post("/tai-khoan/cua-toi/zalo/ma/")
        page = client.get("/tai-khoan/cua-toi/zalo/").content.decode()
        (code,) = links.codes_in(page.partition('class="zalo-code">')[2][:20])
        assert "Chưa liên kết" in page

        links.link_by_code(side=ZaloSide.ACCOUNT, zalo_id="77", text=code, sent_at=timezone.now(), at=timezone.now())
        assert "Đã liên kết" in client.get("/tai-khoan/cua-toi/zalo/").content.decode()

        client.post("/tai-khoan/cua-toi/zalo/huy/", {"qua": "oa"})
        assert ZaloLink.objects.standing().count() == 0


class TestTheBot:
    def post(self, client, secret, *, number="b1", text="xin chào"):
        event = {
            "event_name": "message.text.received",
            "message": {"from": {"id": "b7"}, "text": text, "message_id": number, "date": int(time.time() * 1000)},
        }
        return client.post(
            "/zalo/bot/",
            data=json.dumps({"ok": True, "result": event}),
            content_type="application/json",
            headers={"X-Bot-Api-Secret-Token": secret},
        ).status_code

    def test_only_the_bots_secret_opens_the_door(self, client, zalo, account):
        assert [self.post(client, secret) for secret in ("", "wrong", "ÿ", account.bot_secret)] == [403, 403, 403, 200]

    def test_without_a_secret_nothing_passes(self, client, zalo, settings):
        settings.ZALO = settings.ZALO | {"bot_secret": ""}

        assert self.post(client, "") == 403

    def test_the_code_links_the_bot_too(self, client, zalo, account):
        hoa = official()
        self.post(client, account.bot_secret, text=links.new_code(user=hoa, at=timezone.now()).code)

        events.handle_new(at=timezone.now())

        found = ZaloLink.objects.standing().get()
        assert (found.user, found.side, found.zalo_id) == (hoa, ZaloSide.BOT, "b7")


class TestTheFakesPersistence:
    def test_it_tries_again_with_num_retry_and_then_switches_the_hook_off(self, zalo, account):
        zalo.hook.address = "http://127.0.0.1:1/"
        slept = []
        zalo.hook.waits, zalo.hook.sleep = (30.0, 300.0), slept.append

        zalo.hook.followed(account.person_with(PHONE))
        limit = time.monotonic() + 10
        while not zalo.hook.is_off and time.monotonic() < limit:
            time.sleep(0.01)

        assert slept == [0.0, 30.0, 300.0]
        assert zalo.hook.log == [("unfollow", 0)] * 3

    @pytest.mark.slow
    def test_a_whole_round_over_sockets_both_ways(self, zalo, account, connection, live_server):
        """Our message to the telephone, its receipts to our webhook, what the person writes to our link."""
        if database.vendor == "sqlite":
            pytest.skip("the site's threads and the test share one connection on SQLite in memory")
        account.clock = time.time
        account.access = dict.fromkeys(account.access, time.time() + 3600)
        zalo.hook.address = live_server.url + ADDRESS
        someone = account.person_with(PHONE)
        hoa = person()
        code = links.new_code(user=hoa, at=timezone.now()).code
        zalo.hook.wrote(someone, account.wrote(someone, code))
        self.wait_for(1)
        events.handle_new(at=timezone.now())

        assert ZaloLink.objects.standing().get().user == hoa
        assert zalo.hook.log == [("user_send_text", 200)]

    def wait_for(self, count):
        limit = time.monotonic() + 10
        while ZaloEvent.objects.count() < count and time.monotonic() < limit:
            time.sleep(0.02)


def test_a_page_cannot_be_posted_from_elsewhere_but_the_webhook_can(zalo):
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(ADDRESS, data=b"", content_type="application/json").status_code == 200
