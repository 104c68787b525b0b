"""The rehearsal of a period in preparation: the season before it starts, as a page and as a workbook."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from assessments.models import AssessmentPeriod
from assessments.rules import NotAllowed
from workflow.forms_rehearsal import RehearsalForm
from workflow.operations.rehearsal import opening_moment, rehearse
from workflow.operations.rehearsal_outcome import Rehearsal
from workflow.rehearsal_workbook import workbook_of
from workflow.views.moves import XLSX
from workflow.views.periods import load_organised, piece_of

TITLE = "Diễn tập"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def rehearsal(request: HttpRequest, code: str) -> HttpResponse:
    """Ask for what is to be rehearsed; play it and show what happens on which day. Nothing is kept."""
    period = load_organised(request, code)
    form = RehearsalForm(request.POST if request.method == "POST" else None)
    page = piece_of(period, TITLE)
    outcome = None if page["closed_reason"] else _play(request, period, form)
    status = 422 if form.is_bound and outcome is None else 200
    return render(request, "workflow/periods/rehearsal.html", page | {"form": form, "outcome": outcome}, status=status)


@require_POST
@login_required
def workbook(request: HttpRequest, code: str) -> HttpResponse:
    """Play it again and send the result as an Excel workbook; what is refused is said on the page."""
    period = load_organised(request, code)
    form = RehearsalForm(request.POST)
    outcome = None if piece_of(period, TITLE)["closed_reason"] else _play(request, period, form)
    if outcome is None:
        return rehearsal(request, code)
    response = HttpResponse(workbook_of(outcome, period=period), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="dien-tap-{period.code}.xlsx"'
    return response


def _play(request: HttpRequest, period: AssessmentPeriod, form: RehearsalForm) -> Rehearsal | None:
    """Return what a valid form asks for, None where it is refused: the form says why."""
    if not form.is_valid():
        return None
    try:
        return rehearse(
            period=period,
            opening_at=opening_moment(period, form.cleaned_data["opening_date"]),
            assumption=form.chosen(),
            by=request.user,
        )
    except NotAllowed as refusal:
        form.add_error(None, refusal.sentence)
        return None
