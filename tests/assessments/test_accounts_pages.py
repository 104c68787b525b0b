"""Accounts and roles through HTTP: who administers whom, what is shown once, what is refused."""

import re

import pytest
from django.urls import reverse

from assessments.enums import Role, UnitKind
from assessments.models import AuditEvent, Official
from assessments.operations.officials import deactivate, describe_official, issue_password, reactivate
from assessments.operations.units import write_unit
from assessments.rules import NotAllowed, NotPermitted
from tests.province import Province, at, make_province, person

pytestmark = pytest.mark.django_db
NOW = at("2024-01-02 08:00")
FIELDS = {
    "username": "nguyen.an",
    "display_name": "Nguyễn Văn An",
    "position": "Chuyên viên",
    "email": "an@example.vn",
    "phone": "0912 345 678",
}


@pytest.fixture
def province() -> Province:
    return make_province(opened=False)


@pytest.fixture
def district(province) -> dict[str, Official]:
    """A district of its own with an administrator, who administers nobody else."""
    unit = write_unit(code="294", name="Huyện Thanh Hà", kind=UnitKind.DISTRICT, parent=province.root)
    commune = write_unit(code="10813", name="Xã Thanh Sơn", kind=UnitKind.COMMUNE, parent=unit)
    return {
        "administrator": person("quan-tri-thanh-ha", unit, (Role.ADMINISTRATOR, unit)),
        "officer": person("can-bo-thanh-son", commune, (Role.OFFICER, commune)),
    }


def page_of(official: Official, name: str = "account") -> str:
    return reverse(name, args=[official.pk])


def errors_of(response) -> list[str]:
    """Return what the error summary of a page says."""
    summary = re.search(r'<div class="error-summary".*?</div>', response.content.decode(), re.DOTALL)
    found = re.findall(r"<li>(.*?)</li>", summary.group(), re.DOTALL) if summary else []
    return [" ".join(re.sub(r"<[^>]+>", " ", each).split()) for each in found]


def test_an_administrator_lists_the_accounts_of_the_tree_and_no_others(client, district):
    client.force_login(district["administrator"])

    rows = client.get("/tai-khoan/").context["rows"]

    assert [row["official"].username for row in rows] == ["can-bo-thanh-son", "quan-tri-thanh-ha"]


@pytest.mark.parametrize(("text", "found"), [("thanh son", ["can-bo-thanh-son"]), ("so xay dung", []), ("CÁN BỘ", 1)])
def test_accounts_are_found_without_diacritics(client, district, text, found):
    client.force_login(district["administrator"])

    rows = client.get("/tai-khoan/", {"q": text}).context["rows"]

    assert [row["official"].username for row in rows] == (["can-bo-thanh-son"] if found == 1 else found)


def test_accounts_are_filtered_by_role_and_state(client, province):
    client.force_login(province.people["administrator"])
    deactivate(official=province.people["head-SYT"], by=province.people["administrator"], at=NOW)

    heads = client.get("/tai-khoan/", {"vai-tro": Role.HEAD.value, "trang-thai": "active"}).context["rows"]
    stopped = client.get("/tai-khoan/", {"trang-thai": "inactive"}).context["rows"]

    assert [row["official"].username for row in heads] == ["lanh-dao-stp", "lanh-dao-sxd"]
    assert [row["official"].username for row in stopped] == ["lanh-dao-syt"]


@pytest.mark.parametrize("who", ["officer-SXD", "organiser", "supervisor", "secretary"])
def test_nobody_else_opens_the_list(client, province, who):
    client.force_login(province.people[who])

    response = client.get("/tai-khoan/")

    assert response.status_code == 403
    assert "dành cho người quản trị tài khoản" in response.content.decode()


def test_somebody_not_signed_in_is_sent_to_the_sign_in_page(client, province):
    own = page_of(province.people["officer-SXD"])

    assert [client.get(each).status_code for each in ("/tai-khoan/", "/tai-khoan/cua-toi/", own)] == [302] * 3


def test_a_new_account_signs_in_with_the_password_that_is_shown_once(client, province):
    client.force_login(province.people["administrator"])

    response = client.post("/tai-khoan/moi/", FIELDS | {"unit": province.units["SXD"].pk})

    official = Official.objects.get(username="nguyen.an")
    assert response.status_code == 201
    assert "no-store" in response["Cache-Control"]
    assert response.context["password"] in response.content.decode()
    assert client.login(username="nguyen.an", password=response.context["password"])
    assert (official.unit, official.display_name, official.email) == (
        province.units["SXD"],
        "Nguyễn Văn An",
        "an@example.vn",
    )


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"username": "LANH-DAO-SXD"}, "Tên đăng nhập “lanh-dao-sxd” đã có người dùng."),
        (
            {"username": "nguyễn an"},
            "Tên đăng nhập có từ 3 ký tự: chữ thường không dấu, số, dấu chấm, gạch nối, gạch dưới.",
        ),
        ({"display_name": ""}, "Nhập họ và tên."),
        ({"email": "an@"}, "Địa chỉ thư phải viết như ten@haiduong.gov.vn."),
        ({"phone": "máy bàn"}, "Số điện thoại chỉ gồm chữ số, ví dụ 0912 345 678."),
    ],
)
def test_a_refused_account_keeps_what_was_typed(client, province, changes, error):
    client.force_login(province.people["administrator"])
    before = Official.objects.count()

    response = client.post("/tai-khoan/moi/", FIELDS | {"unit": province.units["SXD"].pk} | changes)

    assert response.status_code == 422
    assert errors_of(response) == [error]
    assert 'value="Chuyên viên"' in response.content.decode()
    assert Official.objects.count() == before


def test_an_account_cannot_be_made_in_a_unit_outside_the_tree(client, province, district):
    client.force_login(district["administrator"])

    response = client.post("/tai-khoan/moi/", FIELDS | {"unit": province.units["SXD"].pk})

    assert response.status_code == 422
    assert not Official.objects.filter(username="nguyen.an").exists()


@pytest.mark.parametrize("name", ["account_describe", "account_deactivate"])
def test_an_account_outside_the_tree_does_not_exist(client, province, district, name):
    client.force_login(district["administrator"])
    other = province.people["officer-SXD"]

    assert client.get(page_of(other)).status_code == 404
    assert client.get(page_of(other, name)).status_code == 404
    assert client.post(page_of(other, name)).status_code == 404
    other.refresh_from_db()
    assert other.is_active


@pytest.mark.parametrize("name", ["account_grant", "account_withdraw_role", "account_password", "account_reactivate"])
def test_nothing_is_done_to_an_account_outside_the_tree(client, province, district, name):
    client.force_login(district["administrator"])
    other = province.people["officer-SXD"]

    response = client.post(page_of(other, name), {"role": Role.HEAD.value, "unit": province.units["SXD"].pk})

    assert response.status_code == 404
    assert AuditEvent.objects.filter(by=district["administrator"]).count() == 0


def test_an_account_is_described(client, province):
    client.force_login(province.people["administrator"])
    official = province.people["officer-SXD"]

    client.post(
        page_of(official, "account_describe"),
        {
            "display_name": "Trần  Thị Bình",
            "unit": province.units["SYT"].pk,
            "position": "Phó phòng",
            "email": "",
            "phone": "",
        },
    )

    official.refresh_from_db()
    assert (official.display_name, official.unit.code, official.position) == ("Trần Thị Bình", "SYT", "Phó phòng")


def test_a_role_is_given_and_taken_away(client, province):
    client.force_login(province.people["administrator"])
    official, unit = province.people["officer-SXD"], province.units["SYT"]

    client.post(page_of(official, "account_grant"), {"role": Role.HEAD.value, "unit": unit.pk})
    given = Official.objects.get(pk=official.pk).holds(Role.HEAD, unit)
    client.post(page_of(official, "account_withdraw_role"), {"role": Role.HEAD.value, "unit": unit.code})

    assert given is True
    assert Official.objects.get(pk=official.pk).holds(Role.HEAD, unit) is False


def test_a_role_outside_the_tree_is_neither_given_nor_taken(client, province, district):
    client.force_login(district["administrator"])
    official = district["officer"]

    given = client.post(page_of(official, "account_grant"), {"role": Role.ORGANISER.value, "unit": province.root.pk})
    taken = client.post(page_of(official, "account_withdraw_role"), {"role": Role.OFFICER.value, "unit": "30"})

    assert (given.status_code, taken.status_code) == (422, 404)
    assert errors_of(given) == ["Đơn vị này ngoài phạm vi bạn quản trị."]


def test_nobody_takes_their_own_administration_away(client, province):
    administrator = province.people["administrator"]
    client.force_login(administrator)

    response = client.post(
        page_of(administrator, "account_withdraw_role"), {"role": Role.ADMINISTRATOR.value, "unit": "30"}
    )

    assert errors_of(response) == [
        "Không thể tự thu hồi vai trò quản trị của chính mình; hãy nhờ một người quản trị khác."
    ]
    assert Official.objects.get(pk=administrator.pk).holds(Role.ADMINISTRATOR, province.root)


def test_a_deactivated_account_is_signed_out_and_comes_back(client, province):
    official = province.people["officer-SXD"]
    client.force_login(province.people["administrator"])
    client.post(page_of(official, "account_deactivate"))
    client.force_login(official)
    signed_in_while_stopped = client.get("/tai-khoan/cua-toi/").status_code

    client.force_login(province.people["administrator"])
    client.post(page_of(official, "account_reactivate"))

    official.refresh_from_db()
    assert signed_in_while_stopped == 302
    assert official.is_active


def test_nobody_deactivates_themselves(client, province):
    administrator = province.people["administrator"]
    client.force_login(administrator)

    response = client.post(page_of(administrator, "account_deactivate"))

    assert response.status_code == 422
    assert errors_of(response) == ["Không thể tự ngừng hoạt động tài khoản của chính mình."]


def test_a_temporary_password_replaces_the_old_one(client, province):
    client.force_login(province.people["administrator"])
    official = province.people["officer-SXD"]

    password = client.post(page_of(official, "account_password")).context["password"]

    assert not client.login(username=official.username, password="mat-khau")
    assert client.login(username=official.username, password=password)


@pytest.fixture
def organiser(province, district) -> Official:
    """Somebody of the district who organises for the whole province."""
    return person("to-chuc-thanh-ha", district["administrator"].unit, (Role.ORGANISER, province.root))


@pytest.mark.parametrize("operation", [issue_password, deactivate, reactivate, describe_official])
@pytest.mark.parametrize("is_active", [True, False])
def test_an_account_with_roles_above_is_not_changed_from_below(district, organiser, operation, is_active):
    Official.objects.filter(pk=organiser.pk).update(is_active=is_active)
    organiser = Official.objects.get(pk=organiser.pk)
    kept = Official.objects.filter(pk=organiser.pk).values().get()
    fields = {"display_name": "Ai đó", "position": "", "email": "ai@example.vn", "phone": "", "unit": organiser.unit}

    with pytest.raises(NotPermitted, match="ngoài phạm vi bạn quản trị; quản trị cấp trên mới"):
        operation(
            official=organiser,
            by=district["administrator"],
            at=NOW,
            **(fields if operation is describe_official else {}),
        )

    assert Official.objects.filter(pk=organiser.pk).values().get() == kept


def test_the_administrator_above_changes_an_account_with_roles_above(province, organiser):
    above = province.people["administrator"]

    deactivate(official=organiser, by=above, at=NOW)
    reactivate(official=Official.objects.get(pk=organiser.pk), by=above, at=NOW)

    assert Official.objects.get(pk=organiser.pk).is_active


@pytest.mark.parametrize("name", ["account", "account_describe", "account_deactivate"])
def test_the_pages_of_an_account_with_roles_above_say_why_they_are_closed(client, province, district, organiser, name):
    client.force_login(district["administrator"])

    page = client.get(page_of(organiser, name)).content.decode()

    reason = f"{organiser.display_name} giữ vai trò “{Role.ORGANISER.label}” tại {province.root.name}"
    assert f"{reason}, ngoài phạm vi bạn quản trị" in page
    assert f'action="{page_of(organiser, "account_password")}"' not in page


def test_a_stopped_account_with_roles_above_is_not_offered_to_be_opened_from_below(client, district, organiser):
    Official.objects.filter(pk=organiser.pk).update(is_active=False, deactivated_at=NOW)
    client.force_login(district["administrator"])

    page = client.get(page_of(organiser)).content.decode()
    answer = client.post(page_of(organiser, "account_reactivate"))

    assert page_of(organiser, "account_reactivate") not in page
    assert answer.status_code == 422


def test_an_account_of_the_site_itself_is_nobodys_to_stop(province):
    operator = person("van-hanh", None)

    with pytest.raises(NotPermitted, match="người vận hành hệ thống"):
        deactivate(official=operator, by=province.people["administrator"], at=NOW)


def test_no_password_for_a_stopped_account(province):
    administrator, official = province.people["administrator"], province.people["officer-SXD"]
    deactivate(official=official, by=administrator, at=NOW)

    with pytest.raises(NotAllowed, match="đã ngừng hoạt động"):
        issue_password(official=official, by=administrator, at=NOW)


def test_everybody_keeps_their_own_contacts_and_not_their_name(client, province):
    official = province.people["officer-SXD"]
    client.force_login(official)

    client.post("/tai-khoan/cua-toi/", {"phone": "0912345678", "position": "", "email": "", "display_name": "Khác"})
    refused = client.post("/tai-khoan/cua-toi/", {"phone": "chín một hai"})

    official.refresh_from_db()
    assert (official.phone, official.display_name) == ("0912345678", "Can Bo Sxd")
    assert refused.status_code == 422
    assert "chín một hai" in refused.content.decode()


def test_everybody_changes_their_own_password_and_stays_signed_in(client, province):
    official = province.people["officer-SXD"]
    client.force_login(official)
    new = "mot-mat-khau-dai-2024"

    wrong = client.post(
        "/tai-khoan/cua-toi/mat-khau/", {"old_password": "sai", "new_password1": new, "new_password2": new}
    )
    done = client.post(
        "/tai-khoan/cua-toi/mat-khau/", {"old_password": "mat-khau", "new_password1": new, "new_password2": new}
    )

    assert errors_of(wrong) == ["Mật khẩu đang dùng không đúng; hãy nhập lại."]
    assert done.status_code == 302
    assert client.get("/tai-khoan/cua-toi/").status_code == 200
    assert client.login(username=official.username, password=new)


@pytest.mark.parametrize("people", [1, 3])
def test_the_list_takes_a_fixed_number_of_queries(client, province, district, django_assert_num_queries, people):
    unit = district["administrator"].unit
    Official.objects.filter(pk=district["officer"].pk).update(unit=province.root)
    for number in range(people - 1):
        person(f"nguoi-{number}", unit, (Role.OFFICER, unit))
    client.force_login(district["administrator"])

    with django_assert_num_queries(8):
        rows = client.get("/tai-khoan/").context["rows"]

    assert len(rows) == people
