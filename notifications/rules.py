"""Rules of delivery: pure, without database or clock."""

import unicodedata
import zlib
from datetime import timedelta

from notifications.enums import Status

MAX_ATTEMPTS = 8
CLAIM_LASTS = timedelta(minutes=10)
# Seven waits between eight attempts: about fifteen hours, more than a long outage of a mail server.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 120, 240, 480))
DEDUPE_KEY_LENGTH = 200


class NotAllowed(Exception):
    """A refusal; its text is the Vietnamese sentence that the reader sees."""


def wait_before_next(*, message_id: int, attempts: int) -> timedelta | None:
    """Return how long to wait after ``attempts`` temporary failures, or None when it is time to give up.

    Up to a fifth is added, always the same for one message and attempt, so that messages that failed together do
    not come back together.
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    wait = WAITS[attempts - 1]
    share = zlib.crc32(f"{message_id}:{attempts}".encode()) % 1000
    return wait + wait * share / 5000


def check_can_send_again(*, status: str) -> None:
    """Refuse to send again what is on its way or has arrived. Raise NotAllowed."""
    if status in (Status.WAITING, Status.SENDING):
        raise NotAllowed("Thư này đang chờ gửi, không cần gửi lại; hệ thống tự gửi trong ít phút nữa.")
    if status == Status.SENT:
        raise NotAllowed("Thư này đã gửi tới người nhận, không gửi lần thứ hai; hãy xem nội dung tại Hộp thư đi.")


def one_line(text: str) -> str:
    """Return ``text`` in composed form (NFC) on one line, as a subject must be."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def fold(text: str) -> str:
    """Return ``text`` without diacritics and case, for searching (đ is d)."""
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return " ".join("".join(letter for letter in decomposed if not unicodedata.combining(letter)).split())
