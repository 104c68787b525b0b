"""From a step of the process to a telephone: a reminder by Zalo, and by mail alone for who has no Zalo."""

from datetime import timedelta

import pytest

from assessments import clock
from assessments.models import Official
from notifications.enums import Status
from notifications.fake_zalo.__main__ import settings_for, templates
from notifications.models import Message, ZaloConnection
from notifications.operations import deliver_due
from tests.notifications.zalo.conftest import PHONE
from tests.province import at, make_province
from workflow.operations.reminders import send_due_reminders

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("wake_ups")]

SOON = at("2023-12-26 07:30")  # three working days before the training ends


@pytest.fixture
def province(account, connection, settings):
    """A province where the officer of Sở Y tế has a mobile number, with the templates of the demonstration."""
    approved = templates()
    account.templates = {template.template_id: template for template in approved.values()}
    said = settings_for(account, "http://unused", approved)["PAR_ZALO_TEMPLATES"]
    settings.ZALO = settings.ZALO | {"templates": dict(pair.split("=") for pair in said.split(","))}
    account.now = SOON
    account.access = dict.fromkeys(account.access, account.clock() + 3600)
    ZaloConnection.objects.update(obtained_at=SOON, expires_at=SOON + timedelta(hours=25))
    found = make_province()
    Message.objects.all().update(status=Status.CANCELLED)  # what the opening told
    Official.objects.filter(username="can-bo-syt").update(phone="0912 345 678")
    return found


def test_the_reminder_of_a_step_is_on_the_telephone_and_in_the_mail_and_carries_no_score(account, province):
    someone = account.person_with(PHONE)
    with clock.simulated(SOON):
        send_due_reminders(at=SOON)

    deliver_due(at=SOON)

    sent = Message.objects.filter(recipient__username="can-bo-syt", kind="step_due")
    assert sorted(sent.values_list("channel", "status")) == [("email", Status.SENT), ("zalo", Status.SENT)]
    (letter,) = someone.letters
    assert letter.text.startswith("Kính gửi ông/bà Can Bo Syt.\nNhắc việc (còn 3 ngày làm việc): ")
    assert "Sở Y tế" in letter.text
    assert "http" in letter.text
    others = Message.objects.filter(kind="step_due").exclude(recipient__username="can-bo-syt")
    assert set(others.values_list("channel", flat=True)) == {"email"}


def test_when_zalo_refuses_the_mail_of_the_same_reminder_goes_once(account, province):
    with clock.simulated(SOON):
        send_due_reminders(at=SOON)

    deliver_due(at=SOON)
    deliver_due(at=SOON + timedelta(minutes=1))

    sent = Message.objects.filter(recipient__username="can-bo-syt", kind="step_due")
    assert sorted(sent.values_list("channel", "status")) == [("email", Status.SENT), ("zalo", Status.REPLACED)]
