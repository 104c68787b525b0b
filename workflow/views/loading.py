"""Loading what a page is about: always from what the reader may see."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from assessments import permissions
from assessments.enums import Stage
from assessments.models import Assessment, ItemScore
from assessments.rules import NotPermitted


def load_case(request: HttpRequest, pk: int) -> Assessment:
    """Return a case that the reader may open, with its unit and period; 404 otherwise."""
    cases = Assessment.objects.visible_to(request.user).select_related(
        "unit", "criteria_set", "period__organiser", "period__secretariat", "period__council"
    )
    return get_object_or_404(cases, pk=pk)


def load_sheet_case(request: HttpRequest, pk: int) -> Assessment:
    """Return a case whose self-scores the reader may read: the unit always, council and organiser once submitted."""
    case = load_case(request, pk)
    if not permissions.can_see_sheet(request.user, case):
        raise PermissionDenied("Bảng điểm của đơn vị chỉ mở cho đơn vị đó, Hội đồng và đơn vị tổ chức.")
    if not permissions.works_for(request.user, case.unit) and case.stage in Stage.before_submission():
        raise PermissionDenied("Đơn vị chưa nộp hồ sơ; bảng điểm mở cho Hội đồng và đơn vị tổ chức sau khi nộp.")
    return case


def load_score(case: Assessment, pk: int) -> ItemScore:
    """Return one row of a case; 404 when it belongs to another."""
    rows = ItemScore.objects.select_related("item", "assessment__unit", "assessment__period", "self_by")
    return get_object_or_404(rows, assessment=case, pk=pk)


def breadcrumbs(case: Assessment, here: str) -> list[dict[str, str]]:
    """Return the way to a page of a case."""
    return [
        {"label": "Việc của tôi", "url": reverse("inbox")},
        {"label": case.unit.name, "url": reverse("case", args=[case.pk])},
        {"label": here},
    ]


def organised_case(request: HttpRequest, pk: int) -> Assessment:
    """Return a case of a period that the person organises; others are told who may do this."""
    query = Assessment.objects.visible_to(request.user).select_related("unit", "period__organiser")
    case = get_object_or_404(query, pk=pk)
    try:
        permissions.check_can_organise(request.user, case.period)
    except NotPermitted as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    return case


def case_way(case: Assessment, here: str) -> list[dict[str, str]]:
    """Return the way from the periods to a page of a case."""
    return [
        {"label": "Kỳ đánh giá", "url": reverse("periods")},
        {"label": case.period.name, "url": reverse("period", args=[case.period.code])},
        {"label": case.unit.name, "url": reverse("case", args=[case.pk])},
        {"label": here},
    ]


def whole(text: str) -> int:
    """Return the number that a form carries (a version, a key); -1, which no row has, for anything else."""
    return int(text) if text.isdecimal() and len(text) < 10 else -1
