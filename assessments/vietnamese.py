"""Vietnamese text: normal form, search without diacritics, dictionary order."""

import unicodedata


def fold(text: str) -> str:
    """Return ``text`` for search: lower case, without marks, đ as d."""
    lowered = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(c for c in lowered if not unicodedata.combining(c))
