"""A request is refused by what it declares: nothing of a body that is too large is read, wherever it is sent."""

import inspect
from uuid import UUID

import pytest
from django.urls import URLPattern, converters, reverse

from assessments.rules.problems import MOST_BYTES
from config import bodies
from tests.province import make_province
from tests.test_access import addresses

pytestmark = pytest.mark.django_db

MIB = 1024 * 1024
STAND_INS = {
    converters.IntConverter: 1,
    converters.UUIDConverter: UUID(int=1),
    converters.SlugConverter: "ky-1",
    converters.StringConverter: "so",
}


class Untouched:
    """A body that fails the test when anybody reads of it."""

    def read(self, *_):
        raise AssertionError("the body was read")

    readline = read


def send(client, address, *, declared, body=None, **headers):
    extra = {"CONTENT_LENGTH": str(declared), "wsgi.input": body or Untouched(), **headers}
    return client.generic("POST", address, content_type="multipart/form-data; boundary=x", **extra)


def address_of(name: str, pattern: URLPattern) -> str:
    """Return any address of a view: what it is about need not exist."""
    kwargs = {key: STAND_INS[type(converter)] for key, converter in pattern.pattern.converters.items()}
    return reverse(name, kwargs=kwargs)


def test_no_address_reads_a_huge_body_of_somebody_not_signed_in(client):
    answers = {
        name: send(client, address_of(name, pattern), declared=300 * MIB).status_code for name, pattern in addresses()
    }

    assert answers.pop("evidence:upload") == 302  # to the item, from there to the sign-in
    assert set(answers.values()) == {413}


def test_no_address_reads_a_huge_body_of_somebody_signed_in(client):
    client.force_login(make_province(opened=False).people["officer-SXD"])

    answers = {
        name: send(client, address_of(name, pattern), declared=300 * MIB).status_code for name, pattern in addresses()
    }

    assert answers.pop("evidence:upload") == 302
    assert set(answers.values()) == {413}


def test_the_refusal_says_how_much_came_and_how_much_is_taken(client):
    answer = send(client, reverse("sign_in"), declared=300 * MIB)

    assert answer.status_code == 413
    assert "Lượt gửi này nặng 300 MB, trang này nhận nhiều nhất 1 MB; chưa có gì được nhận." in answer.content.decode()


def test_a_script_gets_the_refusal_as_json(client):
    answer = send(client, reverse("sign_in"), declared=300 * MIB, HTTP_ACCEPT="application/json")

    assert (answer.status_code, answer.json()["ok"]) == (413, False)
    assert answer.json()["message"].startswith("Lượt gửi này nặng 300 MB")


def test_a_body_of_unknown_length_is_not_read(client):
    answer = send(client, reverse("sign_in"), declared="", HTTP_TRANSFER_ENCODING="chunked")

    assert answer.status_code == 411


@pytest.mark.parametrize(
    ("name", "is_signed_in", "most"),
    [
        ("sign_in", False, MIB),
        ("criteria_import", False, MIB),
        ("criteria_import", True, MOST_BYTES + 64 * 1024),
        ("calendar_import", True, MOST_BYTES + 64 * 1024),
        ("period_survey", True, MOST_BYTES + 64 * 1024),
        ("period_moves", True, 50 * MIB + 64 * 1024),
        ("case_row_save", True, 2_621_440),
    ],
)
def test_an_address_takes_what_its_form_needs(name, is_signed_in, most):
    assert bodies.most_bytes(name, is_signed_in=is_signed_in) == most


def test_every_view_that_takes_a_file_is_known():
    views = {name: inspect.getmodule(inspect.unwrap(pattern.callback)) for name, pattern in addresses()}
    taking = {module.__name__ for module in views.values() if "request.FILES" in inspect.getsource(module)}

    known = bodies.IMPORTS | bodies.DOCUMENTS | bodies.JUDGED_BY_VIEW
    assert {views[name].__name__ for name in known} == taking


@pytest.mark.parametrize("sent", [{"username": "a\x00b", "password": "x"}, {"user\x00name": "a"}])
def test_a_form_with_a_nul_is_refused(client, sent):
    answer = client.post(reverse("sign_in"), sent)

    assert answer.status_code == 400
    assert "Hệ thống không đọc được yêu cầu này" in answer.content.decode()


@pytest.mark.parametrize(
    "address", ["/ket-qua/?q=%00", "/ket-qua/?%00=1", "/ket-qua/ky/a%00b/", "/ket-qua/ky/%00.json"]
)
def test_an_address_with_a_nul_is_refused(client, address):
    assert client.get(address).status_code == 400
