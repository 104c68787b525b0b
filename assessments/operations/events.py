"""Writing the audit trail; every operation records what it did in its own transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from assessments.enums import Role
from assessments.models import Assessment, AssessmentPeriod, AuditEvent, Official


def record(
    *,
    kind: str,
    sentence: str,
    by: Official | None,
    at: datetime,
    assessment: Assessment | None = None,
    period: AssessmentPeriod | None = None,
    role: Role | str = "",
    reason: str = "",
    details: dict[str, Any] | None = None,
    item_code: str = "",
) -> AuditEvent:
    """Add one event to the audit trail (nhật ký); ``by`` None means the system itself."""
    event = _event(
        kind=kind,
        sentence=sentence,
        by=by,
        at=at,
        assessment=assessment,
        period=period,
        role=role,
        reason=reason,
        details=details,
        item_code=item_code,
    )
    event.save(force_insert=True)
    return event


def record_each(
    *, kind: str, sentences: Mapping[Assessment, str], at: datetime, details: dict[str, Any] | None = None
) -> None:
    """Add the same kind of event, by the system itself, to each of many cases."""
    AuditEvent.objects.bulk_create(
        _event(kind=kind, sentence=sentence, by=None, at=at, assessment=case, details=details)
        for case, sentence in sentences.items()
    )


def _event(
    *,
    kind: str,
    sentence: str,
    by: Official | None,
    at: datetime,
    assessment: Assessment | None,
    period: AssessmentPeriod | None = None,
    role: Role | str = "",
    reason: str = "",
    details: dict[str, Any] | None = None,
    item_code: str = "",
) -> AuditEvent:
    return AuditEvent(
        kind=kind,
        sentence=sentence,
        by=by,
        at=at,
        role=role.label if isinstance(role, Role) else role,
        reason=reason,
        details=details or {},
        item_code=item_code,
        assessment=assessment,
        period=period if period is not None else (assessment.period if assessment else None),
    )
