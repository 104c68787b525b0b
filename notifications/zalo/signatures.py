"""The signature of Zalo's webhook: plain SHA-256 of some texts put together, sent as ``mac=<hex>``.

Sources disagree on which texts: the first may be the app's or the account's id, the secret that of the app or of the
account, the moment that of the body or of a header. So the formulas to accept are a setting, as
``app_id+body+timestamp+app_secret``. A formula with a text that we do not have never fits: nothing passes unsigned.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping

TERMS = frozenset({"app_id", "oa_id", "body", "timestamp", "header_timestamp", "app_secret", "oa_secret"})
SECRETS = frozenset({"app_secret", "oa_secret"})
PREFIX = "mac="
_DIGITS = re.compile(r"[0-9]{10,16}", re.ASCII)


class UnusableFormula(ValueError):
    """A formula of the settings that cannot be used; the text says why."""


class NotGenuine(Exception):
    """A request that Zalo did not sign as agreed; the text says what is wrong."""


def terms_of(formula: str) -> list[str]:
    """Return the terms of a formula. Raise UnusableFormula for an unknown term, or without a body or a secret."""
    terms = [term.strip() for term in formula.split("+")]
    unknown = [term for term in terms if term not in TERMS]
    if unknown:
        raise UnusableFormula(f"{formula}: không có thành phần “{unknown[0]}”; dùng {', '.join(sorted(TERMS))}.")
    if "body" not in terms or not SECRETS.intersection(terms):
        raise UnusableFormula(f"{formula}: chữ ký phải gồm body và một khóa bí mật.")
    return terms


def mac_of(formula: str, *, body: bytes, texts: Mapping[str, str]) -> str | None:
    """Return the hexadecimal digest of a formula, or None when one of its texts is missing."""
    digest = hashlib.sha256()
    for term in terms_of(formula):
        if term == "body":
            digest.update(body)
        elif texts.get(term):
            digest.update(texts[term].encode())
        else:
            return None
    return digest.hexdigest()


def timestamp_in(body: bytes) -> str:
    """Return ``timestamp`` of the body as the text that stands there; "" when there is none or it is no JSON object."""
    try:
        sent = json.loads(body, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return ""
    stamp = sent.get("timestamp") if isinstance(sent, dict) else None
    return stamp if isinstance(stamp, str) and _DIGITS.fullmatch(stamp) else ""


def check(*, header: str, body: bytes, formulas: Iterable[str], texts: Mapping[str, str]) -> None:
    """Accept a body whose signature fits one of ``formulas``; the comparison takes the same time whatever was sent.

    Raise NotGenuine otherwise, also when no formula can be worked out for want of a secret.
    """
    sent = header.strip().removeprefix(PREFIX).lower()
    if not sent:
        raise NotGenuine("thiếu chữ ký X-ZEvent-Signature")
    expected = [mac for formula in formulas if (mac := mac_of(formula, body=body, texts=texts)) is not None]
    if not expected:
        raise NotGenuine("chưa khai báo khóa bí mật cho công thức chữ ký nào, hoặc sự kiện không có thời điểm")
    fits = [hmac.compare_digest(sent.encode(), mac.encode()) for mac in expected]
    if not any(fits):
        raise NotGenuine(f"chữ ký không khớp công thức nào trong {len(fits)} công thức được khai báo")
