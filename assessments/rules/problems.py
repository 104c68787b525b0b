"""Faults of a file, each with its place; and the refusal that carries them."""

from collections.abc import Sequence
from dataclasses import dataclass

from assessments.rules.refusals import NotAllowed

MOST_BYTES = 10 * 1024 * 1024
"""Size of a file that is read in one piece."""


@dataclass(frozen=True)
class Place:
    """A cell of a file: sheet (or file name), row from 1, column letter and the heading above it."""

    sheet: str = ""
    row: int | None = None
    column: str = ""
    heading: str = ""


@dataclass(frozen=True)
class Problem:
    """One fault: where it is, a word for programs and a Vietnamese sentence that says how to mend it."""

    kind: str
    sentence: str
    place: Place = Place()
    code: str = ""

    def __str__(self) -> str:
        where = [f"trang «{self.place.sheet}»"] if self.place.sheet else []
        where += [f"dòng {self.place.row}"] if self.place.row else []
        if self.place.column or self.place.heading:
            heading = f" ({self.place.heading})" if self.place.heading and self.place.column else self.place.heading
            where += [f"cột {self.place.column}{heading}"]
        text = ", ".join(where)
        return f"{text[:1].upper()}{text[1:]}: {self.sentence}" if where else self.sentence


class ImportRefused(NotAllowed):
    """Nothing was saved because the file has faults; ``problems`` names each of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = f" Lỗi đầu tiên: {problems[0]}" if problems else ""
        super().__init__(f"Chưa nhập gì cả: tệp có {len(problems)} lỗi cần sửa.{first}")
        self.problems = tuple(problems)
