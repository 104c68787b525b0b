"""The working calendar: the holidays library as a base, the editable table on top."""

import holidays

from assessments.models import DayOff
from assessments.rules.calendar import WorkingCalendar

FIRST_YEAR, LAST_YEAR = 2020, 2040
_BASE = frozenset(holidays.country_holidays("VN", years=range(FIRST_YEAR, LAST_YEAR)))


def working_calendar() -> WorkingCalendar:
    """Return the working days of Vietnam; a row of the table wins over the library (which misses 08/02/2024)."""
    rows = DayOff.objects.values_list("date", "is_working")
    worked = frozenset(day for day, is_working in rows if is_working)
    off = frozenset(day for day, is_working in rows if not is_working)
    return WorkingCalendar(days_off=(_BASE | off) - worked, days_worked=worked)
