"""Progress by stage (tiến độ): for those who organise, consolidate, decide or follow."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from assessments import clock
from assessments.enums import Role, Stage, UnitKind
from assessments.models import AssessmentPeriod, Official
from assessments.rules.ordering import Column, Ordering
from assessments.templatetags.components import STATE_LOOKS
from assessments.templatetags.formats import moment as moment_in_words
from workflow.exports import csv_of
from workflow.queries import progress as queries
from workflow.queries.progress import COLUMNS, ProgressRow, Tally, Wanted, WatchedCase

ROWS_PER_PAGE = 50
FILTERS = ("ky", "q", "buoc", "loai", "qua-han", "tap-huan", "xem", "xep")
STAGE_PLACES = {stage: place for place, stage in enumerate(Stage.values)}
_UNIT_COLUMNS = (
    Column("don-vi", "Đơn vị", lambda row: (row.case.unit.sort_key, row.case.unit.code)),
    Column("buoc-hien-tai", "Bước", lambda row: STAGE_PLACES[row.case.stage]),
    Column("tu-luc", "Từ lúc", lambda row: row.case.stage_since),
    Column("han", "Thời hạn", lambda row: row.due_at),
    Column("", "Đang chờ"),
    Column("xac-nhan", "Tập huấn", lambda row: row.case.training_confirmed_at),
)
BAR_WIDTH = 1000  # of the drawing; the page scales it


@require_safe
@vary_on_headers("HX-Request")
@login_required
def progress(request: HttpRequest) -> HttpResponse:
    """Show where the units of one period stand; the part that changes answers to htmx alone."""
    moment = clock.read()
    periods, period = _periods(request)
    wanted = _wanted(request.GET)
    cases = queries.watched_cases(request.user, period, moment=moment) if period else []
    found = [case for case in cases if wanted.matches(case)]
    order = Ordering.read(_UNIT_COLUMNS, request.GET.get("xep", ""), default="don-vi")
    page = Paginator(order.sort(queries.rows_of(found, moment=moment)), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    shows_map = request.GET.get("xem") == "ban-do"
    asked = _asked(request.GET)
    here = reverse("progress")
    live = f"{here}?{urlencode(asked | ({'page': page.number} if page.number > 1 else {}))}"
    return render(
        request,
        "workflow/progress/_live.html" if request.htmx else "workflow/progress/progress.html",
        {
            "periods": periods,
            "period": period,
            "moment": moment,
            "wanted": wanted,
            "stages": [
                {"value": stage.value, "label": stage.label, "chosen": stage == wanted.stage} for stage in Stage
            ],
            "kinds": [
                {"value": kind.value, "label": kind.label, "chosen": kind == wanted.kind}
                for kind in UnitKind.assessed()
            ],
            "page": page,
            "rows": list(page.object_list),
            "unit_heads": order.heads(lambda column: f"{here}?{urlencode(asked | {'xep': column})}#don-vi"),
            "caption": f"{len(found)} đơn vị" + ("" if len(found) == len(cases) else f" trong {len(cases)}"),
            "stats": _stats(cases, here, asked),
            "bar": _bar(queries.by_stage(cases)),
            "stage_rows": _stage_rows(queries.by_stage(cases), here, asked),
            "headings": [heading for heading, _ in COLUMNS],
            "tally_rows": _tally_rows(cases, here, asked),
            "shows_map": shows_map,
            "views": [
                _view("Danh sách", "danh-sach", here, asked, current=not shows_map),
                _view("Bản đồ đơn vị × bước", "ban-do", here, asked, current=shows_map),
            ],
            "here": here,
            "live": live,
            "query": urlencode(asked),
            "export_url": f"{reverse('progress_export')}?{urlencode(asked)}",
            "clear_url": f"{here}?{urlencode({'ky': period.code})}" if period and found != cases else "",
        },
    )


@require_safe
@login_required
def export(request: HttpRequest) -> HttpResponse:
    """Download the list as CSV, with the filters of the page."""
    moment = clock.read()
    _, period = _periods(request)
    if period is None:
        raise Http404
    wanted = _wanted(request.GET)
    cases = [case for case in queries.watched_cases(request.user, period, moment=moment) if wanted.matches(case)]
    heading = [
        "Kỳ đánh giá", "Mã đơn vị", "Đơn vị", "Loại đơn vị", "Bước", "Từ lúc", "Hạn", "Quá hạn", "Đang chờ",
        "Xử lý quá hạn", "Xác nhận tập huấn", "Số người tập huấn",
    ]  # fmt: skip
    content = csv_of(heading, [_line(period, row) for row in queries.rows_of(cases, moment=moment)])
    return HttpResponse(
        content,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="tien-do-{period.code}.csv"'},
    )


def _line(period: AssessmentPeriod, row: ProgressRow) -> list[object]:
    case = row.case
    return [
        period.name,
        case.unit.code,
        case.unit.name,
        case.get_unit_kind_display(),
        case.get_stage_display(),
        moment_in_words(case.stage_since),
        moment_in_words(row.due_at) if row.due_at else "",
        "Có" if row.is_overdue else "Không",
        row.waits_for,
        row.late_policy,
        moment_in_words(case.training_confirmed_at) if case.training_confirmed_at else "Chưa xác nhận",
        len(case.training_participants),
    ]


def _periods(request: HttpRequest) -> tuple[list[AssessmentPeriod], AssessmentPeriod | None]:
    """Return the periods to choose from and the chosen one. Raise PermissionDenied, Http404."""
    _check_watches(request.user)
    periods = queries.watched_periods(request.user)
    code = request.GET.get("ky", "")
    if not code:
        return periods, periods[0] if periods else None
    chosen = next((period for period in periods if period.code == code), None)
    if chosen is None:
        raise Http404
    return periods, chosen


def _check_watches(user: Official) -> None:
    watching = [Role.ORGANISER, Role.SECRETARY, Role.COUNCIL, Role.SUPERVISOR]
    if not any(user.unit_ids_of(role) for role in watching):
        raise PermissionDenied(
            "Trang tiến độ dành cho đơn vị tổ chức, tổ thư ký, Hội đồng và người theo dõi; tài khoản của bạn chưa được "
            "giao vai trò nào trong số đó."
        )


def _wanted(asked: QueryDict) -> Wanted:
    stage, kind = asked.get("buoc", ""), asked.get("loai", "")
    return Wanted(
        text=asked.get("q", "").strip(),
        stage=stage if stage in Stage.values else "",
        kind=kind if kind in UnitKind.values else "",
        overdue=asked.get("qua-han") == "1",
        training_missing=asked.get("tap-huan") == "chua",
    )


def _asked(asked: QueryDict) -> dict[str, str]:
    return {name: str(asked[name]) for name in FILTERS if asked.get(name)}


def _link(here: str, asked: dict[str, str], **changes: str) -> str:
    """Return the address of the page for a period and some filters, the other filters left out."""
    kept = {name: str(asked[name]) for name in ("ky", "xem") if name in asked}
    return f"{here}?{urlencode(kept | {name.replace('_', '-'): value for name, value in changes.items()})}"


def _view(label: str, value: str, here: str, asked: dict[str, str], *, current: bool) -> dict[str, Any]:
    return {"label": label, "url": f"{here}?{urlencode(asked | {'xem': value})}", "current": current, "count": None}


def _stats(cases: list[WatchedCase], here: str, asked: dict[str, str]) -> list[dict[str, Any]]:
    overdue = sum(watched.is_overdue for watched in cases)
    held = sum(watched.case.stage == Stage.HELD for watched in cases)
    unconfirmed = sum(watched.case.training_confirmed_at is None for watched in cases)
    submitted = sum(watched.case.stage not in Stage.before_submission() for watched in cases)
    return [
        {"label": "Đơn vị", "value": len(cases), "hint": "trong kỳ này", "tone": "", "url": _link(here, asked)},
        {"label": "Đã nộp hồ sơ", "value": submitted, "hint": f"trên {len(cases)}", "tone": "ok", "url": ""},
        {
            "label": "Có bước quá hạn",
            "value": overdue,
            "hint": "kể cả tạm khóa",
            "tone": "danger" if overdue else "",
            "url": _link(here, asked, qua_han="1"),
        },
        {
            "label": "Tạm khóa",
            "value": held,
            "hint": "chờ gia hạn",
            "tone": "danger" if held else "",
            "url": _link(here, asked, buoc=Stage.HELD.value),
        },
        {
            "label": "Chưa xác nhận tập huấn",
            "value": unconfirmed,
            "hint": "",
            "tone": "warn" if unconfirmed else "",
            "url": _link(here, asked, tap_huan="chua"),
        },
    ]


def _bar(found: dict[Stage, Tally]) -> list[dict[str, Any]]:
    """Return the pieces of the strip of stages: place, width and words of each."""
    total = sum(tally.count for tally in found.values())
    pieces: list[dict[str, Any]] = []
    left = 0
    for number, (stage, tally) in enumerate(found.items()):
        right = BAR_WIDTH if number == len(found) - 1 else left + tally.count * BAR_WIDTH // total
        pieces.append(
            {
                "x": left,
                "width": max(right - left - 2, 1),
                "middle": (left + right) // 2,
                "count": tally.count if right - left > 30 else "",
                "tone": "danger" if tally.overdue else STATE_LOOKS[Stage][stage][0],
                "words": f"{stage.label}: {tally.text}",
            }
        )
        left = right
    return pieces


def _stage_rows(found: dict[Stage, Tally], here: str, asked: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "stage": stage.value,
            "label": stage.label,
            "tally": tally,
            "url": _link(here, asked, buoc=stage.value),
            "overdue_url": _link(here, asked, buoc=stage.value, qua_han="1"),
        }
        for stage, tally in found.items()
    ]


def _tally_rows(cases: list[WatchedCase], here: str, asked: dict[str, str]) -> list[dict[str, Any]]:
    counted = queries.tallies(cases)
    rows: list[dict[str, Any]] = []
    for kind in dict.fromkeys(kind for kind, _ in counted):
        cells = []
        for number, (heading, stages) in enumerate(COLUMNS):
            tally = counted[kind, number]
            tone, icon = ("danger", "alert") if tally.overdue else ("info", "") if tally.count else ("", "")
            url = _link(here, asked, loai=kind, buoc=stages[-1].value) if tally.count and len(stages) == 1 else ""
            cells.append({"label": heading, "text": tally.text, "tone": tone, "icon": icon, "url": url})
        rows.append({"label": UnitKind(kind).label, "cells": cells})
    return rows
