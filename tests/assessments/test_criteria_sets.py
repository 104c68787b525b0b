"""Criteria sets in the database: same rows from both sources, versions, copies, all or nothing, no change in use."""

import io
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command

from assessments.enums import Level, Part, UnitKind
from assessments.imports.files import read_criteria_path
from assessments.models import AuditEvent, CriteriaItem, CriteriaSet
from assessments.operations.criteria import (
    copy_criteria_set,
    describe_criteria_set,
    import_criteria_set,
    import_criteria_sets,
)
from assessments.rules import NotAllowed, NotPermitted
from assessments.rules.problems import ImportRefused
from assessments.rules.words import percent_in_words, points_in_words, rule_in_words
from tests.assessments.season import CRITERIA_CSV, SEASON, WORKBOOK
from tests.province import OPENING, make_province, person

COMPARED = [f.attname for f in CriteriaItem._meta.fields if f.name not in {"id", "criteria_set", "parent", "guidance"}]

pytestmark = pytest.mark.django_db


def stored_rows(criteria_set):
    rows = criteria_set.items.order_by("position")
    return list(rows.values_list("parent__code", *COMPARED))


def store(kind="xa", **changes):
    values = {
        "drafts": read_criteria_path(CRITERIA_CSV[kind]).sets[0].drafts,
        "series": f"cchc-{kind}",
        "unit_kind": UnitKind(kind),
        "title": "Bộ tiêu chí xã",
        "year": 2023,
        "is_illustrative": True,
        "by": None,
        "at": OPENING,
    }
    return import_criteria_set(**{**values, **changes})


@pytest.mark.slow
def test_csv_and_workbook_store_the_same_rows():
    out = io.StringIO()
    call_command("import_criteria", SEASON, "--series", "csv", stdout=out)
    call_command("import_criteria", WORKBOOK, "--series", "book", stdout=out)

    for kind, rows in (("so", 133), ("huyen", 154), ("xa", 119)):
        from_csv = CriteriaSet.objects.get(series=f"csv-{kind}")
        from_book = CriteriaSet.objects.get(series=f"book-{kind}")
        assert len(stored_rows(from_csv)) == rows
        assert stored_rows(from_csv) == stored_rows(from_book)
        assert (from_csv.notice, from_csv.is_illustrative) == (from_book.notice, from_book.is_illustrative)


def test_items_stand_in_their_tree_with_parts_and_leaves():
    items = {item.code: item for item in store("so").items.select_related("parent")}

    assert items["1.1.3"].parent == items["1.1"]
    assert items["1.1.3"].max_points == Decimal("1.50")
    assert (items["1.1"].is_leaf, items["1.6"].is_leaf, items["1.1.1"].is_leaf) == (False, True, True)
    assert (items["1"].part, items["CT.1"].part, items["PT"].part) == (Part.BASE, Part.BONUS, Part.PENALTY)
    assert (items["8.3"].level, items["CT.1"].level) == (Level.CRITERION, Level.CRITERION)
    assert items["1.6"].survey_groups == ["CC_VC_SO", "TP_DV_SO", "LD_UBND_HUYEN"]


def test_every_stored_rule_can_be_told_in_words():
    told = [rule_in_words(item) for kind in CRITERIA_CSV for item in store(kind, series=kind).items.all()]

    assert all(sentence.endswith(".") for sentence in told)
    assert "Tỷ lệ × 1,50; dưới 80 % được 0 điểm; mẫu số bằng 0 thì 0 điểm." in told
    assert "Tổng điểm các nội dung bên dưới, tối đa 1,50 điểm." in told


def test_numbers_in_words_have_a_decimal_comma():
    assert [points_in_words(n) for n in ("0.5", "-1.00", "0.000", "1.125", "100")] == [
        "0,50",
        "-1,00",
        "0",
        "1,125",
        "100,00",
    ]
    assert [percent_in_words(n) for n in ("80", "100", "99.50")] == ["80 %", "100 %", "99,5 %"]


def test_each_import_is_a_new_version_and_the_earlier_stays():
    first = store()
    second = store(title="Bản sửa")

    assert (first.version, second.version, second.previous) == (1, 2, first)
    assert stored_rows(first) == stored_rows(second)
    assert AuditEvent.objects.filter(kind="criteria_set_imported").count() == 2


def test_illustrative_set_always_carries_a_notice_and_another_never():
    assert store().notice == "Bộ tiêu chí mẫu – minh họa, không phải văn bản của cơ quan có thẩm quyền."
    assert store(notice="Mẫu").notice == "Mẫu"
    assert store(is_illustrative=False, notice="Mẫu").notice == ""


def test_faulty_rows_are_refused_by_the_operation_and_nothing_is_saved():
    drafts = list(read_criteria_path(CRITERIA_CSV["xa"]).sets[0].drafts)
    drafts[2] = replace(drafts[2], max_points=Decimal("9.99"))

    with pytest.raises(ImportRefused, match="Chưa nhập gì cả: tệp có") as refusal:
        store(drafts=drafts)

    assert {p.kind for p in refusal.value.problems} == {"bad_rule", "child_sum"}
    assert (CriteriaSet.objects.count(), AuditEvent.objects.count()) == (0, 0)


def test_one_faulty_set_of_a_file_keeps_all_out():
    sets = list(read_criteria_path(SEASON).sets)
    sets[2] = replace(sets[2], drafts=sets[2].drafts[1:])

    with pytest.raises(ImportRefused):
        import_criteria_sets(sets=sets, year=2023, by=None, at=OPENING)

    assert CriteriaSet.objects.count() == 0


def test_series_belongs_to_one_kind_of_unit():
    store("xa", series="cchc")

    with pytest.raises(NotAllowed, match="Mã bộ “cchc” đã dùng cho Xã, phường, thị trấn"):
        store("so", series="cchc")


def test_title_must_be_there():
    with pytest.raises(NotAllowed, match="Tên bộ tiêu chí phải có từ 1 đến 200 chữ"):
        store(title="  ")


def test_only_an_organiser_imports_copies_and_describes():
    province = make_province()
    officer = province.people["officer-SXD"]

    with pytest.raises(NotPermitted):
        store(by=officer)
    with pytest.raises(NotPermitted):
        copy_criteria_set(criteria_set=province.criteria_set, by=officer, at=OPENING, title="B", year=2024)
    assert store(by=province.people["organiser"]).created_by == province.people["organiser"]


def test_copy_starts_the_next_set_with_the_same_rows_and_no_decision():
    first = store(decision_number="1/QĐ", decision_date=date(2022, 12, 15))

    copy = copy_criteria_set(criteria_set=first, by=None, at=OPENING, title="Năm sau", year=2024)

    assert stored_rows(copy) == stored_rows(first)
    assert (copy.series, copy.version, copy.previous, copy.year) == ("cchc-xa", 2, first, 2024)
    assert (copy.decision_number, copy.decision_date, copy.is_illustrative) == ("", None, True)
    assert set(copy.items.values_list("parent__criteria_set", flat=True)) == {None, copy.pk}


def test_set_used_by_an_opened_period_cannot_change_but_can_be_copied():
    province = make_province()
    organiser = province.people["organiser"]
    change = {"title": "Tên mới", "year": 2023, "decision_number": "", "decision_date": None}

    with pytest.raises(NotAllowed) as refusal:
        describe_criteria_set(criteria_set=province.criteria_set, by=organiser, at=OPENING, **change)

    assert str(refusal.value) == (
        "Bộ tiêu chí nhỏ (phiên bản 1) đang được dùng trong Kỳ đánh giá năm 2023 nên không sửa được; "
        "hãy nhập phiên bản mới hoặc sao chép thành bộ khác."
    )
    copy = copy_criteria_set(criteria_set=province.criteria_set, by=organiser, at=OPENING, title="B", year=2024)
    assert describe_criteria_set(criteria_set=copy, by=organiser, at=OPENING, **change).title == "Tên mới"


def test_set_of_a_period_in_preparation_may_still_change():
    province = make_province(opened=False)

    described = describe_criteria_set(
        criteria_set=province.criteria_set,
        title="Tên mới",
        year=2023,
        decision_number=" 12/QĐ-UBND ",
        decision_date=date(2022, 12, 15),
        by=province.people["organiser"],
        at=OPENING,
    )

    assert CriteriaSet.objects.get(pk=described.pk).decision_number == "12/QĐ-UBND"
    assert AuditEvent.objects.get(kind="criteria_set_described").details["before"]["title"] == "Bộ tiêu chí nhỏ"


def run(*args):
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_criteria", *args, stdout=out, stderr=err)
    except SystemExit as stop:
        return stop.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_dry_run_reports_and_writes_nothing():
    code, out, err = run(CRITERIA_CSV["xa"], "--dry-run")

    assert (code, err) == (0, "")
    assert out == (
        "Xã, phường, thị trấn: 119 dòng, không có lỗi.\n"
        "  Lưu ý: Bộ tiêu chí mẫu – minh họa, không phải văn bản QĐ 3396/QĐ-UBND.\n"
        "Chạy thử: chưa ghi gì.\n"
    )
    assert CriteriaSet.objects.count() == 0


@pytest.mark.slow
def test_one_sheet_of_the_workbook_is_imported_with_its_heading():
    code, out, _ = run(
        WORKBOOK, "--sheet", "Xã", "--decision-number", "3396/QĐ-UBND", "--decision-date", "2022-12-15", "--json"
    )

    criteria_set = CriteriaSet.objects.get()
    report = json.loads(out)
    assert (code, report["ok"], report["problems"]) == (0, True, [])
    assert report["imported"] == [{"id": criteria_set.pk, "series": "cchc-xa", "version": 1}]
    assert (criteria_set.unit_kind, criteria_set.items.count()) == ("xa", 119)
    assert (criteria_set.decision_number, criteria_set.decision_date) == ("3396/QĐ-UBND", date(2022, 12, 15))
    assert criteria_set.is_illustrative


def test_problems_are_told_with_their_place_in_words_and_as_json(tmp_path):
    text = CRITERIA_CSV["xa"].read_text(encoding="utf-8").replace("Kế hoạch CCHC năm,3.00", "Kế hoạch CCHC năm,3.x", 1)
    file = tmp_path / "criteria_xa.csv"
    file.write_text(text, encoding="utf-8")

    code, _, err = run(file)
    _, out, _ = run(file, "--json")

    assert code == 1
    assert err == (
        "Trang «criteria_xa.csv», dòng 3, cột E (max_points): «3.x» không đọc được thành số; ghi điểm như 0,50.\n"
        "Chưa nhập gì cả: có 1 lỗi cần sửa.\n"
    )
    assert json.loads(out)["problems"] == [
        {
            "sheet": "criteria_xa.csv",
            "row": 3,
            "column": "E",
            "heading": "max_points",
            "code": "1.1",
            "kind": "unreadable_number",
            "sentence": "«3.x» không đọc được thành số; ghi điểm như 0,50.",
        }
    ]


def test_unknown_sheet_is_said():
    code, _, err = run(WORKBOOK, "--sheet", "Tỉnh")

    assert code == 1
    assert err.startswith("Không có trang nào tên «Tỉnh»; chọn Sở, Huyện hoặc Xã.")


def test_officials_read_every_set_and_others_those_of_published_periods():
    store()
    someone = person("ai-do", make_province().root)

    assert CriteriaSet.objects.visible_to(someone).count() == 2
    assert CriteriaSet.objects.visible_to(AnonymousUser()).count() == 0
