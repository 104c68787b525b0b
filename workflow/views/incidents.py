"""Incidents (sự cố): steps that failed in the background, for the organiser to read and try again."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from assessments import permissions
from assessments.models import Official
from assessments.rules import NotAllowed, NotPermitted
from workflow.models import Incident
from workflow.operations import timers

ROWS_PER_PAGE = 50


@require_safe
@login_required
def incidents(request: HttpRequest) -> HttpResponse:
    """List what failed in the periods that the person organises; what still fails first."""
    _check_organises(request.user)
    return _incidents(request)


@require_POST
@login_required
def try_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a failed step again now."""
    _check_organises(request.user)
    incident = get_object_or_404(
        Incident.objects.visible_to(request.user).select_related("assessment__period", "assessment__unit"), pk=pk
    )
    try:
        went_through = timers.try_again(incident=incident, by=request.user)
    except (NotAllowed, NotPermitted) as refusal:
        return _incidents(request, refusal=str(refusal), status=422)
    name = f"“{incident.step}” của {incident.assessment.unit.name}"
    if went_through:
        messages.success(request, f"Bước {name} đã qua; hồ sơ đi tiếp.")
    else:
        incident.refresh_from_db()
        messages.error(request, f"Bước {name} vẫn chưa qua được: {incident.reason}")
    return redirect("incidents")


def _incidents(request: HttpRequest, *, refusal: str = "", status: int = 200) -> HttpResponse:
    found = Incident.objects.visible_to(request.user).select_related("assessment__unit", "assessment__period")
    shows_all = request.GET.get("tat-ca") == "1"
    if not shows_all:
        found = found.filter(resolved_at__isnull=True)
    page = Paginator(found, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "workflow/incidents/incidents.html",
        {
            "page": page,
            "caption": f"{page.paginator.count} sự cố",
            "shows_all": shows_all,
            "query": "tat-ca=1" if shows_all else "",
            "refusals": [refusal] if refusal else [],
        },
        status=status,
    )


def _check_organises(user: Official) -> None:
    try:
        permissions.check_organises_somewhere(user)
    except NotPermitted as refusal:
        raise PermissionDenied(str(refusal)) from refusal
