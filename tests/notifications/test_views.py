from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from notifications import kinds, operations
from notifications.enums import Status
from notifications.models import Message
from tests.notifications.factories import NOON, message, official

pytestmark = pytest.mark.django_db


def subjects(response):
    return [letter.subject for letter in response.context["page"]]


def test_a_message_is_visible_to_its_recipient_alone():
    hoa, nam = official(), official()
    message(recipient=hoa, subject="Của Hòa")
    message(recipient=nam, subject="Của Nam")

    assert [letter.subject for letter in Message.objects.visible_to(hoa)] == ["Của Hòa"]
    assert list(Message.objects.visible_to(AnonymousUser())) == []


def test_who_is_not_signed_in_is_asked_to(client):
    stored = message()

    for address in ("/outbox/", f"/outbox/{stored.pk}/", f"/outbox/{stored.pk}/letter/"):
        response = client.get(address)
        assert (response.status_code, response.url) == (302, f"/dang-nhap/?next={address}")


def test_an_official_reads_own_messages_only(client):
    hoa, nam = official(), official()
    mine = message(recipient=hoa, subject="Của Hòa")
    other = message(recipient=nam, subject="Của Nam")
    client.force_login(hoa)

    assert subjects(client.get("/outbox/")) == ["Của Hòa"]
    assert client.get(f"/outbox/{mine.pk}/").status_code == 200
    assert client.get(f"/outbox/{mine.pk}/letter/").status_code == 200
    assert client.get(f"/outbox/{other.pk}/").status_code == 404
    assert client.get(f"/outbox/{other.pk}/letter/").status_code == 404


def test_in_the_demo_everybody_reads_everything(client, settings):
    settings.DEMO = True
    stored = message(subject="Của Hòa")
    message(subject="Của Nam", at=NOON + timedelta(minutes=1))

    assert subjects(client.get("/outbox/")) == ["Của Nam", "Của Hòa"]
    assert client.get(f"/outbox/{stored.pk}/").status_code == 200
    assert client.get(f"/outbox/{stored.pk}/letter/").status_code == 200


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=han+tu+cham", ["Hạn tự chấm điểm"]),
        ("q=ĐẶNG", ["Hạn tự chấm điểm"]),
        ("q=dang+mo", []),
        ("kind=due", ["Hạn tự chấm điểm"]),
        ("status=failed", ["Mở bước thẩm định"]),
        ("kind=due&status=failed", []),
        ("kind=no-such-kind", ["Mở bước thẩm định", "Hạn tự chấm điểm"]),
        ("page=khong-phai-so", ["Mở bước thẩm định", "Hạn tự chấm điểm"]),
    ],
)
def test_messages_are_found_by_words_kind_and_state(client, settings, query, found):
    settings.DEMO = True
    message(recipient=official(display_name="Đặng Hoà"), subject="Hạn tự chấm điểm", kind="due")
    message(recipient=official(email=""), subject="Mở bước thẩm định", kind="opened", at=NOON + timedelta(days=1))

    assert subjects(client.get(f"/outbox/?{query}")) == found


def test_fifty_messages_make_a_page_and_the_filter_stays(client, settings):
    settings.DEMO = True
    hoa = official()
    operations.enqueue_many(
        [
            operations.Draft(
                recipient=hoa, channel="email", kind="due", dedupe_key=f"due:{number}", subject="Nhắc", body_text="…"
            )
            for number in range(51)
        ],
        at=NOON,
    )

    first = client.get("/outbox/?kind=due")
    second = client.get("/outbox/?kind=due&page=2")

    assert (len(subjects(first)), len(subjects(second))) == (50, 1)
    assert 'href="?kind=due&amp;page=2"' in first.content.decode()


@pytest.mark.parametrize("size", [1, 3])
def test_the_list_costs_seven_queries(client, size, django_assert_num_queries):
    hoa = official()
    for _ in range(size):
        message(recipient=hoa)
    client.force_login(hoa)

    with django_assert_num_queries(7):  # session, person, roles, open work, kinds, count, messages
        client.get("/outbox/")


@pytest.mark.parametrize("size", [1, 3])
def test_a_message_costs_six_queries(client, size, django_assert_num_queries):
    hoa = official()
    stored = message(recipient=hoa)
    for number in range(size):
        stored.attempt_log.create(at=NOON + timedelta(minutes=number), outcome="temporary", answer="451")
    client.force_login(hoa)

    with django_assert_num_queries(6):  # session, person, roles, open work, message, attempts
        client.get(f"/outbox/{stored.pk}/")


def test_a_page_says_where_its_message_stands(client, settings):
    settings.DEMO = True
    stored = message(recipient=official(email=""), body_text="Mở https://cchc.example/viec/5/ <b>")

    page = client.get(f"/outbox/{stored.pk}/").content.decode()

    assert Status.FAILED.label in page
    assert "Người nhận chưa có địa chỉ ở kênh này" in page
    assert 'href="https://cchc.example/viec/5/"' in page
    assert "&lt;b&gt;" in page
    assert "<iframe sandbox " in page


def test_the_html_of_a_letter_is_shown_where_nothing_of_it_can_run(client, settings):
    settings.DEMO = True
    stored = message(body_html="<script>alert(1)</script>")

    response = client.get(f"/outbox/{stored.pk}/letter/")

    assert response.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; form-action 'none'; sandbox"
    )
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_a_letter_without_html_has_no_frame(client, settings):
    settings.DEMO = True
    stored = message(body_html="")

    assert "<iframe" not in client.get(f"/outbox/{stored.pk}/").content.decode()
    assert client.get(f"/outbox/{stored.pk}/letter/").status_code == 404


@pytest.mark.parametrize("ending", ["", "{pk}/", "{pk}/letter/"])
def test_the_outbox_only_reads(client, settings, ending):
    settings.DEMO = True
    stored = message()

    assert client.post("/outbox/" + ending.format(pk=stored.pk)).status_code == 405


def test_a_kind_has_the_name_that_its_app_gave_it(monkeypatch):
    monkeypatch.setattr(kinds, "_kinds", {})
    kinds.register("step_opened", "Mở bước")

    assert (kinds.label_of("step_opened"), kinds.label_of("other")) == ("Mở bước", "other")
