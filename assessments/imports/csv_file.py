"""Criteria sets and other tables kept as CSV."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from openpyxl.utils import get_column_letter

from assessments.imports import cells
from assessments.imports.reading import MOST_FILE_ROWS, Reading, notice_in, read_set, refused
from assessments.rules.criteria import CriterionDraft
from assessments.rules.problems import MOST_BYTES, Place, Problem
from assessments.vietnamese import fold

COLUMNS = (
    "code",
    "parent_code",
    "level",
    "name",
    "max_points",
    "scoring",
    "rule_type",
    "rule",
    "applicable_na",
    "evidence_required",
    "evidence_hint",
    "appraising_body",
    "survey_groups",
    "guidance",
)

MOST_COLUMNS = 100
MOST_CELL = 20_000
"""Longest cell, in characters."""

_KIND_IN_NAME = re.compile(r"(?:^|[^a-z])(so|huyen|xa)(?:[^a-z]|$)")


@dataclass(frozen=True)
class TableRow:
    """One row of a table: texts by column name and the place of each."""

    values: dict[str, str]
    places: dict[str, Place]


@dataclass(frozen=True)
class Table:
    """A CSV table with the columns that were asked for."""

    rows: tuple[TableRow, ...]
    problems: tuple[Problem, ...]


def kind_in_name(name: str) -> str:
    """Return the kind of unit that a file name tells ("criteria_so_2023.csv" → "so"), or nothing."""
    found = _KIND_IN_NAME.search(fold(name))
    return found.group(1) if found else ""


def read_criteria_csv(content: bytes, *, name: str, unit_kind: str = "") -> Reading:
    """Read one criteria set from CSV; its kind is given or told by the file name."""
    kind = unit_kind or kind_in_name(name)
    if not kind:
        return refused(
            name, "unknown_kind", "Không biết bộ tiêu chí dành cho loại đơn vị nào; chọn sở, huyện hoặc xã khi nhập."
        )
    table = read_table(content, name=name, columns=COLUMNS)
    if not table.rows:
        return Reading(name, file_problems=table.problems or (Problem("empty", "Tệp không có dòng nào.", Place(name)),))
    problems = list(table.problems)
    items = [r for r in table.rows if r.values["code"].strip() or not cells.is_total(r.values["name"])]
    drafts = [_draft(row, problems) for row in items]
    notice = next((n for d in drafts if (n := notice_in(d.guidance))), "")
    return Reading(name, (read_set(unit_kind=kind, sheet=name, drafts=drafts, problems=problems, notice=notice),))


def _draft(row: TableRow, problems: list[Problem]) -> CriterionDraft:
    values = row.values
    code = cells.read_code(values["code"])

    def attempt(reader, column):
        try:
            return reader(values[column])
        except cells.UnreadableError as fault:
            problems.append(Problem(fault.kind, str(fault), row.places[column], code))
            return None

    return CriterionDraft(
        code=code,
        parent_code=cells.read_code(values["parent_code"]),
        level=fold(values["level"]),
        name=cells.read_text(values["name"]),
        max_points=attempt(cells.read_points, "max_points"),
        scoring=fold(values["scoring"]),
        rule_type=fold(values["rule_type"]),
        rule=attempt(cells.read_rule, "rule"),
        applicable_na=cells.read_flag(values["applicable_na"]),
        evidence_required=cells.read_flag(values["evidence_required"]),
        evidence_hint=cells.read_lines(values["evidence_hint"]),
        appraising_body=cells.read_text(values["appraising_body"]),
        survey_groups=cells.read_groups(values["survey_groups"]),
        guidance=cells.read_lines(values["guidance"]),
        places=row.places,
    )


class _StopError(Exception):
    """The table cannot be read any further."""

    def __init__(self, kind: str, sentence: str, place: Place) -> None:
        super().__init__(sentence)
        self.problem = Problem(kind, sentence, place)


def read_table(content: bytes, *, name: str, columns: Sequence[str], optional: Sequence[str] = ()) -> Table:
    """Read a CSV table by its headings, in any order and with any of the usual separators."""
    try:
        return _read_rows(_text_of(content, name), name, columns, optional)
    except _StopError as fault:
        return Table((), (fault.problem,))


def _text_of(content: bytes, name: str) -> str:
    if len(content) > MOST_BYTES:
        raise _StopError("too_big", f"Tệp lớn quá {MOST_BYTES // 1024 // 1024} MB.", Place(name))
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as fault:
        sentence = "Tệp không phải CSV viết bằng UTF-8; lưu lại bằng «CSV UTF-8 (Comma delimited)»."
        raise _StopError("not_utf8", sentence, Place(name)) from fault
    if not text.strip():
        raise _StopError("empty", "Tệp trống; chọn tệp khác.", Place(name))
    if "\x00" in text:
        raise _StopError("not_csv", "Tệp không phải CSV; chọn tệp khác.", Place(name))
    return text


def _read_rows(text: str, name: str, columns: Sequence[str], optional: Sequence[str]) -> Table:
    header_line = text.lstrip().splitlines()[0]
    separator = max(",;\t", key=header_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[TableRow] = []
    problems: list[Problem] = []
    headings: list[str] = []
    line = 1
    try:
        for record in reader:
            start, line = line, reader.line_num + 1
            if not any(cell.strip() for cell in record):
                continue
            _check_size(record, Place(name, start))
            if not headings:
                headings = _headings(record, name, start, columns)
                continue
            if len(rows) >= MOST_FILE_ROWS:
                sentence = f"Tệp có quá {MOST_FILE_ROWS} dòng; bớt dòng thừa."
                raise _StopError("too_many_rows", sentence, Place(name, start))
            rows.append(_table_row(record, headings, Place(name, start), problems, (*columns, *optional)))
    except csv.Error as fault:
        sentence = "Dòng này không đọc được theo CSV; kiểm tra dấu ngoặc kép."
        raise _StopError("not_csv", sentence, Place(name, line)) from fault
    return Table(tuple(rows), tuple(problems))


def _check_size(record: list[str], place: Place) -> None:
    if len(record) > MOST_COLUMNS:
        sentence = f"Dòng có {len(record)} ô, nhiều nhất {MOST_COLUMNS}; kiểm tra dấu phân cách, xóa các cột thừa."
        raise _StopError("too_many_columns", sentence, place)
    for number, cell in enumerate(record, start=1):
        if len(cell) > MOST_CELL:
            sentence = f"Ô dài {len(cell)} ký tự, nhiều nhất {MOST_CELL}; kiểm tra dấu ngoặc kép, rút ngắn nội dung."
            raise _StopError("cell_too_long", sentence, replace(place, column=get_column_letter(number)))


def _headings(record: list[str], name: str, line: int, columns: Sequence[str]) -> list[str]:
    headings = [fold(cell).replace(" ", "_") for cell in record]
    missing = [c for c in columns if c not in headings]
    if missing:
        sentence = f"Thiếu cột {', '.join(missing)}; dòng tiêu đề cần: {', '.join(columns)}."
        raise _StopError("missing_column", sentence, Place(name, line, "", missing[0]))
    twice = [c for c in headings if c and headings.count(c) > 1]
    if twice:
        letter = get_column_letter(len(headings) - headings[::-1].index(twice[0]))
        sentence = f"Cột {twice[0]} có hai lần; giữ lại một."
        raise _StopError("repeated_column", sentence, Place(name, line, letter, twice[0]))
    return headings


def _table_row(
    record: list[str], headings: list[str], place: Place, problems: list[Problem], columns: Sequence[str]
) -> TableRow:
    if len(record) != len(headings):
        letter = get_column_letter(min(len(record), len(headings)) + 1)
        sentence = (
            f"Dòng có {len(record)} ô, tiêu đề có {len(headings)}; "
            "kiểm tra dấu ngoặc kép quanh ô có dấu phân cách hoặc xuống dòng."
        )
        problems.append(Problem("wrong_cell_count", sentence, replace(place, column=letter)))
    values = dict(zip(headings, [*record, *[""] * len(headings)], strict=False))
    places = {h: replace(place, column=get_column_letter(i), heading=h) for i, h in enumerate(headings, start=1)}
    for column in columns:
        if values.get(column, "").lstrip().startswith("="):
            sentence = "Ô này là công thức; thay bằng giá trị (Copy, Paste Special, Values)."
            problems.append(Problem("formula", sentence, places[column]))
    return TableRow({c: values.get(c, "") for c in columns}, places)
