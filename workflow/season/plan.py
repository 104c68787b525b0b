"""What befalls each unit of a played round, chosen by the seed alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Literal

from assessments.enums import LatePolicy, Stage, WindowKind


@dataclass(frozen=True)
class Extension:
    """A deadline moved for one case, before the close or after it."""

    window: WindowKind
    closes_at: datetime
    reason: str


@dataclass(frozen=True)
class Fate:
    """How one unit goes through its round. ``rests_in`` is the stage that it does not leave (a play stopped there)."""

    trains: bool = True
    late: Literal["", "unfinished", "unsigned"] = ""
    extended_until: datetime | None = None
    extensions: tuple[Extension, ...] = ()
    sent_back: bool = False
    withdrawn: bool = False
    supplements: int = 0
    answers_supplement: bool = True
    ends_dispute: bool = True
    rests_in: Stage | None = None
    takes: float = 1.0
    """Share of the self-scoring window that the unit's work takes; more than 1 is a play stopped before its end."""
    takes_dispute: float = 1.0
    """The same for the disputes and their resolution."""
    waits_for: frozenset[str] = field(default_factory=frozenset)
    """Bodies that have not finished their appraisal."""
    asks_at: datetime | None = None
    """When the bodies of ``waits_for`` ask for a supplement that is still open."""
    unanswered: frozenset[str] = field(default_factory=frozenset)
    """Bodies that have not answered the disputes."""


def dice_for(*words: object) -> Random:
    """Return a source of chance that gives the same for the same words, whatever else is played."""
    return Random("/".join(map(str, words)))  # noqa: S311 - which unit is late is no secret


def fates(unit_codes: Sequence[str], *, policy: LatePolicy, seed: int, round_code: str) -> dict[str, Fate]:
    """Return a fate for each unit: about one in ten late, one in eight sent back, one in twelve withdrawn.

    A round with three units or more has at least one of each. A late unit has everything entered where the system
    submits as is (the figures of the file must come out), and stops half-way where the organiser can extend.
    """
    order = sorted(unit_codes)
    dice = dice_for(seed, round_code)
    dice.shuffle(order)
    few = len(order) >= 3

    def share(of: int) -> int:
        return max(len(order) // of, 1 if few else 0)

    late, back, again = share(10), share(8), share(12)
    chosen: dict[str, Fate] = {}
    for place, code in enumerate(order):
        on_hold: Literal["unfinished", "unsigned"] = "unfinished" if place % 2 == 0 else "unsigned"
        kind: Literal["unfinished", "unsigned"] = on_hold if policy == LatePolicy.HOLD else "unsigned"
        chosen[code] = Fate(
            trains=not few or dice.random() > 0.1,
            late=kind if place < late else "",
            sent_back=late <= place < late + back,
            withdrawn=late + back <= place < late + back + again,
            supplements=dice.choice([1, 1, 2]) if place % 4 == 2 else 0,
            answers_supplement=place % 8 != 6,
            ends_dispute=dice.random() < 0.6,
        )
    return chosen
