from datetime import timedelta

import pytest

from notifications import rules
from notifications.enums import Status


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 1), (2, 5), (3, 15), (4, 60), (5, 120), (6, 240), (7, 480)])
def test_each_failure_waits_longer_and_at_most_a_fifth_more(attempts, minutes):
    waits = {rules.wait_before_next(message_id=number, attempts=attempts) for number in range(500)}

    assert min(waits) >= timedelta(minutes=minutes)
    assert max(waits) < timedelta(minutes=minutes * 1.2)
    assert len(waits) > 300  # messages that failed together do not come back together


def test_the_wait_of_one_message_is_always_the_same():
    assert rules.wait_before_next(message_id=7, attempts=3) == rules.wait_before_next(message_id=7, attempts=3)


def test_the_eighth_failure_is_the_last():
    assert rules.wait_before_next(message_id=1, attempts=8) is None


def test_all_waits_together_outlast_an_outage_of_six_hours():
    assert sum(rules.WAITS, timedelta()) > timedelta(hours=6)


@pytest.mark.parametrize("status", [Status.FAILED, Status.DEAD])
def test_what_was_given_up_may_be_sent_again(status):
    rules.check_can_send_again(status=status)


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (Status.WAITING, "Thư này đang chờ gửi, không cần gửi lại; hệ thống tự gửi trong ít phút nữa."),
        (Status.SENDING, "Thư này đang chờ gửi, không cần gửi lại; hệ thống tự gửi trong ít phút nữa."),
        (
            Status.SENT,
            "Thư này đã gửi tới người nhận, không gửi lần thứ hai; hãy xem nội dung tại Hộp thư đi.",
        ),
    ],
)
def test_what_is_on_its_way_or_arrived_is_not_sent_again(status, sentence):
    with pytest.raises(rules.NotAllowed) as refusal:
        rules.check_can_send_again(status=status)

    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Đào Thị Hoà", "dao thi hoa"), ("ĐÀO THỊ HÒA", "dao thi hoa"), ("  hai \n dòng ", "hai dong")],
)
def test_folding_ignores_diacritics_case_and_space(text, folded):
    assert rules.fold(text) == folded


def test_a_subject_is_one_line_in_composed_form():
    assert rules.one_line("Ha\u0323n\r\n tự  chấm ") == "Hạn tự chấm"
