"""Connecting Zalo again, alerts, quota, cost, and the page that shows them."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from assessments.enums import Role, UnitKind
from assessments.operations.units import write_unit
from notifications import operations
from notifications.models import Message, ZaloConnection, ZaloMonitor, ZaloTemplate
from notifications.operations.zalo import connection as connections
from notifications.rules import NotAllowed
from tests.notifications.factories import NOON, official
from tests.notifications.zalo.conftest import PHONE
from tests.notifications.zalo.test_sending import by_zalo
from tests.province import person as with_roles

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("wake_ups")]

HOUR = timedelta(hours=1)


@pytest.fixture
def root():
    return write_unit(code="HD", name="Tỉnh Hải Dương", kind=UnitKind.PROVINCE, parent=None)


@pytest.fixture
def administrator(root):
    return with_roles("quan-tri", root, (Role.ADMINISTRATOR, root))


@pytest.fixture
def organiser(root):
    return with_roles("to-chuc", root, (Role.ORGANISER, root))


class TestConnecting:
    def test_a_code_of_the_consent_page_connects(self, account, zalo, administrator):
        found = connections.connect_with_code(code=account.new_code(), by=administrator, at=NOON)

        assert found.access_token in account.access
        assert (found.is_connected, found.connected_by, found.expires_at) == (True, administrator, NOON + 25 * HOUR)

    def test_a_refresh_token_from_the_explorer_connects_and_is_spent(self, account, connection, administrator):
        found = connections.connect_with_refresh_token(
            refresh_token=connection.refresh_token, by=administrator, at=NOON
        )

        assert connection.refresh_token not in account.refresh
        assert found.refresh_token in account.refresh

    def test_a_code_works_once_and_the_old_connection_stays(self, account, connection, administrator):
        with pytest.raises(NotAllowed, match=r"Zalo không nhận: .*Invalid authorized code.*mỗi mã chỉ dùng"):
            connections.connect_with_code(code="used", by=administrator, at=NOON)

        kept = ZaloConnection.objects.get()
        assert (kept.access_token, kept.connected_by) == (connection.access_token, None)

    def test_connecting_again_mends_what_was_broken(self, account, connection, administrator):
        account.refresh.clear()
        connections.look_after(at=NOON + 20 * HOUR)
        connections.look_after(at=NOON + 26 * HOUR)
        assert not ZaloConnection.objects.get().is_connected
        assert ZaloMonitor.objects.get().trouble != ""

        connections.connect_with_code(code=account.new_code(), by=administrator, at=NOON + 21 * HOUR)

        assert ZaloConnection.objects.get().is_connected
        assert ZaloMonitor.objects.get().trouble == ""


class TestLookingAfter:
    def test_tokens_quota_and_templates_are_kept_fresh_without_any_message(self, account, connection):
        account.now = NOON + 20 * HOUR

        connections.look_after(at=NOON + 20 * HOUR)

        assert account.refreshes == 1
        assert (ZaloMonitor.objects.get().quota_daily, ZaloMonitor.objects.get().quota_remaining) == (500, 500)
        assert ZaloTemplate.objects.get().price_phone == 200

    def test_within_a_quarter_of_an_hour_nothing_is_asked_again(self, zalo, connection):
        connections.look_after(at=NOON)
        asked = len(zalo.calls)

        connections.look_after(at=NOON + timedelta(minutes=14))

        assert (asked, len(zalo.calls)) == (2, 2)

    @pytest.mark.usefixtures("connection", "organiser")
    def test_a_broken_connection_is_told_once_to_each_who_can_mend_it(self, account, administrator):
        administrator.email = "quan-tri@haiduong.example"
        administrator.save()
        account.refresh.clear()
        for hours in (20, 21, 22):
            account.now = NOON + hours * HOUR
            connections.look_after(at=NOON + hours * HOUR)

        operations.deliver_due(at=NOON + 22 * HOUR)

        assert [(letter.to, letter.subject) for letter in mail.outbox] == [
            (["quan-tri@haiduong.example"], "Zalo mất kết nối, cần kết nối lại")
        ]
        assert reverse("zalo_connect") in mail.outbox[0].body
        assert "Quy chế" not in mail.outbox[0].body

    def test_what_only_a_person_can_mend_is_told_once_a_day(self, zalo, connection, administrator):
        for hours, trouble in ((0, "Hết tiền"), (1, "Mẫu tin bị khóa"), (2, "Hết tiền")):
            ZaloMonitor.objects.update_or_create(pk=1, defaults={"trouble": trouble, "trouble_at": NOON})
            connections.look_after(at=NOON + hours * HOUR)

        told = Message.objects.filter(kind="zalo_trouble")
        assert [(letter.recipient, letter.channel) for letter in told] == [(administrator, "email")]
        assert "Hết tiền" in told[0].body_text
        assert reverse("zalo_status") in told[0].body_text

    def test_a_hiccup_needs_nobody(self, account, connection):
        account.faults.append(500)

        connections.look_after(at=NOON)

        assert ZaloMonitor.objects.filter(trouble__gt="").count() == 0

    def test_without_settings_or_connection_nothing_is_asked(self, zalo, settings):
        connections.look_after(at=NOON)
        settings.ZALO = settings.ZALO | {"app_id": ""}
        connections.look_after(at=NOON)

        assert zalo.calls == []


class TestThePages:
    def test_the_organiser_reads_quota_and_cost_of_their_own_people(self, account, connection, administrator, client):
        account.person_with(PHONE)
        within = with_roles("can-bo", administrator.unit, (Role.OFFICER, administrator.unit))
        within.phone = PHONE
        within.save()
        elsewhere = official()
        elsewhere.phone = PHONE
        elsewhere.save()
        now = timezone.localtime().replace(hour=9)
        account.now = now
        account.access = dict.fromkeys(account.access, now.timestamp() + 3600)
        ZaloConnection.objects.update(obtained_at=now, expires_at=now + 25 * HOUR)
        by_zalo(within, at=now)
        by_zalo(elsewhere, at=now)
        operations.deliver_due(at=now)
        connections.look_after(at=now)
        client.force_login(administrator)

        page = client.get("/zalo/").content.decode()

        assert Message.objects.filter(status="sent").count() == 2
        assert "Hôm nay còn <strong>498</strong> trong 500 tin theo mẫu" in page
        assert '<td data-label="Số tin" class="is-number">1</td>' in page
        assert '<td data-label="Chi phí chưa thuế (đồng)" class="is-number">200' in page

    def test_who_may_not_connect_reads_who_can(self, connection, organiser, client):
        client.force_login(organiser)

        page = client.get("/zalo/").content.decode()

        assert "Việc này dành cho người quản trị tài khoản của cả tỉnh." in page
        assert client.get("/zalo/ket-noi/").status_code == 403
        assert client.post("/zalo/ket-noi/", {"code": "x"}).status_code == 403

    def test_the_callback_only_fills_the_form_in(self, account, zalo, administrator, client):
        client.force_login(administrator)
        code = account.new_code()

        page = client.get("/zalo/ket-noi/", {"code": code, "oa_id": "1"}).content.decode()

        assert f'value="{code}"' in page
        assert zalo.calls == []
        assert client.post("/zalo/ket-noi/", {"code": code}).status_code == 302
        assert ZaloConnection.objects.get().is_connected

    @pytest.mark.parametrize("sent", [{}, {"code": "a", "refresh_token": "b"}])
    def test_one_of_the_two_is_asked_for(self, zalo, administrator, client, sent):
        client.force_login(administrator)

        answer = client.post("/zalo/ket-noi/", sent)

        assert answer.status_code == 422
        assert "Điền một trong hai ô" in answer.content.decode()

    def test_a_refused_code_is_said_and_stays_in_the_form(self, zalo, administrator, client):
        client.force_login(administrator)

        answer = client.post("/zalo/ket-noi/", {"code": "da-dung"})

        assert answer.status_code == 422
        assert "Zalo không nhận" in answer.content.decode()
        assert 'value="da-dung"' in answer.content.decode()

    def test_a_trouble_is_shown_until_somebody_says_it_is_dealt_with(self, zalo, administrator, client):
        ZaloMonitor.objects.create(pk=1, trouble="Hết tiền", trouble_at=NOON)
        client.force_login(administrator)
        assert "Hết tiền" in client.get("/zalo/").content.decode()

        client.post("/zalo/da-xu-ly/")

        assert "Hết tiền" not in client.get("/zalo/").content.decode()

    def test_without_zalo_the_pages_say_so(self, administrator, client):
        client.force_login(administrator)

        assert "Zalo chưa được cài đặt" in client.get("/zalo/").content.decode()
        assert "chưa được cài đặt để gửi tin Zalo" in client.get("/tai-khoan/cua-toi/zalo/").content.decode()

    @pytest.mark.parametrize("size", [1, 3])
    def test_the_page_takes_the_same_queries_for_any_number_of_templates(
        self, account, connection, administrator, client, settings, size, django_assert_num_queries
    ):
        kinds = ["step_opened", "step_due", "step_overdue"][:size]
        settings.ZALO = settings.ZALO | {"templates": {kind: str(number) for number, kind in enumerate(kinds)}}
        for number in range(size):
            ZaloTemplate.objects.create(template_id=str(number), status="ENABLE", read_at=NOON)
        client.force_login(administrator)
        client.get("/zalo/")

        with django_assert_num_queries(14):
            assert client.get("/zalo/").content.decode().count("Dùng được") == size
