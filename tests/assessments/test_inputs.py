"""What may be entered for each rule type, what is refused in which words, and how an input reads."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.rules import NotAllowed
from assessments.rules.inputs import (
    InputField,
    Option,
    check_na,
    clean_input,
    input_fields,
    input_text,
    raw_of,
)
from tests import reference_season
from tests.assessments.rule_samples import (
    BANDS,
    CHOICE,
    COUNT,
    DEDUCT,
    EVERY_TYPE,
    FLOOR,
    MANUAL,
    PROPORTIONAL,
    PROPORTIONAL_NA,
    RELATIVE,
    SURVEY,
    YES_NO,
    node,
    ratio,
)

CLEANED = [
    (YES_NO, {"answer": "yes"}, {"answer": "yes"}, "Có"),
    (YES_NO, {"answer": "KHÔNG"}, {"answer": "no"}, "Không"),
    (CHOICE, {"option": "b"}, {"option": "b"}, "Ban hành trong tháng 01"),
    (CHOICE, {"option": "không ban  hành"}, {"option": "c"}, "Không ban hành"),
    (COUNT, {"count": " 3 "}, {"count": "3"}, "3 báo cáo"),
    (COUNT, {"count": "3,0"}, {"count": "3"}, "3 báo cáo"),
    (BANDS, {"numerator": "9", "denominator": "12"}, ratio(9, 12), "9/12"),
    (PROPORTIONAL, {"numerator": "30", "denominator": "28"}, ratio(30, 28), "30/28"),
    (PROPORTIONAL_NA, {"numerator": "0", "denominator": "0"}, ratio(0, 0), "0/0"),
    (FLOOR, {"numerator": "1 234,5", "denominator": "1.234.567"}, ratio("1234.5", 1234567), "1234,5/1234567"),
    (RELATIVE, {"numerator": "0", "denominator": "5"}, ratio(0, 5), "0/5"),
    (
        DEDUCT,
        {"counts.a": "1", "counts.b": "0"},
        {"counts": {"a": "1", "b": "0"}},
        "Số lĩnh vực không có nhiệm vụ: 1; Số nhiệm vụ không rõ thời hạn: 0",
    ),
    (MANUAL, {"points": "0,80"}, {"points": "0.8"}, "0,80 điểm"),
]


@pytest.mark.parametrize(("item", "raw", "stored", "text"), CLEANED)
def test_input_is_stored_as_its_rule_says_and_reads_in_a_few_words(item, raw, stored, text):
    assert clean_input(item, raw) == stored
    assert input_text(item, stored) == text
    assert clean_input(item, raw_of(stored)) == stored


@pytest.mark.parametrize("item", EVERY_TYPE)
def test_empty_fields_clear_the_item(item):
    assert clean_input(item, {}) is None
    assert clean_input(item, {field.name: "  " for field in input_fields(item)}) is None
    assert input_text(item, None) == ""


@pytest.mark.parametrize(
    ("item", "raw", "sentence"),
    [
        (
            YES_NO,
            {"answer": "có thể"},
            "Kết quả thực hiện: “có thể” không phải là câu trả lời; hãy chọn Có hoặc Không.",
        ),
        (
            CHOICE,
            {"option": "z"},
            "Ban hành kế hoạch: không có mức “z”; hãy chọn một trong các mức: “Ban hành trước ngày 31/12”; "
            "“Ban hành trong tháng 01”; “Không ban hành”.",
        ),
        (COUNT, {"count": "-1"}, "Số báo cáo đã gửi: “-1” là số âm; hãy nhập số từ 0 trở lên."),
        (COUNT, {"count": "2,5"}, "Số báo cáo đã gửi: “2,5” không phải là số nguyên; hãy nhập số đếm, ví dụ 3."),
        (
            COUNT,
            {"count": "1234567890123"},
            "Số báo cáo đã gửi: “1234567890123” quá lớn; số nguyên dài nhất 12 chữ số, hãy kiểm tra lại.",
        ),
        (
            PROPORTIONAL,
            {"numerator": "5"},
            "Tổng số hồ sơ: chưa có số trong khi đã nhập “Số hồ sơ đúng hạn”; hãy nhập cả hai, ghi 0 nếu không có.",
        ),
        (
            FLOOR,
            {"denominator": "5"},
            "Số hồ sơ đúng hạn: chưa có số trong khi đã nhập “Tổng số hồ sơ”; hãy nhập cả hai, ghi 0 nếu không có.",
        ),
        (
            RELATIVE,
            {"numerator": "5", "denominator": "0"},
            "Tổng số hồ sơ: không thể bằng 0 khi “Số hồ sơ đúng hạn” là 5; hãy sửa một trong hai số, "
            "hoặc ghi cả hai bằng 0 nếu không phát sinh.",
        ),
        (
            DEDUCT,
            {"counts.a": "1"},
            "Số nhiệm vụ không rõ thời hạn: chưa có số; hãy nhập một số, ghi 0 nếu không có.",
        ),
        (
            MANUAL,
            {"points": "2,1"},
            "Điểm: 2,1 cao hơn mức tối đa 2,00 của nội dung 1.1; hãy nhập từ 0,00 đến 2,00.",
        ),
        (
            MANUAL,
            {"points": "0,85"},
            "Điểm: 0,85 không đúng bước 0,10 của nội dung 1.1; hãy nhập 0,80 hoặc 0,90.",
        ),
        (
            SURVEY,
            {"points": "1"},
            "Nội dung 1.1 lấy từ điều tra xã hội học nên không nhập điểm ở đây.",
        ),
        (
            node("1"),
            {"points": "1"},
            "Nội dung 1 tính từ các nội dung bên dưới; hãy nhập ở từng nội dung đó.",
        ),
    ],
)
def test_input_is_refused_in_words(item, raw, sentence):
    with pytest.raises(NotAllowed) as refusal:
        clean_input(item, raw)

    assert str(refusal.value) == sentence


def test_points_below_a_positive_minimum_are_refused():
    above_zero = type(MANUAL)(**(vars(MANUAL) | {"rule": {**MANUAL.rule, "min": "0.50"}}))

    with pytest.raises(
        NotAllowed, match=r"0,1 thấp hơn mức tối thiểu 0,50 của nội dung 1\.1; hãy nhập từ 0,50 đến 2,00"
    ):
        clean_input(above_zero, {"points": "0,1"})


def test_na_is_refused_where_the_set_does_not_offer_it():
    check_na(PROPORTIONAL_NA)

    with pytest.raises(NotAllowed) as refusal:
        check_na(PROPORTIONAL)

    assert str(refusal.value) == (
        "Nội dung 1.1 không được chọn “Không áp dụng”; hãy nhập kết quả, ghi 0 nếu không phát sinh."
    )


def test_fields_of_a_question_have_its_answers_with_points():
    assert input_fields(YES_NO, {"answer": "no"}) == [
        InputField(
            "answer",
            "Kết quả thực hiện",
            "radio",
            "no",
            (Option("yes", "Có", Decimal("0.25")), Option("no", "Không", Decimal("0.00"))),
        )
    ]
    assert [option.points for option in input_fields(CHOICE)[0].options] == [
        Decimal("0.50"),
        Decimal("0.25"),
        Decimal("0.00"),
    ]


def test_fields_of_numbers_have_label_unit_value_and_bounds():
    assert input_fields(COUNT, {"count": "3"}) == [
        InputField("count", "Số báo cáo đã gửi", "number", "3", unit="báo cáo", whole=True, minimum=Decimal(0))
    ]
    assert [(f.name, f.label, f.value) for f in input_fields(FLOOR, ratio("1.5", 2))] == [
        ("numerator", "Số hồ sơ đúng hạn", "1,5"),
        ("denominator", "Tổng số hồ sơ", "2"),
    ]
    assert [(f.name, f.value) for f in input_fields(DEDUCT, {"counts": {"a": "1", "b": "0"}})] == [
        ("counts.a", "1"),
        ("counts.b", "0"),
    ]
    points = input_fields(MANUAL)[0]
    assert (points.minimum, points.maximum, points.step) == (Decimal("0.00"), Decimal("2.00"), Decimal("0.10"))


@pytest.mark.parametrize("item", [SURVEY, node("1")])
def test_rows_that_take_no_input_have_no_fields(item):
    assert input_fields(item) == []


@given(st.sampled_from(EVERY_TYPE), st.data())
def test_any_typing_is_cleared_stored_or_refused_and_storing_is_stable(item, data):
    typed = st.text(max_size=8) | st.sampled_from(["0", "1", "7", "0,5", "a", "b", "yes", "no", "99"])
    raw = {field.name: data.draw(typed) for field in input_fields(item)}
    try:
        stored = clean_input(item, raw)
    except NotAllowed as refusal:
        stored, sentence = None, refusal.sentence
    else:
        sentence = ""

    assert not sentence or sentence.endswith(".")
    assert stored is None or clean_input(item, raw_of(stored)) == stored


@pytest.mark.slow
@pytest.mark.parametrize("group", reference_season.GROUPS)
def test_every_input_of_the_reference_season_is_accepted(group):
    tree = reference_season.tree(group)
    for unit in reference_season.season()[group].values():
        for entries in unit.entries.values():
            for code, entry in entries.items():
                item = tree.by_code[code]
                if entry.input is None:
                    continue
                cleaned = clean_input(item, raw_of(entry.input))
                assert input_text(item, cleaned) == input_text(item, entry.input)
