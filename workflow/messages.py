"""What the engine writes to people: one frozen dataclass per message, so that no template misses a field."""

from dataclasses import dataclass
from typing import ClassVar

from notifications.rendering import Letter

SOON, LATE = "step_due", "step_overdue"  # groups of kinds that people switch together


@dataclass(frozen=True, kw_only=True)
class ProcessLetter(Letter):
    """A message of the process: its kind and Vietnamese name, and whether people may switch it off."""

    kind: ClassVar[str]
    label: ClassVar[str]
    group: ClassVar[str] = ""  # alone in its group unless told
    required: ClassVar[bool] = True  # by the regulation; a kind that people may switch off says False
    is_digest: ClassVar[bool] = False  # gathered, and sent at the hour that the person chose


@dataclass(frozen=True, kw_only=True)
class StepLetter(ProcessLetter):
    """What every message about a step says."""

    title: str
    assessed_unit: str
    due: str  # "24:00 ngày 09/01/2024", or "" where the step has no deadline


@dataclass(frozen=True, kw_only=True)
class StepOpened(StepLetter):
    """A step waits for somebody."""

    kind: ClassVar[str] = "step_opened"
    label: ClassVar[str] = "Có việc mới"


@dataclass(frozen=True, kw_only=True)
class StepDue(StepLetter):
    """A step is due in a few working days."""

    kind: ClassVar[str] = "step_due"
    label: ClassVar[str] = "Sắp đến hạn"
    group: ClassVar[str] = SOON
    required: ClassVar[bool] = False
    is_digest: ClassVar[bool] = True
    standing: str  # "còn 3 ngày làm việc"


@dataclass(frozen=True, kw_only=True)
class StepDueToday(StepLetter):
    """Today is the last day of a step."""

    kind: ClassVar[str] = "step_due_today"
    label: ClassVar[str] = "Đến hạn hôm nay"
    group: ClassVar[str] = SOON
    required: ClassVar[bool] = False
    is_digest: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class StepOverdue(StepLetter):
    """A step is overdue."""

    kind: ClassVar[str] = "step_overdue"
    label: ClassVar[str] = "Quá hạn"
    group: ClassVar[str] = LATE
    is_digest: ClassVar[bool] = True
    closes: str  # when the step closes, or "" where it stays open


@dataclass(frozen=True)
class MovedWork:
    """One piece of work whose deadline was moved: what it was and what it is, in words."""

    title: str
    assessed_unit: str
    was_due: str
    due: str


@dataclass(frozen=True, kw_only=True)
class StepEscalated(StepLetter):
    """A step that others have to do is overdue: told to those above them."""

    kind: ClassVar[str] = "step_escalated"
    label: ClassVar[str] = "Báo cáo quá hạn"
    group: ClassVar[str] = LATE
    is_digest: ClassVar[bool] = True
    doing_unit: str
    standing: str  # "quá hạn 2 ngày làm việc"


@dataclass(frozen=True)
class DigestLine:
    """One piece of work in a digest."""

    title: str
    assessed_unit: str
    period_name: str
    standing: str  # "còn 3 ngày làm việc", "đến hạn hôm nay", "quá hạn 2 ngày làm việc"
    due: str
    link: str


@dataclass(frozen=True, kw_only=True)
class StepDigest(ProcessLetter):
    """Several reminders of one day in one message."""

    kind: ClassVar[str] = "step_digest"
    label: ClassVar[str] = "Tổng hợp nhắc việc sắp đến hạn"
    group: ClassVar[str] = SOON
    required: ClassVar[bool] = False
    is_digest: ClassVar[bool] = True
    lines: tuple[DigestLine, ...]
    count: int
    late_count: int


@dataclass(frozen=True, kw_only=True)
class LateDigest(StepDigest):
    """Several reminders of one day, of which at least one cannot be switched off."""

    kind: ClassVar[str] = "step_digest_late"
    label: ClassVar[str] = "Tổng hợp nhắc việc quá hạn"
    group: ClassVar[str] = LATE
    required: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class DeadlineMoved(ProcessLetter):
    """Deadlines were moved by a decision: one message per person and decision, whatever the number of cases."""

    kind: ClassVar[str] = "deadline_extended"  # as it stands in the outbox of periods before the ledger
    label: ClassVar[str] = "Dời thời hạn"
    decision_number: str
    decision_date: str  # "05/01/2024", or "" for a move without one
    works: tuple[MovedWork, ...]  # the first few
    others: int  # how many more


MESSAGES: list[type[ProcessLetter]] = [
    StepOpened,
    StepDue,
    StepDueToday,
    StepDigest,
    StepOverdue,
    StepEscalated,
    LateDigest,
    DeadlineMoved,
]
