"""The inbox (việc của tôi): what waits for a person, was put off or done, and what others have to do."""

from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import Exists, F, OuterRef, Q, TextChoices
from django.db.models.expressions import Combinable

from assessments.enums import Role
from assessments.models import Assessment, Official
from assessments.rules.calendar import PROVINCE_TIME, WorkingCalendar, last_valid_day, local_day
from assessments.rules.deadlines import opening_in_words
from assessments.vietnamese import asked_words
from workflow.models import WorkItem, WorkQuerySet
from workflow.queries.counting import count_each
from workflow.queries.follow_ups import awake, is_reported_to, put_off, reported_to
from workflow.rules import can_snooze

SOON_WORKING_DAYS = 3  # amber; the same border as the deadline component


class Tab(TextChoices):
    """A tab of the inbox; the value stands in the address."""

    WAITING = "cho-xu-ly", "Chờ xử lý"
    SOON = "sap-het-han", "Sắp hết hạn"
    OVERDUE = "qua-han", "Quá hạn"
    REPORTED = "bao-cao-qua-han", "Báo cáo quá hạn"
    PUT_OFF = "da-hen", "Đã hẹn"
    DONE = "da-xu-ly", "Đã xử lý"
    FOLLOWED = "theo-doi", "Theo dõi"


TAB_TONES = {Tab.SOON: "warn", Tab.OVERDUE: "danger", Tab.REPORTED: "danger"}
OF_OTHERS = {Tab.REPORTED, Tab.FOLLOWED}


def tabs_of(user: Official) -> list[Tab]:
    """Return the tabs of a person: reports of overdue work are for heads and organisers alone."""
    return [tab for tab in Tab if tab != Tab.REPORTED or is_reported_to(user)]


@dataclass(frozen=True)
class InboxRow:
    """One piece of work as a person sees it at one moment."""

    work: WorkItem
    moment: datetime
    calendar: WorkingCalendar
    is_mine: bool  # the person may do it; otherwise they only follow it
    is_held_by_me: bool
    asleep_until: datetime | None = None
    asleep_reason: str = ""
    case_is_visible: bool = True

    @property
    def step(self) -> str:
        """Return the title of the step, with the appraising body where it is one body's branch."""
        return f"{self.work.title} – {self.work.branch.body_name}" if self.work.branch else self.work.title

    @property
    def opens(self) -> str:
        """Return "mở từ …" while the work is not open yet, otherwise nothing."""
        return f"mở từ {opening_in_words(self.work.opens_at)}" if self.moment < self.work.opens_at else ""

    @property
    def asleep_words(self) -> str:
        """Return until when the person put it off, nothing where it is awake."""
        return f"hẹn đến {self.asleep_until.astimezone(PROVINCE_TIME):%d/%m/%Y}" if self.asleep_until else ""

    @property
    def is_overdue(self) -> bool:
        """Say whether the due moment has passed."""
        return self.work.due_at is not None and self.moment >= self.work.due_at

    @property
    def is_closed(self) -> bool:
        """Say whether nothing can be entered any more."""
        return self.work.closes_at is not None and self.moment >= self.work.closes_at

    @property
    def working_days_left(self) -> int | None:
        """Return the working days after today up to the last day that is still in time."""
        if self.work.due_at is None:
            return None
        return self.calendar.working_days_after(local_day(self.moment), last_valid_day(self.work.due_at))

    @property
    def holder(self) -> str:
        """Say who has taken the work out of the group queue."""
        if not self.work.claimed_by:
            return "Chưa ai nhận"
        return "Bạn đang giữ" if self.is_held_by_me else f"{self.work.claimed_by.display_name} đang giữ"

    @property
    def can_claim(self) -> bool:
        """Say whether the person may take it."""
        return self.is_mine and not self.work.closed_at and not self.work.claimed_by_id

    @property
    def can_snooze(self) -> bool:
        """Say whether the person may put it off to a later day."""
        return self.is_mine and not self.work.closed_at and can_snooze(due_at=self.work.due_at, moment=self.moment)

    @property
    def can_release(self) -> bool:
        """Say whether the person may give it back."""
        return self.is_mine and not self.work.closed_at and self.is_held_by_me


def work_in(tab: Tab, user: Official, *, moment: datetime, calendar: WorkingCalendar) -> WorkQuerySet:
    """Return the work of one tab; the most urgent first, what is done newest first."""
    mine = WorkItem.objects.visible_to(user)
    urgent_first: list[str | Combinable] = [F("due_at").asc(nulls_last=True), "opens_at", "id"]
    if tab == Tab.DONE:
        return mine.filter(closed_at__isnull=False).order_by("-closed_at", "-id")
    if tab in OF_OTHERS:
        others = followed_by(user) if tab == Tab.FOLLOWED else reported_to(user, moment)
        return others.order_by(*urgent_first)
    if tab == Tab.PUT_OFF:
        return put_off(mine.open(), user, moment).order_by("asleep_until", "id")
    waiting = awake(mine.open(), user, moment).order_by(*urgent_first)
    if tab == Tab.SOON:
        return waiting.filter(due_at__gt=moment, due_at__lte=soon_until(moment, calendar), opens_at__lte=moment)
    if tab == Tab.OVERDUE:
        return waiting.filter(due_at__lte=moment)
    return waiting


def soon_until(moment: datetime, calendar: WorkingCalendar) -> datetime:
    """Return the last due moment that is at most three working days away: the midnight before the fourth begins."""
    fourth = calendar.add_working_days(local_day(moment), SOON_WORKING_DAYS + 1)
    return datetime.combine(fourth, time(0), PROVINCE_TIME)


def followed_by(user: Official) -> WorkQuerySet:
    """Return open work of others that ``user`` may know of.

    Work in the cases of the own unit, of organised periods, of the own council and of units below a supervisor. An
    appraiser follows what the own body has asked a unit for, and nothing of other bodies.
    """
    if not user.is_authenticated:
        return WorkItem.objects.none()
    own = user.unit_ids_of(Role.OFFICER) + user.unit_ids_of(Role.HEAD)
    followed = Q(assessment__unit__in=own)
    followed |= Q(assessment__period__organiser__in=user.unit_ids_of(Role.ORGANISER))
    followed |= Q(assessment__period__secretariat__in=user.unit_ids_of(Role.SECRETARY))
    followed |= Q(assessment__period__council__in=user.unit_ids_of(Role.COUNCIL))
    for path in user.unit_paths_of(Role.SUPERVISOR):
        followed |= Q(assessment__unit__path__startswith=path)
    followed |= Q(branch__unit__in=user.unit_ids_of(Role.APPRAISER))
    return (
        WorkItem.objects.open()
        .filter(followed, assessment__in=Assessment.objects.visible_to(user).values("pk"))
        .exclude(pk__in=WorkItem.objects.visible_to(user).open().values("pk"))
    )


def matching(work: WorkQuerySet, *, text: str = "", node: str = "") -> WorkQuerySet:
    """Keep the work whose unit, step or period has all words of ``text``, whatever the diacritics, of one step."""
    for word in asked_words(text):
        work = work.filter(search_text__contains=word)
    return work.filter(node=node) if node else work


def counts(
    user: Official, *, moment: datetime, calendar: WorkingCalendar, found: WorkQuerySet
) -> tuple[dict[Tab, int], int]:
    """Return the number of rows of each tab, and of ``found``; one query."""
    tabs = {tab.name: work_in(tab, user, moment=moment, calendar=calendar) for tab in tabs_of(user)}
    numbers = count_each(user, FOUND=found, **tabs)
    return {tab: numbers[tab.name] for tab in tabs_of(user)}, numbers["FOUND"]


def rows(
    work: WorkQuerySet, user: Official, *, moment: datetime, calendar: WorkingCalendar, tab: Tab
) -> list[InboxRow]:
    """Return work as rows; one query."""
    loaded = work.select_related(
        "assessment__unit", "assessment__period", "role_unit", "branch", "claimed_by", "closed_by"
    )
    if tab == Tab.REPORTED:  # the head of an appraising body does not read the cases of others
        cases = Assessment.objects.visible_to(user).filter(pk=OuterRef("assessment"))
        loaded = loaded.annotate(case_is_visible=Exists(cases))
    return [
        InboxRow(
            work=item,
            moment=moment,
            calendar=calendar,
            is_mine=tab not in OF_OTHERS,
            is_held_by_me=item.claimed_by_id == user.pk,
            asleep_until=getattr(item, "asleep_until", None),
            asleep_reason=getattr(item, "asleep_reason", ""),
            case_is_visible=getattr(item, "case_is_visible", True),
        )
        for item in loaded
    ]
