"""Numbers as officials type them: what is read, what is refused and in which words, how points are shown."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.rules import NotAllowed
from assessments.rules.numbers import format_exact, format_points, read_number, stored


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0", "0"),
        ("12", "12"),
        ("007", "7"),
        ("0,50", "0.5"),
        ("0.5", "0.5"),
        ("12.75", "12.75"),
        ("1,234", "1.234"),
        ("1234,5", "1234.5"),
        ("1.234,5", "1234.5"),
        ("1.234.567", "1234567"),
        ("12.345.678,25", "12345678.25"),
        ("1 234", "1234"),
        ("1\u00a0234", "1234"),
        ("1\u202f234,5", "1234.5"),
        ("  3  ", "3"),
        ("１２，５", "12.5"),
        ("０．５", "0.5"),
        ("\ufeff7", "7"),
        ("0,500000000", "0.5"),
        ("999999999999", "999999999999"),
    ],
)
def test_number_is_read(typed, number):
    assert read_number(typed, "Số văn bản") == Decimal(number)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Số văn bản: chưa có số; hãy nhập một số, ghi 0 nếu không có."),
        (
            "1.234",
            "Số văn bản: “1.234” có thể hiểu là 1234 hoặc 1,234; hãy viết 1234 không có dấu phân cách, "
            "hoặc 1,234 với dấu phẩy thập phân.",
        ),
        ("0.125", "Số văn bản: “0.125” dùng dấu chấm trước đúng ba chữ số; hãy viết 0,125 với dấu phẩy thập phân."),
        (
            "85%",
            "Số văn bản: “85%” có dấu %; hãy nhập số lượng đếm được, hệ thống tự tính tỷ lệ phần trăm.",
        ),
        ("-3", "Số văn bản: “-3” là số âm; hãy nhập số từ 0 trở lên."),
        ("−0,5", "Số văn bản: “−0,5” là số âm; hãy nhập số từ 0 trở lên."),
        (
            "1e5",
            "Số văn bản: “1e5” viết dạng lũy thừa; hãy viết đầy đủ các chữ số, ví dụ 1500000.",
        ),
        (
            "NaN",
            "Số văn bản: “NaN” không phải là một số hữu hạn; hãy nhập số cụ thể bằng chữ số, ví dụ 12.",
        ),
        (
            "-Infinity",
            "Số văn bản: “-Infinity” không phải là một số hữu hạn; hãy nhập số cụ thể bằng chữ số, ví dụ 12.",
        ),
        (
            "1,234.5",
            "Số văn bản: “1,234.5” dùng dấu phẩy để ngăn hàng nghìn; hãy bỏ dấu ngăn hàng nghìn và dùng dấu phẩy "
            "cho phần thập phân.",
        ),
        (
            "ba",
            "Số văn bản: “ba” không phải là số; hãy chỉ ghi chữ số, dùng dấu phẩy cho phần thập phân, "
            "ví dụ 12 hoặc 0,50.",
        ),
        (
            "1\n234",
            "Số văn bản: “1 234” có nhiều giá trị trong một ô; hãy nhập từng số vào ô của nó.",
        ),
        (
            "1234567890123",
            "Số văn bản: “1234567890123” quá lớn; số nguyên dài nhất 12 chữ số, hãy kiểm tra lại.",
        ),
        (
            "0,1234567",
            "Số văn bản: “0,1234567” có quá nhiều số lẻ; hãy ghi nhiều nhất 6 chữ số sau dấu phẩy.",
        ),
    ],
)
def test_number_is_refused_in_words(typed, sentence):
    with pytest.raises(NotAllowed) as refusal:
        read_number(typed, "Số văn bản")

    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    "typed",
    [
        "0,5đ",
        "12 34",
        "1,2,3",
        "1..2",
        "+5",
        ",5",
        "5,",
        "½",
        "10²",
        "٣",
        "0x10",
        "1_000",
        "0.123.456",
        "0 123",
        "12.34.567",
    ],
)
def test_what_only_resembles_a_number_is_refused(typed):
    with pytest.raises(NotAllowed, match="không phải là số"):
        read_number(typed, "Số")


def test_long_text_is_quoted_in_part():
    with pytest.raises(NotAllowed) as refusal:
        read_number("x" * 5000, "Số")

    assert len(str(refusal.value)) < 200


@given(st.text(max_size=30))
def test_any_text_is_a_number_of_zero_or_more_or_a_refusal(text):
    try:
        number = read_number(text, "Số")
    except NotAllowed as refusal:
        number, sentence = Decimal(0), refusal.sentence
    else:
        sentence = "Số: "

    assert sentence.startswith("Số: ")
    assert number.is_finite()
    assert number >= 0


@given(st.decimals(min_value=0, max_value=10**12 - 1, places=6))
def test_a_shown_number_is_read_as_itself(number):
    assert read_number(format_exact(number), "Số") == number


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        ("0.125", 2, "0,13"),
        ("-0.125", 2, "-0,13"),
        ("0.124999", 2, "0,12"),
        ("1.2857142857142857", 6, "1,285714"),
        ("-0.001", 2, "0,00"),
        ("100", 0, "100"),
        ("0", 2, "0,00"),
    ],
)
def test_points_are_shown_half_up_with_a_decimal_comma(value, places, text):
    assert format_points(Decimal(value), places) == text


def test_points_with_many_digits_are_shown_in_any_context():
    with localcontext(prec=5):
        assert format_points(Decimal("123456789.123456789"), 6) == "123456789,123457"


@pytest.mark.parametrize(
    ("value", "text"), [("0.50", "0,5"), ("1200", "1200"), ("0.000", "0"), ("1E+3", "1000"), ("-0.0", "0")]
)
def test_exact_number_keeps_its_digits(value, text):
    assert format_exact(Decimal(value)) == text


def test_equal_numbers_are_stored_as_equal_text():
    assert {stored(read_number(typed, "Số")) for typed in ("0,5", "0,50", "0.5")} == {"0.5"}
