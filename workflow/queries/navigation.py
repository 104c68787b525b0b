"""The main navigation of a person: what their roles open, with how much waits there."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from assessments import clock
from assessments.enums import Role
from assessments.models import Official
from notifications.models import Message
from workflow.models import Incident, WorkItem
from workflow.queries.counting import count_each
from workflow.queries.follow_ups import awake
from workflow.queries.oversight import people_overseen

WATCHING = [Role.ORGANISER, Role.SECRETARY, Role.COUNCIL, Role.SUPERVISOR]

# label, name of the page, roles that open it (none: everybody), name of its count
ITEMS: list[tuple[str, str, list[Role], str]] = [
    ("Việc của tôi", "inbox", [], "work"),
    ("Hồ sơ", "cases", [Role.OFFICER, Role.HEAD, Role.APPRAISER], ""),
    ("Tiến độ", "progress", WATCHING, ""),
    ("Kỳ đánh giá", "periods", [Role.ORGANISER], ""),
    ("Bộ tiêu chí", "criteria_sets", [Role.ORGANISER], ""),
    ("Lịch làm việc", "calendar", [Role.ORGANISER], ""),
    ("Sự cố", "incidents", [Role.ORGANISER], "incidents"),
    ("Thư không gửi được", "undelivered", [Role.ORGANISER, Role.ADMINISTRATOR], "undelivered"),
    ("Tài khoản", "accounts", [Role.ADMINISTRATOR], ""),
    ("Kết quả công bố", "results", [], ""),
]


def navigation_for(user: Official) -> list[dict[str, Any]]:
    """Return ``[{"label", "url", "count"}]`` for a signed-in person; one query besides that of the roles."""
    shown = [item for item in ITEMS if not item[2] or any(user.unit_ids_of(role) for role in item[2])]
    waiting: dict[str, QuerySet[Any]] = {"work": awake(WorkItem.objects.visible_to(user).open(), user, clock.glance())}
    if user.unit_ids_of(Role.ORGANISER):
        waiting["incidents"] = Incident.objects.visible_to(user).filter(resolved_at__isnull=True)
    people = people_overseen(user)
    if people is not None:
        waiting["undelivered"] = Message.objects.stopped().filter(recipient__in=people.values("pk"))
    counts = count_each(user, **waiting)
    return [{"label": label, "url": reverse(name), "count": counts.get(count)} for label, name, _, count in shown]
