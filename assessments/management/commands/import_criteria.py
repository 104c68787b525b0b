"""Import criteria sets from CSV or from a workbook."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.dateparse import parse_date

from assessments import clock
from assessments.enums import UnitKind
from assessments.imports.files import read_criteria_path
from assessments.imports.reading import KIND_WORDS, Reading
from assessments.models import CriteriaSet
from assessments.operations.criteria import import_criteria_sets
from assessments.rules import NotAllowed
from assessments.rules.problems import Problem
from assessments.vietnamese import fold


class Command(BaseCommand):
    """Reads first and names each problem with its place; writes every set or none."""

    help = "Import criteria sets from a CSV file, a folder of CSV files or a workbook (.xlsx), all or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file, what to take of it and how to report."""
        parser.add_argument("file", type=Path, help="a CSV file, a folder with criteria_*.csv, or an .xlsx workbook")
        parser.add_argument("--kind", choices=list(KIND_WORDS), help="only (or: the file is) this kind of unit")
        parser.add_argument("--sheet", help="only this sheet of the workbook (Sở, Huyện or Xã)")
        parser.add_argument("--dry-run", action="store_true", help="only read and report")
        parser.add_argument("--json", action="store_true", help="report as JSON")
        parser.add_argument("--year", type=int, default=2023, help="year that is assessed")
        parser.add_argument("--title", default="", help="title; by default that of the file")
        parser.add_argument("--series", default="cchc", help="series; the kind of unit is added")
        parser.add_argument("--decision-number", default="")
        parser.add_argument("--decision-date", type=_day, default=None, help="YYYY-MM-DD")
        parser.add_argument("--illustrative", action="store_true", help="mark as illustrative though the file does not")

    def handle(self, *, file: Path, dry_run: bool, **options: Any) -> None:
        """Read, report and import; exit 1 when there are problems."""
        kinds = {options["kind"]} if options["kind"] else set()
        problems: list[Problem] = []
        if options["sheet"]:
            named = {k for k, word in KIND_WORDS.items() if fold(word) == fold(options["sheet"])}
            if not named:
                sentence = f"Không có trang nào tên «{options['sheet']}»; chọn Sở, Huyện hoặc Xã."
                problems.append(Problem("unknown_sheet", sentence))
            kinds |= named
        reading = Reading(file.name) if problems else read_criteria_path(file, unit_kinds=kinds)
        problems += reading.problems
        sets: list[CriteriaSet] = []
        if not problems and not dry_run:
            try:
                sets = import_criteria_sets(
                    sets=reading.sets,
                    year=options["year"],
                    series=options["series"],
                    title=options["title"],
                    decision_number=options["decision_number"],
                    decision_date=options["decision_date"],
                    is_illustrative=options["illustrative"],
                    source_name=reading.source_name,
                    by=None,
                    at=clock.read(),
                )
            except NotAllowed as refusal:
                problems.append(Problem("refused", str(refusal)))
        if options["json"]:
            self.stdout.write(json.dumps(_report(reading, problems, sets, dry_run), ensure_ascii=False, indent=2))
        else:
            self._tell(reading, problems, sets)
        if problems:
            sys.exit(1)

    def _tell(self, reading: Reading, problems: list[Problem], sets: list[CriteriaSet]) -> None:
        for problem in problems:
            self.stderr.write(str(problem))
        for read in reading.sets:
            found = f"{len(read.problems)} lỗi" if read.problems else "không có lỗi"
            self.stdout.write(f"{UnitKind(read.unit_kind).label}: {len(read.drafts)} dòng, {found}.")
            for note in read.notes:
                self.stdout.write(f"  {note}")
            if read.notice:
                self.stdout.write(f"  Lưu ý: {read.notice}.")
        for criteria_set in sets:
            self.stdout.write(f"Đã nhập {criteria_set}.")
        if problems:
            self.stderr.write(f"Chưa nhập gì cả: có {len(problems)} lỗi cần sửa.")
        elif not sets:
            self.stdout.write("Chạy thử: chưa ghi gì.")


def _day(text: str) -> Any:
    day = parse_date(text)
    if day is None:
        raise ValueError(text)
    return day


def _report(reading: Reading, problems: list[Problem], sets: list[CriteriaSet], dry_run: bool) -> dict[str, Any]:
    return {
        "source": reading.source_name,
        "ok": not problems,
        "dry_run": dry_run,
        "problems": [
            {
                "sheet": p.place.sheet,
                "row": p.place.row,
                "column": p.place.column,
                "heading": p.place.heading,
                "code": p.code,
                "kind": p.kind,
                "sentence": p.sentence,
            }
            for p in problems
        ],
        "sets": [
            {
                "unit_kind": read.unit_kind,
                "sheet": read.sheet,
                "title": read.title,
                "notice": read.notice,
                "is_illustrative": read.is_illustrative,
                "rows": len(read.drafts),
                "problems": len(read.problems),
                "notes": list(read.notes),
            }
            for read in reading.sets
        ],
        "imported": [{"id": s.pk, "series": s.series, "version": s.version} for s in sets],
    }
