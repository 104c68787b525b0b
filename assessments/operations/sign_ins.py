"""Counting sign-ins: an attempt is written down before the password is looked at, a success takes it back."""

from datetime import datetime

from django.db import transaction

from assessments.models import SignInAttempts
from assessments.queries.sign_ins import subject_of_account, subject_of_address
from assessments.rules import sign_ins as rules


@transaction.atomic
def begin_sign_in(*, username: str, address: str, at: datetime) -> None:
    """Count an attempt (lần đăng nhập) before its password is checked: attempts at once cannot outrun the count.

    ``address`` is where it comes from, "" where nobody can tell. Raise TooManyAttempts, with nothing counted, while
    the account or the address must wait; whether the account exists makes no difference.
    """
    SignInAttempts.objects.filter(last_at__lt=at - rules.FORGOTTEN_AFTER).delete()
    counted = [(subject_of_account(username), rules.FREE_OF_ACCOUNT)]
    if address:
        counted.append((subject_of_address(address), rules.FREE_OF_ADDRESS))
    rows = [(_locked(subject, at), free) for subject, free in counted]
    for row, _free in rows:
        rules.check_may_try(waits_until=row.waits_until, moment=at)
    for row, free in rows:
        row.failures = rules.counted(row.failures, last_at=row.last_at, moment=at) + 1
        row.last_at = at
        wait = rules.wait_after(row.failures, free=free)
        row.waits_until = at + wait if wait else None
        row.save(update_fields=["failures", "last_at", "waits_until"])


@transaction.atomic
def finish_sign_in(*, username: str, address: str) -> None:
    """Forget the attempts on an account that its owner signed in to, and this one of the address.

    The others of the address stay: whoever has one account could else try all the others without end.
    """
    forget_attempts(username=username)
    row = SignInAttempts.objects.select_for_update().filter(subject=subject_of_address(address)).first()
    if row is not None and row.failures:
        row.failures -= 1
        row.waits_until = None
        row.save(update_fields=["failures", "waits_until"])


def forget_attempts(*, username: str) -> None:
    """Let an account be tried again at once."""
    SignInAttempts.objects.filter(subject=subject_of_account(username)).delete()


def _locked(subject: str, at: datetime) -> SignInAttempts:
    SignInAttempts.objects.get_or_create(subject=subject, defaults={"last_at": at})
    return SignInAttempts.objects.select_for_update().get(subject=subject)
