"""Import the list of units from CSV."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from assessments import clock
from assessments.imports.units import read_units
from assessments.models import Unit
from assessments.operations.units import import_units
from assessments.rules.problems import MOST_BYTES


class Command(BaseCommand):
    """Reads, names each problem with its place, and writes when there is none."""

    help = "Import units from a CSV file (code,name,kind,parent_code), all or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file and the dry run."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="only read and report")

    def handle(self, *, file: Path, dry_run: bool, **_options: Any) -> None:
        """Import, or report what stands in the way (exit 1)."""
        if not file.is_file():
            raise CommandError(f"Không có tệp {file.name}; kiểm tra lại đường dẫn.")
        if file.stat().st_size > MOST_BYTES:
            raise CommandError(f"Tệp {file.name} lớn quá {MOST_BYTES // 1024 // 1024} MB; kiểm tra lại tệp.")
        known = Unit.objects.values_list("code", flat=True)
        reading = read_units(file.read_bytes(), name=file.name, known_codes=set(known))
        for problem in reading.problems:
            self.stderr.write(str(problem))
        if reading.problems:
            raise CommandError(f"Chưa nhập gì cả: tệp có {len(reading.problems)} lỗi cần sửa.")
        if dry_run:
            self.stdout.write(f"{len(reading.drafts)} đơn vị đọc được, không có lỗi; chưa ghi gì (chạy thử).")
            return
        done = import_units(rows=reading.drafts, by=None, at=clock.read())
        self.stdout.write(
            f"{len(reading.drafts)} đơn vị: {done.created} mới, {done.updated} cập nhật, {done.unchanged} giữ nguyên."
        )
