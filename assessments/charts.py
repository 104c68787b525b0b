"""Charts as SVG made on the server: bars of a ranking, a radar of areas. The table beside each says the same.

The numbers written into a chart come as text, rounded by whoever shows them; coordinates are pixels of the view box.
Colours are classes of ``static/css/charts.css``; nothing here uses an inline style.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import cos, pi, sin

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH = 360
ROW = 38
BAR = 12
SIDE = 320
REACH = 118
CENTRE = Decimal(SIDE) / 2
FULL = Decimal(100)
RINGS = (25, 50, 75, 100)


@dataclass(frozen=True)
class Mark:
    """One value of a chart from 0 to 100, with its label and its number in words."""

    label: str
    value: Decimal | None
    text: str


def bars(marks: Sequence[Mark], *, title: str, chart_id: str) -> SafeString:
    """Draw horizontal bars from 0 to 100, the label above each; made for a width of 360 pixels and more."""
    rows = format_html_join(
        "",
        '<text class="chart__label" x="0" y="{}">{}</text><text class="chart__value" x="{}" y="{}">{}</text>'
        '<rect class="chart__track" x="0" y="{}" width="{}" height="{}" rx="2"></rect>'
        '<rect class="chart__bar" x="0" y="{}" width="{}" height="{}" rx="2"></rect>',
        (
            (
                number * ROW + 14,
                _short(mark.label),
                WIDTH,
                number * ROW + 14,
                mark.text,
                number * ROW + 20,
                WIDTH,
                BAR,
                number * ROW + 20,
                _length(mark.value),
                BAR,
            )
            for number, mark in enumerate(marks)
        ),
    )
    return _svg(rows, width=WIDTH, height=max(len(marks), 1) * ROW, title=title, chart_id=chart_id)


def radar(marks: Sequence[Mark], *, title: str, chart_id: str) -> SafeString:
    """Draw a radar from 0 to 100; a mark without a value is left out of the outline. Fewer than three become bars."""
    if len([mark for mark in marks if mark.value is not None]) < 3:
        return bars(marks, title=title, chart_id=chart_id)
    count = len(marks)
    rings = format_html_join(
        "",
        '<polygon class="chart__ring" points="{}"></polygon>',
        ((_outline([(n, Decimal(ring)) for n in range(count)], count),) for ring in RINGS),
    )
    spokes = format_html_join(
        "",
        '<line class="chart__ring" x1="{}" y1="{}" x2="{}" y2="{}"></line>',
        ((CENTRE, CENTRE, *_point(n, count, FULL)) for n in range(count)),
    )
    known = [(n, mark.value) for n, mark in enumerate(marks) if mark.value is not None]
    shape = format_html('<polygon class="chart__shape" points="{}"></polygon>', _outline(known, count))
    dots = format_html_join(
        "",
        '<circle class="chart__dot" cx="{}" cy="{}" r="3.5"></circle>',
        (_point(n, count, value) for n, value in known),
    )
    labels = format_html_join(
        "",
        '<text class="chart__tick" x="{}" y="{}">{}</text>',
        ((x, y + 5, mark.label) for n, mark in enumerate(marks) for x, y in [_point(n, count, FULL + 16)]),
    )
    return _svg(rings + spokes + shape + dots + labels, width=SIDE, height=SIDE, title=title, chart_id=chart_id)


def _svg(body: SafeString, *, width: int, height: int, title: str, chart_id: str) -> SafeString:
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-labelledby="{}-title">'
        '<title id="{}-title">{}</title>{}</svg>',
        width,
        height,
        width,
        height,
        chart_id,
        chart_id,
        title,
        body,
    )


def _length(value: Decimal | None) -> str:
    share = min(max(value or Decimal(0), Decimal(0)), FULL)
    return f"{share / FULL * WIDTH:.1f}"


def _point(number: int, count: int, value: Decimal) -> tuple[Decimal, Decimal]:
    angle = 2 * pi * number / count - pi / 2
    reach = max(value, Decimal(0)) / FULL * REACH
    across, down = (Decimal(f"{turn:.6f}") for turn in (cos(angle), sin(angle)))
    return round(CENTRE + reach * across, 1), round(CENTRE + reach * down, 1)


def _outline(values: Sequence[tuple[int, Decimal]], count: int) -> str:
    return " ".join("{},{}".format(*_point(number, count, min(value, FULL))) for number, value in values)


def _short(label: str, length: int = 42) -> str:
    return label if len(label) <= length else f"{label[: length - 1].rstrip()}…"
