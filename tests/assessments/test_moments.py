"""Moments as officials write them."""

import pytest

from assessments.enums import EndWording
from assessments.rules import NotAllowed
from assessments.rules.moments import FORMS, end_in_words, end_text, moment_text, read_moment, wording_of
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
        ("trước ngày 10 tháng 01 năm 2024", "2024-01-10 00:00"),
        ("tháng 01/2024", "2024-02-01 00:00"),
        ("trong tháng 2 năm 2024", "2024-03-01 00:00"),
        ("chậm nhất tháng 12/2023", "2024-01-01 00:00"),
        ("trước tháng 01/2024", "2024-01-01 00:00"),
    ],
)
def test_an_end_is_read_as_officials_write_it(text, moment):
    assert read_moment(text, "Đóng", is_end=True) == at(moment)


def test_an_opening_day_and_an_opening_month_start_at_midnight():
    assert read_moment("tháng 01/2024", "Mở") == at("2024-01-01 00:00")
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
        ("", f"Mở: hãy nhập thời điểm, {FORMS}."),
        ("mai", f"Mở: “mai” không đọc được; hãy viết {FORMS}."),
        (
            "2024-01-10",
            f"Mở: “2024-01-10” không đọc được; hãy viết {FORMS}.",
        ),
        (
            "10/01/2024 và 11/01/2024",
            f"Mở: “10/01/2024 và 11/01/2024” không đọc được; hãy viết {FORMS}.",
        ),
        ("31/02/2024 08:00", "Mở: “31/02/2024 08:00” không có trong lịch; hãy kiểm tra ngày và tháng."),
        ("25:00 10/01/2024", "Mở: “25:00 10/01/2024” có giờ không đúng; giờ viết từ 00:00 đến 24:00."),
        ("tháng 13/2024", "Mở: “tháng 13/2024” không có trong lịch; tháng viết từ 01 đến 12."),
        ("10/01/9999", "Mở: “10/01/9999” không có trong lịch; hãy kiểm tra ngày và tháng."),
        ("17:00 tháng 01/2024", f"Mở: “17:00 tháng 01/2024” không đọc được; hãy viết {FORMS}."),
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


@pytest.mark.parametrize(
    ("text", "wording", "shown"),
    [
        ("trước ngày 10/01/2024", EndWording.BEFORE, "trước ngày 10/01/2024"),
        ("Chậm nhất ngày 10/01/2024", EndWording.LATEST, "chậm nhất ngày 10/01/2024"),
        ("hết ngày 10/01/2024", EndWording.LATEST, "chậm nhất ngày 10/01/2024"),
        ("tháng 02/2024", EndWording.LATEST, "chậm nhất ngày 29/02/2024"),
        ("trước tháng 02/2024", EndWording.BEFORE, "trước ngày 01/02/2024"),
        ("trước 17:00 ngày 10/01/2024", EndWording.EXACT, "10/01/2024 17:00"),
        ("10/01/2024 00:00", EndWording.EXACT, "10/01/2024 00:00"),
        ("24:00 ngày 09/01/2024", EndWording.EXACT, "10/01/2024 00:00"),
    ],
)
def test_the_wording_of_an_end_is_kept_and_read_again_as_the_same_moment(text, wording, shown):
    moment = read_moment(text, "Đóng", is_end=True)

    assert wording_of(text) == wording
    assert end_text(moment, wording) == shown
    assert read_moment(shown, "Đóng", is_end=True) == moment


def test_an_end_within_a_day_is_shown_exactly_whatever_its_wording():
    assert end_text(at("2024-01-10 17:00"), EndWording.LATEST) == "10/01/2024 17:00"


@pytest.mark.parametrize(
    ("wording", "closes"), [("trước ngày", "2024-01-10 00:00"), ("chậm nhất ngày", "2024-01-11 00:00")]
)
def test_the_two_wordings_of_the_tenth_are_a_day_apart(wording, closes):
    assert read_moment(f"{wording} 10/01/2024", "Đóng", is_end=True) == at(closes)
