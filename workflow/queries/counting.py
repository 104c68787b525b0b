"""Several counts in one query: a page has few of them to spend."""

from django.db.models import Count, IntegerField, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from assessments.models import Official


def count_each(user: Official, **querysets: QuerySet) -> dict[str, int]:
    """Return ``{name: number of rows}`` of each queryset; one query (the row of ``user`` is only where it starts)."""
    if not querysets:
        return {}
    counts = {name: _count(queryset) for name, queryset in querysets.items()}
    return dict(Official.objects.filter(pk=user.pk).values(**counts).get())


def _count(queryset: QuerySet) -> Coalesce:
    groups = queryset.order_by().annotate(all_in_one_group=Value(1)).values("all_in_one_group")
    return Coalesce(Subquery(groups.annotate(rows=Count("pk")).values("rows"), output_field=IntegerField()), 0)
