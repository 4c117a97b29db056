"""Search: the nearest by the vectors of a build, and nothing of which readers get no text."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest

from kura_udfs.commands import main, search
from kura_udfs.commands.warehouse import Warehouse
from kura_udfs.errors import KuraError
from kura_udfs.functions.searching import query_vector
from kura_udfs.tables import Vectors
from kura_udfs.vectors import languages
from kura_udfs.vectors.encoders import load_encoder, minilm_id

WORDS = "my parcel has not arrived"
TEXTS = {
    "c1": ("parcels", "where is my parcel", "english"),
    "c2": ("cards", "my card was declined", "english"),
    "c3": ("secrets", "my parcel is lost, says Priya", "english"),
    "c4": ("parcels", "mein Paket ist nicht da", "german"),
    "c5": ("outliers", "parcel, but nobody may read this", "english"),
}
CLUSTERS = {"parcels": False, "cards": False, "secrets": True, "outliers": False}


def build(path: Path, rows_in: str = "kura", shifts: dict[str, Vectors] | None = None) -> Path:
    """Write what search reads of a build, with true vectors."""
    encoder = load_encoder("minilm")
    vectors = dict(zip(TEXTS, encoder.embed([text for _, text, _ in TEXTS.values()]), strict=True))
    with duckdb.connect(str(path)) as connection:
        for schema in ("kura", "kura_internal"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            "create table kura.dim_kura__clusters (cluster_id varchar, path varchar, description varchar,"
            " is_suppressed boolean, audit_verdict varchar, is_outliers boolean, is_unprocessed boolean,"
            " sort_order integer)"
        )
        connection.execute(
            f"create table {rows_in}.fct_kura__conversations"
            " (conversation_id varchar, cluster_id varchar, summary varchar, extract varchar)"
        )
        connection.execute("set schema = 'kura_internal'")
        connection.execute("create table int_kura__embeddings (text_hash varchar, recipe varchar, embedding float[])")
        connection.execute(
            "create table int_kura__distinct_texts (text_hash varchar, language varchar, cluster_text varchar)"
        )
        connection.execute("create table int_kura__language_shifts (language varchar, shift float[], length double)")
        connection.execute("create table int_kura__cluster_names (cluster_id varchar, centroid float[])")
        connection.execute("create table int_kura__assignments (conversation_id varchar, text_hash varchar)")
        for table in (
            "kura.dim_kura__clusters",
            "int_kura__distinct_texts",
            "int_kura__language_shifts",
            "int_kura__assignments",
        ):
            connection.execute(f"alter table {table} add column lens varchar default 'request'")
        for cluster, is_suppressed in CLUSTERS.items():
            members = [vectors[name] for name, (of, _, _) in TEXTS.items() if of == cluster]
            row = (cluster, cluster, f"about {cluster}", is_suppressed, "passed", cluster == "outliers")
            connection.execute(
                "insert into kura.dim_kura__clusters values (?, ?, ?, ?, ?, ?, false, 1, 'request')", row
            )
            if cluster != "outliers":
                connection.execute(
                    "insert into int_kura__cluster_names values (?, ?)", (cluster, sum(members).tolist())
                )
        for name, (cluster, text, language) in TEXTS.items():
            told = text if cluster != "outliers" else None
            connection.execute(
                f"insert into {rows_in}.fct_kura__conversations values (?, ?, null, ?)", (name, cluster, told)
            )
            connection.execute(
                "insert into int_kura__embeddings values (?, ?, ?)", (name, encoder.id, vectors[name].tolist())
            )
            connection.execute(
                "insert into int_kura__distinct_texts values (?, ?, ?, 'request')", (name, language, text)
            )
            connection.execute("insert into int_kura__assignments values (?, ?, 'request')", (name, name))
        for language, shift in (shifts or {}).items():
            step = (language, shift.tolist(), float(np.linalg.norm(shift)))
            connection.execute("insert into int_kura__language_shifts values (?, ?, ?, 'request')", step)
    return path


def ids(found: search.Found) -> list[str]:
    return [hit.conversation_id or hit.cluster_id for hit in found.hits]


def test_the_nearest_come_first_and_nothing_of_what_nobody_may_read(tmp_path: Path) -> None:
    found = search.search(Warehouse(str(build(tmp_path / "a.duckdb"))), WORDS)
    assert found.note is None
    assert ids(found) == ["parcels", "cards", "c1", *sorted(("c2", "c4"), key=lambda name: -similarity(found, name))]
    assert ids(search.search(Warehouse(str(tmp_path / "a.duckdb")), WORDS, 1)) == ["parcels", "c1"]


def similarity(found: search.Found, name: str) -> float:
    [value] = [hit.similarity for hit in found.hits if hit.conversation_id == name]
    return value


def test_where_rows_of_conversations_are_not_published_only_clusters_are_found(tmp_path: Path) -> None:
    found = search.search(Warehouse(str(build(tmp_path / "a.duckdb", rows_in="kura_internal"))), WORDS)
    assert ids(found) == ["parcels", "cards"]


def test_both_sides_are_moved_by_the_shift_of_their_language_as_before_a_fit(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    shifts = {name: (random.normal(size=384) / 40).astype(np.float32) for name in ("english", "german")}
    found = search.search(Warehouse(str(build(tmp_path / "a.duckdb", shifts=shifts))), WORDS)
    asked, *others = load_encoder("minilm").embed([WORDS, TEXTS["c1"][1], TEXTS["c4"][1]])
    moved = languages.moved(np.stack([asked, *others]), ["english", "english", "german"], shifts)
    assert similarity(found, "c1") == pytest.approx(float(moved[0] @ moved[1]), abs=1e-6)
    assert similarity(found, "c4") == pytest.approx(float(moved[0] @ moved[2]), abs=1e-6)


def test_a_copy_without_vectors_is_searched_by_its_words(tmp_path: Path) -> None:
    path = build(tmp_path / "a.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute("drop schema kura_internal cascade")
    found = search.search(Warehouse(str(path)), "PARCEL where?")
    assert found.note
    assert ids(found) == ["parcels", "c1"]  # one word in the name of a cluster, both in what was said
    assert ids(search.search(Warehouse(str(path)), "Priya")) == []


@pytest.mark.parametrize(
    "done",
    [
        "delete from int_kura__cluster_names where cluster_id = 'cards'",
        "update int_kura__embeddings set embedding = embedding[:8]",
        "delete from int_kura__distinct_texts",
    ],
)
def test_vectors_of_a_run_that_readers_have_not_seen_are_not_compared_with_what_they_have(
    tmp_path: Path, done: str
) -> None:
    path = build(tmp_path / "a.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"set schema = 'kura_internal'; {done}")
    found = search.search(Warehouse(str(path)), "PARCEL where?")
    assert found.note
    assert "`dbt build` brings them together" in found.note
    assert ids(found) == ["parcels", "c1"]


@pytest.mark.parametrize("words", ["", "  ", "?!", "\u200b"])
def test_without_words_nothing_is_searched(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: str) -> None:
    place = str(build(tmp_path / "a.duckdb"))
    assert main.main(["search", words, "--database", place, "--target-path", str(tmp_path)]) == 1
    assert "there are no words to search for" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main.main(["search", WORDS, "-k", "0", "--database", place])
    assert "-k: 0 is no whole number from 1 up" in capsys.readouterr().err


def test_an_encoder_that_is_another_one_now_is_told_and_words_alone_are_compared(tmp_path: Path) -> None:
    path = build(tmp_path / "a.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute("update kura_internal.int_kura__embeddings set recipe = 'minilm-0-fp16-256-v0'")
    found = search.search(Warehouse(str(path)), "parcel")
    assert "made by another encoder" in str(found.note)
    assert ids(found)[:2] == ["parcels", "c1"]
    with pytest.raises(KuraError, match="which server that is stands in dbt's manifest"):
        query_vector("parcel", "openai-text-embedding-3-small-all-v1")
    with pytest.raises(KuraError, match="not to be had here"):
        query_vector("parcel", "onnx-abc")


def test_the_vector_of_a_query_is_that_of_the_same_text_in_a_build() -> None:
    [vector] = load_encoder("minilm").embed([WORDS])
    assert np.array_equal(query_vector(WORDS, minilm_id()), vector)
