"""The case page (hồ sơ): where a case stands, what is to be done, and what has happened."""

from datetime import datetime
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from assessments import clock
from assessments.enums import Role, Stage
from assessments.queries.calendar import working_calendar
from assessments.queries.deadlines import windows_of
from assessments.rules.ordering import Ordering
from assessments.rules.timetable import TimetableRow
from assessments.timelines import draw_timetable
from workflow.chart import charts_of
from workflow.models import Incident
from workflow.queries import case_steps
from workflow.queries import cases as queries
from workflow.queries.deadlines import deadline_of
from workflow.views.loading import load_case

ROWS_PER_PAGE = 50
EVENTS_PER_PAGE = 40


@require_safe
@login_required
def cases(request: HttpRequest) -> HttpResponse:
    """List the cases that the person may open."""
    text = request.GET.get("q", "").strip()
    stage = request.GET.get("buoc", "") if request.GET.get("buoc") in Stage.values else ""
    order = Ordering.read(queries.CASE_COLUMNS, request.GET.get("xep", ""), default="-ky")
    found = queries.visible_cases(request.user, text=text, stage=stage, order=order)
    page = Paginator(found, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    kept.pop("page", None)
    here = reverse("cases")
    return render(
        request,
        "workflow/case/list.html",
        {
            "page": page,
            "heads": order.heads(lambda asked: f"{here}?{urlencode({'q': text, 'buoc': stage, 'xep': asked})}"),
            "caption": f"{page.paginator.count} hồ sơ",
            "text": text,
            "stages": [{"value": each.value, "label": each.label, "chosen": each == stage} for each in Stage],
            "here": here,
            "clear_url": here if text or stage else "",
            "query": kept.urlencode(),
        },
    )


@require_safe
@login_required
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one case to somebody who may open it, each part as far as their role reaches."""
    found = load_case(request, pk)
    moment = clock.read()
    windows = windows_of([found])[found.pk]
    branches = queries.branches_of(found)
    sight = queries.sight_of(request.user, found, branches)
    setting = case_steps.Setting(found, request.user, sight, windows, moment)
    work = case_steps.latest_work(found)
    steps = case_steps.steps_of(setting, work)
    moved = list(found.moved_deadlines.select_related("move__by", "move__document").order_by("id"))
    events = Paginator(queries.timeline_of(found, sight), EVENTS_PER_PAGE).get_page(request.GET.get("page"))
    rows = queries.window_rows(found, windows, moved, moment=moment)
    return render(
        request,
        "workflow/case/case.html",
        {
            "case": found,
            "breadcrumbs": [_home_of(request), {"label": found.unit.name}],
            "sight": sight,
            "deadline": case_steps.own_deadline(setting, work) or deadline_of(found, windows, moment),
            "next_steps": [step for step in steps if step.is_next],
            "steps": steps,
            "waiting": case_steps.waiting_for(setting, work),
            "numbers": queries.numbers_of(found, sight),
            "sheet_url": reverse("case_sheet", args=[found.pk]) if sight.sees_sheet else "",
            "period_url": reverse("period", args=[found.period.code]) if sight.is_organiser else "",
            "receipts": _receipts(request, found, sight),
            "window_rows": rows,
            "timeline": _timeline(rows, moment),
            "branch_rows": queries.branch_rows(branches, moved, sight),
            "charts": charts_of(found, work=work, branches=branches) if sight.follows else [],
            "incidents": list(Incident.objects.visible_to(request.user).filter(assessment=found, resolved_at=None))
            if sight.is_organiser
            else [],
            "events": events,
            "happenings": queries.happenings(list(events.object_list), sight),
        },
    )


def _timeline(rows: list[queries.WindowRow], moment: datetime) -> SafeString:
    """Draw the timetable as it applies to one case, extensions included."""
    return draw_timetable(
        {row.window.kind: TimetableRow(row.window.opens_at, row.due_at, row.closes_at) for row in rows},
        working_calendar(),
        title="Kế hoạch thời gian của hồ sơ trên trục thời gian, kể cả gia hạn",
        chart_id="ke-hoach",
        moment=moment,
    )


def _home_of(request: HttpRequest) -> dict[str, str]:
    watching = [Role.ORGANISER, Role.SECRETARY, Role.COUNCIL, Role.SUPERVISOR]
    if any(request.user.unit_ids_of(role) for role in watching):
        return {"label": "Tiến độ", "url": reverse("progress")}
    return {"label": "Hồ sơ", "url": reverse("cases")}


def _receipts(request: HttpRequest, found, sight) -> list[dict[str, object]]:
    receipts = found.submissions.defer("content").select_related("submitted_by", "withdrawn_by").order_by("-number")
    return [
        {
            "row": receipt,
            "by": receipt.submitted_by or "Hệ thống tự nộp khi hết hạn",
            "url": reverse("case_receipt", args=[found.pk, receipt.number]) if sight.sees_sheet else "",
        }
        for receipt in receipts
    ]
