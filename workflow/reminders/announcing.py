"""Messages that go out with what they tell: a step has opened."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from assessments.models import Official
from assessments.rules.calendar import PROVINCE_TIME
from assessments.rules.deadlines import in_words
from notifications.operations import Draft, enqueue_many
from notifications.queries.people import channels_for
from notifications.rendering import render, short_texts
from workflow.messages import StepLetter, StepOpened
from workflow.models import WorkItem
from workflow.rules import QUIET_FROM, QUIET_UNTIL, is_quiet


def not_before(moment: datetime) -> datetime | None:
    """Return the end of the night when ``moment`` lies in the quiet hours, otherwise None."""
    if not is_quiet(moment):
        return None
    local = moment.astimezone(PROVINCE_TIME)
    day = local.date() + timedelta(days=1) if local.time() >= QUIET_FROM else local.date()
    return datetime.combine(day, QUIET_UNTIL, PROVINCE_TIME)


def assignees_of(work: WorkItem) -> Iterable[Official]:
    """Return the people a piece of work is for: who claimed it, or everybody who holds the role."""
    if work.claimed_by:
        return [work.claimed_by]
    return Official.objects.holding(work.role_as_enum, [work.role_unit_id]).exclude(email="")


def ref_of(task_id: int) -> str:
    """Return by what the messages about a task are found when it is done."""
    return f"task:{task_id}"


def announce_step(*, work: WorkItem, at: datetime) -> bool:
    """Tell the people that a step has opened, in the same transaction; a later opening is left to the sweep."""
    if at < work.opens_at:
        return False
    due = in_words(work.due_at) if work.due_at else ""
    _tell(work, StepOpened, "opening", at, due=due)
    work.announced_at = at
    work.save(update_fields=["announced_at"])
    return True


def _tell(work: WorkItem, message: type[StepLetter], occasion: str, at: datetime, **fields: str) -> None:
    """Put a message about ``work`` into the outbox for each of its people, by each channel that they read."""
    people = list(assignees_of(work))
    channels = channels_for(people, [message.kind]) if people else {}
    moment = f"{work.due_at:%Y%m%d%H%M}" if work.due_at else "open"
    drafts = []
    for person in people:
        letter = message(
            recipient_name=person.display_name,
            unit_name=work.role_unit.name,
            period_name=work.assessment.period.name,
            link=settings.SITE_URL + reverse("work", args=[work.pk]),
            title=work.title,
            assessed_unit=work.assessment.unit.name,
            **fields,
        )
        rendered = render(letter.kind, letter)
        drafts += [
            Draft(
                recipient=person,
                channel=channel,
                kind=letter.kind,
                dedupe_key=f"work:{work.pk}:{person.pk}:{occasion}:{moment}:{channel}",
                subject=rendered.subject,
                body_text=rendered.text,
                body_html=rendered.html,
                not_before=not_before(at),
                ref=ref_of(work.task_id),
                **short_texts(channel, letter.kind, letter),
            )
            for channel in channels[person.pk][message.kind]
        ]
    enqueue_many(drafts, at=at)
