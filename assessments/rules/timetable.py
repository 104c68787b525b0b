"""Checks of a period's timetable and of what a period needs before it may open.

``problems_of`` is the one place that judges a timetable: the page shows what it finds, saving and opening refuse what
it refuses, a played season stands under the same rules.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from assessments.enums import EndWording, LatePolicy, UnitKind, WindowKind
from assessments.rules.calendar import (
    WorkingCalendar,
    day_in_words,
    days_between,
    is_midnight,
    last_valid_day,
    local_day,
)
from assessments.rules.deadlines import in_words, opening_in_words
from assessments.rules.refusals import NotAllowed

REQUIRED_WINDOWS = [
    WindowKind.TRAINING,
    WindowKind.SELF_SCORING,
    WindowKind.EVIDENCE,
    WindowKind.APPRAISAL,
    WindowKind.CONSOLIDATION,
    WindowKind.DISPUTE,
    WindowKind.COUNCIL,
    WindowKind.PUBLICATION,
]
CLOSING_ORDER = [
    (WindowKind.TRAINING, WindowKind.SELF_SCORING),
    (WindowKind.SELF_SCORING, WindowKind.EVIDENCE),
    (WindowKind.EVIDENCE, WindowKind.APPRAISAL),
    (WindowKind.APPRAISAL, WindowKind.DISPUTE),
    (WindowKind.DISPUTE, WindowKind.COUNCIL),
    (WindowKind.COUNCIL, WindowKind.PUBLICATION),
]
NO_OVERLAP = [
    (WindowKind.EVIDENCE, WindowKind.APPRAISAL),
    (WindowKind.APPRAISAL, WindowKind.DISPUTE),
    (WindowKind.DISPUTE, WindowKind.COUNCIL),
]
"""The later one works on what the earlier one still changes: it may not open before the earlier one has closed."""
LONG_HOLIDAY_DAYS = 5
LONGEST = timedelta(days=731)
"""A timetable that lasts longer has a mistyped year."""


class Level(StrEnum):
    """What a problem does: a refusal must be mended, a warning must be read."""

    REFUSAL = "refusal"
    WARNING = "warning"


class Span(Protocol):
    """The moments of one step: a stored row, or one as it is to be set."""

    @property
    def opens_at(self) -> datetime: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def closes_at(self) -> datetime: ...


Timetable = Mapping[WindowKind, Span]


@dataclass(frozen=True)
class TimetableRow:
    """One step of a timetable as it is to be set; the wordings say how its ends were written."""

    opens_at: datetime
    due_at: datetime
    closes_at: datetime
    late_policy: LatePolicy = LatePolicy.HOLD
    due_wording: EndWording = EndWording.EXACT
    closes_wording: EndWording = EndWording.EXACT


@dataclass(frozen=True)
class Lengths:
    """How many working days steps should last at least, and the dispute window of the period."""

    self_scoring: int = 5
    other: int = 3
    dispute: int = 3

    def least(self, kind: WindowKind) -> int:
        """Return the working days that a step should have."""
        if kind == WindowKind.DISPUTE:
            return self.dispute
        return self.self_scoring if kind == WindowKind.SELF_SCORING else self.other


@dataclass(frozen=True)
class Problem:
    """One thing to mend or to read: the step, the sentence with its dates, and how to mend it.

    ``only_opening``: an unfinished timetable may be saved with it, the period may not be opened with it.
    """

    level: Level
    stage: WindowKind
    sentence: str
    mend: str
    only_opening: bool = False

    def __str__(self) -> str:
        return f"{self.sentence} {self.mend}"


class TimetableRefused(NotAllowed):
    """The timetable was not saved; ``problems`` says why, refusals before warnings that nobody has read yet."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(" ".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def problems_of(
    timetable: Timetable, calendar: WorkingCalendar, *, lengths: Lengths, opening_at: datetime | None = None
) -> list[Problem]:
    """Return what is wrong with a timetable and what its author should know, refusals first.

    ``opening_at`` is the moment at which the period would open, where it is about to: deadlines behind it are refused.
    """
    refusals = refusals_of(timetable, opening_at=opening_at)
    if any(not problem.only_opening for problem in refusals):
        return refusals  # the lengths of steps that lie wrong say nothing
    return [
        *refusals,
        *_on_days_off(timetable, calendar),
        *_too_short(timetable, calendar, lengths),
        *_gaps(timetable, calendar),
        *_long_holidays(timetable, calendar),
    ]


def refusals_of(timetable: Timetable, *, opening_at: datetime | None = None) -> list[Problem]:
    """Return what must be mended; ``opening_at`` as in ``problems_of``."""
    refusals = [
        *_missing(timetable),
        *(problem for kind in _in_order(timetable) for problem in _inverted(kind, timetable[kind])),
        *_too_far_apart(timetable),
        *_closes_too_early(timetable),
        *_overlaps(timetable),
    ]
    return refusals if opening_at is None else [*refusals, *_in_the_past(timetable, opening_at)]


def refusals_in(problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems that must be mended."""
    return [problem for problem in problems if problem.level == Level.REFUSAL]


def warnings_in(problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems that must be read."""
    return [problem for problem in problems if problem.level == Level.WARNING]


def fingerprint(problems: Sequence[Problem]) -> str:
    """Return a short text that stands for exactly these warnings; "" where there is none."""
    warnings = [problem.sentence for problem in warnings_in(problems)]
    return hashlib.sha256("\n".join(warnings).encode()).hexdigest()[:16] if warnings else ""


def check_can_save(problems: Sequence[Problem], *, warnings_read: str) -> None:
    """Refuse to save what must be mended, or whose warnings have not been read. Raise TimetableRefused.

    ``warnings_read`` is the ``fingerprint`` of the warnings that the author has read: new ones must be read anew.
    """
    refusals = [problem for problem in refusals_in(problems) if not problem.only_opening]
    if refusals:
        raise TimetableRefused(refusals)
    if warnings_read != fingerprint(problems):
        raise TimetableRefused(warnings_in(problems))


def check_window(kind: WindowKind, span: Span) -> None:
    """Refuse a window whose moments are not in order. Raise TimetableRefused."""
    if problems := list(_inverted(kind, span)):
        raise TimetableRefused(problems)


def check_timetable(kind: UnitKind, timetable: Timetable, *, opening_at: datetime | None = None) -> None:
    """Refuse to open with a timetable that has refusals; warnings do not matter here. Raise NotAllowed."""
    missing = [window.label for window in REQUIRED_WINDOWS if window not in timetable]
    if missing:
        raise NotAllowed(f"Kế hoạch thời gian cho {kind.label} thiếu bước: {'; '.join(missing)}.")
    for problem in refusals_of(timetable, opening_at=opening_at):
        raise NotAllowed(f"Kế hoạch thời gian cho {kind.label}: {problem}")


def check_can_open(*, units_without_criteria: list[str], bodies_without_unit: list[str], unit_count: int) -> None:
    """Refuse to open a period that is not complete. Raise NotAllowed."""
    if not unit_count:
        raise NotAllowed("Kỳ đánh giá chưa có đơn vị tham gia.")
    if units_without_criteria:
        raise NotAllowed(f"Chưa chọn bộ tiêu chí cho loại đơn vị: {', '.join(units_without_criteria)}.")
    if bodies_without_unit:
        raise NotAllowed(
            f"Chưa gán đơn vị cho cơ quan thẩm định: {', '.join(bodies_without_unit)}. "
            "Hãy gán ở mục “Cơ quan thẩm định” của kỳ."
        )


# Refusals


def _in_order(timetable: Timetable) -> list[WindowKind]:
    return [kind for kind in WindowKind if kind in timetable]


def _refusal(stage: WindowKind, sentence: str, mend: str, *, only_opening: bool = False) -> Problem:
    return Problem(Level.REFUSAL, stage, sentence, mend, only_opening)


def _warning(stage: WindowKind, sentence: str, mend: str) -> Problem:
    return Problem(Level.WARNING, stage, sentence, mend)


def _missing(timetable: Timetable) -> Iterator[Problem]:
    for kind in REQUIRED_WINDOWS:
        if kind not in timetable:
            yield _refusal(
                kind, f"Thiếu bước “{kind.label}”.", "Điền lúc mở, hạn và lúc đóng của bước này.", only_opening=True
            )


def _inverted(kind: WindowKind, span: Span) -> Iterator[Problem]:
    if not span.opens_at < span.due_at:
        opens = opening_in_words(span.opens_at)
        yield _refusal(
            kind,
            f"Bước “{kind.label}”: hạn ({in_words(span.due_at)}) không sau lúc mở ({opens}).",
            f"Đặt hạn sau {opens}.",
        )
    if not span.due_at <= span.closes_at:
        yield _refusal(
            kind,
            f"Bước “{kind.label}”: lúc đóng ({in_words(span.closes_at)}) trước hạn ({in_words(span.due_at)}).",
            f"Đặt lúc đóng từ {in_words(span.due_at)} trở đi.",
        )


def _too_far_apart(timetable: Timetable) -> Iterator[Problem]:
    first = min((span.opens_at for span in timetable.values()), default=None)
    for kind in _in_order(timetable):
        closes = timetable[kind].closes_at
        if first is not None and closes - first > LONGEST:
            yield _refusal(
                kind,
                f"Bước “{kind.label}” đóng lúc {in_words(closes)}, hơn hai năm sau lúc mở bước đầu tiên "
                f"({opening_in_words(first)}).",
                "Kiểm tra lại năm của hai thời điểm này.",
            )


def _closes_too_early(timetable: Timetable) -> Iterator[Problem]:
    for earlier, later in CLOSING_ORDER:
        if earlier not in timetable or later not in timetable:
            continue
        first, second = timetable[earlier].closes_at, timetable[later].closes_at
        if second < first:
            yield _refusal(
                later,
                f"Bước “{later.label}” đóng lúc {in_words(second)}, trước bước “{earlier.label}” ({in_words(first)}).",
                f"Lùi lúc đóng của “{later.label}” đến sau {in_words(first)}.",
            )


def _overlaps(timetable: Timetable) -> Iterator[Problem]:
    for earlier, later in NO_OVERLAP:
        if earlier not in timetable or later not in timetable:
            continue
        closes, opens = timetable[earlier].closes_at, timetable[later].opens_at
        if opens < closes:
            yield _refusal(
                later,
                f"Bước “{later.label}” mở lúc {opening_in_words(opens)} khi bước “{earlier.label}” chưa đóng "
                f"({in_words(closes)}).",
                f"Mở “{later.label}” từ {in_words(closes)}, hoặc đóng “{earlier.label}” sớm hơn.",
            )


def _in_the_past(timetable: Timetable, opening_at: datetime) -> Iterator[Problem]:
    for kind in _in_order(timetable):
        if timetable[kind].due_at <= opening_at:
            yield _refusal(
                kind,
                f"Hạn của bước “{kind.label}” ({in_words(timetable[kind].due_at)}) đã qua.",
                f"Đặt lại hạn sau {opening_in_words(opening_at)}.",
                only_opening=True,
            )


# Warnings


def _on_days_off(timetable: Timetable, calendar: WorkingCalendar) -> Iterator[Problem]:
    for kind in _in_order(timetable):
        span = timetable[kind]
        ends = [("hạn", span.due_at)]
        if last_valid_day(span.closes_at) != last_valid_day(span.due_at):
            ends.append(("lúc đóng", span.closes_at))
        for word, moment in ends:
            day = last_valid_day(moment)
            if calendar.is_working_day(day):
                continue
            new = calendar.next_working_day(day)
            written = (
                f"chậm nhất ngày {new:%d/%m/%Y}" if is_midnight(moment) else f"{in_words(moment)[:5]} {new:%d/%m/%Y}"
            )
            yield _warning(
                kind,
                f"Bước “{kind.label}”: {word} rơi vào {day_in_words(day)} ({calendar.why_off(day)}).",
                f"Ngày làm việc tiếp theo là {day_in_words(new)}; nếu chuyển, viết “{written}”.",
            )


def _too_short(timetable: Timetable, calendar: WorkingCalendar, lengths: Lengths) -> Iterator[Problem]:
    for kind in _in_order(timetable):
        span = timetable[kind]
        has, wanted = working_days_in(span, calendar), lengths.least(kind)
        if has >= wanted:
            continue
        whose = "thời hạn kiến nghị của kỳ" if kind == WindowKind.DISPUTE else "mức tối thiểu của kỳ"
        first = calendar.next_working_day(local_day(span.opens_at))
        last = calendar.add_working_days(first, wanted - 1)
        yield _warning(
            kind,
            f"Bước “{kind.label}” từ {opening_in_words(span.opens_at)} đến {in_words(span.closes_at)} chỉ có "
            f"{has} ngày làm việc, ít hơn {wanted} ngày ({whose}).",
            f"Để đủ, đóng bước này chậm nhất ngày {last:%d/%m/%Y}.",
        )


def _gaps(timetable: Timetable, calendar: WorkingCalendar) -> Iterator[Problem]:
    if not timetable:
        return
    spans = [(local_day(span.opens_at), last_valid_day(span.closes_at)) for span in timetable.values()]
    open_days = {day for first, last in spans for day in days_between(first, last)}
    every = days_between(min(open_days), max(open_days)) if open_days else iter(())
    idle: list[date] = []
    for day in every:
        if day not in open_days:
            idle += [day] if calendar.is_working_day(day) else []
        elif idle:
            yield _gap(timetable, idle, before=day)
            idle = []


def _gap(timetable: Timetable, idle: list[date], *, before: date) -> Problem:
    kind = next(kind for kind in _in_order(timetable) if local_day(timetable[kind].opens_at) == before)
    first, last = f"{idle[0]:%d/%m/%Y}", f"{idle[-1]:%d/%m/%Y}"
    when = f"Ngày {first}" if first == last else f"Từ {first} đến {last}"
    return _warning(
        kind,
        f"{when} ({len(idle)} ngày làm việc) không có bước nào mở, cho đến khi bước “{kind.label}” mở ngày "
        f"{before:%d/%m/%Y}.",
        f"Mở “{kind.label}” từ {first}, hoặc lùi lúc đóng của bước trước.",
    )


def _long_holidays(timetable: Timetable, calendar: WorkingCalendar) -> Iterator[Problem]:
    for kind in _in_order(timetable):
        span = timetable[kind]
        for first, last in calendar.runs_off(local_day(span.opens_at), last_valid_day(span.closes_at)):
            length = (last - first).days + 1
            if length < LONG_HOLIDAY_DAYS:
                continue
            named = next((day for day in days_between(first, last) if day in calendar.names), first)
            left = working_days_in(span, calendar)
            yield _warning(
                kind,
                f"Trong bước “{kind.label}” có {length} ngày nghỉ liền, từ {first:%d/%m/%Y} đến {last:%d/%m/%Y} "
                f"({calendar.why_off(named)}); bước này còn {left} ngày làm việc.",
                f"Nếu cần thêm thời gian, lùi lúc đóng ({in_words(span.closes_at)}).",
            )


def working_days_in(span: Span, calendar: WorkingCalendar) -> int:
    """Return on how many working days a step is open, its first and its last day included."""
    eve = local_day(span.opens_at) - timedelta(days=1)
    return max(calendar.working_days_after(eve, last_valid_day(span.closes_at)), 0)
