"""What a request may carry, judged before any of its body is read: how much, and text that can be kept at all.

Django writes a file of any size to the disk while it reads a form, for whoever sent it. Both middlewares judge once the
view is known and before the protection against forged forms reads the body.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from assessments.rules.problems import MOST_BYTES
from assessments.templatetags.formats import filesize_vi
from evidence.rules import current_limits
from evidence.views import FORM_ROOM, declared_bytes

ANONYMOUS_BYTES = 1024 * 1024  # a long text typed in a session that has ended is led to the sign-in, not refused
DOCUMENTS = {"period_moves"}  # a file of the kinds and sizes of evidence
IMPORTS = {"criteria_import", "calendar_import", "period_survey"}
JUDGED_BY_VIEW = {"evidence:upload"}  # says it beside the drop-zone, before it reads anything

Answer = Callable[[HttpRequest], HttpResponse]


class OddRequest(SuspiciousOperation):
    """Text that no keyboard types and the database cannot keep: answered with 400."""


class BodyLimit:
    """Refuse a body that is larger than its address takes from this person, unread, with a sentence."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let the request pass; ``process_view`` judges."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Answer 411 to a body of unknown length and 413 to one too large."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        if "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH"):
            return _refused(request, "Yêu cầu không cho biết độ dài nên chưa được nhận; hãy gửi lại từ trang web.", 411)
        if name in JUDGED_BY_VIEW:
            return None
        declared = declared_bytes(request)
        if declared <= ANONYMOUS_BYTES:  # most requests: nothing needs to be asked about the person
            return None
        most = most_bytes(name, is_signed_in=request.user.is_authenticated)
        if declared <= most:
            return None
        sentence = (
            f"Lượt gửi này nặng {filesize_vi(declared)}, trang này nhận nhiều nhất {filesize_vi(most)}; chưa có gì "
            "được nhận. Hãy quay lại, bớt nội dung hoặc chọn tệp nhỏ hơn rồi gửi lại."
        )
        if not request.user.is_authenticated:
            sentence += " Nếu phiên làm việc đã hết hạn, hãy đăng nhập trước."
        return _refused(request, sentence, 413)


class ReadableText:
    """Refuse NUL bytes in the address or in a form: PostgreSQL keeps no such text, so every view would fail on it."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let the request pass; ``process_view`` judges."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], _args: Any, kwargs: dict[str, Any]
    ) -> None:
        """Raise OddRequest for a NUL in path, query or form; the body of a view that reads it itself is left to it."""
        check_texts(map(str, kwargs.values()))
        check_texts(texts_of(request.GET))
        if request.method == "POST" and not getattr(view, "csrf_exempt", False):
            check_texts(texts_of(request.POST))


def texts_of(sent: Any) -> Iterable[str]:
    """Yield every name and value of a query or form."""
    for name, values in sent.lists():
        yield name
        yield from values


def check_texts(texts: Iterable[str]) -> None:
    """Raise OddRequest when one of the texts has a NUL."""
    if any("\x00" in text for text in texts):
        raise OddRequest("NUL in a request")


def most_bytes(view_name: str, *, is_signed_in: bool) -> int:
    """Return how many bytes an address takes from somebody signed in, or from anybody."""
    if not is_signed_in:
        return ANONYMOUS_BYTES
    if view_name in DOCUMENTS:
        return current_limits().max_bytes + FORM_ROOM
    if view_name in IMPORTS:
        return MOST_BYTES + FORM_ROOM
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE or ANONYMOUS_BYTES


def _refused(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    if request.accepts("application/json") and not request.accepts("text/html"):
        return JsonResponse({"ok": False, "message": sentence, "sentence": sentence}, status=status)
    return render(request, "413.html", {"sentence": sentence}, status=status)
