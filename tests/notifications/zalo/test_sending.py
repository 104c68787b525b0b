"""Messages by Zalo against the fake server over sockets: which way, what each refusal leads to, and the fallback."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection as database
from django.utils import timezone

from notifications import operations
from notifications.channels.zalo import tracking_id_of
from notifications.enums import Outcome, Status, ZaloSide
from notifications.fake_zalo.account import Error
from notifications.models import AddressState, Message, ZaloLink, ZaloMonitor, ZaloTemplate
from tests.notifications.factories import NOON, official
from tests.notifications.factories import message as make_message
from tests.notifications.zalo.conftest import FIELDS, PHONE, TEMPLATE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("wake_ups")]

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def person(phone=PHONE, **fields):
    someone = official(**fields)
    someone.phone = phone
    someone.save()
    return someone


def by_zalo(recipient=None, *, at=NOON, fields=FIELDS, **more):
    """Return a message put into the outbox for Zalo."""
    draft = operations.Draft(
        **{
            "recipient": recipient or person(),
            "channel": "zalo",
            "kind": "step_opened",
            "dedupe_key": f"zalo:{Message.objects.count()}",
            "subject": "Tự chấm điểm",
            "body_text": "Thư dài.\n",
            "body_html": "<p>Thư dài.</p>",
            "short_text": "Đến lượt ông/bà.",
            "fields": fields,
            **more,
        }
    )
    return operations.enqueue_many([draft], at=at, returning=True)[0]


def link(someone, zalo_id, *, side=ZaloSide.ACCOUNT, **fields):
    return ZaloLink.objects.create(user=someone, side=side, zalo_id=zalo_id, linked_at=NOON, **fields)


def delivered(stored, at=NOON):
    """Let a worker run; return the message as it then stands."""
    operations.deliver_due(at=at)
    stored.refresh_from_db()
    return stored


def log_of(stored):
    return list(stored.attempt_log.values_list("outcome", "way", "price"))


class TestWays:
    def test_a_phone_number_is_enough_for_a_template(self, account, connection):
        someone = account.person_with(PHONE)

        stored = delivered(by_zalo(person("0912 345 678")))

        assert stored.status == Status.SENT
        assert [letter.text for letter in someone.letters] == [
            "Chào Nguyễn Thị Hòa: Tự chấm điểm. Hạn 24:00 ngày 09/01/2024."
        ]
        assert someone.letters[0].tracking_id == tracking_id_of(stored)
        assert log_of(stored) == [(Outcome.SENT, "template_phone", 200)]
        assert stored.attempt_log.get().provider_id == someone.letters[0].message_id
        assert stored.address == PHONE

    def test_a_linked_account_that_wrote_lately_gets_a_free_text(self, account, connection):
        someone = account.person_with(PHONE)
        account.wrote(someone, "xin chào")
        hoa = person()
        link(hoa, someone.user_id, last_interaction_at=NOON)

        stored = delivered(by_zalo(hoa))

        assert someone.letters[-1].text == "Đến lượt ông/bà."
        assert log_of(stored) == [(Outcome.SENT, "consultation", 0)]

    def test_past_its_window_the_linked_account_gets_the_cheaper_template(self, account, connection):
        someone = account.person_with(PHONE)
        account.wrote(someone, "xin chào")
        account.now = NOON + 7 * DAY
        hoa = person()
        link(hoa, someone.user_id, last_interaction_at=NOON)
        account.access[connection.access_token] = account.clock() + 3600
        connection.obtained_at, connection.expires_at = NOON + 7 * DAY, NOON + 8 * DAY
        connection.save()

        stored = delivered(by_zalo(hoa, at=NOON + 7 * DAY), at=NOON + 7 * DAY)

        assert log_of(stored) == [(Outcome.SENT, "template_user", 150)]

    def test_when_one_way_refuses_the_next_is_tried_in_the_same_attempt(self, account, connection):
        account.templates[TEMPLATE].to_user = False
        someone = account.person_with(PHONE)
        someone.follows = True
        hoa = person()
        link(hoa, someone.user_id)

        stored = delivered(by_zalo(hoa))

        assert log_of(stored) == [(Outcome.SENT, "template_phone", 200)]

    def test_the_bot_reaches_who_has_no_number_and_no_template(self, account, zalo):
        someone = account.person_with("84999")
        someone.talks_to_bot = True
        hoa = person(phone="")
        link(hoa, someone.user_id, side=ZaloSide.BOT)

        stored = delivered(by_zalo(hoa, kind="step_due"))

        assert someone.letters[-1].text == "Đến lượt ông/bà."
        assert log_of(stored) == [(Outcome.SENT, "bot", 0)]

    def test_who_stopped_following_is_written_to_by_phone(self, account, connection):
        account.person_with(PHONE)
        hoa = person()
        link(hoa, "7x", last_interaction_at=NOON, unfollowed_at=NOON)

        assert log_of(delivered(by_zalo(hoa))) == [(Outcome.SENT, "template_phone", 200)]

    def test_the_order_of_the_ways_is_a_setting(self, account, connection, settings):
        settings.ZALO = settings.ZALO | {"ways": ("template_phone", "consultation")}
        someone = account.person_with(PHONE)
        account.wrote(someone, "xin chào")
        hoa = person()
        link(hoa, someone.user_id, last_interaction_at=NOON)

        assert log_of(delivered(by_zalo(hoa)))[0][1] == "template_phone"

    def test_the_description_of_a_template_is_read_once_a_day(self, account, zalo, connection):
        account.person_with(PHONE)
        hoa = person()
        for _ in range(3):
            by_zalo(hoa)

        operations.deliver_due(at=NOON)

        assert [path for path, _ in zalo.calls].count("/template/info/v2") == 1
        assert ZaloTemplate.objects.get().name == "Việc mới"


class TestRefusals:
    @pytest.fixture(autouse=True)
    def reachable(self, account, connection):
        account.person_with(PHONE)

    def test_an_expired_token_is_replaced_and_the_message_goes_in_the_same_attempt(self, account):
        account.expire_access()

        stored = delivered(by_zalo())

        assert (stored.status, stored.attempts, account.refreshes) == (Status.SENT, 1, 1)

    @pytest.mark.parametrize("fault", [429, 500, Error(-32, "Request rate limit exceeded")])
    def test_too_many_requests_and_outages_let_the_whole_channel_rest(self, account, zalo, fault):
        first, second = by_zalo(), by_zalo()
        account.faults.append(fault)

        operations.deliver_due(at=NOON)

        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.status, first.attempts, second.attempts) == (Status.WAITING, 1, 0)
        assert NOON + MINUTE <= first.not_before <= NOON + 1.2 * MINUTE
        assert delivered(first, NOON + 2 * MINUTE).status == Status.SENT

    def test_a_mail_goes_out_while_zalo_is_down(self, account):
        by_zalo()
        make_message()
        account.faults.append(500)

        operations.deliver_due(at=NOON)

        assert len(mail.outbox) == 1

    def test_a_used_up_quota_waits_for_the_next_morning(self, account):
        account.daily_quota = 0

        stored = delivered(by_zalo())

        assert stored.status == Status.WAITING
        morning = timezone.localtime(stored.not_before)
        assert (morning.day, morning.hour) == (9, 7)

    def test_zalos_own_night_waits_for_the_morning(self, account):
        account.faults.extend([lambda: None, Error(-133, "không được phép gửi vào ban đêm")])

        stored = delivered(by_zalo())

        assert stored.status == Status.WAITING
        assert timezone.localtime(stored.not_before).hour == 7

    def test_in_our_night_nothing_is_sent_and_no_attempt_is_lost(self, account, zalo):
        night = NOON + 10 * HOUR  # 22:00
        stored = by_zalo(at=night)

        assert delivered(stored, night).attempts == 0
        assert operations.deliver(message_id=stored.pk, at=night).attempts == 0
        assert zalo.calls == []
        account.access = dict.fromkeys(account.access, account.clock() + 3 * 86400)
        assert delivered(stored, NOON + 19 * HOUR).status == Status.SENT  # 7:00

    def test_an_unknown_code_is_tried_again(self, account):
        account.faults.extend([lambda: None, Error(-99999, "mới")])

        stored = delivered(by_zalo())

        assert (stored.status, stored.last_error) == (Status.WAITING, "Zalo -99999: mới")


class TestFallback:
    def test_a_number_without_zalo_is_marked_and_the_letter_goes_by_mail(self, account, connection):
        hoa = person(email="hoa@haiduong.example")

        stored = delivered(by_zalo(hoa))

        operations.deliver_due(at=NOON)
        assert stored.status == Status.REPLACED
        assert [outcome for outcome, *_ in log_of(stored)] == [Outcome.PERMANENT, Outcome.REPLACED]
        assert [(letter.to, letter.subject) for letter in mail.outbox] == [(["hoa@haiduong.example"], "Tự chấm điểm")]
        assert AddressState.objects.failing().get().address == PHONE

    def test_to_a_marked_number_nothing_is_sent_and_the_mail_goes_at_once(self, zalo, account, connection):
        hoa = person()
        delivered(by_zalo(hoa))
        zalo.calls.clear()

        stored = delivered(by_zalo(hoa, subject="Việc khác"))

        assert stored.status == Status.REPLACED
        assert zalo.calls == []
        assert Message.objects.filter(channel="email").count() == 2

    def test_who_gets_the_same_mail_anyway_gets_it_once(self, account, connection):
        hoa = person()
        make_message(recipient=hoa, kind="step_opened", subject="Tự chấm điểm", ref="digest:email")

        stored = delivered(by_zalo(hoa, ref="digest:zalo"))

        operations.deliver_due(at=NOON)
        assert stored.status == Status.REPLACED
        assert stored.attempt_log.last().answer == "Người nhận cũng được gửi thư điện tử này."
        assert len(mail.outbox) == 1

    @pytest.mark.parametrize("other", [{"subject": "Khác"}, {"at": NOON - DAY}, {"kind": "step_due"}])
    def test_a_different_mail_is_not_taken_for_the_same(self, account, connection, other):
        hoa = person()
        make_message(**{"recipient": hoa, "kind": "step_opened", "subject": "Tự chấm điểm"} | other)

        delivered(by_zalo(hoa))

        assert Message.objects.filter(channel="email").count() == 2

    def test_parameters_that_do_not_fit_are_never_sent_and_somebody_is_told(self, zalo, account, connection):
        account.person_with(PHONE)

        stored = delivered(by_zalo(fields=FIELDS | {"title": "x" * 101}))

        assert stored.status == Status.REPLACED
        assert [path for path, _ in zalo.calls] == ["/template/info/v2"]
        assert "“title” dài 101 ký tự, mẫu nhận nhiều nhất 100" in ZaloMonitor.objects.get().trouble

    def test_what_only_a_person_can_mend_goes_by_mail_meanwhile(self, account, connection):
        account.person_with(PHONE)
        account.faults.extend([lambda: None, Error(-115, "Hết tiền trong tài khoản ZBS")])

        stored = delivered(by_zalo())

        assert stored.status == Status.REPLACED
        assert "-115" in ZaloMonitor.objects.get().trouble
        assert AddressState.objects.count() == 0

    def test_without_a_connection_the_mail_goes_at_once(self, zalo):
        assert delivered(by_zalo()).status == Status.REPLACED

    def test_who_cannot_be_reached_by_zalo_gets_the_mail(self, connection):
        assert delivered(by_zalo(person(phone=""))).status == Status.REPLACED

    def test_an_outage_ends_in_a_mail_within_two_hours(self, account, connection):
        stored = by_zalo()
        at = NOON
        for _ in range(5):
            account.faults.append(500)
            stored = delivered(stored, at)
            at = stored.not_before

        assert stored.status == Status.REPLACED
        assert at - NOON < 2 * HOUR

    def test_what_is_no_longer_needed_is_not_sent_by_mail_either(self, account, connection):
        stored = by_zalo(ref="task:9")

        def call_off():
            operations.cancel(refs=["task:9"], at=NOON, reason="Đã xử lý.")
            database.close()  # that of the fake's thread

        account.faults.append(call_off)
        delivered(stored)

        assert Message.objects.filter(channel="email").count() == 0


@pytest.mark.parametrize("size", [1, 3])
def test_addresses_of_many_take_one_query(size, zalo, django_assert_num_queries):
    from notifications.channels import ZaloChannel

    people = [person() for _ in range(size)]

    with django_assert_num_queries(1):
        found = ZaloChannel.addresses_of(people)

    assert found == {someone.pk: PHONE for someone in people}


def test_without_settings_nobody_is_reached_and_no_question_is_asked(django_assert_num_queries):
    from notifications.channels import ZaloChannel, offered

    hoa = person()

    with django_assert_num_queries(0):
        assert ZaloChannel.addresses_of([hoa]) == {hoa.pk: ""}
    assert offered() == ["email"]


def test_the_page_of_a_message_shows_both_forms_and_what_each_attempt_cost(account, connection, client):
    account.person_with(PHONE)
    hoa = person()
    stored = delivered(by_zalo(hoa, short_text="Đến lượt ông/bà.\nMở việc: https://cchc.example/viec/5/"))
    client.force_login(hoa)

    page = client.get(f"/outbox/{stored.pk}/").content.decode()

    assert "Đến lượt ông/bà.<br>" in page
    assert "Thư dài." in page
    assert "<dt>title</dt><dd>Tự chấm điểm</dd>" in page
    assert "Đã gửi: Tin theo mẫu tới số điện thoại (ZNS), 200 đồng" in page
