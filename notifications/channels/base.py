"""What every channel offers: an address of a person, and sending one message to it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from notifications.models import Message


class DeliveryError(Exception):
    """A message was not delivered; the text is the provider's answer, kept with the attempt."""


class Temporary(DeliveryError):
    """Not now: the same message may pass later."""


class ProviderDown(Temporary):
    """Not now, and no other message of this channel either: nothing answers, or it refuses us altogether."""


class Permanent(DeliveryError):
    """Never: this address or this content is refused."""


class AddressRefused(Permanent):
    """Never, and nothing else to this address either: it does not exist or takes no messages."""


class Channel(ABC):
    """One way to reach people. An instance serves one run of the worker and may keep a connection open."""

    @staticmethod
    @abstractmethod
    def address_of(recipient) -> str:
        """Return the address of ``recipient`` (a user) in this channel, or "" when there is none."""

    @classmethod
    def reachable(cls, recipients: Iterable[Any]) -> set[int]:
        """Return the ids of those of ``recipients`` (users) who have an address; a constant number of queries."""
        return {recipient.pk for recipient in recipients if cls.address_of(recipient)}

    @abstractmethod
    def send(self, message: "Message") -> str:
        """Send ``message`` and return the provider's answer. Raise Temporary, ProviderDown or Permanent."""

    def close(self) -> None:  # noqa: B027 - a channel without a connection has nothing to close
        """Give back what the channel kept open; never raises."""
