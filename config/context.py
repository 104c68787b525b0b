"""What every page knows: the name of the site, its source, its version, the navigation of the person."""

import tomllib
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

SITE_NAME = "Chỉ số CCHC – tỉnh Hải Dương"
DEMO_BANNER = "Bản trình diễn: mọi điểm số, văn bản và chữ ký đều được bịa ra, không nói gì về đơn vị có thật."


@cache
def version() -> str:
    """Return the version written in pyproject.toml."""
    return tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"]


def is_demo() -> bool:
    """Say whether this site is the demonstration, where anybody signs in as anybody."""
    return bool(getattr(settings, "DEMO", False))


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the items of the main navigation, the one that holds the current page marked.

    ``settings.NAVIGATION`` names a function of the signed-in person (dotted path) that returns
    ``[{"label", "url", "count"}]``; without it, and for somebody not signed in, there is none.
    """
    user = getattr(request, "user", None)
    source = getattr(settings, "NAVIGATION", None)
    if source is None or user is None or not user.is_authenticated:
        return []
    navigation_for: Callable[[Any], list[dict[str, Any]]] = import_string(source)
    items = [dict(item) for item in navigation_for(user)]
    under = [item for item in items if request.path.startswith(item["url"])]
    if under:
        max(under, key=lambda item: len(item["url"]))["current"] = True
    return items


def site(request: HttpRequest) -> dict[str, Any]:
    """Give every template its frame; the navigation is worked out only where it is shown."""
    return {
        "site_name": getattr(settings, "SITE_NAME", SITE_NAME),
        "source_url": getattr(settings, "SOURCE_URL", ""),
        "version": version(),
        "navigation": partial(navigation, request),
        "demo_banner": DEMO_BANNER if is_demo() else "",
    }
