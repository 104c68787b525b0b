"""Signed marks that come back to us: in a returned letter which message it was, in a link whose choice it is.

Nobody else can make them, so a forged report marks no address and a guessed link switches nothing off.
"""

import re
from dataclasses import dataclass
from email.utils import parseaddr
from typing import TYPE_CHECKING

from django.conf import settings
from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

if TYPE_CHECKING:
    from notifications.models import Message

UNSUBSCRIBE_SALT = "notifications.unsubscribe"
REPLY_SALT = "notifications.reply"
DIGEST_LENGTH = 24  # hexadecimal digits: 96 bits; with the number it fits the local part of an address
_REPLY = re.compile(rf"(?<!\d)(?P<pk>\d{{1,18}})-[0-9a-f]{{{DIGEST_LENGTH}}}(?![0-9a-f])", re.ASCII)


@dataclass(frozen=True)
class Choice:
    """What a link in a letter is about: one person's wish for one group of kinds in one channel."""

    user_id: int
    channel: str
    group: str


def reply_token(message: "Message") -> str:
    """Return the mark of ``message`` as it goes to its present address."""
    fields = (str(message.pk), message.dedupe_key, message.address)
    digest = salted_hmac(REPLY_SALT, "\n".join(fields), algorithm="sha256").hexdigest()
    return f"{message.pk}-{digest[:DIGEST_LENGTH]}"


def reply_tokens_in(text: str) -> list[tuple[int, str]]:
    """Return (number of the message, whole mark) of everything in ``text`` that looks like a mark of ours."""
    return [(int(found["pk"]), found.group()) for found in _REPLY.finditer(text)]


def is_of(message: "Message", token: str) -> bool:
    """Say whether we made ``token`` for ``message`` and the address that it has now."""
    return constant_time_compare(token, reply_token(message))


def message_id_of(message: "Message") -> str:
    """Return a Message-ID that stays the same at every attempt, so that mail servers can drop a second copy."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{reply_token(message)}@{domain}>"


def envelope_sender_of(message: "Message") -> str:
    """Return the address to which a letter that cannot be delivered is returned.

    ``settings.BOUNCE_ADDRESS`` names the mailbox of bounces; where it holds ``{}``, the mark of the message stands
    there, so that even a return without the original headers is recognised. Without it the sender gets them.
    """
    address: str = settings.BOUNCE_ADDRESS
    return address.replace("{}", reply_token(message)) if address else settings.DEFAULT_FROM_EMAIL


def unsubscribe_token(choice: Choice) -> str:
    """Return the mark of a link that switches one group of kinds off for one person."""
    return signing.dumps([choice.user_id, choice.channel, choice.group], salt=UNSUBSCRIBE_SALT)


def read_unsubscribe_token(token: str) -> Choice | None:
    """Return what ``token`` is about, or None when we did not make it."""
    try:
        user_id, channel, group = signing.loads(token, salt=UNSUBSCRIBE_SALT)
    except signing.BadSignature:
        return None
    return Choice(user_id, channel, group)
