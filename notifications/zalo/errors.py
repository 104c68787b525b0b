"""What Zalo's error codes mean for us: one table. Zalo answers errors with HTTP 200 and ``error`` other than 0.

Two codes are used for different things, so their message decides.
"""

import re
from enum import Enum


class Meaning(Enum):
    """What to do about an error."""

    REFRESH = "get a new access token and try once more"
    LATER = "wait and try again"
    MORNING = "wait for the next morning: night, or the quota of the day is used up"
    HUMAN = "a person must act; meanwhile another channel is used"
    GIVE_UP = "this message will never pass this way; another is used"


_TABLE: dict[Meaning, tuple[int, ...]] = {
    Meaning.REFRESH: (-124, -216, -220),
    Meaning.LATER: (-32, -100, -211),
    Meaning.MORNING: (-133, -144, -147, -234),
    Meaning.HUMAN: (
        *(-101, -102, -103, -104, -105, -115, -117, -125, -131, -135, -136, -137, -138, -146),
        *(-219, -221, -224, -320, -321, -1351),
    ),
    Meaning.GIVE_UP: (
        *(-108, -111, -112, -114, -118, -119, -139, -140, -141, -201, -213, -223, -227, -230, -249),
        *(-1121, -1122, -1124),
    ),
}
MEANINGS = {code: meaning for meaning, codes in _TABLE.items() for code in codes}
# The phone or the account cannot be reached by Zalo at all, whatever is sent.
ABOUT_THE_ADDRESS = frozenset({-108, -118, -119})
_TOKEN = re.compile(r"access.?token", re.IGNORECASE)
_LIMIT = re.compile(r"quota|limit|exceed|too many|vượt|giới hạn", re.IGNORECASE)
_INVALID = re.compile(r"invalid|not (?:exist|found|support)|không (?:hợp lệ|tồn tại)", re.IGNORECASE)


def meaning_of(code: int, text: str) -> Meaning:
    """Return what an error means; an unknown code is tried again, for that loses nothing."""
    if code == -100 and _TOKEN.search(text):
        return Meaning.REFRESH
    if code == -32 and not _LIMIT.search(text) and _INVALID.search(text):
        return Meaning.HUMAN
    if code == -223 and _LIMIT.search(text):
        return Meaning.MORNING
    return MEANINGS.get(code, Meaning.LATER)


class ZaloError(Exception):
    """Zalo did not do what was asked; the text is kept with the attempt."""


class Unreachable(ZaloError):
    """No answer, or one that is none of Zalo's: it is not known whether anything was done."""


class RateLimited(ZaloError):
    """Too many requests: nothing else will pass for a while either."""


class Refused(ZaloError):
    """Zalo answered with an error."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"Zalo {code}: {text}" if text else f"Zalo {code}")
        self.code = code
        self.meaning = meaning_of(code, text)

    @property
    def is_later(self) -> bool:
        """Say whether waiting may help."""
        return self.meaning is Meaning.LATER


class TokenRefused(ZaloError):
    """The token address refused the code or the refresh token: only a person can connect again."""
