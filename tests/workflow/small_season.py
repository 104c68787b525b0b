"""A small season in a folder: a few units of each kind, few criteria, made by the generator beside the season."""

import csv
import json
import subprocess
import sys
from pathlib import Path

from tests.reference_season import SEASON, rows_of
from workflow.season.season import SeasonFiles

DRIVER = "import make_samples as m; m.force_tie = m.force_near_tie = lambda *a: None; m.main()"
PARENT = "294"  # the generator takes the communes of this district


def make_small_season(folder: Path, *, seed: int, of_each: int = 3, areas: tuple[str, ...] = ("1", "3")) -> SeasonFiles:
    """Write units, criteria, scores and expected results of a small season; return where they lie.

    The generator works beside its own tables, so that its copy here scores the small groups as whole ones.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "make_samples.py").write_text((SEASON / "make_samples.py").read_text(encoding="utf-8"), encoding="utf-8")
    for group in ("so", "huyen", "xa"):
        name = f"criteria_{group}_2023.csv"
        write(folder / name, fewer_criteria(list(rows_of(SEASON / name)), keep=(*areas, "CT", "PT")))
    units: list[dict[str, str]] = []
    counted: dict[str, int] = {}
    for row in rows_of(SEASON / "units_hai_duong_2023.csv"):
        assessed = row["kind"] in ("so", "huyen", "xa")
        if row["kind"] == "xa" and row["parent_code"] != PARENT:
            continue
        counted[row["kind"]] = counted.get(row["kind"], 0) + 1
        if assessed and counted[row["kind"]] > of_each and row["code"] != PARENT:
            continue
        if row["kind"] == "council" and row["parent_code"] not in ("30", "HDDG"):
            continue
        units.append(row)
    write(folder / "units_hai_duong_2023.csv", units)
    command = [sys.executable, "-c", DRIVER, "--seed", str(seed), "--out-dir", str(folder)]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
    return SeasonFiles(
        folder / "units_hai_duong_2023.csv", folder, SEASON / "schedule_2023.json", folder / "sample_scores_2023.csv"
    )


def fewer_criteria(rows: list[dict[str, str]], *, keep: tuple[str, ...]) -> list[dict[str, str]]:
    """Return a set whose other areas have one yes/no criterion worth all their points: the sum stays 100."""
    kept = []
    for row in rows:
        area = row["code"].split(".")[0]
        if area in keep or row["level"] == "area":
            kept.append(row)
        if area not in keep and row["level"] == "area":
            rule = {"input": f"Đã hoàn thành: {row['name']}", "yes": row["max_points"], "no": "0.00"}
            kept.append(
                {
                    **row,
                    "code": f"{area}.1",
                    "parent_code": area,
                    "level": "criterion",
                    "scoring": "self",
                    "rule_type": "yes_no",
                    "rule": json.dumps(rule, ensure_ascii=False),
                    "evidence_required": "true",
                    "evidence_hint": "Báo cáo năm",
                    "survey_groups": "",
                }
            )
    return kept


def write(path: Path, rows: list[dict[str, str]]) -> None:
    """Write rows as a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
