"""What must hold for the repository as a whole: it stands alone, its lock is complete, its documents are fresh."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from config.celery import app as celery_app

ROOT = Path(__file__).resolve().parent.parent
BINARY = {".docx", ".gif", ".ico", ".jpg", ".mo", ".pdf", ".png", ".woff2", ".xlsx", ".zip"}
OF_ONE_MACHINE = re.compile(
    r"py[p]i\.org|python[h]osted\.org|registry\.n[p]mjs|file:///[\w/.-]*sim[p]le|/(?:home|Users|root)/[\w.]+/|\.\./[s]hared"
    + (f"|{re.escape(str(ROOT))}\\b" if len(ROOT.parts) > 2 else "")
)
PINNED = re.compile(r"^(?P<pin>[\w.-]+==[^ \\;]+)(?P<where>[^\\\n]*)\\$", re.MULTILINE)


def committed_files() -> list[Path]:
    """Return every file that git keeps and that is still there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def settings_read_in(*folders: str) -> set[str]:
    """Return the names of the environment's variables of ours in the code of these files and folders."""
    files = [path for name in folders for path in ([ROOT / name, *(ROOT / name).rglob("*.py")])]
    return {name for path in files if path.is_file() for name in re.findall(r"\bPAR_[A-Z0-9_]+", path.read_text())}


def pins(name: str) -> set[tuple[str, str]]:
    """Return what requirements/``name`` pins: (package==version, marker)."""
    text = (ROOT / "requirements" / name).read_text()
    return {(match["pin"], match["where"].strip()) for match in PINNED.finditer(text)}


def test_no_committed_file_names_a_registry_or_the_path_of_a_machine():
    named = {
        f"{path.relative_to(ROOT)}: {found.group()}"
        for path in committed_files()
        if path.suffix.lower() not in BINARY
        for found in OF_ONE_MACHINE.finditer(path.read_text(encoding="utf-8"))
    }

    assert named == set()


def test_points_are_never_floats():
    calls = {
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "assessments").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", None) == "float" or getattr(node.func, "attr", None) == "FloatField")
    }

    assert calls == set()


def test_every_setting_is_documented_and_every_documented_setting_is_read():
    documented = set(re.findall(r"^\| `(PAR_[A-Z0-9_]+)`", (ROOT / "docs/settings.md").read_text(), re.MULTILINE))

    assert documented == settings_read_in("config", "evidence", "notifications", "workflow", "assessments", "tests")


def test_every_entry_of_the_beat_table_is_a_task():
    celery_app.loader.import_default_modules()

    wanted = {entry["task"] for entry in celery_app.conf.beat_schedule.values()}

    assert wanted - set(celery_app.tasks) == set()


def test_a_sweep_that_was_missed_does_not_pile_up():
    assert [
        name
        for name, entry in celery_app.conf.beat_schedule.items()
        if entry["options"]["expires"] >= entry["schedule"]
    ] == []


def test_the_licence_is_the_whole_affero_text():
    licence = (ROOT / "LICENSE").read_text()

    assert licence.split("\n", 1)[0].strip() == "GNU AFFERO GENERAL PUBLIC LICENSE"
    assert "13. Remote Network Interaction" in licence
    assert "END OF TERMS AND CONDITIONS" in licence
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"] == "AGPL-3.0-or-later"


@pytest.mark.parametrize("name", ["production.txt", "dev.txt"])
def test_every_pin_of_a_lock_carries_a_hash(name):
    text = (ROOT / "requirements" / name).read_text()
    requirements = [block for block in re.split(r"\n(?=\S)", text) if "==" in block.split("\n", 1)[0]]

    assert len(requirements) == len(pins(name))
    assert [block for block in requirements if "--hash=sha256:" not in block] == []


def test_the_lock_of_production_is_part_of_the_lock_of_development():
    assert pins("production.txt") - pins("dev.txt") == set()


def test_the_locks_hold_every_declared_dependency():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[\[<>=!~ ;]", requirement)[0] for requirement in requirements}

    def locked(name: str) -> set[str]:
        return {pin.partition("==")[0] for pin, _ in pins(name)}

    assert names(project["dependencies"]) - locked("production.txt") == set()
    assert names(project["optional-dependencies"]["dev"]) - locked("dev.txt") == set()


def test_every_decision_is_in_the_index():
    folder = ROOT / "docs/adr"
    decisions = {path.name for path in folder.glob("[0-9]*.md")}

    assert set(re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text())) == decisions


def test_every_file_that_the_readme_points_to_is_there():
    targets = set(re.findall(r"\]\(((?!https?:)[^)#]+)", (ROOT / "README.md").read_text()))

    assert {target for target in targets if not (ROOT / target).exists()} == set()
