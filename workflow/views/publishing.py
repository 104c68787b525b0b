"""Council and publication (công bố): readiness, preview, decision, confirmation; reopening a published case."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from assessments.enums import PeriodStatus, Role, Stage
from assessments.models import AssessmentPeriod
from assessments.rules import NotAllowed
from assessments.rules.seen import ChangedSince
from workflow.forms_periods import PublishForm, ReopenForm
from workflow.operations.periods import publish_period
from workflow.operations.periods import reopen as reopen_case
from workflow.queries.publishing import Readiness, readiness_of
from workflow.views.loading import case_way, organised_case
from workflow.views.periods import LIST, load_period


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def publish(request: HttpRequest, code: str) -> HttpResponse:
    """Show what waits and what would be published; the decision is entered, looked at once more, then published."""
    period = _load(request, code)
    readiness = readiness_of(period)
    form = PublishForm(request.POST or None, is_correction=readiness.is_correction)
    is_organiser = request.user.holds(Role.ORGANISER, period.organiser)
    page = _page(period, readiness) | {"form": form, "is_organiser": is_organiser}
    if request.method != "POST":
        return render(request, "workflow/publishing/publish.html", page)
    if not is_organiser:
        raise PermissionDenied(f"Chỉ {period.organiser.name} được công bố kết quả; bạn xem trước ở trang này.")
    if form.is_valid() and "confirmed" not in request.POST and readiness.is_ready:
        return render(request, "workflow/publishing/confirm.html", page)
    if form.is_valid():
        try:
            publication = publish_period(
                period=period, by=request.user, seen=request.POST.get("seen", ""), **form.cleaned_data
            )
        except ChangedSince as refusal:
            page |= _page(period, readiness_of(period)) | {"changed": refusal.sentence}
            return render(request, "workflow/publishing/confirm.html", page, status=409)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, f"Đã công bố lần {publication.number} theo {publication.decision_number}; mã băm ghi ở dưới."
            )
            return redirect("period_publish", code=code)
    return render(request, "workflow/publishing/publish.html", page, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Reopen a published case for correction, with a reason."""
    case = organised_case(request, pk)
    form = ReopenForm(request.POST or None)
    if form.is_valid():
        try:
            reopen_case(assessment=case, reason=form.cleaned_data["reason"], by=request.user)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, f"Đã mở lại hồ sơ của {case.unit.name}; tổ thư ký đính chính, sau đó công bố lần nữa."
            )
            return redirect("period_publish", code=case.period.code)
    page = {
        "case": case,
        "form": form,
        "closed_reason": ""
        if case.stage == Stage.PUBLISHED
        else f"Hồ sơ đang ở bước “{case.get_stage_display()}”; chỉ hồ sơ đã công bố mới mở lại được.",
        "events": case.events.filter(kind__in=["reopened", "score_corrected", "published"]).select_related("by"),
        "breadcrumbs": case_way(case, "Mở lại hồ sơ"),
    }
    return render(request, "workflow/publishing/reopen.html", page, status=422 if form.is_bound else 200)


def _load(request: HttpRequest, code: str) -> AssessmentPeriod:
    """Return a period to its organiser, its secretariat and its council; a supervisor reads the published pages."""
    period = load_period(request, code)
    user = request.user
    if not (
        user.holds(Role.ORGANISER, period.organiser)
        or user.holds(Role.SECRETARY, period.secretariat)
        or user.holds(Role.COUNCIL, period.council)
    ):
        raise PermissionDenied("Kết quả trước công bố chỉ mở cho đơn vị tổ chức, tổ thư ký và thành viên Hội đồng.")
    return period


def _page(period: AssessmentPeriod, readiness: Readiness) -> dict[str, Any]:
    home = reverse("period", args=[period.code])
    publications = period.publications.select_related("published_by").order_by("-number")
    return {
        "period": period,
        "readiness": readiness,
        "waiting": [
            {
                "case": row.case,
                "work": row.work,
                "otherwise": row.without_work,
                "url": reverse("case", args=[row.case.pk]),
            }
            for row in readiness.waiting
        ],
        "publications": [
            {"publication": each, "url": reverse("result_period", args=[period.code]) + f"?lan={each.number}"}
            for each in publications
        ],
        "closed_reason": _closed_reason(period, readiness),
        "breadcrumbs": [
            {"label": LIST, "url": reverse("periods")},
            {"label": period.name, "url": home},
            {"label": "Hội đồng và công bố"},
        ],
    }


def _closed_reason(period: AssessmentPeriod, readiness: Readiness) -> str:
    """Say why nothing can be published now, "" when it can."""
    if period.status == PeriodStatus.DRAFT:
        return f"Kỳ chưa mở; {period.organiser.name} mở kỳ trước."
    if readiness.waiting:
        return f"Còn {len(readiness.waiting)} đơn vị chưa xong; công bố là một lần cho cả kỳ nên phải chờ đủ."
    if readiness.incomplete:
        names = ", ".join(row.unit_name for row in readiness.incomplete[:5])
        return f"Còn nội dung chưa có điểm (khảo sát hoặc thẩm định) của {names}; hãy bổ sung rồi công bố."
    if readiness.is_correction and not readiness.reopened:
        return "Kết quả đã công bố. Muốn đính chính, hãy mở lại hồ sơ của đơn vị có sai sót trước."
    return ""
