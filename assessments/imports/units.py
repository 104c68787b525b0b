"""Lists of units kept as CSV: code, name, kind, parent_code, and optionally valid_from and valid_until."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from assessments.imports import cells
from assessments.imports.csv_file import TableRow, read_table
from assessments.rules.problems import Problem
from assessments.rules.units import UnitDraft, check_units
from assessments.vietnamese import fold

COLUMNS = ("code", "name", "kind", "parent_code")
DATES = ("valid_from", "valid_until")


@dataclass(frozen=True)
class UnitReading:
    """The units of a file and what is wrong with them."""

    drafts: tuple[UnitDraft, ...]
    problems: tuple[Problem, ...]


def read_units(content: bytes, *, name: str, known_codes: Collection[str] = ()) -> UnitReading:
    """Read a list of units; a parent may also be one of ``known_codes``."""
    table = read_table(content, name=name, columns=COLUMNS, optional=DATES)
    problems = list(table.problems)
    if not table.rows:
        return UnitReading((), tuple(problems) or tuple(check_units([])))
    drafts = tuple(_draft(row, problems) for row in table.rows)
    known = {p.place for p in problems}
    problems += [p for p in check_units(drafts, known_codes=known_codes) if p.place not in known]
    problems.sort(key=lambda p: p.place.row or 0)
    return UnitReading(drafts, tuple(problems))


def _draft(row: TableRow, problems: list[Problem]) -> UnitDraft:
    values = {column: cells.read_text(text) for column, text in row.values.items()}

    def day(column: str) -> date | None:
        if not values.get(column):
            return None
        for form in ("%Y-%m-%d", "%d/%m/%Y"):
            try:
                return datetime.strptime(values[column], form).date()  # noqa: DTZ007 - a day has no zone
            except ValueError:
                continue
        sentence = f"«{values[column][:40]}» không đọc được thành ngày; ghi như 31/12/2023."
        problems.append(Problem("bad_date", sentence, row.places[column], values["code"]))
        return None

    return UnitDraft(
        code=values["code"],
        name=values["name"],
        kind=fold(values["kind"]),
        parent_code=values["parent_code"],
        valid_from=day("valid_from"),
        valid_until=day("valid_until"),
        places=row.places,
    )
