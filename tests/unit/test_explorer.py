"""The explorer's parts that need no browser."""

from __future__ import annotations

import ast
import datetime as dt
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import streamlit as st
from kura_explorer import components, questions, warehouse
from kura_explorer.questions import Filter
from kura_explorer.text import cleaned, for_spreadsheet, markdown

from tests.support import synthetic


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
        "case %", "t1",
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KURA_PUBLISHED_PATH", str(path))
        patch.setattr(warehouse, "_ask_duckdb", noted)
        warehouse.check()
        for facet in questions.facets():
            questions.facet_values(facet)
            questions.points(everything, facet)
        questions.points(questions.EVERYTHING, "language")
        questions.languages()
        questions.period_covered()
        questions.totals(everything)
        clusters = questions.on_their_crowd(
            questions.counted_clusters(everything), questions.points(questions.EVERYTHING)
        )
        questions.movement()
        questions.lines()
        questions.period()
        questions.cluster_facets("t1")
        questions.examples("t1")
        questions.lineage("t1")
        questions.neighbours(clusters.iloc[0])
        questions.runs()
        questions.latest_fit()
        questions.spent()
        questions.conversations(everything, 10)
        questions.conversation("c0000001")
        questions.has_model()
    return queries


def test_every_query_is_also_snowflakes_sql(asked: list[str]) -> None:
    from sqlfluff.core import Linter

    linter = Linter(dialect="snowflake")
    assert len(asked) >= 25
    for sql in asked:
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


def test_a_name_on_the_map_stands_where_its_points_are_and_not_in_the_middle_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pairs = [("halves", "left"), ("halves", "right"), ("middle", "middle"), ("left", "left"), ("right", "right")]
    above = pd.DataFrame(pairs, columns=["ancestor_cluster_id", "descendant_cluster_id"])
    monkeypatch.setattr(questions, "query", lambda _: above)
    places = {"left": -10.0, "middle": 0.0, "right": 10.0}
    points = pd.DataFrame(
        [(name, x + step / 100, step / 100) for name, x in places.items() for step in range(20 + (name == "left"))],
        columns=["cluster_id", "x", "y"],
    )
    rows = pd.DataFrame({"cluster_id": ["halves", "middle"], "x": 0.0, "y": 0.0})
    placed = questions.on_their_crowd(rows, points).set_index("cluster_id")
    assert placed.loc["halves", "x"] == pytest.approx(-9.9)
    assert placed.loc["middle", "x"] == pytest.approx(0.095)


def test_text_loses_what_a_screen_obeys_and_nothing_else() -> None:
    rows = cleaned(pd.DataFrame({"text": ["a\u202eb\x1b[31mc\x00", "ä – 漢字\nنص 🙂", None], "number": [1, 2, 3]}))
    assert list(rows["text"]) == ["ab[31mc", "ä – 漢字\nنص 🙂", None]


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
            if call.func.attr == "altair_chart" and "over_time" not in ast.unparse(call):  # periods and numbers
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
    assert questions.examples("c1") == ["ab"]
    [(sql, parameters)] = asked
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
    assert questions.examples("c1") == questions.examples("c2") == ["a"]
    assert ["information_schema" in sql for sql in asked] == [True, False, False]
    assert 'from "MARTS".fct_kura__cluster_examples' in asked[1]
