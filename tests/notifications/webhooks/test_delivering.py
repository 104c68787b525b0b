"""Events on their way to other systems: signed, once, tried again, given up, switched off."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from standardwebhooks.webhooks import WebhookVerificationError

from assessments.enums import Role
from notifications import rules
from notifications.enums import Outcome, Status, SwitchedOff
from notifications.models import Message, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from notifications.operations.webhooks import delivering, endpoints
from notifications.operations.webhooks.publishing import Event, publish, wanted_by
from notifications.rules import NotAllowed
from tests.factories import OfficialFactory, UnitFactory
from tests.notifications.webhooks.receiver import listening

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wake_ups")]

FACTS = {"step": "self_score", "title": "Tự chấm điểm"}


@pytest.fixture
def now():
    return timezone.now()


def tell(endpoint: WebhookEndpoint, *, at, key: str = "opened:1", kind: str = "step.opened") -> None:
    publish([Event(kind=kind, scope=endpoint.scope, key=key, facts=FACTS)], wanted=wanted_by(kind), at=at)


def test_an_event_arrives_signed_as_standard_webhooks_has_it(receiver, add, now):
    endpoint, secret = add(receiver, at=now)
    tell(endpoint, at=now)

    run = delivering.deliver_due(at=now)

    assert (run.sent, run.not_sent) == (1, 0)
    event = receiver.verified(secret)
    assert event == {
        "type": "step.opened",
        "timestamp": timezone.localtime(now).isoformat(timespec="seconds"),
        "data": FACTS,
    }
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.attempts) == (Status.SENT, 1)
    assert receiver.ids == [f"evt_{delivery.uid.hex}"]
    attempt = WebhookAttempt.objects.get()
    assert (attempt.outcome, attempt.status_code, attempt.answer) == (Outcome.SENT, 200, "ok")


def test_a_changed_body_or_another_secret_does_not_verify(receiver, add, now):
    endpoint, secret = add(receiver, at=now)
    tell(endpoint, at=now)
    delivering.deliver_due(at=now)

    with pytest.raises(WebhookVerificationError):
        receiver.verified(endpoints.new_secret())
    path, headers, body = receiver.arrived[0]
    receiver.arrived[0] = (path, headers, body.replace(b"self_score", b"dispute"))
    with pytest.raises(WebhookVerificationError):
        receiver.verified(secret)


def test_the_same_event_is_written_and_sent_once(receiver, add, now):
    endpoint, _ = add(receiver, at=now)
    tell(endpoint, at=now)
    tell(endpoint, at=now)

    delivering.deliver_due(at=now)
    delivering.deliver_due(at=now + timedelta(minutes=1))

    assert len(receiver.arrived) == 1


def test_an_event_goes_to_who_asked_for_its_kind_in_its_scope_alone(receiver, add, now):
    mine, _ = add(receiver, at=now)
    elsewhere = UnitFactory()
    other = OfficialFactory(may=[(Role.ORGANISER, elsewhere)], unit=elsewhere)
    with listening() as theirs, listening() as picky:
        add(theirs, at=now, by=other)
        add(picky, at=now, subscribed=["step.done"])
        tell(mine, at=now)
        delivering.deliver_due(at=now)

        assert [len(each.arrived) for each in (receiver, theirs, picky)] == [1, 0, 0]


def test_what_is_rolled_back_tells_nobody(receiver, add, now):
    endpoint, _ = add(receiver, at=now)
    with transaction.atomic():
        tell(endpoint, at=now)
        transaction.set_rollback(True)

    assert WebhookDelivery.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_the_worker_is_woken_once_the_transaction_is_committed(receiver, add, now, wake_ups):
    endpoint, _ = add(receiver, at=now)
    with transaction.atomic():
        tell(endpoint, at=now)
        tell(endpoint, at=now, key="opened:2")
        assert wake_ups == []

    assert len(wake_ups) == 1


def test_a_refused_event_is_tried_again_later_under_the_same_id(receiver, add, now):
    endpoint, secret = add(receiver, at=now)
    tell(endpoint, at=now)
    receiver.script = [(500, {}, b"Loi")]

    delivering.deliver_due(at=now)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.last_error) == (Status.WAITING, "500 Loi")
    assert timedelta(minutes=1) <= delivery.not_before - now <= timedelta(minutes=1, seconds=20)
    delivering.deliver_due(at=now + timedelta(seconds=59))
    delivering.deliver_due(at=delivery.not_before)

    assert len(set(receiver.ids)) == 1
    assert len(receiver.ids) == 2
    assert receiver.verified(secret)["type"] == "step.opened"
    assert WebhookDelivery.objects.get().status == Status.SENT


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [("3600", timedelta(hours=1), timedelta(hours=1, minutes=1)), ("999999", timedelta(days=1), timedelta(days=1))],
)
def test_the_wait_that_an_answer_asks_for_is_kept_within_a_day(receiver, add, now, asked, least, most):
    endpoint, _ = add(receiver, at=now)
    tell(endpoint, at=now)
    receiver.script = [(429, {"retry-after": asked}, b"")]

    delivering.deliver_due(at=now)

    wait = WebhookDelivery.objects.get().not_before - now
    assert least <= wait <= most + timedelta(seconds=5)


def test_waits_grow_and_the_last_failure_is_the_end(receiver, add, now):
    endpoint, _ = add(receiver, at=now)
    tell(endpoint, at=now)
    receiver.script = [(500, {}, b"")] * rules.WEBHOOK_ATTEMPTS
    moment, waits = now, []

    for _ in range(rules.WEBHOOK_ATTEMPTS):
        delivering.deliver_due(at=moment)
        delivery = WebhookDelivery.objects.get()
        waits.append(delivery.not_before - moment)
        moment = delivery.not_before

    assert len(receiver.arrived) == rules.WEBHOOK_ATTEMPTS
    assert delivery.status == Status.DEAD
    assert waits[:-1] == sorted(waits[:-1])
    assert delivering.deliver_due(at=moment + timedelta(days=30)).sent == 0


def test_a_dead_event_is_sent_again_by_hand_under_the_same_id(receiver, add, organiser, now):
    endpoint, _ = add(receiver, at=now)
    tell(endpoint, at=now)
    receiver.script = [(500, {}, b"")]
    delivering.deliver_due(at=now)
    WebhookDelivery.objects.update(status=Status.DEAD)

    later = now + timedelta(seconds=1)
    endpoints.send_again(delivery=WebhookDelivery.objects.get(), by=organiser, at=later)
    delivering.deliver_due(at=later)

    assert len(set(receiver.ids)) == 1
    assert WebhookDelivery.objects.get().status == Status.SENT
    outcomes = list(WebhookAttempt.objects.values_list("outcome", flat=True))
    assert outcomes == [Outcome.TEMPORARY, Outcome.REQUEUED, Outcome.SENT]


def test_a_silent_receiver_keeps_nobody_else_waiting(receiver, add, now, organiser):
    with listening() as closed:
        silent, _ = add(closed, at=now, subscribed=["step.opened"])
    for number in range(3):
        tell(silent, at=now, key=f"opened:{number}")
    heard, _ = add(receiver, at=now, subscribed=["step.done"])
    tell(heard, at=now + timedelta(milliseconds=1), key="done:9", kind="step.done")

    run = delivering.deliver_due(at=now + timedelta(seconds=1))

    assert (run.sent, run.not_sent) == (1, 1)
    assert len(receiver.arrived) == 1
    waiting = WebhookDelivery.objects.filter(endpoint=silent)
    assert sorted(waiting.values_list("attempts", flat=True)) == [0, 0, 1]
    assert not waiting.exclude(status=Status.WAITING, claimed_by="").exists()


def test_what_a_dead_worker_held_goes_out_under_the_same_id(receiver, add, now):
    endpoint, _ = add(receiver, at=now)
    tell(endpoint, at=now)
    WebhookDelivery.objects.update(status=Status.SENDING, claimed_at=now, claimed_by="may-khac:1:abc", attempts=1)

    assert delivering.deliver_due(at=now + timedelta(seconds=5)).sent == 0
    assert delivering.deliver_due(at=now + rules.CLAIM_LASTS).sent == 1

    outcomes = list(WebhookAttempt.objects.values_list("outcome", flat=True))
    assert outcomes == [Outcome.ABANDONED, Outcome.SENT]
    assert receiver.ids == [f"evt_{WebhookDelivery.objects.get().uid.hex}"]


def test_a_replaced_secret_still_verifies_for_a_day_and_no_longer(receiver, add, organiser, now):
    endpoint, old = add(receiver, at=now - timedelta(days=3))
    new = endpoints.rotate_secret(
        endpoint=endpoint, by=organiser, at=now - rules.WEBHOOK_OVERLAP + timedelta(minutes=1)
    )
    tell(endpoint, at=now, key="opened:1")
    delivering.deliver_due(at=now)

    assert receiver.verified(old) == receiver.verified(new)
    WebhookEndpoint.objects.update(previous_until=now)
    tell(endpoint, at=now, key="opened:2")
    delivering.deliver_due(at=now)

    assert receiver.verified(new)["type"] == "step.opened"
    with pytest.raises(WebhookVerificationError):
        receiver.verified(old)


def test_after_days_of_failures_it_is_switched_off_and_its_owner_is_told(receiver, add, organiser, now):
    endpoint, _ = add(receiver, at=now)
    tell(endpoint, at=now)
    tell(endpoint, at=now, key="opened:2")
    WebhookEndpoint.objects.update(failing_since=now - rules.WEBHOOK_GIVEN_UP + timedelta(minutes=1))
    receiver.script = [(500, {}, b""), (500, {}, b"")]
    delivering.deliver_due(at=now)
    assert WebhookEndpoint.objects.get().is_on

    WebhookEndpoint.objects.update(failing_since=now - rules.WEBHOOK_GIVEN_UP)
    receiver.script = [(500, {}, b"")]
    delivering.deliver_due(at=now + timedelta(minutes=2))

    endpoint.refresh_from_db()
    assert (endpoint.is_on, endpoint.off_because) == (False, SwitchedOff.FAILING)
    letter = Message.objects.get(kind="webhook_off")
    assert letter.recipient_id == organiser.pk
    assert f"/ket-noi/{endpoint.pk}/" in letter.body_text


def test_a_success_ends_the_days_of_failure(receiver, add, now):
    endpoint, _ = add(receiver, at=now)
    WebhookEndpoint.objects.update(failing_since=now - timedelta(days=9))
    tell(endpoint, at=now)

    delivering.deliver_due(at=now)

    endpoint.refresh_from_db()
    assert (endpoint.failing_since, endpoint.is_on) == (None, True)


def test_a_receiver_that_says_gone_is_switched_off_at_once(receiver, add, now):
    endpoint, _ = add(receiver, at=now)
    tell(endpoint, at=now)
    tell(endpoint, at=now, key="opened:2")
    receiver.script = [(410, {}, b"")]

    delivering.deliver_due(at=now)

    endpoint.refresh_from_db()
    assert endpoint.off_because == SwitchedOff.GONE
    assert len(receiver.arrived) == 1


def test_while_it_is_off_nothing_is_written_or_sent_and_what_waited_goes_out_afterwards(receiver, add, organiser, now):
    endpoint, _ = add(receiver, at=now)
    tell(endpoint, at=now, key="opened:1")
    endpoints.switch_off(endpoint=endpoint, by=organiser, at=now)
    tell(endpoint, at=now, key="opened:2")
    delivering.deliver_due(at=now)
    assert receiver.arrived == []

    endpoints.switch_on(endpoint=endpoint, by=organiser, at=now)
    delivering.deliver_due(at=now)

    assert list(WebhookDelivery.objects.values_list("dedupe_key", "status")) == [("opened:1", Status.SENT)]


def test_a_test_is_sent_whatever_it_subscribed_to(receiver, add, organiser, now):
    endpoint, secret = add(receiver, at=now)

    test = endpoints.write_test(endpoint=endpoint, by=organiser, at=now)
    sent = delivering.deliver(delivery_id=test.pk, at=now)

    assert sent.status == Status.SENT
    assert receiver.verified(secret)["type"] == "webhook.test"


def test_nobody_manages_the_endpoints_of_another_unit(receiver, add, now):
    endpoint, _ = add(receiver, at=now)
    tell(endpoint, at=now)
    elsewhere = UnitFactory()
    other = OfficialFactory(may=[(Role.ORGANISER, elsewhere)], unit=elsewhere)
    delivery = WebhookDelivery.objects.get()

    for act in (
        lambda: endpoints.add(
            scope=endpoint.scope, name="x", url=receiver.url, subscribed=["step.done"], by=other, at=now
        ),
        lambda: endpoints.rotate_secret(endpoint=endpoint, by=other, at=now),
        lambda: endpoints.switch_off(endpoint=endpoint, by=other, at=now),
        lambda: endpoints.switch_on(endpoint=endpoint, by=other, at=now),
        lambda: endpoints.write_test(endpoint=endpoint, by=other, at=now),
        lambda: endpoints.send_again(delivery=delivery, by=other, at=now),
    ):
        with pytest.raises(NotAllowed, match="thuộc đơn vị khác"):
            act()


def test_a_host_taken_from_the_settings_is_reached_no_more(receiver, add, now, settings):
    endpoint, _ = add(receiver, at=now)
    tell(endpoint, at=now)
    settings.WEBHOOK_HOSTS = []

    delivering.deliver_due(at=now)

    assert receiver.arrived == []
    assert "https://" in WebhookDelivery.objects.get().last_error


def test_writing_one_and_thirty_events_costs_the_same(receiver, add, now, django_assert_num_queries):
    endpoint, _ = add(receiver, at=now)
    for first, last in ((0, 1), (1, 31)):
        events = [
            Event(kind="step.opened", scope=endpoint.scope, key=f"opened:{number}", facts=FACTS)
            for number in range(first, last)
        ]
        with django_assert_num_queries(2):  # who wants them, the rows
            publish(events, wanted=wanted_by("step.opened"), at=now)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_five_workers_at_once_send_each_event_once(receiver, add, now):
    endpoint, secret = add(receiver, at=now)
    publish(
        [Event(kind="step.opened", scope=endpoint.scope, key=f"opened:{number}", facts=FACTS) for number in range(40)],
        wanted=wanted_by("step.opened"),
        at=now,
    )
    sent: list[int] = []

    def work() -> None:
        try:
            sent.append(delivering.deliver_due(at=now).sent)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(sent) == 40
    assert len(set(receiver.ids)) == len(receiver.ids) == 40
    assert {receiver.verified(secret, place)["type"] for place in range(40)} == {"step.opened"}
