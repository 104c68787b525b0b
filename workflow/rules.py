"""Rules of reminders and of the own follow-up date: pure, without database or clock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from assessments.enums import WindowKind
from assessments.rules import NotAllowed
from assessments.rules.calendar import PROVINCE_TIME, WorkingCalendar, last_valid_day, local_day
from workflow.enums import Audience, Counting, Timing

MOST_DAYS = 60
MOST_RULES = 40
DAY = timedelta(days=1)
QUIET_FROM, QUIET_UNTIL = time(20), time(7)  # no message is sent at night, Asia/Ho_Chi_Minh


@dataclass(frozen=True, kw_only=True)
class RuleDraft:
    """One rung of the ladder of reminders (mốc nhắc).

    ``days`` is 0 on the day itself. ``window`` None means every step. ``channels`` are codes; none means every channel
    that the person reads.
    """

    timing: Timing
    days: int = 0
    counting: Counting = Counting.WORKING
    audience: Audience = Audience.ASSIGNEES
    window: WindowKind | None = None
    channels: tuple[str, ...] = ()

    @property
    def offset(self) -> int:
        """Return the days from the deadline, negative before it: the later of two rungs has the greater one."""
        return -self.days if self.timing == Timing.BEFORE else self.days

    @property
    def escalates(self) -> bool:
        """Say whether the rung reports overdue work to somebody above those who have to do it (báo cáo quá hạn)."""
        return self.timing == Timing.AFTER and self.audience != Audience.ASSIGNEES

    @property
    def when(self) -> str:
        """Say when the rung falls: "3 ngày làm việc trước hạn", "đúng ngày hạn"."""
        if self.timing == Timing.ON:
            return "đúng ngày hạn"
        return f"{self.days} {self.counting.label} {self.timing.label.lower()}"

    @property
    def code(self) -> str:
        """Return the rung as one word, by which a page names it: "before-7-working-assignees-all"."""
        return f"{self.timing}-{self.days}-{self.counting}-{self.audience}-{self.window or 'all'}"

    @property
    def step(self) -> str:
        """Return the Vietnamese name of the step it is about."""
        return self.window.label if self.window else "Mọi bước"

    @property
    def words(self) -> str:
        """Say what the rung does: "3 ngày làm việc trước hạn, mọi bước, gửi người được giao việc"."""
        step = f"bước “{self.window.label}”" if self.window else "mọi bước"
        return f"{self.when}, {step}, gửi {self.audience.label[0].lower()}{self.audience.label[1:]}"

    @property
    def short(self) -> str:
        """Say in a few words when the rung falls and, unless it is for those who do the work, for whom it is."""
        for_whom = {Audience.ASSIGNEES: "", Audience.HEAD: " (lãnh đạo)", Audience.ORGANISER: " (đơn vị tổ chức)"}
        return self.when + for_whom[self.audience]

    @property
    def place(self) -> tuple[str, int, str, str]:
        """Return what makes two rungs the same: the step, the distance, how it is counted, and whom it speaks to."""
        return (self.window or "", self.offset, self.counting if self.days else "", self.audience)


COMMON_LADDER = (
    RuleDraft(timing=Timing.BEFORE, days=7),
    RuleDraft(timing=Timing.BEFORE, days=3),
    RuleDraft(timing=Timing.BEFORE, days=1),
    RuleDraft(timing=Timing.ON),
    RuleDraft(timing=Timing.AFTER, days=1),
    RuleDraft(timing=Timing.AFTER, days=2, audience=Audience.HEAD),
    RuleDraft(timing=Timing.AFTER, days=3),
    RuleDraft(timing=Timing.AFTER, days=5, audience=Audience.ORGANISER),
)
"""What every period starts with (our choice: no source fixes it); its organiser may change it."""


def check_rule(draft: RuleDraft, *, others: Collection[RuleDraft]) -> None:
    """Refuse a rung with an impossible number of days, or one that ``others`` have already. Raise NotAllowed."""
    if draft.timing == Timing.ON:
        if draft.days:
            raise NotAllowed("Mốc “Đúng ngày hạn” không có số ngày; hãy để trống ô Số ngày, hoặc chọn trước, sau hạn.")
    elif not 1 <= draft.days <= MOST_DAYS:
        raise NotAllowed(f"Số ngày phải từ 1 đến {MOST_DAYS}; muốn nhắc vào ngày hạn thì chọn “Đúng ngày hạn”.")
    if any(other.place == draft.place for other in others):
        raise NotAllowed(f"Đã có mốc {draft.words}; hãy bỏ mốc cũ trước nếu muốn đổi kênh của nó.")
    if len(others) >= MOST_RULES:
        raise NotAllowed(f"Một kỳ có nhiều nhất {MOST_RULES} mốc nhắc; hãy bỏ bớt mốc không dùng.")


def rung_day(draft: RuleDraft, *, due_at: datetime, calendar: WorkingCalendar) -> date:
    """Return the day on which a rung falls for work that is due at ``due_at`` (exclusive).

    Before the deadline working days are counted as the inbox counts them: on that day it says "còn n ngày làm việc".
    After it the last valid day itself is not counted. Raise NotAllowed where the calendar has no working day for a
    year.
    """
    last = last_valid_day(due_at)
    if draft.counting == Counting.CALENDAR:
        return last + draft.offset * DAY
    if draft.timing == Timing.AFTER:
        return calendar.add_working_days(last, draft.days)
    return calendar.subtract_working_days(last, draft.days)


def is_quiet(moment: datetime) -> bool:
    """Say whether ``moment`` lies in the quiet hours, 20:00 to 07:00 in the province."""
    return not QUIET_UNTIL <= moment.astimezone(PROVINCE_TIME).time() < QUIET_FROM


def standing_in_words(days_left: int, *, is_late: bool, is_last_day: bool) -> str:
    """Say how work stands to its deadline: "còn 3 ngày làm việc", "đến hạn hôm nay", "quá hạn 2 ngày làm việc".

    ``days_left`` counts the working days after today up to the last valid day; 0 with the last day still to come
    means that only days off lie between.
    """
    if is_late:
        return f"quá hạn {-days_left} ngày làm việc" if days_left < 0 else "quá hạn"
    if is_last_day:
        return "đến hạn hôm nay"
    return f"còn {days_left} ngày làm việc" if days_left > 0 else "còn dưới 1 ngày làm việc"


def check_can_snooze(*, until: date, due_at: datetime | None, moment: datetime, title: str) -> None:
    """Refuse a follow-up date (ngày hẹn) that is not after today or lies past the deadline. Raise NotAllowed."""
    first, last = follow_up_days(due_at=due_at, moment=moment)
    if last < first:
        raise NotAllowed(f"Việc “{title}” đến hạn hôm nay hoặc đã quá hạn nên không hẹn sang ngày khác được.")
    if until < first:
        raise NotAllowed(f"Ngày hẹn {until:%d/%m/%Y} phải sau hôm nay ({local_day(moment):%d/%m/%Y}).")
    if until > last and due_at is None:
        raise NotAllowed(f"Ngày hẹn xa nhất là {last:%d/%m/%Y}, sau hôm nay {MOST_DAYS} ngày.")
    if until > last:
        raise NotAllowed(f"Ngày hẹn {until:%d/%m/%Y} sau hạn của việc; hãy chọn chậm nhất ngày {last:%d/%m/%Y}.")


def follow_up_days(*, due_at: datetime | None, moment: datetime) -> tuple[date, date]:
    """Return the first and the last day to which work may be put off; the last lies before the first where none is."""
    today = local_day(moment)
    return today + DAY, last_valid_day(due_at) if due_at is not None else today + MOST_DAYS * DAY


def can_snooze(*, due_at: datetime | None, moment: datetime) -> bool:
    """Say whether any follow-up date is left for work: a day after today that is not past the deadline."""
    first, last = follow_up_days(due_at=due_at, moment=moment)
    return first <= last
