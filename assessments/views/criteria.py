"""Pages of criteria sets (bộ tiêu chí): list, one set, import in two steps, copy, heading."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assessments import clock, permissions
from assessments.enums import Level, Part, UnitKind
from assessments.forms.criteria import ConfirmImportForm, CopyCriteriaForm, DescribeCriteriaForm, ImportCriteriaForm
from assessments.imports import kept
from assessments.imports.files import read_criteria
from assessments.imports.reading import Reading
from assessments.models import CriteriaSet
from assessments.operations import criteria as operations
from assessments.queries import criteria as queries
from assessments.rules import NotAllowed, NotPermitted

SHOWN_PROBLEMS = 200
HOME = {"label": "Bộ tiêu chí", "url": ""}


def organisers_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let in who organises a period somewhere; the others read why not."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            permissions.check_organises_somewhere(request.user)
        except NotPermitted as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        return view(request, *args, **kwargs)

    return guarded


@organisers_only
@require_GET
def criteria_sets(request: HttpRequest) -> HttpResponse:
    """List every set with its versions."""
    page = {"criteria_sets": queries.criteria_sets(request.user), "breadcrumbs": [HOME]}
    return render(request, "assessments/criteria/list.html", page)


@organisers_only
@require_GET
def criteria_set(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one set as a readable tree, each rule in words."""
    found = get_object_or_404(CriteriaSet.objects.visible_to(request.user), pk=pk)
    rows = queries.criteria_rows(found)
    used_in = queries.opened_periods(found)
    page = {
        "criteria_set": found,
        "rows": rows,
        "counts": queries.count_by_level(rows),
        "used_in": used_in,
        "closed_reason": _closed_reason(request.user, found, used_in),
        "breadcrumbs": _breadcrumbs(str(found)),
    }
    return render(request, "assessments/criteria/detail.html", page)


@organisers_only
@require_http_methods(["GET", "POST"])
def import_criteria(request: HttpRequest) -> HttpResponse:
    """Take a file and show what it holds (dry run): its problems with their places, or a preview to confirm."""
    form = ImportCriteriaForm(request.POST or None, request.FILES or None, initial={"year": clock.read().year})
    page: dict[str, Any] = {"form": form, "breadcrumbs": _breadcrumbs("Nhập bộ tiêu chí")}
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "assessments/criteria/import.html", page, status=status)
    kept.forget_old(at=clock.read())
    file = form.cleaned_data["file"]
    content = file.read()
    reading = _read(content, file.name, form.cleaned_data["unit_kind"])
    page |= {"reading": reading, "problems": reading.problems[:SHOWN_PROBLEMS]}
    if reading.problems:
        return render(request, "assessments/criteria/import.html", page, status=422)
    token = kept.keep(content=content, name=file.name, by=request.user)
    page["confirm"] = ConfirmImportForm(initial={**form.cleaned_data, "token": token})
    page["previews"] = [_preview(read) for read in reading.sets]
    return render(request, "assessments/criteria/preview.html", page)


@organisers_only
@require_POST
def confirm_import(request: HttpRequest) -> HttpResponse:
    """Import the file of a dry run; it is read and checked again, and every set of it is stored or none."""
    form = ConfirmImportForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Thông tin xác nhận không đầy đủ; hãy chọn lại tệp.")
        return redirect("criteria_import")
    try:
        file = kept.find(form.cleaned_data["token"], by=request.user)
        reading = _read(file.content, file.name, form.cleaned_data["unit_kind"])
        sets = operations.import_criteria_sets(
            sets=reading.sets,
            series=queries.own_series(request.user, "cchc"),
            year=form.cleaned_data["year"],
            decision_number=form.cleaned_data["decision_number"],
            decision_date=form.cleaned_data["decision_date"],
            is_illustrative=form.cleaned_data["is_illustrative"],
            source_name=file.name,
            by=request.user,
            at=clock.read(),
        )
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
        return redirect("criteria_import")
    kept.forget(file)
    messages.success(request, f"Đã nhập {len(sets)} bộ tiêu chí từ tệp {file.name}.")
    return redirect("criteria_sets")


@organisers_only
@require_http_methods(["GET", "POST"])
def copy_criteria(request: HttpRequest, pk: int) -> HttpResponse:
    """Copy a set to start the next one."""
    found = get_object_or_404(CriteriaSet.objects.visible_to(request.user), pk=pk)
    form = CopyCriteriaForm(request.POST or None, initial={"title": found.title, "year": found.year + 1})
    if form.is_valid():
        try:
            copy = operations.copy_criteria_set(
                criteria_set=found,
                series=queries.own_series(request.user, found.series),
                by=request.user,
                at=clock.read(),
                **form.cleaned_data,
            )
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Đã sao chép thành {copy}.")
            return redirect("criteria_set", pk=copy.pk)
    return _show_form(request, form, found, "Sao chép bộ tiêu chí", "Sao chép")


@organisers_only
@require_http_methods(["GET", "POST"])
def describe_criteria(request: HttpRequest, pk: int) -> HttpResponse:
    """Change title, year and decision of a set that no opened period uses."""
    found = get_object_or_404(CriteriaSet.objects.visible_to(request.user), pk=pk)
    try:
        permissions.check_can_change_series(request.user, found)
    except NotPermitted as refusal:
        raise PermissionDenied(refusal.sentence) from refusal
    fields = ("title", "year", "decision_number", "decision_date")
    form = DescribeCriteriaForm(request.POST or None, initial={name: getattr(found, name) for name in fields})
    if form.is_valid():
        try:
            operations.describe_criteria_set(criteria_set=found, by=request.user, at=clock.read(), **form.cleaned_data)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Đã lưu thông tin bộ tiêu chí.")
            return redirect("criteria_set", pk=found.pk)
    return _show_form(request, form, found, "Sửa thông tin bộ tiêu chí", "Lưu")


def _show_form(request: HttpRequest, form: Any, found: CriteriaSet, title: str, submit: str) -> HttpResponse:
    page = {
        "form": form,
        "criteria_set": found,
        "page_title": title,
        "submit": submit,
        "breadcrumbs": _breadcrumbs(title),
    }
    return render(request, "assessments/criteria/form.html", page, status=422 if form.is_bound else 200)


def _read(content: bytes, name: str, unit_kind: str) -> Reading:
    return read_criteria(content, name=name[-120:], unit_kinds=[unit_kind] if unit_kind else [])


def _preview(read: Any) -> dict[str, Any]:
    base = [d for d in read.drafts if d.part == Part.BASE]
    return {
        "read": read,
        "label": UnitKind(read.unit_kind).label,
        "counts": {level.label: sum(d.level == level for d in base) for level in Level},
        "total": sum(d.max_points for d in base if d.level == Level.AREA),
        "rows": [{"draft": d, "is_area": d.level == Level.AREA} for d in read.drafts],
    }


def _closed_reason(user: Any, found: CriteriaSet, used_in: list[str]) -> str:
    if not used_in:
        try:
            permissions.check_can_change_series(user, found)
        except NotPermitted as refusal:
            return refusal.sentence
        return ""
    return (
        f"Bộ này đang được dùng trong {', '.join(used_in)} nên không sửa được nữa; "
        "muốn sửa, đơn vị tổ chức nhập phiên bản mới hoặc sao chép thành bộ khác."
    )


def _breadcrumbs(label: str) -> list[dict[str, str]]:
    return [{**HOME, "url": reverse("criteria_sets")}, {"label": label, "url": ""}]
