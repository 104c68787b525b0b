"""What caches may keep: nothing that was made for somebody signed in."""

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory

from config.middleware import PrivatePages
from tests.province import make_province


def _answer(user=None, **headers):
    request = RequestFactory().get("/")
    if user is not None:
        request._cached_user = user
    return PrivatePages(lambda request: HttpResponse("x", headers=headers))(request)


SIGNED_IN = SimpleNamespace(is_authenticated=True)


def test_an_answer_to_somebody_signed_in_is_kept_nowhere():
    assert _answer(SIGNED_IN)["Cache-Control"] == "private, no-store"


def test_what_the_view_said_stands():
    assert _answer(SIGNED_IN, **{"Cache-Control": "private, no-cache"})["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("user", [None, AnonymousUser()])
def test_an_answer_to_nobody_in_particular_is_left_as_it_was(user):
    assert "Cache-Control" not in _answer(user)


@pytest.mark.django_db
def test_pages_are_private_once_a_person_signed_in(client):
    province = make_province(opened=False)
    anonymous = client.get("/gioi-thieu/")
    client.force_login(province.people["officer-SXD"])

    assert "Cache-Control" not in anonymous
    assert client.get("/gioi-thieu/")["Cache-Control"] == "private, no-store"
    assert client.get("/khong-co/")["Cache-Control"] == "private, no-store"


def test_pages_of_somebody_not_signed_in_ask_the_database_nothing(client):
    assert client.get("/gioi-thieu/").status_code == 200  # without django_db a query would fail
