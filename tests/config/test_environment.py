"""Settings read the environment: what is understood, and the sentence for what is not."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.settings import environment


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", True), ("TRUE", True), ("on", True), ("0", False), ("no", False), (" off ", False), ("", True)],
)
def test_a_flag_is_read(monkeypatch, text, value):
    monkeypatch.setenv("PAR_SSL_REDIRECT", text)

    assert environment.flag("PAR_SSL_REDIRECT", default=True) is value


def test_a_flag_that_is_neither_is_refused(monkeypatch):
    monkeypatch.setenv("PAR_SSL_REDIRECT", "maybe")

    with pytest.raises(ImproperlyConfigured, match=r"^PAR_SSL_REDIRECT must be 1 or 0, not 'maybe'\.$"):
        environment.flag("PAR_SSL_REDIRECT", default=True)


def test_a_number_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv("PAR_SMTP_PORT", "5o")

    with pytest.raises(ImproperlyConfigured, match=r"^PAR_SMTP_PORT must be a whole number, not '5o'\.$"):
        environment.whole_number("PAR_SMTP_PORT", default=587)


def test_a_missing_variable_is_named(monkeypatch):
    monkeypatch.delenv("PAR_SECRET_KEY", raising=False)

    with pytest.raises(ImproperlyConfigured, match=r"^Set PAR_SECRET_KEY; docs/settings\.md says what it means\.$"):
        environment.required("PAR_SECRET_KEY")


def test_words_are_split_at_commas(monkeypatch):
    monkeypatch.setenv("PAR_ALLOWED_HOSTS", "a.example, b.example,,")

    assert environment.words("PAR_ALLOWED_HOSTS") == ["a.example", "b.example"]


def test_a_database_address_is_taken_apart():
    database = environment.postgresql("postgresql://par:p%40ss@db.example:5433/par?sslmode=require")

    assert database == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "par",
        "USER": "par",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "5433",
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"sslmode": "require"},
    }


def test_a_database_on_a_socket_is_named_by_its_folder():
    database = environment.postgresql("postgresql://postgres:@/postgres?host=/run/par")

    assert (database["HOST"], database["PORT"], database["OPTIONS"]) == ("/run/par", "", {})


@pytest.mark.parametrize("url", ["mysql://db.example/par", "postgresql://db.example/", "par"])
def test_another_address_is_refused(url):
    with pytest.raises(ImproperlyConfigured, match=r"^The database address must "):
        environment.postgresql(url)
