"""Where a step of a case stands for the page on which it is done."""

from dataclasses import dataclass
from datetime import UTC, datetime

from assessments.models import AppraisalBranch, Assessment
from assessments.queries.calendar import working_calendar
from assessments.rules.deadlines import opening_in_words, urgency
from workflow.models import WorkItem
from workflow.queries.deadlines import Deadline

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Step:
    """Where a step of a case stands for its page: why it is closed, or until when it is to be done."""

    closed_reason: str
    deadline: Deadline | None = None


def step_of(
    case: Assessment, node: str, title: str, moment: datetime, *, branch: AppraisalBranch | None = None
) -> Step:
    """Return where a step of a case stands: its deadline while it is open, else why it is closed; two queries."""
    work = (
        WorkItem.objects.filter(assessment=case, node=node, branch=branch)
        .select_related("closed_by")
        .order_by("-id")
        .first()
    )
    if work is None:
        return Step(f"Hồ sơ đang ở bước “{case.get_stage_display()}”, chưa đến việc “{title}”.")
    if work.closed_at:
        who = work.closed_by.display_name if work.closed_by else "hệ thống (hết hạn)"
        return Step(f"Việc “{work.title}” đã được {who} hoàn thành lúc {opening_in_words(work.closed_at)}.")
    return Step("", step_deadline(work, case.period.organiser.name, moment))


def step_deadline(work: WorkItem, organiser: str, moment: datetime) -> Deadline | None:
    """Return the deadline of an open step as the inbox shows it; None where it has none."""
    if work.due_at is None:
        return None
    level, left = urgency(
        due_at=work.due_at, closes_at=work.closes_at or NEVER, moment=moment, calendar=working_calendar()
    )
    return Deadline(
        stage=work.title,
        at=work.due_at,
        working_days_left=left,
        is_overdue=level == "overdue",
        is_closed=level == "closed",
        extended_by=organiser,
        document_number="",
        note="",
    )
