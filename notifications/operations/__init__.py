"""Every write of messages: putting them in and delivering them here, the rest by noun in its module."""

from notifications.operations.delivery import DeliveryRun, deliver, deliver_due
from notifications.operations.outbox import (
    WAKE_TASK,
    Draft,
    cancel,
    enqueue,
    enqueue_many,
    unattended,
    wake,
    wake_on_commit,
)
from notifications.operations.resending import Resending, send_again, send_many_again

__all__ = [
    "WAKE_TASK",
    "DeliveryRun",
    "Draft",
    "Resending",
    "cancel",
    "deliver",
    "deliver_due",
    "enqueue",
    "enqueue_many",
    "send_again",
    "send_many_again",
    "unattended",
    "wake",
    "wake_on_commit",
]
