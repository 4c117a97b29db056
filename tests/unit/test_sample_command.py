"""`kura sample`: a sample of every cluster from which the whole can be told."""

from __future__ import annotations

import csv
import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from kura_udfs.commands import sample
from kura_udfs.commands.main import main
from kura_udfs.commands.warehouse import Warehouse
from kura_udfs.errors import KuraError
from tests.support import synthetic
from tests.support.project import REPOSITORY

WHOLE = 4_000


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "published.duckdb"
    synthetic.make(path, WHOLE)
    return path


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    needed = (sample.FIRST, "bridge_kura__cluster_ancestors")
    with Warehouse(str(path)).opened(needed, sample.WANTED, beside=sample.WANTED) as connection:
        yield connection


def drawn(path: Path, *arguments: Any, **named: Any) -> sample.Sample:
    with opened(path) as connection:
        return sample.draw(connection, *arguments, **named)


@pytest.mark.parametrize(("per_cluster", "level"), [(1, None), (5, None), (7, 0), (1_000, None)])
def test_weights_add_up_to_all_conversations_exactly(published: Path, per_cluster: int, level: int | None) -> None:
    found = drawn(published, per_cluster, level)
    rows = found.rows.to_pylist()
    assert sum(Fraction(row["stratum_conversations"], row["stratum_sampled"]) for row in rows) == WHOLE
    assert sum(row["weight"] for row in rows) == pytest.approx(WHOLE, rel=1e-12)
    assert found.conversations == WHOLE
    assert len({row["conversation_id"] for row in rows}) == len(rows)
    assert {"outliers", "unprocessed"} <= {row["cluster_id"] for row in rows}
    assert found.strata == (12 if level == 0 else 82)
    for row in rows:
        assert row["stratum_sampled"] == min(per_cluster, row["stratum_conversations"])
        assert level is None or row["leaf_cluster_id"].startswith(row["cluster_id"])


def test_the_order_of_rows_changes_nothing_and_more_holds_less(published: Path, tmp_path: Path) -> None:
    shuffled = tmp_path / "shuffled.duckdb"
    shuffled.write_bytes(published.read_bytes())
    with duckdb.connect(str(shuffled)) as connection:
        for table in ("fct_kura__conversations", "fct_kura__conversation_clusters", "bridge_kura__cluster_ancestors"):
            connection.execute(f"create or replace table kura.{table} as from kura.{table} order by random()")
    rows = drawn(published, 3).rows
    assert drawn(shuffled, 3).rows.equals(rows)
    assert set(rows["conversation_id"].to_pylist()) < set(drawn(published, 5).rows["conversation_id"].to_pylist())
    assert not drawn(published, 3, seed=1).rows.equals(rows)


def test_another_lens_has_strata_of_its_own(published: Path) -> None:
    found = drawn(published, 5, lens="issue")
    assert set(found.rows["cluster_id"].to_pylist()) == {"i1", "i2"}
    assert found.conversations < WHOLE
    with pytest.raises(KuraError, match="no lens nothing"):
        drawn(published, 5, lens="nothing")


def test_commands_say_of_tables_without_rows_that_nothing_was_read(
    published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty.duckdb"
    with duckdb.connect(str(empty)) as connection:  # as `dbt build --empty` makes them
        connection.execute(f"attach '{published}' as published (read_only); create schema kura")
        for (table,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = 'published' and schema_name = 'kura'"
        ).fetchall():
            connection.execute(f"create table kura.{table} as from published.kura.{table} limit 0")
    for command in (["tree"], ["sample", "--output", "-"]):
        assert main([*command, "--database", str(empty)]) == 1
        assert "the last build has read nothing" in capsys.readouterr().err
    for command in (["alert"], ["search", "parcels"], ["report", "--output", str(tmp_path / "report.html")]):
        assert main([*command, "--database", str(empty)]) == 0


def test_a_row_holds_what_readers_get_and_nobodys_id(published: Path) -> None:
    row = drawn(published, 1).rows.to_pylist()[0]
    assert {"path", "summary", "request", "outcome", "transcript", "segment", "started_at"} <= row.keys()
    assert not {"user_id", "x", "y"} & row.keys()


def test_where_readers_get_no_conversations_there_is_none_to_draw(published: Path, tmp_path: Path) -> None:
    kept_back = tmp_path / "aggregates.duckdb"
    kept_back.write_bytes(published.read_bytes())
    with duckdb.connect(str(kept_back)) as connection:
        connection.execute("create schema kura_internal")
        for table in sample.WANTED:
            connection.execute(f"create table kura_internal.{table} as from kura.{table}; drop table kura.{table}")
    with pytest.raises(KuraError, match="kura_publish: aggregates"):
        drawn(kept_back, 5)


def test_a_sample_of_one_is_told_in_the_singular(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "one.duckdb"
    synthetic.make(path, 300)
    with duckdb.connect(str(path)) as connection:
        one = "(select min(conversation_id) from kura.fct_kura__conversations where cluster_id <> 'outliers')"
        for table in ("fct_kura__conversations", "fct_kura__conversation_clusters"):
            connection.execute(f"delete from kura.{table} where conversation_id <> {one}")
    assert main(["sample", "--database", str(path), "--output", str(tmp_path / "one.csv")]) == 0
    assert ": 1 conversation of 1 cluster, standing for 1\n" in capsys.readouterr().out


def test_it_is_written_in_the_form_of_the_ending_for_nobody_else(
    published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("set.jsonl", "set.csv", "set.parquet"):
        assert (
            main(["sample", "--database", str(published), "--per-cluster", "2", "--output", str(tmp_path / name)]) == 0
        )
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
        assert "of 82 clusters, standing for 4,000" in capsys.readouterr().out
    lines = [json.loads(line) for line in (tmp_path / "set.jsonl").read_text().splitlines()]
    cells = list(csv.DictReader((tmp_path / "set.csv").open()))
    table = pq.read_table(tmp_path / "set.parquet")
    assert len(lines) == len(cells) == table.num_rows
    assert (
        [line["conversation_id"] for line in lines]
        == [row["conversation_id"] for row in cells]
        == table["conversation_id"].to_pylist()
    )
    assert [float(row["weight"]) for row in cells] == [line["weight"] for line in lines]
    assert main(["sample", "--database", str(published), "--output", "-"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[0])["path"] == "Orders > Orders: late"
    assert main(["sample", "--database", str(published), "--output", str(tmp_path / "set.xlsx")]) == 1
    assert "must end with .jsonl, .csv, .parquet" in capsys.readouterr().err


def test_a_cell_is_no_formula(published: Path, tmp_path: Path) -> None:
    rows = drawn(published, 1).rows
    at = rows.column_names.index("summary")
    rows = rows.set_column(at, "summary", [["=HYPERLINK(1)"] * rows.num_rows])
    sample.write(sample.Sample(rows, 1, 1), str(tmp_path / "set.csv"))
    assert next(csv.DictReader((tmp_path / "set.csv").open()))["summary"] == "'=HYPERLINK(1)"


def test_the_query_in_the_docs_tells_the_whole_within_its_interval(published: Path, tmp_path: Path) -> None:
    page = (REPOSITORY / "docs" / "evaluation-sets.md").read_text()
    sql = page.split("```sql\n")[1].split("```")[0]
    with opened(published) as connection:
        truth = connection.sql(
            "select avg(coalesce(is_frustrated, false)::int) from fct_kura__conversations"
        ).fetchall()[0][0]
    within, estimates = 0, []
    for seed in range(20):
        rows = (
            drawn(published, 5, seed=seed)
            .rows.to_pandas()
            .assign(score=lambda found: found["is_frustrated"].eq(True).astype(float))
        )
        rows.to_json(tmp_path / "scored.jsonl", orient="records", lines=True)
        with duckdb.connect() as connection:
            (found,) = connection.execute(sql.replace("scored.jsonl", str(tmp_path / "scored.jsonl"))).fetchall()
        estimate, error = found
        estimates.append(estimate)
        within += abs(estimate - truth) <= 1.96 * error
    assert within >= 17, f"{within} of 20 intervals hold the truth"
    assert sum(estimates) / len(estimates) == pytest.approx(truth, abs=0.01)
