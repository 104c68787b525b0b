"""What a scenario answers with, and how the scenarios are found by name."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """One measured ratio. ``goal`` is a bound of ``value``: from below (``at_least``) or from above."""

    scenario: str
    value: float
    unit: str
    goal: float
    at_least: bool
    told: str  # the two sides of the ratio, in words

    @property
    def holds(self) -> bool:
        """Whether the goal is reached."""
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    @property
    def goal_in_words(self) -> str:
        """Return the goal as it is printed: ``>= 20``."""
        return f"{'>=' if self.at_least else '<='} {self.goal:g}"

    def as_json(self) -> dict[str, object]:
        """Return the row of ``bench.json``."""
        row = asdict(self) | {"value": round(self.value, 3), "goal": self.goal_in_words, "holds": self.holds}
        del row["at_least"]
        return row


Scenario = Callable[[bool], Iterator[Figure]]  # the argument asks for a small run: does it work, not how fast
SCENARIOS: dict[str, Scenario] = {}


def scenario(name: str) -> Callable[[Scenario], Scenario]:
    """Enter a scenario under its name."""

    def enter(run: Scenario) -> Scenario:
        SCENARIOS[name] = run
        return run

    return enter


def spread(seconds: list[float]) -> str:
    """Return median and range of some durations in words."""
    return f"{median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f}, {len(seconds)} runs)"
