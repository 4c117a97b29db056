"""A real browser, and the explorer in it.

Chromium must be on PATH (Debian: `apt-get install chromium-headless-shell`). Without it these tests are skipped, unless
KURA_NEEDS_BROWSER is set: then they fail.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.browser import CHROMIUM, FLAGS, Tabs, Watched, explorer, settled


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        reason = "there is no Chromium on PATH (Debian: apt-get install chromium-headless-shell)"
        (pytest.fail if os.environ.get("KURA_NEEDS_BROWSER") else pytest.skip)(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def show(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], str]]:
    """One explorer for all tests, because a start takes seconds: lets it read a copy, gives its address."""
    shown = tmp_path_factory.mktemp("explorer") / "published.duckdb"
    with explorer(shown) as url:

        def showing(published: Path) -> str:
            shown.unlink(missing_ok=True)
            shown.symlink_to(published)
            return url

        yield showing


@pytest.fixture(scope="session")
def tabs(browser: Browser) -> Tabs:
    return Tabs(browser)


@pytest.fixture
def opened(tabs: Tabs, show: Callable[[Path], str]) -> Iterator[Callable[..., Page]]:
    """Opens an address in a session of its own, where nothing may be done that should not be."""
    used: list[Watched] = []

    def opening(copy: Path, path: str = "", title: str = "", **looks: Any) -> Page:
        tab = tabs.take(**looks)
        used.append(tab)
        tab.page.goto(show(copy) + path)
        settled(tab.page, title)
        return tab.page

    yield opening
    for tab in used:
        assert tab.problems == []
        assert tab.page.title() != "owned"
        tabs.give_back(tab)
