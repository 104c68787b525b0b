"""Read returned letters and mark the addresses that do not work."""

import sys
from argparse import ArgumentParser
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from notifications.mailboxes import MaildirFolder, OneLetter, Unreachable
from notifications.operations import bounces


class Command(BaseCommand):
    """Reads one mailbox once; a letter that was read is not read again."""

    help = "Read returned letters: from the mailbox of the settings, a Maildir folder or standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare where the letters lie."""
        place = parser.add_mutually_exclusive_group()
        place.add_argument("--maildir", type=Path, help="a Maildir folder")
        place.add_argument("--stdin", action="store_true", help="one letter on standard input")

    def handle(self, *, maildir: Path | None, stdin: bool, **_options: Any) -> None:
        """Read, and say in one line what was found (exit 1 when the mailbox cannot be read)."""
        try:
            if stdin:
                place: Any = nullcontext(OneLetter(sys.stdin.buffer))
            elif maildir is not None:
                place = nullcontext(MaildirFolder(maildir))
            else:
                place = bounces.mailbox_of_settings()
            with place as box:
                if box is None:
                    raise CommandError(
                        "Chưa khai báo hộp thư nhận thư trả lại: đặt PAR_BOUNCE_MAILDIR hoặc PAR_BOUNCE_IMAP_HOST "
                        "(xem docs/settings.md), hoặc dùng --maildir, --stdin."
                    )
                reading = bounces.read_mailbox(box=box, at=timezone.now())
        except Unreachable as failure:
            raise CommandError(str(failure)) from failure
        self.stdout.write(
            f"{reading.letters} thư: {reading.matched} ứng với thư đã gửi, {reading.unmatched} không ứng với thư nào, "
            f"{reading.no_report} không phải thư báo."
        )
