"""The dispatcher: fires due timers of the flow in parallel-safe batches and keeps what failed as an incident."""

import logging
import time
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q
from viewflow.workflow.base import Node
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from assessments import clock, permissions
from assessments.models import AssessmentPeriod, Official
from assessments.rules import NotAllowed
from workflow.flows.together import alike, fire_together
from workflow.models import AssessmentProcess, Incident

logger = logging.getLogger(__name__)
BATCH = 500  # cases carried on together, in one transaction
RUN_SECONDS = 45  # the next wake-up goes on with what is left
RETRY_AFTER = timedelta(minutes=15)


def fire_due_timers(*, at: datetime, period: AssessmentPeriod | None = None) -> int:
    """Fire the timers due at ``at``, oldest first, and return how many went through; safe to run many at once.

    A timer that fires late only moves the case on: who was in time was decided when they wrote. Where one timer is due
    for several cases they go on together; a fault among them is found by letting each go by itself. ``period`` leaves
    the timers of every other period alone: a rehearsal.
    """
    fired = 0
    seen: set[int] = set()
    began = time.monotonic()
    while time.monotonic() - began < RUN_SECONDS:
        due = [task for task in _due(at, period) if task.pk not in seen]
        if not due:
            break
        seen.update(task.pk for task in due)  # firing one may arm the next one that is due as well
        alone = {task.pk for task in due}
        for timer, ids in alike(due).items():
            if len(ids) > 1:
                alone.difference_update(ids)
                fired += _fire_together(timer, ids, at)
        fired += sum(fire_timer(task_id=task.pk, at=at) for task in due if task.pk in alone)
    return fired


def _due(at: datetime, period: AssessmentPeriod | None) -> list[Task]:
    waiting_to_retry = Q(incident__resolved_at__isnull=True, incident__last_at__gt=at - RETRY_AFTER)
    timers = Task.objects.filter(flow_task_type="TIMER", status=STATUS.SCHEDULED, scheduled__lte=at)
    timers = timers.exclude(waiting_to_retry & Q(incident__isnull=False)).order_by("scheduled", "id")
    if period is not None:
        timers = timers.filter(process__assessmentprocess__assessment__period=period)
    return list(timers.only("pk", "flow_task", "scheduled")[:BATCH])


def _fire_together(timer: Node, ids: list[int], at: datetime) -> int:
    try:
        return fire_together(timer=timer, task_ids=ids, at=at)
    except Exception:  # nothing was written: one by one, the case that is broken is found and kept as an incident
        logger.exception("Timers %s failed together, each is fired by itself", ids)
        return sum(fire_timer(task_id=task_id, at=at) for task_id in ids)


def fire_timer(*, task_id: int, at: datetime) -> bool:
    """Fire one timer if it is still due and nobody else holds its process; a failure leaves everything as it was."""
    try:
        with transaction.atomic():
            task = Task.objects.get(pk=task_id)
            if not _lock_process(task.process_id):
                return False
            task.refresh_from_db()
            if task.status != STATUS.SCHEDULED or task.scheduled > at:
                return False
            activation = task.flow_task.activation_class(task)
            activation.start()
            activation.cancel_host_tasks()
            activation.complete()
            activation.activate_next()
            Incident.objects.filter(task=task, resolved_at__isnull=True).update(resolved_at=at)
    except Exception as failure:  # one broken case must not stop the sweep; it is kept and shown
        logger.exception("Timer task %s failed", task_id)
        _keep_incident(task_id, failure, at)
        return False
    return True


def try_again(*, incident: Incident, by: Official) -> bool:
    """Fire the timer of an incident again now; return whether it went through. Raise NotPermitted, NotAllowed."""
    permissions.check_can_organise(by, incident.assessment.period)
    if incident.resolved_at:
        raise NotAllowed("Sự cố này đã được xử lý.")
    return fire_timer(task_id=incident.task_id, at=clock.read())


def _lock_process(process_id: int) -> bool:
    processes = AssessmentProcess.objects.filter(pk=process_id)
    skips = connection.features.has_select_for_update_skip_locked
    return bool(processes.select_for_update(skip_locked=skips).exists())


def _keep_incident(task_id: int, failure: Exception, at: datetime) -> None:
    task = Task.objects.select_related("process").get(pk=task_id)
    reason = str(failure) if isinstance(failure, NotAllowed) else f"{type(failure).__name__}: {failure}"
    incident, created = Incident.objects.get_or_create(
        task=task,
        defaults={
            "assessment": AssessmentProcess.objects.get(pk=task.process_id).assessment,
            "step": str(task.flow_task.task_title),
            "reason": reason,
            "first_at": at,
            "last_at": at,
        },
    )
    if not created:
        Incident.objects.filter(pk=incident.pk).update(
            reason=reason, last_at=at, attempts=F("attempts") + 1, resolved_at=None
        )
