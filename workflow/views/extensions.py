"""Extending the deadline of one case (gia hạn), with the ledger of earlier extensions."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from assessments import permissions
from assessments.enums import MoveScope, Stage, WindowKind
from assessments.models import Assessment
from assessments.operations.deadlines import MoveRequest
from assessments.queries.deadlines import windows_of
from assessments.rules import NotAllowed, NotPermitted
from assessments.rules.deadlines import Window, in_words
from assessments.rules.moments import end_in_words
from assessments.rules.moves import NewEnd
from workflow.forms_periods import ExtendForm
from workflow.operations.deadlines import move_deadline

_HELD = [WindowKind.SELF_SCORING, WindowKind.EVIDENCE]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def extend(request: HttpRequest, pk: int) -> HttpResponse:
    """Give one case a later deadline for one step."""
    case = organised_case(request, pk)
    windows = _extendable(case)
    choices = [(kind.value, f"{kind.label} – đang đóng {in_words(row.closes_at)}") for kind, row in windows.items()]
    form = ExtendForm(request.POST or None, windows=choices)
    if form.is_valid():
        values = form.cleaned_data
        try:
            move = move_deadline(
                request=MoveRequest(
                    period=case.period,
                    window=WindowKind(values["window"]),
                    scope=MoveScope.UNIT,
                    assessment=case,
                    new_end=NewEnd(closes_at=values["closes_at"]),
                    reason=values["reason"],
                    decision_number=values["decision_number"],
                    decision_date=values["decision_date"],
                ),
                by=request.user,
            ).move
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            names = ", ".join(f"“{row.get_window_display()}”" for row in move.moved.all())
            done = f"Đã dời hạn {names} của {case.unit.name} đến {in_words(values['closes_at'])}."
            proposed = "Đóng sớm một bước đang mở cần người thứ hai xác nhận; đề nghị đã được ghi."
            messages.success(request, done if names else proposed)
            return redirect("case_extend", pk=pk)
    page = {
        "case": case,
        "form": form,
        "windows": [{"window": row, "meaning": end_in_words(row.closes_at)} for row in windows.values()],
        "ledger": case.moved_deadlines.select_related("move__by").order_by("-id"),
        "closed_reason": _closed_reason(case),
        "breadcrumbs": case_way(case, "Gia hạn"),
    }
    return render(request, "workflow/publishing/extend.html", page, status=422 if form.is_bound else 200)


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


def _extendable(case: Assessment) -> dict[WindowKind, Window]:
    """Return the windows that may be extended; of a held case only those that held it."""
    windows = windows_of([case])[case.pk]
    if case.stage == Stage.HELD:
        return {kind: windows[kind] for kind in _HELD if kind in windows}
    return windows


def _closed_reason(case: Assessment) -> str:
    if case.stage in (Stage.PUBLISHED, Stage.CORRECTION):
        return f"Kết quả đã công bố nên không gia hạn được; {case.period.organiser.name} có thể mở lại hồ sơ."
    return ""
