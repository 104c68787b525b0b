"""Lists for a spreadsheet, as CSV or as a sheet of a workbook: no cell is taken for a formula."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
WIDEST = 60  # characters of a column


def csv_of(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a CSV file; a text that a spreadsheet would run as a formula has an apostrophe before it."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(heading)
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")  # with the mark that tells Excel how to read it


def safe_cell(value: object) -> str:
    """Return a value as text that is only ever shown."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def fill_sheet(sheet: Any, heading: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a list into a sheet of a workbook: a bold heading that stays in view, numbers as numbers, wide enough."""
    sheet.append(list(heading))
    for row in rows:
        sheet.append([value if isinstance(value, int) else safe_cell(value) for value in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for number, column in enumerate(sheet.iter_cols(), 1):
        longest = max(len(str(cell.value or "")) for cell in column)
        sheet.column_dimensions[get_column_letter(number)].width = min(longest + 2, WIDEST)
