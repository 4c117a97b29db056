"""The report, opened as an attachment would be, and what strangers wrote in it and in the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from jinja2 import UndefinedError
from playwright.sync_api import Browser, Page, expect

from kura_udfs.commands.main import main
from kura_udfs.commands.report.page import environment
from tests.support import synthetic
from tests.support.browser import HOSTILE, Watched


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "hostile.duckdb"
    synthetic.make(path, 3_000)
    with duckdb.connect(str(path)) as connection:
        connection.execute("use kura")
        connection.execute(
            "update dim_kura__clusters set name = ?, description = ? where cluster_id in ('t3', 't3m1')", [HOSTILE] * 2
        )
        connection.execute("update fct_kura__cluster_examples set summary = ? where cluster_id = 't3'", [HOSTILE])
    return path


@pytest.fixture(scope="module")
def report(database: Path) -> Path:
    path = database.with_name("report.html")
    assert main(["report", "--database", str(database), "--output", str(path)]) == 0
    return path


@pytest.fixture
def page(browser: Browser, report: Path) -> Iterator[Page]:
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    watched = Watched(tab)
    tab.goto(report.as_uri())
    yield tab
    assert watched.problems == []
    assert tab.title() == "What people talk about"
    tab.close()


def test_it_is_one_file_of_reasonable_size_without_a_script(report: Path) -> None:
    text = report.read_text()
    assert len(text) < 1_500_000
    assert "<script" not in text
    assert "src=" not in text.replace("&lt;img src=x", "").replace("<img src=x", "")


def test_a_value_is_escaped_without_anybody_thinking_of_it() -> None:
    shown = environment().from_string("<p title='{{ it }}'>{{ it }}</p>").render(it="<b onclick='x'>\x1b\u202e&</b>")
    assert shown.count("<") == shown.count(">") == 2
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    with pytest.raises(UndefinedError):
        environment().from_string("{{ forgotten }}").render()


def test_branches_open_with_the_keyboard_and_hold_what_strangers_wrote_letter_by_letter(page: Page) -> None:
    branch = page.locator("details.top", has_text="<script>").first
    branch.locator("> summary").focus()
    page.keyboard.press("Enter")
    expect(branch.locator("> .inside blockquote").first).to_contain_text("<script>document.title='owned'</script>")
    expect(branch.locator("> .inside blockquote").first).to_contain_text("**bold**")
    assert not any(letter in page.content() for letter in "\u202e\u202c\x1b\x07")
    assert page.locator("img, script, a[href^=javascript]").count() == 0


def test_map_and_trends_are_drawn_and_names_on_the_map_do_not_collide(page: Page) -> None:
    assert page.locator("svg[aria-label='Map of the conversations'] path").count() > 2_000
    assert page.locator(".small svg").count() == 10
    expect(page.locator(".small h3", has_text="Delivery").locator("small")).to_have_text("▲ growing")
    expect(page.locator("details.top summary", has_text="Feedback").first.locator("small")).to_have_text("✦ new")
    boxes = page.eval_on_selector_all(
        "svg[aria-label='Map of the conversations'] text:not([stroke])",
        "all => all.map(one => { const b = one.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom] })",
    )
    assert len(boxes) >= 5
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert a[0] >= b[2] or a[2] <= b[0] or a[1] >= b[3] or a[3] <= b[1], (a, b)


def test_a_narrow_window_needs_no_sideways_scrolling(browser: Browser, report: Path) -> None:
    tab = browser.new_page(viewport={"width": 400, "height": 800})
    tab.goto(report.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= 400
    tab.close()


def test_a_print_shows_what_is_folded_on_the_screen(page: Page) -> None:
    quote = page.locator("details.top > .inside blockquote").first
    expect(quote).not_to_be_visible()
    page.emulate_media(media="print")
    expect(quote).to_be_visible()


def test_the_terminal_gets_no_escape_sequence(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tree", "--database", str(database)]) == 0
    drawn = capsys.readouterr().out
    assert "<script>document.title=" in drawn
    assert "\u202e" not in drawn
    assert "\x07" not in drawn
    assert "\x1b[31mred" not in drawn
