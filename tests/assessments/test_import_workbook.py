"""The workbook: read as a person reads it; each planted fault named by sheet, row and column, nothing saved."""

import io
import json
import unicodedata
from datetime import date

import openpyxl
import pytest
from django.core.management import call_command
from openpyxl.worksheet.formula import ArrayFormula

from assessments.imports.csv_file import read_criteria_csv
from assessments.imports.workbook import read_workbook
from assessments.models import CriteriaItem, CriteriaSet
from tests.assessments.season import CRITERIA_CSV, WORKBOOK, small_workbook

pytestmark = pytest.mark.slow


def saved(book):
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def spoil(change):
    book = openpyxl.load_workbook(io.BytesIO(small_workbook()))
    change(book)
    return saved(book)


def put(sheet, cell, value):
    def change(book):
        book[sheet][cell] = value

    return change


def rule_row(book, sheet, code):
    return next(
        r for r in range(2, 500) if (book["rules"].cell(r, 1).value, book["rules"].cell(r, 2).value) == (sheet, code)
    )


def put_rule(code, letter, value):
    def change(book):
        book["rules"][f"{letter}{rule_row(book, 'Sở', code)}"].value = value

    return change


def from_csv(kind):
    reading = read_criteria_csv(CRITERIA_CSV[kind].read_bytes(), name=CRITERIA_CSV[kind].name)
    return reading.sets[0]


@pytest.fixture(scope="module")
def clean():
    return read_workbook(WORKBOOK.read_bytes(), name="criteria_2023.xlsx")


@pytest.mark.parametrize(("index", "kind", "rows"), [(0, "so", 133), (1, "huyen", 154), (2, "xa", 119)])
def test_workbook_and_csv_give_the_same_rows(clean, index, kind, rows):
    assert clean.problems == ()
    assert len(clean.sets[index].drafts) == rows
    assert clean.sets[index].unit_kind == kind
    assert clean.sets[index].drafts == from_csv(kind).drafts
    assert clean.sets[index].is_illustrative
    assert clean.sets[index].notice == "Bộ tiêu chí mẫu – minh họa, không phải văn bản QĐ 3396/QĐ-UBND"


def test_guidance_is_the_wording_of_the_source(clean):
    draft = next(d for d in clean.sets[0].drafts if d.code == "1.1.3")

    assert draft.guidance == (
        "a = Số nhiệm vụ đã hoàn thành; b = Tổng số nhiệm vụ trong kế hoạch.\n"
        "Tính theo công thức: (a/b) × 1,50. Dưới 80% thì điểm đánh giá là 0"
    )


# ------------------------------------------------------------------------------------------------ what people write


def _merge_bodies(book):
    for row in range(12, 14):
        book["Sở"][f"F{row}"] = None
    book["Sở"].merge_cells("F11:F13")


def _nfd(book):
    for row in book["Sở"].iter_rows(min_row=1):
        for cell in row:
            if isinstance(cell.value, str):
                cell.value = unicodedata.normalize("NFD", cell.value)


def _spaces(book):
    for row in range(9, 136):
        for column in "ABEF":
            cell = book["Sở"][f"{column}{row}"]
            if isinstance(cell.value, str):
                cell.value = f" \u00a0{cell.value}\u00a0 "


def _blank_and_subtotal_rows(book):
    sheet = book["Sở"]
    sheet.insert_rows(136, 3)
    sheet["B137"] = "Cộng lĩnh vực VIII"
    sheet["C137"] = 20
    sheet["A138"] = "Tổng cộng"
    sheet["C138"] = "=SUM(C9:C11)"


def _moved_columns(book):
    sheet = book["Sở"]
    for merged in [str(m) for m in sheet.merged_cells.ranges]:
        sheet.unmerge_cells(merged)
    sheet.insert_cols(1, 2)
    sheet.insert_rows(1, 4)


def _one_row_of_headings(book):
    sheet = book["Sở"]
    for merged in [str(m) for m in sheet.merged_cells.ranges]:
        sheet.unmerge_cells(merged)
    sheet["D7"], sheet["E7"] = sheet["D8"].value, sheet["E8"].value
    sheet.delete_rows(8)


def _text_runs_on(book):
    sheet = book["Sở"]
    sheet.insert_rows(12)
    for merged in list(sheet.merged_cells.ranges):
        if merged.min_row >= 12:
            merged.shift(row_shift=1)
    sheet["E11"], sheet["E12"] = "Quyết định, kế hoạch", "CCHC năm của cơ quan"


READABLE = {
    "decimal comma": put("Sở", "C11", "0,50"),
    "unit after the number": put("Sở", "C11", "0,50 điểm"),
    "letter after the number": put("Sở", "C11", "0.5đ"),
    "unit in NFD": put("Sở", "C11", unicodedata.normalize("NFD", "0,5 điểm")),
    "dot": put("Sở", "C11", "0.50"),
    "spaces": put("Sở", "C11", " \u00a00,5 "),
    "float noise": put("Sở", "C11", 0.1 + 0.4 + 1e-12),
    "long minus": put("Sở", "C141", "−1,00"),
    "merged bodies": _merge_bodies,
    "NFD": _nfd,
    "trailing spaces": _spaces,
    "blank and subtotal rows": _blank_and_subtotal_rows,
    "moved columns": _moved_columns,
    "one row of headings": _one_row_of_headings,
    "Arabic area number": put("Sở", "A9", 1),
    "small Roman number": put("Sở", "A9", "i."),
    "code as a number": put("Sở", "A10", 1.1),
    "code with a comma": put("Sở", "A10", "1,1"),
    "code with a dot at its end": put("Sở", "A11", "1.1.1."),
    "sheet name in other case": lambda book: setattr(book["Sở"], "title", " sở"),
    "stray sheet": lambda book: book.create_sheet("Nháp"),
    "formula in the total": put("Sở", "C136", "=SUM(C9:C20)"),
    "flag as a boolean": put_rule("1.1.1", "G", False),
}


@pytest.mark.parametrize("change", READABLE.values(), ids=READABLE.keys())
def test_workbook_is_read_as_a_person_reads_it(change):
    reading = read_workbook(spoil(change), name="w.xlsx", unit_kinds=["so"])

    assert [str(p) for p in reading.problems] == []
    assert reading.sets[0].drafts == from_csv("so").drafts


def test_text_that_runs_on_in_the_next_row_belongs_to_the_item_above():
    reading = read_workbook(spoil(_text_runs_on), name="w.xlsx", unit_kinds=["so"])

    assert reading.problems == ()
    assert reading.sets[0].drafts[2].evidence_hint == "Quyết định, kế hoạch\nCCHC năm của cơ quan"


def test_what_is_passed_over_is_told_with_its_rows():
    reading = read_workbook(spoil(_blank_and_subtotal_rows), name="w.xlsx", unit_kinds=["so"])

    assert {
        "Bỏ qua dòng cộng: 3 dòng (dòng 137–139).",
        "Bỏ qua dòng trống: 2 dòng (dòng 136, 146).",
    } <= set(reading.sets[0].notes)


# ------------------------------------------------------------------------------------------------ planted faults


def _delete_sheet(name):
    return lambda book: book.remove(book[name])


def _delete_column(sheet, letter):
    def change(book):
        for merged in [str(m) for m in book[sheet].merged_cells.ranges]:
            book[sheet].unmerge_cells(merged)
        book[sheet].delete_cols(openpyxl.utils.column_index_from_string(letter))

    return change


def _delete_headings(book):
    for merged in [str(m) for m in book["Sở"].merged_cells.ranges]:
        book["Sở"].unmerge_cells(merged)
    book["Sở"].delete_rows(7, 2)


def _rule(code):
    return lambda book: rule_row(book, "Sở", code)


def _drop_rule(book):
    book["rules"].delete_rows(rule_row(book, "Sở", "1.1.1"))


def _repeat_rule(book):
    row = [c.value for c in book["rules"][rule_row(book, "Sở", "1.1.1")]]
    book["rules"].append(row)


CHOICE_OVER = '{"options":[{"key":"a","label":"Có","points":"0.60"},{"key":"b","label":"Không","points":"0.00"}]}'
FAULTS = {
    "child sum": (put("Sở", "C10", 2.75), "child_sum", "Sở", 10, "C"),
    "area sum": (put("Sở", "C9", "13,50"), "child_sum", "Sở", 9, "C"),
    "total row": (put("Sở", "C136", 99), "total_row", "Sở", 136, "C"),
    "unreadable total": (put("Sở", "C136", "một trăm"), "unreadable_number", "Sở", 136, "C"),
    "duplicate code": (put("Sở", "A12", "1.1.1"), "duplicate_code", "Sở", 12, "A"),
    "unknown parent": (put("Sở", "A10", "1.9"), "unknown_parent", "Sở", 11, "A"),
    "letters in a code": (put("Sở", "A11", "1.1.x"), "bad_code", "Sở", 11, "A"),
    "code turned into a date": (put("Sở", "A11", date(2001, 1, 1)), "date_in_code", "Sở", 11, "A"),
    "missing code": (put("Sở", "A11", None), "missing_code", "Sở", 11, "A"),
    "letters for points": (put("Sở", "C11", "không phẩy năm"), "unreadable_number", "Sở", 11, "C"),
    "letter O for zero": (put("Sở", "C11", "O,50"), "unreadable_number", "Sở", 11, "C"),
    "two numbers": (put("Sở", "C11", "0,25-0,50"), "unreadable_number", "Sở", 11, "C"),
    "points turned into a date": (put("Sở", "C11", date(2023, 5, 1)), "date_in_number", "Sở", 11, "C"),
    "truth for points": (put("Sở", "C11", True), "unreadable_number", "Sở", 11, "C"),
    "three decimals": (put("Sở", "C11", "0,505"), "too_many_decimals", "Sở", 11, "C"),
    "points missing": (put("Sở", "C11", None), "missing_points", "Sở", 11, "C"),
    "zero points": (put("Sở", "C11", 0), "bad_points", "Sở", 11, "C"),
    "huge points": (put("Sở", "C11", "5000"), "bad_points", "Sở", 11, "C"),
    "formula for points": (put("Sở", "C11", "=0.25+0.25"), "formula", "Sở", 11, "C"),
    "array formula": (put("Sở", "C11", ArrayFormula("C11", "=SUM(C12:C13)")), "formula", "Sở", 11, "C"),
    "formula for a name": (put("Sở", "B11", "=B10"), "formula", "Sở", 11, "B"),
    "spreadsheet error": (put("Sở", "C11", "#REF!"), "cell_error", "Sở", 11, "C"),
    "name missing": (put("Sở", "B11", "  "), "missing_name", "Sở", 11, "B"),
    "name too long": (put("Sở", "B11", "x" * 501), "too_long", "Sở", 11, "B"),
    "body missing": (put("Sở", "F11", None), "missing_appraising_body", "Sở", 11, "F"),
    "evidence missing": (put("Sở", "E11", None), "missing_evidence_hint", "Sở", 11, "E"),
    "guidance missing": (put("Sở", "D11", None), "missing_guidance", "Sở", 11, "D"),
    "guidance says another number": (
        put("Sở", "D13", "(a/b) × 1,50. Dưới 85% thì điểm đánh giá là 0"),
        "guidance_contradicts_rule",
        "Sở",
        13,
        "D",
    ),
    "note says survey": (put("Sở", "G11", "XHH"), "note_contradicts_rule", "Sở", 11, "G"),
    "note allows not applicable": (put("Sở", "G11", "Được chọn Không áp dụng"), "note_contradicts_rule", "Sở", 11, "G"),
    "penalty above zero": (put("Sở", "C141", "1,00"), "wrong_sign", "Sở", 141, "C"),
    "points below zero": (put("Sở", "C11", -0.5), "wrong_sign", "Sở", 11, "C"),
    "maximum other than the rule": (put("Sở", "C11", 0.6), "bad_rule", "rules", _rule("1.1.1"), "F"),
    "rule above the maximum": (put_rule("1.1.1", "F", CHOICE_OVER), "bad_rule", "rules", _rule("1.1.1"), "F"),
    "number in a rule with a comma": (
        put_rule("1.3.1", "F", '{"input":"K","yes":"0,25","no":"0.00"}'),
        "bad_rule",
        "rules",
        _rule("1.3.1"),
        "F",
    ),
    "rule key missing": (
        put_rule("1.3.1", "F", '{"input":"K","yes":"0.25"}'),
        "bad_rule",
        "rules",
        _rule("1.3.1"),
        "F",
    ),
    "rule key unknown": (put_rule("1.1", "F", '{"mode":"sum","x":"1"}'), "bad_rule", "rules", _rule("1.1"), "F"),
    "rule key twice": (
        put_rule("1.1", "F", '{"mode":"sum","mode":"sum"}'),
        "broken_json",
        "rules",
        _rule("1.1"),
        "F",
    ),
    "broken JSON": (put_rule("1.1.1", "F", '{"options":['), "broken_json", "rules", _rule("1.1.1"), "F"),
    "rule of another shape": (put_rule("1.1.1", "F", "[1]"), "bad_rule", "rules", _rule("1.1.1"), "F"),
    "rule missing": (put_rule("1.1.1", "F", None), "missing_rule", "rules", _rule("1.1.1"), "F"),
    "unknown rule type": (put_rule("1.1.1", "E", "magic"), "unknown_rule_type", "rules", _rule("1.1.1"), "E"),
    "sum without children": (
        put_rule("1.1.1", "E", "sum_of_children"),
        "sum_without_children",
        "rules",
        _rule("1.1.1"),
        "E",
    ),
    "unknown level": (put_rule("1.1.1", "C", "tầng"), "unknown_level", "rules", _rule("1.1.1"), "C"),
    "level other than the code": (put_rule("1.1.1", "C", "area"), "level_mismatch", "rules", _rule("1.1.1"), "C"),
    "unknown scoring": (put_rule("1.1.1", "D", "ai"), "unknown_scoring", "rules", _rule("1.1.1"), "D"),
    "survey without groups": (put_rule("1.6", "I", None), "survey_groups", "rules", _rule("1.6"), "I"),
    "groups without survey": (put_rule("1.1.1", "I", "A"), "survey_groups", "rules", _rule("1.1.1"), "I"),
    "survey with another rule": (put_rule("1.1.3", "D", "survey"), "bad_rule", "rules", _rule("1.1.3"), "F"),
    "bad flag": (put_rule("1.1.1", "G", "maybe"), "bad_flag", "rules", _rule("1.1.1"), "G"),
    "zero denominator": (put_rule("1.3.3", "G", "false"), "bad_rule", "rules", _rule("1.3.3"), "F"),
    "formula in the rules": (put_rule("1.1.1", "C", "=C3"), "formula", "rules", _rule("1.1.1"), "C"),
    "unknown sheet word": (put_rule("1.1.1", "A", "Tỉnh"), "unknown_sheet", "rules", 4, "A"),
    "row without a rule": (_drop_rule, "row_without_rule", "Sở", 11, "A"),
    "rule without a row": (put("Sở", "A142", None), "rule_without_row", "rules", _rule("PT.2"), "B"),
    "rule twice": (_repeat_rule, "duplicate_rule", "rules", lambda book: book["rules"].max_row, "B"),
    "sheet missing": (lambda book: setattr(book["Sở"], "title", "Bìa"), "missing_sheet", "Sở", None, ""),
    "rules sheet missing": (_delete_sheet("rules"), "missing_sheet", "rules", None, ""),
    "points column missing": (_delete_column("Sở", "C"), "missing_column", "Sở", 8, ""),
    "rule column missing": (_delete_column("rules", "F"), "missing_column", "rules", 1, ""),
    "headings missing": (_delete_headings, "missing_header", "Sở", 1, ""),
    "row far below": (put("Sở", "A9000", "9"), "too_many_rows", "Sở", 9000, ""),
}


@pytest.mark.django_db
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_planted_fault_is_named_with_its_place_and_nothing_is_saved(tmp_path, fault):
    change, kind, sheet, row, column = fault
    book = openpyxl.load_workbook(io.BytesIO(small_workbook()))
    change(book)
    file = tmp_path / "spoiled.xlsx"
    book.save(file)
    report = io.StringIO()

    with pytest.raises(SystemExit, match="1"):
        call_command("import_criteria", file, "--json", stdout=report)

    problems = json.loads(report.getvalue())["problems"]
    places = [(p["kind"], p["sheet"], p["row"], p["column"]) for p in problems]
    assert (kind, sheet, row(book) if callable(row) else row, column) in places
    assert all(p["sentence"].endswith((".", "”", "»", '"')) for p in problems)
    assert len(problems) <= 8 or kind in {"missing_code", "formula"}
    assert (CriteriaSet.objects.count(), CriteriaItem.objects.count()) == (0, 0)


def test_problem_reads_as_a_sentence_with_its_place():
    reading = read_workbook(spoil(put("Sở", "C11", "O,50")), name="w.xlsx")

    assert [str(p) for p in reading.problems] == [
        "Trang «Sở», dòng 11, cột C (Điểm tối đa): «O,50» không đọc được thành số; ghi điểm như 0,50."
    ]
