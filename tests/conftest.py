"""What every test stands on: no network but this machine, the addresses loaded, the right tests for the database."""

import ipaddress
import os
import socket
from typing import Any

import pytest
from django.urls import get_resolver
from hypothesis import settings

settings.register_profile("no_deadline", deadline=None)  # a busy machine is not a broken claim
settings.load_profile("no_deadline")


class NetworkRefused(RuntimeError):
    """A test reached for another machine."""


def refuse_other_machines(host: object) -> None:
    """Raise NetworkRefused unless ``host`` is this machine (a name of it or a loopback address)."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in {None, "", "localhost", socket.gethostname()}:
        return
    try:
        if ipaddress.ip_address(str(name)).is_loopback:
            return
    except ValueError:
        pass  # a name, not an address
    raise NetworkRefused(f"A test reached for {name}: tests talk to this machine only.")


class LocalSocket(socket.socket):
    """A socket that connects to this machine only."""

    def connect(self, address: Any, /) -> None:
        if self.family != socket.AF_UNIX:
            refuse_other_machines(address[0])
        super().connect(address)

    def connect_ex(self, address: Any, /) -> int:
        if self.family != socket.AF_UNIX:
            refuse_other_machines(address[0])
        return super().connect_ex(address)


look_up = socket.getaddrinfo


def look_up_this_machine(host: Any, *args: Any, **kwargs: Any) -> Any:
    """Answer only for names of this machine; a name looked up is already a message to the network."""
    refuse_other_machines(host)
    return look_up(host, *args, **kwargs)


def pytest_configure(config: pytest.Config) -> None:
    """Close the network before any test module is imported."""
    socket.socket = LocalSocket  # type: ignore[misc]
    socket.getaddrinfo = look_up_this_machine


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what belongs to the other database, and ``e2e`` unless a browser was named."""
    left_out = set()
    if os.environ.get("PAR_TEST_DATABASE", "sqlite") != "postgres":
        left_out.add("postgres")
    else:
        left_out.add("once")  # long, and the database makes no difference: the run on SQLite has it
    if "PAR_CHROMIUM" not in os.environ:
        left_out.add("e2e")
    deselected = [item for item in items if any(mark.name in left_out for mark in item.iter_markers())]
    if deselected:
        config.hook.pytest_deselected(items=deselected)
        items[:] = [item for item in items if item not in set(deselected)]


@pytest.fixture(scope="session", autouse=True)
def addresses_are_loaded() -> None:
    """Load the addresses once: viewflow can name the page of a task only after that."""
    assert get_resolver().url_patterns is not None


@pytest.fixture(autouse=True)
def stores_are_empty(settings: Any) -> None:
    """Start with stores in memory that hold nothing: what an earlier test uploaded is not this test's to find."""
    settings.STORAGES = dict(settings.STORAGES)  # told of a change, Django makes the stores anew
