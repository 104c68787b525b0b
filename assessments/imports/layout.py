"""Where things stand on a sheet that people made: headings, merged cells, values."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula
from openpyxl.worksheet.worksheet import Worksheet

from assessments.imports import cells
from assessments.rules.problems import Place, Problem
from assessments.vietnamese import fold, normalise

MOST_COLUMNS = 60
MOST_HEADER_ROW = 40


@dataclass(frozen=True)
class Column:
    """A column that was found by its heading."""

    number: int
    heading: str

    def place(self, sheet: str, row: int) -> Place:
        """Return the place of the cell of this column in ``row``."""
        return Place(sheet, row, get_column_letter(self.number), self.heading)


class SheetReader:
    """Reads cells of one sheet by column name; a cell merged over several rows counts for each of them."""

    def __init__(self, sheet: Worksheet, *, spread: tuple[str, ...] = ()) -> None:
        self.sheet = sheet
        self.title = normalise(sheet.title)
        self.rows = sheet.max_row
        self.columns: dict[str, Column] = {}
        self._spread = spread
        self._above: dict[tuple[int, int], int] = {}
        for merged in sheet.merged_cells.ranges:
            for row in range(merged.min_row + 1, merged.max_row + 1):
                self._above[row, merged.min_col] = merged.min_row

    def find_header(self, wanted: Mapping[str, Callable[[str], bool]], *, first: str) -> int:
        """Find the headings (one or two rows) and return the last of their rows; 0 when there is none.

        ``wanted`` tells for each column whether a folded heading is its own; ``first`` must stand in the first row.
        """
        for row in range(1, min(self.rows, MOST_HEADER_ROW) + 1):
            texts = self._texts(row)
            if not any(wanted[first](fold(t)) for t in texts.values()) or len(texts) < 2:
                continue
            below = self._texts(row + 1)
            two_rows = any(self._above.get((row + 1, number)) == row for number in texts) or (
                not any(wanted[first](fold(texts.get(number, ""))) for number in below)
                and any(is_heading(fold(t)) for t in below.values() if len(t) < 40 for is_heading in wanted.values())
            )
            lines = [below, texts] if two_rows else [texts]
            for line in lines:
                for number, text in line.items():
                    self._name_column(wanted, number, text)
            return row + 1 if two_rows else row
        return 0

    def _name_column(self, wanted: Mapping[str, Callable[[str], bool]], number: int, text: str) -> None:
        taken = {column.number for column in self.columns.values()}
        for name, is_heading in wanted.items():
            if name not in self.columns and number not in taken and is_heading(fold(text)):
                self.columns[name] = Column(number, text)
                return

    def _texts(self, row: int) -> dict[int, str]:
        numbers = range(1, min(self.sheet.max_column, MOST_COLUMNS) + 1)
        texts = {number: cells.read_text(self.sheet.cell(row, number).value) for number in numbers}
        return {number: text for number, text in texts.items() if text}

    def value(self, row: int, name: str) -> Any:
        """Return what the cell holds; None where the column does not exist."""
        if name not in self.columns:
            return None
        number = self.columns[name].number
        if name in self._spread:
            row = self._above.get((row, number), row)
        return self.sheet.cell(row, number).value

    def number_format(self, row: int, name: str) -> str:
        """Return how the cell shows its number."""
        return self.sheet.cell(row, self.columns[name].number).number_format

    def place(self, row: int, name: str) -> Place:
        """Return the place of a cell; without a column the row alone."""
        column = self.columns.get(name)
        return column.place(self.title, row) if column else Place(self.title, row)

    def places(self, row: int) -> dict[str, Place]:
        """Return the places of all named cells of a row."""
        return {name: column.place(self.title, row) for name, column in self.columns.items()}

    def fault_of_cell(self, row: int, name: str) -> Problem | None:
        """Return why the cell cannot be read as a value: a formula or an error of the spreadsheet."""
        value = self.value(row, name)
        if is_formula(value):
            sentence = "Ô này là công thức; thay bằng giá trị (Copy, Paste Special, Values)."
            return Problem("formula", sentence, self.place(row, name))
        if isinstance(value, str) and re.fullmatch(r"#(REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!)", value.strip()):
            sentence = f"Ô này có lỗi {value.strip()} của Excel; nhập lại giá trị."
            return Problem("cell_error", sentence, self.place(row, name))
        return None

    def is_blank(self, row: int) -> bool:
        """Say whether no named column of the row holds anything."""
        return not any(cells.read_text(self.value(row, name)) for name in self.columns)


def is_formula(value: Any) -> bool:
    """Say whether a cell is worked out by the spreadsheet."""
    if isinstance(value, ArrayFormula | DataTableFormula):
        return True
    return isinstance(value, str) and value.lstrip().startswith("=")
