"""What a fault found, and the faults by their names."""

import random
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

LIMIT = 60.0  # seconds from the end of a fault until everything is done
Judge = Callable[[int, random.Random], "Findings"]
FAULTS: dict[str, Judge] = {}


@dataclass
class Findings:
    """The rounds of one fault; a problem is a sentence, ``slowest`` the longest recovery in seconds."""

    fault: str
    what: str
    rounds: int = 0
    problems: list[str] = field(default_factory=list)
    slowest: float = 0.0
    counted: dict[str, int] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Say whether rounds were made and none of them found a problem."""
        return self.rounds > 0 and not self.problems

    def expect(self, holds: bool, sentence: str) -> None:
        """Keep ``sentence`` as a problem of the present round unless it holds."""
        if not holds:
            self.problems.append(f"round {self.rounds}: {sentence}")

    def count(self, name: str, more: int = 1) -> None:
        """Add to a number that is told, and is no problem."""
        self.counted[name] = self.counted.get(name, 0) + more

    def recover(self, is_done: Callable[[], bool], *, by: Callable[[], object], pause: float = 0.05) -> None:
        """Do ``by`` again and again until ``is_done``; the time it takes is the recovery, at most ``LIMIT`` seconds."""
        started = time.monotonic()
        while True:
            by()
            took = time.monotonic() - started
            if is_done():
                break
            if took > LIMIT:
                self.problems.append(f"round {self.rounds}: not done {LIMIT:.0f} s after the fault was over")
                break
            time.sleep(pause)
        self.slowest = max(self.slowest, took)

    def as_json(self) -> dict[str, Any]:
        """Return everything for the file."""
        return {**asdict(self), "slowest": round(self.slowest, 2), "passed": self.passed}


def fault(name: str, what: str) -> Callable[[Callable[[Findings, int, random.Random], None]], Judge]:
    """Enter a function that makes rounds into ``FAULTS``; ``what`` says in one line what goes wrong."""

    def enter(make: Callable[[Findings, int, random.Random], None]) -> Judge:
        def judge(rounds: int, chance: random.Random) -> Findings:
            findings = Findings(name, what)
            make(findings, rounds, chance)
            return findings

        FAULTS[name] = judge
        return judge

    return enter
