"""Resolving disputes: the appraising body answers (trả lời), the secretary decides (quyết định)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assessments import clock
from assessments.enums import DisputeOutcome, Stage
from assessments.models import AppraisalBranch, Assessment, Dispute
from assessments.queries.scores import rule_of
from assessments.rules import NotAllowed
from assessments.templatetags.formats import points
from workflow.forms_review import AnswerForm, DecisionForm, EntryInputs
from workflow.operations import review, steps
from workflow.queries.disputes import Thread, threads_of
from workflow.queries.steps import Step, step_of
from workflow.views.judging import Confirmation, confirm_page, frame, load_as_secretary, load_branch, permitted


@dataclass
class Typed:
    """What was typed about one dispute and refused: shown again beside the refusal."""

    dispute_id: int
    form: forms.Form
    entry: EntryInputs
    errors: list[dict[str, str]] = field(default_factory=list)


@login_required
@require_GET
def answers(request: HttpRequest, pk: int, branch_pk: int) -> HttpResponse:
    """Show the disputes about a body's items, each with the form of the answer."""
    return _answers_page(request, load_branch(request, pk, branch_pk, opens_at=Stage.RESOLUTION))


@login_required
@require_POST
def answer(request: HttpRequest, pk: int, branch_pk: int, dispute_pk: int) -> HttpResponse:
    """Give the body's opinion on one dispute."""
    branch = load_branch(request, pk, branch_pk, opens_at=Stage.RESOLUTION)
    dispute = _dispute(branch.assessment, dispute_pk, score__item__appraising_body=branch.body_name)
    typed = _read(request, dispute, AnswerForm)
    if typed.form.is_valid():
        cleaned = typed.form.cleaned_data
        typed.errors = _refusals(
            typed,
            lambda: review.answer_dispute(
                branch=branch,
                dispute=dispute,
                opinion=DisputeOutcome(cleaned["opinion"]),
                answer=cleaned["answer"],
                raw=typed.entry.raw,
                na=typed.entry.na,
                by=request.user,
            ),
        )
        if not typed.errors:
            messages.success(request, f"Đã ghi ý kiến về kiến nghị nội dung {dispute.score.item.code}.")
            return redirect("case_answers", pk=pk, branch_pk=branch_pk)
    return _answers_page(request, branch, typed)


@login_required
@require_http_methods(["GET", "POST"])
def finish_answers(request: HttpRequest, pk: int, branch_pk: int) -> HttpResponse:
    """Confirm, then send the body's answers to the secretary."""
    branch = load_branch(request, pk, branch_pk, opens_at=Stage.RESOLUTION)
    refusal = ""
    if request.method == "POST":
        try:
            permitted(lambda: steps.finish_answers(branch=branch, by=request.user))
        except NotAllowed as error:
            refusal = error.sentence
        else:
            messages.success(request, "Đã gửi ý kiến trả lời đến Tổ thư ký.")
            return redirect("inbox")
    threads = threads_of(branch.assessment, request.user, body_name=branch.body_name)
    step = _answering(branch)
    confirmation = _answers_sent(branch, threads, step)
    return confirm_page(request, branch.assessment, confirmation, refusal=refusal, step=step)


@login_required
@require_GET
def decisions(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the disputes of a case with the bodies' opinions, each with the form of the decision."""
    return _decisions_page(request, load_as_secretary(request, pk, opens_at=Stage.RESOLUTION))


@login_required
@require_POST
def decide(request: HttpRequest, pk: int, dispute_pk: int) -> HttpResponse:
    """Decide one dispute."""
    case = load_as_secretary(request, pk, opens_at=Stage.RESOLUTION)
    dispute = _dispute(case, dispute_pk)
    typed = _read(request, dispute, DecisionForm)
    if typed.form.is_valid():
        cleaned = typed.form.cleaned_data
        typed.errors = _refusals(
            typed,
            lambda: review.decide_dispute(
                dispute=dispute,
                outcome=DisputeOutcome(cleaned["outcome"]),
                reason=cleaned["reason"],
                raw=typed.entry.raw,
                na=typed.entry.na,
                by=request.user,
                replacing=typed.form.cleaned_data["seen"],
            ),
        )
        if not typed.errors:
            messages.success(request, f"Đã quyết định kiến nghị nội dung {dispute.score.item.code}.")
            return redirect("case_decide", pk=pk)
    return _decisions_page(request, case, typed)


@login_required
@require_http_methods(["GET", "POST"])
def finish_decisions(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm, then finish the decisions of a case."""
    case = load_as_secretary(request, pk, opens_at=Stage.RESOLUTION)
    refusal = ""
    if request.method == "POST":
        try:
            permitted(lambda: steps.finish_decisions(assessment=case, by=request.user))
        except NotAllowed as error:
            refusal = error.sentence
        else:
            messages.success(request, f"Đã kết thúc xem xét kiến nghị của {case.unit.name}.")
            return redirect("case", pk=pk)
    step = _deciding(case)
    confirmation = _decisions_sent(case, threads_of(case, request.user), step)
    return confirm_page(request, case, confirmation, refusal=refusal, step=step)


def _answers_page(request: HttpRequest, branch: AppraisalBranch, typed: Typed | None = None) -> HttpResponse:
    threads = threads_of(branch.assessment, request.user, body_name=branch.body_name)
    step = _answering(branch)

    def initial(dispute: Dispute) -> dict[str, Any]:
        return {"opinion": dispute.opinion, "answer": dispute.answer}

    context = {
        **frame(branch.assessment, "Trả lời kiến nghị", step),
        "branch": branch,
        "cards": [_card(thread, AnswerForm, initial, typed) for thread in threads],
        "finish": _answers_sent(branch, threads, step),
        "closed_reason": step.closed_reason,
        "typed": typed,
    }
    return render(request, "workflow/dispute/answers.html", context, status=422 if typed else 200)


def _decisions_page(request: HttpRequest, case: Assessment, typed: Typed | None = None) -> HttpResponse:
    threads = threads_of(case, request.user)
    step = _deciding(case)

    def initial(dispute: Dispute) -> dict[str, Any]:
        outcome = dispute.outcome or dispute.opinion
        return {"outcome": outcome, "reason": dispute.decision_reason, "seen": _seen(dispute)}

    context = {
        **frame(case, "Quyết định kiến nghị", step),
        "cards": [_card(thread, DecisionForm, initial, typed) for thread in threads],
        "finish": _decisions_sent(case, threads, step),
        "closed_reason": step.closed_reason,
        "typed": typed,
    }
    return render(request, "workflow/dispute/decisions.html", context, status=422 if typed else 200)


def _card(
    thread: Thread,
    form_class: type[forms.Form],
    initial: Callable[[Dispute], dict[str, Any]],
    typed: Typed | None,
) -> dict[str, Any]:
    """Return a thread with its form: what was refused, else what stands there, else what the body proposed."""
    dispute = thread.dispute
    shown = {
        "thread": thread,
        "is_open": not thread.is_withdrawn,
        "is_decided": thread.is_decided and form_class is DecisionForm,
    }
    if typed and typed.dispute_id == dispute.pk:
        typed.form.data = {**typed.form.data.dict(), typed.form.add_prefix("seen"): _seen(dispute)}
        return {**shown, "form": typed.form, "entry": typed.entry, "is_refused": True}
    stored, na = None, False
    if dispute.outcome == DisputeOutcome.PARTLY_ACCEPTED:
        stored, na = dispute.after_input, dispute.after_na
    elif not dispute.outcome and dispute.opinion == DisputeOutcome.PARTLY_ACCEPTED:
        stored, na = dispute.opinion_input, dispute.opinion_na
    prefix = _prefix(dispute)
    form = form_class(prefix=prefix.rstrip("-"), initial=initial(dispute))
    return {**shown, "form": form, "entry": EntryInputs.of(thread.item, stored, na=na, prefix=prefix)}


def _seen(dispute: Dispute) -> str:
    """Return which decision a page shows; a refusal shows what a colleague decided, so the next try replaces that."""
    return dispute.decided_at.isoformat() if dispute.decided_at else ""


def _read(request: HttpRequest, dispute: Dispute, form_class: type[forms.Form]) -> Typed:
    prefix = _prefix(dispute)
    entry = EntryInputs.typed(rule_of(dispute.score.item), request.POST, prefix=prefix)
    return Typed(dispute.pk, form_class(request.POST, prefix=prefix.rstrip("-")), entry)


def _refusals(typed: Typed, act: Callable[[], Any]) -> list[dict[str, str]]:
    try:
        permitted(act)
    except NotAllowed as refusal:
        named = any(refusal.sentence.startswith(f"{each.field.label}:") for each in typed.entry.fields)
        where = typed.entry.id_of(refusal.sentence) if named else f"dispute-{typed.dispute_id}"
        if named:
            typed.entry = typed.entry.refused(refusal.sentence)
        return [{"text": refusal.sentence, "id": where}]
    return []


def _dispute(case: Assessment, dispute_pk: int, **also: Any) -> Dispute:
    disputes = Dispute.objects.select_related("score__item")
    dispute = get_object_or_404(disputes, assessment=case, pk=dispute_pk, **also)
    dispute.assessment = case
    return dispute


def _prefix(dispute: Dispute) -> str:
    return f"d{dispute.pk}-"


def _waiting(threads: Sequence[Thread], is_done: Callable[[Thread], bool]) -> str:
    codes = [thread.item.code for thread in threads if not thread.is_withdrawn and not is_done(thread)]
    return ", ".join(codes)


def _answering(branch: AppraisalBranch) -> Step:
    return step_of(branch.assessment, "answer_disputes", "Trả lời kiến nghị", clock.read(), branch=branch)


def _deciding(case: Assessment) -> Step:
    return step_of(case, "decide_disputes", "Xem xét, quyết định kiến nghị", clock.read())


def _answers_sent(branch: AppraisalBranch, threads: Sequence[Thread], step: Step) -> Confirmation:
    case = branch.assessment
    confirmation = Confirmation(
        id="answers-dialog",
        title="Gửi ý kiến trả lời",
        sentences=["Ý kiến về mọi kiến nghị được chuyển đến Tổ thư ký; sau khi gửi không sửa được nữa."],
        button="Gửi Tổ thư ký",
        action=reverse("case_answers_finish", args=[case.pk, branch.pk]),
        back=reverse("case_answers", args=[case.pk, branch.pk]),
        closed_reason=step.closed_reason,
        icon="send",
    )
    waiting = _waiting(threads, lambda thread: thread.is_answered)
    return confirmation.closed(f"Còn kiến nghị chưa trả lời: {waiting}.") if waiting else confirmation


def _decisions_sent(case: Assessment, threads: Sequence[Thread], step: Step) -> Confirmation:
    confirmation = Confirmation(
        id="decisions-dialog",
        title="Kết thúc xem xét kiến nghị",
        sentences=[
            *(_effect(thread) for thread in threads if thread.is_decided),
            "Kết quả của hồ sơ chuyển đến Hội đồng để công bố; các quyết định không sửa được nữa.",
        ],
        button="Kết thúc xem xét",
        action=reverse("case_decide_finish", args=[case.pk]),
        back=reverse("case_decide", args=[case.pk]),
        closed_reason=step.closed_reason,
        icon="check-circle",
    )
    waiting = _waiting(threads, lambda thread: thread.is_decided)
    return confirmation.closed(f"Còn kiến nghị chưa quyết định: {waiting}.") if waiting else confirmation


def _effect(thread: Thread) -> str:
    """Say what a decision does to the points of its item, before and after."""
    before, after = points(thread.before.points), points(thread.after.points if thread.after else None)
    wanted = f", đơn vị đề nghị {points(thread.wanted.points)}" if thread.wanted else ""
    label = thread.dispute.get_outcome_display()
    return f"{thread.item.code} {thread.item.name}: {label}, {before} → {after} điểm{wanted}."
