"""E-mail through Django's mail backend: SMTP in production, files in a folder in the demo."""

import smtplib
from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from notifications import letters, rules
from notifications.channels.base import AddressRefused, Channel, Delivery, Permanent, ProviderDown, Temporary
from notifications.tokens import envelope_sender_of, message_id_of

# One step of the SMTP conversation: a silent mail server must not hold a worker
TIMEOUT_SECONDS = 30


class EmailChannel(Channel):
    """Sends text with an HTML alternative."""

    def __init__(self, *, at: datetime) -> None:
        super().__init__(at=at)
        self._connection = get_connection(timeout=settings.EMAIL_TIMEOUT or TIMEOUT_SECONDS)

    @classmethod
    def address_of(cls, recipient) -> str:
        """Return the e-mail address of ``recipient``."""
        return (getattr(recipient, recipient.get_email_field_name(), "") or "").strip()

    def send(self, message) -> Delivery:
        """Send ``message``; a broken conversation is closed so that the next message starts a new one."""
        letter = EmailMultiAlternatives(
            subject=message.subject,
            body=letters.whole_text(message),
            from_email=envelope_sender_of(message),
            to=[message.address],
            connection=self._connection,
            headers={
                "From": settings.DEFAULT_FROM_EMAIL,
                "Message-ID": message_id_of(message),
                "Auto-Submitted": "auto-generated",
                **letters.headers_of(message),
            },
        )
        if message.body_html:
            letter.attach_alternative(letters.whole_html(message), "text/html")
        try:
            self._connection.open()
            accepted = letter.send()
        except ValueError as unusable:  # an address or header that cannot be written (BadHeaderError included)
            raise Permanent(str(unusable)) from unusable
        except OSError as refusal:  # SMTPException and every socket or file error
            self.close()
            raise classify(refusal) from refusal
        if accepted != 1:
            raise Permanent("Máy chủ thư không nhận thư nào.")
        return Delivery()

    def close(self) -> None:
        """Close the conversation with the server, however it stands."""
        with suppress(OSError):  # the server is gone: nothing is left to close
            self._connection.close()


def classify(error: OSError) -> Temporary | Permanent:
    """Return the delivery error that an SMTP or connection error means (RFC 5321, 4.2.1: 4yz later, 5yz never)."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            codes = [code for code, _ in error.recipients.values()]
            words = "; ".join(f"{code} {_words(answer)}" for code, answer in error.recipients.values())
            if not codes or any(code < 500 for code in codes):
                return Temporary(words)
            return AddressRefused(words) if rules.condemns_address(words) else Permanent(words)
        case smtplib.SMTPDataError():
            kind = Permanent if error.smtp_code >= 500 else Temporary
            return kind(f"{error.smtp_code} {_words(error.smtp_error)}")
        case smtplib.SMTPResponseException():  # connect, greeting, sign-in or sender refused: our side, all messages
            return ProviderDown(f"{error.smtp_code} {_words(error.smtp_error)}")
        case _:
            return ProviderDown(f"{type(error).__name__}: {error}")


def _words(answer: bytes | str) -> str:
    """Return the server's answer as text."""
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
