"""What every answer of the site carries, whatever view gave it."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase


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
