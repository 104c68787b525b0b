"""Work that a person put off (ngày hẹn), and overdue work that is reported to a person (báo cáo quá hạn)."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from assessments.enums import Role
from assessments.models import Official
from assessments.rules.calendar import local_day
from workflow.models import Escalation, Snooze, WorkItem, WorkQuerySet

REPORTED_TO = (Role.HEAD, Role.ORGANISER)


def asleep_of(user: Official, moment: datetime) -> QuerySet[Snooze]:
    """Return the follow-up dates of ``user`` that still hide the work of an outer query."""
    asleep: QuerySet[Snooze] = Snooze.objects.asleep(moment).filter(person=user, work=OuterRef("pk"))
    return asleep


def awake(work: WorkQuerySet, user: Official, moment: datetime) -> WorkQuerySet:
    """Keep the work that ``user`` did not put off to a later day."""
    return work.filter(~Exists(asleep_of(user, moment)))


def put_off(work: WorkQuerySet, user: Official, moment: datetime) -> WorkQuerySet:
    """Keep the work that ``user`` put off; each has ``asleep_until``."""
    return work.filter(Exists(asleep_of(user, moment))).annotate(
        asleep_until=asleep_of(user, moment).values("until_at")[:1],
        asleep_reason=asleep_of(user, moment).values("reason")[:1],
    )


def reported_to(user: Official, moment: datetime) -> WorkQuerySet:
    """Return overdue work of others that stands before ``user``: as head of the unit that does it, or as organiser."""
    before_me = Q(pk__in=[])
    for role in REPORTED_TO:
        before_me |= Q(role=role, unit__in=user.unit_ids_of(role))
    reports = Escalation.objects.filter(
        before_me, work=OuterRef("pk"), version=OuterRef("version"), day__lte=local_day(moment)
    )
    found: WorkQuerySet = WorkItem.objects.open().filter(Exists(reports), due_at__lte=moment)
    return found


def is_reported_to(user: Official) -> bool:
    """Say whether overdue work of others may ever stand before ``user``."""
    return any(user.unit_ids_of(role) for role in REPORTED_TO)
