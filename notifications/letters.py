"""What an e-mail says besides its own text: why it cannot be switched off, or how to."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html

from notifications import kinds, tokens

if TYPE_CHECKING:
    from notifications.models import Message

REQUIRED = "Quy chế đánh giá yêu cầu gửi loại thư này nên không thể tắt."
OPTIONAL = "Không muốn nhận loại thư này nữa?"
OPTIONAL_LINK = "Ngừng nhận thư “{label}”"
END_OF_BODY = "</body>"


@dataclass(frozen=True)
class Farewell:
    """The last line of a letter, with a link where there is something to choose."""

    sentence: str
    link_text: str = ""
    link: str = ""


def unsubscribe_url(message: "Message") -> str:
    """Return the address that switches the kind of ``message`` off for its recipient; "" where nobody may."""
    kind = kinds.find(message.kind)
    group = kinds.group_of(kind.group)
    if group is None or group.required:
        return ""
    token = tokens.unsubscribe_token(tokens.Choice(message.recipient_id, message.channel, kind.group))
    return settings.SITE_URL + reverse("unsubscribe", args=[token])


def headers_of(message: "Message") -> dict[str, str]:
    """Return the headers of one-click unsubscription (RFC 8058); none for what the regulation requires."""
    url = unsubscribe_url(message)
    if not url:
        return {}
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def farewell_of(message: "Message") -> Farewell | None:
    """Return the last line of a letter, or None for a kind that nobody described."""
    if not kinds.is_known(message.kind) or not kinds.find(message.kind).is_listed:
        return None
    url = unsubscribe_url(message)
    if not url:
        return Farewell(REQUIRED)
    return Farewell(OPTIONAL, OPTIONAL_LINK.format(label=kinds.label_of(message.kind)), url)


def whole_text(message: "Message") -> str:
    """Return the text of a letter with its last line."""
    farewell = farewell_of(message)
    if farewell is None:
        return message.body_text
    if not farewell.link:
        return f"{message.body_text}{farewell.sentence}\n"
    return f"{message.body_text}{farewell.sentence} {farewell.link_text}:\n{farewell.link}\n"


def whole_html(message: "Message") -> str:
    """Return the HTML of a letter with its last line, below the card."""
    farewell = farewell_of(message)
    if farewell is None or not message.body_html:
        return message.body_html
    link = format_html('<br><a class="quiet" href="{}">{}</a>', farewell.link, farewell.link_text)
    line = format_html('<p class="farewell">{}{}</p>', farewell.sentence, link if farewell.link else "")
    before, end, after = message.body_html.rpartition(END_OF_BODY)
    return f"{before}{line}\n{end}{after}" if end else f"{message.body_html}{line}\n"
