"""Settings read the environment: what is understood, and the sentence for what is not."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

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


def test_a_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path):
    path = tmp_path / "var" / "secret-key"

    made = environment.kept_secret(path)

    assert len(made) >= 50
    assert environment.kept_secret(path) == made
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret-key"]
    assert environment.kept_secret(tmp_path / "another") != made


def test_processes_that_start_together_agree_on_the_secret(tmp_path):
    with ThreadPoolExecutor(8) as starting:
        made = set(starting.map(environment.kept_secret, [tmp_path / "secret-key"] * 40))

    assert len(made) == 1


def test_a_secret_that_others_may_read_is_refused(tmp_path):
    path = tmp_path / "secret-key"
    environment.kept_secret(path)
    path.chmod(0o644)

    with pytest.raises(ImproperlyConfigured, match="run chmod 600"):
        environment.kept_secret(path)


def test_an_emptied_secret_is_refused(tmp_path):
    path = tmp_path / "secret-key"
    path.touch(0o600)

    with pytest.raises(ImproperlyConfigured, match="delete it for a new one"):
        environment.kept_secret(path)


def test_a_short_secret_of_production_is_refused(monkeypatch):
    monkeypatch.setenv("PAR_SECRET_KEY", "only-for-this-machine")

    with pytest.raises(ImproperlyConfigured, match=r"^PAR_SECRET_KEY must have at least 50 random characters\.$"):
        environment.long_secret("PAR_SECRET_KEY")


def test_no_settings_file_holds_a_secret_but_that_of_the_tests():
    named = re.compile(r"""^SECRET_KEY\s*=\s*["']""", re.MULTILINE)
    folder = Path(environment.__file__).parent

    assert [file.name for file in folder.glob("*.py") if named.search(file.read_text())] == ["test.py"]
