"""Disputes (kiến nghị) as the unit sees them: the preliminary result, filing, withdrawing, sending or accepting."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from assessments import clock
from assessments.enums import Role, Scoring, Stage
from assessments.models import Assessment, Dispute, Official
from assessments.operations import disputes
from assessments.queries.disputes import open_disputes
from assessments.queries.scores import rule_of
from assessments.rules import NotAllowed
from assessments.rules.words import rule_in_words
from evidence.views import item_context
from workflow.forms_review import DisputeForm, EntryInputs
from workflow.operations import steps
from workflow.queries.comparison import comparison_of
from workflow.queries.disputes import filing_closed, threads_of
from workflow.views.judging import Confirmation, confirm_page, frame, load_own, permitted
from workflow.views.loading import load_score

HERE = "Kết quả sơ bộ và kiến nghị"


@login_required
@require_GET
def dispute(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the preliminary result item by item, with what the unit contested."""
    case = _announced(request, pk)
    moment = clock.read()
    threads = threads_of(case, request.user, with_opinions=False)
    standing = {thread.score.pk: thread for thread in threads if not thread.is_withdrawn}
    comparison = comparison_of(case, by_unit=True)
    context = {
        **frame(case, HERE),
        "comparison": comparison,
        "rows": [(row, standing.get(row.score.pk) if row.score else None) for row in comparison.rows],
        "threads": threads,
        "with_final": case.stage != Stage.DISPUTE,
        "filing_closed": filing_closed(case, request.user, moment),
        "finish": _finish(case, request.user, len(standing), moment),
    }
    return render(request, "workflow/dispute/dispute.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def contest(request: HttpRequest, pk: int, score_pk: int) -> HttpResponse:
    """Show one item with its thread and files; a POST contests it."""
    case = _announced(request, pk)
    score = load_score(case, score_pk)
    score.assessment = case
    item = rule_of(score.item)
    form = DisputeForm(request.POST or None)
    entry = EntryInputs.of(item)
    errors = []
    if request.method == "POST":
        entry = EntryInputs.typed(item, request.POST)
        if form.is_valid():
            try:
                permitted(
                    lambda: disputes.file_dispute(
                        score=score, reason=form.cleaned_data["reason"], raw=entry.raw, na=entry.na, by=request.user
                    )
                )
            except NotAllowed as refusal:
                errors = [{"text": refusal.sentence, "id": entry.id_of(refusal.sentence)}]
                entry = _marked(entry, refusal.sentence)
            else:
                messages.success(
                    request, f"Đã ghi kiến nghị nội dung {item.code}. Lãnh đạo đơn vị gửi các kiến nghị khi đã đủ."
                )
                return redirect("case_dispute", pk=pk)
    threads = [t for t in threads_of(case, request.user, with_opinions=False) if t.score.pk == score.pk]
    standing = any(not thread.is_withdrawn for thread in threads)
    context = {
        **frame(case, HERE),
        **item_context(request, score),
        "row": next(row for row in comparison_of(case, by_unit=True).rows if row.score and row.score.pk == score.pk),
        "rule": rule_in_words(item),
        "threads": threads,
        "form": form,
        "entry": entry,
        "errors": errors,
        "closed_reason": _closed(case, request.user, item.scoring, standing=standing),
    }
    status = 422 if errors or form.errors else 200
    return render(request, "workflow/dispute/contest.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: int, dispute_pk: int) -> HttpResponse:
    """Confirm, then withdraw a dispute; it stays readable."""
    case = _announced(request, pk)
    filed = get_object_or_404(Dispute.objects.select_related("score__item"), assessment=case, pk=dispute_pk)
    code, refusal = filed.score.item.code, ""
    if request.method == "POST":
        try:
            permitted(lambda: disputes.withdraw_dispute(dispute=filed, by=request.user))
        except NotAllowed as error:
            refusal = error.sentence
        else:
            messages.success(request, f"Đã rút kiến nghị nội dung {code}.")
            return redirect("case_dispute", pk=pk)
    confirmation = Confirmation(
        id="withdraw-dialog",
        title=f"Rút kiến nghị nội dung {code}",
        sentences=["Kiến nghị đã rút vẫn đọc được; trước khi hết hạn vẫn gửi lại được kiến nghị mới."],
        button="Rút kiến nghị",
        action=reverse("case_dispute_withdraw", args=[pk, dispute_pk]),
        back=reverse("case_dispute", args=[pk]),
        closed_reason=filing_closed(case, request.user, clock.read()),
        icon="return",
    )
    return confirm_page(request, case, confirmation, refusal=refusal)


@login_required
@require_http_methods(["GET", "POST"])
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm, then accept the preliminary result, or send the disputes filed so far."""
    case = _announced(request, pk)
    refusal = ""
    if request.method == "POST":
        try:
            count = permitted(lambda: steps.finish_disputes(assessment=case, by=request.user))
        except NotAllowed as error:
            refusal = error.sentence
        else:
            sent = f"Đã gửi {count} kiến nghị đến cơ quan thẩm định." if count else "Đã chấp nhận kết quả sơ bộ."
            messages.success(request, sent)
            return redirect("case", pk=pk)
    confirmation = _finish(case, request.user, open_disputes(case), clock.read())
    return confirm_page(request, case, confirmation, refusal=refusal)


def _announced(request: HttpRequest, pk: int) -> Assessment:
    case = load_own(request, pk)
    if case.stage not in Stage.with_results():
        raise PermissionDenied("Kết quả sơ bộ chưa được công bố; đơn vị xem được ngay khi Tổ thư ký công bố.")
    return case


def _marked(entry: EntryInputs, sentence: str) -> EntryInputs:
    named = any(sentence.startswith(f"{each.field.label}:") for each in entry.fields)
    return entry.refused(sentence) if named else entry


def _closed(case: Assessment, user: Official, scoring: str, *, standing: bool) -> str:
    if scoring == Scoring.SURVEY:
        return "Nội dung này lấy từ điều tra xã hội học, không kiến nghị điểm thẩm định."
    if closed := filing_closed(case, user, clock.read()):
        return closed
    return "Nội dung này đã có kiến nghị; hãy rút kiến nghị cũ nếu muốn gửi lại." if standing else ""


def _finish(case: Assessment, user: Official, count: int, moment: datetime) -> Confirmation:
    closed = filing_closed(case, user, moment)
    if not closed and not user.holds(Role.HEAD, case.unit):
        closed = f"Chỉ lãnh đạo {case.unit.name} gửi kiến nghị hoặc chấp nhận kết quả; cán bộ soạn kiến nghị."
    if count:
        title, icon = f"Gửi {count} kiến nghị", "send"
        sentences = [
            f"{count} kiến nghị được chuyển đến cơ quan thẩm định; các nội dung khác được chấp nhận.",
            "Sau khi gửi không thêm, sửa hoặc rút kiến nghị được nữa.",
        ]
    else:
        title, icon = "Chấp nhận kết quả", "check-circle"
        sentences = [
            "Đơn vị chấp nhận kết quả sơ bộ và không kiến nghị nội dung nào.",
            "Sau khi chấp nhận không gửi kiến nghị được nữa.",
        ]
    return Confirmation(
        id="finish-dialog",
        title=title,
        sentences=sentences,
        button=title,
        action=reverse("case_dispute_finish", args=[case.pk]),
        back=reverse("case_dispute", args=[case.pk]),
        closed_reason=closed,
        icon=icon,
    )
