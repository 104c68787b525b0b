"""Names of the kinds of message; the app that writes the messages names them."""

_labels: dict[str, str] = {}


def register(code: str, label: str) -> None:
    """Give the kind ``code`` its Vietnamese name, for lists and filters."""
    _labels[code] = label


def label_of(code: str) -> str:
    """Return the Vietnamese name of a kind, or its code when nobody named it."""
    return _labels.get(code, code)
