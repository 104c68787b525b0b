"""The list of units: 280 rows by code, places named, all or nothing."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from assessments.enums import UnitKind
from assessments.imports.units import read_units
from assessments.models import AuditEvent, Unit
from assessments.operations.units import import_units, write_unit
from assessments.rules import NotAllowed
from assessments.rules.problems import ImportRefused
from assessments.rules.units import UnitDraft
from tests.assessments.season import SEASON, UNITS_CSV

NOW = datetime(2023, 12, 1, 8, tzinfo=UTC)

HEADER = "code,name,kind,parent_code\n"
FAULTS = {
    "30,Tỉnh,province,\n30,Tỉnh nữa,province,\n": ("duplicate_code", 3, "A"),
    "30,Tỉnh,province,\nSNV,Sở Nội vụ,so,31\n": ("unknown_parent", 3, "D"),
    "30,,province,\n": ("missing_name", 2, "B"),
    "30,Tỉnh,tinh,\n": ("unknown_kind", 2, "C"),
    ",Tỉnh,province,\n": ("bad_code", 2, "A"),
    "A/B,Tỉnh,province,\n": ("bad_code", 2, "A"),
    "A,Một,so,B\nB,Hai,so,A\n": ("circle", 2, "D"),
    "30,Tỉnh,province\n": ("wrong_cell_count", 2, "D"),
    "=1+1,Tỉnh,province,\n": ("formula", 2, "A"),
    f"30,{'x' * 201},province,\n": ("too_long", 2, "B"),
}


def read(text):
    return read_units((HEADER + text).encode(), name="units.csv")


@pytest.mark.django_db
def test_every_row_of_the_season_is_imported_by_its_code():
    out = StringIO()
    call_command("import_units", UNITS_CSV, stdout=out)

    assert out.getvalue() == "280 đơn vị: 280 mới, 0 cập nhật, 0 giữ nguyên.\n"
    assert Unit.objects.count() == 280
    assert Unit.objects.filter(kind=UnitKind.COUNCIL).count() == 14
    assert Unit.objects.get(code="294").path == "30/294/"
    names = list(Unit.objects.values_list("name", flat=True))
    assert len(names) - len(set(names)) == 8


@pytest.mark.django_db
def test_units_are_found_without_diacritics_and_sorted_as_in_a_dictionary():
    call_command("import_units", UNITS_CSV, stdout=StringIO())

    districts = Unit.objects.filter(kind=UnitKind.DISTRICT)
    assert [u.name for u in districts.search("huyen thanh ha")] == ["Huyện Thanh Hà"]
    assert [u.name for u in districts.search("THÀNH HÀ")] == ["Huyện Thanh Hà", "Thành phố Hải Dương"]
    assert [u.code for u in Unit.objects.search("hddg 294")] == ["HDDG-294"]
    assert [u.name for u in Unit.objects.filter(kind=UnitKind.COMMUNE).search("dong cam")] == [
        "Xã Cẩm Đông",
        "Xã Đồng Cẩm",
    ]
    assert [u.name for u in districts.in_vietnamese_order()] == [
        "Huyện Bình Giang",
        "Huyện Cẩm Giàng",
        "Huyện Gia Lộc",
        "Huyện Kim Thành",
        "Huyện Nam Sách",
        "Huyện Ninh Giang",
        "Huyện Thanh Hà",
        "Huyện Thanh Miện",
        "Huyện Tứ Kỳ",
        "Thành phố Chí Linh",
        "Thành phố Hải Dương",
        "Thị xã Kinh Môn",
    ]


@pytest.mark.django_db
def test_second_import_changes_only_what_differs():
    call_command("import_units", UNITS_CSV, stdout=StringIO())
    text = (SEASON / "units_hai_duong_2023.csv").read_text(encoding="utf-8").replace("Huyện Thanh Hà,", "Huyện Mới,")

    done = import_units(rows=read_units(text.encode(), name="u.csv").drafts, by=None, at=NOW)

    assert (done.created, done.updated, done.unchanged) == (0, 1, 279)
    assert [u.code for u in Unit.objects.search("huyen moi")] == ["294"]


@pytest.mark.django_db
def test_unit_that_moves_takes_its_tree_along():
    rows = "30,Tỉnh,province,\n1,Một,huyen,30\n2,Hai,huyen,30\n9,Xã,xa,1\n"
    import_units(rows=read(rows).drafts, by=None, at=NOW)

    import_units(rows=read("30,Tỉnh,province,\n1,Một,huyen,2\n2,Hai,huyen,30\n").drafts, by=None, at=NOW)

    assert Unit.objects.get(code="9").path == "30/2/1/9/"
    assert AuditEvent.objects.filter(kind="units_imported").count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "expected"), FAULTS.items())
def test_fault_is_named_by_row_and_column_and_nothing_is_saved(text, expected):
    reading = read(text)

    assert expected in [(p.kind, p.place.row, p.place.column) for p in reading.problems]
    assert Unit.objects.count() == 0


@pytest.mark.django_db
def test_operation_itself_refuses_faulty_rows_and_saves_nothing():
    rows = [UnitDraft("30", "Tỉnh", "province"), UnitDraft("SNV", "Sở Nội vụ", "so", "31")]

    with pytest.raises(ImportRefused) as refusal:
        import_units(rows=rows, by=None, at=NOW)

    assert [p.kind for p in refusal.value.problems] == ["unknown_parent"]
    assert Unit.objects.count() == 0


@pytest.mark.django_db
def test_command_names_each_problem_and_fails(tmp_path):
    file = tmp_path / "units.csv"
    file.write_text(HEADER + "30,Tỉnh,province,\nSNV,Sở Nội vụ,so,31\n", encoding="utf-8")
    errors = StringIO()

    with pytest.raises(CommandError, match="Chưa nhập gì cả: tệp có 1 lỗi cần sửa"):
        call_command("import_units", file, stderr=errors)

    assert errors.getvalue() == (
        "Trang «units.csv», dòng 3, cột D (parent_code): Không có đơn vị cấp trên mã 31; thêm đơn vị đó hoặc sửa mã.\n"
    )
    assert Unit.objects.count() == 0


@pytest.mark.django_db
def test_dry_run_writes_nothing():
    call_command("import_units", UNITS_CSV, "--dry-run", stdout=StringIO())

    assert Unit.objects.count() == 0


def test_dates_are_read_in_both_ways():
    text = "code,name,kind,parent_code,valid_from,valid_until\n1,Xã,xa,,01/02/2000,2020-01-31\n2,Xã,xa,,31/02/2000,\n"

    reading = read_units(text.encode(), name="u.csv")

    assert (reading.drafts[0].valid_from.isoformat(), reading.drafts[0].valid_until.isoformat()) == (
        "2000-02-01",
        "2020-01-31",
    )
    assert [(p.kind, p.place.row, p.place.column) for p in reading.problems] == [("bad_date", 3, "E")]


@pytest.mark.django_db
def test_single_unit_is_written_with_its_place_and_found():
    province = write_unit(code="30", name="Tỉnh Hải Dương", kind=UnitKind.PROVINCE, parent=None)
    division = write_unit(code="30-P1", name="Phòng Nội vụ", kind=UnitKind.DIVISION, parent=province)
    write_unit(code="X", name="Cấp mới", kind=UnitKind.COUNCIL, parent=province)

    moved = write_unit(code="30-P1", name="Phòng  Nội vụ", kind=UnitKind.DIVISION, parent=Unit.objects.get(code="X"))

    assert (moved.pk, moved.path) == (division.pk, "30/X/30-P1/")
    assert [u.code for u in Unit.objects.search("phong noi vu")] == ["30-P1"]
    with pytest.raises(NotAllowed, match="không thể nằm dưới chính nó"):
        write_unit(code="30", name="Tỉnh", kind=UnitKind.PROVINCE, parent=moved)
