"""A model asked which topic of a taxonomy a text belongs to: what is asked, how much, what comes of it, what is paid once."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from kura_udfs.clustering.points import Points
from kura_udfs.clustering.taxonomy import Placed
from kura_udfs.llm.requests import Answer
from kura_udfs.llm.stores import RESPONSES
from kura_udfs.prompting.prompts import load_prompt
from kura_udfs.prompting.questions import LanguageModel
from kura_udfs.prompting.topics import Chooser, Option
from kura_udfs.settings import Lens, ModelSettings
from kura_udfs.stages.taxonomy import taxonomy_of
from kura_udfs.stages.taxonomy_check import border, check_by_model
from tests.support.standin import Call, Reply, StandIn, completion, error
from tests.unit.test_stage import Models, models  # noqa: F401

OPTIONS = (Option("Refunds", "Money that has not come back"), Option("Late parcels", ""), Option("Tents", ""))
TYPES = {pa.string(): "varchar", pa.int64(): "bigint", pa.float64(): "double", pa.timestamp("us"): "timestamp"}


def chooser(*options: Option, model: str = "m", seed: int = 0) -> Chooser:
    return Chooser(load_prompt("choose_topic"), LanguageModel(model, {"seed": seed}), options or OPTIONS)


def answer(topic: str | None, status: Any = "ok") -> Answer:
    content = None if topic is None else json.dumps({"topic": topic})
    return Answer("k", status, content, None, "m", 1, 1, 0.0, 1, 0, 0.1)


# --- the question


def test_a_question_shows_the_text_and_the_likely_topics_and_closes_the_list() -> None:
    request = chooser().request("where is my money </conversation>", [0, 2])
    assert "where is my money" in request.prompt.user
    assert "Refunds: Money that has not come back\nTents\nnone" in request.prompt.user
    assert "Late parcels" not in request.prompt.user, "nobody would take it for that"
    assert "money" not in request.prompt.system.lower()
    [topic] = request.schema.model_json_schema()["properties"].values()
    assert topic["enum"] == ["Refunds", "Late parcels", "Tents", "none"]


def test_an_answer_is_a_topic_or_none_and_anything_else_is_no_answer() -> None:
    said = ["Refunds", " refunds ", "none", "Something else", None]
    assert [chooser().chosen(answer(topic)) for topic in said] == [0, 0, -1, None, None]
    assert chooser().chosen(None) is None
    assert chooser().chosen(answer(None, "failed")) is None


def test_the_same_is_asked_again_only_about_another_text_list_or_model() -> None:
    key = chooser().key("my money")
    assert key == chooser().request("my money", [0]).key == chooser().request("my money", [2, 1]).key
    assert key == chooser(*reversed(OPTIONS)).key("my money")
    others = [chooser().key("my tent"), chooser(model="n").key("my money"), chooser(seed=1).key("my money")]
    others += [chooser(*OPTIONS[:2]).key("my money"), chooser(Option("Refunds", "x"), *OPTIONS[1:]).key("my money")]
    assert len({key, *others}) == 6


def test_at_most_a_tenth_is_asked_about_and_only_at_the_border() -> None:
    certainty = np.full(100, 3.0)
    certainty[[7, 3]] = 0.2, 0.1
    labels = np.zeros(100, np.int32)
    assert border(Placed(labels, labels[:, None], certainty), 100).tolist() == [3, 7]
    everywhere = Placed(labels, labels[:, None], np.zeros(100))
    assert border(everywhere, 100).tolist() == list(range(10))


# --- over HTTP

TAXONOMY = taxonomy_of(
    [{"topic": one.name, "parent": None, "description": one.description, "examples": None} for one in OPTIONS]
)
TEXTS = [f"{what} {number}" for what in ("my refund", "my parcel", "my tent", "the weather") for number in range(10)]
IN_ORDER = [one.topic for one in TAXONOMY.leaves]


class Checked:
    """Forty texts of which three lie at the border, and the model asked about those."""

    def __init__(self, models: Models) -> None:  # noqa: F811
        self.models = models
        columns = ", ".join(
            f"{name} {TYPES[kind]}" for name, kind in zip(RESPONSES.names, RESPONSES.types, strict=True)
        )
        models.rows(f"create table tables.responses ({columns})")
        self.certainty = np.full(40, 5.0)
        self.certainty[[0, 10, 30]] = 0.1

    def run(self, server: StandIn, **more: Any) -> np.ndarray[Any, Any]:
        n = len(TEXTS)
        hashes = np.array([f"h{number:03d}" for number in range(n)], object)
        points = Points(hashes, np.zeros((n, 2), np.float32), np.ones(n), TEXTS, [None] * n)
        labels = np.full(n, IN_ORDER.index("Tents"), np.int32)
        placed = Placed(labels, np.tile(np.arange(3, dtype=np.int32), (n, 1)), self.certainty)
        settings = ModelSettings("openai", "gpt-4o-mini", openai_base_url=server.url, api_key="sk-test", **more)
        with self.models.stage("fit", "int_kura__cluster_fit", Lens("conversation", "request")) as stage:
            check = check_by_model(stage, settings, TAXONOMY, self.models.ref("tables", "responses"))
            assert check is not None
            found = check(points, placed)
            self.figures, self.spent = dict(stage.figures), stage.account.spent
        return found


@pytest.fixture
def checked(models: Models) -> Checked:  # noqa: F811
    return Checked(models)


def sorts(call: Call) -> Reply:
    shown = call.user.split("The topics:")[0]
    topic = "Refunds" if "refund" in shown else "Late parcels" if "parcel" in shown else "none"
    return completion(json.dumps({"topic": topic}))


def test_what_the_model_says_holds_and_is_paid_for_once(checked: Checked) -> None:
    with StandIn(sorts) as server:
        found = checked.run(server)
        assert found[[0, 10, 30]].tolist() == [IN_ORDER.index("Refunds"), IN_ORDER.index("Late parcels"), -1]
        assert (np.delete(found, [0, 10, 30]) == IN_ORDER.index("Tents")).all()
        assert (len(server.calls), checked.spent.calls) == (3, 3)
        assert checked.spent.cost_usd > 0
        assert checked.figures == {"taxonomy_asked": 3, "taxonomy_moved": 3}
        # what is certain by now was said before, and what was said is not asked again
        checked.certainty[[0, 20]] = 5.0, 0.1
        again = checked.run(server)
        assert len(server.calls) == 4
        assert again[[0, 10, 20, 30]].tolist() == [*found[[0, 10]].tolist(), -1, -1]


def test_without_a_useful_answer_a_text_stays_where_it_was_placed(checked: Checked) -> None:
    with StandIn(lambda call: completion(json.dumps({"topic": "Weather"}))) as server:
        assert set(checked.run(server)) == {IN_ORDER.index("Tents")}
        assert checked.figures["taxonomy_moved"] == 0
    with StandIn(lambda call: error(400, "no")) as server:
        assert set(checked.run(server)) == {IN_ORDER.index("Tents")}


def test_nothing_is_asked_without_a_model_or_a_taxonomy(models: Models) -> None:  # noqa: F811
    with models.stage("fit", "int_kura__cluster_fit", Lens("conversation", "request")) as stage:
        ref = models.ref("state log", "kura_run_log")
        assert check_by_model(stage, ModelSettings("local"), TAXONOMY, ref) is None
        assert check_by_model(stage, ModelSettings("openai", "m"), None, ref) is None
        stage.sends_nothing = True
        assert check_by_model(stage, ModelSettings("openai", "m"), TAXONOMY, ref) is None
