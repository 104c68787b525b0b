"""The pages of the site itself, as anybody meets them."""

import io
import tarfile
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client, RequestFactory

from config import context, pages, source

ACCOUNTS = [
    {
        "role": "Cán bộ chấm điểm",
        "display_name": "Trần Văn Đức",
        "unit": "UBND huyện Thanh Hà",
        "username": "canbo.thanhha",
        "what": "Bảng tự chấm mới điền một nửa.",
    }
]


def list_accounts():
    """Stand for the list that the demonstration gives."""
    return ACCOUNTS


def navigation_for(user):
    """Stand for the navigation that the work of a person asks for."""
    return [{"label": "Việc của tôi", "url": "/viec/", "count": 3}, {"label": "Đã xử lý", "url": "/viec/xong/"}]


def _request(path="/", user=None):
    request = RequestFactory().get(path)
    request.user = user or AnonymousUser()
    return request


OFFICIAL = SimpleNamespace(
    is_authenticated=True,
    display_name="Trần Văn Đức",
    position="Chuyên viên",
    unit="UBND huyện Thanh Hà",
    get_username=lambda: "canbo.thanhha",
)


def test_sign_in_page_asks_for_name_and_password(client):
    page = client.get("/dang-nhap/").content.decode()
    assert "<title>Đăng nhập – Chỉ số CCHC – tỉnh Hải Dương</title>" in page
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert "Tài khoản dùng thử" not in page


def test_an_empty_sign_in_names_both_fields(client):
    page = client.post("/dang-nhap/", {"username": "", "password": ""}).content.decode()
    assert '<a href="#id_username">Nhập tên đăng nhập.</a>' in page
    assert '<a href="#id_password">Nhập mật khẩu.</a>' in page
    assert 'aria-describedby="id_username_error"' in page


def test_demo_lists_accounts_only_in_the_demonstration(client, settings):
    settings.DEMO_ACCOUNTS = f"{__name__}.list_accounts"
    settings.DEMO = False
    assert "Trần Văn Đức" not in client.get("/dang-nhap/").content.decode()
    assert client.post("/dang-nhap/dung-thu/", {"username": "canbo.thanhha"}).status_code == 404
    settings.DEMO = True
    page = client.get("/dang-nhap/").content.decode()
    assert "Trần Văn Đức" in page
    assert "mọi điểm số, văn bản và chữ ký đều được bịa ra" in page


def test_demo_does_not_sign_in_somebody_who_is_not_listed(client, settings):
    settings.DEMO = True
    settings.DEMO_ACCOUNTS = f"{__name__}.list_accounts"
    assert client.post("/dang-nhap/dung-thu/", {"username": "quantri"}).status_code == 404


@pytest.mark.parametrize(
    ("debug", "demo", "user", "shown"),
    [
        (False, False, None, False),
        (True, False, None, True),
        (False, True, None, True),
        (False, False, OFFICIAL, True),
    ],
)
def test_components_are_shown_in_development_in_the_demonstration_and_to_the_signed_in(
    settings, debug, demo, user, shown
):
    settings.DEBUG, settings.DEMO, settings.NAVIGATION = debug, demo, None
    request = _request("/components/", user)
    if shown:
        assert pages.components(request).status_code == 200
    else:
        with pytest.raises(Http404):
            pages.components(request)


def test_every_page_offers_its_source_and_licence(client, settings):
    settings.SOURCE_URL = "https://source.example/par"
    page = client.get("/gioi-thieu/").content.decode()
    assert '<a href="https://source.example/par">Mã nguồn</a>' in page
    assert "AGPL-3.0" in page


def test_without_an_address_of_the_source_the_site_hands_out_its_own_tree(client, settings, tmp_path):
    settings.SOURCE_URL, settings.VAR_DIR = "", tmp_path
    source.archive.cache_clear()
    assert '<a href="/ma-nguon/">Mã nguồn</a>' in client.get("/gioi-thieu/").content.decode()
    answer = client.get("/ma-nguon/", headers={"accept-encoding": "gzip"})
    source.archive.cache_clear()
    assert (answer["Content-Type"], answer["Content-Encoding"]) == ("application/gzip", "identity")
    with tarfile.open(fileobj=io.BytesIO(b"".join(answer.streaming_content)), mode="r:gz") as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
        page = next(name for name in tar.getnames() if name.endswith("/config/pages.py"))
        kept = tar.extractfile(page).read()
    assert {"LICENSE", "Makefile", "manage.py", "pyproject.toml", "workflow/flows/assessment.py"} <= names
    assert not [name for name in names if name.startswith(("var/", ".venv/", ".git/")) or name.endswith(".sqlite3")]
    assert kept == (settings.BASE_DIR / "config/pages.py").read_bytes()


def test_without_git_the_tree_is_walked_and_no_run_time_file_is_given_away(tmp_path, settings):
    settings.VAR_DIR = tmp_path / "data"
    for name in ("manage.py", "app/models.py", "app/__pycache__/models.pyc", ".env", "data/db.sqlite3", "var/key"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert sorted(map(str, source.files(tmp_path))) == ["app/models.py", "manage.py"]


def test_a_named_source_is_led_to(client, settings):
    settings.SOURCE_URL = "https://source.example/par"
    assert client.get("/ma-nguon/")["Location"] == "https://source.example/par"


def test_pages_hold_no_inline_script_or_style(client, settings):
    settings.DEMO = True
    for address in ("/dang-nhap/", "/gioi-thieu/", "/components/", "/khong-co/"):
        page = client.get(address).content.decode()
        assert "<style" not in page
        assert " style=" not in page
        assert "<script>" not in page
        assert " onclick=" not in page


def test_a_form_of_an_earlier_session_is_refused_in_vietnamese():
    answer = Client(enforce_csrf_checks=True).post("/dang-nhap/", {"username": "canbo"})
    assert answer.status_code == 403
    assert "Trang đã mở quá lâu, chưa gửi được" in answer.content.decode()


def test_an_unknown_address_is_answered_in_vietnamese(client):
    answer = client.get("/khong-co/")
    assert answer.status_code == 404
    assert "Không tìm thấy trang" in answer.content.decode()


def test_a_refusal_says_its_reason():
    answer = pages.permission_denied(_request(), PermissionDenied("Chỉ lãnh đạo UBND huyện Thanh Hà được ký."))
    assert answer.status_code == 403
    assert "Chỉ lãnh đạo UBND huyện Thanh Hà được ký." in answer.content.decode()


def test_a_failure_is_answered_without_the_request():
    answer = pages.server_error(_request())
    assert answer.status_code == 500
    assert "Việc bạn vừa làm chưa được ghi" in answer.content.decode()


def test_a_request_for_another_host_is_refused_in_vietnamese_under_the_content_policy(client):
    answer = client.get("/gioi-thieu/", headers={"host": "la.example"})
    assert answer.status_code == 400
    assert "Hệ thống không đọc được yêu cầu này" in answer.content.decode()
    assert answer["Content-Security-Policy"] == client.get("/gioi-thieu/")["Content-Security-Policy"]


def test_a_request_with_too_many_fields_is_refused_in_vietnamese(client, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 1
    answer = client.post("/dang-nhap/", {"username": "canbo", "password": "x"})
    assert answer.status_code == 400
    assert "Hệ thống không đọc được yêu cầu này" in answer.content.decode()
    assert "Content-Security-Policy" in answer


def test_navigation_marks_the_most_exact_address(settings):
    settings.NAVIGATION = f"{__name__}.navigation_for"
    items = context.navigation(_request("/viec/xong/17/", OFFICIAL))
    assert [item["label"] for item in items if item.get("current")] == ["Đã xử lý"]
    assert context.navigation(_request("/viec/")) == []


def test_navigation_and_person_stand_in_the_header(settings):
    settings.NAVIGATION = f"{__name__}.navigation_for"
    page = pages.about(_request("/viec/", OFFICIAL)).content.decode()
    assert '<a href="/viec/" aria-current="page">Việc của tôi<span class="count">3</span></a>' in page
    assert "Trần Văn Đức" in page
    assert "Chuyên viên, UBND huyện Thanh Hà" in page
    assert 'action="/dang-xuat/"' in page
