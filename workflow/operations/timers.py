"""The dispatcher: fires due timers of the flow in parallel-safe batches and keeps what failed as an incident."""

import logging
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from assessments import clock, permissions
from assessments.models import Official
from assessments.rules import NotAllowed
from workflow.models import AssessmentProcess, Incident

logger = logging.getLogger(__name__)
BATCH = 500
RETRY_AFTER = timedelta(minutes=15)


def fire_due_timers(*, at: datetime, limit: int = BATCH) -> int:
    """Fire the timers due at ``at``, oldest first, and return how many went through; safe to run many at once.

    A timer that fires late only moves the case on: who was in time was decided when they wrote.
    """
    fired = 0
    seen: set[int] = set()
    while True:
        due = [task for task in _due(at, limit) if task not in seen]
        if not due or len(seen) >= 4 * limit:
            return fired
        for task_id in due:  # firing one may arm the next one that is due as well
            seen.add(task_id)
            fired += fire_timer(task_id=task_id, at=at)


def _due(at: datetime, limit: int) -> list[int]:
    waiting_to_retry = Q(incident__resolved_at__isnull=True, incident__last_at__gt=at - RETRY_AFTER)
    timers = Task.objects.filter(flow_task_type="TIMER", status=STATUS.SCHEDULED, scheduled__lte=at)
    timers = timers.exclude(waiting_to_retry & Q(incident__isnull=False)).order_by("scheduled", "id")
    return list(timers.values_list("id", flat=True)[:limit])


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
