"""What people choose, on the page and by the link in a letter."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from notifications import kinds, operations, tokens
from notifications.enums import Source
from notifications.models import ChannelPreference, DigestHour
from notifications.operations.preferences import set_preference, set_preferences
from notifications.queries import people
from notifications.rules import NotAllowed
from tests.notifications.factories import NOON, message, official

pytestmark = pytest.mark.django_db

PAGE = "/tai-khoan/cua-toi/nhan-thong-bao/"


@pytest.fixture(autouse=True)
def three_kinds(monkeypatch):
    """One kind that must be sent and one that people may switch off, whatever the other apps have."""
    monkeypatch.setattr(kinds, "_kinds", {})
    kinds.register("step_opened", "Có việc mới", required=True)
    kinds.register("step_due", "Sắp đến hạn")


def choices():
    return list(ChannelPreference.objects.values_list("channel", "group", "wanted", "changed_at", "source"))


class TestChoosing:
    def test_what_was_never_chosen_is_wanted_and_leaves_no_row(self):
        hoa = official()

        assert set_preference(user=hoa, channel="email", group="step_due", wanted=True, at=NOON) is None
        assert people.channels_for([hoa], ["step_due"]) == {hoa.pk: {"step_due": ["email"]}}

    def test_a_choice_is_kept_with_its_moment_and_repeating_it_changes_nothing(self):
        hoa = official()
        set_preference(user=hoa, channel="email", group="step_due", wanted=False, at=NOON)
        set_preference(user=hoa, channel="email", group="step_due", wanted=False, at=NOON + timedelta(days=1))

        assert choices() == [("email", "step_due", False, NOON, Source.PAGE)]

    def test_a_choice_can_be_taken_back(self):
        hoa = official()
        set_preference(user=hoa, channel="email", group="step_due", wanted=False, at=NOON, source=Source.LINK)
        set_preference(user=hoa, channel="email", group="step_due", wanted=True, at=NOON + timedelta(days=1))

        assert choices() == [("email", "step_due", True, NOON + timedelta(days=1), Source.PAGE)]
        assert people.channels_for([hoa], ["step_due"]) == {hoa.pk: {"step_due": ["email"]}}

    def test_what_the_regulation_requires_cannot_be_switched_off(self):
        with pytest.raises(NotAllowed, match=r"^Quy chế yêu cầu gửi thư “Có việc mới” nên không thể tắt"):
            set_preference(user=official(), channel="email", group="step_opened", wanted=False, at=NOON)

        assert choices() == []

    @pytest.mark.parametrize(("channel", "group"), [("bo-cau", "step_due"), ("email", "other")])
    def test_an_unknown_channel_or_group_is_refused(self, channel, group):
        with pytest.raises(ValueError, match="Không có kênh"):
            set_preference(user=official(), channel=channel, group=group, wanted=False, at=NOON)

    def test_a_wrong_hour_undoes_the_choices_made_with_it(self):
        hoa = official()
        with pytest.raises(NotAllowed):
            set_preferences(user=hoa, wanted={("email", "step_due"): False}, digest_hour=20, at=NOON)

        assert (choices(), DigestHour.objects.count()) == ([], 0)


class TestChannelsOfMany:
    def test_each_person_gets_what_they_chose(self):
        hoa, nam, without = official(), official(), official(email="")
        set_preference(user=hoa, channel="email", group="step_due", wanted=False, at=NOON)

        assert people.channels_for([hoa, nam, without], ["step_due", "step_opened"]) == {
            hoa.pk: {"step_due": [], "step_opened": ["email"]},
            nam.pk: {"step_due": ["email"], "step_opened": ["email"]},
            without.pk: {"step_due": [], "step_opened": ["email"]},
        }

    @pytest.mark.parametrize("size", [1, 3, 600])
    def test_one_query_answers_for_any_number_of_people(self, size, django_assert_num_queries):
        hoa = official()
        set_preference(user=hoa, channel="email", group="step_due", wanted=False, at=NOON)

        with django_assert_num_queries(1):
            found = people.channels_for([hoa] * size, ["step_due", "step_opened"])

        assert found == {hoa.pk: {"step_due": [], "step_opened": ["email"]}}

    @pytest.mark.parametrize("size", [1, 3])
    def test_the_hours_of_the_digest_take_one_query(self, size, django_assert_num_queries):
        officials = [official() for _ in range(size)]
        set_preferences(user=officials[0], wanted={}, digest_hour=19, at=NOON)

        with django_assert_num_queries(1):
            hours = people.digest_hours_of(officials)

        assert hours == {person.pk: 19 if person == officials[0] else 7 for person in officials}


class TestThePage:
    def test_who_is_not_signed_in_is_asked_to(self, client):
        assert client.get(PAGE).status_code == 302

    def test_a_required_kind_is_fixed_and_says_why(self, client):
        client.force_login(official())

        page = client.get(PAGE).content.decode()

        (fixed,) = re.findall(r'<input type="checkbox" name="email:step_opened"[^>]*>', page)
        (free,) = re.findall(r'<input type="checkbox" name="email:step_due"[^>]*>', page)
        assert ("checked" in fixed, "disabled" in fixed) == (True, True)
        assert ("checked" in free, "disabled" in free) == (True, False)
        assert "Quy chế yêu cầu gửi thư “Có việc mới” nên không thể tắt thư điện tử cho loại này." in page
        assert "Giờ nhận thư tổng hợp" not in page  # nothing is gathered

    def test_what_is_unticked_is_switched_off_for_that_person_alone(self, client):
        hoa, nam = official(), official()
        client.force_login(hoa)

        answer = client.post(PAGE, {}, follow=True)

        assert answer.redirect_chain == [(PAGE, 302)]
        assert [(row.user_id, row.channel, row.group, row.wanted) for row in ChannelPreference.objects.all()] == [
            (hoa.pk, "email", "step_due", False)
        ]
        assert "Đã lưu lựa chọn nhận thông báo của bạn." in answer.content.decode()
        assert "Sắp đến hạn (Thư điện tử): tắt trên trang Nhận thông báo lúc" in answer.content.decode()
        assert people.channels_for([nam], ["step_due"])[nam.pk] == {"step_due": ["email"]}

    def test_a_box_that_is_fixed_cannot_be_forged_off(self, client):
        hoa = official()
        client.force_login(hoa)

        client.post(PAGE, {"email:step_opened": "", "email:step_due": "on"})

        assert choices() == []

    def test_the_hour_of_the_digest_is_asked_where_there_is_one(self, client):
        kinds.register("day", "Tổng hợp ngày", is_digest=True)
        hoa = official()
        client.force_login(hoa)

        refused = client.post(PAGE, {"email:step_due": "on", "email:day": "on", "digest_hour": "20"})
        client.post(PAGE, {"email:step_due": "on", "email:day": "on", "digest_hour": "18"})

        assert refused.status_code == 422
        assert "Chọn một giờ trong danh sách." in refused.content.decode()
        assert list(DigestHour.objects.values_list("user", "hour")) == [(hoa.pk, 18)]
        assert '<option value="18" selected>' in client.get(PAGE).content.decode()

    def test_the_page_costs_seven_queries(self, client, django_assert_num_queries):
        hoa = official()
        client.force_login(hoa)
        for _ in range(2):
            with django_assert_num_queries(7):  # session, person, roles, open work, choices, hour, marks
                client.get(PAGE)
            set_preference(user=hoa, channel="email", group="step_due", wanted=False, at=NOON)


def delivered(**fields):
    """Return the one letter that goes out for a message."""
    message(**fields)
    operations.deliver_due(at=NOON)
    return mail.outbox[-1]


class TestTheLink:
    def link_of(self, letter):
        return letter.extra_headers["List-Unsubscribe"].removeprefix("<").removesuffix(">")

    def path_of(self, letter, settings):
        return self.link_of(letter).removeprefix(settings.SITE_URL)

    def test_a_letter_that_may_be_switched_off_says_so_in_headers_text_and_html(self):
        letter = delivered(kind="step_due")

        url = self.link_of(letter)
        assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert letter.body.endswith(f"Không muốn nhận loại thư này nữa? Ngừng nhận thư “Sắp đến hạn”:\n{url}\n")
        assert f'<a class="quiet" href="{url}">Ngừng nhận thư “Sắp đến hạn”</a>' in letter.alternatives[0].content

    def test_a_letter_that_is_required_has_no_such_header_and_says_why(self):
        letter = delivered(kind="step_opened")

        assert set(letter.extra_headers) == {"From", "Message-ID", "Auto-Submitted"}
        assert letter.body.endswith("Quy chế đánh giá yêu cầu gửi loại thư này nên không thể tắt.\n")

    def test_a_letter_of_a_kind_that_nobody_described_says_nothing(self):
        letter = delivered(kind="other")

        assert set(letter.extra_headers) == {"From", "Message-ID", "Auto-Submitted"}
        assert letter.body == "Ông/bà có việc mới.\n"

    def test_the_address_that_a_mail_provider_reads_is_on_one_line_of_the_letter(self):
        message_bytes = delivered(kind="step_due").message().as_bytes()

        assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\n" in message_bytes

    def test_looking_at_the_link_changes_nothing_and_asks(self, client, settings):
        page = client.get(self.path_of(delivered(kind="step_due"), settings))

        assert (page.status_code, choices()) == (200, [])
        assert "Ngừng nhận thư “Sắp đến hạn”?" in page.content.decode()

    def test_one_click_of_a_mail_provider_switches_it_off_without_cookies_and_twice_is_once(self, settings):
        hoa = official()
        path = self.path_of(delivered(kind="step_due", recipient=hoa), settings)
        provider = Client(enforce_csrf_checks=True)

        for _ in range(2):
            answer = provider.post(path, {"List-Unsubscribe": "One-Click"})
            assert answer.status_code == 200
            assert "Đã ngừng gửi thư “Sắp đến hạn”" in answer.content.decode()

        assert [row[:3] + row[4:] for row in choices()] == [("email", "step_due", False, Source.LINK)]
        assert people.channels_for([hoa], ["step_due"])[hoa.pk] == {"step_due": []}

    def test_what_the_link_did_is_shown_and_taken_back_on_the_page(self, client, settings):
        hoa = official()
        client.post(self.path_of(delivered(kind="step_due", recipient=hoa), settings))
        client.force_login(hoa)

        assert "Sắp đến hạn (Thư điện tử): tắt bằng liên kết trong thư lúc" in client.get(PAGE).content.decode()
        client.post(PAGE, {"email:step_due": "on"})
        assert people.channels_for([hoa], ["step_due"])[hoa.pk] == {"step_due": ["email"]}

    @pytest.mark.parametrize("token", ["x", "WzEsImVtYWlsIiwic3RlcF9kdWUiXQ:1abc:forged"])
    def test_a_link_that_we_did_not_make_is_refused(self, client, token):
        official()
        answer = client.post(f"/thong-bao/ngung/{token}/")

        assert (answer.status_code, choices()) == (404, [])
        assert "Liên kết không dùng được" in answer.content.decode()

    def test_a_link_of_a_kind_that_has_become_required_says_why_it_does_nothing(self, client, settings):
        path = self.path_of(delivered(kind="step_due"), settings)
        kinds.register("step_due", "Sắp đến hạn", required=True)

        answer = client.post(path)

        assert (answer.status_code, choices()) == (422, [])
        assert "Quy chế yêu cầu gửi thư “Sắp đến hạn”" in answer.content.decode()

    def test_a_mark_is_read_back_as_it_was_made(self):
        choice = tokens.Choice(7, "email", "step_due")

        assert tokens.read_unsubscribe_token(tokens.unsubscribe_token(choice)) == choice
