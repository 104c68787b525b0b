"""A fake Zalo on a socket of this machine, with the site's settings pointing at it."""

from datetime import timedelta

import pytest

from notifications.fake_zalo.account import Account, Template
from notifications.fake_zalo.server import running
from notifications.models import ONLY_ROW, ZaloConnection
from tests.notifications.factories import NOON

TEMPLATE = "340001"
PARAMETERS = [
    {"name": "recipient_name", "require": True, "type": "STRING", "maxLength": 30, "minLength": 1},
    {"name": "title", "require": True, "type": "STRING", "maxLength": 100, "minLength": 1},
    {"name": "due", "require": False, "type": "STRING", "maxLength": 30, "minLength": 0},
]
FIELDS = {"recipient_name": "Nguyễn Thị Hòa", "title": "Tự chấm điểm", "due": "24:00 ngày 09/01/2024", "link": "x"}
PHONE = "84912345678"


@pytest.fixture
def account():
    """What the fake Zalo knows, at noon of the tests' day; ``account.now`` is moved by a test."""
    found = Account()
    found.now = NOON
    found.clock = lambda: found.now.timestamp()  # noqa: PLW0108 - a test moves ``now``
    found.templates[TEMPLATE] = Template(
        TEMPLATE, "Việc mới", PARAMETERS, text="Chào {recipient_name}: {title}. Hạn {due}."
    )
    return found


@pytest.fixture
def zalo(account, settings):
    """A running fake Zalo that the settings point at; nothing is connected yet."""
    with running(account, waits=(0.05, 0.05)) as server:
        settings.ZALO = settings.ZALO | {
            "oauth_url": server.address,
            "oa_url": server.address,
            "template_url": server.address,
            "bot_url": server.address,
            "app_id": account.app_id,
            "app_secret": account.app_secret,
            "code_verifier": account.code_verifier,
            "oa_id": account.oa_id,
            "oa_secret": account.oa_secret,
            "bot_token": account.bot_token,
            "bot_secret": account.bot_secret,
            "templates": {"step_opened": TEMPLATE},
        }
        yield server


@pytest.fixture
def connection(account, zalo, db):
    """The connection with a pair of tokens got at noon."""
    form = {"app_id": account.app_id, "grant_type": "authorization_code", "code": account.new_code()}
    form["code_verifier"] = account.code_verifier
    pair = account.token_for(secret_key=account.app_secret, form=form)
    return ZaloConnection.objects.create(
        pk=ONLY_ROW,
        access_token=pair["access_token"],
        refresh_token=pair["refresh_token"],
        obtained_at=NOON,
        expires_at=NOON + timedelta(hours=25),
        connected_at=NOON,
    )
