from datetime import timedelta

import pytest

from notifications import rules
from notifications.enums import Status
from notifications.kinds import Group, Kind


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
        (Status.CANCELLED, "Việc nêu trong thư này đã xong nên không cần gửi nữa."),
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


REQUIRED = Kind(code="opened", label="Có việc mới", required=True, group="opened")
OPTIONAL = Kind(code="due", label="Sắp đến hạn", required=False, group="due")


@pytest.mark.parametrize(
    ("kind", "preferences", "available", "channels"),
    [
        (OPTIONAL, {}, ["email", "zalo"], ["email", "zalo"]),
        (OPTIONAL, {("email", "due"): False}, ["email", "zalo"], ["zalo"]),
        (OPTIONAL, {("email", "due"): False, ("zalo", "due"): False}, ["email", "zalo"], []),
        (OPTIONAL, {("email", "opened"): False}, ["email"], ["email"]),
        (OPTIONAL, {("email", "due"): True}, ["email"], ["email"]),
        (OPTIONAL, {}, [], []),
        (REQUIRED, {}, ["email", "zalo"], ["email", "zalo"]),
        (REQUIRED, {("zalo", "opened"): False}, ["email", "zalo"], ["email"]),
        (REQUIRED, {("email", "opened"): False}, ["email", "zalo"], ["email", "zalo"]),
        (REQUIRED, {("email", "opened"): False, ("zalo", "opened"): False}, ["email", "zalo"], ["email"]),
        (REQUIRED, {}, ["zalo"], ["email", "zalo"]),
        (REQUIRED, {}, [], ["email"]),
    ],
)
def test_what_the_regulation_requires_goes_by_e_mail_and_the_rest_where_the_person_wants_it(
    kind, preferences, available, channels
):
    assert rules.wanted_channels(kind, preferences, available) == channels


@pytest.mark.parametrize(
    ("channel", "required", "wanted", "allowed"),
    [
        ("email", True, False, False),
        ("email", True, True, True),
        ("email", False, False, True),
        ("zalo", True, False, True),
        ("zalo", False, False, True),
    ],
)
def test_only_the_e_mail_of_what_is_required_cannot_be_switched_off(channel, required, wanted, allowed):
    group = Group("opened", "Có việc mới", required=required)

    if allowed:
        rules.check_can_choose(channel=channel, group=group, wanted=wanted)
        return
    with pytest.raises(rules.NotAllowed) as refusal:
        rules.check_can_choose(channel=channel, group=group, wanted=wanted)
    assert str(refusal.value) == ("Quy chế yêu cầu gửi thư “Có việc mới” nên không thể tắt thư điện tử cho loại này.")


@pytest.mark.parametrize(
    ("answer", "condemns"),
    [
        ("550 no such user", True),
        ("550 5.1.1 unknown", True),
        ("550 5.0.0 rejected", True),
        ("552 5.2.2 mailbox full", True),
        ("550 5.4.4 unable to route", True),
        ("5.1.10", True),
        ("552 5.3.4 too big", False),
        ("555 5.5.4 parameters", False),
        ("554 5.6.0 content", False),
        ("550 5.7.1 blocked using a list", False),
        ("450 4.2.2 mailbox full", False),
        ("550 host 203.0.113.25 says no", True),
        ("550 5.1.1.", True),
    ],
)
def test_a_final_refusal_condemns_the_address_unless_it_speaks_of_us_or_of_the_letter(answer, condemns):
    assert rules.condemns_address(answer) is condemns


@pytest.mark.parametrize(("hour", "allowed"), [(6, False), (7, True), (19, True), (20, False)])
def test_a_digest_comes_by_day(hour, allowed):
    if allowed:
        rules.check_digest_hour(hour)
        return
    with pytest.raises(rules.NotAllowed, match=r"^Giờ nhận thư tổng hợp từ 7 giờ đến 19 giờ\.$"):
        rules.check_digest_hour(hour)


def test_an_address_that_is_marked_is_refused_with_the_way_to_mend_it():
    rules.check_address_works(address="hoa@haiduong.example", is_failing=False)
    with pytest.raises(rules.NotAllowed) as refusal:
        rules.check_address_works(address="hoa@haiduong.example", is_failing=True)

    assert str(refusal.value) == (
        "Địa chỉ hoa@haiduong.example đang bị đánh dấu là không nhận được thư; hãy sửa địa chỉ trong tài khoản người "
        "nhận, hoặc người quản trị bấm “Thử lại địa chỉ” ở thẻ Địa chỉ hỏng, rồi gửi lại."
    )
