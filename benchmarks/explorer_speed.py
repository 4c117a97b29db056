"""How long the explorer takes at 100,000 conversations, in Chromium.

The tables are those of a published copy, multiplied by SQL until there are enough conversations.

python -m benchmarks.explorer_speed kura_published.duckdb --conversations 100000
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb
from playwright.sync_api import Page, expect, sync_playwright

from tests.support.browser import CHROMIUM, FLAGS, calm, explorer

READY = {
    "overview": ".tree .name",
    "map": ".map .frame[data-points]",
    "topics": ".treemap button",
    "cluster": ".tree .name",
    "changes": "[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg",
    "conversations": "[data-testid=stDataFrame] canvas",
}
ROUNDS = 5
CHOICES = [("Language", name) for name in ("german", "french", "spanish")] + [
    ("Conversation length", name) for name in ("short", "long")
]


def multiplied(source: Path, target: Path, conversations: int) -> int:
    """Copy the public tables, each conversation so often that there are as many as wanted; returns how often."""
    shutil.copy(source, target)
    with duckdb.connect(str(target)) as connection:
        connection.execute("use kura")
        [(number,)] = connection.sql("select count(*) from fct_kura__conversations").fetchall()
        times = -(-conversations // number)
        turn, far = "hash(conversation_id, copy) % 628 / 100.0", "hash(copy, conversation_id, 'far') % 1000 / 1000.0"
        connection.execute(
            "create or replace table fct_kura__conversations as select t.* replace ("
            "conversation_id || '-' || copy as conversation_id, user_id || '-' || copy // 3 as user_id,"
            f" x + cos({turn}) * {far} * spread as x, y + sin({turn}) * {far} * spread as y,"
            " started_at + to_minutes(cast(hash(copy, conversation_id) % 2880 as int)) as started_at)"
            f" from fct_kura__conversations as t cross join range({times}) as r (copy)"
            " cross join (select (max(x) - min(x)) / 60 as spread from fct_kura__conversations)"
            " order by hash(t.conversation_id, copy)"
        )
        connection.execute(
            "create or replace table fct_kura__conversation_attributes as"
            " select t.* replace (conversation_id || '-' || copy as conversation_id)"
            f" from fct_kura__conversation_attributes as t cross join range({times}) as r (copy)"
        )
        for table in ("dim_kura__clusters", "fct_kura__cluster_trends", "fct_kura__cluster_facets"):
            connection.execute(f"update {table} set conversation_count = conversation_count * {times}")
    return times


def seconds(action: Callable[[], object]) -> float:
    """Return how long something takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def opened(page: Page, address: str, name: str) -> None:
    """Open a page by its address and wait until what it is for is drawn."""
    page.goto(address + name)
    page.locator(READY[name]).first.wait_for(timeout=60_000)
    calm(page)


def filtered(page: Page, label: str, value: str) -> None:
    """Choose a value of a filter and wait until the page is drawn."""
    box = page.get_by_test_id("stSidebar").get_by_role("combobox", name=label).first
    box.click()
    page.get_by_role("option", name=value, exact=True).first.click()
    # the address has it when the script has read it, and the script is at rest when all of it is drawn
    expect(page).to_have_url(re.compile(f"={value}"), timeout=60_000)
    calm(page)


def cleared(page: Page) -> None:
    """Take all filters back."""
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Clear filters").click()
    expect(page).not_to_have_url(re.compile("="), timeout=60_000)
    calm(page)


def main(source: Path, conversations: int) -> None:
    """Print a table: each page opened anew, and with a filter that nobody has chosen before."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        copy = Path(folder) / "large.duckdb"
        print(f"each conversation {multiplied(source, copy, conversations)} times")
        with explorer(copy) as address:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            # one that has been here before: it has the app's scripts, and a tab of its own each time
            visitor = browser.new_context(viewport={"width": 1280, "height": 900})
            first = visitor.new_page()
            print(f"first page after the server's start: {seconds(lambda: opened(first, address, 'overview')):.2f} s")
            print("| page | opened, warm | filter, first time |\n|---|---|---|")
            for name in READY:
                opened(first, address, name)
                warm = []
                for _ in range(ROUNDS):
                    tab = visitor.new_page()
                    warm.append(seconds(partial(opened, tab, address, name)))
                    tab.close()
                times = []
                for label, value in CHOICES:
                    times.append(seconds(partial(filtered, first, label, value)))
                    cleared(first)
                told = [
                    f"{statistics.median(part):.1f} s ({min(part):.1f} to {max(part):.1f})" for part in (warm, times)
                ]
                print(f"| {name} | {' | '.join(told)} |", flush=True)
            browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("published", type=Path)
    parser.add_argument("--conversations", type=int, default=100_000)
    options = parser.parse_args()
    main(options.published.absolute(), options.conversations)
