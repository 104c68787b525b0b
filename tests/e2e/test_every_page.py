"""Every page that has a reader, in a real browser at both widths: nothing for axe to find, nothing too heavy."""

import pytest
from playwright.sync_api import Page

from assessments.models import Official
from tests.e2e.conftest import faults
from tests.test_access import PAGES, address_of, addresses, walkers
from tests.world import World, make_world

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

MOST_BYTES = 150 * 1024
WEIGHT = """
() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .reduce((sum, entry) => sum + entry.encodedBodySize, 0)
"""
NOT_PAGES = {
    "calendar_file",
    "evidence:decision",
    "evidence:download",
    "evidence:view",
    "outbox_letter",
    "progress_export",
    "source",
}


def reader_of(name: str, people: dict[str, Official | None]) -> tuple[str, Official | None]:
    """Return one of those who may read a page, the first in the order of the walk."""
    return next((who, person) for who, person in people.items() if who in PAGES[name])


def pages(world: World) -> list[tuple[str, str, str]]:
    """Return (name, address, reader) of every page."""
    people = walkers(world)
    found = []
    for name, pattern in addresses():
        if PAGES.get(name) and name not in NOT_PAGES and not name.endswith(("_json", "_csv")):
            found.append((name, address_of(world, name, pattern), reader_of(name, people)[0]))
    return sorted(found, key=lambda page: page[2])


@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_has_a_fault(new_page, width):
    world = make_world()
    people = walkers(world)
    windows: dict[str, Page] = {}
    found = {}
    for name, address, who in pages(world):
        page = windows.setdefault(who, None) or new_page(width=width, official=people[who])
        windows[who] = page
        page.goto(address)
        seen = faults(page)
        if (weight := page.evaluate(WEIGHT)) > MOST_BYTES:
            seen.append(f"the page weighs {weight} bytes")
        if seen:
            found[f"{name} as {who}"] = seen
    assert found == {}
