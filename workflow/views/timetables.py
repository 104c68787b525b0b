"""The timetable editor of a period in preparation: its steps on one page with their picture, and a copy of another."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from assessments.enums import EndWording, UnitKind, WindowKind
from assessments.models import AssessmentPeriod
from assessments.operations import timetables as operations
from assessments.queries.calendar import working_calendar
from assessments.queries.timetables import kinds_with_timetable, periods_to_copy_from, timetable_of
from assessments.rules import NotAllowed
from assessments.rules.calendar import WorkingCalendar
from assessments.rules.moments import end_text
from assessments.rules.shifting import ShiftedRow, shift_timetable
from assessments.rules.timetable import (
    TimetableRefused,
    TimetableRow,
    fingerprint,
    problems_of,
    refusals_in,
    warnings_in,
)
from assessments.timelines import draw_timetable
from workflow.forms_timetables import CopyTimetableForm, TimetableForm
from workflow.views.periods import KINDS, answer, load_organised, piece_of

READ_FIRST = "Có cảnh báo cần đọc: đánh dấu “Tôi đã đọc các cảnh báo” rồi lưu lần nữa."


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def timetable(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """Set the timetable of one kind of unit; it may be filled from another kind or another year before it is saved."""
    found, unit_kind = load_organised(request, code), _kind(kind)
    calendar = working_calendar()
    model = KINDS.get(request.GET.get("theo", ""), unit_kind)
    copied = _shifted(request, found, unit_kind, calendar)
    start = {window: each.row for window, each in copied.items()} or timetable_of(found, model)
    form = TimetableForm(request.POST or None, windows=start)
    rows: Mapping[WindowKind, TimetableRow] = {} if form.is_bound else start
    if form.is_valid():
        rows = form.rows()
        try:
            operations.set_timetable(
                period=found,
                unit_kind=unit_kind,
                rows=rows,
                by=request.user,
                warnings_read=request.POST.get("warnings_read", ""),
            )
        except NotAllowed as refusal:
            for sentence in _sentences(refusal):
                form.add_error(None, sentence)
        else:
            messages.success(request, f"Đã lưu kế hoạch thời gian cho {unit_kind.label}.")
            return redirect("period", code=code)
    page = piece_of(found, f"Kế hoạch thời gian: {unit_kind.label}") | _judged(found, unit_kind, rows, calendar)
    page |= {
        "form": form,
        "is_filled_in": bool(copied) or model != unit_kind,
        "others": [each for each in kinds_with_timetable(found) if each != unit_kind],
        "copy_url": reverse("period_timetable_copy", args=[code, unit_kind.value]),
    }
    return answer(request, "workflow/periods/timetable.html", page, form)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def copy(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """Show another period's timetable shifted to a year, old beside new; save it only when that is confirmed."""
    found, unit_kind = load_organised(request, code), _kind(kind)
    asked = request.POST if request.method == "POST" else request.GET
    sources = periods_to_copy_from(request.user, found, unit_kind)
    form = CopyTimetableForm(asked if "ky" in asked else None, periods=sources, initial={"nam": found.year})
    title = f"Sao chép kế hoạch thời gian: {unit_kind.label}"
    page = piece_of(found, title) | {"form": form, "has_sources": sources.exists(), "kind": unit_kind}
    if not form.is_valid():
        return answer(request, "workflow/periods/timetable_copy.html", page, form)
    source, year = form.cleaned_data["ky"], form.cleaned_data["nam"]
    calendar = working_calendar()
    shifted = shift_timetable(timetable_of(source, unit_kind), years=year - source.year, calendar=calendar)
    rows = {window: each.row for window, each in shifted.items()}
    page |= _judged(found, unit_kind, rows, calendar) | {
        "source": source,
        "year": year,
        "lines": [_line(window, each) for window, each in shifted.items()],
        "edit_url": f"{reverse('period_timetable', args=[code, unit_kind.value])}?"
        + urlencode({"ky": source.code, "nam": year}),
        "errors": [],
    }
    if request.method == "POST":
        try:
            operations.copy_timetable(
                period=found,
                source=source,
                unit_kind=unit_kind,
                year=year,
                by=request.user,
                warnings_read=request.POST.get("warnings_read", ""),
            )
        except NotAllowed as refusal:
            page["errors"] = _sentences(refusal)
        else:
            messages.success(request, f"Đã lưu kế hoạch thời gian cho {unit_kind.label}, sao chép từ {source.name}.")
            return redirect("period", code=code)
    status = 422 if page["errors"] else 200
    return render(request, "workflow/periods/timetable_copy.html", page, status=status)


def _kind(text: str) -> UnitKind:
    kind = KINDS.get(text)
    if kind is None:
        raise Http404
    return kind


def _shifted(
    request: HttpRequest, period: AssessmentPeriod, kind: UnitKind, calendar: WorkingCalendar
) -> dict[WindowKind, ShiftedRow]:
    """Return the timetable of another year that the address asks to start from, nothing where it asks for none."""
    if request.method == "POST" or "ky" not in request.GET:
        return {}
    form = CopyTimetableForm(request.GET, periods=periods_to_copy_from(request.user, period, kind))
    if not form.is_valid():
        raise Http404
    source = form.cleaned_data["ky"]
    years = form.cleaned_data["nam"] - source.year
    return shift_timetable(timetable_of(source, kind), years=years, calendar=calendar)


def _sentences(refusal: NotAllowed) -> list[str]:
    """Return what the error summary says: each refusal, or that the warnings are to be read."""
    if not isinstance(refusal, TimetableRefused):
        return [refusal.sentence]
    return [str(problem) for problem in refusals_in(refusal.problems)] or [READ_FIRST]


def _judged(
    period: AssessmentPeriod, kind: UnitKind, rows: Mapping[WindowKind, TimetableRow], calendar: WorkingCalendar
) -> dict[str, Any]:
    """Return what the page says about a timetable: its problems in two classes and its picture."""
    problems = problems_of(rows, calendar, lengths=period.lengths) if rows else []
    return {
        "refusals": refusals_in(problems),
        "warnings": warnings_in(problems),
        "fingerprint": fingerprint(problems),
        "picture": draw_timetable(
            rows,
            calendar,
            title=f"Kế hoạch thời gian cho {kind.label} trên trục thời gian",
            chart_id="ke-hoach",
        ),
    }


def _line(window: WindowKind, each: ShiftedRow) -> dict[str, Any]:
    """Return one step of the copy as the table shows it."""
    parts = (
        ("Mở", each.opens, EndWording.EXACT),
        ("Hạn", each.due, each.old.due_wording),
        ("Đóng", each.closes, each.old.closes_wording),
    )
    return {
        "window": window,
        "moments": [
            {
                "label": label,
                "old": end_text(shift.old, wording),
                "new": end_text(shift.new, wording),
                "reason": "; ".join(shift.reasons),
            }
            for label, shift, wording in parts
        ],
    }
