"""Static files as production serves them."""

import re

import pytest
from django.contrib.staticfiles.management.commands.collectstatic import Command
from django.contrib.staticfiles.storage import staticfiles_storage

LIMIT = 150 * 1024  # bytes of a first visit


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
def test_a_first_visit_weighs_less_than_the_limit(collected):
    root, storage = collected
    names = ["css/site.css", "icons.svg", "favicon.svg", "django_htmx/htmx-2.min.js"]
    names += [f"js/{path.name}" for path in (root / "js").glob("*.js") if path.name.count(".") == 1]
    assert sum((root / storage.stored_name(name)).stat().st_size for name in names) < LIMIT - 30 * 1024
