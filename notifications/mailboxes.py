"""Where returned letters lie: a Maildir folder, a mailbox on an IMAP server, or standard input.

Each yields (name, content) of what was not read yet; ``done(name)`` says that it was, and nothing is deleted.
"""

import imaplib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Protocol

MAX_BYTES = 1024 * 1024  # of one letter: a report is a few thousand; what follows is the original letter
TIMEOUT_SECONDS = 30
FLAGS = ":2,"  # of a Maildir, at the end of the name of a file


class Unreachable(Exception):
    """The mailbox cannot be read now; the text says why."""


class Mailbox(Protocol):
    """A place with letters."""

    def unread(self) -> Iterator[tuple[str, bytes]]:
        """Yield the letters that nobody read yet. Raise Unreachable."""

    def done(self, name: str) -> None:
        """Remember that a letter was read. Raise Unreachable."""


class MaildirFolder:
    """A Maildir on this machine: what is read moves from ``new`` to ``cur`` with the mark of a seen letter."""

    def __init__(self, folder: Path | str) -> None:
        """Raise Unreachable when ``folder`` is no Maildir."""
        self._folder = Path(folder)
        if not all((self._folder / part).is_dir() for part in ("new", "cur")):
            raise Unreachable(f"{folder} không phải thư mục Maildir (cần hai thư mục con new và cur).")

    def unread(self) -> Iterator[tuple[str, bytes]]:
        """Yield the letters without the mark of a seen one, in the order of their names: of their arrival."""
        letters = [path for part in ("new", "cur") for path in (self._folder / part).iterdir() if path.is_file()]
        for path in sorted(letters, key=lambda path: path.name):
            if "S" not in path.name.partition(FLAGS)[2]:
                with path.open("rb") as file:
                    yield f"{path.parent.name}/{path.name}", file.read(MAX_BYTES)

    def done(self, name: str) -> None:
        """Move a letter to ``cur``, marked as seen."""
        part, _, file_name = name.partition("/")
        base, _, flags = file_name.partition(FLAGS)
        (self._folder / part / file_name).rename(self._folder / "cur" / f"{base}{FLAGS}{''.join(sorted(flags + 'S'))}")


class ImapFolder:
    """A folder of a mailbox on an IMAP server, over TLS; what is read gets the flag of a seen letter."""

    def __init__(self, *, host: str, port: int, user: str, password: str, folder: str) -> None:
        """Sign in. Raise Unreachable."""
        try:
            self._server = imaplib.IMAP4_SSL(host, port, timeout=TIMEOUT_SECONDS)
            self._server.login(user, password)
            self._answer(self._server.select(f'"{folder}"'))
        except (imaplib.IMAP4.error, OSError) as failure:
            raise Unreachable(f"Không mở được hộp thư {user} tại {host}: {failure}") from failure

    def unread(self) -> Iterator[tuple[str, bytes]]:
        """Yield the letters without the flag of a seen one; reading them does not set it."""
        try:
            (numbers,) = self._answer(self._server.uid("SEARCH", "UNSEEN"))
            for number in numbers.decode().split():
                found = self._answer(self._server.uid("FETCH", number, f"(BODY.PEEK[]<0.{MAX_BYTES}>)"))
                yield number, next(part[1] for part in found if isinstance(part, tuple))
        except (imaplib.IMAP4.error, OSError, StopIteration) as failure:
            raise Unreachable(f"Hộp thư ngừng trả lời: {failure}") from failure

    def done(self, name: str) -> None:
        """Set the flag of a seen letter."""
        try:
            self._answer(self._server.uid("STORE", name, "+FLAGS", r"(\Seen)"))
        except (imaplib.IMAP4.error, OSError) as failure:
            raise Unreachable(f"Không đánh dấu được thư đã đọc: {failure}") from failure

    def close(self) -> None:
        """Sign out."""
        with suppress(imaplib.IMAP4.error, OSError):  # the server is gone: nothing is left to close
            self._server.logout()

    @staticmethod
    def _answer(answer: tuple[str, list[Any]]) -> list[Any]:
        """Return what the server gave. Raise IMAP4.error when it refused."""
        if answer[0] != "OK":
            raise imaplib.IMAP4.error(str(answer[1]))
        return answer[1]


class OneLetter:
    """One letter, as a mail server hands it to a program."""

    def __init__(self, file: BinaryIO) -> None:
        self._content = file.read(MAX_BYTES)

    def unread(self) -> Iterator[tuple[str, bytes]]:
        """Yield it."""
        yield "stdin", self._content

    def done(self, name: str) -> None:
        """Nothing is kept of it."""
