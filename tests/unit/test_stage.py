"""The door between dbt and a stage, on a real DuckDB; and the settings that go through it."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_type_hints

import duckdb
import numpy as np
import pyarrow as pa
import pydantic
import pytest

from kura_udfs import settings
from kura_udfs.account import Account, Spent
from kura_udfs.clustering.points import Points
from kura_udfs.errors import KuraError
from kura_udfs.llm.answers import Desk, Errand, Work
from kura_udfs.llm.breaker import Breaker
from kura_udfs.llm.requests import Answer, Prompt, Request
from kura_udfs.llm.stores import RESPONSES, Responses
from kura_udfs.stages import cluster_fit, language_shifts
from kura_udfs.stages.desk import asking_in_lenses
from kura_udfs.warehouse.stage import RUN_LOG, Stage, asks_before

REPOSITORY = Path(__file__).parents[2]
STAGES = (
    settings.SummarySettings,
    settings.EmbeddingSettings,
    settings.LensSettings,
    settings.FitSettings,
    settings.TaxonomySettings,
    settings.NameSettings,
    settings.MapSettings,
    settings.EstimateSettings,
)
META: dict[str, Any] = {
    "clustering_method": "leiden",
    "clusters_target": None,
    "min_cluster_size": None,
    "top_clusters": 10,
    "seed": 0,
    "refit": "auto",
    "provider": "local",
    "cluster_on": "auto",
    "lenses": "auto",
}


class Models:
    """A warehouse whose tables stand in three schemas, as a project may spread them."""

    def __init__(self) -> None:
        self.session = duckdb.connect()
        for schema in ("tables", "state log", "models"):
            self.session.execute(f'create schema "{schema}"')
        columns = ", ".join(f"{name} {_TYPES[type_]}" for name, type_ in zip(RUN_LOG.names, RUN_LOG.types, strict=True))
        self.session.execute(f'create table "state log".kura_run_log ({columns})')

    def stage(self, name: str, model: str, lens: settings.Lens | None = None) -> Stage:
        this = SimpleNamespace(database="memory", schema="models", identifier=model)
        return Stage(SimpleNamespace(this=this), self.session, name, self.ref("state log", "kura_run_log"), lens)

    def ref(self, schema: str, table: str) -> duckdb.DuckDBPyRelation:
        return self.session.query(f'select * from "memory"."{schema}"."{table}"')

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.session.execute(sql).fetchall()


_TYPES = {pa.string(): "varchar", pa.timestamp("us"): "timestamp", pa.int64(): "bigint", pa.float64(): "double"}


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Iterator[Models]:
    found = Models()
    found.rows(
        """insert into "state log".kura_run_log by name select 'r' as run_id, 'run' as stage, now() as recorded_at"""
    )
    yield found
    found.session.close()


def test_a_stage_finds_its_tables_whatever_schemas_they_are_in(models: Models) -> None:
    models.rows("create table tables.texts as select 'a' as key union all select 'b' union all select 'b'")
    models.rows("create table models.done as select 'a' as key, 'v1' as recipe union all select 'gone', 'v1'")
    with models.stage("embeddings", "done") as stage:
        rows = stage.unseen(models.ref("tables", "texts"), "key", "key", "v1")
        assert rows["key"].to_pylist() == ["b"]
        assert stage.unseen(models.ref("tables", "texts"), "key", "key", "v2").num_rows == 2
    written = models.rows(
        """select stage, rows_in, rows_new, rows_deleted from "state log".kura_run_log where stage <> 'run'"""
    )
    assert written == [("embeddings", 2, 2, 1)]


def test_a_stage_that_fails_is_on_record_only_if_it_has_paid(models: Models) -> None:
    def fails(calls: int) -> None:
        with models.stage("names", "x") as stage:
            stage.account.book(Spent(calls=calls, cost_usd=0.5 * calls))
            raise KuraError("stopped")

    for calls in (0, 2):
        with pytest.raises(KuraError):
            fails(calls)
    log = """select calls, cost_usd from "state log".kura_run_log where stage = 'names'"""
    assert models.rows(log) == [(2, 1.0)]


def test_what_a_stage_spends_is_on_record_before_it_ends_and_nothing_twice(
    models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = """select count(*), sum(calls), sum(cost_usd), max(rows_in) from "state log".kura_run_log where stage = 'names'"""
    monkeypatch.setattr("kura_udfs.warehouse.stage.SECONDS_BETWEEN_RECORDS", 0)
    with models.stage("names", "x") as stage:
        stage.rows_in = 5
        for cost in (0.5, 0.25):
            stage.account.book(Spent(calls=1, cost_usd=cost))
        assert models.rows(log) == [(2, 2, 0.75, None)]
        assert stage.account.of_this_run().calls == 2
    assert models.rows(log) == [(3, 2, 0.75, 5)]


def test_limits_count_what_earlier_stages_of_the_run_have_spent(models: Models) -> None:
    with models.stage("summaries", "x") as stage:
        stage.account.book(Spent(calls=3, retries=1, cost_usd=0.25))
    with models.stage("names", "y") as stage:
        stage.account.book(Spent(calls=2))
        left = stage.account.left_of(settings.ModelSettings(max_calls=10, max_cost_usd=1.0))
    assert (left.max_calls, left.max_cost_usd) == (5, 0.75)
    assert Account().left_of(settings.ModelSettings()).max_calls is None


def test_what_several_lenses_ask_is_asked_at_once_and_each_question_paid_once_by_the_first(models: Models) -> None:
    columns = ", ".join(f"{name} {_TYPES[type_]}" for name, type_ in zip(RESPONSES.names, RESPONSES.types, strict=True))
    models.rows(f"create table tables.responses ({columns})")
    asked: list[list[str]] = []
    limits = []

    def answerer(requests: Iterable[Request], limited: settings.ModelSettings, _: Any) -> Iterator[Answer]:
        asked.append([request.key for request in requests])
        limits.append((limited.max_calls, limited.max_cost_usd))
        for key in asked[-1]:
            yield Answer(key, "ok", f'"{key}"', None, "m", 1, 1, 0.25, 1, 0, 0.0)

    def work(stage: Stage, rounds: list[list[str]]) -> Work[pa.Table]:
        store = Responses(stage.warehouse, models.ref("tables", "responses"))
        limit = settings.ModelSettings(max_calls=10, max_cost_usd=5.0)
        desk = Desk(limit, store, stage.account, stage.progress, answerer, Breaker("m"))
        told = []
        for keys in rounds:
            stage.account.book(Spent(cost_usd=0.125))  # as for vectors of words
            requests = [Request(key, Prompt("", ""), pydantic.BaseModel, "m", 1) for key in keys]
            answers = yield Errand(desk, requests)
            told += [answers[key].content for key in keys]
        return pa.table({"told": [*told, stage.lens and stage.lens.name]})

    rounds = {"request": [["a", "b"], ["e"]], "issue": [["b", "c"], ["d", "a"], ["f"]], "quiet": []}
    dbt = SimpleNamespace(this=SimpleNamespace(database="memory", schema="models", identifier="x"))
    log, lenses = models.ref("state log", "kura_run_log"), each_lens(*rounds)
    made = asking_in_lenses(
        dbt,
        models.session,
        "names",
        log,
        lenses,
        lambda stage: work(stage, rounds[stage.lens.name]),  # type: ignore[union-attr]
    )
    assert asked == [["a", "b", "c"], ["e", "d"], ["f"]]
    assert limits == [(10, 4.75), (7, 3.75), (5, 3.125)]
    assert made["told"].to_pylist() == [
        '"a"',
        '"b"',
        '"e"',
        "request",
        '"b"',
        '"c"',
        '"d"',
        '"a"',
        '"f"',
        "issue",
        "quiet",
    ]
    spent = models.rows(
        """select lens, sum(calls), sum(cost_usd), count(rows_in) from "state log".kura_run_log where stage = 'names' group by 1 order by 1"""
    )
    assert spent == [("issue", 3, 1.125, 1), ("quiet", 0, 0.0, 1), ("request", 3, 1.0, 1)]


def test_only_what_shapes_a_fit_makes_another_one(models: Models) -> None:
    generator = np.random.default_rng(0)
    centres = generator.normal(size=(3, 16))
    vectors = (centres[np.arange(60) % 3] + 0.1 * generator.normal(size=(60, 16))).astype(np.float32)
    points = pa.table(
        {
            "text_hash": [f"h{number:02d}" for number in range(60)],
            "recipe": ["e"] * 60,
            "embedding": list(vectors / np.linalg.norm(vectors, axis=1, keepdims=True)),
            "weight": [1] * 60,
            "cluster_text": [f"text {number}" for number in range(60)],
            "language": ["english"] * 60,
        }
    )
    models.session.register("arrived", points)
    models.rows("create table tables.points as select * from arrived")

    def decision(**changes: Any) -> Any:
        chosen = settings.read_settings(settings.FitSettings, {**META, **changes})
        [lens, *_] = settings.read_settings(settings.LensSettings, {**META, **changes}).each()
        points = models.session.query(f"select '{lens.name}' as lens, * from tables.points")
        with models.stage("fit", "int_kura__cluster_fit", lens) as stage:
            fitted = cluster_fit.fit(stage, chosen, points, points)
        models.session.register("fitted", fitted)
        models.rows("create or replace table models.int_kura__cluster_fit as select * from fitted")
        models.session.unregister("fitted")
        return stage.figures["decision"]

    assert decision() == "refit: first fit"
    assert decision() == "kept"
    assert decision(refit="never", top_clusters=3, a_setting_to_come=True) == "kept"
    assert decision(seed=1) == "refit: settings (clusters)"
    # what conversations are told apart by is part of the fit, also of one that shall stay
    chosen = {"seed": 1, "refit": "never"}
    assert decision(cluster_on="topic", **chosen) == "refit: settings (text: user_turns -> topic by local)"
    assert decision(cluster_on="auto", provider="openai", **chosen).endswith("topic by local -> request by openai)")
    assert decision(cluster_on="user_turns", provider="openai", **chosen).endswith("-> user_turns)")
    assert decision(**chosen) == "kept"


def test_every_setting_of_a_stage_reaches_it_under_the_name_of_its_var() -> None:
    given = dict(re.findall(r'^ {8}(\w+): "\{\{ var\(.(\w+).\) \}\}"$', _models_yaml(), re.MULTILINE))
    assert given == {name: f"kura_{name}" for name in given}
    for kind in STAGES:
        assert _names(kind) - {"api_key", "spent"} <= given.keys() | {"snowflake_functions"}, kind
    assert given.keys() <= {name for kind in STAGES for name in _names(kind)}, "nobody reads it"


def test_a_package_of_another_version_is_named_when_a_setting_is_missing() -> None:
    with pytest.raises(KuraError, match=r"setting refit .* same version"):
        settings.read_settings(settings.FitSettings, {name: value for name, value in META.items() if name != "refit"})


def test_a_key_shows_in_no_repr_of_the_settings() -> None:
    chosen = settings.NameSettings(settings.ModelSettings(api_key="sk-secret"), _embedder(), 10, 2, 1, 0)
    assert "sk-secret" not in repr(chosen)
    assert json.dumps(chosen.model.less(1, 1.0).max_calls) == "null"


def _embedder() -> settings.EmbedderSettings:
    return settings.EmbedderSettings("minilm", None, "int8", "e", None, "", "")


def _names(kind: Any) -> set[str]:
    hints = get_type_hints(kind)
    nested = [hints[entry.name] for entry in fields(kind) if is_dataclass(hints[entry.name])]
    own = {entry.name for entry in fields(kind) if not is_dataclass(hints[entry.name])}
    return own.union(*map(_names, nested))


def _models_yaml() -> str:
    [file] = (REPOSITORY / "python_models").rglob("*.yml")
    return file.read_text()


@pytest.mark.parametrize(
    ("encoder", "others", "unknown", "told"),
    [
        ("minilm-1-fp16", 4, 0, True),
        ("minilm-1-fp16", 10, 0, True),
        ("minilm-1-fp16", 2, 0, False),
        ("minilm-1-fp16", 0, 8, False),
        ("multilingual-1", 8, 0, False),
        ("onnx-1", 8, 0, False),
    ],
)
def test_a_fit_of_many_languages_says_that_there_is_an_encoder_for_them(
    encoder: str, others: int, unknown: int, told: bool
) -> None:
    languages = ["german"] * others + [None] * unknown + ["english"] * (10 - others - unknown)
    points = Points(
        np.array([str(row) for row in range(10)], object),
        np.ones((10, 2), np.float32),
        np.ones(10),
        ["a text that nobody else may see"] * 10,
        languages,
    )
    advice = cluster_fit._advice(points, [encoder])
    assert bool(advice) == told
    if advice:
        assert f"{others * 10}%" in advice
        assert "kura_embedder: multilingual" in advice
        assert "nobody" not in advice


def test_of_languages_that_no_bundled_encoder_knows_a_fit_says_what_would_know_them() -> None:
    texts, vectors = np.array([str(row) for row in range(10)], object), np.ones((10, 2), np.float32)
    points = Points(texts, vectors, np.ones(10), ["a text"] * 10, [*["hindi"] * 8, *["english"] * 2])
    advice = cluster_fit._advice(points, ["minilm-1-fp16"])
    assert advice
    assert "80% of the conversations are in languages that neither minilm nor multilingual knows" in advice
    assert "full-refresh" not in advice  # which would choose minilm again


@pytest.mark.parametrize("languages", [["english", "thai"], ["english", None]])
def test_shifts_of_languages_stay_while_their_fit_stays(models: Models, languages: list[str | None]) -> None:
    vectors = [[1.0, 0.0], [0.0, 1.0]] * 10
    points = pa.table(
        {
            "lens": ["conversation"] * 20,
            "text_hash": [f"h{number:02d}" for number in range(20)],
            "embedding": pa.array(vectors, pa.list_(pa.float32())),
            "weight": [1] * 20,
            "cluster_text": ["text"] * 20,
            "language": pa.array(languages * 10, pa.string()),
        }
    )
    models.session.register("arrived", points)
    models.rows("create table tables.points as select * from arrived")

    def shifts(fit_id: str) -> list[tuple[Any, ...]]:
        models.rows(
            f"create or replace table tables.fitted as select '{fit_id}' as fit_id, lens, text_hash from tables.points"
        )
        texts = models.session.query("select * exclude embedding from tables.points")
        vectors = models.session.query("select text_hash, embedding from tables.points")
        with models.stage("languages", "int_kura__language_shifts", settings.Lens("conversation", "request")) as stage:
            found = language_shifts.shifts(stage, texts, vectors, models.ref("tables", "fitted"))
        models.session.register("found", found)
        models.rows("create or replace table models.int_kura__language_shifts as select * from found")
        models.session.unregister("found")
        return models.rows("select fit_id, language, shift, length from models.int_kura__language_shifts order by 2")

    first = shifts("one")
    models.rows("update tables.points set embedding = [0.6, 0.8] where language = 'english'")
    assert shifts("one") == first
    second = shifts("two")
    if None in languages:  # nothing is moved where one language is known
        assert first == second == []
        return
    # ten texts of a language are moved half way to the common mean
    np.testing.assert_allclose(first[0][2], [-0.25, 0.25])
    np.testing.assert_allclose(second[0][2], [-0.15, 0.05], atol=1e-6)
    assert [row[3] for row in second] == pytest.approx([np.linalg.norm(row[2]) for row in second])


def sign(run: str, second: int, stage: str = "summaries", figures: str | None = None) -> dict[str, Any]:
    moment = datetime(2026, 3, 1, 2, 0) + timedelta(seconds=second)
    return {"run_id": run, "stage": stage, "recorded_at": moment, "figures": figures}


@pytest.mark.parametrize(
    ("others", "waits_for"),
    [
        ([], None),
        ([sign("a", 0, "asking", '{"stage": "summaries"}')], "a"),  # it has just begun
        ([sign("a", -99, "asking", '{"stage": "summaries"}'), sign("a", 9)], "a"),  # it spends
        ([sign("a", -99, "asking", '{"stage": "summaries"}'), sign("a", -40)], None),  # it was killed
        ([sign("a", 0, "asking", '{"stage": "summaries"}'), sign("a", 9, figures="{}")], None),  # it has ended
        ([sign("a", 5, "asking", '{"stage": "summaries"}'), sign("a", 9)], None),  # it came later
        ([sign("z", 3, "asking", '{"stage": "summaries"}')], None),  # at the same moment one of the two goes first
        ([sign("a", 3, "asking", '{"stage": "summaries"}')], "a"),
        ([sign("a", 0, "asking", '{"stage": "names"}'), sign("a", 9, "names")], None),  # it asks something else
    ],
)
def test_a_run_waits_for_one_that_asked_before_it_and_still_does(
    others: list[dict[str, Any]], waits_for: str | None
) -> None:
    mine = sign("me", 3, "asking", '{"stage": "summaries"}')
    now = mine["recorded_at"] + timedelta(seconds=7)
    assert asks_before([mine, *others], "me", "summaries", now) == waits_for


@pytest.mark.parametrize("first", ["request", "issue"])
def test_what_was_the_first_lens_goes_on_as_the_only_one_whatever_goes_with_it(models: Models, first: str) -> None:
    models.rows("create table models.made as select unnest(['request', 'issue']) as lens, lens || ' made' as key")
    schema, [only] = pa.schema([("lens", pa.string()), ("key", pa.string())]), each_lens("conversation")
    assert (
        models.stage("names", "made", only).last(schema) is None
    )  # runs of an earlier release do not say which it was
    for run, lens in enumerate([first, "conversation"]):  # the second one stopped before it made anything
        models.rows(
            f"""insert into "state log".kura_run_log by name select '{run}' as run_id, 'run' as stage,"""
            f""" now() + interval {run + 1} minute as recorded_at, '{json.dumps({"lens": lens})}' as figures"""
        )
    last = models.stage("names", "made", only).last(schema)
    assert last
    assert last.to_pylist() == [{"lens": "conversation", "key": f"{first} made"}]
    [_, other] = each_lens("conversation", "mood")
    assert models.stage("names", "made", other).last(schema) is None


def each_lens(*names: str) -> list[settings.Lens]:
    return settings.LensSettings({name: {"text": "user_turns"} for name in names}, "local", "auto").each()


def test_what_is_told_to_people_is_told_without_the_way_through_the_code(models: Models) -> None:
    def noticed_deep_inside(error: Exception) -> None:
        try:
            raise KeyError("what has led to it")
        except KeyError:
            raise error from None

    def printed(error: Exception) -> str:
        with pytest.raises(type(error)) as raised, models.stage("summaries", "int_kura__summaries"):
            noticed_deep_inside(error)
        return "".join(traceback.format_exception(raised.value))

    told = printed(KuraError("the limit is reached"))
    assert told.endswith("KuraError: the limit is reached\n")
    assert "noticed_deep_inside" not in told.replace("noticed_deep_inside(error)", "")
    assert "in noticed_deep_inside" in printed(ValueError("a fault of the code"))
