"""Pages of the working calendar (lịch làm việc): a year to read for everybody, its rows to keep for the province."""

from calendar import Calendar
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments import clock, permissions
from assessments.forms.calendar import OFF, WORKING, CalendarFileForm, DayForm, WithdrawDayForm
from assessments.imports import kept
from assessments.imports.calendar import read_days
from assessments.models import DayOff
from assessments.operations import calendar as operations
from assessments.queries import calendar as queries
from assessments.rules import NotAllowed, NotPermitted
from assessments.rules.calendar import local_day

SHOWN_PROBLEMS = 200
HOME = "Lịch làm việc"


def keepers_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let in who keeps the calendar; the others read who does."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            permissions.check_keeps_calendar(request.user)
        except NotPermitted as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        return view(request, *args, **kwargs)

    return guarded


@require_safe
@login_required
def year(request: HttpRequest) -> HttpResponse:
    """Show one year: twelve months, the rows of the table beside them, and those taken out of force."""
    this_year = local_day(clock.read()).year
    asked = request.GET.get("nam", "")
    shown = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 4 else this_year
    shown = min(max(shown, queries.FIRST_YEAR), queries.LAST_YEAR - 1)
    stored = list(DayOff.objects.filter(date__year=shown).select_related("withdrawn_by"))
    rows = [row for row in stored if row.withdrawn_at is None]
    page = {
        "year": shown,
        "months": _months(shown, queries.year_of(shown, rows)),
        "rows": rows,
        "withdrawn": [row for row in stored if row.withdrawn_at is not None],
        "library": queries.library_days(shown, rows),
        "working_days": queries.working_days_by_month(shown),
        "is_keeper": permissions.can_keep_calendar(request.user),
        "earlier": shown - 1 if shown > queries.FIRST_YEAR else None,
        "later": shown + 1 if shown < queries.LAST_YEAR - 1 else None,
        "breadcrumbs": [{"label": HOME}],
    }
    return render(request, "assessments/calendar/year.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@keepers_only
def add(request: HttpRequest) -> HttpResponse:
    """Add a row for a day."""
    form = DayForm(request.POST or None, initial={"date": request.GET.get("ngay", ""), "kind": OFF})
    if form.is_valid():
        try:
            row = operations.add_day(by=request.user, **form.values())
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Đã thêm ngày {row.date:%d/%m/%Y} vào lịch. Hạn của các kỳ đang mở không đổi.")
            return redirect(_year_url(row.date.year))
    return _form(request, form, title="Thêm ngày vào lịch", submit="Thêm ngày")


@require_http_methods(["GET", "HEAD", "POST"])
@keepers_only
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a row that is in force."""
    row = get_object_or_404(DayOff.objects.in_force(), pk=pk)
    initial = {
        "date": row.date,
        "kind": WORKING if row.is_working else OFF,
        "name": row.name,
        "document": row.document,
    }
    form = DayForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            row = operations.change_day(row=row, by=request.user, **form.values())
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Đã sửa ngày {row.date:%d/%m/%Y}. Hạn của các kỳ đang mở không đổi.")
            return redirect(_year_url(row.date.year))
    return _form(request, form, title=f"Sửa ngày {row.date:%d/%m/%Y}", submit="Lưu", year=row.date.year)


@require_http_methods(["GET", "HEAD", "POST"])
@keepers_only
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a row out of the calendar, with a reason; it stays readable."""
    row = get_object_or_404(DayOff.objects.in_force(), pk=pk)
    form = WithdrawDayForm(request.POST or None)
    if form.is_valid():
        try:
            operations.withdraw_day(row=row, reason=form.cleaned_data["reason"], by=request.user)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Đã bỏ ngày {row.date:%d/%m/%Y} khỏi lịch. Hạn của các kỳ đang mở không đổi.")
            return redirect(_year_url(row.date.year))
    title = f"Bỏ ngày {row.date:%d/%m/%Y} khỏi lịch"
    return _form(request, form, title=title, submit="Bỏ khỏi lịch", year=row.date.year, tone="danger", lead=row.name)


@require_http_methods(["GET", "HEAD", "POST"])
@keepers_only
def import_days(request: HttpRequest) -> HttpResponse:
    """Take a file and show what it holds (dry run): its problems with their places, or a preview to confirm."""
    form = CalendarFileForm(request.POST or None, request.FILES or None)
    page: dict[str, Any] = {"form": form, "breadcrumbs": _way("Nhập từ tệp")}
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "assessments/calendar/import.html", page, status=status)
    kept.forget_old(at=clock.read())
    file, document = form.cleaned_data["file"], form.cleaned_data["document"]
    content, name = file.read(), file.name[-120:]
    reading = read_days(content, name=name, document=document)
    page |= {"file_name": name, "count": len(reading.problems), "problems": reading.problems[:SHOWN_PROBLEMS]}
    if reading.problems:
        return render(request, "assessments/calendar/import.html", page, status=422)
    page |= {
        "token": kept.keep(content=content, name=name, by=request.user),
        "document": document,
        "previews": queries.changes_by(reading.rows),
    }
    return render(request, "assessments/calendar/preview.html", page)


@require_POST
@keepers_only
def confirm_import(request: HttpRequest) -> HttpResponse:
    """Write the days of the file of a dry run; it is read and checked again, all of it or nothing."""
    try:
        file = kept.find(request.POST.get("token", ""), by=request.user)
        reading = read_days(file.content, name=file.name, document=request.POST.get("document", ""))
        if reading.problems:
            raise NotAllowed(f"Chưa ghi gì: {reading.problems[0]}")
        changed = operations.import_days(rows=reading.rows, by=request.user)
    except NotAllowed as refusal:
        page = {"form": CalendarFileForm(), "errors": [str(refusal)], "breadcrumbs": _way("Nhập từ tệp")}
        return render(request, "assessments/calendar/import.html", page, status=422)
    kept.forget(file)
    messages.success(
        request, f"Đã ghi {changed} ngày từ tệp {file.name}; {len(reading.rows) - changed} ngày vốn đã như vậy."
    )
    return redirect(_year_url(max(row.date for row in reading.rows).year))


def _months(shown: int, days: list[list[queries.CalendarDay]]) -> list[dict[str, Any]]:
    """Return the months as weeks that begin on Monday; days of other months are empty cells."""
    weeks = Calendar()
    return [
        {
            "label": f"Tháng {number:02}/{shown}",
            "weeks": [
                [month[day - 1] if day else None for day in week] for week in weeks.monthdayscalendar(shown, number)
            ],
        }
        for number, month in enumerate(days, start=1)
    ]


def _form(
    request: HttpRequest,
    form: Any,
    *,
    title: str,
    submit: str,
    year: int | None = None,
    tone: str = "primary",
    lead: str = "",
) -> HttpResponse:
    page = {
        "form": form,
        "page_title": title,
        "submit": submit,
        "tone": tone,
        "lead": lead,
        "back": _year_url(year) if year else reverse("calendar"),
        "breadcrumbs": _way(title),
    }
    return render(request, "assessments/calendar/form.html", page, status=422 if form.is_bound else 200)


def _way(title: str) -> list[dict[str, str]]:
    return [{"label": HOME, "url": reverse("calendar")}, {"label": title}]


def _year_url(year: int) -> str:
    return f"{reverse('calendar')}?nam={year}"
