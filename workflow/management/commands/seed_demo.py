"""Fill the database of the demonstration: a published period, and the present one stopped in the middle."""

import logging
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.test.utils import override_settings

from assessments import clock
from assessments.models import Assessment, AssessmentPeriod, Unit
from workflow.season.demo import play_demo, rows_in_demo
from workflow.season.faults import SeasonFault
from workflow.season.own_database import hurried
from workflow.season.progress import Bar


class Command(BaseCommand):
    """Plays both periods through the operations; a seeding that was cut off is begun anew."""

    help = "Fills an empty database with the season of the demonstration."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what to do with a database that holds something, and the seed."""
        parser.add_argument("--if-empty", action="store_true", help="do nothing where there is data already")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *, if_empty: bool, seed: int, **options: Any) -> None:
        """Seed, or say in one sentence why not."""
        if not settings.DEMO:
            raise CommandError("Chỉ nạp dữ liệu minh họa khi chạy bản dùng thử (PAR_DEMO=1).")
        begun = Path(settings.VAR_DIR) / "demo-is-being-made"
        if begun.exists():  # nothing but a seeding that was cut off can have filled this database
            call_command("flush", interactive=False, verbosity=0)
        elif AssessmentPeriod.objects.exists() or Unit.objects.exists():
            if if_empty:
                return
            raise CommandError("Cơ sở dữ liệu đã có dữ liệu; chỉ nạp dữ liệu minh họa vào cơ sở dữ liệu trống.")
        logging.getLogger("django").setLevel(logging.WARNING)
        self.stderr.write("Chuẩn bị dữ liệu minh họa (chỉ lần đầu, khoảng hai phút)")
        begun.parent.mkdir(parents=True, exist_ok=True)
        begun.touch()
        started = time.monotonic()
        bar = Bar(rows_in_demo())
        try:
            with override_settings(DEBUG=False), hurried():
                seasons = play_demo(now=clock.read(), seed=seed, progress=bar)
        except SeasonFault as fault:
            self.stderr.write(str(fault))
            sys.exit(2)
        begun.unlink()
        bar.end()
        for cast in (cast for season in seasons for cast in season.casts):
            stages = Counter(Assessment.objects.filter(period=cast.period).values_list("stage", flat=True))
            told = ", ".join(f"{stage} {count}" for stage, count in sorted(stages.items()))
            self.stdout.write(f"{cast.period.code}: {told}")
        self.stdout.write(f"{time.monotonic() - started:.0f} s")
