"""Correction (đính chính) of a reopened case by the secretary: the published value stays beside the corrected one."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from assessments import clock
from assessments.enums import ScoreStage, Scoring, Stage
from assessments.models import Assessment, PublishedResult
from assessments.queries.scores import rule_of
from assessments.rules import NotAllowed
from assessments.rules.words import rule_in_words
from workflow.forms_review import CorrectionForm, EntryInputs
from workflow.operations import review, steps
from workflow.queries.appraisal import changes_of
from workflow.queries.comparison import comparison_of, published_items
from workflow.queries.steps import step_of
from workflow.views.judging import Confirmation, confirm_page, frame, load_as_secretary, permitted
from workflow.views.loading import load_score

HERE = "Đính chính sau công bố"


@login_required
@require_GET
def correction(request: HttpRequest, pk: int) -> HttpResponse:
    """Show every item with what was published and what stands now."""
    case = _published(request, pk)
    comparison, (result, published) = comparison_of(case), published_items(case)
    rows = [(row, published.get(row.item.code)) for row in comparison.rows]
    context = {
        **frame(case, HERE),
        "comparison": comparison,
        "rows": rows,
        "result": result,
        "published_points": Decimal(result.achieved) if result else None,
        "corrected": [(row, item) for row, item in rows if item and item.is_different(row.final)],
        "finish": _finish(case, result),
    }
    return render(request, "workflow/correction/correction.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: int, score_pk: int) -> HttpResponse:
    """Show one item; a POST corrects it with a reason."""
    case = _published(request, pk)
    score = load_score(case, score_pk)
    score.assessment = case
    if score.item.scoring == Scoring.SURVEY:
        raise Http404
    item = rule_of(score.item)
    form = CorrectionForm(request.POST or None)
    entry = EntryInputs.of(item, score.final_input, na=score.final_na)
    errors: list[dict[str, str]] = []
    if request.method == "POST":
        entry = EntryInputs.typed(item, request.POST)
        if form.is_valid():
            try:
                permitted(
                    lambda: review.correct_score(
                        score=score, raw=entry.raw, na=entry.na, reason=form.cleaned_data["reason"], by=request.user
                    )
                )
            except NotAllowed as refusal:
                errors = [{"text": refusal.sentence, "id": entry.id_of(refusal.sentence)}]
                entry = entry.refused(refusal.sentence)
            else:
                messages.success(request, f"Đã đính chính nội dung {item.code}.")
                return redirect("case_correct", pk=pk)
    result, published = published_items(case)
    context = {
        **frame(case, HERE),
        "row": next(row for row in comparison_of(case).rows if row.score and row.score.pk == score.pk),
        "rule": rule_in_words(item),
        "published": published.get(item.code),
        "result": result,
        "form": form,
        "entry": entry,
        "errors": errors,
        "history": changes_of(score, ScoreStage.FINAL),
        "closed_reason": step_of(case, "correct", HERE, clock.read()).closed_reason,
    }
    return render(request, "workflow/correction/correct.html", context, status=422 if errors or form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm, then finish the correction; it waits for the corrected publication."""
    case = _published(request, pk)
    refusal = ""
    if request.method == "POST":
        try:
            permitted(lambda: steps.finish_correction(assessment=case, by=request.user))
        except NotAllowed as error:
            refusal = error.sentence
        else:
            messages.success(request, "Đã hoàn thành đính chính; kết quả mới chờ đơn vị tổ chức công bố.")
            return redirect("case", pk=pk)
    result, _ = published_items(case)
    return confirm_page(request, case, _finish(case, result), refusal=refusal)


def _published(request: HttpRequest, pk: int) -> Assessment:
    case = load_as_secretary(request, pk)
    if case.stage not in (Stage.PUBLISHED, Stage.CORRECTION):
        raise Http404
    return case


def _finish(case: Assessment, result: PublishedResult | None) -> Confirmation:
    sentences: list[Any] = ["Sau khi hoàn thành không sửa được nữa; đơn vị tổ chức công bố bản đính chính."]
    if result:
        sentences.append(f"Bản công bố lần {result.publication.number} vẫn giữ nguyên bên cạnh.")
    return Confirmation(
        id="correction-dialog",
        title="Hoàn thành đính chính",
        sentences=sentences,
        button="Hoàn thành đính chính",
        action=reverse("case_correct_finish", args=[case.pk]),
        back=reverse("case_correct", args=[case.pk]),
        closed_reason=step_of(case, "correct", HERE, clock.read()).closed_reason,
        icon="check-circle",
    )
