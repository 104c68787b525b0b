"""Who may do what on which unit. Each rule is a pair: ``check_…`` raises a sentence, ``can_…`` answers."""

from assessments.enums import Role
from assessments.models import (
    AppraisalBranch,
    Assessment,
    AssessmentPeriod,
    CriteriaSet,
    Official,
    Unit,
    UnitUserObjectPermission,
)
from assessments.rules import NotPermitted


def check_holds(user: Official, role: Role, unit: Unit) -> None:
    """Refuse a person who does not hold ``role`` on ``unit``. Raise NotPermitted."""
    if not user.is_active or not user.holds(role, unit):
        raise NotPermitted(f"Việc này cần vai trò “{role.label}” tại {unit.name}; tài khoản của bạn chưa được giao.")


def check_holds_any(user: Official, roles: list[Role], unit: Unit) -> None:
    """Refuse a person who holds none of ``roles`` on ``unit``. Raise NotPermitted."""
    if not user.is_active or not any(user.holds(role, unit) for role in roles):
        wanted = " hoặc ".join(f"“{role.label}”" for role in roles)
        raise NotPermitted(f"Việc này cần vai trò {wanted} tại {unit.name}; tài khoản của bạn chưa được giao.")


def works_for(user: Official, unit: Unit) -> bool:
    """Say whether a person belongs to a unit: by the account or by a role of the assessed side."""
    return user.unit_id == unit.pk or user.holds(Role.OFFICER, unit) or user.holds(Role.HEAD, unit)


def check_not_own_unit(user: Official, assessment: Assessment) -> None:
    """Refuse a person who would judge the unit they work for. Raise NotPermitted."""
    if works_for(user, assessment.unit):
        raise NotPermitted(f"Không ai được thẩm định đơn vị của chính mình ({assessment.unit.name}).")


def check_can_score(user: Official, assessment: Assessment) -> None:
    """Refuse a person who may not enter self-scores and evidence of this unit. Raise NotPermitted."""
    check_holds_any(user, [Role.OFFICER, Role.HEAD], assessment.unit)


def check_can_sign(user: Official, assessment: Assessment) -> None:
    """Refuse a person who may not sign for this unit. Raise NotPermitted."""
    check_holds(user, Role.HEAD, assessment.unit)


def check_can_appraise(user: Official, branch: AppraisalBranch) -> None:
    """Refuse a person who does not appraise for this body, or would appraise their own unit. Raise NotPermitted."""
    check_holds(user, Role.APPRAISER, branch.unit)
    check_not_own_unit(user, branch.assessment)


def check_can_consolidate(user: Official, assessment: Assessment) -> None:
    """Refuse a person who is not a secretary of this period's council, or judges their own unit. Raise NotPermitted."""
    check_holds(user, Role.SECRETARY, assessment.period.secretariat)
    check_not_own_unit(user, assessment)


def check_can_organise(user: Official, period: AssessmentPeriod) -> None:
    """Refuse a person who does not organise this period. Raise NotPermitted."""
    check_holds(user, Role.ORGANISER, period.organiser)


def check_organises_somewhere(user: Official) -> None:
    """Refuse a person who organises no unit's periods at all. Raise NotPermitted."""
    if not user.is_authenticated or not user.unit_ids_of(Role.ORGANISER):
        raise NotPermitted("Việc này dành cho đơn vị tổ chức kỳ đánh giá; tài khoản của bạn chưa được giao vai trò đó.")


def check_keeps_calendar(user: Official) -> None:
    """Refuse a person who organises no province: the working calendar is one for all units. Raise NotPermitted."""
    if not can_keep_calendar(user):
        raise NotPermitted(
            "Lịch làm việc dùng chung cho mọi đơn vị, do đơn vị tổ chức cấp tỉnh giữ; tài khoản của bạn chỉ xem được."
        )


def can_keep_calendar(user: Official) -> bool:
    """Say whether a person may change the working calendar: an organiser of a unit that has none above it."""
    mine = user.role_grants.get(Role.ORGANISER.value, {})
    return user.is_active and any(path.count("/") == 1 for path in mine.values())


def can_see_sheet(user: Official, assessment: Assessment) -> bool:
    """Say whether a person may read all self-scores: own unit, secretary, council and organiser (from submission)."""
    if works_for(user, assessment.unit) and (
        user.holds(Role.OFFICER, assessment.unit) or user.holds(Role.HEAD, assessment.unit)
    ):
        return True
    period = assessment.period
    return (
        user.holds(Role.SECRETARY, period.secretariat)
        or user.holds(Role.COUNCIL, period.council)
        or user.holds(Role.ORGANISER, period.organiser)
    )


def appraising_branches(user: Official, assessment: Assessment) -> list[AppraisalBranch]:
    """Return the parts of this case that a person may appraise or read as appraiser."""
    units = user.unit_ids_of(Role.APPRAISER)
    if not units or works_for(user, assessment.unit):
        return []
    return [branch for branch in assessment.branches.all() if branch.unit_id in units]


def check_administers(user: Official, unit: Unit | None) -> None:
    """Refuse a person who does not administer the tree of ``unit``; an account without a unit is the site's own."""
    if unit is None:
        raise NotPermitted("Tài khoản không thuộc đơn vị nào do người vận hành hệ thống quản lý; hãy chọn đơn vị.")
    if not any(unit.path.startswith(path) for path in user.unit_paths_of(Role.ADMINISTRATOR)):
        check_holds(user, Role.ADMINISTRATOR, unit)


def check_can_change_account(user: Official, official: Official) -> None:
    """Refuse a person who administers only a part of what an account holds: its unit and each role. Raise NotPermitted.

    Whoever sets the password, the contacts or the state of an account decides over all of its roles. The roles are
    read from their rows because ``role_grants`` of a deactivated account is empty.
    """
    check_administers(user, official.unit)
    paths = user.unit_paths_of(Role.ADMINISTRATOR)
    rows = UnitUserObjectPermission.objects.filter(user=official).select_related("content_object", "permission")
    for row in rows.order_by("content_object__sort_key", "permission__codename"):
        if not any(row.content_object.path.startswith(path) for path in paths):
            raise NotPermitted(
                f"{official.display_name} giữ vai trò “{Role(row.permission.codename).label}” tại "
                f"{row.content_object.name}, ngoài phạm vi bạn quản trị; quản trị cấp trên mới sửa thông tin, "
                "cấp mật khẩu, ngừng hoặc mở lại tài khoản này được."
            )


def check_can_change_series(user: Official, criteria_set: CriteriaSet) -> None:
    """Refuse a person who would change, or continue, a criteria set that another organiser made. Raise NotPermitted.

    Sets are shared to be read and copied. Who may change one: who organises a unit that its author organises too, or
    the province where the system itself made it.
    """
    author = criteria_set.created_by
    mine = user.role_grants.get(Role.ORGANISER.value, {})
    if author is None:
        allowed = any(path.count("/") == 1 for path in mine.values())
    else:
        allowed = user.pk == author.pk or bool(mine.keys() & set(author.unit_ids_of(Role.ORGANISER)))
    if not allowed:
        raise NotPermitted(
            f"Bộ “{criteria_set.title}” do đơn vị tổ chức khác lập; bạn có thể sao chép thành bộ có mã mới để sửa."
        )


def can_change_series(user: Official, criteria_set: CriteriaSet) -> bool:
    """Say whether ``check_can_change_series`` would let a person in."""
    try:
        check_can_change_series(user, criteria_set)
    except NotPermitted:
        return False
    return True
