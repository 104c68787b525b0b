"""Days off and days worked from a CSV file: date, name, kind (off or working), and the document where it has one."""

from dataclasses import dataclass
from datetime import date, datetime

from assessments.imports.csv_file import TableRow, read_table
from assessments.rules.calendar import DayRow
from assessments.rules.problems import Place, Problem
from assessments.vietnamese import fold, normalise

COLUMNS = ("date", "name", "kind")
MOST_ROWS = 400
KINDS = {"off": False, "working": True, "nghi": False, "lam viec": True}
FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True)
class CalendarReading:
    """The days of a file and what is wrong with it; it can be imported when there is no problem."""

    rows: tuple[DayRow, ...]
    problems: tuple[Problem, ...]


def read_days(content: bytes, *, name: str, document: str) -> CalendarReading:
    """Read the days of a file; ``document`` is what a row without a document of its own goes by."""
    table = read_table(content, name=name, columns=COLUMNS, optional=("document",))
    problems = list(table.problems)
    if not table.rows and not problems:
        problems.append(Problem("empty", "Tệp không có dòng nào.", Place(name)))
    if len(table.rows) > MOST_ROWS:
        problems.append(Problem("too_many_rows", f"Tệp có quá {MOST_ROWS} dòng; chia thành nhiều tệp.", Place(name)))
        return CalendarReading((), tuple(problems))
    rows: list[DayRow] = []
    seen: dict[date, int | None] = {}
    for each in table.rows:
        row = _row(each, document, problems)
        if row is None:
            continue
        place = each.places["date"]
        if row.date in seen:
            sentence = f"Ngày {row.date:%d/%m/%Y} đã có ở dòng {seen[row.date]}; giữ lại một dòng."
            problems.append(Problem("repeated_day", sentence, place))
            continue
        seen[row.date] = place.row
        rows.append(row)
    return CalendarReading(tuple(rows), tuple(problems))


def _row(row: TableRow, document: str, problems: list[Problem]) -> DayRow | None:
    day = _day(row.values["date"])
    if day is None:
        sentence = f"“{row.values['date'].strip()[:30]}” không phải ngày; viết như 2024-02-08 hoặc 08/02/2024."
        problems.append(Problem("not_a_day", sentence, row.places["date"]))
    is_working = KINDS.get(fold(row.values["kind"]))
    if is_working is None:
        sentence = (
            f"“{row.values['kind'].strip()[:30]}” không có trong danh mục; viết off (nghỉ) hoặc working (làm việc)."
        )
        problems.append(Problem("unknown_kind", sentence, row.places["kind"]))
    name = normalise(row.values["name"])
    if not name:
        problems.append(Problem("missing_name", "Ghi lý do của ngày này.", row.places["name"]))
    if len(name) > 120:
        problems.append(Problem("too_long", "Lý do dài quá 120 ký tự.", row.places["name"]))
    if day is None or is_working is None or not name:
        return None
    return DayRow(date=day, name=name, is_working=is_working, document=normalise(row.values["document"]) or document)


def _day(text: str) -> date | None:
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            day = datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
        return day if FIRST_YEAR <= day.year <= LAST_YEAR else None
    return None
