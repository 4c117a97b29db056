"""Topics of the user's own: how they are read, what goes into them, what stays beside, and where they stand in the tree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kura_udfs.clustering import taxonomy
from kura_udfs.clustering.belonging import Topic, belonging
from kura_udfs.clustering.clusters import OUTLIER
from kura_udfs.clustering.points import Fitted, Points
from kura_udfs.clustering.resolutions import found_again
from kura_udfs.clustering.taxonomy import placed
from kura_udfs.settings import ClusterSettings, FitSettings, Lens
from kura_udfs.stages import cluster_fit, grouping
from kura_udfs.stages.cluster_names import NAMES
from kura_udfs.stages.taxonomy import (
    BESIDE,
    Anchors,
    examples_of,
    found_alone,
    found_rows,
    is_given,
    taxonomy_of,
    topic_id,
    with_topics,
)
from kura_udfs.tables import as_lists
from kura_udfs.vectors.encoders import load_encoder
from tests.support.vectors import unit
from tests.unit.test_stage import Models, models  # noqa: F401

WIDTH = 24


def around(centre: int, number: int, seed: int, spread: float = 0.14) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Unit vectors about one of the axes."""
    drawn = np.random.default_rng(seed).normal(size=(number, WIDTH)) * spread
    drawn[:, centre] += 1
    return unit(drawn)


def row(
    topic: str, parent: str | None = None, description: str | None = None, examples: str | None = None
) -> dict[str, Any]:
    return {"topic": topic, "parent": parent, "description": description, "examples": examples}


# --- what the user says


def test_examples_stand_in_lines_or_between_bars() -> None:
    assert examples_of("where is it?|  it is late \r\n\nwhere is it?|") == ("where is it?", "it is late")
    assert examples_of(None) == examples_of(" | \n") == ()


def test_a_topic_is_known_by_its_name_whatever_else_is_said_of_it() -> None:
    before = taxonomy_of([row("Late parcels", "Delivery", "It is late", "where is it"), row("Refunds")])
    described = taxonomy_of([row("late  parcels", "Delivery", "It is lost", "where is it"), row("Refunds")])
    moved = taxonomy_of([row("Late parcels", "Parcels", "It is late", "where is it"), row("Refunds")])
    assert [topic_id(one.topic) for one in before.leaves] == [topic_id(one.topic) for one in reversed(described.leaves)]
    assert before.anchored_by != described.anchored_by
    assert (before.anchored_by, before.told) != (moved.anchored_by, moved.told)
    assert before.anchored_by == moved.anchored_by, "where conversations go has nothing to do with what is above"


def test_a_parent_without_a_row_of_its_own_is_a_heading() -> None:
    found = taxonomy_of([row("Late parcels", "Delivery"), row("Lost parcels", "delivery")])
    assert sorted(one.topic for one in found.given) == ["Delivery", "Late parcels", "Lost parcels"]
    assert sorted(one.topic for one in found.leaves) == ["Late parcels", "Lost parcels"]


def test_only_what_the_taxonomy_gives_has_its_ids() -> None:
    assert is_given(topic_id("Refunds"))
    assert is_given(BESIDE)
    assert not any(map(is_given, ["outliers", "unprocessed", "c0123456789a", "tents", "t0123456789"]))


# --- what goes where


@pytest.fixture(scope="module")
def six() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    kinds = np.repeat(np.arange(6), 40).astype(np.int32)
    return np.vstack([around(kind, 40, kind) for kind in range(6)]), kinds


def topics(*kinds: int, examples: int = 4) -> list[Topic]:
    return [Topic(around(kind, 1, 100 + kind)[0], around(kind, examples, 200 + kind)) for kind in kinds]


def test_what_is_near_a_topic_goes_there_and_the_rest_stays_beside(six: tuple[Any, Any]) -> None:
    vectors, kinds = six
    found = placed(vectors, np.ones(240), kinds, topics(0, 2, 4), min_size=3).labels
    wanted = np.array([0, -1, 1, -1, 2, -1])[kinds]
    assert (found == wanted).mean() > 0.98


def test_two_kinds_in_one_cluster_are_told_apart(six: tuple[Any, Any]) -> None:
    vectors, kinds = six
    merged = np.where(kinds == 1, 0, kinds)
    merged = np.unique(merged, return_inverse=True)[1].astype(np.int32)
    found = placed(vectors, np.ones(240), merged, topics(0, 2, 4), min_size=3).labels
    assert (found[kinds == 0] == 0).mean() > 0.95
    assert (found[kinds == 1] == OUTLIER).mean() > 0.95


def test_a_name_alone_is_enough_where_it_says_what_is_meant(six: tuple[Any, Any]) -> None:
    vectors, kinds = six
    alone = topics(3, examples=0)
    found = placed(vectors, np.ones(240), kinds, alone, min_size=3).labels
    assert (found[kinds == 3] == 0).mean() > 0.95
    assert (found[kinds != 3] == OUTLIER).mean() > 0.95


def test_a_topic_that_nobody_talks_about_takes_nothing(six: tuple[Any, Any]) -> None:
    vectors, kinds = six
    found = placed(vectors, np.ones(240), kinds, topics(0, 20), min_size=3).labels
    assert set(found[kinds != 0]) == {OUTLIER}


def test_beside_others_a_topic_that_nobody_talks_about_takes_nothing(six: tuple[Any, Any]) -> None:
    vectors, kinds = six
    found = placed(vectors, np.ones(240), kinds, topics(0, 2, 4, 20), min_size=3).labels
    assert not (found == 3).any()
    assert (found == np.array([0, -1, 1, -1, 2, -1])[kinds]).mean() > 0.95


def test_broad_topics_take_in_what_narrow_ones_leave_beside() -> None:
    """Each pair of kinds is a topic, or its first one is: examples say which."""
    vectors = unit(
        np.vstack([around(kind, 30, kind, 0.1) + around(12 + kind // 2, 30, 50 + kind, 0.05) for kind in range(10)])
    )
    kinds = np.repeat(np.arange(10), 30).astype(np.int32)
    shown = np.random.default_rng(0)

    def asked(kinds_of: list[list[int]]) -> list[Topic]:
        rows = [shown.choice(np.flatnonzero(np.isin(kinds, some)), 6, replace=False) for some in kinds_of]
        return [Topic(vectors[row].mean(axis=0), vectors[row]) for row in rows]

    narrow = placed(vectors, np.ones(300), kinds, asked([[0], [2], [4], [6]]), min_size=3).labels
    broad = placed(vectors, np.ones(300), kinds, asked([[0, 1], [2, 3], [4, 5], [6, 7]]), min_size=3).labels
    second = np.isin(kinds, [1, 3, 5, 7])
    assert (narrow[second] == OUTLIER).mean() > 0.9
    assert (broad[second] == kinds[second] // 2).mean() > 0.9
    assert (broad[kinds >= 8] == OUTLIER).mean() > 0.9


def test_nothing_is_learned_from_few_examples(six: tuple[Any, Any]) -> None:
    vectors, kinds = six
    assert belonging(vectors, kinds, topics(0, 2)) is None
    assert belonging(vectors, kinds, topics(0, 2, 4, examples=2)) is None
    known = belonging(vectors, kinds, topics(0, 2, 4))
    assert known is not None
    assert known.shares.shape == (240, 3)
    assert known.odds[np.isin(kinds, [0, 2, 4])].min() > known.odds[np.isin(kinds, [1, 3, 5])].max()


def test_between_two_topics_nothing_is_certain(six: tuple[Any, Any]) -> None:
    vectors, _ = six
    between = (vectors[:1] + vectors[80:81]) / np.linalg.norm(vectors[0] + vectors[80])
    everything = np.vstack([vectors, between]).astype(np.float32)
    clusters = np.append(np.repeat(np.arange(6), 40), 0).astype(np.int32)
    found = placed(everything, np.ones(241), clusters, topics(0, 2, 4), min_size=3)
    assert found.certainty[-1] < np.quantile(found.certainty[:240], 0.1)
    assert set(found.likely[-1, :2]) == {0, 1}


def test_the_order_of_topics_changes_nothing(six: tuple[Any, Any]) -> None:
    vectors, kinds = six
    one = placed(vectors, np.ones(240), kinds, topics(0, 2, 4), min_size=3).labels
    other = placed(vectors, np.ones(240), kinds, topics(4, 0, 2), min_size=3).labels
    assert np.array_equal(one, np.array([2, 0, 1, OUTLIER])[other])


def test_the_limit_lies_between_a_cluster_and_its_nearest_other() -> None:
    far, close = np.full((3, 3), 0.3), np.full((3, 3), 0.9)
    assert taxonomy.kin_limit(far) == pytest.approx(0.65)
    assert taxonomy.kin_limit(close) == pytest.approx(0.95)
    assert taxonomy.kin_limit(np.ones((1, 1))) == 0.75


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(0, 12),
    kinds=st.integers(0, 3),
    number=st.integers(0, 3),
    examples=st.integers(0, 2),
    seed=st.integers(0, 5),
    blank=st.booleans(),
)
def test_whatever_comes_each_text_is_in_one_topic_or_none(
    n: int, kinds: int, number: int, examples: int, seed: int, blank: bool
) -> None:
    draw = np.random.default_rng(seed)
    vectors = around(0, n, seed, 1.0) if n else np.zeros((0, WIDTH), np.float32)
    vectors = np.where(draw.random((n, 1)) < (0.5 if blank else 0), 0, vectors).astype(np.float32)
    clusters = draw.integers(-1, max(kinds, 0), n).astype(np.int32)
    clusters = np.unique(np.append(clusters, -1), return_inverse=True)[1][:-1].astype(np.int32) - 1
    asked = [
        Topic(around(0, 1, seed + 9)[0], around(one, examples, seed) if examples else np.zeros((0, WIDTH), np.float32))
        for one in range(number)
    ]
    found = placed(vectors, np.ones(n), clusters, asked, min_size=2).labels
    assert found.dtype == np.int32
    assert found.shape == (n,)
    assert set(found) <= set(range(-1, number))
    assert (found[~vectors.any(axis=1)] == OUTLIER).all()


# --- where it stands in the tree


def found_row(cluster_id: str, parent: str | None, level: int, is_leaf: bool) -> dict[str, Any]:
    return {
        "lens": "conversation", "fit_id": "f", "recipe": "r", "cluster_id": cluster_id, "parent_cluster_id": parent,
        "level": level, "is_leaf": is_leaf, "name": cluster_id, "description": "", "slug": cluster_id,
        "name_overlap": 1.0, "keyphrases": [], "exemplars": [], "centroid": [0.0] * WIDTH, "radius": 0.1 if is_leaf else None,
    }  # fmt: skip


def tree(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tree with two topics under one heading, and another one that nobody talks about."""
    leaves = [one["cluster_id"] for one in rows if one["is_leaf"]]
    given_topics = taxonomy_of([row("Late", "Delivery", "It is late"), row("Lost", "Delivery"), row("Unheard of")])
    ids = [*leaves, topic_id("Late"), topic_id("Lost")]
    vectors = np.vstack([around(number, 3, number) for number in range(len(ids))])
    labels = np.repeat(np.arange(len(ids)), 3).astype(np.int32)
    n = len(labels)
    texts = Points(np.array([f"h{i:02d}" for i in range(n)], object), vectors, np.ones(n), [""] * n, [None] * n)
    shared = {"lens": "conversation", "fit_id": "f", "recipe": "r"}
    found = with_topics(
        pa.Table.from_pylist(rows, NAMES), given_topics, Fitted("f", labels, ids, labels, ids), texts, shared
    )
    made: list[dict[str, Any]] = found.to_pylist()
    return made


DEEP = [
    found_row("a", None, 0, False), found_row("b", None, 0, True),
    found_row("aa", "a", 1, False), found_row("ab", "a", 1, True),
    found_row("aaa", "aa", 2, False), found_row("aab", "aa", 2, True),
    found_row("aaaa", "aaa", 3, True), found_row("aaab", "aaa", 3, True),
]  # fmt: skip


def test_topics_stand_beside_what_was_found_which_is_below_one_branch() -> None:
    rows = {one["cluster_id"]: one for one in tree(DEEP)}
    top = {one["name"] for one in rows.values() if one["level"] == 0}
    assert top == {"Delivery", "Not in your taxonomy"}
    assert rows[topic_id("Late")]["parent_cluster_id"] == topic_id("Delivery")
    assert rows[topic_id("Late")]["description"] == "It is late."
    assert rows["a"]["parent_cluster_id"] == BESIDE
    assert {one["name"] for one in rows.values() if one["is_in_taxonomy"]} == {"Delivery", "Late", "Lost"}


def test_no_tree_has_more_than_four_levels_and_each_node_is_one_below_its_parent() -> None:
    rows = {one["cluster_id"]: one for one in tree(DEEP)}
    assert max(one["level"] for one in rows.values()) == 3
    for one in rows.values():
        above = rows[one["parent_cluster_id"]]["level"] if one["parent_cluster_id"] else -1
        assert one["level"] == above + 1, one["cluster_id"]
    assert rows["aaaa"]["parent_cluster_id"] == "aa", "its parent gave way"
    assert "aaa" not in rows


def test_one_cluster_beside_a_taxonomy_needs_no_branch() -> None:
    rows = {one["cluster_id"]: one for one in tree([found_row("b", None, 0, True)])}
    assert rows["b"]["parent_cluster_id"] is None
    assert BESIDE not in rows


def test_the_next_fit_goes_on_from_what_was_found_alone() -> None:
    flat = [
        found_row("a", None, 0, False),
        found_row("b", None, 0, True),
        found_row("aa", "a", 1, True),
        found_row("ab", "a", 1, True),
    ]
    last = found_rows(pa.Table.from_pylist(tree(flat), NAMES))
    assert last is not None
    assert [(one["cluster_id"], one["parent_cluster_id"], one["level"]) for one in last.to_pylist()] == [
        (one["cluster_id"], one["parent_cluster_id"], one["level"]) for one in flat
    ]
    whole = Fitted(
        "f",
        np.array([0, 1, 2, -1], np.int32),
        ["a", topic_id("x"), "b"],
        np.array([0, 0, 1, -1], np.int32),
        [topic_id("x"), "a"],
    )
    alone = found_alone(whole)
    assert (alone.ids, alone.labels.tolist(), alone.previous_ids) == (["a", "b"], [0, -1, 1, -1], ["a"])
    assert alone.previous.tolist() == [-1, -1, 0, -1]


# --- the fit, from night to night

SAID = {
    "parcel": "where is my parcel, the courier is late",
    "refund": "the refund to my bank has not arrived",
    "password": "the password of my account was forgotten, reset it",
    "tent": "a tent pole broke in the wind, repair it",
}
WAYS = [
    "please",
    "hello,",
    "again:",
    "I ask:",
    "urgent!",
    "it is Monday,",
    "sorry,",
    "dear shop,",
    "since May:",
    "once more,",
]
PARCELS = row("Parcels", "Delivery", "A parcel is late", "where is the parcel|the courier is late with my parcel")


class Nights:
    """Forty texts about four things, and the fit over them, one after the other."""

    def __init__(self, models: Models) -> None:  # noqa: F811
        self.models = models
        self.encoder = load_encoder("minilm")
        texts = [f"{way} {said}" for said in SAID.values() for way in WAYS]
        points = pa.table(
            {
                "text_hash": [f"h{number:03d}" for number in range(len(texts))],
                "recipe": ["minilm"] * len(texts),
                "embedding": as_lists(self.encoder.embed(texts)),
                "weight": [1] * len(texts),
                "cluster_text": texts,
                "language": ["english"] * len(texts),
            }
        )
        models.session.register("arrived", points)
        models.rows("create table tables.points as select * from arrived")

    def run(self, *rows: dict[str, Any]) -> tuple[str, dict[str, set[str]]]:
        """Return why it was fitted, and what is in each cluster."""
        points = self.models.session.query("select 'conversation' as lens, * from tables.points")
        chosen = FitSettings(ClusterSettings("leiden", None, None, 0), 10, "never", "local")
        with self.models.stage("fit", "int_kura__cluster_fit", Lens("conversation", "user_turns")) as stage:
            made = cluster_fit.fit(
                stage, chosen, points, points, None, taxonomy_of(rows) if rows else None, lambda: self.encoder
            )
        self.models.session.register("made", made)
        self.models.rows("create or replace table models.int_kura__cluster_fit as select * from made")
        self.models.session.unregister("made")
        things = {f"h{number:03d}": thing for number, thing in enumerate(np.repeat(list(SAID), len(WAYS)))}
        found: dict[str, set[str]] = {}
        for one in made.to_pylist():
            found.setdefault(one["cluster_id"], set()).add(str(things[one["text_hash"]]))
        return str(stage.figures["decision"]), found


def test_an_edited_taxonomy_is_a_refit_in_which_nothing_loses_its_id(models: Models) -> None:  # noqa: F811
    nights = Nights(models)
    parcels = topic_id("Parcels")
    why, first = nights.run(PARCELS)
    assert (why, first[parcels]) == ("refit: first fit", {"parcel"})
    assert nights.run(PARCELS) == ("kept", first)
    assert nights.run(PARCELS | {"parent": "Post"}) == ("kept", first)
    edited = nights.run(PARCELS | {"description": "A parcel is late or lost"})
    assert edited == ("refit: settings (taxonomy)", first)
    why, more = nights.run(PARCELS, row("Broken tents", None, "A tent pole is broken", "my tent pole broke"))
    assert why == "refit: settings (taxonomy)"
    assert more[topic_id("Broken tents")] == {"tent"}
    assert more[parcels] == {"parcel"}
    [refunds] = [cluster for cluster, things in first.items() if things == {"refund"}]
    assert more[refunds] == {"refund"}
    why, without = nights.run()
    assert why == "refit: settings (taxonomy)"
    assert not any(map(is_given, without))
    assert without[refunds] == {"refund"}


# --- how fine what is found beside is


def test_a_partition_finds_a_group_again_as_far_as_one_of_its_clusters_is_it() -> None:
    known = np.array([0, 0, 0, 0, 2, 2, -1, -1], np.int32)
    assert found_again(np.array([0, 0, 0, 0, 1, 1, 2, 2], np.int32), known) == 1
    assert found_again(np.array([0, 0, 0, 0, 1, 1, 1, 1], np.int32), known) == pytest.approx((1 + 2 / 3) / 2)
    assert found_again(np.array([0, 0, 1, 1, 2, -1, -1, -1], np.int32), known) == pytest.approx(2 / 3)
    assert found_again(np.full(8, -1, np.int32), known) == found_again(known, np.full(8, -1, np.int32)) == 0


def test_what_is_found_beside_topics_is_as_fine_as_they_are() -> None:
    """Each kind is asked for in four ways, which are clusters of their own to whoever knows no topic."""
    ways, kinds = np.repeat(np.arange(32), 15), np.repeat(np.arange(8), 60)
    draw = np.random.default_rng(0)
    of_kind, of_way = (np.linalg.qr(draw.normal(size=(64, 64)))[0][:some] for some in (8, 32))
    vectors = unit(of_kind[kinds] + 0.9 * of_way[ways] + draw.normal(size=(480, 64)) * 0.05)
    points = Points(np.arange(480).astype(object), vectors, np.ones(480), [""] * 480, [None] * 480)
    settings = ClusterSettings("leiden", None, None, 0)
    anchors = Anchors(
        [topic_id(str(kind)) for kind in range(4)],
        [Topic(of_kind[kind].astype(np.float32), vectors[kinds == kind][::12]) for kind in range(4)],
    )
    alone = grouping.grouped(points, settings)[1]
    assert alone.labels.max() + 1 > 16, "not a case of ways that lie apart"
    _, beside, own = grouping.grouped_beside(points, settings, anchors, None)
    assert (own == np.where(kinds < 4, kinds, -1)).mean() > 0.95
    found = beside.labels[kinds >= 4]
    assert beside.labels.max() + 1 <= 6
    assert sum(np.bincount(found[kinds[kinds >= 4] == kind] + 1)[1:].max() for kind in range(4, 8)) > 200
