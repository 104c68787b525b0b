"""What the pages of the appraisal and of disputes share: who may open them, and how a step is confirmed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from assessments import clock, permissions
from assessments.enums import Role, Stage
from assessments.models import AppraisalBranch, Assessment, Official
from assessments.queries.deadlines import windows_of
from assessments.rules import NotPermitted
from workflow.queries.deadlines import deadline_of
from workflow.queries.steps import Step
from workflow.views.loading import breadcrumbs, load_case

# What the pages of a step show is open from that step on, and stays open afterwards.
OPEN_FROM = {
    Stage.CONSOLIDATION: {Stage.CONSOLIDATION} | Stage.with_results(),
    Stage.RESOLUTION: Stage.with_results() - {Stage.DISPUTE},
}
NOT_SUBMITTED = "Đơn vị chưa nộp, hoặc đã thu hồi hồ sơ; chỉ đơn vị đọc được bảng điểm cho đến khi nộp."


def load_branch(request: HttpRequest, pk: int, branch_pk: int, *, opens_at: Stage | None = None) -> AppraisalBranch:
    """Return a branch that the reader appraises; 404 for everybody else.

    403 where it would be their own unit, before the submission, and before the step ``opens_at`` (of OPEN_FROM).
    """
    case = load_case(request, pk)
    branches = AppraisalBranch.objects.select_related("unit", "completed_by")
    branch = get_object_or_404(branches, assessment=case, pk=branch_pk)
    branch.assessment = case  # the unit and the period are already read
    if not request.user.holds(Role.APPRAISER, branch.unit):
        raise Http404
    _refuse_own_unit(request.user, case)
    _refuse_before(case, opens_at)
    return branch


def load_as_secretary(request: HttpRequest, pk: int, *, opens_at: Stage | None = None) -> Assessment:
    """Return a case whose council's secretary the reader is; 404 for everybody else.

    403 for their own unit, before the submission, and before the step ``opens_at`` (of OPEN_FROM).
    """
    case = load_case(request, pk)
    if not request.user.holds(Role.SECRETARY, case.period.secretariat):
        raise Http404
    _refuse_own_unit(request.user, case)
    _refuse_before(case, opens_at)
    return case


def load_own(request: HttpRequest, pk: int) -> Assessment:
    """Return a case of a unit whose officer or head the reader is; 404 for everybody else."""
    case = load_case(request, pk)
    if not (request.user.holds(Role.OFFICER, case.unit) or request.user.holds(Role.HEAD, case.unit)):
        raise Http404
    return case


def frame(case: Assessment, here: str, step: Step | None = None) -> dict[str, Any]:
    """Return what every page of a case shows at its top: the deadline of ``step``, that of the stage without."""
    deadline = step.deadline if step else deadline_of(case, windows_of([case])[case.pk], clock.read())
    return {
        "case": case,
        "here": here,
        "deadline": deadline,
        "breadcrumbs": breadcrumbs(case, here),
    }


@dataclass(frozen=True)
class Confirmation:
    """An act that is confirmed: in a dialog of the page, and on a page of its own without scripts.

    ``sentences`` say what will happen; ``option`` is a box to tick, as (name, label).
    """

    id: str
    title: str
    sentences: Sequence[str]
    button: str
    action: str
    back: str
    closed_reason: str = ""
    option: tuple[str, str] | None = None
    tone: str = "primary"
    icon: str = "check"

    def closed(self, reason: str) -> "Confirmation":
        """Return it closed for a reason, unless it already is."""
        return replace(self, closed_reason=self.closed_reason or reason)


def confirm_page(
    request: HttpRequest,
    case: Assessment,
    confirmation: Confirmation,
    *,
    refusal: str = "",
    step: Step | None = None,
) -> HttpResponse:
    """Show the page on which an act is confirmed, with the refusal if it was tried and refused."""
    context = {
        **frame(case, confirmation.title, step),
        "confirmation": confirmation,
        "errors": [refusal] if refusal else [],
    }
    return render(request, "workflow/review/confirm.html", context, status=422 if refusal else 200)


def permitted(check: Callable[[], Any]) -> Any:
    """Do what a person asks for; a refusal of the person (not of the moment) becomes a 403 with its sentence."""
    try:
        return check()
    except NotPermitted as refusal:
        raise PermissionDenied(refusal.sentence) from refusal


def _refuse_own_unit(user: Official, case: Assessment) -> None:
    permitted(lambda: permissions.check_not_own_unit(user, case))


def _refuse_before(case: Assessment, opens_at: Stage | None) -> None:
    if case.stage in Stage.before_submission():
        raise PermissionDenied(NOT_SUBMITTED)
    if opens_at and case.stage not in OPEN_FROM[opens_at]:
        raise PermissionDenied(
            f"Hồ sơ của {case.unit.name} đang ở bước “{case.get_stage_display()}”; "
            f"trang này mở từ bước “{opens_at.label}”."
        )
