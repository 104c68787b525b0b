"""Whom to call (liên hệ): the officials of the organiser who can extend a deadline of a case."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from assessments.enums import Role
from assessments.models import Official
from workflow.views.loading import breadcrumbs, load_case


@require_safe
@login_required
def contacts(request: HttpRequest, pk: int) -> HttpResponse:
    """Name those who can extend, with position and telephone, to whoever may open the case."""
    case = load_case(request, pk)
    people = Official.objects.holding(Role.ORGANISER, [case.period.organiser]).select_related("unit")
    context = {
        "case": case,
        "people": people.order_by("display_name", "pk"),
        "breadcrumbs": breadcrumbs(case, "Người có thể gia hạn"),
    }
    return render(request, "workflow/case/contacts.html", context)
