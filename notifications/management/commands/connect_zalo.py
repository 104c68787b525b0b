"""Connect the Official Account of Zalo from the command line."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from notifications.operations.zalo import connection
from notifications.queries import zalo as queries
from notifications.rules import NotAllowed


class Command(BaseCommand):
    """Exchanges an authorization code, which works once and for ten minutes."""

    help = "Connect Zalo with an authorization code of its consent page; the page “Kết nối lại Zalo” does the same."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the code."""
        parser.add_argument("code", help="what stands after code= in the address to which Zalo leads back")
        parser.add_argument("--if-needed", action="store_true", help="do nothing while a connection stands")

    def handle(self, *, code: str, if_needed: bool, **_options: Any) -> None:
        """Connect, and say until when the access token lasts (exit 1 with Zalo's words when it refuses)."""
        try:
            found = queries.connection()
        except DatabaseError as fault:
            raise CommandError("Cơ sở dữ liệu chưa sẵn sàng; chạy manage.py migrate trước.") from fault
        if not (if_needed and found is not None and found.is_connected):
            try:
                found = connection.connect_with_code(code=code, by=None, at=timezone.now())
            except NotAllowed as refusal:
                raise CommandError(str(refusal)) from refusal
        if found.expires_at is not None:
            until = timezone.localtime(found.expires_at)
            self.stdout.write(f"Đã kết nối Zalo; mã truy cập dùng đến {until:%H:%M ngày %d/%m/%Y}.")
