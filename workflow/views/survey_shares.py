"""Survey shares (kết quả điều tra xã hội học) of a period from a file: a dry run, then all or nothing."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from assessments import clock
from assessments.enums import PeriodStatus, Role
from assessments.imports import kept
from assessments.imports.csv_file import read_table
from assessments.models import AssessmentPeriod
from assessments.operations.surveys import record_period_shares
from assessments.queries.surveys import SharesRead, check_shares, survey_needs
from assessments.rules import NotAllowed
from assessments.rules.problems import Place, Problem
from workflow.forms_periods import SurveyFileForm
from workflow.views.periods import LIST, load_period

COLUMNS = ("unit_code", "item_code", "share")
SHOWN_PROBLEMS = 200


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def survey_shares(request: HttpRequest, code: str) -> HttpResponse:
    """Show what is missing; take a file and show what it holds or what is wrong with it."""
    period = _load(request, code)
    form = SurveyFileForm(request.POST or None, request.FILES or None)
    page = _page(period) | {"form": form}
    if request.method != "POST":
        return render(request, "workflow/publishing/survey.html", page)
    if not form.is_valid():
        return render(request, "workflow/publishing/survey.html", page, status=422)
    file = form.cleaned_data["file"]
    content, name = file.read(), file.name[-120:]
    read = _read(period, content, name)
    page |= {"read": read, "problems": read.problems[:SHOWN_PROBLEMS], "file_name": name}
    if read.problems:
        return render(request, "workflow/publishing/survey.html", page, status=422)
    kept.forget_old(at=clock.read())
    page |= {"token": kept.keep(content=content, name=name, by=request.user), "rows": _preview(read)}
    return render(request, "workflow/publishing/survey_preview.html", page)


@require_POST
@login_required
def confirm(request: HttpRequest, code: str) -> HttpResponse:
    """Write the shares of the file of a dry run; it is read and checked again."""
    period = _load(request, code)
    try:
        file = kept.find(request.POST.get("token", ""), by=request.user)
        read = _read(period, file.content, file.name)
        if read.problems:
            raise NotAllowed(f"Chưa ghi gì: {read.problems[0]}")
        count = record_period_shares(period=period, shares=read.shares, by=request.user)
    except NotAllowed as refusal:
        page = _page(period) | {"form": SurveyFileForm(), "refusals": [str(refusal)]}
        return render(request, "workflow/publishing/survey.html", page, status=422)
    kept.forget(file)
    messages.success(request, f"Đã ghi {count} kết quả khảo sát của {len(read.shares)} đơn vị.")
    return redirect("period_survey", code=code)


def _load(request: HttpRequest, code: str) -> AssessmentPeriod:
    period = load_period(request, code)
    if not _may_record(request.user, period):
        raise PermissionDenied(f"Kết quả khảo sát do {period.organiser.name} hoặc {period.secretariat.name} ghi.")
    return period


def _may_record(user: Any, period: AssessmentPeriod) -> bool:
    return bool(user.holds(Role.ORGANISER, period.organiser) or user.holds(Role.SECRETARY, period.secretariat))


def _page(period: AssessmentPeriod) -> dict[str, Any]:
    home = reverse("period", args=[period.code])
    closed = {
        PeriodStatus.DRAFT: f"Kỳ chưa mở; kết quả khảo sát ghi được sau khi {period.organiser.name} mở kỳ.",
        PeriodStatus.PUBLISHED: "Kết quả đã công bố nên không ghi khảo sát được nữa; "
        f"{period.organiser.name} mở lại từng hồ sơ để đính chính.",
    }
    return {
        "period": period,
        "needs": survey_needs(period),
        "closed_reason": closed.get(PeriodStatus(period.status), ""),
        "breadcrumbs": [
            {"label": LIST, "url": reverse("periods")},
            {"label": period.name, "url": home},
            {"label": "Kết quả khảo sát"},
        ],
    }


def _read(period: AssessmentPeriod, content: bytes, name: str) -> SharesRead:
    table = read_table(content, name=name, columns=COLUMNS, optional=("answers",))
    read = check_shares(period, list(table.rows))
    read.problems[:0] = table.problems
    if not read.problems and not read.count:
        read.problems.append(Problem("empty", "Tệp không có dòng kết quả nào.", Place(name)))
    return read


def _preview(read: SharesRead) -> list[tuple[str, str, Any]]:
    return [(unit, item, value) for unit, items in read.shares.items() for item, value in items.items()]
