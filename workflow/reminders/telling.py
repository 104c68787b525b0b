"""Which reminder of a piece of work is due, to whom; each rung goes out once per person and deadline."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from django.conf import settings
from django.urls import reverse

from assessments.models import Official
from assessments.rules.calendar import PROVINCE_TIME
from assessments.rules.deadlines import in_words
from notifications.operations import Draft, enqueue_many
from notifications.queries.people import channels_for
from notifications.rendering import render
from workflow.messages import DeadlineExtended, StepDue, StepLetter, StepOpened, StepOverdue
from workflow.models import WorkItem

EMAIL = "email"
OPENING, OVERDUE = "opening", "overdue"
DAYS_BEFORE = (1, 3, 7)  # calendar days before due_at
QUIET_FROM, QUIET_UNTIL = time(20), time(7)  # no message is sent at night, Asia/Ho_Chi_Minh


def rung_due(*, opens_at: datetime, due_at: datetime | None, moment: datetime) -> str:
    """Return the newest rung of the ladder that ``moment`` has reached: "", opening, d7, d3, d1 or overdue."""
    if moment < opens_at:
        return ""
    if due_at is None:
        return OPENING
    if moment >= due_at:
        return OVERDUE
    for days in DAYS_BEFORE:
        if due_at - moment <= timedelta(days=days):
            return f"d{days}"
    return OPENING


def not_before(moment: datetime) -> datetime | None:
    """Return the end of the night when ``moment`` lies in the quiet hours, otherwise None."""
    local = moment.astimezone(PROVINCE_TIME)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return None
    day = local.date() + timedelta(days=1) if local.time() >= QUIET_FROM else local.date()
    return datetime.combine(day, QUIET_UNTIL, PROVINCE_TIME)


def audience_of(work: WorkItem) -> Iterable[Official]:
    """Return the people a piece of work is for: who claimed it, or everybody who holds the role."""
    if work.claimed_by:
        return [work.claimed_by]
    return Official.objects.holding(work.role_as_enum, [work.role_unit_id]).exclude(email="")


def ref_of(task_id: int) -> str:
    """Return by what the messages about a task are found when it is done."""
    return f"task:{task_id}"


def announce_step(*, work: WorkItem, at: datetime) -> None:
    """Tell the people that a step has opened, in the same transaction; a later opening is left to the sweep."""
    rung = rung_due(opens_at=work.opens_at, due_at=work.due_at, moment=at)
    if rung:
        send_rung(work=work, rung=OPENING, at=at)
        work.last_rung = rung
        work.save(update_fields=["last_rung"])


def send_rung(*, work: WorkItem, rung: str, at: datetime) -> int:
    """Put the messages of one rung into the outbox; return how many people are told."""
    drafts = [_draft(work, rung, person, at) for person in _wanting(_kind_of(rung), audience_of(work))]
    enqueue_many(drafts, at=at)
    return len(drafts)


def tell_extension(*, work: WorkItem, decision_number: str, at: datetime) -> None:
    """Tell the people of an open piece of work about its new deadline."""
    drafts = [
        _to_draft(
            work,
            f"extended:{_version(work)}",
            person,
            DeadlineExtended(**_common(work, person), due=_due(work), decision_number=decision_number),
            at,
        )
        for person in _wanting(DeadlineExtended.kind, audience_of(work))
    ]
    enqueue_many(drafts, at=at)


def _kind_of(rung: str) -> str:
    """Return the kind of message that a rung sends."""
    return {OPENING: StepOpened.kind, OVERDUE: StepOverdue.kind}.get(rung, StepDue.kind)


def _wanting(kind: str, people: Iterable[Official]) -> list[Official]:
    """Keep the people who get messages of ``kind`` by e-mail: all, unless they may and did switch it off."""
    everybody = list(people)
    channels = channels_for(everybody, [kind]) if everybody else {}
    return [person for person in everybody if EMAIL in channels[person.pk][kind]]


def _draft(work: WorkItem, rung: str, person: Official, at: datetime) -> Draft:
    common = _common(work, person)
    letter: StepLetter
    if rung == OPENING:
        letter = StepOpened(**common, due=_due(work))
    elif rung == OVERDUE:
        letter = StepOverdue(**common, due=_due(work), closes=in_words(work.closes_at) if work.closes_at else "")
    else:
        letter = StepDue(**common, due=_due(work), days=int(rung[1:]))
    return _to_draft(work, f"{rung}:{_version(work)}", person, letter, at)


def _to_draft(work: WorkItem, occasion: str, person: Official, letter: StepLetter, at: datetime) -> Draft:
    rendered = render(letter.kind, letter)
    return Draft(
        recipient=person,
        channel=EMAIL,
        kind=letter.kind,
        dedupe_key=f"work:{work.pk}:{person.pk}:{occasion}",
        subject=rendered.subject,
        body_text=rendered.text,
        body_html=rendered.html,
        not_before=not_before(at),
        ref=ref_of(work.task_id),
    )


def _common(work: WorkItem, person: Official) -> dict[str, str]:
    return {
        "recipient_name": person.display_name,
        "unit_name": work.role_unit.name,
        "period_name": work.assessment.period.name,
        "link": settings.SITE_URL + reverse("work", args=[work.pk]),
        "title": work.title,
        "assessed_unit": work.assessment.unit.name,
    }


def _due(work: WorkItem) -> str:
    return in_words(work.due_at) if work.due_at else ""


def _version(work: WorkItem) -> str:
    return f"{work.due_at:%Y%m%d%H%M}" if work.due_at else "open"
