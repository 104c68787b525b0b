"""One's own deadlines in one's own calendar program (lịch của tôi)."""

import hashlib

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from assessments import clock
from assessments.rules import NotAllowed
from workflow.calendar_file import calendar_file
from workflow.operations import calendar_feed as operations
from workflow.queries import calendar_feed as queries

TITLE = "Lịch của tôi"
SHOWN = 10


@require_safe
@never_cache
@login_required
def own(request: HttpRequest) -> HttpResponse:
    """Show whether the person's calendar has an address, and what it holds."""
    return _own(request)


@require_POST
@never_cache
@login_required
def new_address(request: HttpRequest) -> HttpResponse:
    """Give the calendar an address and show it, this once; an earlier one ends."""
    secret = operations.new_address(person=request.user, at=clock.read())
    return _own(request, address=queries.feed_address(secret))


@require_POST
@login_required
def revoke(request: HttpRequest) -> HttpResponse:
    """End the address of the calendar."""
    try:
        operations.revoke(person=request.user, at=clock.read())
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, "Đã thu hồi địa chỉ lịch; ứng dụng nào còn giữ địa chỉ ấy không đọc được nữa.")
    return redirect("own_calendar")


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """Answer a calendar program with the deadlines of the person whose secret the address holds."""
    found = queries.feed_of(secret)
    if found is None:
        sentence = "Địa chỉ lịch này không dùng được nữa. Hãy lấy địa chỉ mới ở trang “Lịch của tôi”.\n"
        return HttpResponseNotFound(sentence, content_type="text/plain; charset=utf-8")
    operations.note_read(feed=found, at=clock.read())
    content = calendar_file(queries.entries_of(found.person))
    mark = f'"{hashlib.sha256(content).hexdigest()}"'
    answer = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="lich-cua-toi.ics"'
    answer["Cache-Control"] = "private, no-cache"  # kept by the program, asked about each time: ETag says unchanged
    answer["ETag"] = mark
    answer["X-Robots-Tag"] = "noindex"
    return get_conditional_response(request, etag=mark, response=answer) or answer


def _own(request: HttpRequest, *, address: str = "") -> HttpResponse:
    due = queries.deadlines_of(request.user)
    entries = queries.entries_of(request.user)
    page = {
        "feed": queries.own_feed(request.user),
        "address": address,
        "opens": address.replace("https://", "webcal://", 1).replace("http://", "webcal://", 1),
        "number": len(entries) if len(entries) < queries.MOST_ENTRIES else due.count(),
        "most": queries.MOST_ENTRIES,
        "is_cut": len(entries) == queries.MOST_ENTRIES,
        "entries": entries[:SHOWN],
        "breadcrumbs": [{"label": "Tài khoản của tôi", "url": reverse("own_account")}, {"label": TITLE}],
    }
    return render(request, "workflow/calendar_feed.html", page)
