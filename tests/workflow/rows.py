"""Everything that lies in the tables of a season, so that two ways to get there can be compared."""

import re

from viewflow.workflow.models import Task

from assessments.models import AppraisalBranch, Assessment, AuditEvent, ItemScore, ScoreChange, Submission
from notifications.models import Message
from workflow.models import Escalation, Incident, PlannedReminder, WorkItem

WORK = (
    "title",
    "role",
    "window",
    "opens_at",
    "due_at",
    "closes_at",
    "created_at",
    "closed_at",
    "outcome",
    "announced_at",
)


def rows_left() -> dict[str, list]:
    """Return what lies in the tables, keys replaced by what they stand for."""
    tasks = {}
    for task in Task.objects.select_related("process__assessmentprocess__assessment__unit").prefetch_related(
        "previous"
    ):
        tasks[task.pk] = task

    def named(task: Task) -> tuple:
        case = task.process.assessmentprocess.assessment
        branch = task.seed.body_name if task.seed else ""
        return case.unit.code, task.flow_task.name, branch, task.status

    def token(task: Task) -> str:
        return re.sub(r"(\d+)_", lambda found: f"{named(tasks[int(found[1])])[1]}_", str(task.token))

    def words(text: str) -> str:
        return re.sub(r"/viec/\d+/", "/viec/…/", text)

    work = {item.pk: (named(tasks[item.task_id]), item.version) for item in WorkItem.objects.all()}
    left = {
        "task": [
            (
                named(task),
                token(task),
                task.flow_task_type,
                task.scheduled,
                bool(task.started),
                bool(task.finished),
                str(task.owner or ""),
                sorted(named(earlier) for earlier in task.previous.all()),
            )
            for task in tasks.values()
        ],
        "work": [
            (work[item.pk], str(item.branch or ""), item.role_unit.code, *(getattr(item, name) for name in WORK))
            for item in WorkItem.objects.select_related("role_unit", "branch__assessment")
        ],
        "reminder": [
            (work[row.work_id], row.person.username, row.rule_id, row.version, row.day, row.state, row.reason)
            for row in PlannedReminder.objects.select_related("person")
        ],
        "escalation": [
            (work[row.work_id], row.rule_id, row.day, row.role, row.unit_id) for row in Escalation.objects.all()
        ],
        "message": [
            (
                row.recipient_id,
                row.channel,
                row.subject,
                words(row.body_text),
                words(row.body_html),
                row.not_before,
                row.status,
            )
            for row in Message.objects.all()
        ],
        "incident": list(Incident.objects.values_list("assessment__unit__code", "step", "reason")),
    }
    for model in (Assessment, AuditEvent, ItemScore, Submission, AppraisalBranch, ScoreChange):
        names = [field.attname for field in model._meta.concrete_fields if not field.primary_key and field.name != "id"]
        left[model.__name__] = [tuple(map(repr, row)) for row in model.objects.values_list(*names)]
    return {name: sorted(rows, key=repr) for name, rows in left.items()}
