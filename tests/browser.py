"""Run a command with a browser for the tests: ``python -m tests.browser pytest -m e2e tests/e2e``.

The browser is $PAR_CHROMIUM, or a Chromium or Chrome on the path, or the one that playwright keeps; failing these it
is installed, by apt-get when we are root, else by playwright. Its path is handed to the command in PAR_CHROMIUM.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def on_the_path() -> str | None:
    """Return the path of a browser that is installed on this machine."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def of_playwright() -> str | None:
    """Return the path of the browser that playwright installed, if it has."""
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def installed_by_apt() -> str | None:
    """Install Debian's chromium; needs root."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        subprocess.run(["apt-get", *arguments], env=environment, stdin=subprocess.DEVNULL, check=False)
    return on_the_path()


def installed_by_playwright() -> str | None:
    """Let playwright download its own."""
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], stdin=subprocess.DEVNULL, check=False)
    return of_playwright()


def find() -> str:
    """Return the path of a browser; leave with one sentence if there is none and none can be installed."""
    given = os.environ.get("PAR_CHROMIUM", "")
    if given:
        if not shutil.which(given):
            sys.exit(f"PAR_CHROMIUM names {given}, which cannot be run.")
        return given
    for search in (on_the_path, of_playwright, installed_by_apt, installed_by_playwright):
        path = search()
        if path:
            return path
    sys.exit("No browser for the tests: install chromium, or set PAR_CHROMIUM to the path of one.")


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit("Name the command to run, e.g. python -m tests.browser pytest -m e2e tests/e2e")
    os.environ["PAR_CHROMIUM"] = find()
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - the command is the one typed
