"""The reference season and others like it, as independent witnesses of the scoring rules.

The generator beside the season's files scores with code of its own. It runs as another process, so that neither its
code nor its decimal context can lean on ours.
"""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from assessments.enums import Level, Part, ScoreStage
from assessments.rules.items import Entry, ItemRule, Tree

SEASON = Path(__file__).resolve().parent.parent / "season" / "hai_duong_2023"
GROUPS = ("so", "huyen", "xa")


@dataclass
class UnitScores:
    """What one unit of a season entered, and what every item, area and total must come to (as printed text)."""

    entries: dict[ScoreStage, dict[str, Entry]] = field(default_factory=lambda: {stage: {} for stage in ScoreStage})
    shares: dict[str, Decimal] = field(default_factory=dict)
    points: dict[ScoreStage, dict[str, str]] = field(default_factory=lambda: {stage: {} for stage in ScoreStage})
    areas: dict[str, dict[str, str]] = field(default_factory=dict)
    totals: dict[str, str] = field(default_factory=dict)


def make(seed: int, folder: Path) -> Path:
    """Write another season into ``folder`` and return it."""
    command = [sys.executable, str(SEASON / "make_samples.py"), "--seed", str(seed), "--out-dir", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """Read a CSV file of the season."""
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def item_rules(group: str) -> list[ItemRule]:
    """Return the rows of a group's criteria set."""
    rows = list(rows_of(SEASON / f"criteria_{group}_2023.csv"))
    parents = {row["parent_code"] for row in rows}
    parts = {"CT": Part.BONUS, "PT": Part.PENALTY}
    return [
        ItemRule(
            code=row["code"],
            parent_code=row["parent_code"],
            level=Level(row["level"]),
            part=parts.get(row["code"][:2], Part.BASE),
            name=row["name"],
            max_points=Decimal(row["max_points"]),
            scoring=row["scoring"],
            rule_type=row["rule_type"],
            rule=json.loads(row["rule"]),
            applicable_na=row["applicable_na"] == "true",
            evidence_required=row["evidence_required"] == "true",
            evidence_hint=row["evidence_hint"],
            appraising_body=row["appraising_body"],
            is_leaf=row["code"] not in parents,
            position=position,
            guidance=row["guidance"],
        )
        for position, row in enumerate(rows, start=1)
    ]


def tree(group: str) -> Tree:
    """Return the tree of a group's criteria set."""
    return Tree.build(item_rules(group))


def season(folder: Path = SEASON) -> dict[str, dict[str, UnitScores]]:
    """Read a season: ``{group: {unit code: what it entered and what must come out}}``."""
    groups: dict[str, dict[str, UnitScores]] = {group: {} for group in GROUPS}
    for row in rows_of(folder / "sample_scores_2023.csv"):
        unit = groups[row["group"]].setdefault(row["unit_code"], UnitScores())
        code = row["item_code"]
        if row["survey_share"]:
            unit.shares[code] = Decimal(row["survey_share"])
        for stage in ScoreStage:
            entered = json.loads(row[f"{stage}_input"]) if row[f"{stage}_input"] else None
            unit.entries[stage][code] = Entry(entered, row[f"{stage}_na"] == "true")
            unit.points[stage][code] = row[f"{stage}_points"]
    for row in rows_of(folder / "expected_areas_2023.csv"):
        groups[row["group"]][row["unit_code"]].areas[row["area_code"]] = row
    for row in rows_of(folder / "expected_results_2023.csv"):
        groups[row["group"]][row["unit_code"]].totals = row
    return groups
