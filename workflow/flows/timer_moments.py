"""When the timers of a case fire: read from its rows when one is armed, and again when a deadline moves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from assessments.enums import WindowKind
from assessments.models import Assessment
from assessments.queries.deadlines import windows_of
from assessments.rules.deadlines import Window
from workflow.flows.case import case_of

Windows = Mapping[WindowKind, Window]


@dataclass(frozen=True)
class TimerMoment:
    """A moment worked out from a case and its windows; viewflow calls it to arm the timer."""

    of: Callable[[Assessment, Windows], datetime]

    def __call__(self, activation) -> datetime:
        """Return the moment for the case of a timer that is being armed."""
        assessment = case_of(activation)
        return self.of(assessment, windows_of([assessment])[assessment.pk])


def closes(kind: WindowKind) -> TimerMoment:
    """Return the moment at which a step closes."""
    return TimerMoment(lambda assessment, windows: windows[kind].closes_at)


def opens(kind: WindowKind) -> TimerMoment:
    """Return the moment at which a step opens."""
    return TimerMoment(lambda assessment, windows: windows[kind].opens_at)


dispute_closes = TimerMoment(
    lambda assessment, windows: assessment.dispute_closes_at or windows[WindowKind.DISPUTE].closes_at
)
"""The end of the dispute window of this very case, which may be later than the timetable's."""
