"""An address that only takes a form is no page: who opens it by hand is led to the page above it.

After an expired session the sign-in leads to the address that was being sent to, which may take nothing but a form.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

NOT_ALLOWED = 405


class LeadingBackMiddleware:
    """Answer a GET of a form-only address with the page above it instead of an empty 405."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let the page answer, and lead back where it takes no GET."""
        response = self.get_response(request)
        if response.status_code == NOT_ALLOWED and request.method == "GET" and request.accepts("text/html"):
            above = request.path.rstrip("/").rpartition("/")[0]
            return HttpResponseRedirect(f"{above}/")
        return response
