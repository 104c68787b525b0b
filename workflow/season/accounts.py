"""The accounts that the sign-in page of the demonstration offers: those who have something to do now, then by role."""

from collections.abc import Iterator

from django.db.models import Count, F, Q
from django.db.models.functions import Length

from assessments.enums import Role
from assessments.models import Assessment, Official
from workflow.models import WorkItem

MOST_HEADS = 4
STANDING = [
    (Role.COUNCIL, "hoi-dong-hddg", "Xem kết quả trước khi Hội đồng họp."),
    (Role.ORGANISER, "to-chuc-snv", "Theo dõi các đơn vị, gia hạn, chuẩn bị kỳ mới."),
    (Role.ORGANISER, "to-chuc-294", "Theo dõi đợt cấp xã do huyện tổ chức."),
    (Role.SUPERVISOR, "theo-doi-30", "Xem tiến độ toàn tỉnh theo từng bước."),
    (Role.ADMINISTRATOR, "quan-tri-30", "Quản lý tài khoản và vai trò."),
]

Offer = tuple[Role, Official, str]


def demo_accounts() -> list[dict[str, str]]:
    """Return ``[{"role", "display_name", "unit", "username", "what"}]``; none before the demonstration is played."""
    offers = [*_half_filled(), *_to_sign(), *_queues(), *_with_a_dispute(), *_standing()]
    return [
        {
            "role": str(role.label),
            "display_name": person.display_name,
            "unit": person.unit.name if person.unit else "",
            "username": person.username,
            "what": what,
        }
        for role, person, what in offers
    ]


def _half_filled() -> Iterator[Offer]:
    """Offer an officer whose sheet is begun and not done, of the highest unit first."""
    scored = Q(scores__self_input__isnull=False) | Q(scores__self_na=True)
    cases = (
        Assessment.objects.filter(work__in=WorkItem.objects.open().filter(node="self_score"))
        .annotate(
            done=Count("scores", filter=Q(scores__item__scoring="self") & scored, distinct=True),
            asked=Count("scores", filter=Q(scores__item__scoring="self"), distinct=True),
        )
        .filter(done__gt=0, done__lt=F("asked"))
        .order_by(Length("unit__path"), "pk")
    )
    for case in cases.select_related("unit")[:1]:
        for person in _first(Role.OFFICER, case.unit_id):
            yield Role.OFFICER, person, f"Tiếp tục phiếu tự chấm điểm đang nhập dở: đã chấm {case.done}/{case.asked}."


def _to_sign() -> Iterator[Offer]:
    """Offer the heads of the units whose dossier waits for a signature now."""
    waiting = WorkItem.objects.open().filter(node="sign").select_related("assessment__period")
    for work in waiting.order_by("assessment_id")[:MOST_HEADS]:
        for person in _first(Role.HEAD, work.role_unit_id):
            yield Role.HEAD, person, f"Đọc hồ sơ đã trình, ký gửi hoặc trả lại ({work.assessment.period.name})."


def _queues() -> Iterator[Offer]:
    """Offer the appraiser of the body with the longest queue."""
    queues = WorkItem.objects.open().filter(node="appraise").values("role_unit").annotate(cases=Count("pk"))
    for queue in queues.order_by("-cases", "role_unit")[:1]:
        for person in _first(Role.APPRAISER, queue["role_unit"]):
            yield Role.APPRAISER, person, f"Thẩm định: {queue['cases']} hồ sơ đang chờ."


def _with_a_dispute() -> Iterator[Offer]:
    """Offer the secretary who has disputes to decide."""
    deciding = WorkItem.objects.open().filter(node="decide_disputes").select_related("assessment__unit")
    for work in deciding.order_by("assessment_id")[:1]:
        for person in _first(Role.SECRETARY, work.role_unit_id):
            yield (
                Role.SECRETARY,
                person,
                f"Quyết định kiến nghị của {work.assessment.unit.name}, công bố kết quả sơ bộ.",
            )


def _standing() -> Iterator[Offer]:
    """Offer the roles that always have something to look at."""
    names = [username for _role, username, _what in STANDING]
    people = {p.username: p for p in Official.objects.filter(username__in=names, is_active=True).select_related("unit")}
    for role, username, what in STANDING:
        if username in people:
            yield role, people[username], what


def _first(role: Role, unit_id: int) -> list[Official]:
    return list(Official.objects.holding(role, [unit_id]).select_related("unit").order_by("pk")[:1])
