"""Telling reminders: what is due becomes one message per person, day and channel.

The sweep may run many times at once and stop anywhere: a person is locked while their reminders are told, the work is
locked so that it is neither done nor moved meanwhile, and what is told is settled in the same transaction.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.urls import reverse

from assessments.enums import Role
from assessments.models import Official, UnitUserObjectPermission
from assessments.queries.calendar import working_calendar
from assessments.rules.calendar import PROVINCE_TIME, WorkingCalendar, last_valid_day, local_day, starts_day
from assessments.rules.deadlines import in_words
from notifications.enums import Status
from notifications.models import Message
from notifications.operations import Draft, enqueue_many
from notifications.queries.people import channels_for, digest_hours_of
from notifications.rendering import Rendered, render, short_texts
from workflow.enums import Audience, ReminderState
from workflow.messages import (
    DigestLine,
    LateDigest,
    ProcessLetter,
    StepDigest,
    StepDue,
    StepDueToday,
    StepEscalated,
    StepOverdue,
)
from workflow.models import PlannedReminder, ReminderLine, WorkItem
from workflow.reminders.planning import MOVED, audience_of, people_holding
from workflow.rules import is_quiet, standing_in_words

logger = logging.getLogger(__name__)

PEOPLE_AT_ONCE = 200
KINDS = [StepDue.kind, StepDueToday.kind, StepOverdue.kind, StepEscalated.kind]
DIGEST_KINDS = [*KINDS, StepDigest.kind, LateDigest.kind]
JUDGING = {Role.APPRAISER.value, Role.SECRETARY.value}


@dataclass
class _Line:
    """One reminder that is to be told: what it says, and by which channels."""

    reminder: PlannedReminder
    work: WorkItem
    message: type[ProcessLetter]
    standing: str
    channels: Sequence[str] = ()


@dataclass(frozen=True)
class _Batch:
    """What one batch of people is told on one day."""

    at: datetime
    today: date
    people: Mapping[int, Official]
    calendar: WorkingCalendar


def tell_due(*, at: datetime) -> int:
    """Write the messages of the reminders that are due at ``at``; return how many. In the quiet hours there are none.

    Of several rungs about one piece of work only the newest is told; what is done, moved or no longer somebody's is
    withdrawn. Safe to run many at once.
    """
    if is_quiet(at):
        return 0
    _take_back(at)
    today = local_day(at)
    waiting = PlannedReminder.objects.filter(state=ReminderState.PLANNED, day__lte=today)
    people = list(Official.objects.filter(pk__in=waiting.values("person")).only("pk").order_by("pk"))
    if not people:
        return 0
    hours = digest_hours_of(people)
    hour = at.astimezone(PROVINCE_TIME).hour
    ready = [person.pk for person in people if hours[person.pk] <= hour]
    calendar = working_calendar()
    return sum(
        _tell_all_but_broken(ready[first : first + PEOPLE_AT_ONCE], at=at, calendar=calendar)
        for first in range(0, len(ready), PEOPLE_AT_ONCE)
    )


def _tell_all_but_broken(people_ids: Sequence[int], *, at: datetime, calendar: WorkingCalendar) -> int:
    """Tell a batch of people; where that fails halve it, so that one broken reminder keeps nobody else's back."""
    try:
        return _tell(people_ids, at=at, calendar=calendar)
    except Exception:
        if len(people_ids) == 1:
            logger.exception("The reminders of person %s could not be told", people_ids[0])
            return 0
    half = len(people_ids) // 2
    parts = people_ids[:half], people_ids[half:]
    return sum(_tell_all_but_broken(part, at=at, calendar=calendar) for part in parts)


@transaction.atomic
def _take_back(at: datetime) -> None:
    """Put what stood in a message that was called off back among what is planned: the rest of it is still to be told.

    What is done meanwhile was withdrawn or will be when it is looked at.
    """
    called_off = Message.objects.filter(
        kind__in=DIGEST_KINDS, status=Status.CANCELLED, created_at__gte=starts_day(local_day(at))
    )
    lines = list(
        ReminderLine.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(message__ref__in=called_off.values("ref"), called_off_at__isnull=True)
        .exclude(message__status=Status.SENT)  # by another channel it has arrived
        .order_by("pk")
        .values_list("pk", "reminder_id")
    )
    if not lines:
        return
    ReminderLine.objects.filter(pk__in=[pk for pk, _ in lines]).update(called_off_at=at)
    PlannedReminder.objects.filter(
        pk__in=[reminder for _, reminder in lines], state=ReminderState.SENT, version=F("work__version")
    ).update(state=ReminderState.PLANNED, settled_at=None, reason="")


@transaction.atomic
def _tell(people_ids: Sequence[int], *, at: datetime, calendar: WorkingCalendar) -> int:
    """Tell some people what is due and settle what was looked at, all or nothing; return how many messages it makes."""
    today = local_day(at)
    found = (
        Official.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        .filter(pk__in=people_ids)
        .select_related("unit")
        .order_by("pk")
    )
    batch = _Batch(at=at, today=today, people={person.pk: person for person in found}, calendar=calendar)
    due = PlannedReminder.objects.filter(person__in=batch.people, state=ReminderState.PLANNED, day__lte=today)
    works = _lock_works(due)
    reminders = list(due.filter(work__in=works).select_related("rule").order_by("pk"))
    settled: dict[tuple[ReminderState, str], list[int]] = defaultdict(list)
    lines = _newest(_still_true(reminders, works, batch, settled), batch, settled)
    _choose_channels(lines, batch, settled)
    messages = _write(lines, batch)
    for (state, reason), ids in settled.items():
        PlannedReminder.objects.filter(pk__in=ids).update(state=state, settled_at=at, reason=reason)
    return messages


def _lock_works(due: QuerySet[PlannedReminder]) -> dict[int, WorkItem]:
    """Lock the work that is spoken of, in one order everywhere, so that it is neither done nor moved meanwhile."""
    found = (
        WorkItem.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=set(due.order_by().values_list("work_id", flat=True)))
        .select_related("assessment__unit", "assessment__period", "role_unit")
        .order_by("pk")
    )
    return {work.pk: work for work in found}


def _still_true(
    reminders: Sequence[PlannedReminder],
    works: Mapping[int, WorkItem],
    batch: _Batch,
    settled: dict[tuple[ReminderState, str], list[int]],
) -> list[PlannedReminder]:
    """Keep the reminders of work that is still open, under these dates, and still this person's."""
    pairs = {reminder.pk: _audience(reminder, works[reminder.work_id]) for reminder in reminders}
    holders = {pair: set(people) for pair, people in people_holding(pairs.values()).items()} if pairs else {}
    own_units = units_worked_for(batch.people)
    kept = []
    for reminder in reminders:
        work, (role, unit_id) = works[reminder.work_id], pairs[reminder.pk]
        claimed = work.claimed_by_id if reminder.rule.audience == Audience.ASSIGNEES else None
        if work.closed_at is not None:
            reason = f"{work.get_outcome_display()}."
        elif reminder.version != work.version:
            reason = MOVED
        elif reminder.person_id not in holders.get((role, unit_id), ()):
            reason = "Không còn giữ vai trò này"
        elif claimed is not None and claimed != reminder.person_id:
            reason = "Đồng nghiệp đã nhận việc"
        elif role in JUDGING and work.assessment.unit_id in own_units[reminder.person_id]:
            reason = "Không ai thẩm định đơn vị của chính mình"
        else:
            kept.append(reminder)
            continue
        settled[ReminderState.WITHDRAWN, reason].append(reminder.pk)
    for reminder in kept:
        reminder.work = works[reminder.work_id]
    return kept


def _audience(reminder: PlannedReminder, work: WorkItem) -> tuple[str, int]:
    return audience_of(Audience(reminder.rule.audience), work, work.assessment.period.organiser_id)


def units_worked_for(people: Mapping[int, Official]) -> dict[int, set[int | None]]:
    """Return for each person the units they belong to, by the account or by a role of the assessed side."""
    units: dict[int, set[int | None]] = {person.pk: {person.unit_id} for person in people.values()}
    grants = UnitUserObjectPermission.objects.filter(
        user__in=people, permission__codename__in=[Role.OFFICER.value, Role.HEAD.value]
    )
    for person_id, unit_id in grants.values_list("user_id", "content_object_id"):
        units[person_id].add(unit_id)
    return units


def _newest(
    reminders: Iterable[PlannedReminder], batch: _Batch, settled: dict[tuple[ReminderState, str], list[int]]
) -> list[_Line]:
    """Keep the newest rung for each person and piece of work; older ones were missed and are not told any more."""
    newest: dict[tuple[int, int], PlannedReminder] = {}
    for reminder in sorted(reminders, key=lambda each: (each.day, each.rule.draft.offset, each.pk)):
        place = reminder.person_id, reminder.work_id
        if place in newest:
            settled[ReminderState.SUPERSEDED, ""].append(newest[place].pk)
        newest[place] = reminder
    return [_line(reminder, batch) for reminder in newest.values()]


def _line(reminder: PlannedReminder, batch: _Batch) -> _Line:
    """Return what a reminder says at this moment: after an outage it speaks of today, not of the day it was for."""
    work = reminder.work
    assert work.due_at is not None  # noqa: S101 - nothing is planned without a deadline
    last = last_valid_day(work.due_at)
    is_late = batch.at >= work.due_at
    message = message_about(Audience(reminder.rule.audience), due_at=work.due_at, at=batch.at)
    left = batch.calendar.working_days_after(batch.today, last)
    return _Line(reminder, work, message, standing_in_words(left, is_late=is_late, is_last_day=last == batch.today))


def message_about(audience: Audience, *, due_at: datetime, at: datetime) -> type[ProcessLetter]:
    """Return which message a rung for ``audience`` becomes when it is told at ``at``."""
    if at >= due_at:
        return StepOverdue if audience == Audience.ASSIGNEES else StepEscalated
    return StepDueToday if last_valid_day(due_at) == local_day(at) else StepDue


def channels_chosen(message: type[ProcessLetter], *, wanted: Sequence[str], asked: Collection[str]) -> Sequence[str]:
    """Return by which of the channels that a person wants for a message it goes, where the rung asks for some."""
    chosen = [channel for channel in wanted if not asked or channel in asked]
    if not chosen and message.required:
        return wanted[:1]  # the rule names channels that the person does not have
    return chosen


def _choose_channels(
    lines: Sequence[_Line], batch: _Batch, settled: dict[tuple[ReminderState, str], list[int]]
) -> None:
    """Say for each line by which channels it goes: those of the rule, less what the person switched off.

    What was told already (the message of another channel was called off) is not told again there, and who has had
    today's message by a channel gets the next one tomorrow.
    """
    wanted = channels_for(list(batch.people.values()), KINDS) if lines else {}
    had = set(
        ReminderLine.objects.filter(
            called_off_at__isnull=True,
            reminder__person__in=batch.people,
            message__created_at__gte=starts_day(batch.today),
        ).values_list("reminder__person_id", "channel")
        if lines
        else ()
    )
    for line in lines:
        person = line.reminder.person_id
        chosen = channels_chosen(
            line.message, wanted=wanted[person][line.message.kind], asked=line.reminder.rule.channels
        )
        if not chosen:
            settled[ReminderState.DECLINED, ""].append(line.reminder.pk)
            continue
        line.channels = [channel for channel in chosen if (person, channel) not in had]
        if line.channels:
            settled[ReminderState.SENT, ""].append(line.reminder.pk)


def _write(lines: Sequence[_Line], batch: _Batch) -> int:
    """Put one message per person and channel into the outbox and note what stands in it; return how many."""
    gathered: dict[tuple[int, str], list[_Line]] = defaultdict(list)
    for line in lines:
        for channel in line.channels:
            gathered[line.reminder.person_id, channel].append(line)
    numbers = _called_off_today(batch) if gathered else {}
    rendered: dict[tuple[int, tuple[int, ...]], tuple[ProcessLetter, Rendered]] = {}
    drafts = []
    for (person_id, channel), told in gathered.items():
        told.sort(key=lambda line: (line.work.due_at, line.work.pk))
        person = batch.people[person_id]
        same = person_id, tuple(line.reminder.pk for line in told)
        if same not in rendered:
            letter = _letter(person, told)
            rendered[same] = letter, render(letter.kind, letter)
        letter, text = rendered[same]
        occasion = f"digest:{person_id}:{batch.today:%Y%m%d}:{numbers.get(person_id, 0)}"
        drafts.append(
            Draft(
                recipient=person,
                channel=channel,
                kind=letter.kind,
                dedupe_key=f"{occasion}:{channel}",
                subject=text.subject,
                body_text=text.text,
                body_html=text.html,
                ref=occasion,  # the same in every channel: one that takes over finds that the letter goes out anyway
                **short_texts(channel, letter.kind, letter),
            )
        )
    messages = enqueue_many(drafts, at=batch.at, returning=True)
    ReminderLine.objects.bulk_create(
        ReminderLine(reminder=line.reminder, channel=channel, message=message)
        for ((_, channel), told), message in zip(gathered.items(), messages, strict=True)
        for line in told
    )
    return len(messages)


def _called_off_today(batch: _Batch) -> dict[int, int]:
    """Return how often a person's messages of today were called off: the next ones get another key."""
    rows = ReminderLine.objects.filter(
        called_off_at__isnull=False,
        reminder__person__in=batch.people,
        message__created_at__gte=starts_day(batch.today),
    )
    refs = rows.order_by().values_list("reminder__person_id", "message__ref").distinct()
    return Counter(person_id for person_id, _ in refs)


def _letter(person: Official, told: Sequence[_Line]) -> ProcessLetter:
    """Return the letter of one person's reminders of a day: the message of the step itself where there is one."""
    if len(told) == 1:
        return _single(person, told[0])
    periods = dict.fromkeys(line.work.assessment.period.name for line in told)
    return (LateDigest if any(line.message.required for line in told) else StepDigest)(
        recipient_name=person.display_name,
        unit_name=person.unit.name if person.unit else "",
        period_name="; ".join(periods),
        link=settings.SITE_URL + reverse("inbox"),
        lines=tuple(_digest_line(line) for line in told),
        count=len(told),
        late_count=sum(line.message in (StepOverdue, StepEscalated) for line in told),
    )


def _single(person: Official, line: _Line) -> ProcessLetter:
    work = line.work
    fields = {
        "recipient_name": person.display_name,
        "unit_name": person.unit.name if person.unit else work.role_unit.name,
        "period_name": work.assessment.period.name,
        "link": _link(line),
        "title": work.title,
        "assessed_unit": work.assessment.unit.name,
        "due": _due(work),
    }
    if line.message is StepDue:
        return StepDue(**fields, standing=line.standing)
    if line.message is StepDueToday:
        return StepDueToday(**fields)
    if line.message is StepEscalated:
        return StepEscalated(**fields, doing_unit=work.role_unit.name, standing=line.standing)
    return StepOverdue(**fields, closes=in_words(work.closes_at) if work.closes_at else "")


def _digest_line(line: _Line) -> DigestLine:
    return DigestLine(
        title=line.work.title,
        assessed_unit=line.work.assessment.unit.name,
        period_name=line.work.assessment.period.name,
        standing=line.standing,
        due=_due(line.work),
        link=_link(line),
    )


def _due(work: WorkItem) -> str:
    return in_words(work.due_at) if work.due_at else ""


def _link(line: _Line) -> str:
    """Return where the person goes on: the page of the work, or the list of what others have to do."""
    if line.reminder.rule.audience == Audience.ASSIGNEES:
        return settings.SITE_URL + reverse("work", args=[line.work.pk])
    tab = "bao-cao-qua-han" if line.message is StepEscalated else "theo-doi"
    return f"{settings.SITE_URL}{reverse('inbox')}?muc={tab}"
