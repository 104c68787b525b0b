"""When officials work: moments of a played season fall into office hours of working days."""

from datetime import date, datetime, time, timedelta

from assessments.rules.calendar import PROVINCE_TIME, WorkingCalendar, local_day

HALVES = ((time(8), time(11, 30)), (time(13, 30), time(17)))


class OfficeHours:
    """The working calendar with the hours of a day."""

    def __init__(self, calendar: WorkingCalendar) -> None:
        self.calendar = calendar

    def within(self, start: datetime, end: datetime, fraction: float) -> datetime:
        """Return the moment after ``fraction`` (0 to 1) of the office hours between two moments, before ``end``.

        Where no office is open in between, the fraction of the plain time.
        """
        if end <= start:
            return start
        halves = self._halves(start, end)
        left = sum((to - since for since, to in halves), timedelta()) * fraction
        for since, to in halves:
            if left < to - since:
                return (since + left).replace(microsecond=0) if left else since
            left -= to - since
        last = timedelta(seconds=1)
        return max(start, halves[-1][1] - last) if halves else start + (end - start) * min(fraction, 0.99)

    def day_end(self, start: datetime, working_days: int) -> datetime:
        """Return 17:00 on the day so many working days after ``start``."""
        day = self.calendar.add_working_days(local_day(start), working_days)
        return datetime.combine(day, time(17), PROVINCE_TIME)

    def _halves(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        found = []
        day: date = local_day(start)
        while day <= local_day(end):
            if self.calendar.is_working_day(day):
                for opens, closes in HALVES:
                    since = max(start, datetime.combine(day, opens, PROVINCE_TIME))
                    to = min(end, datetime.combine(day, closes, PROVINCE_TIME))
                    if since < to:
                        found.append((since, to))
            day += timedelta(days=1)
        return found
