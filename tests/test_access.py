"""Every address of the site, walked as everybody: what may be seen is exactly what is declared here.

``own`` roles belong to the round of the case, ``other`` roles (h-…) to another district's round; SYT is an officer of
another unit in the same round, STP an appraiser of another body. A new address without a line here fails the test.
"""

import itertools
from collections.abc import Iterator

import pytest
from django.core.files.base import ContentFile
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from assessments.models import AuditEvent, Official, ScoreChange
from evidence.models import EvidenceFile
from notifications.models import AddressState, ChannelPreference, Message, WebhookDelivery, WebhookEndpoint
from notifications.tokens import Choice, unsubscribe_token
from tests.world import PAPER, World, make_world
from workflow.models import CalendarFeed, Snooze, WorkItem

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.once]

UNIT = {"officer", "head"}
BODY = {"appraiser"}
SECRETARY = {"secretary"}
ORGANISER = {"organiser"}
ADMINISTRATOR = {"administrator"}
COUNCIL = {"secretary", "council", "organiser"}
OWN = {"officer", "head", "appraiser", "secretary", "council", "organiser", "supervisor", "administrator"}
OTHER = {f"h-{role}" for role in OWN}
SIGNED_IN = OWN | OTHER | {"SYT", "STP"}
EVERYBODY = SIGNED_IN | {"anonymous"}
ORGANISERS = {"organiser", "h-organiser"}
ADMINISTRATORS = {"administrator", "h-administrator"}
OVERSEERS = ORGANISERS | ADMINISTRATORS
READERS_OF_PROGRESS = {f"{tree}{role}" for tree in ("", "h-") for role in [*COUNCIL, "supervisor"]}

# Who gets the page. A set in brackets after "POST" is who may send to an address that has no page.
PAGES: dict[str, set[str]] = {
    "sign_in": {"anonymous"},  # the others are already in and are led on
    "about": EVERYBODY,
    "source": EVERYBODY,
    "components": SIGNED_IN,
    "home": set(),  # only leads on
    "evidence:item": UNIT | BODY | COUNCIL,
    "evidence:download": UNIT | BODY | COUNCIL,
    "evidence:view": UNIT | BODY | COUNCIL,
    "evidence:withdraw": UNIT,
    "outbox": SIGNED_IN,
    "outbox_message": {"officer"},
    "outbox_letter": {"officer"},
    "calendar": SIGNED_IN,
    "calendar_add": ORGANISER,  # of the province: a district reads
    "calendar_import": ORGANISER,
    "calendar_day": ORGANISER,
    "calendar_day_withdraw": ORGANISER,
    "notification_preferences": SIGNED_IN,
    "own_zalo": SIGNED_IN,
    "zalo_status": OVERSEERS,
    "zalo_connect": ADMINISTRATOR,  # of the whole province: a district's has its own officials, not its own Zalo
    "webhooks": OVERSEERS,
    "webhook_add": OVERSEERS,
    "webhook": ORGANISER | ADMINISTRATOR,
    "webhook_delivery": ORGANISER | ADMINISTRATOR,
    "unsubscribe": EVERYBODY,
    "undelivered": OVERSEERS,
    "undelivered_message": ORGANISER | ADMINISTRATOR,
    "failing_addresses": OVERSEERS,
    "criteria_sets": ORGANISERS,
    "criteria_import": ORGANISERS,
    "criteria_set": ORGANISERS,
    "criteria_set_copy": ORGANISERS,
    "criteria_set_describe": ORGANISER,
    "results": EVERYBODY,
    "result_period": EVERYBODY,
    "result_period_json": EVERYBODY,
    "result_period_csv": EVERYBODY,
    "result_unit": EVERYBODY,
    "result_unit_json": EVERYBODY,
    "result_unit_csv": EVERYBODY,
    "accounts": ADMINISTRATORS,
    "account_create": ADMINISTRATORS,
    "own_account": SIGNED_IN,
    "own_password": SIGNED_IN,
    "account": ADMINISTRATOR | {"officer"},
    "account_describe": ADMINISTRATOR,
    "account_deactivate": ADMINISTRATOR,
    "periods": SIGNED_IN,
    "period_create": ORGANISERS,
    "period": COUNCIL | {"supervisor"},
    "period_describe": ORGANISER,
    "period_units": ORGANISER,
    "period_criteria": ORGANISER,
    "period_timetable": ORGANISER,
    "period_timetable_copy": ORGANISER,
    "period_bodies": ORGANISER,
    "period_reminders": ORGANISER,
    "period_rehearsal": ORGANISER,
    "period_open": ORGANISER,
    "period_survey": SECRETARY | ORGANISER,
    "period_publish": COUNCIL,
    "period_moves": ORGANISER,
    "move": UNIT | BODY | COUNCIL | {"supervisor", "STP"},
    "evidence:decision": UNIT | BODY | COUNCIL | {"supervisor", "STP"},
    "case_reopen": ORGANISER,
    "inbox": SIGNED_IN,
    "own_calendar": SIGNED_IN,
    "calendar_file": EVERYBODY,  # by its secret, which a calendar program has and nobody else
    "work": set(),  # only leads on
    "work_snooze": BODY,
    "cases": SIGNED_IN,
    "case": UNIT | BODY | COUNCIL | {"supervisor", "STP"},
    "case_contacts": UNIT | BODY | COUNCIL | {"supervisor", "STP"},
    "case_training": UNIT,
    "case_sheet": UNIT | COUNCIL,
    "case_row": UNIT | COUNCIL,
    "case_evidence": UNIT,
    "case_sign": UNIT,
    "case_withdraw": UNIT,
    "case_receipt": UNIT | COUNCIL,
    "case_appraise": BODY,
    "case_appraise_agree": BODY,
    "case_appraise_complete": BODY,
    "case_appraise_return": BODY,
    "case_appraise_item": BODY,
    "case_supplement": UNIT,
    "case_consolidate": SECRETARY,
    "case_announce": SECRETARY,
    "case_dispute": UNIT,
    "case_dispute_item": UNIT,
    "case_dispute_finish": UNIT,
    "case_answers": BODY,
    "case_answers_finish": BODY,
    "case_decide": SECRETARY,
    "case_decide_finish": SECRETARY,
    "case_correct": set(),  # the case of the walk is not reopened
    "case_correct_finish": set(),
    "case_correct_item": set(),
    "progress": READERS_OF_PROGRESS,
    "progress_export": READERS_OF_PROGRESS,
    "incidents": ORGANISERS,
}
POSTS: dict[str, set[str]] = {
    "demo_sign_in": EVERYBODY,
    "sign_out": EVERYBODY,
    "evidence:upload": UNIT,
    "calendar_import_confirm": ORGANISER,
    "criteria_import_confirm": ORGANISERS,
    "account_grant": ADMINISTRATOR,
    "account_withdraw_role": ADMINISTRATOR,
    "account_password": ADMINISTRATOR,
    "account_reactivate": ADMINISTRATOR,
    "period_match_bodies": ORGANISER,
    "period_reminder_withdraw": ORGANISER,
    "period_reminders_copy": ORGANISER,
    "period_move_confirm": ORGANISER,
    "period_move_workbook": ORGANISER,
    "period_rehearsal_workbook": ORGANISER,
    "move_refuse": ORGANISER,
    "period_survey_confirm": SECRETARY | ORGANISER,
    "own_calendar_address": SIGNED_IN,
    "own_calendar_revoke": SIGNED_IN,
    "work_claim": BODY,
    "work_release": BODY,
    "work_wake": BODY,
    "case_hand_in": UNIT,
    "case_row_save": UNIT,
    "case_explanation": UNIT,
    "case_appraise_zero": BODY,
    "case_dispute_withdraw": UNIT,
    "case_answer": BODY,
    "case_decide_one": SECRETARY,
    "incident_try_again": ORGANISER,
    "own_zalo_code": SIGNED_IN,
    "own_zalo_unlink": SIGNED_IN,
    "zalo_settle": ADMINISTRATOR,
    "zalo_webhook": set(),  # Zalo's server alone, by its signature
    "zalo_bot_webhook": set(),
    "webhook_test": ORGANISER | ADMINISTRATOR,
    "webhook_rotate": ORGANISER | ADMINISTRATOR,
    "webhook_switch_off": ORGANISER | ADMINISTRATOR,
    "webhook_switch_on": ORGANISER | ADMINISTRATOR,
    "webhook_send_again": ORGANISER | ADMINISTRATOR,
    "undelivered_send_again": OVERSEERS,
    "address_try_again": ADMINISTRATOR,
}


def addresses(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield every named address of the site."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry, namespace + (f"{entry.namespace}:" if entry.namespace else ""))
        else:
            yield f"{namespace}{entry.name}", entry


@pytest.fixture
def world() -> World:
    return make_world()


def walkers(world: World) -> dict[str, Official | None]:
    people: dict[str, Official | None] = {"anonymous": None, **world.own}
    people |= {f"h-{role}": person for role, person in world.other.items()}
    return people | {
        "SYT": world.province.people["officer-SYT"],
        "STP": world.province.people["appraiser-STP"],
    }


def address_of(world: World, name: str, pattern: URLPattern) -> str:
    """Return the address of the thing of this world that ``name`` is about."""
    case = world.province.case("SXD")
    things = {
        "score_id": world.score("1.1").pk,
        "score_pk": world.score("1.2").pk,
        "file_id": world.file.pk,
        "document_id": world.document.pk,
        "message_id": world.stopped.pk if name.startswith("undelivered") else world.message.pk,
        "state_id": world.failing.pk,
        "token": unsubscribe_token(Choice(world.own["officer"].pk, "email", "step_due")),
        "secret": world.secret,
        "endpoint_id": world.event.endpoint_id,
        "delivery_id": world.event.pk,
        "branch_pk": case.branches.get(body_name="Sở Nội vụ").pk,
        "dispute_pk": world.dispute.pk,
        "number": 1,
        "unit": "10813",
        "kind": "so",
        "code": world.published.code if name.startswith("result") else world.province.period.code,
    }
    keys = {
        "case": case.pk,
        "work": WorkItem.objects.open().get(assessment=case).pk,
        "incident": world.incident.pk,
        "account": world.own["officer"].pk,
        "criteria": world.province.criteria_set.pk,
        "calendar": world.day.pk,
        "move": world.move.pk,
    }
    subject = next((key for key in keys if name.startswith(key)), "case")
    needed = pattern.pattern.converters
    return reverse(name, kwargs={key: keys[subject] if key == "pk" else things[key] for key in needed})


def sign_in(client, person: Official | None) -> None:
    client.logout()
    if person is not None:
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")


def test_every_address_is_declared_once():
    found = [name for name, _ in addresses()]
    assert sorted(found) == sorted([*PAGES, *POSTS])


def test_a_page_is_seen_by_exactly_those_who_are_declared(client, world):
    seen: dict[str, set[str]] = {}
    odd = []
    for (name, pattern), (who, person) in itertools.product(addresses(), walkers(world).items()):
        if name in POSTS:
            continue
        sign_in(client, person)
        answer = client.get(address_of(world, name, pattern))
        if answer.status_code == 200:
            seen.setdefault(name, set()).add(who)
        elif answer.status_code not in (302, 403, 404):
            odd.append((name, who, answer.status_code))
        elif answer.status_code == 302 and who != "anonymous" and name not in ("sign_in", "home", "work"):
            odd.append((name, who, answer["Location"]))
    assert odd == []
    assert {name: seen.get(name, set()) for name in PAGES} == PAGES


def test_nobody_else_can_send_anything_and_nothing_changes(client, world):
    def everything() -> tuple[int, ...]:
        counted = (
            AuditEvent,
            ScoreChange,
            EvidenceFile,
            Message,
            WorkItem,
            Official,
            ChannelPreference,
            CalendarFeed,
            WebhookDelivery,
        )
        claimed = WorkItem.objects.exclude(claimed_by=None).count() + Snooze.objects.count()
        failing = AddressState.objects.failing().count() + WebhookEndpoint.objects.on().count()
        return (*(model.objects.count() for model in counted), claimed, failing, Message.objects.stopped().count())

    before = everything()
    let_in = []
    for (name, pattern), (who, person) in itertools.product(addresses(), walkers(world).items()):
        allowed = POSTS.get(name, PAGES.get(name, set()))
        if who in allowed or name in ("sign_in", "home", "work", "own_password", "own_account", "components"):
            continue
        sign_in(client, person)
        sent = {"reason": "thử xem sao", "confirmed": "on", "file": ContentFile(PAPER, name="x.pdf")}
        answer = client.post(address_of(world, name, pattern), sent, headers={"Accept": "application/json"})
        refused = answer.status_code in (401, 403, 404, 405, 422)
        to_sign_in = answer.status_code == 302 and answer["Location"].startswith("/dang-nhap/")
        if not (refused or to_sign_in):
            let_in.append((name, who, answer.status_code))
    assert let_in == [], let_in
    assert everything() == before


def test_each_declared_role_may_do_nothing_outside_its_own_tree():
    objects = {name for name, pattern in addresses() if pattern.pattern.converters and not name.startswith("result")}
    leaks = {name: (PAGES | POSTS)[name] & (OTHER | {"anonymous"}) for name in objects}
    assert {name: who for name, who in leaks.items() if who} == {
        "criteria_set": {"h-organiser"},  # sets are shared between organisers, to be copied
        "criteria_set_copy": {"h-organiser"},
        "calendar_file": OTHER | {"anonymous"},  # so does the secret of a calendar
        "unsubscribe": OTHER | {"anonymous"},  # the signed link of a letter is what lets in
    }
