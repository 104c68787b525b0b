"""Accounts and roles: made, granted, withdrawn, deactivated; nothing is deleted."""

from datetime import datetime

from django.db import transaction
from guardian.shortcuts import assign_perm, remove_perm

from assessments import permissions
from assessments.enums import Role
from assessments.models import Official, Unit
from assessments.operations import events
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
    """Create an account; ``by`` None is the set-up of the system itself. Raise NotAllowed when the name is taken."""
    if by is not None and unit is not None:
        _check_administers(by, unit)
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
    )
    events.record(kind="official_created", sentence=f"Tạo tài khoản {username} ({display_name})", by=by, at=at)
    return official


@transaction.atomic
def grant_role(*, official: Official, role: Role, unit: Unit, by: Official | None, at: datetime) -> None:
    """Give a person a role on one unit. Raise NotAllowed for an inactive account, NotPermitted."""
    if by is not None:
        _check_administers(by, unit)
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
    """Take a role on one unit from a person. Raise NotPermitted."""
    if by is not None:
        _check_administers(by, unit)
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
    """Stop an account from signing in; what it did stays. Raise NotAllowed for one's own account, NotPermitted."""
    if official.unit is not None:
        _check_administers(by, official.unit)
    if official.pk == by.pk:
        raise NotAllowed("Không thể tự ngừng hoạt động tài khoản của chính mình.")
    official.is_active, official.deactivated_at = False, at
    official.save(update_fields=["is_active", "deactivated_at"])
    events.record(kind="official_deactivated", sentence=f"Ngừng hoạt động tài khoản {official.username}", by=by, at=at)
    return official


@transaction.atomic
def reactivate(*, official: Official, by: Official, at: datetime) -> Official:
    """Let a deactivated account sign in again. Raise NotPermitted."""
    if official.unit is not None:
        _check_administers(by, official.unit)
    official.is_active, official.deactivated_at = True, None
    official.save(update_fields=["is_active", "deactivated_at"])
    events.record(kind="official_reactivated", sentence=f"Mở lại tài khoản {official.username}", by=by, at=at)
    return official


def _check_administers(by: Official, unit: Unit) -> None:
    if not any(unit.path.startswith(path) for path in by.unit_paths_of(Role.ADMINISTRATOR)):
        permissions.check_holds(by, Role.ADMINISTRATOR, unit)
