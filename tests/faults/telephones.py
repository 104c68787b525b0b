"""Five workers send by Zalo while it answers 429 and while the access token runs out under them.

The fake Zalo listens on a socket and does to each call what the script of the round says at its turn. Zalo's answers
are definite, so a telephone must show every message exactly once.
"""

import random
from collections import Counter
from datetime import timedelta

from django.conf import settings

from assessments.enums import UnitKind
from assessments.operations.officials import create_official
from assessments.operations.units import write_unit
from notifications.enums import Outcome, Status
from notifications.fake_zalo.account import Account, Template
from notifications.fake_zalo.server import FakeZalo, running
from notifications.models import ONLY_ROW, Attempt, Message, ZaloConnection
from notifications.operations import Draft, deliver_due, enqueue_many, unattended
from tests.bench.database import copy_of, prepared
from tests.bench.delivery import NOON
from tests.faults.findings import Findings, fault
from tests.faults.letters import all_sent, ended_well, start

WORKERS = 5
MESSAGES = 50 * WORKERS  # a worker claims fifty at once
TEMPLATE = "340001"
PARAMETERS = [{"name": "title", "require": True, "type": "STRING", "maxLength": 100, "minLength": 1}]
MOST_429 = 3  # after five tries by Zalo a message goes by e-mail, which is no fault


@fault("zalo", "Zalo answers 429 and lets the access token run out while five workers send")
def zalo(findings: Findings, rounds: int, chance: random.Random) -> None:
    """One refresh for all workers, and one message on each telephone."""
    account = _account()
    with running(account) as server:
        _point_at(server)
        with prepared("telephones") as name:
            _fill()
            for _ in range(rounds):
                findings.rounds += 1
                with copy_of(name):
                    _round(findings, account, chance)


def _round(findings: Findings, account: Account, chance: random.Random) -> None:
    with account.lock:
        account.people.clear()
        account.sent_today.clear()
        account.requests.clear()
        account.refreshes = 0
    _connect(account)
    script: list = [lambda: None] * chance.randrange(MESSAGES // 2, MESSAGES)
    for _ in range(chance.randint(1, MOST_429)):
        script.insert(chance.randrange(len(script)), 429)
    script.insert(chance.randrange(len(script)), account.expire_access)
    account.faults.extend(script)
    for worker in [start(_deliver) for _ in range(WORKERS)]:
        findings.expect(ended_well(worker), "a worker failed")
    findings.count("messages that one wake-up left to the next", Message.objects.exclude(status=Status.SENT).count())
    wake_ups = iter(range(10, 400, 10))  # minutes; Zalo rests at night
    findings.recover(all_sent, by=lambda: _deliver(next(wake_ups, 400)))

    shown = Counter(person.phone for person in account.people.values() for _ in person.letters)
    findings.expect(len(shown) == MESSAGES and set(shown.values()) == {1}, f"telephones show {Counter(shown.values())}")
    findings.expect(Message.objects.count() == MESSAGES, "a message went by e-mail too")
    recorded = Counter(Attempt.objects.filter(outcome=Outcome.SENT).values_list("message", flat=True))
    findings.expect(len(recorded) == MESSAGES and set(recorded.values()) == {1}, "what is recorded is not one each")
    findings.expect(account.refreshes == 1, f"the token was refreshed {account.refreshes} times")
    findings.expect(not account.faults, "a fault of the script was never met")
    connection = ZaloConnection.objects.get()
    findings.expect(connection.is_connected and connection.refresh_token in account.refresh, "the new pair is not kept")


def _deliver(minutes: int = 0) -> None:
    with unattended():
        deliver_due(at=NOON + timedelta(minutes=minutes), limit=10_000)


def _account() -> Account:
    template = Template(TEMPLATE, "Việc mới", PARAMETERS, text="Việc mới: {title}.")
    account = Account(everybody_has_zalo=True, clock=NOON.timestamp, daily_quota=10 * MESSAGES)
    account.templates[TEMPLATE] = template
    return account


def _point_at(server: FakeZalo) -> None:
    account = server.account
    settings.ZALO = settings.ZALO | {
        **dict.fromkeys(("oauth_url", "oa_url", "template_url", "bot_url"), server.address),
        "app_id": account.app_id,
        "app_secret": account.app_secret,
        "code_verifier": account.code_verifier,
        "oa_id": account.oa_id,
        "templates": {"step_opened": TEMPLATE},
    }


def _connect(account: Account) -> None:
    form = {"app_id": account.app_id, "grant_type": "authorization_code", "code": account.new_code()}
    pair = account.token_for(secret_key=account.app_secret, form=form | {"code_verifier": account.code_verifier})
    ZaloConnection.objects.create(
        pk=ONLY_ROW,
        access_token=pair["access_token"],
        refresh_token=pair["refresh_token"],
        obtained_at=NOON,
        expires_at=NOON + timedelta(hours=25),
        connected_at=NOON,
    )


def _fill() -> None:
    """Put one message for each of many people into the outbox."""
    root = write_unit(code="30", name="Tỉnh Hải Dương", kind=UnitKind.PROVINCE, parent=None)
    people = [
        create_official(
            username=f"can-bo-{number}",
            display_name=f"Cán bộ {number}",
            unit=root,
            by=None,
            at=NOON,
            phone=f"0912{number:06d}",
        )
        for number in range(MESSAGES)
    ]
    with unattended():
        enqueue_many(
            (
                Draft(
                    recipient=person,
                    channel="zalo",
                    kind="step_opened",
                    dedupe_key=f"fault:{person.pk}",
                    subject="Việc mới",
                    body_text="Ông/bà có việc mới.",
                    short_text="Ông/bà có việc mới.",
                    fields={"title": "Tự chấm điểm"},
                )
                for person in people
            ),
            at=NOON,
        )
