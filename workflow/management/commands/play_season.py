"""Play a whole assessment period from files and compare what is published with what must come out."""

import logging
import sys
from argparse import ArgumentParser
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections

from assessments.enums import Scoring, Stage
from assessments.models import Assessment
from assessments.rules.calendar import PROVINCE_TIME
from workflow.season.case_story import EVIDENCE_SHARE
from workflow.season.comparison import compare
from workflow.season.faults import SeasonFault
from workflow.season.files import areas_beside, read_expected, read_scores
from workflow.season.own_database import hurried, own_database
from workflow.season.progress import Bar
from workflow.season.season import PlayedSeason, SeasonFiles, play_season

DIFFERENT, UNUSABLE = 1, 2  # exit codes
STAGES = [stage.value for stage in Stage if stage not in (Stage.OPENED, Stage.CORRECTION)]


class Command(BaseCommand):
    """Exit 0: every unit is equal; 1: some differ, each difference is printed; 2: a file cannot be used."""

    help = "Plays a season through the operations that the pages call, and compares the published results."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the files of the season and how to play it."""
        parser.add_argument("--units", type=Path, required=True, help="CSV: code,name,kind,parent_code")
        parser.add_argument(
            "--criteria", type=Path, required=True, help="folder with criteria_<kind>*.csv, or a workbook"
        )
        parser.add_argument("--schedule", type=Path, required=True, help="JSON: rounds and their stages")
        parser.add_argument("--scores", type=Path, required=True, help="CSV: what every unit enters, item by item")
        parser.add_argument("--expected", type=Path, required=True, help="CSV: what must come out, unit by unit")
        parser.add_argument("--expected-areas", type=Path, help="CSV: the same by area (default: beside --expected)")
        parser.add_argument("--stop-at", choices=STAGES, help="stop when the units are about to leave this stage")
        parser.add_argument("--seed", type=int, default=1, help="which units are late, sent back, withdraw (default 1)")
        parser.add_argument(
            "--database", default="own", metavar="own|default", help="own: a new one, removed afterwards (default)"
        )
        parser.add_argument("--keep", action="store_true", help="keep the new database and its files")
        parser.add_argument(
            "--evidence", type=float, default=EVIDENCE_SHARE, help="share of items with a file (0 to 1)"
        )

    def handle(self, *, database: str, keep: bool, stop_at: str | None, **options: Any) -> None:
        """Play and compare; leave with the exit code of the class."""
        logging.getLogger("django").setLevel(logging.WARNING)
        try:
            self._check(database, options)
            expected = read_expected(
                options["expected"], options["expected_areas"] or areas_beside(options["expected"])
            )
            files = SeasonFiles(options["units"], options["criteria"], options["schedule"], options["scores"])
            bar = Bar(_rows_to_play(files))
            with ExitStack() as stack:
                if database == "own":
                    name = stack.enter_context(own_database(keep=keep))
                    if keep:
                        self.stderr.write(f"Cơ sở dữ liệu của lần chạy này: {name}")
                stack.enter_context(hurried())
                season = play_season(
                    files,
                    seed=options["seed"],
                    progress=bar,
                    stop_at=Stage(stop_at) if stop_at else None,
                    evidence_share=options["evidence"],
                )
                bar.end()
                if stop_at and stop_at != Stage.PUBLISHED:
                    self._tell_stages(season)
                    return
                comparison = compare(season.publications, expected)
        except SeasonFault as fault:
            self.stderr.write(str(fault))
            sys.exit(UNUSABLE)
        for line in comparison.differences:
            self.stdout.write(line)
        self.stdout.write(f"{comparison.equal} of {comparison.units} units equal")
        if comparison.equal != comparison.units:
            sys.exit(DIFFERENT)

    def _check(self, database: str, options: dict[str, Any]) -> None:
        if database not in ("own", *connections):
            raise SeasonFault(f"Không có cơ sở dữ liệu “{database}”; chọn own hoặc default.")
        if not 0 <= options["evidence"] <= 1:
            raise SeasonFault("--evidence phải là số từ 0 đến 1.")
        for name in ("units", "schedule", "scores", "expected"):
            if not options[name].is_file():
                raise SeasonFault(f"--{name}: không có tệp {options[name].name}; kiểm tra lại đường dẫn.")
        if not options["criteria"].exists():
            raise SeasonFault(f"--criteria: không có thư mục {options['criteria'].name}; kiểm tra lại đường dẫn.")

    def _tell_stages(self, season: PlayedSeason) -> None:
        """Say where the units stand."""
        self.stdout.write(f"{season.ended_at.astimezone(PROVINCE_TIME):%H:%M %d/%m/%Y}")
        for cast in season.casts:
            counts = Counter(Assessment.objects.filter(period=cast.period).values_list("stage", flat=True))
            for stage, count in sorted(counts.items()):
                self.stdout.write(f"{cast.period.code} {stage}: {count}")


def _rows_to_play(files: SeasonFiles) -> int:
    """Return how many inputs are entered and judged."""
    rows = [row for unit in read_scores(files.scores).values() for row in unit]
    return sum((row.scoring == Scoring.SELF) + (row.scoring != Scoring.SURVEY) for row in rows)
