"""Consolidation (tổng hợp) by the secretary: what the appraisal changed, what is missing, the announcement."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from assessments import clock
from assessments.enums import Stage, WindowKind
from assessments.models import Assessment
from assessments.queries.calendar import working_calendar
from assessments.queries.deadlines import window_of
from assessments.rules import NotAllowed, deadlines
from workflow.operations import steps
from workflow.queries.comparison import Comparison, comparison_of
from workflow.queries.steps import Step, step_of
from workflow.views.judging import Confirmation, confirm_page, frame, load_as_secretary, permitted

NODE, TITLE = "consolidate", "Tổng hợp, công bố kết quả sơ bộ"


@login_required
@require_GET
def consolidation(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the unit's result beside the appraised one and what is still missing."""
    case = load_as_secretary(request, pk, opens_at=Stage.CONSOLIDATION)
    comparison, moment = comparison_of(case), clock.read()
    step = step_of(case, NODE, TITLE, moment)
    branches = list(case.branches.select_related("unit", "completed_by").order_by("body_name"))
    context = {
        **frame(case, "Tổng hợp kết quả", step),
        "comparison": comparison,
        "branches": branches,
        "announcement": _announcement(case, comparison, step, moment),
    }
    return render(request, "workflow/consolidation/consolidation.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def announce(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm, then announce the preliminary result; the unit's dispute window opens with it."""
    case = load_as_secretary(request, pk, opens_at=Stage.CONSOLIDATION)
    refusal = ""
    if request.method == "POST":
        try:
            announced = permitted(lambda: steps.announce_preliminary_result(assessment=case, by=request.user))
        except NotAllowed as error:
            refusal = error.sentence
        else:
            until = deadlines.in_words(announced.dispute_closes_at)
            messages.success(request, f"Đã công bố kết quả sơ bộ của {case.unit.name}; nhận kiến nghị đến {until}.")
            return redirect("case", pk=pk)
    moment = clock.read()
    step = step_of(case, NODE, TITLE, moment)
    confirmation = _announcement(case, comparison_of(case), step, moment)
    return confirm_page(request, case, confirmation, refusal=refusal, step=step)


def _announcement(case: Assessment, comparison: Comparison, step: Step, moment: datetime) -> Confirmation:
    sentences = [f"{case.unit.name} sẽ thấy kết quả thẩm định và lý do của từng nội dung."]
    if case.stage == Stage.CONSOLIDATION:
        closes_at = deadlines.dispute_closes_at(
            announced_at=moment,
            window=window_of(case, WindowKind.DISPUTE),
            working_days=case.period.dispute_window_working_days,
            calendar=working_calendar(),
        )
        sentences.append(f"Nếu công bố bây giờ, đơn vị gửi kiến nghị được đến {deadlines.in_words(closes_at)}.")
    if comparison.unsurveyed:
        count = len(comparison.unsurveyed)
        sentences.append(f"{count} nội dung điều tra xã hội học chưa có kết quả; điểm đó bổ sung trước khi công bố kỳ.")
    return Confirmation(
        id="announce-dialog",
        title="Công bố kết quả sơ bộ",
        sentences=sentences,
        button="Công bố kết quả sơ bộ",
        action=reverse("case_announce", args=[case.pk]),
        back=reverse("case_consolidate", args=[case.pk]),
        closed_reason=step.closed_reason,
        icon="send",
    )
