"""Whose messages somebody may look after when they could not be delivered."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from assessments.enums import PeriodStatus, Role
from assessments.models import AppraisalBranch, Assessment, AssessmentPeriod, Official, Unit, UnitUserObjectPermission


def people_overseen(user: Official) -> QuerySet[Official] | None:
    """Return the people whose stopped messages ``user`` may read and send again; None for who looks after nobody.

    An organiser looks after the people of the bodies of their periods: of the assessed units, those who appraise them,
    the secretariat and the council, by account or by role. An administrator looks after the unit trees they administer.
    """
    administered = people_administered(user)
    organised = user.unit_ids_of(Role.ORGANISER)
    if not organised:
        return administered
    in_periods = _people_of_periods(organised)
    overseen = in_periods if administered is None else in_periods | Q(pk__in=administered.values("pk"))
    people: QuerySet[Official] = Official.objects.filter(overseen)
    return people


def people_administered(user: Official) -> QuerySet[Official] | None:
    """Return the people of the unit trees that ``user`` administers; None for who administers none."""
    paths = user.unit_paths_of(Role.ADMINISTRATOR)
    if not paths:
        return None
    below = Q()
    for path in paths:
        below |= Q(unit__path__startswith=path)
    people: QuerySet[Official] = Official.objects.filter(below)
    return people


def zalo_operators() -> QuerySet[Official]:
    """Return the people who can connect the province's Zalo again: the administrators of the root of the units."""
    operators: QuerySet[Official] = Official.objects.holding(Role.ADMINISTRATOR, Unit.objects.filter(parent=None))
    return operators


def _people_of_periods(organised: Iterable[int]) -> Q:
    """Return the condition of the people of all bodies that take part in periods that have been opened."""
    periods = AssessmentPeriod.objects.filter(organiser__in=organised).exclude(status=PeriodStatus.DRAFT)
    bodies: list[Any] = [
        Assessment.objects.filter(period__in=periods).values("unit"),
        AppraisalBranch.objects.filter(assessment__period__in=periods).values("unit"),
        periods.values("secretariat"),
        periods.values("council"),
    ]
    condition = Q()
    for units in bodies:
        holders = UnitUserObjectPermission.objects.filter(content_object__in=units).values("user")
        condition |= Q(unit__in=units) | Q(pk__in=holders)
    return condition


def webhook_scopes(user: Official) -> dict[int, str]:
    """Return the organising units whose events ``user`` may have sent to other systems: ``{unit id: name}``.

    An organiser's own, and those in the trees that an administrator administers.
    """
    mine = Q(pk__in=user.unit_ids_of(Role.ORGANISER))
    organising = UnitUserObjectPermission.objects.filter(permission__codename=Role.ORGANISER.value)
    for path in user.unit_paths_of(Role.ADMINISTRATOR):
        mine |= Q(path__startswith=path, pk__in=organising.values("content_object"))
    return dict(Unit.objects.filter(mine).order_by("path", "pk").values_list("pk", "name"))
