"""Lists as CSV for a spreadsheet: read as UTF-8, and no cell is taken for a formula."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


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
