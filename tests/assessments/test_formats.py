"""Numbers, dates and sizes as officials read them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from django.template import Context, Template

from assessments.templatetags import formats


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        (Decimal("1.285714285714"), 6, "1,285714"),
        (Decimal("1.2857145"), 6, "1,285715"),
        (Decimal("0.125"), 2, "0,13"),  # half up, not half even
        (Decimal("0.135"), 2, "0,14"),
        (Decimal("2.675"), 2, "2,68"),
        (Decimal("0.1249999999999999999999999999999999999"), 2, "0,12"),
        (Decimal("-0.125"), 2, "-0,13"),
        (Decimal("-0.001"), 2, "0,00"),
        (Decimal("0"), 2, "0,00"),
        (Decimal("99.995"), 2, "100,00"),
        (Fraction(2, 3), 2, "0,67"),
        (Fraction(1, 8), 2, "0,13"),
        ("0.50", 2, "0,50"),
        (3, 2, "3,00"),
        (Decimal("7.5"), 0, "8"),
        (None, 2, "–"),
        ("", 2, "–"),
    ],
)
def test_points_are_rounded_half_up_with_a_comma(value, places, shown):
    assert formats.points(value, places) == shown


def test_points_refuse_binary_floats():
    with pytest.raises(TypeError, match="never float"):
        formats.points(0.1)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("1.200000"), "1,2"),
        (Decimal("100"), "100"),
        (Decimal("1E+2"), "100"),
        (Decimal("100.00"), "100"),
        (Decimal("0.0000001"), "0,0000001"),
        (Decimal("-0.50"), "-0,5"),
        (Decimal("-0.00"), "0"),
        (None, "–"),
    ],
)
def test_exact_keeps_every_digit_and_no_zero_at_the_end(value, shown):
    assert formats.exact(value) == shown


def test_an_input_without_a_value_is_empty():
    assert [formats.entered(value) for value in (None, "", Decimal("0.50"))] == ["", "", "0,5"]


def test_a_change_is_shown_with_its_sign():
    values = [Decimal("0.5"), Decimal("-1"), Decimal("0"), Decimal("0.001"), None]
    assert [formats.signed(value) for value in values] == ["+0,50", "-1,00", "0,00", "0,00", "–"]


def test_percentages_and_shares():
    assert formats.percent(Decimal("87.655")) == "87,66%"
    assert formats.percent(None) == "–"
    assert formats.share(Decimal("0.5"), 1) == "50,0%"


def test_moments_are_shown_in_the_time_of_the_province():
    assert formats.moment(datetime(2024, 1, 9, 17, 0, tzinfo=UTC)) == "10/01/2024 00:00"
    assert formats.clock_time(datetime(2024, 1, 9, 3, 32, tzinfo=UTC)) == "10:32"
    assert formats.machine_moment(datetime(2024, 1, 9, 17, 0, tzinfo=UTC)) == "2024-01-10T00:00+07:00"
    assert formats.moment(None) == "–"


def test_a_moment_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        formats.moment(datetime(2024, 1, 9, 17, 0))


def test_days_of_dates_and_of_moments():
    assert formats.day(date(2024, 2, 29)) == "29/02/2024"
    assert formats.day(datetime(2024, 1, 9, 18, 0, tzinfo=UTC)) == "10/01/2024"
    assert formats.day(None) == "–"


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 byte"),
        (1023, "1023 byte"),
        (1024, "1 KB"),
        (12800, "12,5 KB"),
        (1048575, "1 MB"),
        (20 * 1024 * 1024, "20 MB"),
        (3 * 1024**4, "3072 GB"),
        (None, "–"),
    ],
)
def test_sizes_of_files(size, shown):
    assert formats.filesize_vi(size) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("0912345678", '<a class="number" href="tel:+84912345678">0912 345 678</a>'),
        ("+84 912 345 678", '<a class="number" href="tel:+84912345678">0912 345 678</a>'),
        ("máy lẻ 12", "máy lẻ 12"),
        ("12", "12"),
        ("", "–"),
    ],
)
def test_telephone_numbers_are_grouped_and_can_be_dialled(written, shown):
    assert formats.phone(written) == shown


def test_a_receipt_shows_seconds():
    at = datetime(2024, 1, 9, 23, 59, 58, 999999, tzinfo=formats.PROVINCE_TIME)
    assert formats.exact_moment(at) == "09/01/2024 23:59:58"
    assert formats.exact_moment(None) == "–"


def test_filters_in_a_template():
    page = Template("{% load formats %}{{ x|points }} {{ x|points:6 }} {{ x|exact }}")
    assert page.render(Context({"x": Decimal("1.2857140")})) == "1,29 1,285714 1,285714"


def test_a_midnight_end_is_shown_as_the_end_of_the_day_before():
    assert formats.end_moment(datetime(2024, 1, 10, 0, 0, tzinfo=formats.PROVINCE_TIME)) == "09/01/2024 24:00"
    assert formats.end_moment(datetime(2024, 2, 19, 17, 0, tzinfo=formats.PROVINCE_TIME)) == "19/02/2024 17:00"
    assert formats.end_moment(None) == "–"
