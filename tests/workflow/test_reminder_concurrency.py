"""What only a real PostgreSQL can show: sweeps that run at once, and work that is done while it is told."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from assessments import clock
from assessments.enums import LatePolicy, Role
from notifications.enums import Status
from notifications.models import Message
from notifications.operations import unattended
from tests.province import OPENING, Province, at, person
from tests.workflow.test_concurrency import in_threads, many_units
from workflow.enums import ReminderState
from workflow.models import PlannedReminder, ReminderLine, WorkItem
from workflow.operations import steps
from workflow.operations.reminders import send_due_reminders
from workflow.reminders import plan_missing

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

SOON = at("2023-12-26 07:30")


@pytest.fixture
def province() -> Province:
    """Forty units with two officers each, who are all reminded of the training on the same morning."""
    province = many_units(40, late_policy=LatePolicy.SUBMIT_AS_IS)
    for work in WorkItem.objects.select_related("role_unit"):
        for number in (1, 2):
            username = f"can-bo-{work.role_unit.code.lower()}-{number}"
            province.people[username] = person(username, work.role_unit, (Role.OFFICER, work.role_unit))
    plan_missing(at=OPENING)
    return province


def sweep_reminders() -> int:
    with clock.simulated(SOON), unattended():
        return send_due_reminders(at=SOON)


def test_six_sweeps_at_once_write_one_message_for_each_person(province):
    due = PlannedReminder.objects.filter(day=SOON.date()).count()
    assert due >= 80

    told = in_threads([sweep_reminders] * 6, workers=6)
    told.append(sweep_reminders())  # what the six left to each other

    messages = Message.objects.filter(kind="step_due")
    assert (sum(told), messages.count(), ReminderLine.objects.count()) == (due, due, due)
    assert set(Counter(messages.values_list("recipient", flat=True)).values()) == {1}
    assert PlannedReminder.objects.filter(day=SOON.date(), state=ReminderState.SENT).count() == due


def test_work_that_is_done_while_it_is_told_is_never_left_in_a_message_to_be_sent(province):
    works = list(WorkItem.objects.open().select_related("assessment__unit", "role_unit").order_by("pk"))
    officers = {work.pk: province.people[f"can-bo-{work.role_unit.code.lower()}-1"] for work in works[::2]}

    def confirm(work: WorkItem) -> None:
        try:
            with clock.simulated(SOON), unattended():
                steps.confirm_training(assessment=work.assessment, participants=["Nguyễn Văn A"], by=officers[work.pk])
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        sweeps = [pool.submit(in_threads, [sweep_reminders], 1) for _ in range(3)]
        done = [pool.submit(confirm, work) for work in works[::2]]
        for job in [*done, *sweeps]:
            job.result()
    sweep_reminders()

    lines = ReminderLine.objects.filter(reminder__work__in=[work.pk for work in works[::2]])
    assert set(lines.values_list("message__status", flat=True)) <= {Status.CANCELLED}
    left = PlannedReminder.objects.filter(work__in=[work.pk for work in works[::2]], state=ReminderState.PLANNED)
    assert left.count() == 0
    others = Message.objects.filter(kind="step_due", status=Status.WAITING)
    assert (
        others.count()
        == PlannedReminder.objects.filter(day=SOON.date(), state=ReminderState.SENT)
        .exclude(work__in=[work.pk for work in works[::2]])
        .count()
    )
