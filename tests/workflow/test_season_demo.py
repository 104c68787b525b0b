"""The demonstration: who is offered at the sign-in, and when the seeding refuses or does nothing."""

import io

import pytest
from django.core.management import CommandError, call_command

from assessments.models import AssessmentPeriod
from tests.province import make_province
from workflow.season.accounts import demo_accounts

pytestmark = pytest.mark.django_db


def test_no_account_is_offered_before_the_demonstration_is_played():
    assert demo_accounts() == []


def test_only_accounts_that_exist_are_offered_with_what_to_try():
    make_province()

    assert [(account["username"], account["unit"], account["role"]) for account in demo_accounts()] == [
        ("tham-dinh-stp", "Sở Tư pháp", "Người thẩm định")
    ]


def test_the_seeding_refuses_outside_the_demonstration(settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="bản dùng thử"):
        call_command("seed_demo")


def test_a_database_with_data_is_left_as_it_is(settings, tmp_path):
    settings.DEMO, settings.VAR_DIR = True, tmp_path
    make_province()

    call_command("seed_demo", "--if-empty", stdout=io.StringIO(), stderr=io.StringIO())

    assert AssessmentPeriod.objects.count() == 1
    with pytest.raises(CommandError, match="đã có dữ liệu"):
        call_command("seed_demo")
