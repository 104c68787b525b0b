"""What the engine writes to people: one frozen dataclass per message, so that no template misses a field."""

from dataclasses import dataclass
from typing import ClassVar

from notifications.rendering import Letter


@dataclass(frozen=True, kw_only=True)
class StepLetter(Letter):
    """What every message about a step says."""

    kind: ClassVar[str]
    label: ClassVar[str]
    required: ClassVar[bool] = True  # by the regulation; a kind that people may switch off says False

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
    """A step is due in a few days."""

    kind: ClassVar[str] = "step_due"
    label: ClassVar[str] = "Sắp đến hạn"
    required: ClassVar[bool] = False
    days: int


@dataclass(frozen=True, kw_only=True)
class StepOverdue(StepLetter):
    """A step is overdue."""

    kind: ClassVar[str] = "step_overdue"
    label: ClassVar[str] = "Quá hạn"
    closes: str  # when the step closes, or "" where it stays open


@dataclass(frozen=True, kw_only=True)
class DeadlineExtended(StepLetter):
    """A deadline was moved later."""

    kind: ClassVar[str] = "deadline_extended"
    label: ClassVar[str] = "Gia hạn"
    decision_number: str


MESSAGES: list[type[StepLetter]] = [StepOpened, StepDue, StepOverdue, DeadlineExtended]
