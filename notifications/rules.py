"""Rules of delivery: pure, without database or clock."""

import re
import unicodedata
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from functools import lru_cache

from notifications.enums import Channel, Status
from notifications.kinds import Group, Kind

MAX_ATTEMPTS = 8
CLAIM_LASTS = timedelta(minutes=10)  # of a worker about which nothing is known
CLAIM_IS_FRESH = timedelta(seconds=20)  # so long nobody asks whether the worker lives
# Seven waits between eight attempts: about fifteen hours, more than a long outage of a mail server.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 120, 240, 480))
# Nine waits between ten attempts at another system: three days, as long as a weekend with nobody there.
WEBHOOK_WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 300, 600, 840, 1200, 1440))
WEBHOOK_ATTEMPTS = len(WEBHOOK_WAITS) + 1
WEBHOOK_LONGEST_ASKED_WAIT = timedelta(days=1)  # of what an answer asks for in Retry-After
WEBHOOK_GIVEN_UP = timedelta(days=5)  # of nothing but failures: nobody looks after that address
WEBHOOK_OVERLAP = timedelta(days=1)  # so long a replaced secret signs beside the new one
DEDUPE_KEY_LENGTH = 200
REF_LENGTH = 80
ALWAYS_ON = Channel.EMAIL  # what the regulation requires reaches everybody here at least
DIGEST_HOURS = range(7, 20)  # 7:00 to 19:00, outside the quiet hours
# A channel that can hand over to another gives up sooner: after an hour and a half, while the reminder is still news.
MAX_ATTEMPTS_BEFORE_FALLBACK = 5
CONSULTATION_WINDOW = timedelta(days=7)  # after the person wrote, Zalo takes a free text to them
CODE_LASTS = timedelta(minutes=15)  # of the one-time code that links a Zalo account
# Classes of RFC 3463 that speak of the recipient: unspecified, address, mailbox, routing to its domain. The others
# (system, protocol, content, policy) speak of us or of one letter: an address must not be given up for them.
_ABOUT_THE_ADDRESS = frozenset("0124")
_ENHANCED_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.\d{1,3}(?!\.?\d)")


class NotAllowed(Exception):
    """A refusal; its text is the Vietnamese sentence that the reader sees."""


def wait_before_next(
    *, message_id: int, attempts: int, most: int = MAX_ATTEMPTS, waits: Sequence[timedelta] = WAITS
) -> timedelta | None:
    """Return how long to wait after ``attempts`` temporary failures, or None when it is time to give up (``most``).

    Up to a fifth is added, always the same for one message and attempt, so that messages that failed together do
    not come back together.
    """
    if attempts >= most:
        return None
    wait = waits[attempts - 1]
    return wait + wait * _share(f"{message_id}:{attempts}") / 5000


def is_night(local: datetime) -> bool:
    """Say whether ``local`` (in the province's time) lies in the quiet hours, 20:00 to 7:00."""
    return local.hour not in DIGEST_HOURS


def next_morning(local: datetime, *, message_id: int) -> datetime:
    """Return a moment of the next morning after ``local``, within the half hour after the quiet hours.

    Zalo takes messages again at 6:00 and counts its quota anew from midnight; ours end at 7:00. Which minute is always
    the same for one message, so that what was held back together does not come back together.
    """
    day = local.date() if local.hour < DIGEST_HOURS[0] else local.date() + timedelta(days=1)
    start = datetime.combine(day, time(DIGEST_HOURS[0]), local.tzinfo)
    return start + timedelta(seconds=_share(f"{message_id}:morning") * 1.8)


def _share(text: str) -> int:
    """Return a number from 0 to 999, always the same for ``text``."""
    return zlib.crc32(text.encode()) % 1000


def check_can_send_again(*, status: str) -> None:
    """Refuse to send again what is on its way or has arrived. Raise NotAllowed."""
    if status in (Status.WAITING, Status.SENDING):
        raise NotAllowed("Thư này đang chờ gửi, không cần gửi lại; hệ thống tự gửi trong ít phút nữa.")
    if status == Status.SENT:
        raise NotAllowed("Thư này đã gửi tới người nhận, không gửi lần thứ hai; hãy xem nội dung tại Hộp thư đi.")
    if status == Status.REPLACED:
        raise NotAllowed("Thư này đã chuyển sang thư điện tử; hãy tìm thư điện tử ấy nếu cần gửi lại.")
    if status == Status.CANCELLED:
        raise NotAllowed("Việc nêu trong thư này đã xong nên không cần gửi nữa.")


def check_can_send_event_again(*, status: str, is_on: bool, name: str) -> None:
    """Refuse to send an event again that is on its way, or to a system that is switched off. Raise NotAllowed."""
    if status in (Status.WAITING, Status.SENDING):
        raise NotAllowed("Sự kiện này đang chờ gửi; hệ thống tự gửi lại, thưa dần trong ba ngày.")
    if not is_on:
        raise NotAllowed(f"“{name}” đang tắt; hãy bật lại rồi gửi.")


def check_address_works(*, address: str, is_failing: bool) -> None:
    """Refuse to send to an address that is marked as not working. Raise NotAllowed."""
    if is_failing:
        raise NotAllowed(
            f"Địa chỉ {address} đang bị đánh dấu là không nhận được thư; hãy sửa địa chỉ trong tài khoản người nhận, "
            "hoặc người quản trị bấm “Thử lại địa chỉ” ở thẻ Địa chỉ hỏng, rồi gửi lại."
        )


def condemns_address(answer: str) -> bool:
    """Say whether a final refusal in these words means that the address does not work.

    Without an enhanced status (RFC 3463) it does; with one its class decides: a server that refuses our policy or one
    letter's content says nothing about its own user.
    """
    status = _ENHANCED_STATUS.search(answer)
    return status is None or (status[1] == "5" and status[2] in _ABOUT_THE_ADDRESS)


def wanted_channels(kind: Kind, preferences: Mapping[tuple[str, str], bool], available: Iterable[str]) -> list[str]:
    """Return by which of the ``available`` channels a person gets a message of ``kind``.

    ``preferences`` tells for (channel, group) what the person chose; nothing chosen means yes. What the regulation
    requires always goes out by e-mail, even to somebody without an address: the message then says what is missing.
    """
    wanted = [channel for channel in available if preferences.get((channel, kind.group), True)]
    if kind.required and ALWAYS_ON not in wanted:
        wanted.insert(0, ALWAYS_ON.value)
    return wanted


def check_can_choose(*, channel: str, group: Group, wanted: bool) -> None:
    """Refuse to switch off what the regulation requires. Raise NotAllowed."""
    if group.required and channel == ALWAYS_ON and not wanted:
        raise NotAllowed(why_required(group))


def why_required(group: Group) -> str:
    """Return why a group of kinds cannot be switched off, as the person reads it."""
    return f"Quy chế yêu cầu gửi thư “{group.label}” nên không thể tắt thư điện tử cho loại này."


def check_digest_hour(hour: int) -> None:
    """Refuse an hour in the night. Raise NotAllowed."""
    if hour not in DIGEST_HOURS:
        raise NotAllowed(f"Giờ nhận thư tổng hợp từ {DIGEST_HOURS[0]} giờ đến {DIGEST_HOURS[-1]} giờ.")


def one_line(text: str) -> str:
    """Return ``text`` in composed form (NFC) on one line, as a subject must be."""
    return " ".join(unicodedata.normalize("NFC", text).split())


@lru_cache(maxsize=4096)  # the same names and subjects come again and again when many messages are written at once
def fold(text: str) -> str:
    """Return ``text`` without diacritics and case, for searching (đ is d)."""
    if text.isascii():
        return " ".join(text.casefold().split())
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return " ".join("".join(letter for letter in decomposed if not unicodedata.combining(letter)).split())
