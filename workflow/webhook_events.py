"""What other systems of the province are told: a step opened or ended, a deadline moved, a case published.

No points, no ranks, no survey content and no names of people: what a receiver may know of those it reads from the
published results, with the rights it has there.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from assessments.models import Assessment, DeadlineMove, Publication
from assessments.rules.calendar import PROVINCE_TIME
from notifications.operations.webhooks.publishing import Event, publish, wanted_by
from notifications.webhooks import kinds
from workflow.models import WorkItem

STEP_OPENED, STEP_DONE, DEADLINE_MOVED, CASE_PUBLISHED = (
    "step.opened",
    "step.done",
    "deadline.moved",
    "case.published",
)
LABELS = {
    STEP_OPENED: "Một bước mở ra",
    STEP_DONE: "Một bước xong hoặc hết hạn",
    DEADLINE_MOVED: "Hạn của một bước được dời",
    CASE_PUBLISHED: "Kết quả của một đơn vị được công bố",
}


def register() -> None:
    """Offer the kinds of event to whoever adds another system."""
    for code, label in LABELS.items():
        kinds.register(code, label)


def tell_opened(works: Iterable[WorkItem], *, at: datetime) -> None:
    """Tell that steps have opened; the works hold case, unit, period and branch."""
    if wanted := wanted_by(STEP_OPENED):
        publish((_event(STEP_OPENED, work, f"opened:{work.pk}", _step(work)) for work in works), wanted=wanted, at=at)


def tell_ended(task_ids: Sequence[int], *, at: datetime) -> None:
    """Tell that the steps of tasks ended at ``at``, by people or by the end of their time."""
    if wanted := wanted_by(STEP_DONE):
        ended = WorkItem.objects.filter(task__in=task_ids, closed_at=at)
        works = ended.select_related("assessment__unit", "assessment__period", "branch").order_by("pk")
        events = (
            _event(STEP_DONE, work, f"ended:{work.pk}", _step(work) | {"outcome": work.outcome, "ended_at": _iso(at)})
            for work in works
        )
        publish(events, wanted=wanted, at=at)


def tell_deadlines_moved(
    works: Iterable[WorkItem], *, move: DeadlineMove, was_due: Mapping[int, datetime | None], at: datetime
) -> None:
    """Tell the new deadlines of works, with the old ones (by id) and the decision that moved them."""
    if wanted := wanted_by(DEADLINE_MOVED):
        events = (
            _event(
                DEADLINE_MOVED,
                work,
                f"moved:{move.pk}:{work.pk}",
                _step(work) | {"was_due_at": _iso(was_due.get(work.pk)), "decision_number": move.decision_number},
            )
            for work in works
        )
        publish(events, wanted=wanted, at=at)


def tell_published(cases: Iterable[Assessment], *, publication: Publication, at: datetime) -> None:
    """Tell that the results of cases (with unit and period) are published; where to read them, not what they are."""
    if wanted := wanted_by(CASE_PUBLISHED):
        events = (
            Event(
                kind=CASE_PUBLISHED,
                scope=case.period.organiser_id,
                key=f"published:{publication.pk}:{case.pk}",
                facts=_case(case)
                | {
                    "decision_number": publication.decision_number,
                    "results": f"{settings.SITE_URL}{reverse('result_period', args=[case.period.code])}",
                },
            )
            for case in cases
        )
        publish(events, wanted=wanted, at=at)


def _event(kind: str, work: WorkItem, key: str, facts: Mapping[str, Any]) -> Event:
    return Event(kind=kind, scope=work.assessment.period.organiser_id, key=key, facts=facts)


def _step(work: WorkItem) -> dict[str, Any]:
    return _case(work.assessment) | {
        "step": {"code": work.node, "title": work.title, "body": work.branch.body_name if work.branch else None},
        "opens_at": _iso(work.opens_at),
        "due_at": _iso(work.due_at),
        "closes_at": _iso(work.closes_at),
    }


def _case(case: Assessment) -> dict[str, Any]:
    return {
        "case": {"id": case.pk, "link": f"{settings.SITE_URL}{reverse('case', args=[case.pk])}"},
        "unit": {"code": case.unit.code, "name": case.unit.name},
        "period": {"code": case.period.code, "name": case.period.name, "year": case.period.year},
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(PROVINCE_TIME).isoformat(timespec="seconds") if moment else None
