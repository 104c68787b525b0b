"""A progress bar for a terminal, and a line now and then for a log."""

import sys
import time
from datetime import datetime
from typing import TextIO

from assessments.rules.calendar import PROVINCE_TIME

WIDTH = 30
EVERY = 0.2  # seconds


class Bar:
    """Shows the rows played of all rows, and the simulated day."""

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self.total, self.done = max(total, 1), 0
        self.stream = stream or sys.stderr
        self._shown_at, self._shown_tenth = 0.0, -1

    def step(self, rows: int) -> None:
        """Count rows that have been played."""
        self.done += rows

    def show(self, moment: datetime) -> None:
        """Draw the bar, not more often than needed."""
        part = min(1.0, self.done / self.total)
        day = f"{moment.astimezone(PROVINCE_TIME):%d/%m/%Y}"
        if not self.stream.isatty():
            if int(part * 10) > self._shown_tenth:
                self._shown_tenth = int(part * 10)
                self.stream.write(f"{part:4.0%}  {day}\n")
                self.stream.flush()
            return
        if time.monotonic() - self._shown_at < EVERY:
            return
        self._shown_at = time.monotonic()
        full = int(part * WIDTH)
        self.stream.write(f"\r[{'#' * full}{'.' * (WIDTH - full)}] {part:4.0%}  {day} ")
        self.stream.flush()

    def end(self) -> None:
        """Leave the line of the bar."""
        if self.stream.isatty():
            self.stream.write("\r" + " " * (WIDTH + 24) + "\r")
            self.stream.flush()
