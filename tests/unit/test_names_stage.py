"""The stage that names, on a real DuckDB and a model server on the loopback: what is asked, told, audited and kept."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from kura_udfs import settings
from kura_udfs.llm.answers import done_together
from kura_udfs.llm.stores import RESPONSES
from kura_udfs.stages import cluster_names
from kura_udfs.tables import as_lists
from kura_udfs.vectors.encoders import load_encoder
from tests.support.standin import Call, Reply, StandIn, completion, error, fitting
from tests.unit.test_stage import Models, models  # noqa: F401

TOPICS = {
    "parcel": "where is the parcel of Jane Doe, the courier",
    "refund": "the refund to my bank has not arrived",
    "password": "the password of my account was forgotten, reset",
    "tent": "a tent pole broke in the wind, repair",
    "invoice": "please send the invoice for tax with VAT",
    "boots": "boots too small, exchange the size",
}
PER_TOPIC = 5
TYPES = {pa.string(): "varchar", pa.int64(): "bigint", pa.float64(): "double", pa.timestamp("us"): "timestamp"}


class Night:
    """Six base clusters of five texts each, and the stage over them."""

    def __init__(self, models: Models) -> None:  # noqa: F811
        self.models = models
        self.texts = [f"{text} {number} times" for text in TOPICS.values() for number in range(PER_TOPIC)]
        self.clusters = [topic for topic in TOPICS for _ in range(PER_TOPIC)]
        self.users = list(range(len(self.texts)))
        columns = ", ".join(
            f"{name} {TYPES[type_]}" for name, type_ in zip(RESPONSES.names, RESPONSES.types, strict=True)
        )
        models.rows(f"create table tables.responses ({columns})")
        models.rows("create table tables.paid as select 'k' as key where false")
        self.vectors = load_encoder("minilm").embed(self.texts)

    def run(self, server: StandIn | None = None, fit_id: str = "fit1", **more: Any) -> list[dict[str, Any]]:
        n = len(self.texts)
        likeness = self.vectors @ self.vectors.T
        near = np.argsort(-likeness, axis=1)[:, 1:6]
        hashes = np.array([f"h{number:03d}" for number in range(n)])
        points = pa.table(
            {
                "text_hash": hashes,
                "lens": ["conversation"] * n,
                "recipe": ["minilm"] * n,
                "embedding": as_lists(self.vectors),
                "weight": [1] * n,
                "cluster_text": self.texts,
                "language": ["english"] * n,
                "author": pa.array(self.users, pa.int64()),
                "user_count": [int(user is not None) for user in self.users],
                "fit_id": [fit_id] * n,
                "cluster_id": self.clusters,
                "previous_cluster_id": self.clusters,
                "fitted_texts": [n] * n,
                "anew_texts": [n] * n,
                "neighbours": pa.array([hashes[row].tolist() for row in near], pa.list_(pa.string())),
                "similarities": as_lists(np.take_along_axis(likeness, near, axis=1)),
            }
        )
        self.models.session.register("arrived", points)
        self.models.rows("create or replace table tables.points as select * from arrived")
        self.models.session.unregister("arrived")
        model = settings.ModelSettings(
            "openai" if server else "local", "m", openai_base_url=server.url if server else None, api_key="sk-test"
        )
        chosen = {"top_clusters": 2, "min_published_conversations": 2, "min_published_users": 1} | more
        embedder = settings.EmbedderSettings("minilm", None, "fp16", "", None, "", "")
        ref = self.models.ref
        texts, vectors, fitted = (
            self.models.session.query(f"select text_hash, {columns} from tables.points")
            for columns in (
                "lens, cluster_text, language, weight, author, user_count",
                "embedding, recipe",
                "lens, fit_id, cluster_id, previous_cluster_id, fitted_texts, neighbours, similarities",
            )
        )
        with self.models.stage(
            "names", "int_kura__cluster_names", settings.Lens("conversation", "user_turns")
        ) as stage:
            naming = cluster_names.name(
                stage,
                settings.NameSettings(model, embedder, **chosen, seed=0),
                (texts, vectors, fitted),
                ref("tables", "responses"),
                ref("tables", "paid"),
            )
            [found] = done_together([naming])
        self.models.session.register("made", found)
        self.models.rows("create or replace table models.int_kura__cluster_names as select * from made")
        self.models.session.unregister("made")
        rows: list[dict[str, Any]] = found.to_pylist()
        return rows


@pytest.fixture
def night(models: Models) -> Night:  # noqa: F811
    return Night(models)


def told(row: dict[str, Any]) -> str:
    return f"{row['name']} {row['description']} {row['slug']} {row['keyphrases']}".lower()


def row_of(rows: list[dict[str, Any]], cluster_id: str) -> dict[str, Any]:
    [found] = [row for row in rows if row["cluster_id"] == cluster_id]
    return found


# --- without a model


def test_a_name_that_holds_a_person_gives_way_and_says_so(night: Night) -> None:
    rows = night.run()
    assert row_of(rows, "parcel")["audit_verdict"] == "renamed"
    assert not any("jane" in told(row) or " doe" in told(row) for row in rows)
    assert "parcel" in told(row_of(rows, "parcel"))
    assert row_of(rows, "refund")["audit_verdict"] == "passed"
    assert {row["audit_score"] for row in rows} == {None}


def test_a_kept_name_keeps_its_verdict_and_one_that_fails_today_is_not_kept(night: Night) -> None:
    first = night.run()
    night.models.rows(
        "update models.int_kura__cluster_names set name = 'Refund of Jane Doe' where cluster_id = 'refund'"
    )
    second = night.run(fit_id="fit2")
    assert row_of(second, "parcel")["audit_verdict"] == "renamed"
    assert row_of(second, "parcel")["name"] == row_of(first, "parcel")["name"]
    assert row_of(second, "refund")["audit_verdict"] == "renamed"
    assert "jane" not in told(row_of(second, "refund"))


def test_other_thresholds_name_only_parents_over_small_clusters_anew(night: Night) -> None:
    night.users[-PER_TOPIC:] = [99] * PER_TOPIC  # boots
    night.run()
    night.models.rows("update models.int_kura__cluster_names set name = name || ' as it was'")
    rows = night.run(min_published_users=2)
    over_boots = row_of(rows, "boots")["parent_cluster_id"]
    for row in rows:
        assert row["name"].endswith(" as it was") == (row["cluster_id"] != over_boots), row["name"]
    assert "boots" not in told(row_of(rows, over_boots))


def test_ids_outlive_a_table_without_the_columns_of_the_audit(night: Night) -> None:
    before = night.run()
    night.models.rows("alter table models.int_kura__cluster_names drop column audit_verdict")
    night.models.rows("alter table models.int_kura__cluster_names drop column audit_score")
    after = night.run(fit_id="fit2")
    assert {row["cluster_id"] for row in after} == {row["cluster_id"] for row in before}
    assert {row["name"] for row in after} == {row["name"] for row in before}
    assert {row["audit_verdict"] for row in after} <= {"passed", "renamed"}


# --- with a model


class Namer:
    """Names each group by the topic that it reads, with Jane's name for parcels; scores names with it low."""

    def __init__(self, rewritten: str) -> None:
        self.rewritten = rewritten

    def __call__(self, call: Call) -> Reply:
        system, shown = str(call.body["messages"][0]["content"]), call.user
        if "rewrite one heading" in system:
            name = self.rewritten
        elif "check the headings" in system:
            lines = [line for line in shown.split("\n") if line.startswith("- ")]
            scores = [{"number": n, "score": 2 if "jane" in line.lower() else 5} for n, line in enumerate(lines, 1)]
            return completion(json.dumps({"scores": scores}))
        elif "You name" in system:
            topics = [topic for topic in TOPICS if topic in shown.split("Similar")[0]]
            name = f"Sort out {' and '.join(topics)}"
            if topics == ["parcel"] or ("jane" in shown.lower() and "You name a section" in system):
                name = "Track the parcel of Jane Doe"
        else:
            return fitting(call)
        return completion(json.dumps({"name": name, "description": f"{name}. All do so.", "slug": ""}))


def about(server: StandIn, opening: str) -> list[Call]:
    return [call for call in server.calls if opening in str(call.body["messages"][0]["content"])]


def test_a_model_judges_new_names_and_gives_a_better_one_when_asked_again(night: Night) -> None:
    with StandIn(Namer("Track a lost parcel")) as server:
        rows = night.run(server)
        parcel = row_of(rows, "parcel")
        assert (parcel["name"], parcel["audit_verdict"], parcel["audit_score"]) == ("Track a lost parcel", "renamed", 5)
        assert {row["audit_verdict"] for row in rows} == {"passed", "renamed"}
        assert {row["audit_score"] for row in rows} == {5}
        assert len(about(server, "rewrite one heading")) == 1
        # all bases, the one that was rewritten, all parents
        assert len(about(server, "check the headings")) == 3
        assert not any("jane" in call.user.lower() for call in about(server, "You name a section"))
        assert not any("jane" in told(row).replace("keyphrases", "") for row in rows)

        asked = len(server.calls)
        again = night.run(server, fit_id="fit2")
        assert len(server.calls) == asked, "names that are kept are not judged again"
        assert [(row["name"], row["audit_verdict"], row["audit_score"]) for row in again] == [
            (row["name"], row["audit_verdict"], row["audit_score"]) for row in rows
        ]


def test_a_name_that_stays_bad_has_failed_and_nobody_above_hears_of_it(night: Night) -> None:
    with StandIn(Namer("Find the parcel of Jane Doe")) as server:
        rows = night.run(server)
        parcel = row_of(rows, "parcel")
        assert (parcel["audit_verdict"], parcel["audit_score"]) == ("failed", 2)
        assert len(about(server, "rewrite one heading")) == 1
        above = [row for row in rows if not row["is_leaf"]]
        assert above
        assert {row["audit_verdict"] for row in above} == {"passed"}
        assert not any("jane" in told(row) for row in above)
        for opening in ("You name a section", "next higher level", "You put one heading"):
            assert not any("jane" in call.user.lower() for call in about(server, opening)), opening


def test_a_model_that_names_parents_is_not_shown_small_clusters(night: Night) -> None:
    night.users[-PER_TOPIC:] = [99] * PER_TOPIC  # boots
    with StandIn(Namer("Track a lost parcel")) as server:
        rows = night.run(server, min_published_users=2)
        assert "boots" in row_of(rows, "boots")["name"]
        for opening in ("You name a section", "next higher level", "You put one heading"):
            assert not any("boots" in call.user.lower() for call in about(server, opening)), opening
        assert not any("boots" in told(row) for row in rows if not row["is_leaf"])
        # the same texts by many users
        night.users = list(range(len(night.texts)))
        night.run(server, min_published_users=2, fit_id="fit2", top_clusters=3)
        assert any("boots" in call.user.lower() for call in about(server, "You name a section"))


def test_names_of_a_release_without_an_audit_are_kept_and_judged_once(night: Night) -> None:
    with StandIn(Namer("Track a lost parcel")) as server:
        before = night.run(server)
        asked = len(server.calls)
        # as the release before wrote them
        night.models.rows("update models.int_kura__cluster_names set recipe = split_part(recipe, '-', 1)")
        night.models.rows("alter table models.int_kura__cluster_names drop column audit_verdict")
        night.models.rows("alter table models.int_kura__cluster_names drop column audit_score")
        night.models.rows("update models.int_kura__cluster_names set name = 'Kept ' || name where level = 0")
        after = night.run(server, fit_id="fit2")
        kept = {row["cluster_id"]: row["name"] for row in after if row["level"] == 0}
        assert kept == {row["cluster_id"]: f"Kept {row['name']}" for row in before if row["level"] == 0}
        assert {row["cluster_id"] for row in after} == {row["cluster_id"] for row in before}
        assert {row["audit_score"] for row in after} == {5}
        assert all("check the headings" in str(call.body["messages"][0]["content"]) for call in server.calls[asked:])


def test_names_that_a_server_failed_to_give_are_asked_for_in_the_next_run(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kura_udfs.llm.openai.calls.FIRST_BACKOFF", 0.0)
    with StandIn(lambda call: error(503)) as server:
        down = night.run(server)
        assert {row["name_overlap"] for row in down} == {cluster_names.LOST}
        server.replies = Namer("Track a lost parcel")
        rows = night.run(server)
        assert row_of(rows, "parcel")["name"] == "Track a lost parcel"
        assert {row["name_overlap"] for row in rows} == {1.0}
        assert about(server, "next higher level"), "the tree is the model's, too"
        asked = len(server.calls)
        assert night.run(server) == rows
        assert len(server.calls) == asked
