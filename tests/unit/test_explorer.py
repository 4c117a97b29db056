"""The explorer's parts that need no browser."""

from __future__ import annotations

import ast
import datetime as dt
import json
import re
import shutil
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt
import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import streamlit as st
import vl_convert
from kura_explorer import (
    branches,
    charts,
    choice,
    components,
    crossings,
    filters,
    findings,
    lists,
    look,
    navigation,
    outcomes,
    periods,
    points,
    questions,
    ranking,
    search,
    warehouse,
)
from kura_explorer.choice import Filter
from kura_explorer.pages import overview, topics
from kura_explorer.pages.map import _coloured as coloured
from kura_explorer.pages.map import corners
from kura_explorer.text import cleaned, for_spreadsheet, isolated, markdown, told_apart
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from kura_udfs.commands import outputs
from kura_udfs.commands.report import branches as branches_of_a_report
from kura_udfs.commands.report import charts as charts_of_a_report
from kura_udfs.commands.report import page as page_of_a_report
from tests.support import synthetic
from tests.support.project import REPOSITORY

looked_for_once = cache(manifest_scanner.scan_component_manifests)


@pytest.fixture(autouse=True)
def installed_components(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit looks through all that is installed whenever an app begins, which would take a third of these tests."""
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", looked_for_once)


@pytest.fixture(autouse=True)
def own_main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page becomes the main module, which sandboxes of later tests would begin with."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Every query that the explorer can ask, each of which has been answered by DuckDB."""
    path: Path = tmp_path_factory.mktemp("tables") / "published.duckdb"
    synthetic.make(path, 300)
    queries: list[str] = []
    answer = warehouse._ask_duckdb

    def noted(sql: str, parameters: tuple[object, ...]) -> pd.DataFrame:
        queries.append(sql)
        return answer(sql, parameters)

    everything = Filter(
        dt.date(2026, 1, 1), dt.date(2026, 12, 31), ("german", "english"), (("segment", ("free",)), ("status", ("ok",))),
        "case %", "t1", ((-20.0, -20.0), (20.0, -20.0), (0.0, 20.0)), (("issue", "i1"), ("conversation", choice.NONE)),
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KURA_PUBLISHED_PATH", str(path))
        patch.setattr(warehouse, "_ask_duckdb", noted)
        warehouse.check()
        for facet in choice.facets():
            questions.facet_values(facet)
        points.points(everything, "segment")
        points.points(choice.EVERYTHING, "language")
        points.placed(everything)
        points.points(everything, None, "case")
        points.places_of_names(points.points(choice.EVERYTHING))
        [lens] = crossings.other_lenses()
        crossings.clusters_of(lens)
        crossings.crossed(lens, everything)
        questions.languages()
        questions.period_covered()
        questions.totals(everything)
        clusters = questions.counted_clusters(everything)
        rows = periods.trends(everything)
        periods.movement(rows)
        periods.lines(rows)
        periods.overall(rows)
        usual = periods.usual()
        assert usual
        halves = next(iter(usual.values()))
        periods.compared(*halves, everything)
        periods.figures(halves[0], everything)
        for chosen in (choice.EVERYTHING, everything):
            questions.cluster_facets("t1", chosen)
            questions.examples("t1", chosen)
        questions.lineage("t1")
        questions.neighbours(clusters, questions.one(clusters, "t1"))
        questions.runs()
        questions.latest_fit()
        questions.spent()
        questions.conversations(everything, 10)
        questions.conversation("c0000001")
        questions.has_model()
        outcomes.resolved_share(everything)
        outcomes.issues("t1", everything)
        findings.alerts()
        findings.tools("t1")
        findings.tools_of_topics(everything)
        for row in questions.each(findings.comparisons()):
            findings.compared(row.compared_by, row.baseline, row.segment)
    return queries


def test_every_query_is_also_snowflakes_sql(asked: list[str]) -> None:
    from sqlfluff.core import Linter

    linter = Linter(dialect="snowflake")
    assert len(asked) >= 25
    for sql in dict.fromkeys(asked):
        parsed = linter.parse_string(sql.replace("?", "'x'"))
        assert [violation.desc() for violation in parsed.violations] == [], sql


def test_tiles_fill_the_treemap_and_do_not_overlap() -> None:
    sizes = [40.0, 25, 12, 9, 6, 4, 2, 1, 1]
    boxes = components.squarified(sizes, 1.9)
    assert [round(width * height, 6) for _, _, width, height in boxes] == [size / 100 for size in sizes]
    for i, (left, top, width, height) in enumerate(boxes):
        assert left >= -1e-9
        assert top >= -1e-9
        assert left + width <= 1 + 1e-9
        assert top + height <= 1 + 1e-9
        for other_left, other_top, other_width, other_height in boxes[:i]:
            apart = (
                left >= other_left + other_width - 1e-9 or other_left >= left + width - 1e-9
                or top >= other_top + other_height - 1e-9 or other_top >= top + height - 1e-9
            )  # fmt: skip
            assert apart


def test_a_name_on_the_map_stands_at_one_of_its_points_and_not_in_the_middle_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pairs = [("halves", "left"), ("halves", "right"), ("middle", "middle"), ("left", "left"), ("right", "right")]
    above = pd.DataFrame(pairs, columns=["ancestor_cluster_id", "descendant_cluster_id"])
    monkeypatch.setattr(points, "query", lambda _: above)
    places = {"left": -10.0, "middle": 0.0, "right": 10.0}
    all_points = pd.DataFrame(
        [(name, x + step / 100, step / 100) for name, x in places.items() for step in range(21 + (name == "left"))],
        columns=["cluster_id", "x", "y"],
    )
    named = points.places_of_names(all_points)
    assert named["halves"][0][0] == pytest.approx(-9.9, abs=0.02)
    assert named["halves"][1][0] == pytest.approx(10.1, abs=0.06), (
        "where the first place is taken, there is another one"
    )
    assert named["middle"][0] == pytest.approx((0.1, 0.1))
    there = set(zip(all_points["x"], all_points["y"], strict=True))
    assert all(place in there for places in named.values() for place in places)


def test_a_search_takes_words_literally_and_needs_all_of_them(table: Path) -> None:
    def found(words: str) -> set[str]:
        rows = points.points(choice.EVERYTHING, None, words)
        return set(rows.loc[rows["found"] == 1, "conversation_id"])

    assert found("writes CASE 1_") == set()
    assert found("writes CASE 117") == {"c0000117"}
    assert found('user "case  117"') == found("“Case 117”") == {"c0000117"}
    assert found("117 case") == {"c0000117"}
    assert found('"117 case"') == found('5"') == set()
    assert found('""') == found("")


def test_corners_hold_what_lies_between_them(table: Path) -> None:
    with duckdb.connect(str(table), read_only=True) as connection:
        inside = connection.sql(
            "select count(*) from kura.fct_kura__conversations where x + y < 3 and x > -9 and y > -8"
        )
        [(count,)] = inside.fetchall()
    triangle = ((-9.0, -8.0), (11.0, -8.0), (-9.0, 12.0))
    assert count > 10
    assert questions.totals(Filter(area=triangle))["conversations"] == count
    assert corners("1,2;3,4.5;-1,0") == ((1.0, 2.0), (3.0, 4.5), (-1.0, 0.0))
    for nonsense in (
        None,
        "",
        "1,2",
        "1,2;3,4;5",
        "a,b;c,d;e,f",
        "1,2;3,4;nan,1",
        "1,1;1,2;1e99,2",
        ";".join(["1,1"] * 99),
    ):
        assert corners(nonsense) == ()


def test_two_stretches_of_time_are_compared_under_the_filters(table: Path) -> None:
    before = periods.Stretch(dt.date(2026, 1, 5), dt.date(2026, 3, 1))
    after = periods.Stretch(dt.date(2026, 4, 1), dt.date(2026, 7, 31))
    rows = periods.compared(before, after, Filter(facets=(("segment", ("free",)),))).set_index("cluster_id")
    with duckdb.connect(str(table), read_only=True) as connection:
        [(count,)] = connection.sql(
            "select count(*) from kura.fct_kura__conversations inner join kura.fct_kura__conversation_attributes as a"
            " using (conversation_id) where segment = 'free' and a.cluster_id like 't4%' and started_at >= '2026-04-01'"
        ).fetchall()
    assert rows.loc["t4", "after_count"] == count
    assert list(rows["score"] > 0)[list(rows.index).index("t4")]
    tops = rows[rows["level"] == 0]
    assert tops["change"].sum() == pytest.approx(0)
    assert [tops[share].sum() for share in ("before_share", "after_share")] == pytest.approx([1, 1])


def test_periods_of_which_only_some_days_are_chosen_are_not_complete(table: Path) -> None:
    rows = periods.trends(Filter(since=dt.date(2026, 2, 4), until=dt.date(2026, 3, 1)))
    starts = rows.drop_duplicates("period_start").set_index("period_start")["is_complete"]
    assert list(starts.index) == list(pd.to_datetime(["2026-02-02", "2026-02-09", "2026-02-16", "2026-02-23"]))
    assert list(starts) == [False, True, True, True]
    assert rows["conversation_count"].notna().all()


@pytest.mark.parametrize("is_older", [False, True])
def test_days_and_periods_are_those_of_the_build_s_clocks_and_in_older_tables_utc_s(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_older: bool
) -> None:
    copy = Path(shutil.copy(made, tmp_path / "published.duckdb"))
    with duckdb.connect(str(copy)) as connection:
        connection.execute("use kura")
        connection.execute("update fct_kura__conversations set started_on = (started_at - interval 9 hour)::date")
        if is_older:
            connection.execute("alter table fct_kura__conversations drop started_on")
        day = "started_at::date" if is_older else "started_on"
        per_week = dict(
            connection.sql(
                f"select date_trunc('week', {day})::timestamp, count(*) from fct_kura__conversations"
                " where languages = 'german' group by 1"
            ).fetchall()
        )
        sunday = f"from fct_kura__conversations where {day} = '2026-03-08'"
        [(on_sunday, first, last)] = connection.sql(f"select count(*), min({day}), max({day}) {sunday}").fetchall()
        [bounds] = connection.sql(f"select min({day}), max({day}) from fct_kura__conversations").fetchall()
    monkeypatch.setenv("KURA_PUBLISHED_PATH", str(copy))
    trends = periods.overall(periods.trends(Filter(languages=("german",))))
    counted = trends.set_index("period_start")["conversation_count"]
    assert {week: number for week, number in counted.items() if number} == {
        week: number for week, number in per_week.items() if week in set(trends["period_start"])
    }
    chosen = Filter(since=dt.date(2026, 3, 8), until=dt.date(2026, 3, 8))
    assert questions.totals(chosen)["conversations"] == on_sunday
    assert questions.period_covered() == bounds
    rows = questions.counted_clusters(chosen)
    assert {pd.Timestamp(rows[name].dropna().iloc[0]).date() for name in ("chosen_first", "chosen_last")} == {
        first,
        last,
    }


def test_what_there_is_is_never_nothing_in_percent() -> None:
    shares = (0, 0.0004, 0.0005, 0.5, 1, float("nan"))
    assert [look.percent(share) for share in shares] == ["0.0 %", "< 0.1 %", "0.1 %", "50.0 %", "100.0 %", "–"]
    assert [look.percent(share, 0) for share in (0, 0.004, 0.006)] == ["0 %", "< 1 %", "1 %"]
    assert [outputs.percent(share, 0) for share in (0, 0.004, 0.006)] == ["0 %", "< 1 %", "1 %"]


def test_a_thread_is_told_apart_by_who_speaks() -> None:
    assert navigation.messages("user: a\nand b\nassistant: c: d\ntool: {}") == [
        ("user", "a\nand b\n"), ("assistant", "c: d\n"), ("tool", "{}"),
    ]  # fmt: skip
    assert navigation.messages("just words") == [("", "just words")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "published.duckdb"
    synthetic.make(path, 400)
    return path


@pytest.fixture
def table(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KURA_PUBLISHED_PATH", str(made))
    return made


def changed(published: Path, copy: Path, *statements: str) -> Path:
    """Write a copy of the tables in which something is different."""
    shutil.copy(published, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("use kura")
        for statement in statements:
            connection.execute(statement)
    return copy


def test_between_two_questions_anybody_may_write_to_the_copy_and_a_question_reads_nothing_else(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, link = changed(made, tmp_path / "it's.duckdb"), tmp_path / "link.duckdb"
    link.symlink_to(copy)
    (tmp_path / "outside.csv").write_text("a\n1\n")
    monkeypatch.setenv("KURA_PUBLISHED_PATH", str(link))
    count = "select count(*) as n from fct_kura__conversations"
    before = warehouse.query(count)["n"][0]
    with duckdb.connect(str(copy)) as writer:
        writer.execute("insert into kura.fct_kura__conversations (conversation_id) values ('new')")
    assert warehouse.query(count)["n"][0] == before + 1
    changed(copy, tmp_path / "next.duckdb", "delete from fct_kura__conversations").replace(copy)
    assert warehouse.query(count)["n"][0] == 0
    assert sum(map(len, warehouse._engines.values())) == 1, "all were asked of one"
    for outside in (
        f"from read_csv('{tmp_path / 'outside.csv'}')", f"copy (select 1) to '{tmp_path / 'new.csv'}'",
        f"attach '{tmp_path / 'new.duckdb'}'", "set enable_external_access = true",
    ):  # fmt: skip
        with pytest.raises(duckdb.Error, match=r"disabled|Cannot enable"):
            warehouse._ask_duckdb(outside, ())
    assert warehouse.query(f"{count} where true")["n"][0] == 0, "and one that has failed answers again"


PAGES = ("overview", "map", "topics", "cluster", "changes", "comparisons", "conversations")
OF_ROWS = ("fct_kura__conversations", "fct_kura__conversation_attributes")
OF_CLUSTERS = ("fct_kura__cluster_trends", "fct_kura__cluster_facets", "fct_kura__cluster_examples")


def shown(copy: Path, monkeypatch: pytest.MonkeyPatch, page: str, /, **chosen: str) -> AppTest:
    """Run the script of a page as Streamlit does."""
    monkeypatch.setenv("KURA_PUBLISHED_PATH", str(copy))

    def script(name: str) -> None:
        import importlib

        importlib.import_module("kura_explorer.address").read(name)
        importlib.import_module(f"kura_explorer.pages.{name}").show()

    app = AppTest.from_function(script, kwargs={"name": page}, default_timeout=30)
    app.query_params.update(chosen)
    app.run()
    assert not app.exception, (page, app.exception)
    return app


def said(app: AppTest) -> str:
    return " ".join(str(element.proto) for element in app.get("html"))


def test_before_the_first_conversation_every_page_says_so(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = changed(
        made, tmp_path / "none.duckdb",
        *(f"delete from {table}" for table in (*OF_ROWS, *OF_CLUSTERS, "fct_kura__cluster_lineage", "bridge_kura__cluster_ancestors")),
        "delete from dim_kura__clusters where cluster_id not in ('outliers', 'unprocessed')",
        "update dim_kura__clusters set conversation_count = 0, user_count = 0, share = null",
    )  # fmt: skip
    for page in PAGES:
        app = shown(none, monkeypatch, page)
        assert len(app.info) == 1, page
        assert not app.multiselect
        assert not app.selectbox, "no choice that can't work"
    assert navigation.useful() == ["overview"]


def test_of_one_conversation_and_of_mere_outliers_it_is_told_in_the_singular(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = changed(
        made, tmp_path / "one.duckdb",
        *(f"delete from {table} where conversation_id <> 'c0000004'" for table in OF_ROWS),
        *(f"delete from {table}" for table in OF_CLUSTERS),
        "delete from dim_kura__clusters where level > 0 or cluster_id not in"
        " (select left(cluster_id, 2) from fct_kura__conversations)",
        "update dim_kura__clusters set conversation_count = 1, user_count = 1, is_leaf = true",
        "update fct_kura__conversations set cluster_id = left(cluster_id, 2)",
    )  # fmt: skip
    outliers = changed(
        one, tmp_path / "outliers.duckdb",
        "update dim_kura__clusters set cluster_id = 'outliers', root_cluster_id = 'outliers', is_outliers = true",
        "update fct_kura__conversations set cluster_id = 'outliers', is_outlier = true",
    )  # fmt: skip
    for copy in (one, outliers):
        for page in PAGES:
            shown(copy, monkeypatch, page)
    assert len(shown(one, monkeypatch, "map").columns) == 1, "no empty place for a choice that there isn't"
    assert "1 conversation in 1 topic." in said(shown(one, monkeypatch, "overview"))
    assert "1 conversation, too few alike to make a topic." in said(shown(outliers, monkeypatch, "overview"))


def test_without_tables_that_can_be_switched_off_every_page_works(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = changed(
        made, tmp_path / "few.duckdb", *(f"drop table {table}" for table in (*OF_CLUSTERS, "fct_kura__cluster_lineage"))
    )
    for page in PAGES:
        shown(few, monkeypatch, page)
    assert "changes" not in navigation.useful()


def test_of_numbers_alone_nothing_is_filtered_and_two_stretches_are_compared(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = changed(
        made,
        tmp_path / "numbers.duckdb",
        *(f"drop table {table}" for table in (*OF_ROWS, "fct_kura__cluster_examples")),
    )
    for page in ("overview", "topics", "cluster", "changes"):
        app = shown(numbers, monkeypatch, page)
        assert not app.multiselect
        assert len(app.date_input) == (2 if page == "changes" else 0)
        assert len(app.button) <= 1, "nothing leads to conversations"
    assert "Newest week" in said(shown(numbers, monkeypatch, "overview"))
    assert "Newest conversation" not in said(shown(numbers, monkeypatch, "overview"))
    assert "First week" in said(shown(numbers, monkeypatch, "cluster", id="t4"))
    whole = "Numbers alone are published: counted are the weeks that begin in these days."
    assert whole in [caption.value for caption in shown(numbers, monkeypatch, "comparisons").caption]
    assert whole not in [caption.value for caption in shown(made, monkeypatch, "comparisons").caption]
    # a link with a filter shows other numbers than it did, and says so
    gone = "Filters: what this link asks for is not there any more."
    asked_for = {"facet.segment": "free", "from": "2026-03-01"}
    assert gone in [caption.value for caption in shown(numbers, monkeypatch, "topics", **asked_for).caption]
    assert gone not in [caption.value for caption in shown(numbers, monkeypatch, "topics").caption]
    alike = changed(
        made,
        tmp_path / "alike.duckdb",
        "update fct_kura__conversations set languages = 'german', started_at = null, started_on = null",
    )
    told = [
        caption.value for caption in shown(alike, monkeypatch, "topics", language="german", to="2026-03-01").caption
    ]
    assert [text for text in told if text.endswith("not there any more.")] == [
        f"{label}: what this link asks for is not there any more." for label in ("Time", "Language")
    ]
    assert "Newest conversation" in said(shown(made, monkeypatch, "overview"))


def test_two_stretches_begin_with_the_first_conversation_where_that_is_later_than_its_period(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = changed(
        made, tmp_path / "late.duckdb",
        "delete from fct_kura__conversations where started_at < '2026-05-06 12:00:00'",
        "delete from fct_kura__cluster_trends where period_start < '2026-05-04'",
    )  # fmt: skip
    before: Any = shown(late, monkeypatch, "changes").date_input(key="choice_before").value
    assert dt.date(2026, 5, 6) <= before[0] <= dt.date(2026, 5, 10)
    weeks = periods.overall(periods.trends())
    assert list(periods.is_covered(weeks)) == [False, *weeks["is_complete"].iloc[1:]], (
        "of the first one a part is missing"
    )
    assert weeks["is_complete"].iloc[0]


def test_facets_under_a_filter_are_those_of_the_tables_where_the_filter_takes_nothing_away(table: Path) -> None:
    everything = questions.cluster_facets("t1").set_index(["facet", "value"])["conversation_count"]
    filtered = questions.cluster_facets("t1", Filter(since=dt.date(2000, 1, 1)))
    filtered = filtered[filtered["facet"] != "conversation_length"]  # the made-up tables don't count it
    counts = filtered.set_index(["facet", "value"])["conversation_count"]
    assert dict(counts) == {key: everything[key] for key in counts.index}
    assert len(counts) == len(everything)


def test_outcomes_are_told_where_they_are_known(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = shown(made, monkeypatch, "cluster", id="t0")
    page = said(app)
    assert "Resolved" in page
    assert "end unresolved, a week" in page
    assert "What goes wrong most" in [title.value for title in app.subheader]
    assert "A wait for an answer" in page
    ranked = shown(made, monkeypatch, "overview", sort="opportunity")
    assert "Opportunity" in ranked.button_group(key="choice_sort").options
    assert "outcome" in choice.facets()
    unknown = changed(
        made, tmp_path / "unknown.duckdb",
        "update fct_kura__conversations set outcome = null, issue = null, issue_side = null, outcome_evidence = null",
        "update dim_kura__clusters set resolved_share = null, opportunity = null, frustrated_share = null",
    )  # fmt: skip
    older = changed(
        made, tmp_path / "older.duckdb",
        *(f"alter table fct_kura__conversations drop {name}" for name in ("outcome", "issue", "issue_side", "outcome_evidence")),
        *(f"alter table dim_kura__clusters drop {name}" for name in ("resolved_share", "opportunity", "frustrated_share")),
    )  # fmt: skip
    for copy in (unknown, older):
        for page in PAGES:
            app = shown(copy, monkeypatch, page, sort="opportunity")
            assert "Resolved" not in said(app)
            assert "Outcome" not in [several.label for several in app.multiselect]
        assert "What goes wrong most" not in [title.value for title in shown(copy, monkeypatch, "cluster").subheader]


def test_a_page_whose_tables_are_replaced_or_go_while_it_is_drawn_is_drawn_anew(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = changed(made, tmp_path / "copy.duckdb")
    night = changed(
        made, tmp_path / "night.duckdb",
        *(f"update {table} set cluster_id = 'of_the_night' where cluster_id = 't9m0'" for table in ("dim_kura__clusters", "fct_kura__alerts")),
        "delete from fct_kura__conversations where cluster_id = 't0m1'",
    )  # fmt: skip
    with duckdb.connect(str(night), read_only=True) as connection:
        [(number,)] = connection.execute("select count(*) from kura.fct_kura__conversations").fetchall()
    answer = warehouse._ask_duckdb
    to_come: list[Callable[[Path], object]] = [night.replace]

    def meanwhile(sql: str, parameters: tuple[object, ...]) -> pd.DataFrame:
        if "fct_kura__alerts where" in sql and to_come:
            to_come.pop()(copy)
        return answer(sql, parameters)

    monkeypatch.setenv("KURA_PUBLISHED_PATH", str(copy))
    monkeypatch.setattr(warehouse, "_ask_duckdb", meanwhile)
    st.cache_data.clear()
    app = AppTest.from_file(str(REPOSITORY / "dashboards" / "explorer.py"), default_timeout=30).run()
    assert not app.exception
    assert f"<b>{number}</b>" in said(app), "all of it is of the build that is there"
    to_come.append(Path.unlink)
    st.cache_data.clear()
    app.run()
    assert not app.exception
    assert [title.value for title in app.title] == ["Nothing to show yet"]


def test_a_lake_in_which_nothing_has_been_published_stays_the_same_from_run_to_run(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = "create or replace table kura_publications (published_at timestamp)"
    monkeypatch.setenv("KURA_PUBLISHED_PATH", str(changed(made, tmp_path / "lake.duckdb", empty)))
    monkeypatch.setattr(warehouse, "_is_attached", lambda: True)
    st.cache_data.clear()
    assert not warehouse._is_other_than(warehouse._version()), "or a page would be drawn anew forever"


@pytest.mark.parametrize("column", ["name", "is_leaf", "last_seen_at"])
def test_tables_of_another_release_are_told_on_every_page(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, column: str
) -> None:
    other = changed(made, tmp_path / "other.duckdb", f"alter table dim_kura__clusters drop {column}")
    for page in ("overview", "map", "topics", "cluster", "changes"):
        told = [warning.value for warning in shown(other, monkeypatch, page).warning]
        assert len(told) == 1, page
        assert "another release of Kura than this explorer" in told[0]
        assert f'"{column}"' in told[0]


def test_what_is_unusual_under_a_filter_comes_first_and_not_what_a_handful_wrote(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = changed(
        made, tmp_path / "unusual.duckdb",
        "update fct_kura__conversation_attributes set segment = 'vip' where cluster_id like 't2%' and hash(conversation_id) % 2 = 0",
        "update dim_kura__clusters set conversation_count = 1, share = 1 / 400 where cluster_id = 'outliers'",
        "update fct_kura__conversations set cluster_id = 't1m1' where cluster_id = 'outliers'",
        "update fct_kura__conversations set cluster_id = 'outliers' where conversation_id in (select conversation_id"
        " from fct_kura__conversation_attributes where segment = 'vip' order by conversation_id limit 1)",
    )  # fmt: skip
    link = {"facet.segment": "vip", "sort": "unusual"}
    app = shown(copy, monkeypatch, "overview", **link)
    assert "Unusual" in app.button_group(key="choice_sort").options
    assert any(caption.value.startswith("×: the share among what is filtered") for caption in app.caption)
    chosen = Filter(facets=(("segment", ("vip",)),))
    rows = questions.counted_clusters(chosen).query("level == 0 and chosen_count > 0")
    first, *_ = questions.each(ranking.ordered(rows, periods.movement(periods.trends(chosen)), ranking.UNUSUAL))
    assert first.cluster_id == "t2"
    assert first.lift == pytest.approx(first.chosen_share / first.share)
    lifts = dict(zip(rows["cluster_id"], rows["chosen_share"] / rows["share"], strict=True))
    assert lifts["outliers"] > first.lift, "one alone has the highest"
    assert ranking.note(first, ranking.UNUSUAL) == f"× {first.lift:.1f}"
    cleared = shown(copy, monkeypatch, "overview", sort="unusual")
    assert not [caption for caption in cleared.caption if "not there any more" in caption.value]
    assert "Unusual" not in shown(made, monkeypatch, "overview").button_group(key="choice_sort").options


@pytest.mark.parametrize("is_filtered", [False, True])
def test_a_table_that_is_not_there_is_told_in_a_sentence_or_not_missed(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_filtered: bool
) -> None:
    with duckdb.connect(str(made), read_only=True) as connection:
        tables = [name for (name,) in connection.sql("select table_name from duckdb_tables()").fetchall()]
    chosen = {"facet.segment": "free", "from": "2026-03-01"} if is_filtered else {}
    needed = {
        "bridge_kura__cluster_ancestors",
        "fct_kura__conversation_attributes",
        "fct_kura__runs",
    }
    begun_with = {"dim_kura__clusters", "fct_kura__conversations"}  # without these no page is, or none of conversations
    for table in set(tables) - begun_with:
        copy = changed(made, tmp_path / f"{table}.duckdb", f"drop table {table}")
        told = [
            warning.value for page in (*PAGES, "lenses") for warning in shown(copy, monkeypatch, page, **chosen).warning
        ]
        assert all(f"Table with name {table} does not exist" in warning for warning in told)
        assert bool(told) == (table in needed), (table, told)


OF_FINDINGS = ("fct_kura__tool_calls", "fct_kura__alerts", "fct_kura__comparisons", "fct_kura__cluster_tools")


def test_alerts_comparisons_and_tools_are_shown_where_there_are_any(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    comparison = shown(made, monkeypatch, "comparisons")
    assert [box.label for box in comparison.selectbox] == ["Comparison", "What is compared"]
    assert "01 Apr 2026 to 30 Jun 2026" in said(comparison)
    table = comparison.dataframe[0].value
    assert len(table) == 10
    assert list(table["Difference"].abs()) == sorted(table["Difference"].abs(), reverse=True)
    assert "▲ beyond chance" in list(table["Chance?"])
    assert "comparisons" in navigation.useful()
    assert "Alerts" in [title.value for title in shown(made, monkeypatch, "overview").subheader]
    cluster = shown(made, monkeypatch, "cluster", id="t1")
    assert {"Calls", "Failed", "Retries", "Loops"} <= set(cluster.dataframe[0].value)
    for name, statement in (("empty", "delete from"), ("missing", "drop table")):
        none = changed(made, tmp_path / f"{name}.duckdb", *(f"{statement} {table}" for table in OF_FINDINGS))
        titles = [title.value for page in PAGES for title in shown(none, monkeypatch, page).subheader]
        assert not {"Alerts", "Tools"} & set(titles)
        assert "comparisons" not in navigation.useful()
        assert len(shown(none, monkeypatch, "comparisons").info) == 1


def test_a_comparison_says_in_words_what_it_is_of_and_whether_chance_may_have_made_it() -> None:
    assert findings.side("period", "2026-01-01/2026-02-01") == "01 Jan 2026 to 31 Jan 2026"
    assert findings.side("period", "odd") == "odd"
    assert findings.side("version", "2026-01/x") == "2026-01/x"
    assert [findings.verdict(*pair) for pair in ((0.1, 0.01), (-0.1, 0.049), (0.1, 0.05), (0.1, float("nan")))] == [
        "▲ beyond chance", "▼ beyond chance", "may be chance", "not tested",
    ]  # fmt: skip


def test_what_is_to_be_gained_under_a_filter_is_counted_from_its_conversations(table: Path) -> None:
    chosen = Filter(since=dt.date(2026, 3, 2), until=dt.date(2026, 3, 15), facets=(("segment", ("free",)),))
    with duckdb.connect(str(table), read_only=True) as connection:
        [(unresolved, resolved)] = connection.sql(
            "select count(*) filter (outcome = 'unresolved') / 2, avg((outcome = 'resolved')::int)"
            " from kura.fct_kura__conversations inner join kura.fct_kura__conversation_attributes using (conversation_id)"
            " where segment = 'free' and started_at >= '2026-03-02' and started_at < '2026-03-16'"
        ).fetchall()
    rows = questions.counted_clusters(chosen)
    assert rows.loc[rows["level"] == 0, "opportunity"].sum() == pytest.approx(unresolved)
    assert outcomes.resolved_share(chosen) == pytest.approx(resolved)


def test_a_link_with_nonsense_in_it_shows_the_page_as_it_is(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nonsense = {
        "from": "yesterday", "to": "9999-99-99", "language": "klingon", "facet.segment": "'; drop", "facet.nothing": "x",
        "colour": "Mood", "focus": "t99", "area": "1;2", "sort": "up", "level": "9", "id": "nobody", "at": "nowhere",
        "page": "-7", "order": "random", "in": "nowhere", "before": "x", "after": "2031-01-01",
    }  # fmt: skip
    for page in PAGES:
        plain, odd = shown(made, monkeypatch, page), shown(made, monkeypatch, page, **nonsense)
        assert [select.value for select in odd.selectbox] == [select.value for select in plain.selectbox], page


def test_a_bar_beside_the_average_is_told_to_who_does_not_see_it(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(st, "html", written.append)
    look.against_average(
        pd.DataFrame([{"value": "long", "conversation_count": 4, "share": 0.5, "share_everywhere": 0.25, "lift": 2.0}])
    )
    assert "role='img' aria-label='4 conversations, 50.0 % here, 25.0 % everywhere'" in written[0]


def test_text_loses_what_a_screen_obeys_and_nothing_else() -> None:
    rows = cleaned(pd.DataFrame({"text": ["a\u202eb\x1b[31mc\x00", "ä – 漢字\nنص 🙂", None], "number": [1, 2, 3]}))
    assert list(rows["text"]) == ["ab[31mc", "ä – 漢字\nنص 🙂", None]
    assert cleaned(pd.DataFrame({"text": ["a"]})[:0]).dtypes["text"] == rows.dtypes["text"], "no texts are still texts"


@pytest.mark.parametrize("isolate", [isolated, page_of_a_report._isolated])
def test_a_number_behind_a_name_from_right_to_left_stays_behind_it(isolate: Callable[[str], str]) -> None:
    assert (
        isolate("About طردي, الطلب رقم and <b>. 38 more") == "About <bdi>طردي, الطلب رقم</bdi> and &lt;b&gt;. 38 more"
    )
    assert isolate("هل الدفع عبر PayPal آمن؟") == "هل الدفع عبر PayPal آمن؟", "all of which goes from right to left"
    assert isolate("38 & more") == "38 &amp; more"


def test_what_all_conversations_have_alike_is_not_told_of_a_cluster(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alike = changed(
        made, tmp_path / "alike.duckdb",
        "update fct_kura__cluster_facets set share = 1, lift = 1 where cluster_id = 't4' and facet = 'segment'",
    )  # fmt: skip
    monkeypatch.setenv("KURA_PUBLISHED_PATH", str(alike))
    facets = set(questions.cluster_facets("t4")["facet"])
    assert facets
    assert "segment" not in facets
    monkeypatch.setenv("KURA_PUBLISHED_PATH", str(made))
    assert set(questions.cluster_facets("t4")["facet"]) == facets | {"segment"}


def test_markdown_and_formulas_are_disarmed() -> None:
    assert markdown("[x](javascript:y) :red[z]") == r"\[x\]\(javascript\:y\) \:red\[z\]"
    rows = for_spreadsheet(pd.DataFrame({"text": ["=1+1", " @x", "plain", "-"], "number": [-1, 2, 3, 4]}))
    assert list(rows["text"]) == ["'=1+1", "' @x", "plain", "'-"]
    assert list(rows["number"]) == [-1, 2, 3, 4]
    for start in ("=", "+", "-", "@", "\t", "\r", "\n", "  =", "\u00a0+", "＝", "＠"):
        assert list(for_spreadsheet(pd.DataFrame({"text": [f"{start}cmd|' /C calc'!A0", "fine", None]}))["text"])[
            :2
        ] == [
            f"'{start}cmd|' /C calc'!A0",
            "fine",
        ]


def test_every_table_and_chart_with_texts_goes_through_what_disarms_formulas() -> None:
    pages = Path(warehouse.__file__).parent
    for file in pages.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text())):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                continue
            if call.func.attr in ("dataframe", "data_editor", "table"):
                assert ast.unparse(call.args[0]).startswith("for_spreadsheet("), (file, call.lineno)
            assert call.func.attr != "altair_chart", "charts.show is quicker"
            if ast.unparse(call.func) == "charts.show" and "over_time" not in ast.unparse(call):  # periods and numbers
                assert "for_spreadsheet(" in ast.unparse(call), (file, call.lineno)


def test_in_a_container_of_snowflake_the_connection_of_the_account_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "token").touch()
    monkeypatch.delenv("KURA_PUBLISHED_PATH", raising=False)
    monkeypatch.setenv("KURA_SCHEMA", "analytics.kura")
    monkeypatch.setattr(warehouse, "TOKEN", tmp_path / "token")
    asked = []

    class Account:
        def query(self, sql: str, *, params: list[str], **_: object) -> pd.DataFrame:
            asked.append((sql, params))
            return pd.DataFrame({"SUMMARY": ["a\u202eb"]})

    monkeypatch.setattr(st, "connection", lambda _: Account())
    assert list(questions.examples("c1")["summary"]) == ["ab"]
    [(_, _), (sql, parameters)] = asked  # the first asks whether the table is there
    assert "from analytics.kura.fct_kura__cluster_examples where cluster_id = ?" in sql
    assert parameters == ["c1"]


def test_the_schema_is_the_one_that_has_the_tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KURA_PUBLISHED_PATH", str(tmp_path / "kura.duckdb"))
    monkeypatch.delenv("KURA_SCHEMA", raising=False)
    with duckdb.connect(str(tmp_path / "kura.duckdb")) as connection:
        connection.execute('create schema "our insights"')
        connection.execute('create table "our insights".dim_kura__clusters as select 1 as cluster_id')
    warehouse.check()
    with duckdb.connect(str(tmp_path / "kura.duckdb")) as connection:
        connection.execute("create schema dev; create table dev.dim_kura__clusters as select 1 as cluster_id")
    with pytest.raises(warehouse.NoTablesError, match=r"(?s)several schemas .*: dev, our insights\..*KURA_SCHEMA"):
        warehouse.check()
    monkeypatch.setenv("KURA_SCHEMA", "dev")
    warehouse.check()


def test_a_file_without_tables_of_kura_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KURA_PUBLISHED_PATH", str(tmp_path / "empty.duckdb"))
    monkeypatch.delenv("KURA_SCHEMA", raising=False)
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    with pytest.raises(warehouse.NoTablesError, match=r"no tables of Kura in .*empty\.duckdb"):
        warehouse.check()


def test_in_snowflake_the_schema_is_looked_up_once_and_written_as_it_is_called(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "token").touch()
    for name in ("KURA_PUBLISHED_PATH", "KURA_SCHEMA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(warehouse, "TOKEN", tmp_path / "token")
    st.cache_data.clear()
    asked = []

    class Account:
        def query(self, sql: str, **_: object) -> pd.DataFrame:
            asked.append(sql)
            return pd.DataFrame({"TABLE_SCHEMA": ["MARTS"]} if "information_schema" in sql else {"SUMMARY": ["a"]})

    monkeypatch.setattr(st, "connection", lambda _: Account())
    for cluster in ("c1", "c2"):
        assert list(questions.examples(cluster)["summary"]) == ["a"]
    assert ["information_schema" in sql for sql in asked] == [True, False, False, False]
    assert 'from "MARTS".fct_kura__cluster_examples' in asked[1]


def test_a_search_in_the_build_s_own_file_finds_what_is_meant_and_without_vectors_what_is_written(
    monkeypatch: pytest.MonkeyPatch, table: Path
) -> None:
    words = choice.EVERYTHING.within("the user writes")
    assert search.nearest(words.words) == ()
    assert questions.totals(words)["conversations"] > 300
    monkeypatch.setattr(
        search, "nearest", lambda asked: ("c0000117", "c0000004") if asked == "lost in the post" else ()
    )
    meant = choice.EVERYTHING.within("lost in the post")
    assert list(questions.conversations(meant, 10, 0, "nearest")["conversation_id"]) == ["c0000117", "c0000004"]
    assert questions.totals(meant)["conversations"] == 2


def test_where_everything_is_too_small_every_page_says_so(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = changed(
        made, tmp_path / "small.duckdb",
        "update dim_kura__clusters set is_suppressed = true, name = 'Too few to name'", "delete from fct_kura__alerts",
    )  # fmt: skip
    for page in PAGES:
        shown(small, monkeypatch, page)


HIDDEN = "conversation_count = null, user_count = null, share = null, trend = null, trend_score = null"


@pytest.fixture
def folded(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Numbers alone, of which those of t1 are told in no week of June, nor is how frequent others are."""
    copy = changed(
        made, tmp_path / "folded.duckdb", *(f"drop table {table}" for table in (*OF_ROWS, "fct_kura__cluster_examples")),
        "update fct_kura__cluster_trends set conversation_count = conversation_count + coalesce((select t.conversation_count"
        " from fct_kura__cluster_trends as t where t.cluster_id = 't1' and t.period_start = fct_kura__cluster_trends.period_start), 0)"
        " where cluster_id = 'outliers' and period_start >= '2026-06-01'",
        f"update fct_kura__cluster_trends set {HIDDEN} where cluster_id like 't1%' and period_start >= '2026-06-01'",
        "update fct_kura__cluster_facets set lift = null where facet = 'segment'",
    )  # fmt: skip
    monkeypatch.setenv("KURA_PUBLISHED_PATH", str(copy))
    return copy


def test_what_is_not_told_is_not_taken_for_nothing(folded: Path, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    halves = (
        periods.Stretch(dt.date(2026, 4, 6), dt.date(2026, 5, 17)),
        periods.Stretch(dt.date(2026, 5, 18), dt.date(2026, 6, 28)),
    )
    rows = periods.compared(*halves, choice.EVERYTHING)
    assert not rows["cluster_id"].str.startswith("t1").any(), "it hasn't faded: nobody knows"
    moved = periods.movement(periods.trends())
    assert list(moved.loc["t1", ["before", "lately"]].isna()) == [False, True]
    totals = [
        (int(rows[f"{name}_total"].iloc[0]), periods.figures(stretch, choice.EVERYTHING)["conversations"])
        for name, stretch in zip(("before", "after"), halves, strict=True)
    ]
    app = shown(folded, monkeypatch, "changes")
    assert any("left out" in caption.value for caption in app.caption)
    app = shown(folded, monkeypatch, "cluster", id="t1")
    assert any("too few to be told" in caption.value for caption in app.caption)
    assert "nan" not in said(app)
    monkeypatch.setenv("KURA_PUBLISHED_PATH", str(made))
    assert totals == [(periods.figures(stretch, choice.EVERYTHING)["conversations"],) * 2 for stretch in halves]


def test_where_of_no_topic_any_week_is_told_no_empty_charts_are_drawn_and_no_filter_is_to_blame(
    folded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = changed(
        folded, tmp_path / "untold.duckdb", f"update fct_kura__cluster_trends set {HIDDEN} where cluster_id <> 'outliers'",
        "update fct_kura__cluster_facets set value = 'other', lift = null where cluster_id = 't2'",
    )  # fmt: skip
    app = shown(copy, monkeypatch, "cluster", id="t2")
    assert "Too few in each week to be told." in [caption.value for caption in app.caption]
    assert not app.get("vega_lite_chart")
    assert "Against the average" not in [title.value for title in app.subheader]
    app = shown(copy, monkeypatch, "changes")
    assert not app.info
    assert [caption.value for caption in app.caption] == [
        "Clusters that have too few conversations to be told in one of the weeks are left out."
    ]
    assert "In no topic" in said(shown(copy, monkeypatch, "overview"))
    assert shown(folded, monkeypatch, "cluster", id="t2").get("vega_lite_chart")


def drawn(chart: alt.Chart) -> list[str]:
    """Return the texts of a chart as it is drawn."""
    svg = vl_convert.vegalite_to_svg(chart.properties(width=900).to_dict())
    return re.findall(r"<text[^>]*>([^<]+)</text>", svg)


def weeks(first: str, number: int, counts: list[float] | None = None) -> pd.DataFrame:
    starts = pd.date_range(first, periods=number, freq="7D")
    rows = pd.DataFrame(
        {"period": "week", "period_start": starts, "is_complete": True, "conversation_count": counts or 5.0}
    )
    return rows.assign(share=rows["conversation_count"] / 100)


def test_what_is_usually_compared_is_the_last_whole_day_week_and_month_beside_the_one_before(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def days(copy: Path) -> dict[str, list[str]]:
        monkeypatch.setenv("KURA_PUBLISHED_PATH", str(copy))
        return {
            name: [f"{day:%m-%d}" for stretch in both for day in (stretch.first, stretch.last)]
            for name, both in periods.usual().items()
        }

    halves, week = ["04-06", "05-17", "05-18", "06-28"], ["06-15", "06-21", "06-22", "06-28"]
    months = ["05-01", "05-31", "06-01", "06-30"]
    assert days(made) == {  # the last conversation is of Sunday, the 5th of July, and of its day nobody knows whether it is over
        "Last 6 weeks": halves, "Last day": ["07-03", "07-03", "07-04", "07-04"], "Last week": week, "Last month": months,
    }  # fmt: skip
    over = changed(made, tmp_path / "over.duckdb", "update fct_kura__cluster_trends set is_complete = true")
    assert days(over)["Last day"] == ["07-04", "07-04", "07-05", "07-05"]
    assert days(over)["Last week"] == ["06-22", "06-28", "06-29", "07-05"]
    numbers = changed(made, tmp_path / "numbers.duckdb", *(f"drop table {table}" for table in OF_ROWS))
    assert days(numbers) == {"Last 6 weeks": halves, "Last week": week}, "only weeks are known"
    late = changed(
        made, tmp_path / "late.duckdb", "delete from fct_kura__conversations where started_at < '2026-06-15'",
        "delete from fct_kura__cluster_trends where period_start < '2026-06-15'",
    )  # fmt: skip
    assert list(days(late)) == ["Last week", "Last day"], "its halves are the same weeks, and there is no month before"


def test_tools_are_counted_over_everything_and_by_topic_under_the_filters(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = changed(
        made, tmp_path / "tools.duckdb",
        "update fct_kura__tool_calls set status = 'unanswered', is_failed = false where hash(conversation_id) % 7 = 0",
        "update fct_kura__tool_calls set status = 'unanswered', is_failed = false where cluster_id like 't3%'",
        "delete from fct_kura__cluster_tools",
        "insert into fct_kura__cluster_tools by name select b.ancestor_cluster_id as cluster_id, c.tool, count(*) as call_count,"
        " round(count(*) filter (c.is_failed) / nullif(count(*) filter (c.status <> 'unanswered'), 0), 1) as failed_share"
        " from fct_kura__tool_calls as c inner join bridge_kura__cluster_ancestors as b on c.cluster_id = b.descendant_cluster_id group by all",
    )  # fmt: skip
    monkeypatch.setenv("KURA_PUBLISHED_PATH", str(copy))
    for chosen, where in ((choice.EVERYTHING, "true"), (Filter(languages=("german",)), "languages = 'german'")):
        told = findings.tools_of_topics(chosen)
        with duckdb.connect(str(copy), read_only=True) as connection:
            counted = connection.sql(
                "select tool, left(c.cluster_id, 2) as topic, count(*), count(*) filter (c.is_failed) / nullif(count(*) filter (c.status <> 'unanswered'), 0)"
                " from kura.fct_kura__tool_calls as c inner join kura.fct_kura__conversations using (conversation_id)"
                f" where {where} and c.cluster_id like 't%' group by all"
            ).fetchall()
        topics = told[told["cluster_id"].str.startswith("t")]
        shares = findings.failed(topics).astype(object).where(lambda share: share.notna(), None)
        columns = (topics["tool"], topics["cluster_id"], topics["call_count"], shares)
        assert sorted(zip(*columns, strict=True), key=str) == sorted(counted, key=str)
    app = shown(copy, monkeypatch, "overview")
    assert "Tools" in [title.value for title in app.subheader]
    numbers = changed(
        copy, tmp_path / "numbers.duckdb", *(f"drop table {table}" for table in (*OF_ROWS, "fct_kura__tool_calls"))
    )
    everything = findings.tools_of_topics()
    monkeypatch.setenv("KURA_PUBLISHED_PATH", str(numbers))
    alone = findings.tools_of_topics()
    assert alone["call_count"].sum() == everything["call_count"].sum()
    assert findings.failed(alone[alone["cluster_id"] == "t3"]).isna().all(), "where no call was answered, none failed"
    assert set(findings.failed(alone).dropna() * 10 % 1) == {0.0}, "of rounded shares no more is known than one digit"
    assert "Tools" in [title.value for title in shown(numbers, monkeypatch, "overview").subheader]
    without = changed(
        made, tmp_path / "without.duckdb", "drop table fct_kura__tool_calls", "drop table fct_kura__cluster_tools"
    )
    assert "Tools" not in [title.value for title in shown(without, monkeypatch, "overview").subheader]


def test_names_beside_bars_are_in_lines_and_each_has_bars_of_its_own(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "Parcels that were said to be delivered and that nobody in the house has seen"
    much = " and much more of which there is no end in sight that anybody could tell"
    copy = changed(
        made, tmp_path / "long.duckdb", f"update dim_kura__clusters set name = '{name}', path = name where cluster_id = 't1'",
        f"update dim_kura__clusters set name = '{name}{much} ' || cluster_id, path = name where cluster_id in ('t2', 't3')",
    )  # fmt: skip
    monkeypatch.setenv("KURA_PUBLISHED_PATH", str(copy))
    rows = periods.compared(*periods.usual()["Last 6 weeks"], choice.EVERYTHING)
    svg = vl_convert.vegalite_to_svg({**charts.side_by_side(rows[rows["level"] == 0]).to_dict(), "width": 700})
    texts = [text.removesuffix("</tspan>") for text in re.findall(r"<tspan[^>]*>([^<]+)", svg)]
    assert texts[:3] == ["Parcels that were said to be", "delivered and that nobody in the", "house has seen"]
    assert [text for text in texts if "…" in text] == [
        "house has seen and much more …",
        "house has seen and much more … (2)",
    ]
    assert len(set(re.findall(r"<path aria-label=\"([^\"]+)", svg))) == 2 * len(rows[rows["level"] == 0])


@pytest.mark.parametrize("chart", [charts.over_time, charts.share_over_time])
def test_a_week_that_is_not_told_keeps_its_place_and_its_day_a_year_where_there_are_several(
    chart: Callable[..., alt.Chart],
) -> None:
    all_weeks = [text for text in drawn(chart(weeks("2026-03-02", 6))) if "Mar" in text or "Apr" in text]
    assert all_weeks == ["02 Mar", "09 Mar", "16 Mar", "23 Mar", "30 Mar", "06 Apr"]
    gaps = drawn(chart(weeks("2026-03-02", 6, [1, np.nan, 3, np.nan, np.nan, 2])))
    assert [text for text in gaps if "Mar" in text or "Apr" in text] == all_weeks
    days = [text for text in drawn(chart(weeks("2023-11-20", 150))) if re.match(r"\d\d [A-Z]", text)]
    assert days[0] == "20 Nov 2023"
    assert len(set(days)) == len(days) > 2


def test_clusters_of_one_name_are_told_apart(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = pd.DataFrame(
        {"name": ["Other", "Late", "Other", "Other"], "path": ["A > Other", "A > Late", "B > Other", "B > Other"]}
    )
    assert list(told_apart(rows)["name"]) == ["A > Other", "Late", "B > Other", "B > Other (2)"]
    others = changed(
        made, tmp_path / "others.duckdb",
        "update dim_kura__clusters set name = 'Other', path = level_0_name || ' > Other' where not is_outliers and is_leaf and level = 1",
    )  # fmt: skip
    for page in ("changes", "comparisons"):
        [table] = shown(others, monkeypatch, page, level="clusters").dataframe
        assert table.value["Cluster"].is_unique
        assert len(table.value) > 20


def test_a_link_to_what_is_gone_says_so_and_leads_to_where_it_went(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = changed(
        made, tmp_path / "refitted.duckdb",
        "insert into fct_kura__cluster_lineage by name select 'conversation' as lens, old as old_cluster_id, new as new_cluster_id,"
        " 'merged' as change from (values ('old', 'older'), ('older', 't4'), ('old', 't2'), ('t2', 't3')) as moved (old, new)",
    )  # fmt: skip

    def gone(page: str, **chosen: str) -> list[str]:
        return [
            caption.value
            for caption in shown(copy, monkeypatch, page, **chosen).caption
            if "this link asks" in caption.value
        ]

    assert (
        len(gone("cluster", id="old"))
        == len(gone("conversations", **{"in": "old"}))
        == len(gone("map", focus="old"))
        == 1
    )
    assert len(gone("topics", at="old")) == len(gone("lenses", at="old")) == 1
    for page, name in (
        ("cluster", "id"),
        ("conversations", "in"),
        ("map", "focus"),
        ("topics", "at"),
        ("lenses", "at"),
    ):
        led = [
            caption.value == "Its conversations went to:"
            for chosen in ("old", "t4")
            for caption in shown(copy, monkeypatch, page, **{name: chosen}).caption
        ]
        assert sum(led) == 1, (page, "where it went is said, and nothing of what is there")
    assert not gone("topics", at="t4")
    assert len(gone("overview", **{"facet.segment": "x", "facet.plan": "y"})) == 2
    assert not gone("cluster", id="t4")
    assert questions.heirs("old", ["t2", "t3", "t4"]) == {"t2", "t4"}
    assert questions.heirs("nobody", ["t2"]) == set()


def test_a_number_of_somebody_s_own_stands_as_it_is() -> None:
    assert [look.value(it) for it in (0.371, 12.0, 1234567.5, 3, True, "x")] == [
        "0.371",
        "12",
        "1234567.5",
        "3",
        "True",
        "x",
    ]


def test_a_link_with_days_shows_them_as_far_as_there_are_conversations(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, last = dt.date(2026, 1, 5), dt.date(2026, 7, 5)

    def days(**chosen: str) -> Any:
        app = shown(made, monkeypatch, "conversations", **chosen)
        gone = any("this link asks" in caption.value for caption in app.caption)
        return app.date_input(key="choice_from").value, gone

    assert days(to="2026-03-01") == ((first, dt.date(2026, 3, 1)), False)
    assert days(**{"from": "2025-03-01", "to": "2026-03-01"}) == ((first, dt.date(2026, 3, 1)), False)
    assert days(**{"from": "2026-03-01", "to": "2027-01-01"}) == ((dt.date(2026, 3, 1), last), False)
    assert days(**{"from": "2024-01-01", "to": "2024-02-01"}) == ((), True)


def test_numbers_beside_each_other_say_of_how_many_days_they_are(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "before → after, 42 days each" in said(shown(made, monkeypatch, "changes"))
    week = {"before": "2026-05-04", "before_to": "2026-05-31", "after": "2026-06-01", "after_to": "2026-06-07"}
    assert "before → after, in 28 → 7 days" in said(shown(made, monkeypatch, "changes", **week))
    assert "in 18 → 7 days" in said(shown(made, monkeypatch, "changes", **week, **{"from": "2026-05-14"}))


def test_filters_in_words_say_what_their_values_are_of() -> None:
    facets = (("user_frustration", ("4", "5")), ("concerning_score", ("5",)))
    chosen = Filter(dt.date(2026, 3, 1), None, ("german", "english"), facets)
    assert filters.words(chosen) == "01 Mar 2026 to now, german or english, Frustration 4 or 5, Concern 5"
    assert filters.words(choice.EVERYTHING) == ""


def test_nothing_is_compared_with_days_that_a_filter_leaves_out(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = shown(made, monkeypatch, "changes", **{"from": "2026-06-10", "to": "2026-06-20"})
    assert not app.dataframe
    assert "no conversation of 06 Apr 2026 to 17 May 2026" in app.info[0].value


def test_of_a_hidden_cluster_its_page_says_the_number_and_nothing_else(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = changed(
        made, tmp_path / "hidden.duckdb",
        "update dim_kura__clusters set is_suppressed = true, name = 'Hidden', description = null where cluster_id = 't4'",
    )  # fmt: skip
    with duckdb.connect(str(copy), read_only=True) as connection:
        counted = "select count(*), count(*) filter (segment = 'team') from kura.fct_kura__conversation_attributes"
        [(everything, team)] = connection.sql(f"{counted} where cluster_id like 't4%'").fetchall()
    app = shown(copy, monkeypatch, "cluster", id="t4")
    assert f"{everything} conversations" in said(app)
    assert [info.value for info in app.info] == ["An edit hides it."]
    assert not app.subheader or [title.value for title in app.subheader] == ["Filters"]
    filtered = said(shown(copy, monkeypatch, "cluster", id="t4", **{"facet.segment": "team"}))
    assert f"{team} of {everything} conversations" in filtered
    above = changed(
        copy, tmp_path / "above.duckdb",
        "update dim_kura__clusters set is_suppressed = true, name = 'Hidden' where parent_cluster_id = 't4'",
        "update dim_kura__clusters set name = 'Too few to name' where cluster_id = 't4'",
    )  # fmt: skip
    assert [info.value for info in shown(above, monkeypatch, "cluster", id="t4").info] == [
        "All that is in it is hidden by edits."
    ]


def test_how_many_are_left_out_for_want_of_a_name_is_said_where_they_are(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suppress = "update dim_kura__clusters set is_suppressed = true where"
    some = changed(
        made, tmp_path / "some.duckdb", f"{suppress} cluster_id in ('t4', 't4m1', 't4m2', 't5')",
        "delete from fct_kura__comparisons where cluster_id in ('t4', 't4m1', 't4m2', 't5')",
    )  # fmt: skip
    everything = changed(made, tmp_path / "everything.duckdb", f"{suppress} not is_outliers and not is_unprocessed")

    def left_out(copy: Path, page: str, **chosen: str) -> list[str]:
        return [it.value for it in shown(copy, monkeypatch, page, **chosen).caption if it.value.startswith("Left out")]

    assert left_out(some, "changes") == ["Left out: 2 topics hidden by an edit, or too small to be named."]
    assert left_out(some, "comparisons", level="clusters") == [
        "Left out, and in no total: 2 clusters hidden by an edit, or too small to be named."
    ]
    for page in ("changes", "comparisons"):
        assert left_out(made, page) == []
        assert left_out(everything, page) == ["Left out: 10 topics hidden by an edit, or too small to be named."]
    assert not any("Clear a filter" in info.value for info in shown(everything, monkeypatch, "changes").info)


@pytest.mark.parametrize("page", [page for page in PAGES if page != "comparisons"])
def test_the_browser_s_tab_is_named_after_the_filters(page: str, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []
    monkeypatch.setattr(look, "titled", names.append)
    shown(made, monkeypatch, page)
    assert "german" not in names[-1]
    shown(made, monkeypatch, page, language="german", **{"facet.segment": "free"})
    assert names[-1].endswith("german, Segment free")


def test_a_download_that_is_cut_says_so(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = []
    monkeypatch.setattr(st, "download_button", lambda label, *_, **__: labels.append(label))
    shown(made, monkeypatch, "conversations")
    monkeypatch.setattr(questions, "DOWNLOAD_ROWS", 10)
    shown(made, monkeypatch, "conversations")
    assert labels == ["Download as CSV", "Download the first 10 as CSV"]


def test_a_table_is_on_paper_with_all_its_rows_and_columns_in_the_forms_of_the_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[str] = []
    monkeypatch.setattr(st, "html", written.append)
    columns = st.column_config
    rows = pd.DataFrame(
        {
            "name": ["<b>Late</b>", None],
            "share": [0.034, np.nan],
            "change": [1.25, -0.5],
            "at": [pd.Timestamp("2026-03-01 10:02:03"), pd.NaT],
            "range": ["data:image/svg+xml;base64,AA", ""],
            "calls": [1200, 3],
        }
    )
    look.printed(
        "Clusters", rows,
        {
            "name": "Cluster", "share": columns.NumberColumn(format="percent"), "range": columns.ImageColumn(),
            "change": columns.NumberColumn("Change (points)", format="%+.1f"), "at": columns.DatetimeColumn(format="YYYY-MM-DD HH:mm"),
        },
    )  # fmt: skip
    [table] = written
    assert re.findall("<th>([^<]*)", table) == ["Cluster", "share", "Change (points)", "at", "range", "calls"]
    cells = re.findall("<td[^>]*>(.*?)</td>", table)
    assert cells[:4] == ["&lt;b&gt;Late&lt;/b&gt;", "3.4 %", "+1.2", "2026-03-01 10:02"]
    assert cells[4:] == [
        "<img alt='' src='data:image/svg+xml;base64,AA'>", "1200", "–", "–", "-0.5", "–", "<img alt='' src=''>", "3",
    ]  # fmt: skip


def test_an_alert_says_since_when_it_is_so_apart_from_the_share_of_late() -> None:
    assert look.alert("spike", dt.date(2025, 11, 3))[0] == "▲ sudden rise since 03 Nov 2025"
    assert look.alert("new", None)[0] == "✦ new topic"
    assert [look.usual_and_now(usual, 0.25) for usual in (0.1, None)] == ["10.0 % → 25.0 %", "25.0 %"]


def test_a_row_that_is_picked_on_a_page_of_the_build_before_opens_nothing(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = changed(made, tmp_path / "later.duckdb", "update fct_kura__runs set started_at = '2026-07-07 04:00:00'")
    keys = []
    monkeypatch.setattr(st, "dataframe", lambda *_, key, **__: keys.append(key))
    monkeypatch.setattr(st, "html", str)
    for copy in (made, made, later):
        monkeypatch.setenv("KURA_PUBLISHED_PATH", str(copy))
        lists.show("Clusters", pd.DataFrame({"name": ["Late"]}), {}, key="clusters")
    assert keys[0] == keys[1] != keys[2]


def test_a_difference_that_is_nothing_in_print_has_no_sign_on_screen_and_on_paper(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [look.points(it) for it in (0.031, -0.031, 0.0004, -0.0004, 0.0, -0.0)] == ["+3.1", "-3.1"] + ["0.0"] * 4
    near = changed(
        made, tmp_path / "near.duckdb", "update fct_kura__comparisons set share_difference = -0.0004, share = 0.00001"
    )
    app = shown(near, monkeypatch, "comparisons")
    table = app.dataframe[0]
    written = pa.ipc.open_stream(table.proto.arrow_data.styler.display_values).read_pandas()
    assert set(written.iloc[:, list(table.value).index("Difference")]) == {"0.0"}
    assert set(written.iloc[:, list(table.value).index("Share")]) == {"< 0.1 %"}
    assert list(table.value["Difference"]) == [-0.0004] * len(written), "sorted and saved as the number that it is"
    assert "<td class=number>0.0</td>" in said(app)
    assert not re.search(r">[+-]0\.0<", said(app))


def test_rows_are_as_high_as_the_longest_name_wants() -> None:
    assert lists.height_of(pd.Series(["Late", "Lost"])) == lists.ROW_HEIGHT
    assert lists.height_of(pd.Series(["Late", "A parcel that was lost abroad"])) == lists.LINES_HEIGHT
    assert lists.height_of(pd.Series([], dtype=str)) == lists.ROW_HEIGHT
    five = "A parcel to a country outside of the union for which customs wanted an invoice twice"
    assert lists.height_of(pd.Series(["Late", five])) == lists.LINES_HEIGHT + 2 * lists.LINE_HEIGHT


@pytest.mark.parametrize(
    ("page", "asked", "gone"),
    [
        ("overview", {"facet.": "x", "level": "99", "from": "2026-99-99"}, ["Time", "Filters", "Level"]),
        (
            "conversations",
            {"in.nothing": "x", "page": "0", "facet.<b>": ":red[x]"},
            ["\\<b\\>", "Nothing", "Page of 4"],
        ),
        ("map", {"area": "1,2;nan"}, ["Drawn around"]),
        ("lenses", {"across": "nothing"}, ["Across"]),
    ],
)
def test_what_an_address_asks_for_and_nobody_has_is_said_on_the_page(
    made: Path, monkeypatch: pytest.MonkeyPatch, page: str, asked: dict[str, str], gone: list[str]
) -> None:
    app = shown(made, monkeypatch, page, **asked)
    told = [text.value for text in app.caption if "what this link asks for" in text.value]
    assert sorted(told) == sorted(f"{name}: what this link asks for is not there any more." for name in gone)


def test_what_is_left_out_of_an_address_is_said_on_the_page_and_not_in_the_sidebar_that_a_telephone_folds(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KURA_PUBLISHED_PATH", str(made))
    app = AppTest.from_file(Path(look.__file__).parents[1] / "explorer.py", default_timeout=30)
    app.query_params.update(
        {"cluster": "t1", "": "x", "to": ["2026-05-01", "2026-06-01"], "facet.segment": ["none", "free", "free"]}
    )
    assert not app.run().exception
    assert [text.value for text in app.main.caption][:3] == [
        "Nothing is read from this link under: cluster, (no name).", "This link says more than once: to. The first holds.",
        "Segment: what this link asks for is not there any more.",
    ]  # fmt: skip
    assert not app.sidebar.caption
    assert [box.value for box in app.multiselect if box.label == "Segment"] == [["free"]]


def test_a_day_without_alerts_says_why(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short = changed(
        made, tmp_path / "short.duckdb", "delete from fct_kura__alerts",
        "delete from fct_kura__cluster_trends where period_start > '2026-01-26'",
    )  # fmt: skip
    [told] = [
        text.value for text in shown(short, monkeypatch, "overview").caption if text.value.startswith("Alerts: none.")
    ]
    assert told.endswith("from 5 weeks on a sudden rise, from 8 on what is new or grows; there are 4.")
    assert "What has gone on for longer is usual by now" in overview.quiet(8, "week")


def test_what_streamlit_makes_signs_of_though_it_is_escaped_is_taken_apart() -> None:
    for name in (":material/delete:", ":streamlit:", "a -> b", "a <- b", "a -- b", "a >= b"):
        shown_as = markdown(name).replace("\\", "")
        assert name not in shown_as
        assert shown_as.replace("\u2060", "") == name
    assert "\u2060" not in markdown("e-mail: 5 > 3")


def test_what_has_no_times_has_no_figures_of_them(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    timeless = changed(
        made, tmp_path / "timeless.duckdb",
        "update fct_kura__conversations set started_at = null, ended_at = null, started_on = null, user_id = 'u'",
        *(f"delete from fct_kura__{table}" for table in ("cluster_trends", "alerts", "comparisons")),
    )  # fmt: skip
    page = shown(timeless, monkeypatch, "overview")
    assert "Newest conversation" not in said(page)
    assert "one id" in said(page)
    assert not [text.value for text in page.caption if text.value.startswith("Alerts")]
    headed = [
        [title.value for column in each.columns for title in column.subheader]
        for each in (page, shown(made, monkeypatch, "overview"))
    ]
    assert ["Topics" in titles for titles in headed] == [False, True], "nothing stands beside them"
    cluster = shown(timeless, monkeypatch, "cluster")
    assert "First seen" not in said(cluster)
    assert not [title.value for title in cluster.subheader if title.value.startswith("Conversations per")]
    changes = shown(timeless, monkeypatch, "changes")
    assert [text.value for text in changes.caption] == [
        "The conversations have no times, or their periods have not been built."
    ]


def test_a_change_that_may_be_chance_is_called_so(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weeks = {"before": "2026-03-02", "before_to": "2026-03-08", "after": "2026-03-09", "after_to": "2026-03-15"}
    page = shown(made, monkeypatch, "changes", **weeks)
    assert "The surest first. Pale: before. All of it may be chance." in [text.value for text in page.caption]
    [chart] = page.get("vega_lite_chart")
    assert json.loads(chart.proto.spec)["padding"]["right"] > 1, "the last letter of an axis has room"


def tree_of(*rows: tuple[str, str | None, int, str]) -> pd.DataFrame:
    """Return clusters: id, parent, conversations, and what they are besides a topic or a part of one."""
    frame = pd.DataFrame(rows, columns=["cluster_id", "parent_cluster_id", "conversation_count", "kind"])
    is_kind = {f"is_{kind}": frame["kind"] == kind for kind in ("outliers", "unprocessed", "suppressed")}
    return frame.assign(
        **is_kind, name=frame["cluster_id"].str.title(), level=frame["parent_cluster_id"].notna().astype(int)
    )


@pytest.mark.parametrize("of", [branches, branches_of_a_report])
def test_a_topic_that_has_most_conversations_is_told_apart_by_its_parts(of: Any) -> None:
    even = tree_of(
        ("a", None, 5, ""), ("a1", "a", 3, ""), ("a2", "a", 2, ""), ("b", None, 5, ""), ("out", None, 90, "outliers")
    )
    assert of.of_clusters(even) == {"a": "a", "a1": "a", "a2": "a", "b": "b"}
    assert of.divided(even) is None
    uneven = tree_of(
        ("rest", None, 80, ""), ("a", "rest", 60, ""), ("a1", "a", 40, ""), ("a2", "a", 19, ""), ("few", "a", 1, "suppressed"),
        ("b", "rest", 20, ""), ("c", None, 10, ""), ("hidden", None, 300, "suppressed"), ("gone", None, 0, ""), ("out", None, 9, "outliers"),
    )  # fmt: skip
    # down to where nothing below tells more
    assert of.of_clusters(uneven) == {"a1": "a1", "a2": "a2", "b": "b", "c": "c"}
    assert of.divided(uneven) == "Rest"
    alone = tree_of(("a", None, 5, ""))
    assert (of.of_clusters(alone), of.divided(alone)) == ({"a": "a"}, None)
    assert of.of_clusters(alone[:0]) == {}


def test_parts_of_a_topic_that_has_most_conversations_have_the_colours_and_the_map_says_so(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = changed(
        made, tmp_path / "most.duckdb",
        "update dim_kura__clusters set conversation_count = 9000, name = 'Not *ours*' where cluster_id = 't4'",
    )  # fmt: skip
    told = "Not \\*ours\\* has most of the conversations, so each of its parts has a colour."
    assert "each of its parts" not in " ".join(text.value for text in shown(made, monkeypatch, "map").caption)
    assert told in " ".join(text.value for text in shown(copy, monkeypatch, "map").caption)
    clusters = questions.counted_clusters()
    colours, parts = navigation.colours(clusters), clusters[clusters["parent_cluster_id"] == "t4"]
    assert len(parts) == len({colours[part] for part in parts["cluster_id"]}) > 1
    _, palette, legend = coloured(points.points(choice.EVERYTHING), "Cluster", clusters)
    names = [name for name, _ in legend]
    assert names[-1] == "others"
    assert set(parts["name"]) <= set(names)
    assert "Not *ours*" not in names
    assert {colour for _, colour in legend} == set(palette)


@pytest.mark.parametrize("most", [1, 2, 3, 7])
def test_no_half_conversations_are_on_an_axis(most: int) -> None:
    rows = weeks("2026-03-02", 4, [1.0, most, np.nan, 1.0])
    in_the_report = re.findall(r"<text[^>]*>([^<]+)</text>", charts_of_a_report.bars_over_time(rows, 300, 70, ""))
    for texts in (drawn(charts.over_time(rows)), in_the_report):
        ticks = [text for text in texts if re.fullmatch(r"[\d.]+", text)]
        assert len(ticks) > 1
        assert all(tick.isdigit() for tick in ticks), ticks


def test_days_below_bars_of_a_report_have_room() -> None:
    this_year = charts_of_a_report.bars_over_time(weeks("2026-06-01", 12), 980, 150, "")
    assert len(re.findall(r"<text[^>]*>\d\d [A-Z][^<]*</text>", this_year)) == 12
    for number in (5, 19, 26, 104):
        svg = charts_of_a_report.bars_over_time(weeks("2025-12-29", number), 980, 150, "")
        days = re.findall(r"<text[^>]*>\d\d [A-Z][^<]*</text>", svg)
        assert 1 < len(days) <= 1 + 980 / 90, number


def test_a_week_in_which_nobody_wrote_has_no_share(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet = changed(
        made, tmp_path / "quiet.duckdb",
        "update fct_kura__cluster_trends set conversation_count = 0, share = 0 where period_start = date '2026-03-09'",
        "delete from fct_kura__conversations where date_trunc('week', started_on) = date '2026-03-09'",
    )  # fmt: skip
    monkeypatch.setenv("KURA_PUBLISHED_PATH", str(quiet))
    for chosen in (choice.EVERYTHING, Filter(languages=("german",))):
        rows = periods.trends(chosen)
        is_quiet = rows["period_start"] == pd.Timestamp("2026-03-09")
        assert is_quiet.any()
        assert rows.loc[is_quiet, "share"].isna().all()
    shares = periods.trends().groupby("period_start")["share"].count()
    assert (shares == 0).sum() == 1


def test_of_two_weeks_that_are_covered_in_part_no_trend_is_told_and_pale_bars_are_explained(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = changed(
        made, tmp_path / "short.duckdb",
        "delete from fct_kura__cluster_trends where period_start not in (date '2026-03-02', date '2026-03-09')",
        "update fct_kura__cluster_trends set trend = null, trend_score = null, is_complete = period_start = date '2026-03-02'",
        "delete from fct_kura__conversations where started_on not between date '2026-03-04' and date '2026-03-11'",
    )  # fmt: skip
    page = shown(short, monkeypatch, "cluster", id="t4")
    assert "not tested" in said(page)
    pale = "A pale bar is a week that is covered in part: the conversations begin or end within it."
    assert pale in [text.value for text in page.caption]


def test_days_that_a_filter_chooses_can_be_compared_half_with_half(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KURA_PUBLISHED_PATH", str(made))
    title = "Half of the filtered days"

    def halves(first: dt.date | None, last: dt.date | None) -> list[str]:
        both = periods.usual(Filter(first, last)).get(title, ())
        return [f"{day:%m-%d}" for stretch in both for day in (stretch.first, stretch.last)]

    june = (dt.date(2026, 6, 10), dt.date(2026, 6, 20))
    assert halves(*june) == ["06-11", "06-15", "06-16", "06-20"], "of eleven days the first is left out"
    assert halves(dt.date(2026, 7, 2), None) == ["07-02", "07-03", "07-04", "07-05"]
    assert halves(june[0], june[0]) == halves(None, None) == []
    asked_for = {"from": "2026-06-10", "to": "2026-06-20"}
    both = {"before": "2026-06-11", "before_to": "2026-06-15", "after": "2026-06-16", "after_to": "2026-06-20"}
    assert "no conversation of" in shown(made, monkeypatch, "changes", **asked_for).info[0].value
    app = shown(made, monkeypatch, "changes", **asked_for, **both)
    assert app.segmented_control[0].value == title
    assert "before → after, 5 days each" in said(app)


def test_back_to_a_cluster_shows_that_cluster_also_after_the_page_behind_it_was_loaded_anew(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("focus", "in"):  # as the browser's history has it in its place a second time
        assert shown(made, monkeypatch, "cluster", **{name: "t4"}).title[0].value == "Delivery"
        assert shown(made, monkeypatch, "cluster", id="t5", **{name: "t4"}).title[0].value == "Returns"


def test_a_time_is_told_to_the_minute(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KURA_PUBLISHED_PATH", str(made))
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(look, "facts", told.extend)
    navigation._conversation("c0000001")
    [began] = [value for name, value in told if name == "Began (UTC)"]
    assert re.fullmatch(r"2026-\d\d-\d\d \d\d:\d\d", began)


def test_words_of_a_topic_are_looked_for_in_what_it_is_called_and_where_it_is() -> None:
    rows = pd.DataFrame(
        [
            ("a", None, "Money", "Refunds and Straße"),
            ("b", "a", "Card", None),
            ("c", "a", "Late refund", None),
            ("d", None, "50 % off", None),
        ],
        columns=["cluster_id", "parent_cluster_id", "name", "description"],
    ).assign(path=["Money", "Money > Card", "Money > Late refund", "50 % off"])
    found = {
        words: "".join(topics._found(rows, words)["cluster_id"])
        for words in (
            "REFUND",
            "money refund",
            "money",
            "money card",
            '"late refund"',
            '"refund late"',
            "STRASSE",
            "%",
            "card zzz",
        )
    }
    assert found == {
        "REFUND": "ac", "money refund": "ac", "money": "a", "money card": "b", '"late refund"': "c", '"refund late"': "",
        "STRASSE": "a", "%": "d", "card zzz": "",
    }  # fmt: skip
    assert topics._above(rows, ["c", "d"]) == {"a"}


def test_of_numbers_alone_a_cluster_of_another_lens_has_its_number(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def script() -> None:
        import importlib

        importlib.import_module("kura_explorer.address").read("cluster")
        other_lens = importlib.import_module("kura_explorer.pages.other_lens")
        other_lens.show(*other_lens.asked())

    numbers = changed(
        made, tmp_path / "numbers.duckdb", *(f"drop table {table}" for table in (*OF_ROWS, "fct_kura__cluster_examples")),
        "update dim_kura__clusters set is_suppressed = true where cluster_id = 'i2'",
    )  # fmt: skip
    monkeypatch.setenv("KURA_PUBLISHED_PATH", str(numbers))
    count = warehouse.query("select conversation_count as n from dim_kura__clusters where cluster_id = 'i1'")["n"][0]
    app = AppTest.from_function(script, default_timeout=30)
    app.query_params["id"] = "i1"
    app.run()
    assert not app.exception
    assert app.title[0].value == "Broken"
    assert f"<b>{count}</b>" in said(app).replace("\\", "")
    assert not app.button, "nothing leads to conversations"
    app.query_params["id"] = "i2"
    app.run()
    assert not app.exception
    assert app.info[0].value == navigation.TOO_FEW
