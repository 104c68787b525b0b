"""The fake Zalo itself: what the real one does, so that the tests above mean something."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request

import pytest

from notifications.fake_zalo.__main__ import templates
from notifications.fake_zalo.account import Account, Error
from notifications.fake_zalo.server import running
from tests.notifications.factories import NOON
from tests.notifications.zalo.conftest import PHONE, TEMPLATE
from workflow.messages import MESSAGES


def ask(server, path, body=None, **headers):
    """Return status and JSON of one call."""
    request = urllib.request.Request(server.address + path, data=None if body is None else json.dumps(body).encode())
    for name, value in headers.items():
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.loads(refusal.read())


def look(server, path, **typed):
    """Return the page of a telephone, after typing something when asked to."""
    sent = urllib.parse.urlencode(typed).encode() if typed else None
    with urllib.request.urlopen(server.address + path, data=sent) as answer:
        return answer.read().decode()


@pytest.fixture
def server(account):
    with running(account) as found:
        account.access["good"] = account.clock() + 100
        yield found


def template(**more):
    data = {"recipient_name": "Hòa", "title": "Việc", "due": "hôm nay"}
    return {"phone": PHONE, "template_id": TEMPLATE, "template_data": data, "tracking_id": "1-a", **more}


def test_a_bearer_token_is_not_understood_and_errors_come_with_http_200(server):
    assert ask(server, "/message/quota", Authorization="Bearer good") == (
        200,
        {"error": -216, "message": "Access token is invalid"},
    )
    assert ask(server, "/message/quota", access_token="good")[1]["error"] == 0


def test_a_refusal_of_tokens_comes_with_http_200_and_without_tokens(server, account):
    request = urllib.request.Request(
        server.address + "/v4/oa/access_token",
        data=b"grant_type=refresh_token&refresh_token=spent&app_id=" + account.app_id.encode(),
        headers={"secret_key": account.app_secret},
    )
    with urllib.request.urlopen(request) as answer:
        found = json.loads(answer.read())

    assert answer.status == 200
    assert set(found) == {"error_name", "error_reason", "error_description"}


def test_a_refresh_token_can_be_used_once_and_expires_in_is_a_text(account):
    form = {"app_id": account.app_id, "grant_type": "authorization_code", "code": account.new_code()}
    pair = account.token_for(secret_key=account.app_secret, form=form | {"code_verifier": account.code_verifier})
    again = {"app_id": account.app_id, "grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}

    first = account.token_for(secret_key=account.app_secret, form=again)
    second = account.token_for(secret_key=account.app_secret, form=again)

    assert first["expires_in"] == "90000"
    assert first["refresh_token"] != pair["refresh_token"]
    assert "access_token" not in second


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"phone": "0912345678"}, -108),
        ({"template_id": "9"}, -112),
        ({"tracking_id": "x" * 49}, -1124),
        ({"template_data": {"title": "a"}}, -1121),
        ({"template_data": {"recipient_name": "x" * 31, "title": "a"}}, -1122),
        ({"phone": "84999999999"}, -118),
    ],
)
def test_each_fault_of_a_template_message_has_its_code(server, account, sent, code):
    account.person_with(PHONE)

    status, answer = ask(server, "/message/template", template(**sent), access_token="good")

    assert (status, answer["error"], "data" in answer) == (200, code, False)


def test_at_night_a_template_without_the_flag_is_refused(server, account):
    account.person_with(PHONE)
    account.now = NOON.replace(hour=15)  # 22:00

    assert ask(server, "/message/template", template(), access_token="good")[1]["error"] in (-133, -220)
    account.access["good"] = account.clock() + 100
    assert ask(server, "/message/template", template(), access_token="good")[1]["error"] == -133
    account.templates[TEMPLATE].at_night = True
    assert ask(server, "/message/template", template(), access_token="good")[1]["error"] == 0


def test_the_quota_of_the_day_runs_out(server, account):
    account.person_with(PHONE)
    account.daily_quota = 1

    first = ask(server, "/message/template", template(), access_token="good")[1]
    second = ask(server, "/message/template", template(), access_token="good")[1]

    assert first["data"]["quota"] == {"dailyQuota": "1", "remainingQuota": "0"}
    assert second["error"] == -144


def test_what_ended_in_march_2026_is_gone(server):
    assert ask(server, "/v3.0/oa/message/transaction", {}, access_token="good")[0] == 404


def test_a_minute_takes_four_thousand_calls(account):
    account.access["good"] = account.clock() + 100
    for _ in range(4000):
        account.check_access("good")

    with pytest.raises(Error) as refusal:
        account.check_access("good")

    assert refusal.value.code == -32


def test_a_wrong_bot_token_is_unauthorized(server):
    assert ask(server, "/botwrong/sendMessage", {"chat_id": "1", "text": "x"})[0] == 401


def test_people_and_tokens_outlive_a_restart(tmp_path):
    state = tmp_path / "state.json"
    before = Account(state_file=state)
    before.wrote(before.person_with(PHONE, "Hòa"), "xin chào")
    code = before.new_code()

    after = Account(state_file=state)

    assert [letter.text for letter in after.person_with(PHONE).letters] == ["xin chào"]
    assert code in after.codes
    assert state.stat().st_mode & 0o077 == 0


def test_a_telephone_shows_messages_once_seen_and_escapes_what_stands_in_them(server, account):
    someone = account.person_with(PHONE, "Hòa <b>")
    someone.follows = True
    someone.wrote_at = account.clock()
    text = "<script>x</script> https://a.vn/?a=1&b=2"
    account.consult({"recipient": {"user_id": someone.user_id}, "message": {"text": text}})

    page = look(server, f"/may/{someone.user_id}/")

    assert "<script>" not in page
    assert '<a href="https://a.vn/?a=1&amp;b=2">' in page
    assert someone.letters[0].seen


def test_on_a_telephone_one_writes_to_the_account_and_to_the_bot(server, account):
    page = look(server, "/may/", so="0912 345 678", ten="Hòa")
    assert "Điện thoại của Hòa, 84912345678" in page
    (someone,) = account.people.values()

    look(server, f"/may/{someone.user_id}/", chu="ABCD-2345")
    bot = look(server, f"/may/{someone.user_id}/bot/", chu="xin chào")

    assert [(letter.text, letter.way, letter.mine) for letter in someone.letters] == [
        ("ABCD-2345", "consultation", True),
        ("xin chào", "bot", True),
    ]
    assert "ABCD-2345" not in bot
    assert (someone.follows, someone.talks_to_bot) == (True, True)


def test_the_demonstration_has_a_template_for_every_kind_of_message_with_fields_that_it_has():
    from dataclasses import fields

    approved = templates()
    by_kind = {message.kind: {field.name for field in fields(message)} for message in MESSAGES}

    assert set(approved) == set(by_kind)
    for kind, found in approved.items():
        names = [str(parameter["name"]) for parameter in found.parameters]
        assert set(names) <= by_kind[kind], kind
        assert len(names) <= 10
        assert set(re.findall(r"\{(\w+)\}", found.text)) <= set(names)
