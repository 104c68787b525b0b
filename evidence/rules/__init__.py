"""The rules of evidence files: pure, no ORM, no clock, no request. A refusal is the sentence the official reads."""

from evidence.rules.contents import check_content, detect_type
from evidence.rules.files import (
    TooLarge,
    check_can_withdraw,
    check_count,
    check_extension,
    check_not_twice,
    check_size,
    clean_name,
)
from evidence.rules.limits import Limits, accepted_extensions, current_limits, rules_in_words

__all__ = [
    "Limits",
    "TooLarge",
    "accepted_extensions",
    "check_can_withdraw",
    "check_content",
    "check_count",
    "check_extension",
    "check_not_twice",
    "check_size",
    "clean_name",
    "current_limits",
    "detect_type",
    "rules_in_words",
]
