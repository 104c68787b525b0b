"""Signing in: attempts that fail cost time, the same whether or not there is such an account; a new password first."""

from datetime import timedelta

import pytest
from django.test import Client, RequestFactory

from assessments import clock
from assessments.models import SignInAttempts
from assessments.operations import officials
from assessments.rules.sign_ins import FREE_OF_ACCOUNT, FREE_OF_ADDRESS, wait_after
from config.addresses import client_address
from tests.province import Province, at, make_province

pytestmark = pytest.mark.django_db

NOW = at("2024-01-02 08:00")
PASSWORD = "mưa rào mùa hạ 2024"
WAIT = (
    "Đã nhập sai nhiều lần nên tạm dừng nhận đăng nhập; hãy thử lại từ 08:00:31 ngày 02/01/2024. Nếu quên mật khẩu, "
    "liên hệ người quản trị của đơn vị bạn để được cấp mật khẩu tạm."
)


@pytest.fixture
def province() -> Province:
    province = make_province(opened=False)
    officer = province.people["officer-SXD"]
    officer.set_password(PASSWORD)
    officer.save()
    return province


def sign_in(client, username, password, *, moment=NOW, address="203.0.113.7"):
    with clock.simulated(moment):
        return client.post("/dang-nhap/", {"username": username, "password": password}, REMOTE_ADDR=address)


def refusal_of(answer) -> list[str]:
    return [] if answer.status_code == 302 else list(answer.context["form"].non_field_errors())


@pytest.mark.parametrize("name", ["officer-SXD", "khong-co-ai"])
def test_the_sixth_attempt_waits_even_with_the_right_password(client, province, name):
    username = province.people[name].username if name in province.people else name
    said = [refusal_of(sign_in(client, username, "sai", address=f"203.0.113.{n}")) for n in range(FREE_OF_ACCOUNT)]

    answer = sign_in(client, f" {username.upper()}", PASSWORD)

    assert {len(sentences) for sentences in said} == {1}
    assert all("không đúng" in sentences[0] for sentences in said)
    assert refusal_of(answer) == [WAIT]


def test_after_the_wait_a_success_forgets_the_failures(client, province):
    username = province.people["officer-SXD"].username
    for _ in range(FREE_OF_ACCOUNT):
        sign_in(client, username, "sai")

    early = sign_in(client, username, PASSWORD, moment=NOW + timedelta(seconds=29))
    answer = sign_in(client, username, PASSWORD, moment=NOW + timedelta(seconds=30))

    assert (early.status_code, answer.status_code) == (200, 302)
    assert list(SignInAttempts.objects.values_list("subject", "failures")) == [("address:203.0.113.7", FREE_OF_ACCOUNT)]


def test_one_address_cannot_try_every_account(client, province):
    for number in range(FREE_OF_ADDRESS):
        assert "không đúng" in refusal_of(sign_in(client, f"ten-{number}", "sai"))[0]

    username = province.people["officer-SXD"].username
    assert refusal_of(sign_in(client, username, PASSWORD)) == [WAIT]
    assert sign_in(client, username, PASSWORD, address="203.0.113.8").status_code == 302


def test_one_good_account_does_not_let_its_holder_try_the_others_without_end(client, province):
    username = province.people["officer-SXD"].username
    for number in range(FREE_OF_ADDRESS - 1):
        sign_in(Client(), f"ten-{number}", "sai")
        assert sign_in(Client(), username, PASSWORD).status_code == 302

    sign_in(client, "ten-nua", "sai")
    assert refusal_of(sign_in(client, username, PASSWORD)) == [WAIT]


def test_old_failures_are_forgotten(client, province):
    for _ in range(FREE_OF_ACCOUNT):
        sign_in(client, "ai-do", "sai")

    assert "không đúng" in refusal_of(sign_in(client, "ai-do", "sai", moment=NOW + timedelta(hours=3)))[0]
    assert set(SignInAttempts.objects.values_list("failures", flat=True)) == {1}


def test_names_are_not_kept(client, province):
    sign_in(client, "mat-khau-go-nham-o", "sai")

    assert not SignInAttempts.objects.filter(subject__contains="mat-khau").exists()


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (9, 480), (10, 900), (10_000, 900)]
)
def test_waits_grow_to_an_end(failures, seconds):
    assert wait_after(failures, free=5) == timedelta(seconds=seconds)


def test_an_administrator_sees_the_failures_and_a_new_password_ends_the_wait(client, province):
    officer = province.people["officer-SXD"]
    for _ in range(FREE_OF_ACCOUNT):
        sign_in(client, officer.username, "sai")
    client.force_login(province.people["administrator"])

    page = client.get(f"/tai-khoan/{officer.pk}/").content.decode()
    password = officials.issue_password(official=officer, by=province.people["administrator"], at=NOW)

    assert "5 lần liên tiếp, lần cuối lúc 02/01/2024 08:00; nhận đăng nhập lại từ 02/01/2024 08:00" in page
    assert sign_in(Client(), officer.username, password).status_code == 302


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.1", "203.0.113.7"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        (2, "1.1.1.1, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
        (2, "198.51.100.1", "203.0.113.7"),
        (1, "không phải địa chỉ", ""),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        (1, "::ffff:198.51.100.1", "198.51.100.1"),
    ],
)
def test_a_forwarded_address_is_believed_as_far_as_the_setting_says(settings, proxies, forwarded, address):
    settings.PROXIES_IN_FRONT = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.7", headers={"X-Forwarded-For": forwarded})

    assert client_address(request) == address


def test_a_temporary_password_must_be_changed_before_anything_else(client, province):
    officer, administrator = province.people["officer-SXD"], province.people["administrator"]
    password = officials.issue_password(official=officer, by=administrator, at=NOW)
    sign_in(client, officer.username, password)

    assert client.get("/viec/")["Location"] == "/tai-khoan/cua-toi/mat-khau/"
    assert client.get("/ket-qua/")["Location"] == "/tai-khoan/cua-toi/mat-khau/"
    assert client.post("/tai-khoan/cua-toi/", {"position": "khác"})["Location"] == "/tai-khoan/cua-toi/mat-khau/"
    assert client.get("/viec/", headers={"Accept": "application/json"}).status_code == 403
    page = client.get("/tai-khoan/cua-toi/mat-khau/")
    assert "Mật khẩu hiện nay do người quản trị cấp tạm" in page.content.decode()

    same = {"old_password": password, "new_password1": password, "new_password2": password}
    again = client.post("/tai-khoan/cua-toi/mat-khau/", same)
    assert "Mật khẩu mới phải khác mật khẩu đang dùng." in again.content.decode()

    new = {"old_password": password, "new_password1": PASSWORD + "!", "new_password2": PASSWORD + "!"}
    assert client.post("/tai-khoan/cua-toi/mat-khau/", new).status_code == 302
    assert client.get("/ket-qua/").status_code == 200


def test_the_old_password_is_asked_for(client, province):
    client.force_login(province.people["officer-SXD"])
    new = {"old_password": "đoán", "new_password1": PASSWORD + "!", "new_password2": PASSWORD + "!"}

    answer = client.post("/tai-khoan/cua-toi/mat-khau/", new)

    assert answer.status_code == 422
    province.people["officer-SXD"].refresh_from_db()
    assert province.people["officer-SXD"].check_password(PASSWORD)


def change_one_s_own(officer, administrator, client):
    new = {"old_password": PASSWORD, "new_password1": PASSWORD + "!", "new_password2": PASSWORD + "!"}
    assert client.post("/tai-khoan/cua-toi/mat-khau/", new).status_code == 302
    assert client.get("/tai-khoan/cua-toi/").status_code == 200  # the session that did it goes on


def issue(officer, administrator, client):
    officials.issue_password(official=officer, by=administrator, at=NOW)


def stop_and_start(officer, administrator, client):
    officials.deactivate(official=officer, by=administrator, at=NOW)
    officials.reactivate(official=officer, by=administrator, at=NOW)


@pytest.mark.parametrize("change", [change_one_s_own, issue, stop_and_start])
def test_other_sessions_end(client, province, change):
    officer, elsewhere = province.people["officer-SXD"], Client()
    sign_in(client, officer.username, PASSWORD)
    sign_in(elsewhere, officer.username, PASSWORD)
    assert elsewhere.get("/tai-khoan/cua-toi/").status_code == 200

    officer.refresh_from_db()
    change(officer, province.people["administrator"], client)

    assert elsewhere.get("/tai-khoan/cua-toi/")["Location"].startswith("/dang-nhap/")
