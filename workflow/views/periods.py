"""Pages of an assessment period for its organiser: list, preparation piece by piece, opening."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments import clock, permissions
from assessments.enums import PeriodStatus, Role, Stage, UnitKind
from assessments.models import Assessment, AssessmentPeriod, CriteriaSet, Unit
from assessments.operations import periods as operations
from assessments.queries.calendar import working_calendar
from assessments.queries.readiness import Preparation, preparation_of, units_without_people
from assessments.rules import NotAllowed, NotPermitted
from assessments.rules.calendar import PROVINCE_TIME
from assessments.rules.moments import end_in_words
from assessments.rules.timetable import Problem, problems_of, warnings_in
from assessments.timelines import draw_timetable
from workflow import forms_periods as forms
from workflow.operations.periods import open_period as open_with_flow
from workflow.views.loading import whole

LIST = "Kỳ đánh giá"
KINDS = {kind.value: kind for kind in UnitKind.assessed()}


@require_safe
@login_required
def periods(request: HttpRequest) -> HttpResponse:
    """List the periods that the person organises or serves, newest first."""
    found = (
        AssessmentPeriod.objects.visible_to(request.user)
        .select_related("organiser")
        .annotate(unit_count=Count("units", distinct=True))
    )
    organised = set(request.user.unit_ids_of(Role.ORGANISER))
    rows = [{"period": period, "is_organised": period.organiser_id in organised} for period in found]
    page = {"rows": rows, "may_create": bool(organised), "breadcrumbs": [{"label": LIST}]}
    return render(request, "workflow/periods/list.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def create(request: HttpRequest) -> HttpResponse:
    """Create a period in preparation."""
    try:
        permissions.check_organises_somewhere(request.user)
    except NotPermitted as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    form = forms.CreatePeriodForm(request.POST or None, user=request.user)
    if form.is_valid():
        try:
            made = operations.create_period(by=request.user, **form.cleaned_data)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Đã lập {made.name}. Hãy làm lần lượt các việc chuẩn bị dưới đây.")
            return redirect("period", code=made.code)
    way = [{"label": LIST, "url": reverse("periods")}, {"label": "Lập kỳ mới"}]
    page = {"form": form, "page_title": "Lập kỳ đánh giá", "submit": "Lập kỳ", "back": reverse("periods")}
    return answer(request, "workflow/periods/form.html", page | {"breadcrumbs": way}, form)


@require_safe
@login_required
def period(request: HttpRequest, code: str) -> HttpResponse:
    """Show a period: what is prepared and missing, or how far it is once opened."""
    found = load_period(request, code)
    is_draft = found.status == PeriodStatus.DRAFT
    moment = clock.read()
    preparation = preparation_of(found, opening_at=moment if is_draft else None)
    cases = [] if is_draft else _cases(request, found)
    counts = Counter(case.stage for case in cases)
    page = {
        "period": found,
        "preparation": preparation,
        "is_draft": is_draft,
        "is_organiser": request.user.holds(Role.ORGANISER, found.organiser),
        "closed_reason": closed_reason(found),
        "tasks": _tasks(found, preparation, is_draft=is_draft),
        "timetables": _timetables(preparation, moment),
        "stages": [(stage.label, counts[stage]) for stage in Stage if counts[stage]],
        "cases": [
            {"case": case, "url": reverse("case", args=[case.pk]), "is_published": case.stage == Stage.PUBLISHED}
            for case in cases
        ],
        "breadcrumbs": [{"label": LIST, "url": reverse("periods")}, {"label": found.name}],
    }
    return render(request, "workflow/periods/detail.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def describe(request: HttpRequest, code: str) -> HttpResponse:
    """Change the name and the lengths of dispute window and supplement."""
    found = load_organised(request, code)
    names = tuple(forms.DescribePeriodForm.base_fields)
    form = forms.DescribePeriodForm(request.POST or None, initial={name: getattr(found, name) for name in names})
    if form.is_valid():
        try:
            operations.describe_period(period=found, by=request.user, **form.cleaned_data)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Đã lưu thông tin của kỳ.")
            return redirect("period", code=code)
    page = piece_of(found, "Tên và thời hạn") | {"form": form, "submit": "Lưu", "back": reverse("period", args=[code])}
    return answer(request, "workflow/periods/form.html", page, form)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def units(request: HttpRequest, code: str) -> HttpResponse:
    """Choose the units taking part; what a search hides stays as it is."""
    found = load_organised(request, code)
    asked = request.POST if request.method == "POST" else request.GET
    text, kind = asked.get("q", "").strip(), KINDS.get(asked.get("loai", ""))
    shown = list(_units_to_choose(found, text, kind))
    chosen = set(found.units.values_list("pk", flat=True))
    refusals: list[str] = []
    if request.method == "POST":
        chosen = _units_after(request, shown, chosen)
        try:
            operations.set_units(period=found, units=Unit.objects.filter(pk__in=chosen), by=request.user)
        except NotAllowed as refusal:
            refusals = [str(refusal)]
        else:
            messages.success(request, f"Đã lưu: {len(chosen)} đơn vị tham gia.")
            return redirect("period_units" if "go_on" in request.POST else "period", code=code)
    groups = [
        {
            "label": each.label,
            "rows": [(unit, unit.pk in chosen) for unit in shown if unit.kind == each],
            "with_parent": any(unit.kind == each and unit.parent_id != found.organiser_id for unit in shown),
        }
        for each in KINDS.values()
    ]
    page = piece_of(found, "Đơn vị tham gia") | {
        "groups": [group for group in groups if group["rows"]],
        "shown": len(shown),
        "chosen": len(chosen),
        "text": text,
        "kind": kind.value if kind else "",
        "kinds": [(value, each.label, each == kind) for value, each in KINDS.items()],
        "here": reverse("period_units", args=[code]),
        "clear_url": reverse("period_units", args=[code]) if text or kind else "",
        "refusals": refusals,
    }
    return render(request, "workflow/periods/units.html", page, status=422 if refusals else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def criteria(request: HttpRequest, code: str) -> HttpResponse:
    """Choose the criteria set of each kind of unit taking part."""
    found = load_organised(request, code)
    preparation = preparation_of(found)
    sets: dict[str, list[CriteriaSet]] = {}
    for criteria_set in CriteriaSet.objects.visible_to(request.user).order_by("-year", "series", "-version"):
        sets.setdefault(criteria_set.unit_kind, []).append(criteria_set)
    refusals: list[str] = []
    if request.method == "POST":
        kind = KINDS.get(request.POST.get("unit_kind", ""))
        wanted = {str(each.pk): each for each in sets.get(kind or "", [])}.get(request.POST.get("criteria_set", ""))
        if kind is None or wanted is None:
            refusals = ["Hãy chọn một bộ tiêu chí trong danh sách của loại đơn vị."]
        else:
            try:
                operations.choose_criteria(period=found, unit_kind=kind, criteria_set=wanted, by=request.user)
            except NotAllowed as refusal:
                refusals = [str(refusal)]
            else:
                messages.success(request, f"Đã chọn “{wanted}” cho {kind.label}.")
                return redirect("period_criteria", code=code)
    kinds = preparation.kinds or list(KINDS.values())
    rows = [{"kind": kind, "use": preparation.uses.get(kind), "sets": sets.get(kind.value, [])} for kind in kinds]
    page = piece_of(found, "Bộ tiêu chí") | {"rows": rows, "refusals": refusals}
    return render(request, "workflow/periods/criteria.html", page, status=422 if refusals else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def bodies(request: HttpRequest, code: str) -> HttpResponse:
    """Say which unit appraises for each body that the criteria name."""
    found = load_organised(request, code)
    form = _bodies_form(request.POST or None, found)
    if form.is_valid():
        try:
            operations.assign_bodies(period=found, units=form.chosen(), by=request.user)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Đã lưu cơ quan thẩm định.")
            return redirect("period", code=code)
    return answer(request, "workflow/periods/bodies.html", piece_of(found, "Cơ quan thẩm định") | {"form": form}, form)


@require_POST
@login_required
def match_bodies(request: HttpRequest, code: str) -> HttpResponse:
    """Match the bodies to units by name; a district lets the missing divisions be made."""
    found = load_organised(request, code)
    try:
        left = operations.match_bodies(
            period=found, by=request.user, create_divisions=bool(request.POST.get("create_divisions"))
        )
    except NotAllowed as refusal:
        page = piece_of(found, "Cơ quan thẩm định") | {"form": _bodies_form(None, found), "refusals": [str(refusal)]}
        return render(request, "workflow/periods/bodies.html", page, status=422)
    if left:
        messages.warning(request, f"Chưa ghép được: {'; '.join(left)}. Hãy chọn ở dưới.")
    else:
        messages.success(request, "Mọi cơ quan thẩm định đã có đơn vị.")
    return redirect("period_bodies", code=code)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def open_period(request: HttpRequest, code: str) -> HttpResponse:
    """Confirm and open the period, or say what is still missing."""
    found = load_organised(request, code)
    preparation = preparation_of(found, opening_at=clock.read())
    refusals: list[str] = []
    if request.method == "POST":
        try:
            cases = open_with_flow(period=found, by=request.user)
        except NotAllowed as refusal:
            refusals = [str(refusal)]
        else:
            messages.success(request, f"Đã mở kỳ cho {len(cases)} đơn vị; mỗi đơn vị có việc đầu tiên trong hộp việc.")
            return redirect("period", code=code)
    page = piece_of(found, "Mở kỳ đánh giá") | {
        "preparation": preparation,
        "counts": [(kind.label, count) for kind, count in preparation.unit_counts.items()],
        "uses": list(preparation.uses.values()),
        "warnings": _warnings(found, preparation),
        "without_people": units_without_people(found),
        "refusals": refusals,
    }
    return render(request, "workflow/periods/open.html", page, status=422 if refusals else 200)


def load_period(request: HttpRequest, code: str) -> AssessmentPeriod:
    """Return a period that the reader organises, serves or follows; the page of others is the public one."""
    query = AssessmentPeriod.objects.visible_to(request.user).select_related("organiser", "secretariat", "council")
    found = get_object_or_404(query, code=code)
    user = request.user
    serves = user.holds(Role.SECRETARY, found.secretariat) or user.holds(Role.COUNCIL, found.council)
    follows = any(found.organiser.path.startswith(path) for path in user.unit_paths_of(Role.SUPERVISOR))
    if not (user.holds(Role.ORGANISER, found.organiser) or serves or follows):
        raise PermissionDenied(f"Trang này dành cho {found.organiser.name}, Hội đồng và tổ thư ký của kỳ.")
    return found


def load_organised(request: HttpRequest, code: str) -> AssessmentPeriod:
    """Return a period that the person organises; others are told who does."""
    found = load_period(request, code)
    try:
        permissions.check_can_organise(request.user, found)
    except NotPermitted as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    return found


def closed_reason(period: AssessmentPeriod) -> str:
    """Say why the preparation can no longer be changed, "" while it can."""
    if period.opened_at is None:
        return ""
    opened = period.opened_at.astimezone(PROVINCE_TIME)
    return (
        f"Kỳ đã mở lúc {opened:%H:%M ngày %d/%m/%Y} nên phần chuẩn bị không sửa được nữa; "
        f"hạn của từng đơn vị do {period.organiser.name} gia hạn bằng văn bản."
    )


def piece_of(period: AssessmentPeriod, title: str) -> dict[str, Any]:
    """Return what every page of one piece of the preparation shows."""
    home = reverse("period", args=[period.code])
    way = [{"label": LIST, "url": reverse("periods")}, {"label": period.name, "url": home}, {"label": title}]
    return {"period": period, "page_title": title, "closed_reason": closed_reason(period), "breadcrumbs": way}


def answer(request: HttpRequest, template: str, page: dict[str, Any], form: Any) -> HttpResponse:
    return render(request, template, page, status=422 if form.is_bound else 200)


def _units_to_choose(period: AssessmentPeriod, text: str, kind: UnitKind | None) -> QuerySet[Unit]:
    units = Unit.objects.below(period.organiser).filter(kind__in=[kind] if kind else list(KINDS))
    return (units.search(text) if text else units).select_related("parent").in_vietnamese_order()


def _units_after(request: HttpRequest, shown: list[Unit], chosen: set[int]) -> set[int]:
    """Return the choice after the form: the shown ones as ticked (or all, or none), the hidden ones as they were."""
    visible = {unit.pk for unit in shown}
    if "all" in request.POST:
        return chosen | visible
    if "none" in request.POST:
        return chosen - visible
    ticked = {whole(pk) for pk in request.POST.getlist("units")}
    return (chosen - visible) | (ticked & visible)


def _bodies_form(posted: Any, period: AssessmentPeriod) -> forms.BodiesForm:
    return forms.BodiesForm(posted, bodies=preparation_of(period).bodies, units=forms.candidate_units(period))


def _cases(request: HttpRequest, period: AssessmentPeriod) -> list[Assessment]:
    cases = Assessment.objects.visible_to(request.user).filter(period=period)
    return list(cases.select_related("unit").order_by("unit_kind", "unit__sort_key", "unit__code"))


def _timetables(preparation: Preparation, moment: datetime) -> list[dict[str, Any]]:
    calendar = working_calendar()
    return [
        {
            "kind": kind,
            "rows": [{"row": row, "meaning": end_in_words(row.closes_at)} for row in rows.values()],
            "picture": draw_timetable(
                rows,
                calendar,
                title=f"Kế hoạch thời gian cho {kind.label} trên trục thời gian",
                chart_id=f"ke-hoach-{kind.value}",
                moment=moment,
            ),
        }
        for kind, rows in preparation.windows.items()
        if kind in preparation.unit_counts
    ]


def _warnings(period: AssessmentPeriod, preparation: Preparation) -> list[tuple[UnitKind, Problem]]:
    """Return what the organiser should read before opening; none of it stands in the way."""
    calendar = working_calendar()
    return [
        (kind, problem)
        for kind in preparation.kinds
        for problem in warnings_in(problems_of(preparation.windows.get(kind, {}), calendar, lengths=period.lengths))
    ]


def _tasks(period: AssessmentPeriod, preparation: Preparation, *, is_draft: bool) -> list[dict[str, Any]]:
    """Return the checklist of the preparation."""

    def task(label: str, page: str, done: bool, hint: str, *more: str) -> dict[str, Any]:
        look = {"state": "Đã xong", "tone": "ok", "icon": "check"}
        todo = {"state": "Còn thiếu", "tone": "warn", "icon": "circle"}
        url = reverse(page, args=[period.code, *more]) if is_draft else ""
        return {"label": label, "url": url, "hint": hint, **(look if done else todo)}

    counts = ", ".join(f"{count} {kind.label.lower()}" for kind, count in preparation.unit_counts.items())
    chosen = ", ".join(
        f"{kind.label}: {use.criteria_set}{' – minh họa' if use.criteria_set.is_illustrative else ''}"
        for kind, use in preparation.uses.items()
    )
    tasks = [
        task(
            "Tên, thời hạn kiến nghị và bổ sung",
            "period_describe",
            True,
            f"Kiến nghị {period.dispute_window_working_days} ngày làm việc, "
            f"bổ sung {period.supplement_working_days} ngày làm việc",
        ),
        task("Đơn vị tham gia", "period_units", bool(preparation.unit_count), counts or "Chưa chọn đơn vị nào"),
        task(
            "Bộ tiêu chí theo loại đơn vị",
            "period_criteria",
            bool(preparation.kinds) and all(kind in preparation.uses for kind in preparation.kinds),
            chosen or "Chưa chọn",
        ),
    ]
    for kind in preparation.kinds or list(KINDS.values()):
        problems = [text for text in preparation.missing if text.startswith("Kế hoạch") and kind.label in text]
        has_rows = bool(preparation.windows.get(kind))
        hint = problems[0] if problems and has_rows else f"Đã đặt {len(preparation.windows.get(kind, {}))} bước"
        if preparation.kinds:
            done = has_rows and not problems
            tasks.append(task(f"Kế hoạch thời gian: {kind.label}", "period_timetable", done, hint, kind.value))
    left = preparation.bodies_left
    tasks.append(
        task(
            "Cơ quan thẩm định",
            "period_bodies",
            bool(preparation.bodies) and not left,
            f"Chưa có đơn vị: {', '.join(left)}" if left else f"{len(preparation.bodies)} cơ quan",
        )
    )
    return tasks
