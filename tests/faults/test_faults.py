"""The programme of the faults runs; all of it is `make faults`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("name", ["statement-many", "statement-one"])
def test_a_worker_killed_at_a_statement_leaves_all_or_nothing_and_is_followed(name, tmp_path):
    found = tmp_path / "faults.json"

    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", name, "--rounds", "2", "--seed", "1", "--output", found],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    (row,) = json.loads(found.read_text())
    assert (row["fault"], row["rounds"], row["problems"]) == (name, 4, [])
