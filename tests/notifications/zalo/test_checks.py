"""What the settings say about Zalo is judged when the site starts."""

import pytest

from notifications.checks import check_zalo
from notifications.operations.zalo import events
from notifications.zalo.signatures import NotGenuine
from tests.notifications.factories import NOON


def found(settings, **said):
    settings.ZALO = settings.ZALO | said
    return [message.id for message in check_zalo()]


@pytest.mark.parametrize(
    ("said", "ids"),
    [
        ({}, []),
        ({"signatures": ("oa_id+body+header_timestamp+oa_secret",)}, []),
        ({"signatures": ("app_id+body",)}, ["notifications.E001"]),
        ({"signatures": ("hmac+body+app_secret",)}, ["notifications.E001"]),
        ({"ways": ("bot", "fax")}, ["notifications.E002"]),
        ({"app_id": "1"}, ["notifications.E003"]),
        ({"bot_secret": "short"}, ["notifications.E004"]),
        ({"templates": {"step_opened": "1", "no_such_kind": "2"}}, ["notifications.W001"]),
    ],
)
def test_each_unusable_setting_is_named(settings, said, ids):
    assert found(settings, **said) == ids


@pytest.mark.django_db
def test_an_unusable_formula_lets_nothing_in(settings):
    settings.ZALO = settings.ZALO | {"signatures": ("app_id+body",), "app_secret": "x", "app_id": "y"}

    with pytest.raises(NotGenuine, match="khóa bí mật"):
        events.accept(body=b"{}", signature="mac=00", header_timestamp="", at=NOON)
