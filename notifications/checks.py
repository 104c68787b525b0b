"""System checks: what the settings say about Zalo must be usable before the first message, not at it."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Warning, register

from notifications import kinds
from notifications.enums import ZaloWay
from notifications.zalo.configuration import configuration
from notifications.zalo.signatures import UnusableFormula, terms_of

LONGEST_BOT_SECRET, SHORTEST_BOT_SECRET = 256, 8  # characters, by Zalo's own rule


@register
def check_zalo(*, app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Name the signature formulas, ways, templates and secrets of the settings that cannot be used."""
    said = configuration()
    found: list[CheckMessage] = []
    for formula in said.signatures:
        try:
            terms_of(formula)
        except UnusableFormula as fault:
            found.append(Error(f"PAR_ZALO_SIGNATURES: {fault}", id="notifications.E001"))
    for way in said.ways:
        if way not in ZaloWay.values:
            known = ", ".join(ZaloWay.values)
            found.append(Error(f"PAR_ZALO_WAYS: there is no way {way!r}; there are {known}.", id="notifications.E002"))
    for kind in said.templates:
        if not kinds.is_known(kind):
            found.append(Warning(f"PAR_ZALO_TEMPLATES: no message is of the kind {kind!r}.", id="notifications.W001"))
    if bool(said.app_id) != bool(said.app_secret):
        found.append(Error("PAR_ZALO_APP_ID and PAR_ZALO_APP_SECRET go together.", id="notifications.E003"))
    if said.bot_secret and not SHORTEST_BOT_SECRET <= len(said.bot_secret) <= LONGEST_BOT_SECRET:
        found.append(Error("PAR_ZALO_BOT_SECRET must have 8 to 256 characters.", id="notifications.E004"))
    return found
