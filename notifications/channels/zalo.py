"""Zalo: one channel for the person, four ways to send; which way is tried first is a setting.

A way that refuses hands over to the next. When all refuse, the message goes by e-mail (``falls_back_to``).
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from notifications import rules
from notifications.channels.base import (
    AddressRefused,
    Channel,
    Delivery,
    Permanent,
    Postponed,
    ProviderDown,
    Temporary,
)
from notifications.enums import ZaloSide, ZaloWay
from notifications.models import ZaloLink, ZaloTemplate
from notifications.zalo import monitor
from notifications.zalo.client import LONGEST_TEXT, BotRefused, Zalo
from notifications.zalo.configuration import configuration
from notifications.zalo.errors import ABOUT_THE_ADDRESS, Meaning, RateLimited, Refused, Unreachable
from notifications.zalo.keeper import NotConnected, WaitForToken, access_token
from notifications.zalo.parameters import UnfitParameters, filled, parameters_of
from notifications.zalo.phones import normalised

if TYPE_CHECKING:
    from notifications.models import Message

TEMPLATE_KEPT = timedelta(hours=24)
TRACKING_LENGTH = 48
NO_WAY = "Người nhận chưa liên kết Zalo, cũng chưa có số điện thoại di động hoặc mẫu tin cho loại thư này."
Links = dict[str, ZaloLink]
Way = tuple[ZaloWay, str]


class ZaloChannel(Channel):
    """Sends the short form of a message by the first way that takes it."""

    shows_short_form = True
    falls_back_to = "email"

    def __init__(self, *, at: datetime) -> None:
        super().__init__(at=at)
        self._settings = configuration()
        self._zalo = Zalo(self._settings)

    @classmethod
    def is_offered(cls) -> bool:
        """Say whether an account or a bot is set up."""
        return configuration().is_on

    @classmethod
    def rests(cls, at: datetime) -> bool:
        """Say whether it is night: no telephone rings from 20:00 to 7:00."""
        return rules.is_night(timezone.localtime(at))

    @classmethod
    def address_of(cls, recipient) -> str:
        """Return where ``recipient`` is reached by Zalo: the linked account, or else the mobile number."""
        return cls.addresses_of([recipient])[recipient.pk]

    @classmethod
    def addresses_of(cls, recipients: Iterable[Any]) -> dict[int, str]:
        """Return ``{user id: address}``; one query, and none where Zalo is not set up."""
        people = list(recipients)
        if not cls.is_offered():
            return {person.pk: "" for person in people}
        links = _links_of(people)
        settings = configuration()
        by_phone = settings.has_account and ZaloWay.TEMPLATE_PHONE in settings.ways and bool(settings.templates)
        found = {}
        for person in people:
            own = links.get(person.pk, {})
            phone = normalised(getattr(person, "phone", "")) if by_phone else ""
            found[person.pk] = next((f"{side}:{link.zalo_id}" for side, link in own.items()), phone)
        return found

    def close(self) -> None:
        """Close the conversation with Zalo."""
        self._zalo.close()

    def send(self, message: "Message") -> Delivery:
        """Send by the first way that takes it; see the errors table for what each refusal means."""
        reasons: list[str] = []
        condemned: list[bool] = []
        is_postponed = False
        for way, address in self._ways_to(message):
            try:
                return self._send_by(way, address, message)
            except RateLimited as limit:
                raise ProviderDown(str(limit)) from limit
            except Unreachable as failure:
                raise ProviderDown(str(failure)) from failure
            except WaitForToken as failure:
                raise ProviderDown(str(failure)) from failure
            except Refused as refusal:
                if refusal.meaning in (Meaning.LATER, Meaning.REFRESH):
                    raise Temporary(str(refusal)) from refusal
                is_postponed = is_postponed or refusal.meaning is Meaning.MORNING
                if refusal.meaning is Meaning.HUMAN:
                    monitor.note_trouble(text=f"{way.label}: {refusal}", at=self.at)
                reasons.append(f"{way.label}: {refusal}")
                condemned.append(refusal.code in ABOUT_THE_ADDRESS)
            except UnfitParameters as refusal:
                monitor.note_trouble(text=f"Mẫu tin của loại thư “{message.kind_label}”: {refusal}", at=self.at)
                reasons.append(f"{way.label}: {refusal}")
                condemned.append(False)
            except (BotRefused, NotConnected) as refusal:
                reasons.append(f"{way.label}: {refusal}")
                condemned.append(False)
        answer = " ".join(reasons) or NO_WAY
        if is_postponed:
            raise Postponed(answer)
        raise AddressRefused(answer) if condemned and all(condemned) else Permanent(answer)

    def _ways_to(self, message: "Message") -> Iterator[Way]:
        """Yield the ways in which this person can be reached now with this kind of message, in the order wanted."""
        person: Any = message.recipient
        links = _links_of([person]).get(person.pk, {})
        account, bot = links.get(ZaloSide.ACCOUNT), links.get(ZaloSide.BOT)
        phone = normalised(getattr(person, "phone", ""))
        has_template = message.kind in self._settings.templates
        addresses: dict[str, str] = {}
        if self._settings.has_account:
            if account is not None and account.unfollowed_at is None:
                if account.may_be_consulted(self.at):
                    addresses[ZaloWay.CONSULTATION] = account.zalo_id
                if has_template:
                    addresses[ZaloWay.TEMPLATE_USER] = account.zalo_id
            if phone and has_template:
                addresses[ZaloWay.TEMPLATE_PHONE] = phone
        if self._settings.has_bot and bot is not None:
            addresses[ZaloWay.BOT] = bot.zalo_id
        return ((ZaloWay(way), addresses[way]) for way in self._settings.ways if way in addresses)

    def _send_by(self, way: ZaloWay, address: str, message: "Message") -> Delivery:
        if way == ZaloWay.BOT:
            return Delivery(
                way=way, provider_id=self._zalo.send_by_bot(chat_id=address, text=text_of(message)), price=0
            )
        token = access_token(zalo=self._zalo, at=self.at)
        try:
            return self._send_with(token, way, address, message)
        except Refused as refusal:
            if refusal.meaning is not Meaning.REFRESH:
                raise
        token = access_token(zalo=self._zalo, at=self.at, rejected=token)
        return self._send_with(token, way, address, message)

    def _send_with(self, token: str, way: ZaloWay, address: str, message: "Message") -> Delivery:
        if way == ZaloWay.CONSULTATION:
            sent = self._zalo.send_consultation(token=token, user_id=address, text=text_of(message))
            return Delivery(way=way, provider_id=sent, price=0)
        template = self._template(token, message.kind)
        fields = filled(parameters_of(template.parameters), message.fields)
        if way == ZaloWay.TEMPLATE_USER:
            sent = self._zalo.send_template_to_user(
                token=token, user_id=address, template_id=template.template_id, fields=fields
            )
            return Delivery(way=way, provider_id=sent, price=template.price_user)
        sent = self._zalo.send_template_to_phone(
            token=token,
            phone=address,
            template_id=template.template_id,
            fields=fields,
            tracking_id=tracking_id_of(message),
        )
        return Delivery(way=way, provider_id=sent, price=template.price_phone)

    def _template(self, token: str, kind: str) -> ZaloTemplate:
        """Return the template of a kind, read from Zalo when what we have is a day old."""
        template_id = self._settings.templates[kind]
        known = ZaloTemplate.objects.filter(template_id=template_id).first()
        if known is not None and self.at < known.read_at + TEMPLATE_KEPT:
            template = known
        else:
            template = monitor.write_template(
                template_id=template_id,
                info=self._zalo.template(token=token, template_id=template_id),
                at=self.at,
            )
        if not template.is_usable:
            raise UnfitParameters(f"Mẫu tin {template_id} đang ở trạng thái “{template.status_label}”.")
        return template


def tracking_id_of(message: "Message") -> str:
    """Return the mark that goes with a message and comes back with its receipt, the same at each attempt."""
    digest = hashlib.sha256(message.dedupe_key.encode()).hexdigest()
    return f"{message.pk}-{digest}"[:TRACKING_LENGTH]


def text_of(message: "Message") -> str:
    """Return the short form of a message as it is sent: composed (NFC), and never longer than Zalo takes."""
    text = unicodedata.normalize("NFC", message.short_text or message.subject).strip()
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def _links_of(people: Iterable[Any]) -> dict[int, Links]:
    """Return ``{user id: {side: link}}`` of the links that hold; the account before the bot, as it is preferred."""
    found: dict[int, Links] = {}
    rows = ZaloLink.objects.standing().filter(user__in=[person.pk for person in people]).order_by("-side")
    for link in rows:
        found.setdefault(link.user_id, {})[link.side] = link
    return found
