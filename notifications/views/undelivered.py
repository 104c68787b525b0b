"""Messages that could not be delivered (thư không gửi được), for those who look after the recipients."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from notifications import operations
from notifications.forms import UndeliveredFilter
from notifications.models import MessageQuerySet
from notifications.operations.addresses import try_again
from notifications.queries import outbox
from notifications.queries import undelivered as queries

ROWS_PER_PAGE = 50
MOST_AT_ONCE = 500
TITLE = "Thư không gửi được"
FILTERS = ("q", "kind", "status")


def overseers_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let in who looks after somebody's messages; hand the view those that stopped. The others read why not."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        stopped = queries.undelivered_of(request.user)
        if stopped is None:
            raise PermissionDenied(
                "Trang này dành cho đơn vị tổ chức và người quản trị tài khoản; tài khoản của bạn chưa được giao."
            )
        return view(request, stopped, *args, **kwargs)

    return guarded


@require_safe
@overseers_only
def undelivered(request: HttpRequest, stopped: MessageQuerySet) -> HttpResponse:
    """List the messages that stopped, with what the server said, fifty to a page."""
    return _list(request, stopped)


@require_safe
@overseers_only
def undelivered_message(request: HttpRequest, stopped: MessageQuerySet, message_id: int) -> HttpResponse:
    """Show one message that stopped, with every attempt."""
    letter = get_object_or_404(stopped.defer(None).defer("body_html"), pk=message_id)
    page = {
        "letter": letter,
        "attempts": list(outbox.attempts_of(letter)),
        "breadcrumbs": [{"label": TITLE, "url": reverse("undelivered")}, {"label": letter.subject}],
    }
    return render(request, "notifications/undelivered_message.html", page)


@require_POST
@overseers_only
def send_again(request: HttpRequest, stopped: MessageQuerySet) -> HttpResponse:
    """Send chosen messages again, or all that match the filter; the first time only ask whether to."""
    chosen = _chosen(request.POST, stopped)
    found = list(chosen[: MOST_AT_ONCE + 1])
    if not found:
        return _list(request, stopped, refusal="Hãy chọn ít nhất một thư để gửi lại.", status=422)
    letters, is_cut = found[:MOST_AT_ONCE], len(found) > MOST_AT_ONCE
    if request.POST.get("xac-nhan") != "1":
        page = {
            "letters": letters,
            "is_cut": is_cut,
            "most": MOST_AT_ONCE,
            "back": reverse("undelivered"),
            "breadcrumbs": [{"label": TITLE, "url": reverse("undelivered")}, {"label": "Gửi lại"}],
        }
        return render(request, "notifications/undelivered_confirm.html", page)
    done = operations.send_many_again(messages=letters, by=request.user, at=timezone.now())
    if done.put_back:
        messages.success(request, f"{done.put_back} thư đã vào hàng chờ gửi lại.")
    for letter, sentence in done.refused[:3]:
        messages.error(request, f"“{letter.subject}” cho {letter.recipient}: {sentence}")
    if len(done.refused) > 3:
        messages.error(request, f"Còn {len(done.refused) - 3} thư khác chưa gửi lại được vì lý do như trên.")
    return redirect("undelivered")


@require_safe
@overseers_only
def addresses(request: HttpRequest, stopped: MessageQuerySet) -> HttpResponse:
    """List the addresses that do not work."""
    failing = queries.failing_addresses(request.user)
    page = Paginator(failing, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    clearable = set(queries.clearable_by(request.user).values_list("pk", flat=True))
    return render(
        request,
        "notifications/failing_addresses.html",
        {
            "page": page,
            "rows": [{"mark": mark, "may_clear": mark.pk in clearable} for mark in page],
            "caption": f"{page.paginator.count} địa chỉ",
            "tabs": tabs(stopped.count(), page.paginator.count, current="addresses"),
        },
    )


@require_POST
@login_required
def try_address(request: HttpRequest, state_id: int) -> HttpResponse:
    """Let an address be used again."""
    state = get_object_or_404(queries.clearable_by(request.user), pk=state_id)
    try_again(state=state, by=request.user, at=timezone.now())
    messages.success(
        request, f"Hệ thống lại gửi thư tới {state.address}; thư đã dừng của {state.user} cần bấm “Gửi lại”."
    )
    return redirect("failing_addresses")


def _list(request: HttpRequest, stopped: MessageQuerySet, *, refusal: str = "", status: int = 200) -> HttpResponse:
    filter_form = UndeliveredFilter(request.GET, kinds=outbox.kind_choices(stopped))
    wanted = filter_form.wanted()
    found = Paginator(outbox.matching(stopped, **wanted), ROWS_PER_PAGE)
    asked = request.GET.copy()
    asked.pop("page", None)
    here = reverse("undelivered")
    failing = queries.failing_addresses(request.user)
    return render(
        request,
        "notifications/undelivered.html",
        {
            "page": found.get_page(request.GET.get("page")),
            "caption": f"{found.count} thư, mới nhất ở trên",
            "all_text": f"Gửi lại tất cả {found.count} thư…",
            "filter_form": filter_form,
            "choices": [filter_form["kind"], filter_form["status"]],
            "asked_text": wanted["text"],
            "asked_fields": [(name, request.GET.get(name, "")) for name in FILTERS],
            "asked": asked.urlencode(),
            "here": here,
            "clear_url": here if any(asked.values()) else "",
            "refusals": [refusal] if refusal else [],
            "tabs": tabs(stopped.count() if any(wanted.values()) else found.count, failing.count(), current="messages"),
        },
        status=status,
    )


def _chosen(sent: QueryDict, stopped: MessageQuerySet) -> MessageQuerySet:
    """Return the messages that the form names, or all that match the filter it carries."""
    if sent.get("tat-ca") == "1":
        filter_form = UndeliveredFilter(sent, kinds=outbox.kind_choices(stopped))
        return outbox.matching(stopped, **filter_form.wanted())
    return stopped.filter(pk__in=[pk for pk in sent.getlist("thu") if pk.isdecimal() and len(pk) < 19])


def tabs(stopped: int, failing: int, *, current: str) -> list[dict[str, Any]]:
    """Return the tabs of the pages about delivery, the ``current`` one marked."""
    return [
        {"label": "Thư", "url": reverse("undelivered"), "count": stopped, "current": current == "messages"},
        {
            "label": "Địa chỉ hỏng",
            "url": reverse("failing_addresses"),
            "count": failing,
            "current": current == "addresses",
        },
        {"label": "Zalo", "url": reverse("zalo_status"), "count": None, "current": current == "zalo"},
        {"label": "Hệ thống khác", "url": reverse("webhooks"), "count": None, "current": current == "webhooks"},
    ]
