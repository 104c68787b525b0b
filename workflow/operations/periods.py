"""Opening a period starts a process per unit; publishing it ends them all in one act."""

from datetime import date

from django.db import transaction
from viewflow.workflow.models import Task

from assessments import clock
from assessments.models import Assessment, AssessmentPeriod, Official, Publication
from assessments.operations import periods, publications
from assessments.rules import NotAllowed
from workflow.flows import AssessmentFlow, CorrectionFlow
from workflow.models import AssessmentProcess, WorkItem
from workflow.operations.reminder_rules import write_ladder
from workflow.reminders import planned_together
from workflow.webhook_events import tell_published


@transaction.atomic
def open_period(*, period: AssessmentPeriod, by: Official) -> list[Assessment]:
    """Open a period and start the process of every unit taking part. Raise NotAllowed, NotPermitted."""
    cases = periods.open_period(period=period, by=by)
    write_ladder(period=period, by=by)
    with planned_together(at=clock.read()):
        for case in cases:
            AssessmentFlow.start.run(assessment=case)
    return cases


@transaction.atomic
def publish_period(
    *,
    period: AssessmentPeriod,
    decision_number: str,
    decision_date: date | None,
    by: Official,
    reason: str = "",
    seen: str | None = None,
) -> Publication:
    """Publish all results of a period in one act; every waiting process ends. ``seen``: the marks that were shown.

    Raise ChangedSince, NotAllowed, NotPermitted.
    """
    processes = list(
        AssessmentProcess.objects.select_for_update(of=("self",))
        .filter(assessment__period=period, finished__isnull=True)
        .order_by("pk")
    )
    list(Assessment.objects.select_for_update(of=("self",)).filter(period=period).order_by("pk"))  # nothing moves now
    correcting = list(
        WorkItem.objects.open().filter(assessment__period=period, node="correct").select_related("assessment__unit")
    )
    if correcting:
        names = ", ".join(work.assessment.unit.name for work in correcting)
        raise NotAllowed(f"Tổ thư ký chưa hoàn thành đính chính hồ sơ của: {names}.")
    publication = publications.publish_results(
        period=period, decision_number=decision_number, decision_date=decision_date, by=by, reason=reason, seen=seen
    )
    for process in processes:
        node = process.flow_class.await_publication
        wait = Task.objects.get(process=process, flow_task=node, finished=None)
        node.activation_class(wait).finish()
    cases = Assessment.objects.filter(pk__in=[process.assessment_id for process in processes])
    tell_published(
        cases.select_related("unit", "period").order_by("pk"), publication=publication, at=publication.published_at
    )
    return publication


@transaction.atomic
def reopen(*, assessment: Assessment, reason: str, by: Official) -> Assessment:
    """Reopen a published case for correction (mở lại); a second process carries it. Raise NotAllowed, NotPermitted."""
    case = publications.reopen(assessment=assessment, reason=reason, by=by)
    CorrectionFlow.start.run(assessment=case)
    case.refresh_from_db()
    return case
