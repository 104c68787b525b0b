"""A department's workbook: one sheet per kind of unit for people, the hidden sheet "rules" for programs."""

import io
import re
import warnings
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from assessments.enums import Level, Part, Scoring
from assessments.imports import cells
from assessments.imports.archive import fault_of_archive
from assessments.imports.layout import SheetReader, is_formula
from assessments.imports.reading import (
    KIND_WORDS,
    MOST_FILE_ROWS,
    Reading,
    ReadSet,
    is_notice,
    notice_in,
    read_set,
    refused,
    rows_in_words,
)
from assessments.rules.criteria import CODE, CriterionDraft, level_of, parent_code_of
from assessments.rules.problems import Place, Problem
from assessments.rules.words import points_in_words
from assessments.vietnamese import fold

RULES_SHEET = "rules"
RULE_COLUMNS = ("sheet", "code", "level", "scoring", "rule_type", "rule", "applicable_na", "evidence_required")

_HEADINGS: dict[str, Callable[[str], bool]] = {
    "code": lambda t: t in {"stt", "tt", "so tt", "so thu tu", "ma"},
    "max_points": lambda t: t.startswith(("diem toi da", "diem chuan", "thang diem")),
    "evidence_hint": lambda t: "minh chung" in t or "kiem chung" in t,
    "appraising_body": lambda t: "tham dinh" in t,
    "guidance": lambda t: t.startswith(("cach tinh", "cach cham", "huong dan")),
    "note": lambda t: t.startswith("ghi chu"),
    "name": lambda t: "tieu chi" in t or "noi dung" in t,
}
_HEADING_WORDS = {
    "code": "STT",
    "name": "Lĩnh vực/Tiêu chí/Tiêu chí thành phần",
    "max_points": "Điểm tối đa",
    "guidance": "Cách tính điểm",
    "evidence_hint": "Tài liệu kiểm chứng",
    "appraising_body": "Cơ quan thẩm định",
}
_GRAND_TOTAL = re.compile(r"tong( cong| diem| so diem)?( \(.*\))?")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class _RuleRow:
    values: dict[str, Any]
    places: dict[str, Place]


def read_workbook(content: bytes, *, name: str, unit_kinds: Collection[str] = ()) -> Reading:
    """Read the criteria sets of a workbook: all that it has, or those of ``unit_kinds``."""
    fault = fault_of_archive(content)
    if fault:
        return refused(name, fault.kind, fault.sentence)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library warns of decoration that it drops
            book = load_workbook(io.BytesIO(content), keep_links=False)
    except Exception:  # a damaged workbook fails inside the library in many ways; none of them may pass
        return refused(name, "broken_workbook", "Sổ tính bị hỏng, không đọc được; mở bằng Excel, lưu lại rồi nhập.")
    return _read_sheets(book, name, unit_kinds)


def _read_sheets(book: Workbook, name: str, unit_kinds: Collection[str]) -> Reading:
    sheets = {fold(s.title): s for s in book.worksheets}
    problems: list[Problem] = []
    rules_sheet = sheets.get(RULES_SHEET)
    if rules_sheet is None:
        sentence = "Thiếu trang «rules» (trang ẩn chứa quy tắc tính điểm); dùng đúng mẫu sổ tính."
        return refused(name, "missing_sheet", sentence, Place(RULES_SHEET))
    for sheet in [rules_sheet, *(sheets[fold(w)] for w in KIND_WORDS.values() if fold(w) in sheets)]:
        if sheet.max_row > MOST_FILE_ROWS:
            sentence = f"Trang có {sheet.max_row} dòng, nhiều nhất {MOST_FILE_ROWS}; xóa các dòng thừa ở cuối."
            return refused(name, "too_many_rows", sentence, Place(sheet.title, sheet.max_row))
    rules, used_kinds = _read_rules(rules_sheet, problems)
    if not used_kinds and problems:
        return Reading(name, file_problems=tuple(problems))
    wanted = [kind for kind in KIND_WORDS if kind in unit_kinds] if unit_kinds else None
    read: list[ReadSet] = []
    for kind, word in KIND_WORDS.items():
        sheet = sheets.get(fold(word))
        if wanted is not None and kind not in wanted:
            continue
        if sheet is None:
            if wanted is not None or kind in used_kinds:
                problems.append(Problem("missing_sheet", f"Thiếu trang «{word}»; thêm trang này.", Place(word)))
            continue
        read.append(_read_sheet(sheet, kind, {c: r for (k, c), r in rules.items() if k == kind}))
    if not read and not problems:
        problems.append(Problem("missing_sheet", "Sổ tính không có trang Sở, Huyện hoặc Xã nào.", Place(name)))
    return Reading(name, tuple(read), tuple(problems))


def _read_rules(sheet: Worksheet, problems: list[Problem]) -> tuple[dict[tuple[str, str], _RuleRow], set[str]]:
    reader = SheetReader(sheet)
    names = (*RULE_COLUMNS, "survey_groups")
    header = reader.find_header({n: n.__eq__ for n in names}, first="sheet")
    missing = [n for n in names if n not in reader.columns]
    if missing:
        sentence = f"Trang «rules» thiếu cột {', '.join(missing)}; dòng tiêu đề cần: {', '.join(names)}."
        problems.append(Problem("missing_column", sentence, Place(reader.title, header or 1, "", missing[0])))
        return {}, set()
    kinds = {fold(word): kind for kind, word in KIND_WORDS.items()}
    rules: dict[tuple[str, str], _RuleRow] = {}
    used_kinds: set[str] = set()
    for row in range(header + 1, reader.rows + 1):
        if reader.is_blank(row):
            continue
        kind = kinds.get(fold(cells.read_text(reader.value(row, "sheet"))))
        if kind is None:
            sentence = f"Cột sheet phải là một trong: {', '.join(KIND_WORDS.values())}."
            problems.append(Problem("unknown_sheet", sentence, reader.place(row, "sheet")))
            continue
        used_kinds.add(kind)
        try:
            code = cells.read_code(reader.value(row, "code"), reader.number_format(row, "code"))
        except cells.UnreadableError as fault:
            problems.append(Problem(fault.kind, str(fault), reader.place(row, "code")))
            continue
        if (kind, code) in rules:
            sentence = f"Quy tắc của mã {code} (trang {KIND_WORDS[kind]}) ghi hai lần; xóa một dòng."
            problems.append(Problem("duplicate_rule", sentence, reader.place(row, "code"), code))
            continue
        problems += [p for n in names if (p := reader.fault_of_cell(row, n))]
        rules[kind, code] = _RuleRow({n: reader.value(row, n) for n in names}, reader.places(row))
    return rules, used_kinds


def _read_sheet(sheet: Worksheet, kind: str, rules: dict[str, _RuleRow]) -> ReadSet:
    reader = SheetReader(sheet, spread=("max_points", "guidance", "evidence_hint", "appraising_body", "note"))
    header = reader.find_header(_HEADINGS, first="code")
    if not header:
        sentence = "Không tìm thấy dòng tiêu đề có ô STT; thêm dòng tiêu đề của bảng."
        return ReadSet(kind, reader.title, (), (Problem("missing_header", sentence, Place(reader.title, 1)),))
    missing = [
        Problem("missing_column", f"Thiếu cột «{words}»; thêm cột này.", Place(reader.title, header, "", words))
        for name, words in _HEADING_WORDS.items()
        if name not in reader.columns
    ]
    if missing:
        return ReadSet(kind, reader.title, (), tuple(missing))
    title, notice = _heading_texts(reader, header)
    rows = _SheetRows(reader, rules)
    drafts, problems = rows.read(header + 1)
    for code in [c for c in rules if c not in {d.code for d in drafts}]:
        sentence = f"Trang «rules» có mã {code} nhưng trang «{reader.title}» không có; thêm dòng hoặc xóa quy tắc."
        problems.append(Problem("rule_without_row", sentence, rules[code].places["code"], code))
    return read_set(
        unit_kind=kind,
        sheet=reader.title,
        drafts=drafts,
        problems=problems,
        title=title,
        notice=notice,
        notes=rows.notes(),
    )


def _heading_texts(reader: SheetReader, header: int) -> tuple[str, str]:
    above: list[str] = []
    below: list[str] = []
    for row, values in enumerate(reader.sheet.iter_rows(max_col=10, values_only=True), start=1):
        texts = [cells.read_text(v) for v in values if isinstance(v, str) and not is_formula(v)]
        (above if row < header else below).extend(t for t in texts if t)
    title = next((t for t in above if "tieu chi" in fold(t) and not is_notice(t)), "")
    notice = next((n for t in above + below if (n := notice_in(t))), "")
    return _sentence_case(title, _abbreviations([*above, *below])), notice


class _SheetRows:
    """Walks the rows below the headings and turns each item into a draft."""

    def __init__(self, reader: SheetReader, rules: dict[str, _RuleRow]) -> None:
        self.reader = reader
        self.rules = rules
        self.drafts: list[CriterionDraft] = []
        self.problems: list[Problem] = []
        self.totals: list[tuple[int, Any]] = []
        self.passed: dict[str, list[int]] = defaultdict(list)  # why a row is no item: the rows

    def notes(self) -> tuple[str, ...]:
        """Say which rows are no items of their own, and why."""
        return tuple(f"{why}: {len(rows)} dòng ({rows_in_words(rows)})." for why, rows in self.passed.items())

    def read(self, first_row: int) -> tuple[list[CriterionDraft], list[Problem]]:
        """Read every row from ``first_row`` on."""
        reader = self.reader
        rows = range(first_row, reader.rows + 1)
        texts = [cells.read_text(reader.value(r, n)) for r in rows for n in ("name", "guidance", "evidence_hint")]
        self.abbreviations = _abbreviations(texts)
        last, blank = first_row, []
        for row in rows:
            if not reader.is_blank(row):
                self._read_row(row)
                last = row
            else:
                blank.append(row)
        if between := [row for row in blank if row < last]:
            self.passed["Bỏ qua dòng trống"] = between
        for row, value in self.totals:
            self._check_grand_total(row, value)
        return self.drafts, self.problems

    def _read_row(self, row: int) -> None:
        reader = self.reader
        code_text = cells.read_text(reader.value(row, "code"))
        name = cells.read_text(reader.value(row, "name"))
        if cells.is_total(name or code_text) and not (code_text and name and _is_code(code_text)):
            if _GRAND_TOTAL.fullmatch(fold(name or code_text)):
                self.totals.append((row, reader.value(row, "max_points")))
            self.passed["Bỏ qua dòng cộng"].append(row)
            return
        if code_text:
            self._read_item(row)
        elif cells.read_text(reader.sheet.cell(row, reader.columns["max_points"].number).value):
            sentence = "Dòng có điểm nhưng thiếu số thứ tự; ghi mã như 1.2.3 vào ô này."
            self.problems.append(Problem("missing_code", sentence, reader.place(row, "code")))
        elif not name:
            self.passed["Nối vào nội dung phía trên"].append(row)
            self._continue_item(row)
        else:
            self.passed["Bỏ qua dòng không có số thứ tự và điểm"].append(row)

    def _continue_item(self, row: int) -> None:
        """Join text that runs on in a row of its own to the item above, as a person reads it."""
        if not self.drafts:
            return
        last = self.drafts[-1]
        added = {}
        for column in ("guidance", "evidence_hint"):
            text = cells.read_lines(self.reader.sheet.cell(row, self.reader.columns[column].number).value)
            if text and not is_formula(text):
                added[column] = "\n".join(t for t in (getattr(last, column), text) if t)
        self.drafts[-1] = CriterionDraft(**{**_fields(last), **added})

    def _read_item(self, row: int) -> None:
        reader = self.reader
        faults = {n: p for n in reader.columns if (p := reader.fault_of_cell(row, n))}
        self.problems += faults.values()

        def attempt(read: Callable[[Any], Any], value: Any, place: Place, empty: Any) -> Any:
            try:
                return read(value)
            except cells.UnreadableError as fault:
                self.problems.append(Problem(fault.kind, str(fault), place, code))
                return empty

        def value_of(column: str) -> Any:
            return None if column in faults else reader.value(row, column)

        code = ""
        style = reader.number_format(row, "code")
        code = attempt(lambda v: cells.read_code(v, style), value_of("code"), reader.place(row, "code"), "")
        if not code:
            return
        rule_row = self.rules.get(code)
        if rule_row is None and CODE.fullmatch(code):
            sentence = f"Trang «rules» không có quy tắc cho mã {code[:40]}; thêm dòng ở trang «rules» hoặc sửa mã."
            self.problems.append(Problem("row_without_rule", sentence, reader.place(row, "code"), code))
        rule_row = rule_row or _RuleRow({}, {})
        rule = rule_row.values
        places = {**rule_row.places, **reader.places(row)}
        name = cells.read_text(value_of("name"))
        draft = CriterionDraft(
            code=code,
            parent_code=parent_code_of(code),
            level=fold(cells.read_text(rule.get("level"))) if rule else _level_word(code),
            name=_sentence_case(name, self.abbreviations),
            max_points=attempt(cells.read_points, value_of("max_points"), places["max_points"], None),
            scoring=fold(cells.read_text(rule.get("scoring"))) if rule else Scoring.SELF.value,
            rule_type=fold(cells.read_text(rule.get("rule_type"))) if rule else "manual",
            rule=attempt(cells.read_rule, rule.get("rule"), places.get("rule", places["code"]), None),
            applicable_na=cells.read_flag(rule.get("applicable_na")) if rule else False,
            evidence_required=cells.read_flag(rule.get("evidence_required")) if rule else False,
            evidence_hint=cells.read_lines(value_of("evidence_hint")),
            appraising_body=cells.read_text(value_of("appraising_body")),
            survey_groups=cells.read_groups(rule.get("survey_groups")),
            guidance=cells.read_lines(value_of("guidance")),
            places=places,
        )
        self.drafts.append(draft)
        self._check_note(draft, fold(cells.read_text(value_of("note"))))

    def _check_note(self, draft: CriterionDraft, note: str) -> None:
        """Name a note for people that the sheet for programs contradicts."""
        contradictions = [
            ("xhh" in note and draft.scoring != Scoring.SURVEY, "XHH", "scoring là survey"),
            ("khong ap dung" in note and draft.applicable_na is False, "Không áp dụng", "applicable_na là true"),
            (
                "tham dinh nhap" in note and draft.scoring != Scoring.ENTERED,
                "Cơ quan thẩm định nhập",
                "scoring là entered",
            ),
        ]
        for is_wrong, words, wanted in contradictions:
            if is_wrong:
                sentence = f"Ghi chú «{words}» cần {wanted} ở trang «rules» cho mã {draft.code}; sửa cho khớp."
                self.problems.append(Problem("note_contradicts_rule", sentence, draft.places["note"], draft.code))

    def _check_grand_total(self, row: int, value: Any) -> None:
        if is_formula(value):
            return  # a total that adds itself up says nothing of its own
        place = self.reader.place(row, "max_points")
        try:
            written = cells.read_points(value)
        except cells.UnreadableError as fault:
            self.problems.append(Problem(fault.kind, str(fault), place))
            return
        areas = [d.max_points for d in self.drafts if level_of(d.code) == Level.AREA and d.part == Part.BASE]
        if written is not None and None not in areas and written != sum(p for p in areas if p is not None):
            total = points_in_words(sum((p for p in areas if p is not None), Decimal(0)))
            sentence = f"Dòng tổng ghi {points_in_words(written)}, các lĩnh vực cộng lại được {total}; sửa cho khớp."
            self.problems.append(Problem("total_row", sentence, place))


def _fields(draft: CriterionDraft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in CriterionDraft.__dataclass_fields__}


def _is_code(text: str) -> bool:
    return CODE.fullmatch(cells.read_code(text)) is not None


def _level_word(code: str) -> str:
    return level_of(code).value


def _abbreviations(texts: Collection[str]) -> set[str]:
    """Return the words that texts in ordinary case write in capitals (CCHC, TTHC)."""
    ordinary = [t for t in texts if t != t.upper()]
    return {w for t in ordinary for w in _WORD.findall(t) if len(w) > 1 and w == w.upper()}


def _sentence_case(text: str, abbreviations: set[str]) -> str:
    """Return a heading written wholly in capitals as ordinary text, its abbreviations kept."""
    if text != text.upper() or text == text.lower():
        return text
    lowered = _WORD.sub(lambda m: m.group() if m.group() in abbreviations else m.group().lower(), text)
    return lowered[:1].upper() + lowered[1:]
