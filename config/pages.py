"""Pages of the site itself: sign-in and sign-out, about, components, and what is shown when something goes wrong."""

from typing import Any

from csp.constants import HEADER
from csp.utils import build_policy
from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView, RedirectURLMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.module_loading import import_string
from django.views import View
from django.views.decorators.http import require_safe

from assessments import clock
from assessments.operations.sign_ins import begin_sign_in, finish_sign_in
from assessments.rules.sign_ins import TooManyAttempts
from config import examples
from config.addresses import client_address
from config.context import is_demo


class SignInForm(AuthenticationForm):
    """User name and password, with refusals that say what to check."""

    error_messages = {
        "invalid_login": "Tên đăng nhập hoặc mật khẩu không đúng. Kiểm tra phím Caps Lock và tắt bộ gõ tiếng Việt "
        "rồi nhập lại.",
        "inactive": "Tài khoản này đã ngừng hoạt động. Liên hệ người quản trị của đơn vị bạn.",
    }

    def clean(self) -> dict[str, Any]:
        """Check name and password; an attempt is counted first, and one that comes too soon is not looked at."""
        username, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if username is None or not password:
            return self.cleaned_data
        address = client_address(self.request)
        try:
            begin_sign_in(username=username, address=address, at=clock.read())
        except TooManyAttempts as refusal:
            raise forms.ValidationError(refusal.sentence, code="wait") from refusal
        cleaned = super().clean()
        finish_sign_in(username=username, address=address)
        return cleaned

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Tên đăng nhập"
        self.fields["username"].error_messages["required"] = "Nhập tên đăng nhập."
        self.fields["username"].widget.attrs.update({"autocapitalize": "none", "spellcheck": "false"})
        self.fields["password"].label = "Mật khẩu"
        self.fields["password"].error_messages["required"] = "Nhập mật khẩu."


class SignIn(LoginView):
    """The sign-in page (đăng nhập); in the demonstration it also offers an account for each role."""

    template_name = "sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the accounts of the demonstration, elsewhere none."""
        values = super().get_context_data(**kwargs, demo_accounts=demo_accounts())
        del values["site_name"]  # Django's is the host name; ours comes from config.context
        return values


class DemoSignIn(RedirectURLMixin, View):
    """Sign in as one of the listed accounts without a password; exists only in the demonstration."""

    http_method_names = ["post"]
    next_page = settings.LOGIN_REDIRECT_URL

    def post(self, request: HttpRequest) -> HttpResponse:
        """Sign in as the person named by ``username``; raise Http404 outside the demonstration."""
        offered = [account["username"] for account in demo_accounts()]
        username = request.POST.get("username", "")
        if username not in offered:
            raise Http404
        official = get_object_or_404(get_user_model(), username=username, is_active=True)
        login(request, official, backend="django.contrib.auth.backends.ModelBackend")
        return HttpResponseRedirect(self.get_success_url())


def demo_accounts() -> list[dict[str, str]]:
    """Return ``[{"role", "display_name", "unit", "username", "what"}]`` of the demonstration, elsewhere nothing.

    ``settings.DEMO_ACCOUNTS`` names the function that lists them (dotted path).
    """
    source = getattr(settings, "DEMO_ACCOUNTS", None)
    return import_string(source)() if is_demo() and source else []


sign_in = SignIn.as_view()
sign_out = LogoutView.as_view()
demo_sign_in = DemoSignIn.as_view()


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Say what this is, where help is and where its source is (AGPL, section 13)."""
    return render(request, "about.html")


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """Show each component in each of its states; outside development and demonstration to signed-in people only."""
    if not (settings.DEBUG or is_demo() or request.user.is_authenticated):
        raise Http404
    return render(request, "components.html", {"groups": examples.rendered(request)})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400 with a page that asks the request nothing, for the request itself is what is wrong.

    A wrong host is refused before the content policy is put on, so the page carries the policy itself.
    """
    answer = render(None, "400.html", status=400)
    answer[HEADER] = build_policy()
    return answer


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 with a page that says what may be wrong."""
    return render(request, "404.html", status=404)


def permission_denied(request: HttpRequest, exception: PermissionDenied) -> HttpResponse:
    """Answer 403 with the sentence of the refusal."""
    return render(request, "403.html", {"reason": str(exception)}, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 with a page that asks neither the database nor the session."""
    return render(None, "500.html", status=500)
