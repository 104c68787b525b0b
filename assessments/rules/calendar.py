"""Working days (ngày làm việc): Monday to Friday, less days off, plus Saturdays worked in exchange."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

PROVINCE_TIME = ZoneInfo("Asia/Ho_Chi_Minh")
SATURDAY = 5


@dataclass(frozen=True)
class WorkingCalendar:
    """Days off and days worked in exchange; what is worked wins over what is off."""

    days_off: frozenset[date] = frozenset()
    days_worked: frozenset[date] = frozenset()

    def is_working_day(self, day: date) -> bool:
        """Say whether offices work on ``day``."""
        if day in self.days_worked:
            return True
        return day.weekday() < SATURDAY and day not in self.days_off

    def add_working_days(self, day: date, count: int) -> date:
        """Return the day ``count`` (>= 0) working days after ``day``; the first is not counted (Civil Code, 147)."""
        while count > 0:
            day += timedelta(days=1)
            if self.is_working_day(day):
                count -= 1
        return day

    def working_days_after(self, start: date, last: date) -> int:
        """Return the number of working days after ``start`` up to and including ``last``; negative when it is past."""
        if last < start:
            return -self.working_days_after(last, start)
        days = (start + timedelta(days=n) for n in range(1, (last - start).days + 1))
        return sum(self.is_working_day(day) for day in days)


def local_day(moment: datetime) -> date:
    """Return the calendar day of ``moment`` in the province."""
    return moment.astimezone(PROVINCE_TIME).date()


def last_valid_day(closes_at: datetime) -> date:
    """Return the last day on which something is still in time before the exclusive end ``closes_at``."""
    return local_day(closes_at - timedelta(microseconds=1))


def end_on_day(day: date, like: datetime) -> datetime:
    """Return the exclusive end on ``day`` with the time of day of ``like``; a midnight end is that day's own end."""
    local = like.astimezone(PROVINCE_TIME)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        day += timedelta(days=1)
    return datetime.combine(day, local.time(), PROVINCE_TIME)
