"""Kinds of event that other systems can be told; the app that writes the events says which there are."""

TEST = "webhook.test"  # sent when somebody asks for it, whatever the endpoint subscribed to

_kinds: dict[str, str] = {TEST: "Gửi thử"}


def register(code: str, label: str) -> None:
    """Offer the kind ``code`` by its Vietnamese name."""
    _kinds[code] = label


def label_of(code: str) -> str:
    """Return the Vietnamese name of a kind, or its code when nobody named it."""
    return _kinds.get(code, code)


def offered() -> list[tuple[str, str]]:
    """Return what an endpoint can subscribe to: ``(code, name)`` in the order of registration."""
    return [(code, label) for code, label in _kinds.items() if code != TEST]
