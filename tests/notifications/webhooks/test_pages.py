"""The pages about other systems: add, test, rotate, switch off and on, read the answers, send again."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments import clock
from assessments.enums import Role
from notifications import rules
from notifications.enums import Status
from notifications.models import WebhookDelivery, WebhookEndpoint
from notifications.operations.webhooks import delivering, endpoints
from tests.factories import OfficialFactory, UnitFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wake_ups")]


@pytest.fixture
def signed_in(client, organiser):
    client.force_login(organiser)
    return client


def form_for(organiser, url: str, **fields):
    return {"name": "Trang điều hành", "scope": organiser.unit_id, "url": url, "subscribed": ["step.opened"], **fields}


def test_a_system_is_added_and_its_secret_shown_once(signed_in, organiser, receiver):
    answer = signed_in.post(reverse("webhook_add"), form_for(organiser, receiver.url))

    added = WebhookEndpoint.objects.get()
    assert f'value="{added.secret}"' in answer.content.decode()
    assert (added.name, added.url, added.kinds) == ("Trang điều hành", receiver.url, ["step.opened"])
    for page in (reverse("webhooks"), reverse("webhook", args=[added.pk])):
        assert added.secret not in signed_in.get(page).content.decode()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"url": "http://he-thong.example.vn/"}, "Địa chỉ phải dùng https://"),
        ({"url": "https://10.0.0.1/"}, "dẫn vào mạng nội bộ"),
        ({"url": ""}, "Nhập địa chỉ nhận"),
        ({"name": ""}, "Nhập tên hệ thống"),
        ({"subscribed": []}, "Chọn ít nhất một loại sự kiện."),
        ({"subscribed": ["webhook.test"]}, "không có trong danh sách"),
        ({"scope": "999999"}, "Chọn một đơn vị trong danh sách."),
    ],
)
def test_what_cannot_be_added_is_said_and_nothing_typed_is_lost(signed_in, organiser, receiver, fields, sentence):
    answer = signed_in.post(reverse("webhook_add"), form_for(organiser, receiver.url) | fields)

    text = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in text
    assert fields.get("name", "Trang điều hành") in text
    assert not WebhookEndpoint.objects.exists()


def test_the_same_address_is_not_added_twice_while_it_is_on(signed_in, organiser, receiver):
    signed_in.post(reverse("webhook_add"), form_for(organiser, receiver.url))

    again = signed_in.post(reverse("webhook_add"), form_for(organiser, receiver.url))

    assert "đã có trong danh sách" in again.content.decode()
    assert WebhookEndpoint.objects.count() == 1


def test_a_test_shows_what_the_system_answered(signed_in, receiver, add):
    endpoint, secret = add(receiver, at=timezone.now())
    receiver.script = [(200, {}, b"da nhan"), (503, {}, b"bao tri")]

    good = signed_in.post(reverse("webhook_test", args=[endpoint.pk]), follow=True).content.decode()
    bad = signed_in.post(reverse("webhook_test", args=[endpoint.pk]), follow=True).content.decode()

    assert receiver.verified(secret)["type"] == "webhook.test"
    assert "đã nhận sự kiện gửi thử" in good
    assert "HTTP 200 da nhan" in good
    assert "chưa nhận sự kiện gửi thử: 503 bao tri" in bad


def test_rotating_shows_the_new_secret_and_until_when_the_old_one_signs(signed_in, receiver, add):
    endpoint, old = add(receiver, at=timezone.now())

    text = signed_in.post(reverse("webhook_rotate", args=[endpoint.pk])).content.decode()

    endpoint.refresh_from_db()
    assert endpoint.secret in text
    assert endpoint.secret != old
    assert "Khóa cũ còn ký song song đến" in text
    assert "khóa cũ còn ký song song" in signed_in.get(reverse("webhook", args=[endpoint.pk])).content.decode()


def test_it_is_switched_off_and_on_and_a_closed_button_says_why(signed_in, receiver, add):
    endpoint, _ = add(receiver, at=timezone.now())
    page = reverse("webhook", args=[endpoint.pk])

    off = signed_in.post(reverse("webhook_switch_off", args=[endpoint.pk]), follow=True).content.decode()
    assert "hãy bật lại rồi gửi thử" in off
    twice = signed_in.post(reverse("webhook_switch_off", args=[endpoint.pk]), follow=True).content.decode()
    assert "đã tắt từ trước" in twice
    test = signed_in.post(reverse("webhook_test", args=[endpoint.pk]), follow=True).content.decode()
    assert "đang tắt; hãy bật lại rồi gửi thử" in test
    signed_in.post(reverse("webhook_switch_on", args=[endpoint.pk]))

    assert "Bật lại" not in signed_in.get(page).content.decode()
    assert receiver.arrived == []


def test_a_dead_event_is_sent_again_from_its_page(signed_in, receiver, add, organiser):
    endpoint, _ = add(receiver, at=timezone.now())
    receiver.script = [(500, {}, b"loi")]
    signed_in.post(reverse("webhook_test", args=[endpoint.pk]))
    WebhookDelivery.objects.update(status=Status.DEAD, attempts=rules.WEBHOOK_ATTEMPTS)
    event = WebhookDelivery.objects.get()
    stopped = signed_in.get(reverse("webhook", args=[endpoint.pk]), {"phan": "da-ngung"})
    assert [row["delivery"] for row in stopped.context["rows"]] == [event]

    signed_in.post(reverse("webhook_send_again", args=[event.pk]))
    delivering.deliver_due(at=timezone.now() + timedelta(seconds=1))

    text = signed_in.get(reverse("webhook_delivery", args=[event.pk])).content.decode()
    assert f"Yêu cầu gửi lại ({organiser})" in text
    assert len(set(receiver.ids)) == 1
    assert WebhookDelivery.objects.get().status == Status.SENT


def test_an_event_that_waits_is_not_sent_again_and_its_page_says_why(signed_in, receiver, add, organiser):
    endpoint, _ = add(receiver, at=timezone.now())
    event = endpoints.write_test(endpoint=endpoint, by=organiser, at=timezone.now())
    sentence = "Sự kiện này đang chờ gửi"

    page = signed_in.get(reverse("webhook_delivery", args=[event.pk])).content.decode()
    answer = signed_in.post(reverse("webhook_send_again", args=[event.pk]), follow=True).content.decode()

    assert sentence in page
    assert answer.count(sentence) == 2  # the refusal, and the closed button
    assert not event.attempt_log.exists()


def test_an_organiser_of_another_unit_sees_and_does_nothing(client, receiver, add):
    endpoint, _ = add(receiver, at=timezone.now())
    elsewhere = UnitFactory()
    other = OfficialFactory(may=[(Role.ORGANISER, elsewhere)], unit=elsewhere)
    event = endpoints.write_test(endpoint=endpoint, by=endpoint.created_by, at=timezone.now())
    client.force_login(other)

    assert list(client.get(reverse("webhooks")).context["rows"]) == []
    for name, key in (("webhook", endpoint.pk), ("webhook_delivery", event.pk)):
        assert client.get(reverse(name, args=[key])).status_code == 404
    for name in ("webhook_test", "webhook_rotate", "webhook_switch_off", "webhook_switch_on"):
        assert client.post(reverse(name, args=[endpoint.pk])).status_code == 404
    assert client.post(reverse("webhook_send_again", args=[event.pk])).status_code == 404
    assert receiver.arrived == []


def test_one_and_three_rows_cost_the_same(signed_in, receiver, add, organiser, django_assert_num_queries):
    endpoint, _ = add(receiver, at=timezone.now())
    for number in (1, 3):
        while WebhookDelivery.objects.count() < number:
            endpoints.write_test(endpoint=endpoint, by=organiser, at=timezone.now())
            WebhookEndpoint.objects.create(
                scope=endpoint.scope,
                name=f"Hệ thống {WebhookDelivery.objects.count()}",
                url=f"https://he-thong.example.vn/{WebhookDelivery.objects.count()}",
                secret=endpoints.new_secret(),
                created_at=timezone.now(),
                created_by=organiser,
            )
        with clock.simulated(timezone.now()):  # the clock of PostgreSQL would be one more question
            with django_assert_num_queries(9):
                signed_in.get(reverse("webhooks"))
            with django_assert_num_queries(9):
                signed_in.get(reverse("webhook", args=[endpoint.pk]))
