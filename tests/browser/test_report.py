"""The report, opened as an attachment would be, and what strangers wrote in it and in the terminal."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from jinja2 import UndefinedError
from playwright.sync_api import Browser, Page, expect

from kura_udfs.commands.main import main
from kura_udfs.commands.report import charts, tables
from kura_udfs.commands.report.page import environment, rendered
from tests.support import synthetic
from tests.support.browser import HOSTILE, QUESTION, Watched, ends_on_the_left


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
    said = [svg.get_attribute("aria-label") or "" for svg in page.locator(".small svg").all()]
    hostile = page.locator(".small h3").nth(3).inner_text()
    assert "<script>" in hostile
    assert said[3].split() == ["Conversations", "per", "week:", *hostile.split()]
    assert len(set(said)) == 10, "who can't see charts hears whose they are"
    boxes = page.eval_on_selector_all(
        ".map .label",
        "all => all.map(one => { const b = one.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom] })",
    )
    assert len(boxes) >= 5
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert a[0] >= b[2] or a[2] <= b[0] or a[1] >= b[3] or a[3] <= b[1], (a, b)


def test_in_a_narrow_window_nothing_is_lost(browser: Browser, report: Path) -> None:
    tab = browser.new_page(viewport={"width": 400, "height": 800})
    tab.goto(report.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= 400
    outside = "all => all.map(one => one.getBoundingClientRect()).filter(box => box.left < 0 || box.right > 400).length"
    assert tab.eval_on_selector_all("svg, .number, .legend li, summary .name, summary .count", outside) == 0
    scrolls = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).length"
    assert tab.eval_on_selector_all(".chart, .map", scrolls) == 0
    numbers = sorted(tab.locator(".map .number").all_inner_texts(), key=int)
    assert len(numbers) == 10
    assert numbers == [text for text in tab.locator(".legend .number").all_inner_texts() if text]
    bars = [tab.locator(f".chart.{width} svg .mark-rect path").count() for width in ("wide", "narrow")]
    assert bars[0] == bars[1] > 20
    tab.close()


def test_contents_and_legend_lead_to_their_places_and_open_a_branch(page: Page) -> None:
    assert page.locator(".contents a").all_inner_texts() == ["Numbers", "Map", "Weeks", "Topics"]
    for link in page.locator(".contents a, .legend a").all():
        assert page.locator(link.get_attribute("href") or "").count() == 1
    link = page.locator(".legend a").nth(4)
    link.click()
    branch = page.locator("details.top", has=page.locator("> summary .name", has_text=link.inner_text()))
    expect(branch.locator("> .inside blockquote").first).to_be_visible()


def test_a_dark_screen_gets_a_dark_page_and_paper_a_light_one(browser: Browser, report: Path) -> None:
    tab = browser.new_page(color_scheme="dark")
    tab.goto(report.as_uri())
    colour = "getComputedStyle(document.querySelector('main')).backgroundColor"
    assert tab.evaluate(colour) == "rgb(20, 27, 31)"
    point = "getComputedStyle(document.querySelector('.map [fill=\"#332288\"]')).fill"
    assert tab.evaluate(point) == "rgb(143, 132, 232)"
    tab.emulate_media(media="print")
    assert tab.evaluate(colour) == "rgb(255, 255, 255)"
    tab.close()


def test_who_wants_no_motion_has_none_and_where_the_system_chooses_the_colours_topics_keep_theirs(
    browser: Browser, report: Path
) -> None:
    for is_calm, behaviour in ((True, "auto"), (False, "smooth")):
        tab = browser.new_page(reduced_motion="reduce" if is_calm else "no-preference", forced_colors="active")
        tab.goto(report.as_uri())
        assert tab.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == behaviour
        shown = tab.locator(".legend i").evaluate_all("all => all.map(one => getComputedStyle(one).backgroundColor)")
        assert len(set(shown)) == len(shown) > 5
        tab.close()


def test_one_group_far_away_does_not_squeeze_the_rest() -> None:
    near = [(index % 10, index // 10) for index in range(100)]
    points = pd.DataFrame([*near, *[(900 + index, 300) for index in range(10)]], columns=["x", "y"])
    pixels, alone = charts.on_paper(points), charts.on_paper(points[:100])
    assert np.ptp(pixels["px"][:100]) > charts.WIDTH / 4
    assert list(pixels["px"].rank()) == list(points["x"].rank())
    steps = np.diff(alone["px"][:10])
    assert list(steps) == pytest.approx([steps[0]] * 9), "what lies close together keeps its distances"


def test_a_name_that_finds_its_place_taken_goes_beside_it() -> None:
    first, second, third = charts.placed(
        [
            charts.Label("a name of a topic", [(490, 300)]),
            charts.Label("another one", [(490, 300)]),
            charts.Label("x" * 27, [(5, 590)]),
        ]
    )
    assert first
    assert second
    assert third
    assert (first.left, first.top) == (50, 50)
    assert second.top < 47
    assert third.left > 5, "moved in, where it would stick out"
    assert charts.placed([charts.Label("a b", [(100, 100)])] * 30)[-1] is None


@pytest.mark.parametrize("kept", [0, 1])
def test_of_no_conversation_and_of_one_there_is_a_page(database: Path, tmp_path: Path, kept: int) -> None:
    copy, written = tmp_path / "few.duckdb", tmp_path / "few.html"
    shutil.copy(database, copy)
    with duckdb.connect(str(copy)) as connection:
        for statement in (
            "use kura",
            f"delete from fct_kura__conversations where conversation_id <> 'c0000004' or {kept} = 0",
            "update fct_kura__conversations set cluster_id = left(cluster_id, 2)",
            "delete from dim_kura__clusters where cluster_id not in (select cluster_id from fct_kura__conversations)",
            "update dim_kura__clusters set conversation_count = 1, is_leaf = true",
            "drop table fct_kura__cluster_trends",
            "drop table fct_kura__cluster_examples",
        ):
            connection.execute(statement)
    assert main(["report", "--database", str(copy), "--output", str(written)]) == 0
    text = written.read_text()
    assert ("No conversation has been read yet." in text) == (kept == 0)
    assert ("topic, 1 cluster<" in text) == (kept == 1)


def test_of_numbers_alone_the_last_week_is_called_so_and_no_examples_are_promised(
    database: Path, report: Path, tmp_path: Path
) -> None:
    copy, written = tmp_path / "numbers.duckdb", tmp_path / "numbers.html"
    shutil.copy(database, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("use kura")
        for table in ("fct_kura__conversations", "fct_kura__conversation_attributes", "fct_kura__cluster_examples"):
            connection.execute(f"drop table {table}")
        connection.execute("update dim_kura__clusters set last_seen_at = timestamp '2026-08-17 00:00:00'")
        connection.execute("update fct_kura__cluster_trends set conversation_count = null where cluster_id = 't5'")
    assert main(["report", "--database", str(copy), "--output", str(written)]) == 0
    assert " to the week of 17 Aug 2026 · " in written.read_text()
    assert ">in no topic, or one too small to be told<" in written.read_text()
    assert ">fit nowhere<" in report.read_text()
    charts_of_t5 = [page.read_text().count("Conversations per week: Returns") for page in (report, written)]
    assert charts_of_t5 == [1, 0], "nothing is drawn of a topic of which no week is told"
    assert "what it is about.</p>" in written.read_text()
    assert "what it is about and how it sounds.</p>" in report.read_text()
    assert " to the week of " not in report.read_text()


def test_what_grows_fades_or_is_new_is_explained_where_any_does(database: Path, report: Path, tmp_path: Path) -> None:
    copy, written = tmp_path / "steady.duckdb", tmp_path / "steady.html"
    shutil.copy(database, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("update kura.fct_kura__cluster_trends set trend = 'steady' where trend is not null")
    assert main(["report", "--database", str(copy), "--output", str(written)]) == 0
    told = "has moved beyond chance over the last complete weeks, twelve at most."
    assert [told in page.read_text() for page in (report, written)] == [True, False]


def days_of(rows: pd.DataFrame) -> list[str]:
    """Return the days below the bars, as they are drawn where clocks are behind UTC."""
    script = (
        "import re, sys; import pandas as pd; from kura_udfs.commands.report import charts;"
        " rows = pd.read_json(sys.stdin, orient='table');"
        " print(*re.findall(r'<text[^>]*>([^<]*[A-Z][^<]*)</text>', charts.bars_over_time(rows, 980, 150, '')), sep='|')"
    )
    answered = subprocess.run(
        [sys.executable, "-c", script], input=rows.to_json(orient="table", index=False), env={**os.environ, "TZ": "America/New_York"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return answered.stdout.strip().split("|")


def test_weeks_have_their_day_wherever_a_report_is_written_and_keep_their_place() -> None:
    starts = pd.date_range("2026-06-01", periods=5, freq="7D")
    rows = pd.DataFrame({"period": "week", "period_start": starts, "is_complete": True, "conversation_count": 3.0})
    rows.loc[[1, 3], "conversation_count"] = np.nan
    assert days_of(rows) == ["01 Jun", "08 Jun", "15 Jun", "22 Jun", "29 Jun"]
    assert days_of(rows.assign(period_start=starts - pd.Timedelta(weeks=24)))[0] == "15 Dec 2025"


def test_what_is_written_from_right_to_left_ends_on_the_left(browser: Browser, database: Path, tmp_path: Path) -> None:
    copy, written = tmp_path / "arabic.duckdb", tmp_path / "arabic.html"
    shutil.copy(database, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("use kura")
        connection.execute(
            f"update dim_kura__clusters set name = '{QUESTION}', description = '{QUESTION}' where cluster_id = 't1'"
        )
        connection.execute(f"update fct_kura__cluster_examples set summary = '{QUESTION}' where cluster_id = 't1'")
    assert main(["report", "--database", str(copy), "--output", str(written)]) == 0
    tab = browser.new_page()
    tab.goto(written.as_uri())
    tab.locator(".legend a", has_text="PayPal").click()
    for place in (".legend a", ".small h3", "summary .name", ".inside > p", "blockquote"):
        assert ends_on_the_left(tab.locator(place, has_text="PayPal")), place
    dot, name = (tab.locator(".legend li", has_text="PayPal").locator(part).bounding_box() for part in ("i", "a"))
    assert dot
    assert name
    assert dot["x"] < name["x"], "what belongs to the page stays where it is"
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


def test_a_period_that_begins_before_the_first_conversation_is_pale() -> None:
    starts = pd.Series(pd.to_datetime(["2026-05-25", "2026-06-01", "2026-06-08"]))
    trends = pd.DataFrame({"period_start": starts, "is_complete": [True, True, False]})
    told = [
        list(tables.covered(trends, first)["is_complete"])
        for first in (pd.Timestamp("2026-05-27 09:00"), starts[0], pd.NaT)
    ]
    assert told == [[False, True, False], [True, True, False], [True, True, False]]


def test_a_print_is_short_but_for_what_is_open(page: Page) -> None:
    first, second = page.locator("details.top", has=page.locator("details")).all()[:2]
    second.locator("> summary").click()
    inside = second.locator("details").first
    inside.locator("> summary").click()
    page.emulate_media(media="print")
    assert [quote.is_visible() for quote in first.locator("> .inside blockquote").all()] == [True, False, False]
    expect(first.locator("details > summary").first).to_be_visible()
    expect(first.locator("details > .inside").first).not_to_be_visible()
    assert [quote.is_visible() for quote in second.locator("> .inside blockquote").all()] == [True] * 3
    expect(inside.locator("> .inside blockquote").last).to_be_visible()
    expect(second.locator("details").nth(1).locator("> .inside")).not_to_be_visible()


def test_topics_that_share_a_colour_have_one_entry_and_numbers_leave_the_map_to_be_seen(browser: Browser) -> None:
    number, place = 60, np.arange(60)
    clusters = pd.DataFrame(
        {
            "cluster_id": [f"t{i}" for i in place], "parent_cluster_id": None, "root_cluster_id": [f"t{i}" for i in place],
            "name": [f"Topic {i}" for i in place], "description": None, "level": 0, "is_leaf": True, "is_outliers": False,
            "is_unprocessed": False, "is_suppressed": False, "conversation_count": 2, "share": 1 / number, "sort_order": place,
        }
    )  # fmt: skip
    points = pd.DataFrame({"cluster_id": clusters["cluster_id"], "x": place % 10, "y": place // 10})
    totals = {
        "conversations": 120,
        "users": 0,
        "first": None,
        "last": None,
        "outlier_share": 0.0,
        "is_of_periods": False,
    }
    contents = tables.Contents(
        totals={**totals, "frustration_rate": None, "concern_rate": None},
        run={"started_at": None, "provider": "local", "rejected_share": 0.0, "cost_usd": 0.0},
        clusters=clusters, points=points, trends=pd.DataFrame({"period_start": []}), moving={}, examples={},
    )  # fmt: skip
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.set_content(rendered(contents))
    shown = tab.locator(".legend li:visible")
    expect(shown).to_have_text([*(f"Topic {i}" for i in range(12)), "Other topics"], use_inner_text=True)
    tab.set_viewport_size({"width": 400, "height": 800})
    expect(tab.locator(".map .number:visible")).to_have_count(20)
    expect(shown).to_have_count(21)
    expect(shown.nth(19).locator(".number")).to_have_text("20")
    tab.close()


def test_a_chart_has_the_last_periods_and_one_alone_is_no_block() -> None:
    starts = pd.date_range("2016-05-02", periods=520, freq="7D")
    rows = pd.DataFrame({"period": "week", "period_start": starts, "is_complete": True, "conversation_count": 3.0})
    assert list(charts.latest(rows)["period_start"]) == list(starts[-104:])
    [width] = re.findall(r'mark-rect .*? d="M[\d.]+,[\d.]+h([\d.]+)v', charts.bars_over_time(rows[:1], 980, 150, ""))
    assert float(width) < 400
