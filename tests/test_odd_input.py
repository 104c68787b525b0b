"""Every address and every form, sent what no person would send: the answer is a page or a refusal, never a failure.

The addresses come from the resolver, the fields from the forms that the pages hold and from what the views read, so a
new page or field is walked as soon as it exists. Each sending is undone before the next.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import URLPattern

from assessments.models import Official
from tests.test_access import PAGES, POSTS, address_of, addresses, sign_in, walkers
from tests.world import PAPER, World, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

HUGE = "9" * 30
IN_PATHS = ("0", str(2**31), HUGE, "9" * 5000)
ODD_PATHS = ("a%00b", "%FF%FE", "%ED%A0%80", "x" * 300, "%2e%2e%2f", "Đ%C3%82", "-1", "%F0%9F%98%80")
ODD = {
    "a NUL": "a\x00b",
    "a number beyond the columns": str(2**63),
    "too many digits for int()": "9" * 5000,
    "a negative number": "-1",
    "an exponent": "1e999999999",
    "digits of another script": "²٣",
    "the last day of all": "31/12/9999",
    "the first day of all": "01/01/0001",
    "the last moment of all": "9999-12-31T23:59",
    "a long text": "dài " * 3000,
    "half of a pair": "%ED%A0%80",
}
READ_FROM = re.compile(r"""request\.(GET|POST)\.(?:get|getlist)\(\s*f?["']([^"'{]+)""")


class Fields(HTMLParser):
    """What the forms of a page would send as they stand: ``{name: value}``."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attributes}
        if tag in ("input", "textarea", "button") and known.get("name"):
            self.found.setdefault(known["name"], known.get("value", ""))
        elif tag == "select":
            self.select = known.get("name", "")
            self.found.setdefault(self.select, "")
        elif tag == "option" and self.select and ("selected" in known or not self.found[self.select]):
            self.found[self.select] = known.get("value", "")


def fields_of(answer) -> dict[str, str]:
    """Return the fields of an answer that is a page, none of a file."""
    return {} if answer.streaming else Fields(answer.content.decode(errors="replace")).found


def names_read(method: str) -> set[str]:
    """Return the names of the fields that the views read by hand."""
    folders = ("assessments", "evidence", "notifications", "workflow", "config")
    files = [file for folder in folders for file in (settings.BASE_DIR / folder).rglob("*.py")]
    return {name for file in files for kind, name in READ_FROM.findall(Path(file).read_text()) if kind == method}


def visits(world: World) -> Iterator[tuple[str, URLPattern, Official | None]]:
    """Yield every address with somebody who is let in, signed in where anybody is."""
    people = walkers(world)
    for name, pattern in addresses():
        allowed = sorted(PAGES.get(name) or POSTS.get(name) or {"officer"}, key=lambda who: who == "anonymous")
        yield name, pattern, people[allowed[0]]


@pytest.fixture
def client(client):
    client.raise_request_exception = False
    return client


@pytest.fixture
def world() -> World:
    return make_world()


def failures(client, tried: Iterator[tuple[str, str, tuple]]) -> dict[tuple[str, str, str], str]:
    """Return an example of each failure, by address, method and exception. ``tried`` yields name, method, arguments."""
    failed: dict[tuple[str, str, str], str] = {}
    for word, method, arguments in tried:
        walk = transaction.atomic()
        walk._from_testcase = True  # as pytest's own: a view may hold what must be committed by itself
        with walk:
            answer = getattr(client, method)(*arguments)
            transaction.set_rollback(True)
        if answer.status_code >= 500:
            why = repr(answer.exc_info[1])[:200] if answer.exc_info else ""
            failed.setdefault((word, method, why), str(arguments)[:300])
    return failed


@pytest.mark.once
def test_odd_addresses_are_no_failure(client, world):
    def tried():
        for name, pattern, person in visits(world):
            sign_in(client, person)
            parts = address_of(world, name, pattern).split("/")
            keys = [i for i, part in enumerate(parts) if part and pattern.pattern.converters]
            for place, odd in product(keys, (*IN_PATHS, *ODD_PATHS)):
                address = "/".join([*parts[:place], odd, *parts[place + 1 :]])
                yield name, "get", (address,)
                if name in POSTS:
                    yield name, "post", (address, {})

    assert failures(client, tried()) == {}


@pytest.mark.once
def test_odd_questions_are_no_failure(client, world):
    asked = names_read("GET") | {"page", "sort", "trang", "kenh", "trang-thai", "tu", "den"}

    def tried():
        for name, pattern, person in visits(world):
            if name in POSTS:
                continue
            sign_in(client, person)
            address = address_of(world, name, pattern)
            fields = asked | set(fields_of(client.get(address)))
            for odd in ODD.values():
                yield name, "get", (address, dict.fromkeys(fields, odd))
            yield name, "get", (f"{address}?page=%FF&q=%ED%A0%80&%F0=1&&=&page",)

    assert failures(client, tried()) == {}


@pytest.mark.once
def test_odd_forms_are_no_failure(client, world):
    by_hand = names_read("POST")

    def tried():
        for name, pattern, person in visits(world):
            sign_in(client, person)
            address = address_of(world, name, pattern)
            as_it_stands = fields_of(client.get(address, follow=True))
            for odd in ODD.values():
                yield name, "post", (address, dict.fromkeys(as_it_stands | dict.fromkeys(by_hand, ""), odd))
            for field, odd in product(as_it_stands, (HUGE, "31/12/9999", "dài " * 3000)):
                yield name, "post", (address, as_it_stands | {field: odd})

    assert failures(client, tried()) == {}


@pytest.mark.parametrize(
    "file_name", ["x" * 5000 + ".pdf", "\u202efdp.xlsx", "../../etc/passwd", "%00.csv", ".", "…\ud800.csv", "CON.xlsx"]
)
def test_odd_file_names_are_no_failure(client, world, file_name):
    def tried():
        for name, pattern, person in visits(world):
            if name not in ("evidence:upload", "criteria_import", "calendar_import", "period_survey"):
                continue
            sign_in(client, person)
            for content in (PAPER, b"", b"a,b\x00\xff\n", b"PK\x03\x04"):
                file = SimpleUploadedFile("x", content)
                file._name = file_name.encode("utf-8", "replace").decode()
                yield name, "post", (address_of(world, name, pattern), {"file": file, "year": "2023"})

    assert failures(client, tried()) == {}
