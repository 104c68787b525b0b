"""The self-scoring sheet (bảng tự chấm điểm): read, saved row by row as it is filled."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assessments import clock, permissions
from assessments.enums import RowState, Stage
from assessments.models import Assessment, ItemScore
from assessments.operations import scores
from assessments.queries.deadlines import windows_of
from assessments.queries.scores import rule_of
from assessments.rules import Conflict, NotAllowed, NotPermitted
from assessments.rules.inputs import input_fields, input_text, raw_of
from assessments.rules.numbers import format_points
from assessments.rules.words import rule_in_words
from assessments.templatetags.components import STATE_LOOKS
from assessments.templatetags.formats import clock_time
from assessments.templatetags.formats import moment as moment_in_words
from evidence.views import item_context
from workflow.forms import ExplanationForm
from workflow.operations import steps
from workflow.queries.deadlines import deadline_of
from workflow.queries.sheet import done_in_words, sheet_of, sheet_row, why_closed
from workflow.views.loading import breadcrumbs, load_score, load_sheet_case, whole


@login_required
@require_http_methods(["GET", "POST"])
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the sheet; a POST without scripts saves every changed row and says which were refused."""
    case = load_sheet_case(request, pk)
    errors: list[dict[str, str]] = []
    if request.method == "POST":
        errors = _save_all(request, case)
        if not errors:
            messages.success(request, "Đã lưu bảng tự chấm điểm.")
            return redirect("case_sheet", pk=pk)
    return _page(request, case, errors=errors)


@login_required
@require_POST
def save_row(request: HttpRequest, pk: int, score_pk: int) -> JsonResponse:
    """Save one row as it is left: 200 with the new points, 409 with what a colleague wrote, 422 with the refusal."""
    case = load_sheet_case(request, pk)
    score = load_score(case, score_pk)
    names = {field.name for field in input_fields(rule_of(score.item))} | {"na"}
    if names.isdisjoint(request.POST):  # an answer to another form must not clear the row
        return JsonResponse({"sentence": "Yêu cầu không có ô kết quả nào nên chưa ghi gì; tải lại trang."}, status=422)
    try:
        saved = scores.record_self_score(
            score=score,
            version=whole(request.POST.get("version", "")),
            raw={name: value for name, value in request.POST.items() if isinstance(value, str)},
            na=request.POST.get("na") == "on",
            by=request.user,
        )
    except Conflict as conflict:
        current: ItemScore = conflict.current  # type: ignore[assignment]
        return JsonResponse({"sentence": conflict.sentence, "current": _current(current)}, status=409)
    except NotPermitted as refusal:
        return JsonResponse({"sentence": refusal.sentence}, status=403)
    except NotAllowed as refusal:
        return JsonResponse({"sentence": refusal.sentence, "version": score.version}, status=422)
    return JsonResponse(_answer(case, saved))


@login_required
@require_GET
def row_detail(request: HttpRequest, pk: int, score_pk: int) -> HttpResponse:
    """Show what lies behind a row: guidance, explanation, evidence and the history of its values."""
    case = load_sheet_case(request, pk)
    return _detail(request, case, load_score(case, score_pk))


@login_required
@require_POST
def save_explanation(request: HttpRequest, pk: int, score_pk: int) -> HttpResponse:
    """Save the explanation (giải trình) of a row."""
    case = load_sheet_case(request, pk)
    score = load_score(case, score_pk)
    form = ExplanationForm(request.POST)
    if form.is_valid():
        try:
            score = scores.record_explanation(score=score, text=form.cleaned_data["explanation"], by=request.user)
        except NotAllowed as refusal:
            form.add_error("explanation", refusal.sentence)
        else:
            return _detail(request, case, score, said="Đã lưu giải trình.")
    return _detail(request, case, score, form=form)


@login_required
@require_POST
def hand_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Finish self-scoring and go on to the evidence check."""
    case = load_sheet_case(request, pk)
    try:
        steps.hand_in_scores(assessment=case, by=request.user)
    except NotAllowed as refusal:
        return _page(request, case, errors=[{"text": refusal.sentence, "id": ""}])
    messages.success(request, "Đã hoàn thành tự chấm điểm. Tiếp theo: rà soát tài liệu kiểm chứng.")
    return redirect("case_evidence", pk=pk)


def _page(request: HttpRequest, case: Assessment, *, errors: list[dict[str, str]]) -> HttpResponse:
    moment = clock.read()
    if request.method == "POST":
        case.refresh_from_db(fields=["stage"])
    show_results = case.stage in Stage.with_results() or not permissions.works_for(request.user, case.unit)
    state = request.GET.get("trang-thai", "")
    context = {
        "case": case,
        "sheet": sheet_of(
            case,
            request.user,
            moment=moment,
            with_appraisal=show_results and case.announced_at is not None,
            state=state if state in RowState.values else "",
        ),
        "with_results": show_results and case.announced_at is not None,
        "deadline": deadline_of(case, windows_of([case])[case.pk], moment),
        "errors": errors,
        "states": [(value, label) for value, label in RowState.choices],
        "state": state,
        "is_self_scoring": case.stage == Stage.SELF_SCORING,
        "breadcrumbs": breadcrumbs(case, "Bảng tự chấm điểm"),
    }
    return render(request, "workflow/sheet/sheet.html", context, status=422 if errors else 200)


def _detail(
    request: HttpRequest, case: Assessment, score: ItemScore, form: ExplanationForm | None = None, said: str = ""
) -> HttpResponse:
    rule = rule_of(score.item)
    context = {
        **item_context(request, score),
        "case": case,
        "said": said,
        "item": rule,
        "rule": rule_in_words(rule),
        "form": form or ExplanationForm(initial={"explanation": score.explanation}),
        "explanation_closed": why_closed(case, request.user, clock.read(), "explanation"),
        "history": [_change(rule, change) for change in score.changes.filter(stage="self").select_related("by")],
    }
    status = 422 if form is not None and form.errors else 200
    template = "workflow/sheet/_detail.html" if request.htmx else "workflow/sheet/detail.html"
    return render(request, template, context, status=status)


def _change(rule: Any, change: Any) -> dict[str, Any]:
    after = change.after or {}
    if "explanation" in after:
        sentence = "Sửa giải trình" if after["explanation"] else "Xóa giải trình"
    elif after.get("na"):
        sentence = "Chọn “Không áp dụng”"
    elif after.get("zeroed"):
        sentence = "Hệ thống tính 0 điểm do quá hạn"
    elif after.get("input"):
        sentence = f"Nhập {input_text(rule, after['input'])}"
    else:
        sentence = "Xóa kết quả đã nhập"
    return {"at": change.at, "by": change.by, "role": "", "sentence": sentence, "reason": change.note}


def _save_all(request: HttpRequest, case: Assessment) -> list[dict[str, str]]:
    refused = []
    rows = ItemScore.objects.filter(assessment=case, item__scoring="self").select_related("item")
    for score in rows:
        prefix = f"{score.pk}."
        if f"{prefix}version" not in request.POST:
            continue
        raw = {k.removeprefix(prefix): v for k, v in request.POST.items() if k.startswith(prefix)}
        na = raw.pop("na", "") == "on"
        unchanged = raw_of(score.self_input) == {k: v for k, v in raw.items() if v and k != "version"}
        if unchanged and na == score.self_na:
            continue
        try:
            scores.record_self_score(score=score, version=whole(raw["version"]), raw=raw, na=na, by=request.user)
        except NotAllowed as refusal:
            refused.append({"text": f"{score.item.code}: {refusal.sentence}", "id": f"r{score.pk}"})
    return refused


def _answer(case: Assessment, saved: ItemScore) -> dict[str, Any]:
    row, sums = sheet_row(case, saved)
    look = STATE_LOOKS[RowState].get(row.state, ("neutral", "circle"))
    points = row.own.points if row.own else None
    return {
        "version": saved.version,
        "values": raw_of(saved.self_input),
        "na": saved.self_na,
        "points": format_points(points) if points is not None else "–",
        "explanation": row.own.explanation if row.own else "",
        "state": {"value": row.state, "label": row.state.label, "tone": look[0], "icon": look[1]},
        "saved_at": clock_time(saved.self_at),
        "sums": {
            code: f"{format_points(pair.achieved)}/{format_points(pair.maximum)}"
            for code, pair in sums.nodes.items()
            if code not in sums.leaves
        },
        "total": f"{format_points(sums.self.achieved)}/{format_points(sums.self.maximum)}",
        "unscored": len(sums.unscored),
        "done": done_in_words(sums),
    }


def _current(row: ItemScore) -> dict[str, Any]:
    rule = rule_of(row.item)
    return {
        "version": row.version,
        "values": raw_of(row.self_input),
        "na": row.self_na,
        "text": "Không áp dụng" if row.self_na else input_text(rule, row.self_input) or "(để trống)",
        "by": row.self_by.display_name if row.self_by else "",
        "at": moment_in_words(row.self_at) if row.self_at else "",
    }
