"""What the settings say about Zalo, read anew each time so that a process never holds an old answer."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """The accounts at Zalo, where their servers are, and which way of sending is tried first."""

    oauth_url: str
    oa_url: str
    template_url: str
    bot_url: str
    app_id: str
    app_secret: str
    code_verifier: str
    oa_id: str
    oa_secret: str
    oa_page: str  # where a person finds the Official Account, or ""
    bot_token: str
    bot_secret: str
    bot_page: str
    signatures: tuple[str, ...]  # accepted formulas of the webhook's signature, see notifications/zalo/signatures.py
    templates: Mapping[str, str]  # kind of message: id of its template
    ways: tuple[str, ...]  # codes of ZaloWay, the first is tried first

    @property
    def has_account(self) -> bool:
        """Say whether an Official Account is set up."""
        return bool(self.app_id and self.app_secret)

    @property
    def has_bot(self) -> bool:
        """Say whether a bot is set up."""
        return bool(self.bot_token)

    @property
    def is_on(self) -> bool:
        """Say whether anything can be sent by Zalo at all."""
        return self.has_account or self.has_bot


def configuration() -> Configuration:
    """Return what ``settings.ZALO`` says."""
    return Configuration(**settings.ZALO)
