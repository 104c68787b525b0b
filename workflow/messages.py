"""What the engine writes to people: one frozen dataclass per message, so that no template misses a field."""

from dataclasses import dataclass
from typing import ClassVar

from notifications.rendering import Letter


@dataclass(frozen=True, kw_only=True)
class StepOpened(Letter):
    """A step waits for somebody."""

    kind: ClassVar = "step_opened"
    label: ClassVar = "Có việc mới"

    title: str
    assessed_unit: str
    due: str  # "24:00 ngày 09/01/2024", or "" where the step has no deadline


@dataclass(frozen=True, kw_only=True)
class StepDue(Letter):
    """A step is due in a few days."""

    kind: ClassVar = "step_due"
    label: ClassVar = "Sắp đến hạn"

    title: str
    assessed_unit: str
    due: str
    days: int


@dataclass(frozen=True, kw_only=True)
class StepOverdue(Letter):
    """A step is overdue."""

    kind: ClassVar = "step_overdue"
    label: ClassVar = "Quá hạn"

    title: str
    assessed_unit: str
    due: str
    closes: str  # when the step closes, or "" where it stays open


@dataclass(frozen=True, kw_only=True)
class DeadlineExtended(Letter):
    """A deadline was moved later."""

    kind: ClassVar = "deadline_extended"
    label: ClassVar = "Gia hạn"

    title: str
    assessed_unit: str
    due: str
    decision_number: str


MESSAGES = [StepOpened, StepDue, StepOverdue, DeadlineExtended]
