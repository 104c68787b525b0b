"""A real browser on the site; see tests/browser.py for where it comes from."""

import os
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
OPTIONS = {"preload": False}  # axe would copy the style sheets into the page, which the content policy forbids
TARGETS_BELOW_24_PX = """
() => [...document.querySelectorAll("a, button, input:not([type=hidden]), select, summary")]
  .filter((element) => getComputedStyle(element).display !== "inline")
  .filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && (box.width < 24 || box.height < 24);
  })
  .map((element) => element.outerHTML)
"""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start one browser for all tests; they may use the ORM while it runs."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright keeps an event loop on this thread
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["PAR_CHROMIUM"], args=ARGUMENTS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def new_page(browser: Browser, live_server) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a window: ``new_page(width=390, theme="dark", official=somebody)``.

    ``official`` is signed in. At the end every complaint of a page (script error, blocked by the content policy) fails
    the test.
    """
    contexts = []
    complaints: list[str] = []

    def open_window(*, width: int = 1440, theme: str = "light", official=None) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            base_url=live_server.url,
        )
        contexts.append(context)
        if official is not None:
            sign_in(context, live_server.url, official)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None,
        )
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert complaints == []


def sign_in(context, address: str, official) -> None:
    """Give the window a session of ``official``."""
    from django.test import Client

    client = Client()
    client.force_login(official, backend="django.contrib.auth.backends.ModelBackend")
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}])


def faults(page: Page) -> list[str]:
    """Return what axe and our own look find wrong with the page as it stands now."""
    found = [f"targets below 24 px: {html[:160]}" for html in page.evaluate(TARGETS_BELOW_24_PX)]
    if (excess := page.evaluate("document.documentElement.scrollWidth - window.innerWidth")) > 0:
        found.append(f"the page is {excess} px wider than the window")
    for violation in Axe().run(page, options=OPTIONS).response["violations"]:
        found += [f"{violation['id']}: {node['html'][:160]}" for node in violation["nodes"]]
    return found
