"""What every answer of the site carries, whatever view gave it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

BEFORE_THE_PASSWORD = {"own_password", "sign_out", "sign_in", "about"}


class PrivatePages:
    """Keep the pages of signed-in people out of every cache, the browser's too: the next person at a desk goes "back".

    A view that says how long its answer keeps is left alone. Only a person whom the view or its template has already
    asked for counts, so nothing is read from the database and an answer the same for everybody stays as it was.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, with ``Cache-Control: private, no-store`` when the answer was made for somebody signed in."""
        response = self.get_response(request)
        person = getattr(request, "_cached_user", None)  # where AuthenticationMiddleware keeps a user once read
        if person is not None and person.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response


class PasswordFirst:
    """Lead somebody who signed in with a temporary password to changing it, whatever page they ask for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Let the request pass; ``process_view`` judges."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Answer with the page of one's own password, a script with the sentence and 403."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in BEFORE_THE_PASSWORD or not getattr(request.user, "must_change_password", False):
            return None
        sentence = "Mật khẩu hiện nay do người quản trị cấp tạm; hãy đổi mật khẩu trước khi làm việc khác."
        if request.accepts("application/json") and not request.accepts("text/html"):
            return JsonResponse({"ok": False, "message": sentence, "sentence": sentence}, status=403)
        messages.warning(request, sentence)
        return HttpResponseRedirect(reverse("own_password"))
