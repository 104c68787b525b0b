"""Supplement (giải trình, bổ sung): what a body asked of the unit, the files of each item, and the answer."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from assessments import clock
from assessments.enums import BranchState
from assessments.models import AppraisalBranch, ItemScore, Official, SupplementRequest
from assessments.queries.appraisals import branch_scores
from assessments.rules import NotAllowed
from assessments.rules.deadlines import in_words, opening_in_words
from evidence import rules
from evidence.queries import file_row, files_of, openness
from workflow.forms_review import SupplementAnswerForm
from workflow.operations import steps
from workflow.queries.appraisal import rounds_of, supplement_deadline
from workflow.views.judging import frame, load_own, permitted


@login_required
@require_http_methods(["GET", "POST"])
def supplement(request: HttpRequest, pk: int, branch_pk: int) -> HttpResponse:
    """Show what was asked; a POST sends the unit's answer back to the body."""
    case = load_own(request, pk)
    branch = get_object_or_404(AppraisalBranch.objects.select_related("unit"), assessment=case, pk=branch_pk)
    branch.assessment = case
    form = SupplementAnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            permitted(
                lambda: steps.answer_supplement(branch=branch, answer=form.cleaned_data["answer"], by=request.user)
            )
        except NotAllowed as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"Đã gửi giải trình, bổ sung đến {branch.body_name}.")
            return redirect("case", pk=pk)
    moment = clock.read()
    rounds = rounds_of(branch)
    asked = rounds[-1] if rounds and branch.state == BranchState.SUPPLEMENT else None
    asked = asked if asked and asked.answered_at is None else None
    context = {
        **frame(case, "Giải trình, bổ sung"),
        "deadline": supplement_deadline(asked, moment, case.period.organiser.name) if asked else None,
        "branch": branch,
        "form": form,
        "asked": asked,
        "rounds": rounds[:-1] if asked else rounds,
        "items": _items(branch, asked, request.user) if asked else [],
        "evidence_rules": rules.rules_in_words(),
        "accept": rules.accepted_extensions(),
        "max_bytes": rules.current_limits().max_bytes,
        "closed_reason": _why_closed(branch, rounds, asked, moment),
    }
    return render(request, "workflow/supplement/supplement.html", context, status=422 if form.errors else 200)


def _items(branch: AppraisalBranch, asked: SupplementRequest, user: Official) -> list[dict[str, Any]]:
    """Return each item asked for with its files. All items of one request are open or closed together."""
    named = {item.score_id: item.reason for item in asked.items.all()}
    scores = [score for score in branch_scores(branch) if asked.covers_whole_branch or score.pk in named]
    files: dict[int, list] = {}
    for file in files_of(branch.assessment, user):
        files.setdefault(file.score_id, []).append(file)
    return [
        {
            "score": score,
            "score_key": str(score.pk),
            "reason": named.get(score.pk, ""),
            "openness": state,
            "rows": [file_row(file, state) for file in files.get(score.pk, [])],
        }
        for state in [_openness(scores, branch, user)]
        for score in scores
    ]


def _openness(scores: list[ItemScore], branch: AppraisalBranch, user: Official) -> Any:
    scores[0].assessment = branch.assessment
    return openness(score=scores[0], user=user, at=clock.read())


def _why_closed(branch: AppraisalBranch, rounds: list, asked: SupplementRequest | None, moment) -> str:
    if asked is None:
        if rounds and rounds[-1].answered_at:
            last = rounds[-1]
            who = f"{last.answered_by} gửi" if last.answered_by else "hệ thống đóng do hết hạn"
            return f"Giải trình, bổ sung vòng {last.round} đã được {who} lúc {opening_in_words(last.answered_at)}."
        return f"{branch.body_name} không có yêu cầu bổ sung nào đang mở cho đơn vị."
    if moment >= asked.closes_at:
        return f"Đã hết hạn giải trình, bổ sung lúc {in_words(asked.closes_at)}; hồ sơ trở lại {branch.body_name}."
    return ""
