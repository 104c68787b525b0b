"""Appraisal (thẩm định) side by side: the unit's result and its evidence beside the body's own."""

import json

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from assessments import clock
from assessments.enums import ScoreStage
from assessments.models import AppraisalBranch, ItemScore
from assessments.operations import scores
from assessments.queries.scores import rule_of
from assessments.rules import Conflict, NoReason, NotAllowed
from assessments.rules.appraisals import asks_below_maximum
from assessments.rules.inputs import input_text, raw_of
from assessments.rules.items import ItemRule
from assessments.rules.numbers import format_exact
from assessments.templatetags.formats import moment as moment_in_words
from evidence.views import item_context
from workflow.forms_review import EntryInputs, SupplementRequestForm
from workflow.operations import steps
from workflow.queries.appraisal import (
    AppraisalRow,
    BranchSheet,
    appraised_in_words,
    branch_sheet,
    changes_of,
    rounds_of,
    shown_first,
    supplement_days,
    why_closed,
)
from workflow.views.judging import Confirmation, confirm_page, frame, load_branch, permitted
from workflow.views.loading import load_score, whole

HERE = "Thẩm định"


@login_required
@require_http_methods(["GET", "POST"])
def appraise(request: HttpRequest, pk: int, branch_pk: int, score_pk: int | None = None) -> HttpResponse:
    """Show the items of a body with one of them open; a POST saves what the body gives that one."""
    branch = load_branch(request, pk, branch_pk)
    if request.method == "POST":
        if score_pk is None:
            raise Http404
        return _save(request, branch, score_pk)
    return _page(request, branch, score_pk)


@login_required
@require_POST
def zero(request: HttpRequest, pk: int, branch_pk: int, score_pk: int) -> HttpResponse:
    """Agree that an item the unit left unscored counts 0 points."""
    branch = load_branch(request, pk, branch_pk)
    score = _score(branch, score_pk)
    try:
        permitted(
            lambda: scores.agree_with_zero(
                score=score,
                version=whole(request.POST.get("version", "")),
                note=request.POST.get("note", ""),
                by=request.user,
            )
        )
    except Conflict as conflict:
        return _page(request, branch, score_pk, conflict=conflict)
    except NotAllowed as refusal:
        return _page(request, branch, score_pk, refusal=refusal)
    messages.success(request, f"Đã đồng ý 0 điểm cho nội dung {score.item.code}.")
    return _go_on(request, branch, score_pk)


@login_required
@require_http_methods(["GET", "POST"])
def agree(request: HttpRequest, pk: int, branch_pk: int) -> HttpResponse:
    """Confirm, then agree with everything the unit entered that is not appraised yet."""
    branch = load_branch(request, pk, branch_pk)
    refusal = ""
    if request.method == "POST":
        try:
            count = permitted(
                lambda: scores.agree_with_self_scores(
                    branch=branch, by=request.user, unscored_as_zero=request.POST.get("unscored_as_zero") == "on"
                )
            )
        except NotAllowed as error:
            refusal = error.sentence
        else:
            messages.success(request, f"Đã đồng ý {count} nội dung. Từng nội dung vẫn sửa được đến khi hoàn thành.")
            return redirect("case_appraise", pk=pk, branch_pk=branch_pk)
    closed = why_closed(branch, clock.read())
    return confirm_page(request, branch.assessment, _agreement(branch, branch_sheet(branch), closed), refusal=refusal)


@login_required
@require_http_methods(["GET", "POST"])
def complete(request: HttpRequest, pk: int, branch_pk: int) -> HttpResponse:
    """Confirm, then finish the body's appraisal."""
    branch = load_branch(request, pk, branch_pk)
    refusal = ""
    if request.method == "POST":
        try:
            permitted(lambda: steps.complete_appraisal(branch=branch, by=request.user))
        except NotAllowed as error:
            refusal = error.sentence
        else:
            messages.success(request, f"{branch.body_name} đã hoàn thành thẩm định {branch.assessment.unit.name}.")
            return redirect("inbox")
    closed = why_closed(branch, clock.read())
    confirmation = _completion(branch, branch_sheet(branch), closed)
    return confirm_page(request, branch.assessment, confirmation, refusal=refusal)


@login_required
@require_http_methods(["GET", "POST"])
def return_to_unit(request: HttpRequest, pk: int, branch_pk: int) -> HttpResponse:
    """Ask the unit for a supplement: which items, why, and within how many working days."""
    branch = load_branch(request, pk, branch_pk)
    moment = clock.read()
    days = supplement_days(branch, moment)
    default = min(branch.assessment.period.supplement_working_days, len(days))
    form = SupplementRequestForm(request.POST or None, days=days, initial={"working_days": default})
    chosen = {key: text for key, text in request.POST.items() if key.startswith("reason-")}
    sheet = branch_sheet(branch)
    items = {
        row.item.code: request.POST.get(f"reason-{row.score.pk}", "")
        for row in sheet.rows
        if str(row.score.pk) in request.POST.getlist("items")
    }
    if request.method == "POST" and form.is_valid():
        try:
            permitted(
                lambda: steps.request_supplement(
                    branch=branch,
                    reason=form.cleaned_data["reason"],
                    items=items,
                    by=request.user,
                    whole_branch=form.cleaned_data["whole_branch"],
                    working_days=form.cleaned_data["working_days"],
                )
            )
        except NotAllowed as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"Đã gửi yêu cầu bổ sung đến {branch.assessment.unit.name}.")
            return redirect("case_appraise", pk=pk, branch_pk=branch_pk)
    wanted = request.GET.get("noi-dung", "")
    context = {
        **frame(branch.assessment, "Yêu cầu bổ sung"),
        "branch": branch,
        "form": form,
        "rows": [
            {
                "row": row,
                "chosen": row.item.code in items or str(row.score.pk) == wanted,
                "reason": chosen.get(f"reason-{row.score.pk}", ""),
            }
            for row in sheet.rows
        ],
        "rounds": rounds_of(branch),
        "closed_reason": why_closed(branch, moment) or ("" if days else _no_day_left(branch)),
    }
    return render(request, "workflow/appraisal/return.html", context, status=422 if form.errors else 200)


def _save(request: HttpRequest, branch: AppraisalBranch, score_pk: int) -> HttpResponse:
    score = _score(branch, score_pk)
    entry = EntryInputs.typed(rule_of(score.item), request.POST)
    try:
        saved = permitted(
            lambda: scores.record_appraisal(
                score=score,
                version=whole(request.POST.get("version", "")),
                raw=entry.raw,
                na=entry.na,
                note=request.POST.get("note", ""),
                by=request.user,
            )
        )
    except Conflict as conflict:
        return _page(request, branch, score_pk, entry=entry, conflict=conflict)
    except NotAllowed as refusal:
        return _page(request, branch, score_pk, entry=entry, refusal=refusal)
    messages.success(request, f"Đã lưu nội dung {saved.item.code}: {appraised_in_words(saved, branch.assessment)}.")
    return _go_on(request, branch, score_pk)


def _page(
    request: HttpRequest,
    branch: AppraisalBranch,
    score_pk: int | None,
    *,
    entry: EntryInputs | None = None,
    refusal: NotAllowed | None = None,
    conflict: Conflict | None = None,
) -> HttpResponse:
    sheet = branch_sheet(branch)
    row = sheet.row_of(score_pk)
    if row is None:
        raise Http404
    closed = why_closed(branch, clock.read())
    row.score.assessment = branch.assessment
    evidence = item_context(request, row.score)
    before, after = sheet.beside(row)
    rounds = rounds_of(branch)
    status = 409 if conflict else 422 if refusal else 200
    note_error = refusal.sentence if isinstance(refusal, NoReason) else ""
    if refusal and entry and not note_error:
        entry = entry.refused(refusal.sentence)
    note = request.POST.get("note") if status != 200 else None
    context = {
        **frame(branch.assessment, HERE),
        **evidence,
        "branch": branch,
        "sheet": sheet,
        "row": row,
        "entry": entry or _entry(row),
        "note": row.score.appraiser_note if note is None else note,
        "substitute_note": (
            f"{branch.body_name} không tự thẩm định mình nên {branch.unit.name} thẩm định thay phần này."
            if branch.is_substitute
            else ""
        ),
        "shown": shown_first(evidence["rows"]),
        "before": before,
        "after": after,
        "history": changes_of(row.score, ScoreStage.APPRAISED),
        "rounds": [each for each in rounds if _concerns(each, row)],
        "closed_reason": closed,
        "agreement": _agreement(branch, sheet, closed),
        "completion": _completion(branch, sheet, closed),
        "note_error": note_error,
        "own": json.dumps({**raw_of(row.score.self_input), "na": "on" if row.score.self_na else ""}),
        "below_maximum": format_exact(row.item.max_points) if asks_below_maximum(row.item) else "",
        "errors": _errors(refusal, entry),
        "conflict": _both(conflict, row.item, entry) if conflict else None,
    }
    return render(request, "workflow/appraisal/appraise.html", context, status=status)


def _errors(refusal: NotAllowed | None, entry: EntryInputs | None) -> list[dict[str, str]]:
    if refusal is None:
        return []
    if isinstance(refusal, NoReason):
        return [{"text": refusal.sentence, "id": "id_note"}]
    return [{"text": refusal.sentence, "id": entry.id_of(refusal.sentence) if entry else ""}]


def _entry(row: AppraisalRow) -> EntryInputs:
    """Start from what the body gave before, else from what the unit entered: saving it then is agreeing."""
    score = row.score
    if score.appraised_at:
        return EntryInputs.of(row.item, score.appraised_input, na=score.appraised_na)
    return EntryInputs.of(row.item, score.self_input, na=score.self_na)


def _both(conflict: Conflict, item: ItemRule, entry: EntryInputs | None) -> dict[str, object]:
    current: ItemScore = conflict.current  # type: ignore[assignment]
    if current.appraised_zeroed:
        theirs = "0 điểm cho nội dung đơn vị không chấm"
    else:
        theirs = "Không áp dụng" if current.appraised_na else input_text(item, current.appraised_input)
    if entry is None:
        mine = "0 điểm cho nội dung đơn vị không chấm"
    elif entry.na:
        mine = "Không áp dụng"
    else:
        mine = "/".join(text for text in entry.raw.values() if text) or "(để trống)"
    return {
        "sentence": conflict.sentence,
        "theirs": theirs,
        "by": current.appraised_by,
        "at": moment_in_words(current.appraised_at),
        "note": current.appraiser_note,
        "mine": mine,
    }


def _score(branch: AppraisalBranch, score_pk: int) -> ItemScore:
    score = load_score(branch.assessment, score_pk)
    if score.item.appraising_body != branch.body_name:
        raise Http404
    return score


def _go_on(request: HttpRequest, branch: AppraisalBranch, score_pk: int) -> HttpResponse:
    target = request.POST.get("next", "")
    return redirect(
        "case_appraise_item",
        pk=branch.assessment_id,
        branch_pk=branch.pk,
        score_pk=max(whole(target), 0) or score_pk,
    )


def _concerns(request, row: AppraisalRow) -> bool:
    return request.covers_whole_branch or any(item.score_id == row.score.pk for item in request.items.all())


def _back(branch: AppraisalBranch) -> str:
    return reverse("case_appraise", args=[branch.assessment_id, branch.pk])


def _agreement(branch: AppraisalBranch, sheet: BranchSheet, closed: str) -> Confirmation:
    sentences = [f"{sheet.to_agree} nội dung chưa thẩm định sẽ nhận đúng kết quả đơn vị tự chấm."]
    if sheet.to_enter:
        sentences.append(f"{sheet.to_enter} nội dung do cơ quan thẩm định nhập không nằm trong số này.")
    sentences.append("Những nội dung đã thẩm định giữ nguyên. Từng nội dung vẫn sửa được đến khi hoàn thành.")
    option = None
    if sheet.unscored:
        option = ("unscored_as_zero", f"Đồng ý 0 điểm cho {sheet.unscored} nội dung đơn vị không chấm")
    confirmation = Confirmation(
        id="agree-dialog",
        title="Đồng ý tất cả nội dung chưa thẩm định",
        sentences=sentences,
        button="Đồng ý tất cả",
        action=reverse("case_appraise_agree", args=[branch.assessment_id, branch.pk]),
        back=_back(branch),
        option=option,
        closed_reason=closed,
        tone="",
        icon="check",
    )
    if sheet.to_agree or sheet.unscored:
        return confirmation
    return confirmation.closed("Không còn nội dung nào để đồng ý: mọi nội dung đơn vị chấm đều đã thẩm định.")


def _completion(branch: AppraisalBranch, sheet: BranchSheet, closed: str) -> Confirmation:
    confirmation = Confirmation(
        id="complete-dialog",
        title="Hoàn thành thẩm định",
        sentences=[
            f"{len(sheet.rows)} nội dung của {branch.body_name} đã thẩm định.",
            "Sau khi hoàn thành, kết quả chuyển đến Tổ thư ký và không sửa được nữa.",
        ],
        button="Hoàn thành thẩm định",
        action=reverse("case_appraise_complete", args=[branch.assessment_id, branch.pk]),
        back=_back(branch),
        closed_reason=closed,
        icon="check-circle",
    )
    if not sheet.left:
        return confirmation
    codes = ", ".join(row.item.code for row in sheet.left[:12])
    more = f" và {len(sheet.left) - 12} nội dung khác" if len(sheet.left) > 12 else ""
    return confirmation.closed(f"Còn {len(sheet.left)} nội dung chưa thẩm định: {codes}{more}.")


def _no_day_left(branch: AppraisalBranch) -> str:
    organiser = branch.assessment.period.organiser.name
    return (
        "Hạn thẩm định không còn đủ một ngày làm việc để đơn vị bổ sung; hãy đề nghị "
        f"{organiser} gia hạn thẩm định trước."
    )
