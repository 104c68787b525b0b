"""What a rehearsal says, as data: for each day what opens, is done, closes, is reminded and reported."""

import time as stopwatch
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from assessments.enums import Role, Stage, WindowKind
from assessments.models import AssessmentPeriod, StageWindow, Unit
from assessments.rules.calendar import WorkingCalendar, day_in_words, last_valid_day, local_day
from assessments.rules.deadlines import in_words, opening_in_words
from notifications.enums import Channel
from notifications.queries.zalo import monitor
from workflow.enums import Assumption
from workflow.reminders.foreseeing import Foreseen, ForeseenStep, ForeseenWork
from workflow.rules import RuleDraft

NAMED = 8  # so many are named in a warning, the others counted
# What the council does is no work of the flow before it is published: it stands in the timetable alone.
OF_THE_COUNCIL = [WindowKind.COUNCIL, WindowKind.PUBLICATION]


@dataclass(frozen=True)
class Season:
    """What was played, and for whom: ``works`` of every unit, ``rests`` the stage in which each unit comes to rest."""

    period: AssessmentPeriod
    opening_at: datetime
    assumption: Assumption
    units: Sequence[Unit]
    played: Sequence[str]
    works: Sequence[ForeseenWork]
    rests: Sequence[Stage]
    troubles: Sequence[str]
    ladder: Sequence[RuleDraft]
    calendar: WorkingCalendar


@dataclass(frozen=True)
class StepLine:
    """One step on one day: how many units and pieces of work; ``effect`` says what the system does, in words."""

    step: str
    units: int
    works: int
    effect: str = ""


@dataclass(frozen=True)
class ReminderLine:
    """One rung about one step: pieces of work spoken of, and people ``{channel label: number}``."""

    step: str
    rung: str
    works: int
    people: Mapping[str, int]


@dataclass(frozen=True)
class EscalationLine:
    """Overdue work that appears before somebody above: before whom, at how many units, how many pieces."""

    step: str
    to: str
    places: int
    works: int


@dataclass(frozen=True)
class RehearsedDay:
    """One day on which something happens; ``why_off`` is "" on a working day, ``messages`` are by channel label."""

    day: date
    why_off: str
    marks: tuple[str, ...]
    openings: tuple[StepLine, ...]
    done: tuple[StepLine, ...]
    closings: tuple[StepLine, ...]
    reminders: tuple[ReminderLine, ...]
    escalations: tuple[EscalationLine, ...]
    messages: Mapping[str, int]

    @property
    def message_count(self) -> int:
        """Return the messages of the day in all channels."""
        return sum(self.messages.values())


@dataclass(frozen=True)
class Rehearsal:
    """A season before it starts; ``played`` names the units that were played for the others of their kind."""

    opening_at: datetime
    assumption: Assumption
    unit_count: int
    played: tuple[str, ...]
    days: tuple[RehearsedDay, ...]
    rests: tuple[tuple[str, int], ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    seconds: float

    @property
    def messages(self) -> dict[str, int]:
        """Return the messages of the whole season by channel label."""
        total: Counter[str] = Counter()
        for day in self.days:
            total.update(day.messages)
        return dict(sorted(total.items()))

    @property
    def shown_seconds(self) -> Decimal:
        """Return how long it took (seconds), to be shown."""
        return Decimal(str(self.seconds))

    @property
    def busiest(self) -> RehearsedDay | None:
        """Return the day with the most messages, None where nobody is written to."""
        day = max(self.days, key=lambda each: each.message_count, default=None)
        return day if day is not None and day.message_count else None


def outcome_of(season: Season, told: Foreseen, *, began: float) -> Rehearsal:
    """Put together what was played and what is told; ``began`` is when the rehearsal began, by the stopwatch."""
    lines = _Lines(season, told)
    days = tuple(lines.day(day) for day in lines.all_days())
    rests = Counter(stage.label for stage in season.rests)
    return Rehearsal(
        opening_at=season.opening_at,
        assumption=season.assumption,
        unit_count=len(season.units),
        played=tuple(season.played),
        days=days,
        rests=tuple(rests.items()),
        warnings=tuple(_warnings(season, told, days)),
        notes=tuple(_notes(season)),
        seconds=stopwatch.monotonic() - began,
    )


class _Lines:
    """The lines of each day, gathered once."""

    def __init__(self, season: Season, told: Foreseen) -> None:
        self.season, self.told = season, told
        works = season.works
        lasting = [work for work in works if not work.step.is_passed_over]
        self.openings = _by_day(lasting, lambda step: step.begins_at)
        self.done = _by_day([work for work in works if work.step.is_done], lambda step: step.closed_at)
        timed_out = [work for work in works if work.step.closed_at and not work.step.is_done]
        self.closings = _by_day(timed_out, lambda step: step.closed_at)
        self.marks = _marks(season)
        self.reminders: dict[date, list[ReminderLine]] = defaultdict(list)
        for (day, title, rung), found in sorted(told.rungs.items()):
            people = {label(channel): len(ids) for channel, ids in sorted(found.people.items())}
            self.reminders[day].append(ReminderLine(title, season.ladder[rung].short, len(found.works), people))
        self.escalations: dict[date, list[EscalationLine]] = defaultdict(list)
        for (day, title, role), escalated in sorted(told.escalations.items()):
            places = {_above(work, role) for work in escalated}
            line = EscalationLine(title, Role(role).label, len(places), len(escalated))
            self.escalations[day].append(line)

    def all_days(self) -> list[date]:
        """Return every day on which something happens."""
        told = [*self.told.openings, *self.told.digests]
        parts = (self.openings, self.done, self.closings, self.marks, self.reminders, self.escalations)
        return sorted({day for part in parts for day in part} | set(told))

    def day(self, day: date) -> RehearsedDay:
        """Return what happens on ``day``."""
        calendar = self.season.calendar
        return RehearsedDay(
            day=day,
            why_off="" if calendar.is_working_day(day) else calendar.why_off(day),
            marks=tuple(self.marks.get(day, ())),
            openings=tuple(self.openings.get(day, ())),
            done=tuple(self.done.get(day, ())),
            closings=tuple(self.closings.get(day, ())),
            reminders=tuple(self.reminders.get(day, ())),
            escalations=tuple(self.escalations.get(day, ())),
            messages={label(channel): count for channel, count in self.told.messages(day).items()},
        )


def label(channel: str) -> str:
    """Return the Vietnamese name of a channel."""
    return Channel(channel).label if channel in Channel.values else channel


def _above(work: ForeseenWork, role: str) -> Hashable:
    """Return the unit before whose people overdue work appears: its own, or the one organiser."""
    return work.role_unit_id if role == Role.HEAD else role


def _by_day(
    works: Iterable[ForeseenWork], moment_of: Callable[[ForeseenStep], datetime | None]
) -> dict[date, list[StepLine]]:
    """Gather works by the day of a moment, by step and by what the system does."""
    gathered: dict[tuple[date, datetime, str, str], list[ForeseenWork]] = defaultdict(list)
    for work in works:
        moment = moment_of(work.step)
        if moment is not None:
            gathered[local_day(moment), moment, work.step.title, work.step.effect].append(work)
    found: dict[date, dict[tuple[str, str], list[ForeseenWork]]] = defaultdict(lambda: defaultdict(list))
    for (day, _, title, effect), some in sorted(gathered.items(), key=lambda each: each[0]):
        found[day][title, effect] += some
    return {
        day: [
            StepLine(title, len({work.unit_id for work in some}), len(some), effect)
            for (title, effect), some in of_day.items()
        ]
        for day, of_day in found.items()
    }


def _marks(season: Season) -> dict[date, list[str]]:
    """Return what stands in the timetable alone: the opening of the period, the council's steps."""
    found: dict[date, list[str]] = defaultdict(list)
    found[local_day(season.opening_at)].append(f"Mở kỳ cho {len(season.units)} đơn vị")
    kinds = {unit.kind for unit in season.units}
    rows = StageWindow.objects.filter(period=season.period, unit_kind__in=kinds, kind__in=OF_THE_COUNCIL)
    for row in rows.order_by("opens_at", "pk"):
        step = WindowKind(row.kind).label
        for moment, words in ((row.opens_at, f"Bước “{step}” bắt đầu"), (row.due_at, f"Hạn của bước “{step}”")):
            day = local_day(moment) if moment == row.opens_at else last_valid_day(moment)
            if words not in found[day]:
                found[day].append(words)
    return found


def _warnings(season: Season, told: Foreseen, days: Sequence[RehearsedDay]) -> Iterator[str]:
    yield from season.troubles
    for day in days:
        if day.why_off and day.openings:
            steps = ", ".join(f"“{line.step}”" for line in day.openings)
            yield f"{day_in_words(day.day)} ({day.why_off}): {steps} mở vào ngày nghỉ, thư báo đến trong ngày nghỉ."
    yield from _closings_on_days_off(season)
    quota = monitor().quota_daily
    zalo = Channel.ZALO.label
    for day in days:
        if quota and day.messages.get(zalo, 0) > quota:
            yield (
                f"{day_in_words(day.day)}: {day.messages[zalo]} tin Zalo, quá hạn mức {quota} tin một ngày; phần còn "
                "lại đi sáng hôm sau hoặc qua thư điện tử."
            )
    yield from _unheard(season, told)


def _closings_on_days_off(season: Season) -> Iterator[str]:
    """Name the steps that end on a day without work, whether or not somebody has done them by then."""
    ends = {(work.step.due_at, work.step.title) for work in season.works if work.step.due_at is not None}
    for due_at, title in sorted((end, title) for end, title in ends if end is not None):
        day = last_valid_day(due_at)
        if not season.calendar.is_working_day(day):
            why = season.calendar.why_off(day)
            yield f"{day_in_words(day)} ({why}): ngày cuối của “{title}” (hạn {in_words(due_at)}) là ngày nghỉ."


def _unheard(season: Season, told: Foreseen) -> Iterator[str]:
    """Name the roles that nobody holds: their work is told to nobody."""
    names = dict(Unit.objects.filter(pk__in={unit for _, unit in told.unheard}).values_list("pk", "name"))
    by_role: dict[str, list[str]] = defaultdict(list)
    for role, unit_id in told.unheard:
        by_role[role].append(names[unit_id])
    for role, places in sorted(by_role.items()):
        places.sort()
        more = f" và {len(places) - NAMED} nơi khác" if len(places) > NAMED else ""
        yield (
            f"Chưa ai giữ vai trò “{Role(role).label}” tại {', '.join(places[:NAMED])}{more}: việc ở đó không báo được "
            "cho ai. Giao vai trò ở mục “Tài khoản”."
        )


def _notes(season: Season) -> Iterator[str]:
    """Say how it was counted, and what no rehearsal knows."""
    yield (
        f"Quy trình thật đã chạy cho {len(season.played)} đơn vị đại diện ({', '.join(season.played)}) rồi được hủy "
        "toàn bộ; đơn vị cùng loại đi qua cùng các bước vào cùng thời điểm. Người nhận và kênh được đếm trên mọi đơn "
        "vị, theo vai trò và lựa chọn của từng người lúc này."
    )
    passed_over = {
        (work.step.begins_at, work.step.title)
        for work in season.works
        if work.step.is_passed_over and not work.step.is_done
    }
    for moment, title in sorted(passed_over):
        yield f"“{title}” mở và đóng cùng lúc {opening_in_words(moment)} nên không ai kịp làm và không có thư báo."
    if season.assumption == Assumption.NOBODY:
        yield "Không ai làm gì nên quy trình dừng ở bước chờ người làm; các bước sau đó không xuất hiện ở đây."
    else:
        yield "Giả định không có bổ sung, kiến nghị, thu hồi hay trả lại; các việc đó sinh thêm bước và thư riêng."
    yield (
        "Không tính được trước: dời hạn, người được giao vai trò sau này, đổi lựa chọn kênh, thư gửi lại, và việc của "
        "kỳ khác được gộp vào cùng thư nhắc trong ngày. Công bố là việc của Hội đồng, chỉ hiện theo kế hoạch."
    )
