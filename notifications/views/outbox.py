"""Pages of the outbox: reading only."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from notifications import letters, permissions
from notifications.forms import OutboxFilter
from notifications.queries import outbox as queries

ROWS_PER_PAGE = 50
# The letter is a document of its own: its inline styles work, nothing in it runs, loads, sends or leaves.
LETTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; form-action 'none'; sandbox"


def for_readers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Ask for sign-in first, except in the demo."""

    @wraps(view)
    def checked(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not (request.user.is_authenticated or permissions.outbox_is_open()):
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return checked


@require_safe
@for_readers
def outbox(request: HttpRequest) -> HttpResponse:
    """Show the messages that the reader may see, fifty to a page."""
    messages = queries.outbox_of(request.user)
    filter_form = OutboxFilter(request.GET, kinds=queries.kind_choices(messages))
    wanted = filter_form.wanted()
    found = Paginator(queries.matching(messages, **wanted), ROWS_PER_PAGE)
    asked = request.GET.copy()
    asked.pop("page", None)
    here = reverse("outbox")
    return render(
        request,
        "notifications/outbox.html",
        {
            "page": found.get_page(request.GET.get("page")),
            "caption": f"{found.count} thư, mới nhất ở trên",
            "filter_form": filter_form,
            "choices": [filter_form["kind"], filter_form["status"]],
            "asked_text": wanted["text"],
            "asked": asked.urlencode(),
            "outbox_url": here,
            "clear_url": here if any(asked.values()) else "",
            "shows_everybody": permissions.outbox_is_open(),
        },
    )


@require_safe
@for_readers
def outbox_message(request: HttpRequest, message_id: int) -> HttpResponse:
    """Show one message and what happened to it."""
    message = get_object_or_404(queries.outbox_of(request.user).defer(None), pk=message_id)
    return render(
        request,
        "notifications/outbox_message.html",
        {
            "letter": message,
            "attempts": list(queries.attempts_of(message)),
            "breadcrumbs": [{"label": "Hộp thư đi", "url": reverse("outbox")}, {"label": message.subject}],
        },
    )


@require_safe
@xframe_options_sameorigin
@for_readers
def outbox_letter(request: HttpRequest, message_id: int) -> HttpResponse:
    """Show the HTML of one message alone, for the frame of its page."""
    message = get_object_or_404(queries.outbox_of(request.user).defer(None).exclude(body_html=""), pk=message_id)
    return HttpResponse(letters.whole_html(message), headers={"Content-Security-Policy": LETTER_POLICY})
