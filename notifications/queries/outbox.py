"""Every read of the outbox that pages share."""

from typing import Any

from django.db.models import QuerySet

from notifications import kinds, permissions
from notifications.models import Attempt, Message, MessageQuerySet


def outbox_of(user: Any) -> MessageQuerySet:
    """Return the messages that ``user`` may read in the outbox, newest first: one's own, in the demo everybody's."""
    messages = Message.objects.all() if permissions.outbox_is_open() else Message.objects.visible_to(user)
    return messages.select_related("recipient").defer("body_text", "body_html")


def matching(messages: MessageQuerySet, *, text: str, kind: str, status: str) -> MessageQuerySet:
    """Keep the messages that match what was typed and chosen; an empty value asks nothing."""
    if kind:
        messages = messages.filter(kind=kind)
    if status:
        messages = messages.filter(status=status)
    return messages.search(text)


def kind_choices(messages: MessageQuerySet) -> list[tuple[str, str]]:
    """Return ``(code, name)`` of the kinds that occur among ``messages``, by name."""
    codes = messages.order_by().values_list("kind", flat=True).distinct()
    return sorted(((code, kinds.label_of(code)) for code in codes), key=lambda choice: choice[1])


def attempts_of(message: Message) -> QuerySet[Attempt]:
    """Return what happened to ``message``, in order."""
    return message.attempt_log.select_related("by")
