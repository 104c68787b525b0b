"""The ladder of reminders of a period: its rungs, the days they fall on, and what the organiser changes of it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from assessments.enums import PeriodStatus
from assessments.models import AssessmentPeriod
from assessments.queries.timetables import kinds_with_timetable
from assessments.rules import NotAllowed
from notifications.enums import Channel
from workflow.enums import Audience, Counting, Timing
from workflow.forms_reminders import CopyLadderForm, RuleForm
from workflow.operations import reminder_rules as operations
from workflow.queries import reminder_rules as queries
from workflow.rules import RuleDraft
from workflow.views.periods import load_organised, piece_of

TITLE = "Nhắc việc"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def reminders(request: HttpRequest, code: str) -> HttpResponse:
    """Show the ladder of a period with its days, and add a rung to it."""
    period = load_organised(request, code)
    start = {"timing": Timing.BEFORE, "counting": Counting.WORKING, "audience": Audience.ASSIGNEES}
    form = RuleForm(request.POST or None, initial=start)
    if form.is_valid():
        try:
            rule = operations.add_rule(period=period, draft=form.draft(), by=request.user)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Đã thêm mốc nhắc: {rule.draft.words}.{_effect(period)}")
            return redirect("period_reminders", code=code)
    return _page(request, period, form=form)


@require_POST
@login_required
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Take a rung out of the ladder."""
    period = load_organised(request, code)
    try:
        rule = operations.withdraw_rule(period=period, code=request.POST.get("rung", ""), by=request.user)
    except NotAllowed as refusal:
        return _page(request, period, refusal=str(refusal))
    messages.success(request, f"Đã bỏ mốc nhắc: {rule.draft.words}.{_effect(period)}")
    return redirect("period_reminders", code=code)


@require_POST
@login_required
def copy(request: HttpRequest, code: str) -> HttpResponse:
    """Put the ladder of another period in the place of this one's."""
    period = load_organised(request, code)
    form = CopyLadderForm(request.POST, periods=queries.periods_to_copy_from(request.user, period))
    if not form.is_valid():
        return _page(request, period, copy_form=form)
    source = form.cleaned_data["ky"]
    try:
        rules = operations.copy_rules(period=period, source=source, by=request.user)
    except NotAllowed as refusal:
        return _page(request, period, copy_form=form, refusal=str(refusal))
    messages.success(request, f"Đã thay bằng {len(rules)} mốc nhắc của {source.name}.{_effect(period)}")
    return redirect("period_reminders", code=code)


def _page(
    request: HttpRequest,
    period: AssessmentPeriod,
    *,
    form: RuleForm | None = None,
    copy_form: CopyLadderForm | None = None,
    refusal: str = "",
) -> HttpResponse:
    ladder = queries.ladder_of(period)
    sources = queries.periods_to_copy_from(request.user, period)
    form = form or RuleForm(
        initial={"timing": Timing.BEFORE, "counting": Counting.WORKING, "audience": Audience.ASSIGNEES}
    )
    bound: list[Form] = [each for each in (form, copy_form) if each is not None and each.is_bound]
    page: dict[str, Any] = piece_of(period, TITLE) | {
        "closed_reason": "Kết quả của kỳ đã công bố nên không đổi mốc nhắc nữa."
        if period.status == PeriodStatus.PUBLISHED
        else "",
        "lines": [{"draft": draft, "channels": _channels(draft)} for draft in ladder],
        "timetables": queries.preview(period, kinds_with_timetable(period), ladder),
        "withdrawn": queries.withdrawn_from(period),
        "form": form,
        "copy_form": copy_form or CopyLadderForm(periods=sources),
        "has_sources": copy_form is not None or sources.exists(),
        "wrong_form": bound[0] if bound else None,
        "refusals": [refusal] if refusal else [],
    }
    return render(request, "workflow/periods/reminders.html", page, status=422 if bound or refusal else 200)


def _channels(draft: RuleDraft) -> str:
    if not draft.channels:
        return "Mọi kênh người nhận muốn"
    return ", ".join(Channel(code).label if code in Channel.values else code for code in draft.channels)


def _effect(period: AssessmentPeriod) -> str:
    return " Lời nhắc của các việc đang mở đã được lập lại." if period.status == PeriodStatus.OPEN else ""
