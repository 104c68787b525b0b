"""Accounts and roles: made, granted, withdrawn, deactivated; nothing is deleted."""

import secrets
from datetime import datetime

from django.db import transaction
from guardian.shortcuts import assign_perm, remove_perm

from assessments import permissions
from assessments.enums import Role
from assessments.models import Official, Unit
from assessments.operations import events
from assessments.operations.sign_ins import forget_attempts
from assessments.rules import NotAllowed


@transaction.atomic
def create_official(
    *,
    username: str,
    display_name: str,
    unit: Unit | None,
    by: Official | None,
    at: datetime,
    position: str = "",
    email: str = "",
    phone: str = "",
    password: str | None = None,
) -> Official:
    """Create an account; ``by`` None is the set-up of the system itself. Raise NotAllowed when the name is taken.

    A password that somebody else chose must be changed at the first sign-in, before anything else.
    """
    if by is not None:
        permissions.check_administers(by, unit)
    username, display_name = username.strip(), display_name.strip()
    if not username or not display_name:
        raise NotAllowed("Hãy ghi tên đăng nhập và họ tên.")
    if Official.objects.filter(username__iexact=username).exists():
        raise NotAllowed(f"Tên đăng nhập “{username}” đã có người dùng.")
    official = Official.objects.create_user(
        username=username,
        password=password,
        display_name=display_name,
        unit=unit,
        position=position,
        email=email,
        phone=phone,
        must_change_password=by is not None and password is not None,
    )
    events.record(kind="official_created", sentence=f"Tạo tài khoản {username} ({display_name})", by=by, at=at)
    return official


@transaction.atomic
def describe_official(
    *,
    official: Official,
    display_name: str,
    position: str,
    email: str,
    phone: str,
    unit: Unit,
    by: Official,
    at: datetime,
) -> Official:
    """Change the name, position, contacts and unit of an account (sửa tài khoản). Raise NotAllowed, NotPermitted.

    The person who does it must administer the old unit, the new one and every role of the account.
    """
    permissions.check_can_change_account(by, official)
    permissions.check_administers(by, unit)
    if not display_name.strip():
        raise NotAllowed("Hãy ghi họ và tên.")
    before = {"unit": official.unit.code if official.unit else "", "display_name": official.display_name}
    official.display_name, official.position = display_name.strip(), position.strip()
    official.email, official.phone, official.unit = email.strip(), phone.strip(), unit
    official.save(update_fields=["display_name", "position", "email", "phone", "unit"])
    events.record(
        kind="official_described",
        sentence=f"Sửa thông tin tài khoản {official.username}",
        by=by,
        at=at,
        details={"official": official.username, "before": before, "after": {"unit": unit.code}},
    )
    return official


@transaction.atomic
def describe_oneself(*, position: str, email: str, phone: str, by: Official, at: datetime) -> Official:
    """Change one's own position and contacts; name and unit are kept by the administrator."""
    by.position, by.email, by.phone = position.strip(), email.strip(), phone.strip()
    by.save(update_fields=["position", "email", "phone"])
    events.record(kind="official_described", sentence=f"{by.username} sửa thông tin liên hệ của mình", by=by, at=at)
    return by


@transaction.atomic
def change_own_password(*, password: str, by: Official, at: datetime) -> Official:
    """Set one's own password; the caller has checked the old one and the strength of the new one."""
    by.set_password(password)
    by.must_change_password = False
    by.save(update_fields=["password", "must_change_password"])
    events.record(kind="password_changed", sentence=f"{by.username} đổi mật khẩu", by=by, at=at)
    return by


@transaction.atomic
def issue_password(*, official: Official, by: Official, at: datetime) -> str:
    """Give an account a new temporary password (cấp lại mật khẩu) and return it; it is stored nowhere in clear.

    Sessions of the account end, its owner must change the password first of all and waits for no failed sign-in.

    Whoever sets a password can sign in as that person, so every role of the account must lie in trees that ``by``
    administers. Raise NotAllowed for one's own or an inactive account, NotPermitted.
    """
    if official.pk == by.pk:
        raise NotAllowed("Mật khẩu của chính mình đổi ở trang “Tài khoản của tôi”.")
    permissions.check_can_change_account(by, official)
    if not official.is_active:
        raise NotAllowed(f"Tài khoản {official.username} đã ngừng hoạt động; hãy mở lại trước khi cấp mật khẩu.")
    password = temporary_password()
    official.set_password(password)
    official.must_change_password = True
    official.save(update_fields=["password", "must_change_password"])
    forget_attempts(username=official.username)
    events.record(kind="password_issued", sentence=f"Cấp mật khẩu tạm cho tài khoản {official.username}", by=by, at=at)
    return password


def temporary_password() -> str:
    """Return a random password of four groups that can be read out on the telephone (no 0, O, 1, l)."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


@transaction.atomic
def grant_role(*, official: Official, role: Role, unit: Unit, by: Official | None, at: datetime) -> None:
    """Give a person a role on one unit. Raise NotAllowed for an inactive account, NotPermitted."""
    if by is not None:
        permissions.check_administers(by, unit)
    if not official.is_active:
        raise NotAllowed(f"Tài khoản {official.username} đã ngừng hoạt động nên không giao vai trò được.")
    assign_perm(f"assessments.{role.value}", official, unit)
    official.forget_grants()
    events.record(
        kind="role_granted",
        sentence=f"Giao vai trò “{role.label}” tại {unit.name} cho {official.display_name}",
        by=by,
        at=at,
        details={"official": official.username, "role": role.value, "unit": unit.code},
    )


@transaction.atomic
def withdraw_role(*, official: Official, role: Role, unit: Unit, by: Official | None, at: datetime) -> None:
    """Take a role on one unit from a person. Raise NotAllowed for one's own administration, NotPermitted."""
    if by is not None:
        permissions.check_administers(by, unit)
    if by is not None and role == Role.ADMINISTRATOR and official.pk == by.pk:
        raise NotAllowed("Không thể tự thu hồi vai trò quản trị của chính mình; hãy nhờ một người quản trị khác.")
    remove_perm(f"assessments.{role.value}", official, unit)
    official.forget_grants()
    events.record(
        kind="role_withdrawn",
        sentence=f"Thu hồi vai trò “{role.label}” tại {unit.name} của {official.display_name}",
        by=by,
        at=at,
        details={"official": official.username, "role": role.value, "unit": unit.code},
    )


@transaction.atomic
def deactivate(*, official: Official, by: Official, at: datetime) -> Official:
    """Stop an account from signing in and end its sessions for good; what it did stays.

    Raise NotAllowed for one's own account, NotPermitted.
    """
    if official.pk == by.pk:
        raise NotAllowed("Không thể tự ngừng hoạt động tài khoản của chính mình.")
    permissions.check_can_change_account(by, official)
    official.is_active, official.deactivated_at = False, at
    official.sessions_ended += 1  # a session of before must not wake up when the account does
    official.save(update_fields=["is_active", "deactivated_at", "sessions_ended"])
    events.record(kind="official_deactivated", sentence=f"Ngừng hoạt động tài khoản {official.username}", by=by, at=at)
    return official


@transaction.atomic
def reactivate(*, official: Official, by: Official, at: datetime) -> Official:
    """Let a deactivated account sign in again. Raise NotPermitted."""
    permissions.check_can_change_account(by, official)
    official.is_active, official.deactivated_at = True, None
    official.save(update_fields=["is_active", "deactivated_at"])
    events.record(kind="official_reactivated", sentence=f"Mở lại tài khoản {official.username}", by=by, at=at)
    return official
