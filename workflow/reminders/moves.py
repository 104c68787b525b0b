"""Telling people that deadlines were moved: one message per person and move, whatever the number of cases."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from assessments.models import DeadlineMove, Official
from assessments.rules.deadlines import in_words
from notifications.operations import Draft, cancel, enqueue_many
from notifications.queries.people import channels_for
from notifications.rendering import render, short_texts
from workflow.messages import DeadlineMoved, MovedWork
from workflow.models import WorkItem
from workflow.reminders.announcing import not_before, ref_of
from workflow.reminders.planning import people_holding

WORKS_IN_A_LETTER = 20
WORKS_AT_ONCE = 500


def people_of(works: Sequence[WorkItem]) -> dict[int, list[int]]:
    """Return ``{work id: ids of the people it is for}``: who claimed it, or everybody active who holds the role."""
    holders = people_holding({(work.role, work.role_unit_id) for work in works if not work.claimed_by_id})
    return {
        work.pk: [work.claimed_by_id] if work.claimed_by_id else holders.get((work.role, work.role_unit_id), [])
        for work in works
    }


def tell_moved(
    works: Sequence[WorkItem], *, move: DeadlineMove, was_due: Mapping[int, datetime | None], at: datetime
) -> int:
    """Call off what still waits to be sent about the old dates and tell the new ones; return how many are told.

    The works (with case, unit and ``role_unit`` loaded) hold the new dates; ``was_due`` has the old ones by id.
    """
    for first in range(0, len(works), WORKS_AT_ONCE):
        part = works[first : first + WORKS_AT_ONCE]
        cancel(refs=[ref_of(work.task_id) for work in part], at=at, reason="Hạn của việc đã chuyển.")
    of_person: dict[int, list[WorkItem]] = defaultdict(list)
    people_by_work = people_of(works)
    for work in works:
        for person_id in people_by_work[work.pk]:
            of_person[person_id].append(work)
    people = list(Official.objects.filter(pk__in=of_person).exclude(email="").order_by("pk"))
    channels = channels_for(people, [DeadlineMoved.kind]) if people else {}
    drafts = [
        draft
        for person in people
        for draft in _drafts(
            person,
            channels=channels[person.pk][DeadlineMoved.kind],
            works=of_person[person.pk],
            move=move,
            was_due=was_due,
            at=at,
        )
    ]
    enqueue_many(drafts, at=at)
    return len({draft.recipient.pk for draft in drafts})


def _drafts(
    person: Official,
    *,
    channels: Iterable[str],
    works: list[WorkItem],
    move: DeadlineMove,
    was_due: Mapping[int, datetime | None],
    at: datetime,
) -> list[Draft]:
    shown = tuple(
        MovedWork(
            title=work.title,
            assessed_unit=work.assessment.unit.name,
            was_due=_words(was_due.get(work.pk)),
            due=_words(work.due_at),
        )
        for work in works[:WORKS_IN_A_LETTER]
    )
    letter = DeadlineMoved(
        recipient_name=person.display_name,
        unit_name=works[0].role_unit.name,
        period_name=works[0].assessment.period.name,
        link=settings.SITE_URL + (reverse("work", args=[works[0].pk]) if len(works) == 1 else reverse("inbox")),
        decision_number=move.decision_number,
        decision_date=f"{move.decision_date:%d/%m/%Y}" if move.decision_date else "",
        works=shown,
        others=len(works) - len(shown),
    )
    rendered = render(letter.kind, letter)
    return [
        Draft(
            recipient=person,
            channel=channel,
            kind=letter.kind,
            dedupe_key=f"move:{move.pk}:{person.pk}:{channel}",
            subject=rendered.subject,
            body_text=rendered.text,
            body_html=rendered.html,
            not_before=not_before(at),
            **short_texts(channel, letter.kind, letter),
        )
        for channel in channels
    ]


def _words(due_at: datetime | None) -> str:
    return in_words(due_at) if due_at else ""
