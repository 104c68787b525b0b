"""Accounts and roles (tài khoản, vai trò) for the administrator of a unit tree; one's own account for everybody."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments import clock, permissions
from assessments.enums import Role
from assessments.forms.accounts import (
    ContactForm,
    CreateAccountForm,
    DescribeAccountForm,
    GrantForm,
    OwnPasswordForm,
    administered_units,
)
from assessments.models import Official
from assessments.operations import officials as operations
from assessments.queries import accounts as queries
from assessments.queries.sign_ins import attempts_on
from assessments.rules import NotAllowed, NotPermitted

ROWS_PER_PAGE = 50
STATES = (("", "Tất cả"), ("active", "Đang hoạt động"), ("inactive", "Đã ngừng"))
LIST = "Tài khoản"


def administrators_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let in who administers some unit; the others read why not."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.unit_ids_of(Role.ADMINISTRATOR):
            raise PermissionDenied("Trang này dành cho người quản trị tài khoản; tài khoản của bạn chưa được giao.")
        return view(request, *args, **kwargs)

    return guarded


@require_safe
@administrators_only
def accounts(request: HttpRequest) -> HttpResponse:
    """List and search the accounts of the trees that the person administers."""
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "vai-tro", "trang-thai")}
    found = queries.accounts(request.user, text=asked["q"], role=asked["vai-tro"], state=asked["trang-thai"])
    page = Paginator(found, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    people = list(page.object_list)
    grants = queries.grants_of(people, request.user)
    kept = request.GET.copy()
    kept.pop("page", None)
    here = reverse("accounts")
    return render(
        request,
        "assessments/accounts/list.html",
        {
            "page": page,
            "rows": [{"official": official, "grants": grants.get(official.pk, [])} for official in people],
            "text": asked["q"],
            "roles": [(role.value, role.label, role.value == asked["vai-tro"]) for role in Role],
            "states": [(value, label, value == asked["trang-thai"]) for value, label in STATES],
            "here": here,
            "clear_url": here if any(asked.values()) else "",
            "query": kept.urlencode(),
        },
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def create(request: HttpRequest) -> HttpResponse:
    """Create an account; the answer shows its temporary password, once."""
    form = CreateAccountForm(request.POST or None, user=request.user)
    if form.is_valid():
        password = operations.temporary_password()
        try:
            official = operations.create_official(
                by=request.user, at=clock.read(), password=password, **form.cleaned_data
            )
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            return _show_password(request, official, password, "Đã tạo tài khoản", status=201)
    page = {"form": form, "page_title": "Tạo tài khoản", "submit": "Tạo tài khoản", "back": reverse("accounts")}
    return _form(request, page | {"breadcrumbs": _way("Tạo tài khoản")}, form)


@require_safe
@login_required
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one account with its roles and what may be done with it."""
    return _account(request, _load(request, pk), GrantForm(user=request.user))


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def describe(request: HttpRequest, pk: int) -> HttpResponse:
    """Change name, unit, position and contacts of an account."""
    official = _load_administered(request, pk)
    names = ("display_name", "unit", "position", "email", "phone")
    form = DescribeAccountForm(
        request.POST or None, user=request.user, initial={name: getattr(official, name) for name in names}
    )
    if form.is_valid():
        try:
            operations.describe_official(official=official, by=request.user, at=clock.read(), **form.cleaned_data)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Đã lưu tài khoản {official.username}.")
            return redirect("account", pk=pk)
    page = {"form": form, "page_title": f"Sửa tài khoản {official.username}", "submit": "Lưu"}
    page["closed_reason"] = _closed_reason(request, official)
    return _form(request, page | {"back": reverse("account", args=[pk]), "breadcrumbs": _way(official.username)}, form)


@require_POST
@administrators_only
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a role on one unit of the tree."""
    official = _load_administered(request, pk)
    form = GrantForm(request.POST, user=request.user)
    if form.is_valid():
        role, unit = Role(form.cleaned_data["role"]), form.cleaned_data["unit"]
        try:
            operations.grant_role(official=official, role=role, unit=unit, by=request.user, at=clock.read())
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Đã giao vai trò “{role.label}” tại {unit.name} cho {official.display_name}.")
            return redirect("account", pk=pk)
    return _account(request, official, form, status=422)


@require_POST
@administrators_only
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a role on one unit of the tree away."""
    official = _load_administered(request, pk)
    codename = request.POST.get("role", "")
    units = administered_units(request.user).filter(code=request.POST.get("unit", ""))
    unit = get_object_or_404(units) if codename in Role.values else None
    if unit is None:
        return _account(
            request, official, GrantForm(user=request.user), refusals=["Hãy chọn vai trò cần thu hồi."], status=422
        )
    role = Role(codename)
    try:
        operations.withdraw_role(official=official, role=role, unit=unit, by=request.user, at=clock.read())
    except NotAllowed as refusal:
        return _account(request, official, GrantForm(user=request.user), refusals=[str(refusal)], status=422)
    messages.success(request, f"Đã thu hồi vai trò “{role.label}” tại {unit.name} của {official.display_name}.")
    return redirect("account", pk=pk)


@never_cache
@require_POST
@administrators_only
def issue_password(request: HttpRequest, pk: int) -> HttpResponse:
    """Give an account a new temporary password, shown once."""
    official = _load_administered(request, pk)
    try:
        password = operations.issue_password(official=official, by=request.user, at=clock.read())
    except NotAllowed as refusal:
        return _account(request, official, GrantForm(user=request.user), refusals=[str(refusal)], status=422)
    return _show_password(request, official, password, "Đã cấp mật khẩu tạm")


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm, then stop an account from signing in."""
    official = _load_administered(request, pk)
    refusals: list[str] = []
    if request.method == "POST":
        try:
            operations.deactivate(official=official, by=request.user, at=clock.read())
        except NotAllowed as refusal:
            refusals = [str(refusal)]
        else:
            messages.success(request, f"Tài khoản {official.username} đã ngừng hoạt động.")
            return redirect("account", pk=pk)
    page = {"official": official, "refusals": refusals, "breadcrumbs": _way(official.username)}
    page["closed_reason"] = _closed_reason(request, official)
    return render(request, "assessments/accounts/deactivate.html", page, status=422 if refusals else 200)


@require_POST
@administrators_only
def reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a deactivated account sign in again."""
    official = _load_administered(request, pk)
    try:
        operations.reactivate(official=official, by=request.user, at=clock.read())
    except NotAllowed as refusal:
        return _account(request, official, GrantForm(user=request.user), refusals=[str(refusal)], status=422)
    messages.success(request, f"Tài khoản {official.username} đã hoạt động lại.")
    return redirect("account", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def own(request: HttpRequest) -> HttpResponse:
    """Show one's own account and roles; position and contacts may be changed."""
    me: Any = request.user
    form = ContactForm(
        request.POST or None, initial={name: getattr(me, name) for name in ("position", "email", "phone")}
    )
    if form.is_valid():
        operations.describe_oneself(by=me, at=clock.read(), **form.cleaned_data)
        messages.success(request, "Đã lưu thông tin của bạn.")
        return redirect("own_account")
    page = {
        "form": form,
        "official": me,
        "grants": queries.grants_of([me], me).get(me.pk, []),
        "notices": import_string(settings.ACCOUNT_NOTICES)(me),
        "breadcrumbs": [{"label": "Tài khoản của tôi"}],
    }
    return render(request, "assessments/accounts/own.html", page, status=422 if form.is_bound else 200)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def own_password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; other sessions of the account end."""
    form = OwnPasswordForm(request.user, request.POST or None)
    if form.is_valid():
        me = operations.change_own_password(
            password=form.cleaned_data["new_password1"], by=request.user, at=clock.read()
        )
        update_session_auth_hash(request, me)
        messages.success(request, "Đã đổi mật khẩu; các phiên đăng nhập khác của bạn đã kết thúc.")
        return redirect("own_account")
    way = [{"label": "Tài khoản của tôi", "url": reverse("own_account")}, {"label": "Đổi mật khẩu"}]
    page = {"form": form, "page_title": "Đổi mật khẩu", "submit": "Đổi mật khẩu", "back": reverse("own_account")}
    return _form(request, page | {"breadcrumbs": way}, form)


def _load(request: HttpRequest, pk: int) -> Official:
    return get_object_or_404(Official.objects.visible_to(request.user).select_related("unit"), pk=pk)


def _load_administered(request: HttpRequest, pk: int) -> Official:
    official = _load(request, pk)
    if not queries.administers(request.user, official):
        raise PermissionDenied("Tài khoản này ngoài phạm vi bạn quản trị.")
    return official


def _closed_reason(request: HttpRequest, official: Official) -> str:
    """Return why the account is not the person's to change, or nothing."""
    try:
        permissions.check_can_change_account(cast(Official, request.user), official)
    except NotPermitted as refusal:
        return str(refusal)
    return ""


def _account(
    request: HttpRequest, official: Official, form: GrantForm, *, refusals: list[str] | None = None, status: int = 200
) -> HttpResponse:
    may_change = queries.administers(request.user, official)
    page = {
        "official": official,
        "grants": queries.grants_of([official], request.user).get(official.pk, []),
        "form": form,
        "may_change": may_change,
        "closed_reason": _closed_reason(request, official) if may_change else "",
        "is_own": official.pk == request.user.pk,
        "attempts": attempts_on(official) if may_change else None,
        "refusals": refusals or [],
        "breadcrumbs": _way(official.display_name),
    }
    return render(request, "assessments/accounts/detail.html", page, status=status)


def _show_password(
    request: HttpRequest, official: Official, password: str, title: str, status: int = 200
) -> HttpResponse:
    page = {"official": official, "password": password, "page_title": title, "breadcrumbs": _way(title)}
    return render(request, "assessments/accounts/password.html", page, status=status)


def _form(request: HttpRequest, page: dict[str, Any], form: Any) -> HttpResponse:
    return render(request, "assessments/accounts/form.html", page, status=422 if form.is_bound else 200)


def _way(here: str) -> list[dict[str, str]]:
    return [{"label": LIST, "url": reverse("accounts")}, {"label": here}]
