"""Vietnamese text: normal form, search without diacritics, dictionary order."""

import re
import unicodedata

ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
"""Letters in dictionary order; f, j, w and z stand where Vietnamese dictionaries put them."""

TONES = {"\u0300": 2, "\u0309": 3, "\u0303": 4, "\u0301": 5, "\u0323": 6}
"""Tone marks in dictionary order after ngang (1): huyền, hỏi, ngã, sắc, nặng."""

MOST_ASKED = 20
"""Most words of a search that count."""

_LETTER_MARKS = {
    ("a", "\u0306"): "ă",
    ("a", "\u0302"): "â",
    ("e", "\u0302"): "ê",
    ("o", "\u0302"): "ô",
    ("o", "\u031b"): "ơ",
    ("u", "\u031b"): "ư",
}
_LETTER_CODES = dict(zip(ALPHABET, "3456789abcdefghijklmnopqrstuvwxyz", strict=True))
_SYLLABLE_END = "1"
_NUMBER = "2"
_FOREIGN = "zz"
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


def normalise(text: str) -> str:
    """Return ``text`` as it is stored: NFC, no invisible characters, each run of spaces (nbsp too) as one."""
    return " ".join(unicodedata.normalize("NFC", text.translate(_INVISIBLE)).split())


def fold(text: str) -> str:
    """Return ``text`` for search: lower case, without marks, đ as d; hòa, hoà and HÒA are one."""
    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).lower())
    bare = "".join(c for c in decomposed if not unicodedata.combining(c)).replace("đ", "d")
    return normalise(bare)


def search_words(text: str) -> list[str]:
    """Return the folded words of ``text``; what is stored for search has a space before each of them."""
    return re.findall(r"\w+", fold(text))


def asked_words(text: str) -> list[str]:
    """Return the first words that a search asks for: no database takes thousands of conditions."""
    return search_words(text)[:MOST_ASKED]


def collation_key(text: str) -> str:
    """Return a key whose plain order is the order of a Vietnamese dictionary.

    Syllables are compared one by one: their letters in the order of ``ALPHABET``, then their tone (ngang,
    huyền, hỏi, ngã, sắc, nặng). Numbers stand before letters and compare by value; case and punctuation do
    not count. The key holds only digits and a to z: every collation of either database sorts it alike.
    """
    parts: list[str] = []
    tone = 0  # 0: no syllable is open
    digits = ""

    def close() -> None:
        nonlocal tone, digits
        if tone:
            parts.append(f"{_SYLLABLE_END}{tone}")
        if digits:
            value = digits.lstrip("0")[:99]
            parts.append(f"{_NUMBER}{len(value):02}{value}")
        tone, digits = 0, ""

    for letter, letter_tone in _letters(text):
        if letter.isdecimal():
            if tone:
                close()
            digits += str(unicodedata.decimal(letter))
        elif letter.isalpha():
            if digits:
                close()
            parts.append(_LETTER_CODES.get(letter) or f"{_FOREIGN}{ord(letter):06x}")
            tone = max(tone, letter_tone)
        else:
            close()
    close()
    return "".join(parts)


def _letters(text: str) -> list[tuple[str, int]]:
    """Split ``text`` into (letter with its own mark, tone); other marks are dropped."""
    letters: list[tuple[str, int]] = []
    for character in unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).lower()):
        if not unicodedata.combining(character):
            letters.append((character, 1))
        elif letters:
            letter, tone = letters[-1]
            letters[-1] = (_LETTER_MARKS.get((letter, character), letter), max(tone, TONES.get(character, 1)))
    return letters
