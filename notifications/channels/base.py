"""What every channel offers: an address of a person, and sending one message to it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from notifications.models import Message


class DeliveryError(Exception):
    """A message was not delivered; the text is the provider's answer, kept with the attempt."""


class Temporary(DeliveryError):
    """Not now: the same message may pass later."""


class ProviderDown(Temporary):
    """Not now, and no other message of this channel either: nothing answers, or it refuses us altogether."""


class Postponed(Temporary):
    """Not today: the night, or a quota of the day that is used up; the same message may pass in the morning."""


class Permanent(DeliveryError):
    """Never: this address or this content is refused."""


class AddressRefused(Permanent):
    """Never, and nothing else to this address either: it does not exist or takes no messages."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What a provider took: its answer, the id it gave the message, by which way it goes and what that costs (đồng)."""

    answer: str = ""
    provider_id: str = ""
    way: str = ""
    price: int | None = None


class Channel(ABC):
    """One way to reach people. An instance serves one run of the worker and may keep a connection open."""

    shows_short_form: ClassVar[bool] = False  # of a message, as messengers do
    falls_back_to: ClassVar[str] = ""  # the channel that takes over what this one cannot deliver

    def __init__(self, *, at: datetime) -> None:
        """Begin a run at the moment ``at``."""
        self.at = at

    @classmethod
    def is_offered(cls) -> bool:
        """Say whether the settings have what this channel needs."""
        return True

    @classmethod
    def rests(cls, at: datetime) -> bool:
        """Say whether nothing is to be sent by this channel at ``at``; the messages wait and lose no attempt."""
        return False

    @classmethod
    @abstractmethod
    def address_of(cls, recipient) -> str:
        """Return the address of ``recipient`` (a user) in this channel, or "" when there is none."""

    @classmethod
    def addresses_of(cls, recipients: Iterable[Any]) -> dict[int, str]:
        """Return ``{user id: address}`` of ``recipients`` (users), "" for none; a constant number of queries."""
        return {recipient.pk: cls.address_of(recipient) for recipient in recipients}

    @classmethod
    def reachable(cls, recipients: Iterable[Any]) -> set[int]:
        """Return the ids of those of ``recipients`` (users) who have an address; a constant number of queries."""
        return {pk for pk, address in cls.addresses_of(recipients).items() if address}

    @abstractmethod
    def send(self, message: "Message") -> Delivery:
        """Send ``message`` and return what the provider took. Raise Temporary or Permanent, or one of their kinds."""

    def close(self) -> None:  # noqa: B027 - a channel without a connection has nothing to close
        """Give back what the channel kept open; never raises."""
