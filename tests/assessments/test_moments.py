"""Moments as officials write them."""

import pytest

from assessments.rules import NotAllowed
from assessments.rules.moments import end_in_words, moment_text, read_moment
from tests.province import at


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("10/01/2024 17:00", "2024-01-10 17:00"),
        (" 17:00  ngày 10/1/2024 ", "2024-01-10 17:00"),
        ("17h00 ngày 10/01/2024", "2024-01-10 17:00"),
        ("17h 10/01/2024", "2024-01-10 17:00"),
        ("17g 10/01/2024", "2024-01-10 17:00"),
        ("17 giờ 30 phút ngày 10/01/2024", "2024-01-10 17:30"),
        ("10-01-2024 08:05", "2024-01-10 08:05"),
        ("24:00 ngày 09/01/2024", "2024-01-10 00:00"),
        ("trước ngày 10/01/2024", "2024-01-10 00:00"),
        ("Trước 17:00 ngày 10/01/2024", "2024-01-10 17:00"),
        ("chậm nhất ngày 10/01/2024", "2024-01-11 00:00"),
        ("CHẬM NHẤT 17:00, ngày 10/01/2024", "2024-01-10 17:00"),
        ("hết ngày 31/12/2023", "2024-01-01 00:00"),
        ("chậm nhất ngày 29/02/2024", "2024-03-01 00:00"),
    ],
)
def test_an_end_is_read_as_officials_write_it(text, moment):
    assert read_moment(text, "Đóng", is_end=True) == at(moment)


def test_an_opening_day_starts_at_midnight():
    assert read_moment("10/01/2024", "Mở") == at("2024-01-10 00:00")


def test_an_end_day_alone_says_nothing_about_the_day_itself():
    with pytest.raises(NotAllowed) as refusal:
        read_moment("10/01/2024", "Đóng", is_end=True)

    assert str(refusal.value) == (
        "Đóng: “10/01/2024” chưa rõ có tính cả ngày đó không; hãy thêm giờ, hoặc viết “trước ngày 10/01/2024” "
        "(không tính ngày đó) hay “chậm nhất ngày 10/01/2024” (tính cả ngày đó)."
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Mở: hãy nhập thời điểm, ví dụ 10/01/2024 17:00."),
        ("mai", "Mở: “mai” không đọc được; hãy viết ngày/tháng/năm giờ:phút, ví dụ 10/01/2024 17:00."),
        (
            "2024-01-10",
            "Mở: “2024-01-10” không đọc được; hãy viết ngày/tháng/năm giờ:phút, ví dụ 10/01/2024 17:00.",
        ),
        (
            "10/01/2024 và 11/01/2024",
            "Mở: “10/01/2024 và 11/01/2024” không đọc được; hãy viết ngày/tháng/năm giờ:phút, ví dụ 10/01/2024 17:00.",
        ),
        ("31/02/2024 08:00", "Mở: “31/02/2024 08:00” không có trong lịch; hãy kiểm tra ngày và tháng."),
        ("25:00 10/01/2024", "Mở: “25:00 10/01/2024” có giờ không đúng; giờ viết từ 00:00 đến 24:00."),
        ("24:30 10/01/2024", "Mở: “24:30 10/01/2024” có giờ không đúng; giờ viết từ 00:00 đến 24:00."),
        ("12:60 10/01/2024", "Mở: “12:60 10/01/2024” có giờ không đúng; giờ viết từ 00:00 đến 24:00."),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_way_to_write_it(text, sentence):
    with pytest.raises(NotAllowed) as refusal:
        read_moment(text, "Mở")

    assert str(refusal.value) == sentence


@pytest.mark.parametrize("moment", ["2024-01-10 00:00", "2024-01-10 17:00", "2023-12-31 23:59"])
def test_what_is_shown_can_be_read_again(moment):
    assert read_moment(moment_text(at(moment)), "Đóng", is_end=True) == at(moment)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2024-01-10 00:00", "trước ngày 10/01/2024, tức chậm nhất hết ngày 09/01/2024"),
        ("2024-02-19 17:00", "trước 17:00 ngày 19/02/2024"),
    ],
)
def test_an_exclusive_end_is_told_in_both_ways(moment, words):
    assert end_in_words(at(moment)) == words
