import smtplib

import pytest
from django.core import mail

from notifications.channels import AddressRefused, EmailChannel, Permanent, ProviderDown, Temporary
from notifications.channels.email import classify, message_id_of
from notifications.models import Message
from tests.notifications.factories import NOON


def letter(**fields):
    return Message(
        **{
            "address": "hoa@haiduong.example",
            "subject": "Hạn tự chấm điểm",
            "body_text": "Còn 3 ngày.\n",
            "body_html": "<p>Còn 3 ngày.</p>",
            "dedupe_key": "due:5:3",
            **fields,
        }
    )


@pytest.mark.parametrize(
    ("error", "meaning", "answer"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b.vn": (550, b"5.1.1 unknown")}), AddressRefused, "550 5.1.1 unknown"),
        (smtplib.SMTPRecipientsRefused({"a@b.vn": (550, b"no such user")}), AddressRefused, "550 no such user"),
        (smtplib.SMTPRecipientsRefused({"a@b.vn": (554, b"5.7.1 blocked")}), Permanent, "554 5.7.1 blocked"),
        (smtplib.SMTPRecipientsRefused({"a@b.vn": (450, b"4.2.0 greylisted")}), Temporary, "450 4.2.0 greylisted"),
        (smtplib.SMTPDataError(552, b"too big"), Permanent, "552 too big"),
        (smtplib.SMTPDataError(451, "đầy".encode()), Temporary, "451 đầy"),
        (smtplib.SMTPSenderRefused(550, b"not you", "we@b.vn"), ProviderDown, "550 not you"),
        (smtplib.SMTPAuthenticationError(535, b"bad password"), ProviderDown, "535 bad password"),
        (smtplib.SMTPConnectError(421, b"busy"), ProviderDown, "421 busy"),
        (smtplib.SMTPServerDisconnected("gone"), ProviderDown, "SMTPServerDisconnected: gone"),
        (ConnectionRefusedError("refused"), ProviderDown, "ConnectionRefusedError: refused"),
        (TimeoutError("timed out"), ProviderDown, "TimeoutError: timed out"),
    ],
)
def test_each_answer_of_a_mail_server_means_now_later_or_never(error, meaning, answer):
    delivery_error = classify(error)

    assert (type(delivery_error), str(delivery_error)) == (meaning, answer)


def test_a_letter_has_text_html_and_headers_of_an_automatic_message(settings):
    settings.DEFAULT_FROM_EMAIL = "Chỉ số CCHC <khong-tra-loi@haiduong.example>"
    channel = EmailChannel(at=NOON)

    channel.send(letter())
    channel.close()

    (sent,) = mail.outbox
    assert (sent.to, sent.subject, sent.body) == (["hoa@haiduong.example"], "Hạn tự chấm điểm", "Còn 3 ngày.\n")
    assert [(part.content, part.mimetype) for part in sent.alternatives] == [("<p>Còn 3 ngày.</p>", "text/html")]
    assert sent.from_email == "Chỉ số CCHC <khong-tra-loi@haiduong.example>"
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
    assert sent.extra_headers["Message-ID"].endswith("@haiduong.example>")


def test_a_letter_without_html_is_plain_text():
    EmailChannel(at=NOON).send(letter(body_html=""))

    assert mail.outbox[0].alternatives == []


def test_the_message_id_is_the_same_at_each_attempt_and_differs_between_messages():
    assert message_id_of(letter()) == message_id_of(letter(subject="Khác"))
    assert message_id_of(letter()) != message_id_of(letter(dedupe_key="due:5:1"))


@pytest.mark.parametrize("field", ["subject", "address"])
def test_a_line_break_in_a_header_is_refused_for_good(field):
    with pytest.raises(Permanent):
        EmailChannel(at=NOON).send(letter(**{field: "x@y.example\nBcc: la@noi-khac.example"}))

    assert mail.outbox == []


def test_a_server_that_does_not_answer_is_down(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nothing listens there

    channel = EmailChannel(at=NOON)
    with pytest.raises(ProviderDown, match="ConnectionRefusedError"):
        channel.send(letter())
    channel.close()


def test_in_the_demo_letters_become_files(settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    channel = EmailChannel(at=NOON)

    channel.send(letter())
    channel.close()

    (written,) = tmp_path.iterdir()
    assert b"To: hoa@haiduong.example" in written.read_bytes()
