"""The accounts that the sign-in page of the demonstration offers: one per role, with what to try."""

from assessments.enums import Role
from assessments.models import Official
from workflow.models import WorkItem

OFFERED = [
    (Role.OFFICER, "can-bo-294", "Tiếp tục phiếu tự chấm điểm đang nhập dở."),
    (Role.HEAD, "", "Đọc hồ sơ cán bộ đã trình, ký gửi hoặc trả lại."),
    (Role.APPRAISER, "tham-dinh-stp", "Thẩm định các hồ sơ đang chờ, trả lời kiến nghị."),
    (Role.SECRETARY, "thu-ky-ttk", "Công bố kết quả sơ bộ, quyết định kiến nghị đã có ý kiến."),
    (Role.COUNCIL, "hoi-dong-hddg", "Xem kết quả trước khi Hội đồng họp."),
    (Role.ORGANISER, "to-chuc-snv", "Theo dõi các đơn vị, gia hạn, chuẩn bị kỳ mới."),
    (Role.ORGANISER, "to-chuc-294", "Theo dõi đợt cấp xã do huyện tổ chức."),
    (Role.SUPERVISOR, "theo-doi-30", "Xem tiến độ toàn tỉnh theo từng bước."),
    (Role.ADMINISTRATOR, "quan-tri-30", "Quản lý tài khoản và vai trò."),
]


def demo_accounts() -> list[dict[str, str]]:
    """Return ``[{"role", "display_name", "unit", "username", "what"}]``; none before the demonstration is played."""
    names = [username for _role, username, _what in OFFERED if username]
    people = {p.username: p for p in Official.objects.filter(username__in=names, is_active=True).select_related("unit")}
    signing = WorkItem.objects.open().filter(node="sign").select_related("role_unit").order_by("assessment_id").first()
    if signing is not None:
        head = Official.objects.holding(Role.HEAD, [signing.role_unit_id]).select_related("unit").first()
        people |= {"": head} if head is not None else {}
    return [
        {
            "role": str(role.label),
            "display_name": people[username].display_name,
            "unit": people[username].unit.name if people[username].unit else "",
            "username": people[username].username,
            "what": what,
        }
        for role, username, what in OFFERED
        if username in people
    ]
