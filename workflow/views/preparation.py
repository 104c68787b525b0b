"""What the unit does around the sheet: training, the evidence check, signing, withdrawing, the receipt."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from assessments import clock, permissions
from assessments.enums import Role
from assessments.models import Assessment, Submission
from assessments.queries.deadlines import windows_of
from assessments.rules import NotAllowed
from assessments.rules.deadlines import in_words
from assessments.rules.seen import ChangedSince
from workflow.forms import ReasonForm, SignForm, TrainingForm
from workflow.operations import steps
from workflow.queries.deadlines import deadline_of
from workflow.queries.preparation import (
    checklist_of,
    signing_closed,
    submit_summary,
    training_closed,
    withdrawal_closed,
)
from workflow.queries.sheet import why_closed
from workflow.views.loading import breadcrumbs, load_case, load_sheet_case


def _own_case(request: HttpRequest, pk: int) -> Assessment:
    case = load_case(request, pk)
    if not (request.user.holds(Role.OFFICER, case.unit) or request.user.holds(Role.HEAD, case.unit)):
        raise Http404
    return case


def _frame(case: Assessment, here: str) -> dict:
    moment = clock.read()
    return {
        "case": case,
        "deadline": deadline_of(case, windows_of([case])[case.pk], moment),
        "breadcrumbs": breadcrumbs(case, here),
    }


@login_required
@require_http_methods(["GET", "POST"])
def training(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm who takes part in the training."""
    case = _own_case(request, pk)
    form = TrainingForm(request.POST or None, initial={"participants": "\n".join(case.training_participants)})
    if request.method == "POST" and form.is_valid():
        try:
            steps.confirm_training(
                assessment=case, participants=form.cleaned_data["participants"].splitlines(), by=request.user
            )
        except NotAllowed as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "Đã xác nhận người tham gia tập huấn.")
            return redirect("case", pk=pk)
    context = {
        **_frame(case, "Tập huấn"),
        "form": form,
        "closed_reason": training_closed(case, request.user, clock.read()),
    }
    return render(request, "workflow/steps/training.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def evidence(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what evidence is missing; a POST presents the dossier to the head."""
    case = _own_case(request, pk)
    errors = []
    if request.method == "POST":
        try:
            steps.present_to_head(assessment=case, by=request.user)
        except NotAllowed as refusal:
            errors = [refusal.sentence]
        else:
            messages.success(request, "Đã trình lãnh đạo. Lãnh đạo đơn vị sẽ nhận được việc ký, gửi hồ sơ.")
            return redirect("case", pk=pk)
    case.refresh_from_db(fields=["stage"])
    context = {
        **_frame(case, "Tài liệu kiểm chứng"),
        "checklist": checklist_of(case, request.user, clock.read()),
        "evidence_closed": why_closed(case, request.user, clock.read(), "evidence"),
        "errors": errors,
    }
    return render(request, "workflow/steps/evidence.html", context, status=422 if errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the head read the summary and submit, or send the dossier back with a reason."""
    case = _own_case(request, pk)
    sign_form, back_form = SignForm(), ReasonForm(prefix="back")
    if request.method == "POST" and request.POST.get("decision") == "send_back":
        back_form = ReasonForm(request.POST, prefix="back")
        if back_form.is_valid():
            try:
                steps.send_back_to_officers(assessment=case, reason=back_form.cleaned_data["reason"], by=request.user)
            except NotAllowed as refusal:
                back_form.add_error("reason", refusal.sentence)
            else:
                messages.success(request, "Đã trả lại hồ sơ cho cán bộ kèm lý do.")
                return redirect("case", pk=pk)
    elif request.method == "POST":
        sign_form = SignForm(request.POST)
        if sign_form.is_valid():
            try:
                receipt = steps.submit(assessment=case, by=request.user, **sign_form.cleaned_data)
            except ChangedSince as refusal:
                sign_form.add_error("confirmed", refusal.sentence)
                sign_form.data = {}  # what was confirmed is not what stands here now: the tick is asked for again
            except NotAllowed as refusal:
                sign_form.add_error("confirmed", refusal.sentence)
            else:
                messages.success(request, "Đã ký, gửi hồ sơ. Biên nhận bên dưới.")
                return redirect("case_receipt", pk=pk, number=receipt.number)
    case.refresh_from_db(fields=["stage"])
    refused = sign_form.errors or back_form.errors
    context = {
        **_frame(case, "Ký, gửi hồ sơ"),
        "summary": submit_summary(case),
        "sign_form": sign_form,
        "back_form": back_form,
        "closed_reason": signing_closed(case, request.user, clock.read()),
    }
    return render(request, "workflow/steps/sign.html", context, status=422 if refused else 200)


@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a submitted dossier with a reason."""
    case = _own_case(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            steps.withdraw(assessment=case, reason=form.cleaned_data["reason"], by=request.user)
        except NotAllowed as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "Đã thu hồi hồ sơ. Hồ sơ trở lại bước tự chấm điểm.")
            return redirect("case", pk=pk)
    context = {
        **_frame(case, "Thu hồi hồ sơ"),
        "form": form,
        "closed_reason": withdrawal_closed(case, request.user, clock.read()),
    }
    return render(request, "workflow/steps/withdraw.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def receipt(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Show the receipt of one submission: the moment, the hash and what it covers."""
    case = load_sheet_case(request, pk)
    found = get_object_or_404(
        Submission.objects.select_related("submitted_by", "withdrawn_by"), assessment=case, number=number
    )
    closes_at = windows_of([case])[case.pk]
    context = {
        **_frame(case, f"Biên nhận lần {number}"),
        "receipt": found,
        "scores": len(found.content.get("scores", [])),
        "files": found.content.get("evidence", []),
        "closes": [in_words(w.closes_at) for kind, w in closes_at.items() if kind == "evidence"],
        "may_withdraw": not withdrawal_closed(case, request.user, clock.read())
        if permissions.works_for(request.user, case.unit)
        else False,
    }
    return render(request, "workflow/steps/receipt.html", context)
