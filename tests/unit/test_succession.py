"""Which clusters of the last tree go on in a new one, with their ids and names."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pyarrow as pa

from kura_udfs import clustering
from kura_udfs.clustering import matching
from kura_udfs.clustering.held import held_bases
from kura_udfs.clustering.points import Fitted
from kura_udfs.clustering.succession import (
    Heir,
    LastTree,
    base_heirs,
    inherited_tree,
    last_tree,
    parent_heirs,
)
from kura_udfs.stages.cluster_names import NAMES

WEIGHTS = np.ones(20)


def tree(**parents: str | None) -> pa.Table:
    """Make the rows of a tree from the parent of each cluster."""
    above = set(parents.values())
    rows = [
        {
            "fit_id": "old",
            "recipe": "r",
            "cluster_id": cluster,
            "parent_cluster_id": parent,
            "is_leaf": cluster not in above,
            "name": f"Name {cluster}",
            "description": f"About {cluster}.",
            "slug": f"name_of_{cluster}",
            "name_overlap": 1.0,
        }
        for cluster, parent in parents.items()
    ]
    return pa.Table.from_pylist(rows, NAMES)


def fit(labels: list[int], ids: list[str], previous: list[int], previous_ids: list[str], fit_id: str = "new") -> Fitted:
    return Fitted(fit_id, np.array(labels, np.int32), ids, np.array(previous, np.int32), previous_ids)


def test_a_base_cluster_keeps_its_name_while_it_is_much_the_same() -> None:
    old = [0] * 10 + [1] * 10
    small = last_tree(tree(a=None, b=None), fit([0] * 9 + [1] * 11, ["a", "b"], old, ["a", "b"]), WEIGHTS, "r")
    assert [heir and heir.name is not None for heir in base_heirs(small, ["a", "b"])] == [True, True]
    large = last_tree(tree(a=None, b=None), fit([0] * 5 + [1] * 15, ["a", "b"], old, ["a", "b"]), WEIGHTS, "r")
    assert [heir and heir.name is not None for heir in base_heirs(large, ["a", "b"])] == [False, True]


def test_small_changes_add_up_until_a_name_is_due() -> None:
    last = tree(a=None, b=None)
    worn = last.set_column(last.schema.get_field_index("name_overlap"), "name_overlap", pa.array([0.72, 1.0]))
    old = [0] * 10 + [1] * 10
    found = last_tree(worn, fit([0] * 9 + [1] * 11, ["a", "b"], old, ["a", "b"]), WEIGHTS, "r")
    assert [heir and heir.name is not None for heir in base_heirs(found, ["a", "b"])] == [False, True]


def test_another_recipe_keeps_ids_and_renews_names() -> None:
    same = last_tree(tree(a=None, b=None), fit([0] * 10 + [1] * 10, ["a", "b"], [-1] * 20, [], "old"), WEIGHTS, "other")
    assert base_heirs(same, ["a", "b"]) == [Heir("a", 1.0, None), Heir("b", 1.0, None)]


def test_a_parent_goes_on_in_the_one_that_has_most_of_its_base_clusters() -> None:
    last = tree(p=None, q=None, a="p", b="p", c="q", d="q")
    ids = ["a", "b", "c", "d"]
    labels = np.repeat(range(4), 5).tolist()
    found = last_tree(last, fit(labels, ids, labels, ids), WEIGHTS, "r")
    below = np.array([[0.0, 1, 1, 1], [1, 0, 0, 0]])
    heirs = parent_heirs(found, ids, below)
    assert [heir and heir.cluster_id for heir in heirs] == ["q", "p"]
    assert heirs[0] is not None
    assert heirs[0].name == ("Name q", "About q.", "name_of_q")
    assert heirs[1] is not None
    assert heirs[1].name is None


def test_a_topic_that_comes_apart_goes_on_as_the_parent_of_its_pieces() -> None:
    old, new = np.repeat([0, 1], 10).astype(np.int32), np.array([0] * 5 + [1] * 5 + [2] * 10, np.int32)
    flows, left = matching.flows(old, new, WEIGHTS, (2, 3)), np.zeros(2)
    assert matching.come_apart(flows, left).tolist() == [True, False]
    assert matching.come_apart(flows[:, [0, 2]], np.array([5.0, 0])).tolist() == [True, False], "half of it has left"
    assert held_bases(new, old, WEIGHTS, [], [], 2, 2, [0]).continued.tolist() == [-1, -1, 1], "no piece is the topic"
    assert held_bases(new, old, WEIGHTS, [0], [], 2, 2, [0]).continued.tolist() == [0, -1, 1], "a person has named it"
    ids = ["new", "newer", "b"]
    found = last_tree(tree(a=None, b=None), fit(new.tolist(), ids, old.tolist(), ["a", "b"]), WEIGHTS, "r")
    pieces, with_more = np.array([[1.0, 1, 0]]), np.array([[1.0, 1, 1]])
    assert parent_heirs(found, ids, pieces) == [Heir("a", 1.0, ("Name a", "About a.", "name_of_a"))]
    assert parent_heirs(found, ["a", "newer", "b"], pieces) == [None], "its largest piece is the topic"
    [heir] = parent_heirs(found, ids, with_more)
    assert heir is not None
    assert heir.name is None, "half of it is something else"


def test_the_first_tree_inherits_nothing() -> None:
    assert last_tree(None, fit([0], ["a"], [-1], []), np.ones(1), "r") is None
    assert base_heirs(None, ["a"]) == [None]
    assert parent_heirs(None, [], np.ones((1, 1))) == [None]


def going_on(
    ids: list[str], sizes: list[float], top_clusters: int = 10, new: tuple[float, ...] = (0, 0.95, 0.3)
) -> list[int] | None:
    old = ["a", "b", "c", "d"]
    labels = np.repeat(range(4), 5).tolist()
    last = last_tree(tree(a="p", b="p", c="q", d="q", p=None, q=None), fit(labels, old, labels, old), WEIGHTS, "r")
    directions = {"a": [1, 0, 0], "b": [0, 1, 0], "c": [0, 0, 1], "d": [0, 0.6, 0.8], "n": new}
    centroids = np.array([directions[cluster_id] for cluster_id in ids], np.float32)
    return inherited_tree(last, ids, centroids, np.array(sizes), top_clusters)


def test_what_is_new_goes_beside_what_is_nearest_and_a_parent_of_one_goes() -> None:
    p = 4
    assert going_on(["a", "b", "c", "n"], [3, 3, 9, 1]) == [p, p, -1, p, -1]


def test_what_is_as_near_to_one_as_to_another_goes_beside_the_first_whatever_the_last_digits_are() -> None:
    p = 4
    for nudge in (-1e-7, 0, 1e-7):
        assert going_on(["a", "b", "c", "n"], [3, 3, 9, 1], new=(0, 0.7, 0.7 + nudge)) == [p, p, -1, p, -1]


def test_a_tree_does_not_go_on_when_much_is_new_or_a_rule_is_broken() -> None:
    assert going_on(["a", "b", "c", "n"], [3, 3, 9, 8]) is None, "a third is new"
    assert going_on(["a", "b", "c", "n"], [9, 9, 1, 1]) is None, "one topic has most of everything"
    assert going_on(["a", "b", "c", "n"], [3, 3, 9, 1], top_clusters=1) is None, "two at the top"
    assert going_on(["n"], [9]) is None, "nothing goes on"
    assert inherited_tree(None, ["a"], np.ones((1, 3), np.float32), np.ones(1), 10) is None


def test_a_last_tree_without_clusters_has_no_heirs() -> None:
    empty = LastTree({}, [], np.zeros((0, 2)), np.zeros(0), True)
    assert base_heirs(empty, ["a", "b"]) == [None, None]
    assert parent_heirs(empty, [], np.ones((1, 2))) == [None]


def test_clustering_knows_nothing_of_names_and_questions() -> None:
    folder = Path(clustering.__file__).parent
    for path in folder.glob("*.py"):
        imported = {
            node.module or "" for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)
        }
        assert not any(name.startswith(("kura_udfs.naming", "kura_udfs.prompting")) for name in imported), path.name
