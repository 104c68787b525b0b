"""What the engine writes to people: one frozen dataclass per message, so that no template misses a field."""

from dataclasses import dataclass

from notifications.rendering import Letter


@dataclass(frozen=True, kw_only=True)
class StepOpened(Letter):
    """A step waits for somebody."""

    kind = "step_opened"

    title: str
    assessed_unit: str
    due: str  # "24:00 ngày 09/01/2024", or "" where the step has no deadline


@dataclass(frozen=True, kw_only=True)
class StepDue(Letter):
    """A step is due in a few days."""

    kind = "step_due"

    title: str
    assessed_unit: str
    due: str
    days: int


@dataclass(frozen=True, kw_only=True)
class StepOverdue(Letter):
    """A step is overdue."""

    kind = "step_overdue"

    title: str
    assessed_unit: str
    due: str
    closes: str  # when the step closes, or "" where it stays open


@dataclass(frozen=True, kw_only=True)
class DeadlineExtended(Letter):
    """A deadline was moved later."""

    kind = "deadline_extended"

    title: str
    assessed_unit: str
    due: str
    decision_number: str


MESSAGES = [StepOpened, StepDue, StepOverdue, DeadlineExtended]
