"""`kura evaluate` on a real build and on the copy that it publishes."""

from __future__ import annotations

import json
import shutil

import duckdb
import pytest

from tests.support.model_runs import MATTERS, TEXTS
from tests.support.warehouse import Warehouse, write_conversations


def setting(warehouse: Warehouse, folder: str, **settings: str) -> None:
    """Write dbt's manifest to a folder as if other settings had been parsed."""
    manifest = json.loads((warehouse.folder / "target/manifest.json").read_text())
    manifest["nodes"]["model.kura.int_kura__cluster_names"]["config"]["meta"] |= settings
    (warehouse.folder / folder).mkdir(exist_ok=True)
    (warehouse.folder / folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    warehouse = (
        Warehouse(tmp_path_factory.mktemp("evaluate"))
        .with_artifacts()
        .without("trends", "lineage", "comparisons", "tools", "alerts")
    )
    chats = write_conversations(warehouse.folder / "chats.jsonl", [*TEXTS, "hello"])
    labels = [f"c{number},{next(m for m in MATTERS if m in text)}" for number, text in enumerate(TEXTS)]
    (warehouse.folder / "labels.csv").write_text("\n".join(["conversation_id,label", *labels, "c50,greeting", "x,y"]))
    copy = warehouse.folder / "copy.duckdb"
    warehouse.dbt("run", kura_input=str(chats), kura_publish_path=str(copy))
    # settings that have changed since the build are no reason not to take its encoder
    setting(warehouse, "target", embedder_precision="int8")
    output = warehouse.kura("evaluate", "--labels", "labels.csv", "--json", "figures.json", "--stability", "1")
    assert output.returncode == 0, output.stderr
    (warehouse.folder / "printed.txt").write_text(output.stdout)
    return warehouse


def test_a_build_is_scored_by_labels_by_its_names_and_by_fitting_again(built: Warehouse) -> None:
    figures = json.loads((built.folder / "figures.json").read_text())
    counts = figures["conversations"]
    assert [counts[name] for name in ("conversations", "in_file", "labelled", "labelled_unprocessed")] == [
        51,
        52,
        51,
        1,
    ]
    leaves = figures["labels"][-1]
    assert leaves["is_leaves"]
    assert leaves["scores"]["n"] == 50
    found = dict(built.rows("select conversation_id, cluster_id from fct_kura__conversations"))
    assert leaves["scores"]["n_clusters"] == len({found[f"c{number}"] for number in range(50)} - {"outliers"})
    assert leaves["scores"]["nmi"] > 0.8
    assert [row["n"] for row in figures["names"]] == [
        built.value(f"select count(*) from dim_kura__clusters where {these} and not is_outliers and not is_unprocessed")
        for these in ("level = 0", "is_leaf")[-len(figures["names"]) :]
    ]
    assert all(0.5 <= row["nearest"] <= 1 and 0 <= row["covering"] <= 1 for row in figures["names"])
    assert all(0.5 <= row["members_nearest"] <= 1 for row in figures["names"])
    assert set(figures["stability"]) == {"seeds", "parts"}
    assert len(figures["stability"]["seeds"]["n_leaves"]) == 2
    assert figures["notes"] == []
    for words in ("leaves, label", "unprocessed ones, 2.0 % of these, are left out", "all against 1 × 90 %"):
        assert words in (built.folder / "printed.txt").read_text()


def test_of_the_published_copy_the_public_half_is_scored(built: Warehouse) -> None:
    output = built.kura("evaluate", "--database", "copy.duckdb", "--labels", "labels.csv", "--json", "copy.json")
    assert output.returncode == 0, output.stderr
    copy, whole = (json.loads((built.folder / name).read_text()) for name in ("copy.json", "figures.json"))
    assert copy["labels"] == whole["labels"]
    assert [row["nearest"] for row in copy["names"]] == [None] * len(whole["names"])
    assert "texts and vectors are not in this file" in copy["notes"][0]


def test_vectors_of_another_encoder_than_the_settings_name_are_not_compared(built: Warehouse) -> None:
    setting(built, "other", embedder="openai")
    arguments = ("evaluate", "--target-path", "other", "--json", "other.json", "--stability", "0")
    with duckdb.connect(str(built.database)) as connection:
        connection.execute("update kura_internal.int_kura__embeddings set recipe = 'text-embedding-3-small-512'")
    assert built.kura(*arguments).returncode == 0
    figures = json.loads((built.folder / "other.json").read_text())
    assert figures["names"][0]["nearest"] is None
    assert figures["names"][0]["covering"] is not None
    assert "of text-embedding-3-small-512, which is paid for, and nothing is sent from here" in figures["notes"][0]


def test_texts_of_a_run_that_readers_have_not_seen_are_not_scored_against_what_they_have(built: Warehouse) -> None:
    ahead = shutil.copy(built.database, built.folder / "ahead.duckdb")
    with duckdb.connect(str(ahead)) as connection:
        connection.execute(
            "update kura_internal.int_kura__cluster_names set cluster_id = 'new' || cluster_id;"
            " update kura_internal.int_kura__embeddings set embedding = embedding[:8]"
        )
    scored = built.kura("evaluate", "--database", "ahead.duckdb", "--stability", "1")
    assert scored.returncode == 0, scored.stderr
    assert "`dbt build` brings them together" in " ".join(scored.stdout.split())
