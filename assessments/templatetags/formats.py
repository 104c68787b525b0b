"""Vietnamese numbers, dates and sizes: decimal comma, dd/mm/yyyy, 24 hours, the time of the province.

Filters that show a number round half up from the unrounded value; nothing here changes what is stored.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import phonenumbers
from django import template
from django.utils.html import format_html

from assessments.clock import PROVINCE_TIME
from assessments.rules.calendar import WEEKDAYS

register = template.Library()

NOTHING = "–"  # shown where there is no value yet
KILOBYTE = 1024
HOME = "VN"  # of telephone numbers without a country


def half_up(value: Decimal | Fraction | int, places: int) -> str:
    """Return ``value`` rounded half up (away from zero) to ``places`` decimals, with a decimal comma."""
    scaled = abs(Fraction(value)) * 10**places
    digits = str(int(scaled + Fraction(1, 2))).rjust(places + 1, "0")
    whole, decimals = (digits[:-places], digits[-places:]) if places else (digits, "")
    sign = "-" if value < 0 and digits.strip("0") else ""
    return f"{sign}{whole},{decimals}" if places else f"{sign}{whole}"


def _number(value: object) -> Decimal | Fraction | int | None:
    if value is None or value == "":
        return None
    if isinstance(value, float):
        raise TypeError("Points are Decimal, never float.")
    return value if isinstance(value, (Decimal, Fraction, int)) else Decimal(str(value))


@register.filter
def points(value: object, places: int = 2) -> str:
    """Show points with ``places`` decimals: 1.285714… as "1,29", with 6 places as "1,285714"."""
    number = _number(value)
    return NOTHING if number is None else half_up(number, places)


@register.filter
def exact(value: object) -> str:
    """Show a decimal number as it is stored, without the zeros at its end: 0.5000 as "0,5"."""
    number = _number(value)
    if number is None:
        return NOTHING
    if isinstance(number, Fraction):
        raise TypeError("A fraction has no exact decimals: use points.")
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace(".", ",")


@register.filter
def entered(value: object) -> str:
    """Show a stored number as the value of an input: as ``exact``, and nothing where there is none yet."""
    return "" if value is None or value == "" else exact(value)


@register.filter
def signed(value: object, places: int = 2) -> str:
    """Show a change of points with its sign: "+0,50", "-1,00", "0,00"."""
    number = _number(value)
    if number is None:
        return NOTHING
    text = half_up(number, places)
    return f"+{text}" if number > 0 and text.strip("0,") else text


@register.filter
def percent(value: object, places: int = 2) -> str:
    """Show a number that already is a percentage: 87.654 as "87,65%"."""
    number = _number(value)
    return NOTHING if number is None else f"{half_up(number, places)}%"


@register.filter
def share(value: object, places: int = 2) -> str:
    """Show a share from 0 to 1 as a percentage: 0.5 as "50,00%"."""
    number = _number(value)
    return NOTHING if number is None else f"{half_up(number * 100, places)}%"


@register.filter
def moment(value: datetime | None) -> str:
    """Show an aware moment as dd/mm/yyyy HH:mm in the time of the province."""
    if not value:
        return NOTHING
    if value.tzinfo is None:
        raise ValueError("A moment without a time zone cannot be shown.")
    return f"{value.astimezone(PROVINCE_TIME):%d/%m/%Y %H:%M}"


@register.filter
def exact_moment(value: datetime | None) -> str:
    """Show an aware moment with its seconds, as a receipt needs it: dd/mm/yyyy HH:mm:ss."""
    return NOTHING if not value else f"{moment(value)}:{value.astimezone(PROVINCE_TIME):%S}"


@register.filter
def phone(value: str) -> str:
    """Show a telephone number in groups, as a link that dials it; what is none is shown as it was written."""
    if not value:
        return NOTHING
    try:
        number = phonenumbers.parse(value, HOME)
    except phonenumbers.NumberParseException:
        return value
    if not phonenumbers.is_possible_number(number):
        return value
    dialled = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return format_html('<a class="number" href="tel:{}">{}</a>', dialled, shown)


@register.filter
def end_moment(value: datetime | None) -> str:
    """Show an exclusive end as officials write it: a midnight end is 24:00 of the day before."""
    if not value:
        return NOTHING
    local = value.astimezone(PROVINCE_TIME)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        return f"{local - timedelta(days=1):%d/%m/%Y} 24:00"
    return moment(value)


@register.filter
def clock_time(value: datetime | None) -> str:
    """Show the time of day of an aware moment, as in "đã lưu 10:32"."""
    return NOTHING if not value else moment(value)[-5:]


@register.filter
def machine_moment(value: datetime | None) -> str:
    """Return an aware moment for the ``datetime`` attribute of ``<time>``."""
    return "" if not value else value.astimezone(PROVINCE_TIME).isoformat(timespec="minutes")


@register.filter
def day(value: date | datetime | None) -> str:
    """Show a day as dd/mm/yyyy; an aware moment is first brought to the time of the province."""
    if not value:
        return NOTHING
    if isinstance(value, datetime):
        return moment(value)[:10]
    return f"{value:%d/%m/%Y}"


@register.filter
def weekday(value: date) -> str:
    """Show the day of the week: Thứ Bảy."""
    return WEEKDAYS[value.weekday()]


@register.filter
def filesize_vi(value: int | None) -> str:
    """Show a number of bytes: "312 byte", "12,5 KB", "20 MB" (1 KB is 1024 bytes)."""
    if value is None:
        return NOTHING
    if value < KILOBYTE:
        return f"{value} byte"
    size = Fraction(value)
    for unit in ("KB", "MB", "GB"):
        size /= KILOBYTE
        text = half_up(size, 1).removesuffix(",0")
        if unit == "GB" or (text != "1024" and size < KILOBYTE):
            return f"{text} {unit}"
    raise AssertionError("unreachable: the last unit always returns")
