"""The events of Zalo's webhooks: stored at once, worked on later.

Zalo waits two seconds for an answer, tries five more times within two hours, then switches the hook off. So accepting
writes one row and nothing else; what an event means is worked out by a worker, once, whatever came how often.
"""

import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction

from notifications.channels.zalo import tracking_id_of
from notifications.enums import Outcome, Status, ZaloEventState, ZaloSide
from notifications.models import Attempt, Message, ZaloEvent, ZaloTemplate
from notifications.operations import addresses
from notifications.operations.outbox import wake
from notifications.operations.zalo import links
from notifications.zalo import monitor, signatures
from notifications.zalo.configuration import configuration
from notifications.zalo.signatures import NotGenuine

logger = logging.getLogger(__name__)

WORK_TASK = "notifications.look_after_zalo"
EVENTS_AT_ONCE = 200
# Zalo's last try comes 1 hour 51 minutes after the event: what is older, or from the future, is somebody else's copy.
OLDEST, MOST_AHEAD = timedelta(hours=3), timedelta(minutes=5)
PRIVATE = frozenset({"text", "attachments", "quote_msg_id", "photo", "photo_url", "sticker", "caption"})
RECEIPT_WAITS = timedelta(minutes=10)  # a receipt may come before the sending of its message is recorded
KEY_LENGTH = 200
SHORTEST_SECRET = 8  # characters of the bot's secret, by Zalo's own rule


def accept(*, body: bytes, signature: str, header_timestamp: str, at: datetime) -> ZaloEvent | None:
    """Take in one request of the Official Account's webhook; None for the empty one with which its console probes.

    Raise NotGenuine for a wrong signature, one that was sent long ago, or what is no event: only the reason is kept.
    """
    if not body.strip():
        return None
    try:
        return _accept(body, signature, header_timestamp, at)
    except NotGenuine as refusal:
        monitor.note_refusal(text=f"{ZaloSide.ACCOUNT.label}: {refusal}", at=at)
        raise


def accept_from_bot(*, body: bytes, secret: str, at: datetime) -> ZaloEvent | None:
    """Take in one request of the bot's webhook; None for an empty one. Raise NotGenuine as ``accept`` does."""
    if not body.strip():
        return None
    try:
        return _accept_from_bot(body, secret, at)
    except NotGenuine as refusal:
        monitor.note_refusal(text=f"{ZaloSide.BOT.label}: {refusal}", at=at)
        raise


def _accept(body: bytes, signature: str, header_timestamp: str, at: datetime) -> ZaloEvent:
    account = configuration()
    texts = {
        "app_id": account.app_id,
        "oa_id": account.oa_id,
        "app_secret": account.app_secret,
        "oa_secret": account.oa_secret,
        "timestamp": signatures.timestamp_in(body),
        "header_timestamp": header_timestamp,
    }
    try:
        signatures.check(header=signature, body=body, formulas=account.signatures, texts=texts)
    except signatures.UnusableFormula as fault:
        raise NotGenuine(str(fault)) from fault
    payload = _object(body)
    stamp = texts["timestamp"] or header_timestamp
    return _store(ZaloSide.ACCOUNT, payload, stamp=stamp, body=body, at=at)


def _accept_from_bot(body: bytes, secret: str, at: datetime) -> ZaloEvent:
    expected = configuration().bot_secret
    if len(expected) < SHORTEST_SECRET:
        raise NotGenuine("chưa khai báo khóa bí mật của bot")
    if not hmac.compare_digest(secret.encode(), expected.encode()):
        raise NotGenuine("sai khóa X-Bot-Api-Secret-Token")
    payload = _object(body)
    event = payload.get("result", payload)
    if not isinstance(event, dict):
        raise NotGenuine("nội dung không phải sự kiện của bot")
    message = event.get("message")
    stamp = str(message.get("date", "")) if isinstance(message, dict) else ""
    return _store(ZaloSide.BOT, event, stamp=stamp, body=body, at=at)


def handle_new(*, at: datetime) -> int:
    """Work on the events that nobody has worked on; return how many; safe to run many at once."""
    handled = 0
    for pk in (
        ZaloEvent.objects.filter(state=ZaloEventState.NEW).order_by("pk").values_list("pk", flat=True)[:EVENTS_AT_ONCE]
    ):
        try:
            handled += _handle(pk, at)
        except Exception as fault:  # one event that we do not understand must not keep the others
            logger.exception("Event %s of Zalo could not be worked on", pk)
            ZaloEvent.objects.filter(pk=pk, state=ZaloEventState.NEW).update(
                state=ZaloEventState.FAILED, handled_at=at, came_to=f"Lỗi chương trình ({type(fault).__name__})."
            )
    return handled


@transaction.atomic
def _handle(pk: int, at: datetime) -> bool:
    new = ZaloEvent.objects.select_for_update(skip_locked=True).filter(state=ZaloEventState.NEW)
    event = new.filter(pk=pk).first()
    if event is None:
        return False
    came_to = _meaning(event)(event, at)
    is_early = came_to is None and event.name in RECEIPTS and at < event.received_at + RECEIPT_WAITS
    if is_early:
        return False
    event.state = ZaloEventState.IGNORED if came_to is None else ZaloEventState.DONE
    event.handled_at = at
    event.came_to = came_to or "Không ứng với gì của hệ thống."
    event.payload = _without_words(event.payload)
    event.save(update_fields=["state", "handled_at", "came_to", "payload"])
    return True


def _store(side: ZaloSide, payload: dict[str, Any], *, stamp: str, body: bytes, at: datetime) -> ZaloEvent:
    """Write an event down unless it is there already. Raise NotGenuine without a name or a moment of these hours."""
    name = str(payload.get("event_name", ""))
    happened_at = _moment(stamp)
    if not name or happened_at is None:
        raise NotGenuine("thiếu tên sự kiện hoặc thời điểm")
    if not at - OLDEST < happened_at < at + MOST_AHEAD:
        raise NotGenuine("thời điểm của sự kiện quá cũ hoặc ở tương lai, có thể là bản phát lại")
    with transaction.atomic():
        event, is_new = ZaloEvent.objects.get_or_create(
            key=_key(side, name, payload, body),
            defaults={
                "side": side,
                "name": name[:80],
                "payload": payload,
                "happened_at": happened_at,
                "received_at": at,
            },
        )
        if is_new and name not in RECEIPTS:  # somebody waits for these; a receipt can wait for the next sweep
            transaction.on_commit(partial(wake, WORK_TASK), robust=True)
    return event


def _key(side: ZaloSide, name: str, payload: Mapping[str, Any], body: bytes) -> str:
    """Return what the same event has each time it comes: its message's id, or its very bytes."""
    message = payload.get("message")
    ids = message if isinstance(message, dict) else {}
    number = ids.get("msg_id") or ids.get("message_id")
    key = f"{side}:{name}:{number}" if number else ""
    return key if 0 < len(key) <= KEY_LENGTH else f"{side}:{hashlib.sha256(body).hexdigest()}"


def _object(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a body without what no database keeps. Raise NotGenuine for anything else."""
    try:
        found = _cleaned(json.loads(body))
    except (ValueError, RecursionError) as fault:
        raise NotGenuine("nội dung không phải JSON") from fault
    if not isinstance(found, dict):
        raise NotGenuine("nội dung không phải đối tượng JSON")
    return found


def _cleaned(value: Any) -> Any:
    """Return ``value`` without NUL and half characters, which PostgreSQL refuses."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "ignore").decode()
    if isinstance(value, list):
        return [_cleaned(each) for each in value]
    if isinstance(value, dict):
        return {_cleaned(name): _cleaned(each) for name, each in value.items()}
    return value


def _moment(stamp: str) -> datetime | None:
    """Return the moment of a number of milliseconds, or of seconds, since 1970."""
    if not stamp.isdecimal() or not 10 <= len(stamp) <= 13:
        return None
    seconds = int(stamp) / (1000 if len(stamp) == 13 else 1)
    return datetime.fromtimestamp(seconds, UTC)


def _meaning(event: ZaloEvent) -> Callable[[ZaloEvent, datetime], str | None]:
    """Return what to do about an event: a function that says in words what came of it, None for nothing."""
    if event.name.startswith("user_send_") or event.name.startswith("message."):
        return _somebody_wrote
    return {
        RECEIVED: _message_arrived,
        SEEN: _message_was_seen,
        "follow": _following_changed,
        "unfollow": _following_changed,
        "change_template_status": _template_changed,
    }.get(event.name, _nothing)


def _without_words(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event without what somebody wrote or sent: people write private things to an account, not to us."""
    message = payload.get("message")
    if not isinstance(message, dict):
        return dict(payload)
    return {**payload, "message": {name: value for name, value in message.items() if name not in PRIVATE}}


def _nothing(event: ZaloEvent, at: datetime) -> str | None:
    return None


def _somebody_wrote(event: ZaloEvent, at: datetime) -> str | None:
    sender = "sender" if event.side == ZaloSide.ACCOUNT else "from"
    message = _part(event.payload, "message")
    holder = event.payload if event.side == ZaloSide.ACCOUNT else message
    zalo_id = str(_part(holder, sender).get("id", ""))
    if not zalo_id:
        return None
    side = ZaloSide(event.side)
    link = links.link_by_code(
        side=side, zalo_id=zalo_id, text=str(message.get("text", "")), sent_at=event.happened_at, at=at
    )
    if link is not None:
        return f"Liên kết với {link.user}."
    known = links.note_interaction(side=side, zalo_id=zalo_id, sent_at=event.happened_at)
    return "Ghi nhận lượt nhắn của người đã liên kết." if known else None


def _following_changed(event: ZaloEvent, at: datetime) -> str | None:
    zalo_id = str(_part(event.payload, "follower").get("id", ""))
    follows = event.name == "follow"
    if not links.note_following(zalo_id=zalo_id, follows=follows, changed_at=event.happened_at):
        return None
    return "Người đã liên kết quan tâm lại." if follows else "Người đã liên kết bỏ quan tâm."


def _message_arrived(event: ZaloEvent, at: datetime) -> str | None:
    return _note(event, Outcome.DELIVERED)


def _message_was_seen(event: ZaloEvent, at: datetime) -> str | None:
    return _note(event, Outcome.SEEN)


def _note(event: ZaloEvent, outcome: Outcome) -> str | None:
    """Write the receipt on its message; what has arrived counts as sent, whatever became of the worker."""
    about = _part(event.payload, "message")
    many = about.get("msg_ids")
    numbers = [str(number) for number in [about.get("msg_id"), *(many if isinstance(many, list) else [])] if number]
    found = _messages_of(numbers, str(about.get("tracking_id", "")))
    for message in found:
        Attempt.objects.create(message=message, at=event.happened_at, outcome=outcome)
        addresses.confirm_delivery(message=message, at=event.happened_at)
        if message.status == Status.WAITING:
            message.status, message.sent_at = Status.SENT, event.happened_at
            message.save(update_fields=["status", "sent_at"])
    return f"{outcome.label}: {len(found)} tin." if found else None


def _messages_of(numbers: list[str], tracking_id: str) -> list[Message]:
    """Return the locked messages that a receipt is about: by the ids that Zalo gave, or by our mark."""
    sent = Attempt.objects.filter(provider_id__in=numbers).values("message")
    messages = Message.objects.select_for_update().filter(channel="zalo")
    found = list(messages.filter(pk__in=sent).order_by("pk"))
    number = tracking_id.partition("-")[0]
    if found or not (number.isdecimal() and len(number) < 19):
        return found
    return [message for message in messages.filter(pk=int(number)) if tracking_id_of(message) == tracking_id]


def _template_changed(event: ZaloEvent, at: datetime) -> str | None:
    template_id = str(event.payload.get("template_id", ""))
    status = str(_part(event.payload, "status").get("new_status", ""))
    template = ZaloTemplate.objects.select_for_update().filter(template_id=template_id).first()
    if template is None:
        return None
    template.status = status[:40]
    template.save(update_fields=["status"])
    reason = str(event.payload.get("reason") or "")
    said = f"Mẫu tin {template_id} chuyển sang trạng thái “{template.status_label}”. {reason}".strip()
    if not template.is_usable:
        monitor.note_trouble(text=said, at=at)
    return said


def _part(payload: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = payload.get(name)
    return part if isinstance(part, dict) else {}


RECEIVED, SEEN = "user_received_message", "user_seen_message"
RECEIPTS = {RECEIVED, SEEN}
