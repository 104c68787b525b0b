"""Static files as production serves them."""

import re

import pytest
from django.contrib.staticfiles.management.commands.collectstatic import Command
from django.contrib.staticfiles.storage import staticfiles_storage

LIMIT = 50 * 1024  # bytes, compressed; a first visit may weigh 150 KiB, most of it left to the page


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    from django.test import override_settings

    root = tmp_path_factory.mktemp("static")
    storages = {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "evidence": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "staticfiles": {"BACKEND": "config.static_files.SiteStorage"},
    }
    with override_settings(STATIC_ROOT=root, STORAGES=storages):
        command = Command()
        command.set_options(
            interactive=False,
            verbosity=0,
            link=False,
            clear=False,
            dry_run=False,
            ignore_patterns=["viewflow"],
            use_default_ignore_patterns=True,
            post_process=True,
        )
        command.collect()
        yield root, staticfiles_storage


@pytest.mark.slow
def test_the_style_sheets_are_one_file(collected):
    root, storage = collected
    sheet = (root / storage.stored_name("css/site.css")).read_text()
    assert "@import" not in sheet
    assert ".site-header" in sheet
    assert "@page" in sheet


@pytest.mark.slow
def test_modules_import_files_that_exist(collected):
    root, storage = collected
    script = (root / storage.stored_name("js/app.js")).read_text()
    imported = re.findall(r"""["'](\./[\w.-]+\.js)["']""", script)
    assert len(imported) > 5
    assert [name for name in imported if not (root / "js" / name).exists()] == []


@pytest.mark.slow
def test_what_every_page_brings_weighs_little(collected):
    root, storage = collected
    names = ["css/site.css", "icons.svg", "favicon.svg", "django_htmx/htmx-2.min.js", "js/app.js"]
    sizes = {name: (root / f"{storage.stored_name(name)}.gz").stat().st_size for name in names}
    assert sum(sizes.values()) < LIMIT
