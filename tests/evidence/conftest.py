"""A case that is open, the clock standing at noon, and a folder of its own for the stored objects."""

from collections.abc import Callable
from pathlib import Path

import pytest

from assessments import clock
from tests.evidence.world import NOON, World, make_world


@pytest.fixture(autouse=True)
def folder(settings, tmp_path: Path) -> Path:
    """Store the objects of this test in a folder and return it."""
    location = tmp_path / "evidence"
    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": location},
        },
    }
    return location


@pytest.fixture
def objects(folder: Path) -> Callable[[], list[Path]]:
    """Return a function that lists the stored objects."""
    return lambda: sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def at_noon():
    """Let the clock stand while the test runs."""
    with clock.simulated(NOON):
        yield


@pytest.fixture
def world(db, at_noon) -> World:
    """Return a case in which the unit may still attach evidence."""
    return make_world()
