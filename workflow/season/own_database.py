"""A database, a folder for evidence and a mailbox of a play's own, so that it touches nothing else."""

import gc
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.test.utils import override_settings

PATIENT_COLLECTION = (50_000, 50, 50)


@contextmanager
def own_database(*, keep: bool) -> Iterator[str]:
    """Make an empty database beside the configured one, yield how it is named, and remove it unless it is kept.

    On SQLite it is a file under var/, on PostgreSQL a database ``par_season_<pid>`` on the same server.
    """
    folder = Path(settings.VAR_DIR) / f"season-{os.getpid()}"
    folder.mkdir(parents=True, exist_ok=True)
    on_sqlite = connection.vendor == "sqlite"
    name = str(folder.with_suffix(".sqlite3")) if on_sqlite else f"par_season_{os.getpid()}"
    connection.settings_dict["TEST"]["NAME"] = name
    configured = connection.settings_dict["NAME"]
    storage = "django.core.files.storage.FileSystemStorage"
    evidence = {"BACKEND": storage, "OPTIONS": {"location": folder / "evidence"}}
    with override_settings(
        STORAGES={**settings.STORAGES, "evidence": evidence},
        EMAIL_BACKEND="django.core.mail.backends.filebased.EmailBackend",
        EMAIL_FILE_PATH=str(folder / "mail"),
        DEBUG=False,
    ):
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            yield name
        finally:
            connection.creation.destroy_test_db(configured, verbosity=0, keepdb=keep)
            if not keep:
                shutil.rmtree(folder, ignore_errors=True)
                if on_sqlite:
                    for left in folder.parent.glob(f"{folder.name}.sqlite3*"):
                        left.unlink(missing_ok=True)


@contextmanager
def hurried() -> Iterator[None]:
    """Write without waiting for the disk and collect garbage less often: a play that is cut off is played again."""
    if connection.in_atomic_block:  # somebody else's transaction: its safety is not ours to change
        yield
        return
    with connection.cursor() as cursor:
        hurry, rest = {
            "sqlite": ("PRAGMA synchronous=OFF", "PRAGMA synchronous=FULL"),
            "postgresql": ("SET synchronous_commit=off", "RESET synchronous_commit"),
        }[connection.vendor]
        cursor.execute(hurry)
    collection = gc.get_threshold()
    gc.set_threshold(*PATIENT_COLLECTION)
    try:
        yield
    finally:
        gc.set_threshold(*collection)
        with connection.cursor() as cursor:
            cursor.execute(rest)
