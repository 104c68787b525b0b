"""Reading criteria sets: lists, one set as a tree, what uses it."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, OuterRef

from assessments.enums import Level, Part, PeriodStatus, Role
from assessments.models import CriteriaItem, CriteriaSet, Official, PeriodCriteria, Unit
from assessments.rules.words import rule_in_words


@dataclass(frozen=True)
class CriteriaRow:
    """One row of a set as it is shown."""

    item: CriteriaItem
    words: str
    is_area: bool


def criteria_sets(user: Official | AnonymousUser) -> list[CriteriaSet]:
    """Return all sets with ``item_count`` and ``is_used``, newest year first, the versions of a series together."""
    opened = PeriodCriteria.objects.filter(criteria_set=OuterRef("pk")).exclude(period__status=PeriodStatus.DRAFT)
    return list(
        CriteriaSet.objects.visible_to(user)
        .select_related("created_by")
        .annotate(item_count=Count("items"), is_used=Exists(opened))
        .order_by("-year", "series", "-version")
    )


def criteria_rows(criteria_set: CriteriaSet) -> list[CriteriaRow]:
    """Return every row of a set in the order of its file, with its rule in words."""
    return [
        CriteriaRow(item, rule_in_words(item), item.level == Level.AREA)
        for item in criteria_set.items.order_by("position")
    ]


def count_by_level(rows: list[CriteriaRow]) -> dict[str, int]:
    """Return how many areas, criteria and components the base part has."""
    base = [row.item.level for row in rows if row.item.part == Part.BASE]
    return {level.label: base.count(level) for level in Level}


def opened_periods(criteria_set: CriteriaSet) -> list[str]:
    """Return the names of the opened periods that score with this set."""
    uses = criteria_set.uses.exclude(period__status=PeriodStatus.DRAFT)
    return list(uses.order_by("period__name").values_list("period__name", flat=True).distinct())


def own_series(user: Official, series: str) -> str:
    """Return the series under which a person stores sets: the given one, or one of their district's own.

    The province keeps the plain name; a district that organises its communes adds its code, so that two organisers
    never continue each other's sets.
    """
    organised = Unit.objects.filter(pk__in=user.unit_ids_of(Role.ORGANISER)).order_by("path")
    first = organised.first()
    if first is None or first.parent_id is None or series.endswith(f"-{first.code.lower()}"):
        return series
    return f"{series}-{first.code.lower()}"
