"""Windows of the timetable: opens, is due, closes. Half-open: in time means ``opens_at <= moment < closes_at``."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from assessments.enums import LatePolicy, WindowKind
from assessments.rules.calendar import PROVINCE_TIME, WorkingCalendar, end_on_day, last_valid_day, local_day
from assessments.rules.refusals import NotAllowed


@dataclass(frozen=True)
class Window:
    """The window of one step for one case, moves included."""

    kind: WindowKind
    opens_at: datetime
    due_at: datetime
    closes_at: datetime
    late_policy: LatePolicy = LatePolicy.HOLD
    extended_by: str = ""  # number of the decision that moved it
    moved_by: int | None = None  # row of the ledger that moved it
    organiser: str = "đơn vị tổ chức"

    def is_open(self, moment: datetime) -> bool:
        """Say whether ``moment`` lies in the window."""
        return self.opens_at <= moment < self.closes_at


def in_words(moment: datetime) -> str:
    """Return ``moment`` as officials write it: 17:00 ngày 19/02/2024; a midnight end is the day before, 24:00."""
    local = moment.astimezone(PROVINCE_TIME)
    if local.hour == 0 and local.minute == 0 and local.second == 0:
        return f"24:00 ngày {local - timedelta(days=1):%d/%m/%Y}"
    return f"{local:%H:%M} ngày {local:%d/%m/%Y}"


def opening_in_words(moment: datetime) -> str:
    """Return an opening moment as officials write it: 08:00 ngày 18/12/2023."""
    return f"{moment.astimezone(PROVINCE_TIME):%H:%M ngày %d/%m/%Y}"


def check_open(window: Window, moment: datetime) -> None:
    """Refuse what comes before the window opens or when it has closed. Raise NotAllowed."""
    label = window.kind.label
    if moment < window.opens_at:
        raise NotAllowed(f"Bước “{label}” mở từ {opening_in_words(window.opens_at)}; trước lúc đó chưa thể thực hiện.")
    if moment >= window.closes_at:
        raise NotAllowed(
            f"Đã hết hạn bước “{label}” lúc {in_words(window.closes_at)}. Chỉ {window.organiser} có thể gia hạn."
        )


def can_open(window: Window, moment: datetime) -> bool:
    """Say whether ``check_open`` would let ``moment`` in."""
    return window.is_open(moment)


def dispute_closes_at(
    *, announced_at: datetime, window: Window, working_days: int, calendar: WorkingCalendar
) -> datetime:
    """Return when the dispute window of one case closes.

    The timetable's end, or ``working_days`` working days after the announcement at the same time of day where that
    is later: a unit that hears its preliminary result late keeps its full time. (Our choice: no source fixes it.)
    """
    last_day = calendar.add_working_days(local_day(announced_at), working_days)
    return max(window.closes_at, end_on_day(last_day, window.closes_at))


def supplement_closes_at(
    *,
    requested_at: datetime,
    appraisal: Window,
    working_days: int,
    calendar: WorkingCalendar,
    stops_clock: bool = False,
) -> datetime:
    """Return when a supplement (giải trình, bổ sung) closes: 17:00, ``working_days`` working days after the request.

    Where it stops the clock of the appraisal it always lasts so long. Otherwise it never outlasts the appraisal; raise
    NotAllowed when not one working day would be left for the unit.
    """
    first_day = local_day(requested_at)
    ends = datetime.combine(calendar.add_working_days(first_day, working_days), time(17), PROVINCE_TIME)
    if stops_clock:
        return ends
    closes_at = min(ends, appraisal.closes_at)
    if calendar.working_days_after(first_day, last_valid_day(closes_at)) < 1:
        raise NotAllowed(
            f"Hạn thẩm định kết thúc lúc {in_words(appraisal.closes_at)}, không còn đủ một ngày làm việc để đơn vị bổ "
            f"sung. Hãy đề nghị {appraisal.organiser} gia hạn thẩm định trước."
        )
    return closes_at


def urgency(*, due_at: datetime, closes_at: datetime, moment: datetime, calendar: WorkingCalendar) -> tuple[str, int]:
    """Return ``(level, working days left)``: closed, overdue, red (<= 1 day), amber (<= 3 days) or calm.

    The days count the working days after today up to the last valid day before ``due_at``.
    """
    left = calendar.working_days_after(local_day(moment), last_valid_day(due_at))
    if moment >= closes_at:
        return "closed", left
    if moment >= due_at:
        return "overdue", left
    if left <= 1:
        return "red", left
    if left <= 3:
        return "amber", left
    return "calm", left
