"""Files that are broken, locked or hostile: one sentence, never a crash."""

import csv
import io
import random
import zipfile

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from assessments.imports.archive import fault_of_archive
from assessments.imports.cells import UnreadableError, read_code, read_points, read_rule
from assessments.imports.csv_file import COLUMNS
from assessments.imports.files import read_criteria, read_criteria_path
from assessments.rules.problems import MOST_BYTES
from tests.assessments.season import CRITERIA_CSV, SEASON, WORKBOOK, small_workbook


def packed(members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def workbook_with(member, content):
    with zipfile.ZipFile(WORKBOOK) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return packed({**members, member: content(members.get(member, b""))})


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
EXTERNAL = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
SHEET = "xl/worksheets/sheet1.xml"


def _encrypted():
    content = bytearray(packed({"[Content_Types].xml": b"", "xl/workbook.xml": b"<x/>"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(signature, at + 4)
    return bytes(content)


def _twice():
    file = io.BytesIO(WORKBOOK.read_bytes())
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(file, "a") as archive:
        archive.writestr("xl/workbook.xml", b"<x/>")
    return file.getvalue()


def _moved(name, content):
    """Return the workbook with its first sheet stored as ``name``, found through the pointer of the workbook."""
    with zipfile.ZipFile(WORKBOOK) as archive:
        members = {part: archive.read(part) for part in archive.namelist()}
    members[name] = content(members.pop(SHEET))
    for part in ("xl/_rels/workbook.xml.rels", "[Content_Types].xml"):
        members[part] = members[part].replace(b"worksheets/sheet1.xml", name.removeprefix("xl/").encode())
    return packed(members)


def _merged_over_everything(xml):
    assert b'ref="A2:B2"' in xml
    return xml.replace(b'ref="A2:B2"', b'ref="A2:XFD1048576"')


ODD_NAMES = ["sheet1.XML", "sheet1.Xml", "sheet1.dat", "sheet1", "sheet1.png", "sheet1.xml "]

HOSTILE = {
    "empty": (lambda: b"", "empty"),
    "text": (lambda: b"Not a workbook at all", "not_a_workbook"),
    "zip of something else": (lambda: packed({"a.txt": b"a"}), "not_a_workbook"),
    "cut off": (lambda: WORKBOOK.read_bytes()[:20_000], "not_a_workbook"),
    "old or locked": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "locked_or_old"),
    "encrypted": (_encrypted, "locked_or_old"),
    "too big": (lambda: b"PK" + bytes(MOST_BYTES), "too_big"),
    "bomb": (lambda: workbook_with("xl/media/a.xml", lambda _: bytes(70_000_000)), "unsafe"),
    "many parts": (
        lambda: packed({"[Content_Types].xml": b"", "xl/workbook.xml": b""} | {f"xl/{i}.bin": b"" for i in range(600)}),
        "unsafe",
    ),
    "one part twice": (_twice, "unsafe"),
    "entities": (lambda: workbook_with(SHEET, lambda _: ENTITIES), "unsafe"),
    "external entity": (lambda: workbook_with("xl/sharedStrings.xml", lambda _: EXTERNAL), "unsafe"),
    "entities in UTF-16": (
        lambda: workbook_with(SHEET, lambda _: ENTITIES.decode().replace("1.0", "1.0").encode("utf-16")),
        "unsafe",
    ),
    "cells without end": (
        lambda: workbook_with(SHEET, lambda xml: xml.replace(b"</sheetData>", b"<c/>" * 700_000 + b"</sheetData>")),
        "unsafe",
    ),
    "styles without end": (
        lambda: workbook_with(
            "xl/styles.xml", lambda xml: xml.replace(b"</cellXfs>", b"<xf/>" * 700_000 + b"</cellXfs>")
        ),
        "unsafe",
    ),
    "merged over everything": (
        lambda: workbook_with(SHEET, lambda xml: xml.replace(b'ref="A2:B2"', b'ref="A2:XFD1048576"')),
        "unsafe",
    ),
    "row number out of range": (
        lambda: workbook_with(SHEET, lambda xml: xml.replace(b'<row r="9"', b'<row r="99999999999"')),
        "unsafe",
    ),
    "broken XML": (lambda: workbook_with(SHEET, lambda xml: xml[:500]), "broken_workbook"),
    "wrong XML": (lambda: workbook_with("xl/workbook.xml", lambda _: b"<x/>"), "missing_sheet"),
}


@pytest.mark.parametrize(("content", "kind"), HOSTILE.values(), ids=HOSTILE.keys())
def test_file_that_is_no_workbook_is_refused_with_one_sentence(content, kind):
    reading = read_criteria(content(), name="criteria.xlsx")

    assert [p.kind for p in reading.problems] == [kind]
    assert reading.sets == ()


@pytest.mark.parametrize("name", ODD_NAMES)
@pytest.mark.parametrize("content", [_merged_over_everything, lambda _: ENTITIES, lambda _: EXTERNAL])
def test_a_sheet_is_looked_at_under_any_name(name, content):
    problems = read_criteria(_moved(f"xl/worksheets/{name}", content), name="criteria.xlsx").problems

    assert [p.kind for p in problems] == ["unsafe"]


def test_an_entity_before_a_fault_in_a_part_that_is_not_called_xml_is_refused():
    cut_off = _moved("xl/worksheets/sheet1.dat", lambda _: ENTITIES[:-5])

    assert [p.kind for p in read_criteria(cut_off, name="criteria.xlsx").problems] == ["unsafe"]


def test_names_that_differ_only_in_case_are_one_part_twice():
    content = workbook_with("xl/worksheets/SHEET1.XML", lambda _: b"<x/>")

    assert [p.kind for p in read_criteria(content, name="criteria.xlsx").problems] == ["unsafe"]


@pytest.mark.parametrize(
    "name", ["xl/media/image1.PNG", "xl/printerSettings/printerSettings1.bin", "xl/media/empty.bin"]
)
def test_a_picture_or_the_settings_of_a_printer_in_a_workbook_do_no_harm(name):
    content = b"" if "empty" in name else b"\x89PNG\r\n\x1a\n" + bytes(200)

    assert fault_of_archive(workbook_with(name, lambda _: content)) is None


CSV_FAULTS = {
    "not UTF-8": ("code,tên\n".encode("utf-16-be") + b"\xff", "not_utf8", None, ""),
    "zero bytes": (b"code\x00,name\n", "not_csv", None, ""),
    "no heading": (b"1,2,3\n4,5,6\n", "missing_column", 1, ""),
    "column twice": (",".join([*COLUMNS, "code"]).encode() + b"\n1\n", "repeated_column", 1, "O"),
    "only headings": (",".join(COLUMNS).encode() + b"\n", "empty", None, ""),
    "quote left open": (",".join(COLUMNS).encode() + b'\n1,"\n', "not_csv", 2, ""),
    "endless columns": (b"code," * 2_000_000 + b"\n", "too_many_columns", 1, ""),
    "an endless row": (",".join(COLUMNS).encode() + b"\n1" + b"," * 500 + b"\n", "too_many_columns", 2, ""),
    "an endless cell": (",".join(COLUMNS).encode() + b"\n1," + b"a" * 50_000 + b"\n", "cell_too_long", 2, "B"),
    "short row": (",".join(COLUMNS).encode() + b"\n1,,area\n", "wrong_cell_count", 2, "D"),
    "formula": (",".join(COLUMNS).encode() + b"\n1,,area,=A1" + b"," * 10 + b"\n", "formula", 2, "D"),
}


@pytest.mark.parametrize(("content", "kind", "row", "column"), CSV_FAULTS.values(), ids=CSV_FAULTS.keys())
def test_fault_of_a_csv_file_is_named(content, kind, row, column):
    problems = read_criteria(content, name="criteria_so.csv").problems

    assert (kind, row, column) in [(p.kind, p.place.row, p.place.column) for p in problems]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_is_read_with_the_usual_separators_and_encodings(separator, encoding):
    with CRITERIA_CSV["xa"].open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerows([*rows[:50], [], *rows[50:], ["", "", "", "TỔNG ĐIỂM", "100,00", *[""] * 9]])

    reading = read_criteria(text.getvalue().encode(encoding), name="criteria_xa.csv")

    assert reading.problems == ()
    assert reading.sets[0].drafts == read_criteria_path(CRITERIA_CSV["xa"]).sets[0].drafts


def test_kind_of_a_csv_is_told_by_its_name_or_given():
    content = CRITERIA_CSV["xa"].read_bytes()

    assert [p.kind for p in read_criteria(content, name="bang.csv").problems] == ["unknown_kind"]
    assert read_criteria(content, name="bang.csv", unit_kinds=["xa"]).sets[0].unit_kind == "xa"


def test_folder_is_read_as_one_and_a_missing_file_is_said(tmp_path):
    assert [s.unit_kind for s in read_criteria_path(SEASON).sets] == ["huyen", "so", "xa"]
    assert [s.unit_kind for s in read_criteria_path(SEASON, unit_kinds=["so"]).sets] == ["so"]
    assert [p.kind for p in read_criteria_path(tmp_path).problems] == ["empty"]
    assert [p.kind for p in read_criteria_path(tmp_path / "no.csv").problems] == ["missing_file"]


@given(st.text(max_size=30))
@example("-0")
@example("１,５")
def test_text_for_points_is_read_or_refused(text):
    try:
        points = read_points(text)
    except UnreadableError:
        return
    assert points is None or points == points.quantize(points)


@given(st.one_of(st.floats(), st.integers(), st.booleans(), st.datetimes(), st.dates()))
def test_value_for_points_is_read_or_refused(value):
    try:
        read_points(value)
        read_code(value)
    except UnreadableError as fault:
        assert str(fault).endswith(".")


@given(st.text(max_size=60))
@example("[" * 9000)
@example("9" * 9000)
@example('{"a":NaN}')
@example('"\\ud800\\u0000"')
def test_text_for_a_rule_is_read_or_refused(text):
    try:
        rule = read_rule(text)
    except UnreadableError as fault:
        assert fault.kind == "broken_json"
    else:
        repr(rule).encode()


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10, 10**9),
    st.floats(allow_nan=False, allow_infinity=False),
    st.datetimes(),
    st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(["=1+1", "1.1", "I", "CT", "PT.1", "TỔNG ĐIỂM", "XHH", "0,50", '{"mode":"sum"}', "{", "#REF!"]),
)
CHANGES = st.lists(
    st.tuples(st.sampled_from(["Sở", "rules"]), st.integers(1, 144), st.integers(1, 9), CELLS), min_size=1, max_size=12
)


@pytest.mark.slow
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CHANGES)
def test_random_cells_give_problems_never_a_crash(changes):
    book = openpyxl.load_workbook(io.BytesIO(small_workbook()))
    for merged in [str(m) for m in book["Sở"].merged_cells.ranges]:
        book["Sở"].unmerge_cells(merged)
    for sheet, row, column, value in changes:
        book[sheet].cell(row, column).value = value
    file = io.BytesIO()
    book.save(file)

    reading = read_criteria(file.getvalue(), name="w.xlsx")

    assert all(p.sentence and p.kind for p in reading.problems)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_random_bytes_give_problems_never_a_crash(seed):
    chance = random.Random(seed)  # noqa: S311 - reproducible faults, not a secret
    for path in (WORKBOOK, CRITERIA_CSV["so"]):
        for _ in range(15):
            content = bytearray(path.read_bytes())
            for _ in range(chance.randint(1, 40)):
                content[chance.randrange(len(content))] = chance.randrange(256)
            for problem in read_criteria(bytes(content), name=path.name).problems:
                assert str(problem)
