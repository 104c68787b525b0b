"""Vietnamese text: stored form, search and dictionary order."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.vietnamese import ALPHABET, collation_key, fold, normalise

IN_ORDER = [
    "Huyện 2",
    "Huyện 10",
    "Huyện Ân Thi",
    "Huyện Bình Giang",
    "Huyện Cẩm Giàng",
    "Huyện Chí Linh",
    "Huyện Duy Tiên",
    "Huyện Đông Anh",
    "Huyện Gia Lộc",
    "Huyện Kim Thành",
    "Huyện Ninh Giang",
    "Huyện Thanh Hà",
    "Huyện Thanh Miện",
    "Huyện Tứ Kỳ",
    "Huyện Ứng Hòa",
    "Xã An Đức",
]
SYLLABLES_IN_ORDER = [
    "a",
    "à",
    "ả",
    "ã",
    "á",
    "ạ",
    "ai",
    "ă",
    "ằ",
    "ặ",
    "â",
    "ba",
    "da",
    "dạ",
    "đa",
    "e",
    "ê",
    "ga",
]


def reversed_code_order(names):
    return sorted(names, reverse=True)


@pytest.mark.parametrize("names", [IN_ORDER, SYLLABLES_IN_ORDER])
def test_names_sort_as_in_a_dictionary(names):
    assert sorted(reversed_code_order(names), key=collation_key) == names


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Cẩm Giàng", "Chí Linh"),
        ("Dương", "Đại"),
        ("Hà Nam", "Hạ Long"),
        ("Hòa", "Hỏa"),
        ("Tam Kỳ", "Tân Kỳ"),
        ("Thanh", "Thành"),
        ("Thanh Sơn", "Thành An"),
        ("Khu 9", "Khu 10"),
        ("Ô Môn", "Ơ Đu"),
        ("Uông Bí", "Ưng"),
    ],
)
def test_first_stands_before_second(first, second):
    assert collation_key(first) < collation_key(second)


def test_place_of_the_tone_mark_case_and_form_do_not_change_the_order():
    assert len({collation_key(t) for t in ("hòa", "hoà", "HÒA", unicodedata.normalize("NFD", "hòa"))}) == 1


def test_every_letter_of_the_alphabet_has_its_place():
    assert sorted(set(ALPHABET), key=collation_key) == list(ALPHABET)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Thanh Hà", "thanh ha"),
        ("Đồng Cẩm", "dong cam"),
        ("hòa", "hoa"),
        ("hoà", "hoa"),
        ("  Tứ\u00a0 Kỳ ", "tu ky"),
        (unicodedata.normalize("NFD", "Sở Nội vụ"), "so noi vu"),
        ("ƯỜNG ượng", "uong uong"),
    ],
)
def test_search_text_has_no_marks(text, folded):
    assert fold(text) == folded


def test_normal_form_is_composed_and_has_single_spaces():
    assert normalise(unicodedata.normalize("NFD", "\ufeff Huyện\u00a0\n Thanh  Hà\u200b ")) == "Huyện Thanh Hà"


@given(st.text(max_size=40))
def test_stored_and_search_forms_are_stable(text):
    assert normalise(normalise(text)) == normalise(text)
    assert fold(fold(text)) == fold(text)
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(st.text(max_size=40))
def test_key_holds_only_digits_and_small_letters_and_ignores_the_form(text):
    key = collation_key(text)

    assert set(key) <= set("0123456789abcdefghijklmnopqrstuvwxyz")
    assert key == collation_key(unicodedata.normalize("NFC", text)) == collation_key(unicodedata.normalize("NFD", text))


@given(
    st.lists(st.sampled_from(SYLLABLES_IN_ORDER), max_size=4),
    st.lists(st.sampled_from(SYLLABLES_IN_ORDER), max_size=4),
)
def test_order_of_names_is_the_order_of_their_syllables(left, right):
    by_syllable = [SYLLABLES_IN_ORDER.index(s) for s in left] < [SYLLABLES_IN_ORDER.index(s) for s in right]

    assert (collation_key(" ".join(left)) < collation_key(" ".join(right))) is by_syllable
