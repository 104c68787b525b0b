"""How long one waits after sign-ins that failed (đăng nhập sai), per account and per address: growing, with an end."""

from datetime import datetime, timedelta

from assessments.rules.calendar import PROVINCE_TIME
from assessments.rules.refusals import NotAllowed

FREE_OF_ACCOUNT = 5
"""Attempts on one account before the first wait."""

FREE_OF_ADDRESS = 30
"""Attempts from one address before the first wait: a whole office may stand behind it."""

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
"""An account must not be locked away from its owner by somebody who fails on purpose."""

FORGOTTEN_AFTER = timedelta(hours=2)
"""A count without a new attempt starts again."""


class TooManyAttempts(NotAllowed):
    """A sign-in that comes before the wait is over."""


def wait_after(failures: int, *, free: int) -> timedelta:
    """Return how long the next attempt waits after ``failures`` in a row: nothing while free, then doubling."""
    if failures < free:
        return timedelta(0)
    doublings = min(failures - free, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def counted(failures: int, *, last_at: datetime, moment: datetime) -> int:
    """Return how many of the earlier attempts still count."""
    return 0 if moment - last_at >= FORGOTTEN_AFTER else failures


def check_may_try(*, waits_until: datetime | None, moment: datetime) -> None:
    """Refuse an attempt before the wait is over, whether or not there is such an account. Raise TooManyAttempts."""
    if waits_until is not None and moment < waits_until:
        local = waits_until.astimezone(PROVINCE_TIME) + timedelta(seconds=1)  # the second shown has fully come
        raise TooManyAttempts(
            f"Đã nhập sai nhiều lần nên tạm dừng nhận đăng nhập; hãy thử lại từ {local:%H:%M:%S ngày %d/%m/%Y}. Nếu "
            "quên mật khẩu, liên hệ người quản trị của đơn vị bạn để được cấp mật khẩu tạm."
        )
