"""What was published, beside what must come out."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from assessments.enums import Level
from assessments.models import Publication, PublishedResult
from assessments.rules.numbers import exact, format_points
from assessments.vietnamese import normalise
from workflow.season.files import AREA_COLUMNS, RESULT_COLUMNS, Expected

PRINTED, INDEX_PRINTED = 6, 2  # decimals


@dataclass(frozen=True)
class Comparison:
    """How many units there are, how many are equal, and each difference as a line."""

    units: int
    equal: int
    differences: tuple[str, ...]


def compare(publications: Iterable[Publication], expected: Expected) -> Comparison:
    """Compare every published number (to the decimals the files print) with ``expected``."""
    results = PublishedResult.objects.filter(publication__in=list(publications)).select_related("unit")
    published = {(row.unit_kind, row.unit.code): row for row in results}
    keys = list(expected.results) + [key for key in published if key not in expected.results]
    differences: list[str] = []
    equal = 0
    for key in keys:
        found = list(_of_unit(published.get(key), key, expected))
        differences += [f"{key[0]} {key[1]} {line}" for line in found]
        equal += not found
    return Comparison(len(keys), equal, tuple(differences))


def _of_unit(row: PublishedResult | None, key: tuple[str, str], expected: Expected) -> Iterable[str]:
    wanted = expected.results.get(key)
    if row is None:
        return ["was not published"]
    if wanted is None:
        return ["is published but not expected"]
    found = totals_of(row)
    lines = [
        f"{name}: {found[name]} instead of {normalise(wanted[name])}"
        for name in RESULT_COLUMNS
        if found[name] != normalise(wanted[name])
    ]
    ours = areas_of(row)
    for code, area in expected.areas.get(key, {}).items():
        if code not in ours:
            lines.append(f"area {code}: not published")
            continue
        lines += [
            f"area {code} {name}: {ours[code][name]} instead of {area[name]}"
            for name in AREA_COLUMNS[1:]
            if ours[code][name] != area[name]
        ]
    return lines


def totals_of(row: PublishedResult) -> dict[str, str]:
    """Return a published result as the expected file prints it."""
    content = row.content
    values = {
        "unit_name": normalise(row.unit_name),
        "rank": str(row.rank),
        "index_percent_6": _printed(row.index),
        "index_percent_2": _printed(row.index, INDEX_PRINTED),
        "achieved": _printed(row.achieved),
        "max_after_na": _printed(row.maximum),
        "base_points": _printed(content["base"]),
        "bonus": _printed(content["bonus"]),
        "penalty": _printed(content["penalty"]),
    }
    for name in ("self", "appraised", "final_appraised", "survey"):
        values[f"{name}_points"] = _printed(content[name]["achieved"])
        values[f"{name}_max"] = _printed(content[name]["maximum"])
    return values


def areas_of(row: PublishedResult) -> dict[str, dict[str, str]]:
    """Return the published areas as the expected file prints them."""
    areas = {}
    for item in row.content["items"]:
        if item["level"] == Level.AREA:
            achieved, maximum = Decimal(item["achieved"]), Decimal(item["maximum"])
            with exact():
                index = format_points(achieved / maximum * 100, PRINTED).replace(",", ".") if maximum else ""
            areas[item["code"]] = {
                "achieved": _printed(item["achieved"]),
                "max_after_na": _printed(item["maximum"]),
                "index_percent_6": index,
            }
    return areas


def _printed(text: str, places: int = PRINTED) -> str:
    return format_points(Decimal(text), places).replace(",", ".")
