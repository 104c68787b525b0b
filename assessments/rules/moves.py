"""Moving the end of a step (dời thời hạn): to which moment, for which of many windows, and what is refused."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from assessments.rules.calendar import WorkingCalendar, end_on_day, last_valid_day, local_day
from assessments.rules.deadlines import Window, in_words, opening_in_words
from assessments.rules.refusals import NotAllowed

MOST_WORKING_DAYS = 120
"""A step is moved by at most this many working days; more is a slip of the pen."""


@dataclass(frozen=True)
class NewEnd:
    """To when a step is moved: to one moment for all (``due_at`` where that is earlier), or by working days."""

    closes_at: datetime | None = None
    due_at: datetime | None = None
    working_days: int | None = None


@dataclass(frozen=True)
class Ends:
    """When a step is due and when it closes."""

    due_at: datetime
    closes_at: datetime


def check_new_end(new: NewEnd) -> None:
    """Refuse a new end that says nothing, says two things, or is due after it closes. Raise NotAllowed."""
    if (new.closes_at is None) == (new.working_days is None):
        raise NotAllowed("Hãy nhập hạn mới, hoặc số ngày làm việc cần thêm (một trong hai).")
    if new.working_days is not None and not 1 <= new.working_days <= MOST_WORKING_DAYS:
        raise NotAllowed(f"Số ngày làm việc thêm phải từ 1 đến {MOST_WORKING_DAYS}.")
    if new.due_at is not None and (new.closes_at is None or new.due_at > new.closes_at):
        raise NotAllowed("Hạn nhắc việc phải trước hoặc đúng lúc đóng; hãy sửa một trong hai thời điểm.")


def check_decision(*, reason: str, decision_number: str, decision_date: date | None, moment: datetime) -> None:
    """Refuse a move without reason, number or date of its decision, or dated after today. Raise NotAllowed."""
    if not reason.strip():
        raise NotAllowed("Dời thời hạn phải ghi lý do.")
    if not decision_number.strip():
        raise NotAllowed("Dời thời hạn phải ghi số văn bản quyết định.")
    if decision_date is None:
        raise NotAllowed("Dời thời hạn phải ghi ngày của văn bản.")
    if decision_date > local_day(moment):
        raise NotAllowed(f"Ngày văn bản {decision_date:%d/%m/%Y} ở sau hôm nay; hãy kiểm tra lại.")


def common_end(ends: Sequence[datetime]) -> datetime:
    """Return the end that most of ``ends`` (not empty) have, the latest of equally many."""
    counted = Counter(ends)
    most = max(counted.values())
    return max(end for end, count in counted.items() if count == most)


def moved_ends(
    windows: Sequence[Window], new: NewEnd, *, moment: datetime, calendar: WorkingCalendar
) -> list[Ends | None]:
    """Return the new ends of each window, None for one that the move leaves as it is.

    Working days are added to each end. One moment for many is later than the end most of them have, or earlier: a later
    one takes nothing from who was already given more, an earlier one gives nothing to who had less. What has closed
    is not closed earlier after the fact.
    """
    if not windows:
        return []
    if new.working_days is not None:
        days = new.working_days
        return [
            Ends(add_working_days(each.due_at, days, calendar), add_working_days(each.closes_at, days, calendar))
            for each in windows
        ]
    closes_at = new.closes_at
    if closes_at is None:
        raise ValueError("a new end is a moment or a number of days")
    ends = Ends(new.due_at or closes_at, closes_at)
    is_later = closes_at >= common_end([each.closes_at for each in windows])
    return [ends if _touches(each, ends, is_later=is_later, moment=moment) else None for each in windows]


def add_working_days(end: datetime, count: int, calendar: WorkingCalendar) -> datetime:
    """Return the exclusive ``end`` moved ``count`` working days on, at the same time of day. Raise NotAllowed."""
    return end_on_day(calendar.add_working_days(last_valid_day(end), count), end)


def days_waited(*, stopped_at: datetime, resumed_at: datetime, closes_at: datetime, calendar: WorkingCalendar) -> int:
    """Return the working days that a stopped clock is given back: those after the day it stopped, up to today.

    At least one where the step closed meanwhile: a wait of some hours must not use up what was left.
    """
    waited = max(calendar.working_days_after(local_day(stopped_at), local_day(resumed_at)), 0)
    return max(waited, 1) if closes_at <= resumed_at else waited


def check_ends(window: Window, ends: Ends, *, moment: datetime) -> None:
    """Refuse new ends before the step opens, or a later end that has passed all the same. Raise NotAllowed."""
    if ends.closes_at <= window.opens_at or ends.due_at <= window.opens_at:
        raise NotAllowed(
            f"Hạn mới phải sau lúc mở bước “{window.kind.label}” ({opening_in_words(window.opens_at)}); hãy chọn thời "
            "điểm muộn hơn."
        )
    if window.closes_at < ends.closes_at <= moment:
        raise NotAllowed("Hạn mới đã ở trong quá khứ; hãy chọn một thời điểm sau bây giờ.")


def check_something_moves(windows: Sequence[Window], ends: Sequence[Ends | None]) -> None:
    """Refuse a move that changes no window. Raise NotAllowed."""
    if not windows:
        raise NotAllowed("Không có hồ sơ nào thuộc phạm vi này còn bước để dời hạn; hãy chọn phạm vi hoặc bước khác.")
    if not any(ends):
        now = in_words(common_end([window.closes_at for window in windows]))
        raise NotAllowed(f"Hạn mới không thay đổi hạn đang áp dụng ({now}); hãy chọn một thời điểm khác.")


def needs_second_person(windows: Sequence[Window], ends: Sequence[Ends | None], *, moment: datetime) -> bool:
    """Say whether a step that is still open would be closed at once: one person alone may not do that."""
    return any(new and new.closes_at <= moment < window.closes_at for window, new in zip(windows, ends, strict=True))


def _touches(window: Window, ends: Ends, *, is_later: bool, moment: datetime) -> bool:
    if ends.closes_at == window.closes_at:
        return ends.due_at != window.due_at
    if is_later:
        return ends.closes_at > window.closes_at
    return ends.closes_at < window.closes_at and window.closes_at > moment
