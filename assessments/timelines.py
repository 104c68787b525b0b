"""The picture of a timetable: its steps as bars on a time line, as SVG; the table beside it says the same.

Days without work are shaded (weekends plain, holidays hatched), a due moment is a diamond, a close is an upright line.
Colours and patterns are classes of ``static/css/charts.css``.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from assessments.enums import WindowKind
from assessments.rules.calendar import (
    PROVINCE_TIME,
    SATURDAY,
    WorkingCalendar,
    days_between,
    last_valid_day,
    local_day,
    starts_day,
)
from assessments.rules.timetable import LONGEST, Span

WIDEST, PAD = 1300, 12
HEAD, ROW, BAR, FOOT = 44, 44, 12, 22
MOST_PER_DAY, LEAST_PER_DAY = 26, 6
LETTER = 7  # about the width of one at 13 px
NAMED_RUN_DAYS = 4  # shorter holidays have no room for their dates under the bars
DAY_SECONDS = 24 * 60 * 60


def draw_timetable(
    timetable: Mapping[WindowKind, Span],
    calendar: WorkingCalendar,
    *,
    title: str,
    chart_id: str,
    moment: datetime | None = None,
) -> SafeString:
    """Draw the steps of a timetable; ``moment`` is marked where it lies inside. Nothing for an empty timetable.

    Nothing either where the first and the last moment lie too far apart, or the wrong way round, to be drawn.
    """
    rows = [(kind, timetable[kind]) for kind in WindowKind if kind in timetable]
    if not rows:
        return SafeString()
    first = min(span.opens_at for _, span in rows)
    last = max(max(span.closes_at, span.due_at) for _, span in rows)
    if not first < last <= first + LONGEST:
        return SafeString()
    return _Line(local_day(first), last_valid_day(last), calendar, chart_id).draw(rows, title=title, moment=moment)


class _Line:
    """A time line from one day to another with its scale."""

    def __init__(self, first: date, last: date, calendar: WorkingCalendar, chart_id: str) -> None:
        self.first, self.last, self.calendar, self.chart_id = first, last, calendar, chart_id
        self.days = (last - first).days + 1
        self.per_day = min(max(WIDEST // self.days, LEAST_PER_DAY), MOST_PER_DAY)
        self.width = self.days * self.per_day + 2 * PAD

    def draw(self, rows: list[tuple[WindowKind, Span]], *, title: str, moment: datetime | None = None) -> SafeString:
        floor = HEAD + len(rows) * ROW
        body = [self._shades(floor), self._scale(floor), self._names(floor)]
        body += [self._bar(kind, span, HEAD + number * ROW) for number, (kind, span) in enumerate(rows)]
        if moment is not None and self.first <= local_day(moment) <= self.last:
            body.append(self._now(moment, floor))
        return format_html(
            '<svg class="chart chart--timeline" viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img" '
            'aria-labelledby="{2}-title"><title id="{2}-title">{3}</title><defs><pattern id="{2}-off" width="6" '
            'height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="chart__hatch" '
            'd="M0 0V6"></path></pattern></defs>{4}</svg>',
            str(self.width),
            str(floor + FOOT),
            self.chart_id,
            title,
            format_html_join("", "{}", ((each,) for each in body)),
        )

    def _x(self, moment: datetime) -> int:
        seconds = int((moment - starts_day(self.first)).total_seconds())
        return PAD + seconds * self.per_day // DAY_SECONDS

    def _left(self, day: date) -> int:
        return PAD + (day - self.first).days * self.per_day

    def _shades(self, floor: int) -> SafeString:
        weekends: list[str] = []
        holidays: list[str] = []
        for day in days_between(self.first, self.last):
            if self.calendar.is_working_day(day):
                continue
            box = f"M{self._left(day)} {HEAD - 8}h{self.per_day}V{floor}h-{self.per_day}z"
            is_holiday = day in self.calendar.names or day.weekday() < SATURDAY
            (holidays if is_holiday else weekends).append(box)
        return format_html(
            '<path class="chart__weekend" d="{}"></path><path class="chart__weekend" d="{}"></path>'
            '<path fill="url(#{}-off)" d="{}"></path>',
            "".join(weekends),
            "".join(holidays),
            self.chart_id,
            "".join(holidays),
        )

    def _scale(self, floor: int) -> SafeString:
        months: list[date] = []
        days: list[date] = []
        for day in days_between(self.first, self.last):
            if day == self.first or day.day == 1:
                months.append(day)
            if day.weekday() == 0:
                days.append(day)
        lines = format_html_join(
            "",
            '<path class="chart__month" d="M{0} 0V{1}"></path>',
            ((str(self._left(day)), str(floor)) for day in months if day.day == 1),
        )
        names = format_html_join(
            "",
            '<text class="chart__tick chart__tick--start" x="{}" y="13">{}</text>',
            ((str(self._left(day) + 4), self._month_name(day)) for day in months if self._has_room(day)),
        )
        numbers = format_html_join(
            "",
            '<text class="chart__day" x="{}" y="31">{}</text>',
            ((str(self._left(day) + self.per_day // 2), f"{day:%d}") for day in days),
        )
        return lines + names + numbers

    def _has_room(self, day: date) -> bool:
        rest = min((day.replace(day=1) + timedelta(days=32)).replace(day=1), self.last + timedelta(days=1))
        return (rest - day).days * self.per_day >= len(self._month_name(day)) * LETTER

    def _month_name(self, day: date) -> str:
        return f"Tháng {day:%m/%Y}"

    def _names(self, floor: int) -> SafeString:
        """Write under the bars from when to when a long holiday lasts."""
        return format_html_join(
            "",
            '<text class="chart__day" x="{}" y="{}">Nghỉ {}–{}</text>',
            (
                (
                    str((self._left(first) + self._left(last) + self.per_day) // 2),
                    str(floor + 15),
                    f"{first:%d/%m}",
                    f"{last:%d/%m}",
                )
                for first, last in self.calendar.runs_off(self.first, self.last)
                if (last - first).days + 1 >= NAMED_RUN_DAYS
            ),
        )

    def _bar(self, kind: WindowKind, span: Span, top: int) -> SafeString:
        opens, due, closes = self._x(span.opens_at), self._x(span.due_at), self._x(span.closes_at)
        label = f"{kind.label} {_short_dates(span)}"
        at_end = opens + len(label) * LETTER > self.width - PAD
        y, middle = top + 20, top + 20 + BAR // 2
        return format_html(
            '<text class="{}" x="{}" y="{}">{}</text>'
            '<rect class="chart__bar" x="{}" y="{}" width="{}" height="{}" rx="2"></rect>'
            '<path class="chart__close" d="M{} {}V{}"></path>'
            '<path class="chart__due" d="M{} {}l6 6l-6 6l-6-6z"></path>',
            "chart__label chart__label--end" if at_end else "chart__label",
            str(max(closes, len(label) * LETTER) if at_end else opens),
            str(top + 14),
            label,
            str(opens),
            str(y),
            str(max(closes - opens, 2)),
            str(BAR),
            str(closes),
            str(y - 5),
            str(y + BAR + 5),
            str(due),
            str(middle - 6),
        )

    def _now(self, moment: datetime, floor: int) -> SafeString:
        x = self._x(moment)
        at_end = x + 60 > self.width
        return format_html(
            '<path class="chart__now" d="M{0} {1}V{2}"></path><text class="chart__now-word{3}" x="{4}" y="{1}">'
            "Hôm nay</text>",
            str(x),
            str(HEAD - 6),
            str(floor),
            " chart__now-word--end" if at_end else "",
            str(x - 4 if at_end else x + 4),
        )


def _short_dates(span: Span) -> str:
    opens, last = span.opens_at.astimezone(PROVINCE_TIME), last_valid_day(span.closes_at)
    return f"{opens:%d/%m}–{last:%d/%m}"
