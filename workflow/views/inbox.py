"""The inbox (việc của tôi)."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from workflow.models import WorkItem


@login_required
def open_work(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead from a link in a message to the page on which the work is done."""
    work = get_object_or_404(WorkItem.objects.visible_to(request.user), pk=pk)
    return redirect("case", pk=work.assessment_id)
