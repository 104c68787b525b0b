"""The one door for criteria files: a CSV, a workbook or a folder of CSV files."""

from collections.abc import Collection
from pathlib import Path

from assessments.imports.csv_file import read_criteria_csv
from assessments.imports.reading import Reading, refused
from assessments.imports.workbook import read_workbook
from assessments.rules.problems import MOST_BYTES


def read_criteria(content: bytes, *, name: str, unit_kinds: Collection[str] = ()) -> Reading:
    """Read criteria sets from the bytes of a file; what kind of file it is, its first bytes tell.

    ``unit_kinds`` keeps some sets of a workbook, or tells the kind of a CSV file whose name does not.
    """
    if not content:
        return refused(name, "empty", "Tệp trống; chọn tệp khác.")
    if content.startswith((b"PK", b"\xd0\xcf\x11\xe0")) or name.lower().endswith((".xlsx", ".xlsm", ".xls")):
        return read_workbook(content, name=name, unit_kinds=unit_kinds)
    kinds = list(unit_kinds)
    return read_criteria_csv(content, name=name, unit_kind=kinds[0] if len(kinds) == 1 else "")


def read_criteria_path(path: Path, *, unit_kinds: Collection[str] = ()) -> Reading:
    """Read a file, or every ``criteria_*.csv`` of a folder as one reading."""
    if path.is_dir():
        files = sorted(path.glob("criteria_*.csv"))
        if not files:
            return refused(path.name, "empty", "Thư mục không có tệp criteria_*.csv nào.")
        readings = [read_criteria_path(file) for file in files]
        return Reading(
            path.name,
            tuple(s for r in readings for s in r.sets if not unit_kinds or s.unit_kind in unit_kinds),
            tuple(p for r in readings for p in r.file_problems),
        )
    if not path.is_file():
        return refused(path.name, "missing_file", f"Không có tệp {path.name}; kiểm tra lại đường dẫn.")
    if path.stat().st_size > MOST_BYTES:
        return refused(path.name, "too_big", f"Tệp lớn quá {MOST_BYTES // 1024 // 1024} MB.")
    return read_criteria(path.read_bytes(), name=path.name, unit_kinds=unit_kinds)
