"""Moving deadlines: the ledger of a period with its form, what a move would do, the second person, one move."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from assessments.enums import MoveState, PeriodStatus, Role
from assessments.models import Assessment, AssessmentPeriod, DeadlineMove
from assessments.rules import NotAllowed
from evidence.models import DecisionDocument
from evidence.operations_decisions import keep_document
from workflow.forms import ReasonForm
from workflow.forms_moves import MoveForm
from workflow.move_workbook import workbook_of
from workflow.operations.deadlines import (
    EffectChanged,
    confirm_move,
    move_deadline,
    preview_confirmation,
    preview_move,
    refuse_move,
)
from workflow.operations.move_outcome import MoveOutcome
from workflow.views.periods import LIST, load_organised

TITLE = "Thời hạn"
SHOWN_AT_ONCE = 10  # a longer list is folded
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def moves(request: HttpRequest, code: str) -> HttpResponse:
    """Show the ledger and the form; a filled form leads to what the move would do, and changes nothing."""
    period = load_organised(request, code)
    form, document = _form(request, period), None
    if request.method == "POST" and not closed_reason(period):
        document = _document(request, period, form)
        if form.is_valid() and "edit" not in request.POST:
            try:
                outcome = preview_move(request=form.request(), by=request.user)
            except NotAllowed as refusal:
                form.add_error(None, refusal.sentence)
            else:
                return _preview(request, period, form, outcome, document)
    ledger = (
        DeadlineMove.objects.filter(period=period)
        .select_related("by", "decided_by", "assessment__unit", "branch", "document")
        .order_by("-id")
    )
    page = {
        "period": period,
        "form": form,
        "document": document,
        "ledger": ledger,
        "closed_reason": closed_reason(period),
        "breadcrumbs": _way(period, TITLE),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "workflow/moves/ledger.html", page, status=status)


@require_POST
@login_required
def confirm(request: HttpRequest, code: str) -> HttpResponse:
    """Carry out what was previewed; should it do something else by now, show that instead and do nothing."""
    period = load_organised(request, code)
    form = _form(request, period)
    document = _document(request, period, form)
    if closed_reason(period) or not form.is_valid():
        return moves(request, code)
    try:
        outcome = move_deadline(
            request=form.request(),
            by=request.user,
            expected=request.POST.get("fingerprint") or "none",
            document_id=document.pk if document else None,
        )
    except EffectChanged as changed:
        return _preview(request, period, form, changed.outcome, document, refusal=changed.sentence)
    except NotAllowed as refusal:
        form.add_error(None, refusal.sentence)
        page = {
            "period": period,
            "form": form,
            "document": document,
            "ledger": [],
            "closed_reason": "",
            "breadcrumbs": _way(period, TITLE),
        }
        return render(request, "workflow/moves/ledger.html", page, status=422)
    messages.success(request, _done(outcome))
    return redirect("move", pk=outcome.move.pk)


@require_POST
@login_required
def preview_workbook(request: HttpRequest, code: str) -> HttpResponse:
    """Send what a move would do as an Excel workbook; nothing changes."""
    period = load_organised(request, code)
    form = _form(request, period)
    if closed_reason(period) or not form.is_valid():
        return moves(request, code)
    try:
        outcome = preview_move(request=form.request(), by=request.user)
    except NotAllowed:
        return moves(request, code)  # says why
    response = HttpResponse(workbook_of(outcome), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="doi-thoi-han-{period.code}.xlsx"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one move and what it did; a second person confirms a proposal here, seeing what that would do now."""
    found = _load(request, pk)
    may_decide = request.user.holds(Role.ORGANISER, found.period.organiser_id) and found.state == MoveState.PROPOSED
    refusal, outcome, sentence = "", None, ""
    if request.method == "POST":
        if not may_decide:
            raise Http404
        try:
            confirm_move(move=found, by=request.user, expected=request.POST.get("fingerprint") or "none")
        except EffectChanged as changed:
            outcome, sentence = changed.outcome, changed.sentence
        except NotAllowed as refused:
            sentence = refused.sentence
        else:
            messages.success(request, "Đã xác nhận; thời hạn mới có hiệu lực ngay.")
            return redirect("move", pk=pk)
    if may_decide and outcome is None:
        try:
            outcome = preview_confirmation(move=found, by=request.user)
        except NotAllowed as refused:
            refusal = refused.sentence
    page = _page_of(found, request) | {
        "may_decide": may_decide,
        "confirm_refusal": refusal,
        "refusal_form": ReasonForm(),
        "errors": [sentence] if sentence else [],
    }
    page |= _lists(outcome) if outcome else {}
    return render(request, "workflow/moves/move.html", page, status=409 if sentence else 200)


@require_POST
@login_required
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Refuse a proposal with a reason."""
    found = _load(request, pk)
    if not request.user.holds(Role.ORGANISER, found.period.organiser_id):
        raise Http404
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            refuse_move(move=found, reason=form.cleaned_data["reason"], by=request.user)
        except NotAllowed as refusal:
            form.add_error("reason", refusal.sentence)
        else:
            messages.success(request, "Đã ghi: không xác nhận đề nghị này; thời hạn giữ nguyên.")
            return redirect("move", pk=pk)
    page = _page_of(found, request) | {
        "may_decide": found.state == MoveState.PROPOSED,
        "confirm_refusal": "",
        "refusal_form": form,
        "errors": [],
    }
    return render(request, "workflow/moves/move.html", page, status=422)


def closed_reason(period: AssessmentPeriod) -> str:
    """Say why no deadline of a period can be moved, "" while they can."""
    if period.status == PeriodStatus.DRAFT:
        return "Kỳ đang chuẩn bị: sửa thẳng kế hoạch thời gian; dời thời hạn bằng văn bản khi kỳ đã mở."
    if period.status == PeriodStatus.PUBLISHED:
        return "Kết quả của kỳ đã công bố nên không dời thời hạn được nữa."
    return ""


def _form(request: HttpRequest, period: AssessmentPeriod) -> MoveForm:
    cases = list(Assessment.objects.filter(period=period).select_related("unit").order_by("unit__sort_key"))
    initial = {"scope": f"unit:{request.GET['ho-so']}"} if "ho-so" in request.GET else {}
    if request.method == "POST":
        return MoveForm(request.POST, request.FILES, period=period, cases=cases)
    return MoveForm(period=period, cases=cases, initial=initial)


def _document(request: HttpRequest, period: AssessmentPeriod, form: MoveForm) -> DecisionDocument | None:
    """Return the document sent with the form, or the one kept with an earlier step of it."""
    upload = request.FILES.get("document")
    if upload:
        try:
            return keep_document(period=period, upload=upload, by=request.user)
        except NotAllowed as refusal:
            form.add_error("document", refusal.sentence)
            return None
    try:
        kept = UUID(request.POST.get("kept_document", ""))
    except ValueError:
        return None
    mine = DecisionDocument.objects.filter(period=period, uploaded_by=request.user.pk, move__isnull=True)
    return mine.filter(pk=kept).first()


def _preview(
    request: HttpRequest,
    period: AssessmentPeriod,
    form: MoveForm,
    outcome: MoveOutcome,
    document: DecisionDocument | None,
    *,
    refusal: str = "",
) -> HttpResponse:
    page = _lists(outcome) | {
        "period": period,
        "asked": form.request(),
        "typed": form.typed(),
        "document": document,
        "errors": [refusal] if refusal else [],
        "breadcrumbs": _way(period, "Xem trước", reverse("period_moves", args=[period.code])),
    }
    return render(request, "workflow/moves/preview.html", page, status=409 if refusal else 200)


def _lists(outcome: MoveOutcome) -> dict[str, Any]:
    """Return what a page shows of an outcome; the fold says whether a list is long."""

    def fold(rows: Sequence[object]) -> bool:
        return len(rows) > SHOWN_AT_ONCE

    return {
        "outcome": outcome,
        "folds": {name: fold(getattr(outcome, name)) for name in ("cases", "works", "timers", "reminders", "people")},
    }


def _load(request: HttpRequest, pk: int) -> DeadlineMove:
    rows = DeadlineMove.objects.visible_to(request.user).select_related(
        "period__organiser", "assessment__unit", "branch", "by", "decided_by", "document"
    )
    return get_object_or_404(rows, pk=pk)


def _page_of(found: DeadlineMove, request: HttpRequest) -> dict[str, Any]:
    """Return what the page of a move shows: the row of the ledger and what it did to the cases the reader may open."""
    is_organiser = request.user.holds(Role.ORGANISER, found.period.organiser_id)
    readable = Assessment.objects.visible_to(request.user)
    moved = (
        found.moved.filter(assessment__in=readable)
        .select_related("assessment__unit", "branch")
        .order_by("assessment__unit__sort_key", "window", "id")
    )
    return {
        "move": found,
        "period": found.period,
        "moved": list(moved),
        "document": getattr(found, "document", None),
        "breadcrumbs": _way(found.period, "Một lần dời", reverse("period_moves", args=[found.period.code]))
        if is_organiser
        else [{"label": "Hồ sơ", "url": reverse("cases")}, {"label": "Dời thời hạn"}],
    }


def _way(period: AssessmentPeriod, here: str, ledger: str = "") -> list[dict[str, str]]:
    way = [
        {"label": LIST, "url": reverse("periods")},
        {"label": period.name, "url": reverse("period", args=[period.code])},
    ]
    return [*way, *([{"label": TITLE, "url": ledger}] if ledger else []), {"label": here}]


def _done(outcome: MoveOutcome) -> str:
    if outcome.is_proposal:
        return "Đã ghi đề nghị đóng ngay; chưa có gì thay đổi cho đến khi người thứ hai của đơn vị tổ chức xác nhận."
    again = f" {outcome.reopened} hồ sơ được mở lại." if outcome.reopened else ""
    return f"Đã dời {len(outcome.cases)} thời hạn, báo cho {len(outcome.people)} người.{again}"
