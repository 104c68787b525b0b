"""The root of the site leads on."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Lead people who are signed in to their inbox, everybody else to the published results."""
    return redirect("inbox" if request.user.is_authenticated else "results")
