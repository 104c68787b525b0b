"""Sign-ins that failed, as they are found again."""

import hashlib

from assessments.models import Official, SignInAttempts
from assessments.vietnamese import normalise


def subject_of_account(username: str) -> str:
    """Return the key of an account name, the same however it is written; the name itself is not kept."""
    return "account:" + hashlib.sha256(normalise(username).casefold().encode("utf-8", "replace")).hexdigest()


def subject_of_address(address: str) -> str:
    """Return the key of an address."""
    return f"address:{address}"


def attempts_on(official: Official) -> SignInAttempts | None:
    """Return the attempts in a row that failed on an account, None where there are none."""
    return SignInAttempts.objects.filter(subject=subject_of_account(official.username), failures__gt=0).first()
