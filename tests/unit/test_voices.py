"""Names count the people who say something, and tell nothing of a child that is too small to publish."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from kura_udfs.naming.names import UNTOLD, ClusterName, name_tree
from kura_udfs.naming.talk import read_tree
from kura_udfs.naming.voices import (
    NO_THRESHOLDS,
    Authors,
    Thresholds,
    count_voices,
    heard_weights,
    hidden_leaves,
    nobody_known,
    voices,
)
from tests.support.vectors import hashed_words
from tests.unit.test_names import LOGINS, PARCELS, REFUNDS

JANE = [
    "Jane Doe parcel lost again", "the Jane Doe parcel is late", "where is the Jane Doe parcel",
    "Jane Doe parcel still missing", "the Jane Doe parcel came damaged",
]  # fmt: skip
OTHERS = [
    "my parcel has no tracking number", "tracking number does nothing for my parcel",
    "the tracking number of my parcel is wrong", "a parcel without tracking number",
]  # fmt: skip


def authors(sole: Sequence[int], users: Sequence[int] | None = None) -> Authors:
    found = np.array(sole, np.int64)
    return Authors(found, (found >= 0).astype(np.int64) if users is None else np.array(users, np.int64))


def named(
    texts: Sequence[str],
    leaves: Sequence[int],
    parents: Sequence[int],
    said_by: Authors | None = None,
    thresholds: Thresholds = NO_THRESHOLDS,
    weights: Sequence[float] | None = None,
) -> list[ClusterName]:
    heavy = np.ones(len(texts)) if weights is None else np.array(weights, np.float64)
    talk = read_tree(texts, hashed_words(texts), heavy, np.array(leaves), np.array(parents), said_by, thresholds)
    return name_tree(talk, hashed_words)


def told(cluster: ClusterName) -> str:
    return " ".join([cluster.name, cluster.description, cluster.slug, *cluster.keyphrases]).lower()


def test_what_one_user_says_in_many_texts_names_nothing() -> None:
    texts, leaves = [*JANE, *OTHERS, *REFUNDS], [0] * 9 + [1] * 5
    [by_texts, _] = named(texts, leaves, [-1, -1])
    assert "jane doe" in told(by_texts), "or this would say nothing about counting users"
    [by_users, _] = named(texts, leaves, [-1, -1], authors([7] * 5 + list(range(8, 17))))
    assert "jane" not in told(by_users)
    assert "doe" not in told(by_users)
    assert "tracking number" in by_users.name.lower()


def test_what_several_users_say_names_a_cluster_though_one_says_most() -> None:
    [found] = named([*JANE, *OTHERS], [0] * 9, [-1], authors([7, 7, 7, 8, 9, *range(10, 14)]))
    assert "jane doe" in told(found)


def test_without_known_users_texts_count_as_they_did() -> None:
    texts, leaves = [*JANE, *OTHERS, *REFUNDS], [0] * 9 + [1] * 5
    plain = named(texts, leaves, [-1, -1])
    assert named(texts, leaves, [-1, -1], nobody_known(14), Thresholds(1, 99)) == plain


def test_the_order_of_the_texts_makes_no_difference() -> None:
    texts, leaves, said_by = [*JANE, *OTHERS], np.zeros(9, int), authors([7] * 5 + list(range(8, 12)))
    order = np.random.default_rng(0).permutation(9)
    mixed = named([texts[i] for i in order], leaves.tolist(), [-1], authors(said_by.sole[order].tolist()))
    assert [cluster.name for cluster in mixed] == [c.name for c in named(texts, leaves.tolist(), [-1], said_by)]


def test_one_user_weighs_as_much_as_another_however_often_they_ask() -> None:
    weights = np.array([50.0, 1, 1, 1, 3, 5])
    found = heard_weights(weights, np.array([0, 0, 0, 1, 0, 0]), authors([4, 4, 5, 4, -1, -1], [1, 1, 1, 1, 2, 0]))
    # two texts of one share, alone in another leaf it is one, two users are two, unknown ones are conversations
    assert found.tolist() == [0.5, 0.5, 1, 1, 2, 5]


def test_voices_are_users_and_texts_of_several_or_unknown_ones() -> None:
    from scipy import sparse

    numbers = voices(np.array([3, -1, 3, -1, 0]))
    assert len(set(numbers.tolist())) == 4
    assert numbers[0] == numbers[2]
    said = sparse.csr_matrix(np.array([[1, 0], [1, 0], [1, 1], [0, 0], [0, 0]], np.float32))
    assert count_voices(said, numbers).tolist() == [2, 1]


@pytest.mark.parametrize(
    ("weights", "sole", "users", "is_hidden"),
    [
        ([1, 1, 1], [0, 1, 2], [1, 1, 1], False),
        ([1, 1], [0, 1], [1, 1], True),  # too few conversations
        ([9, 9, 9], [0, 0, 1], [1, 1, 1], True),  # too few users
        ([9, 9], [0, -1], [1, 2], True),  # one of the two may be the other
        ([9], [-1], [3], False),
        ([9, 9], [-1, -1], [0, 0], False),  # of unknown users nobody can say how many they are
        ([9, 9], [-1, 4], [0, 1], True),
    ],
)
def test_a_leaf_is_hidden_by_conversations_and_by_users_where_any_are_known(
    weights: list[float], sole: list[int], users: list[int], is_hidden: bool
) -> None:
    leaves = np.zeros(len(weights), np.int64)
    found = hidden_leaves(np.array(weights, np.float64), leaves, authors(sole, users), 1, Thresholds(3, 3))
    assert found.tolist() == [is_hidden]


TREE = [-1, 0, 0, 0]  # parcels, refunds, and five texts on a lighthouse
LIGHTHOUSE = ["lighthouse painting", "lighthouse painting of oil", "a lighthouse painting please",
              "paint a lighthouse painting", "lighthouse painting again"]  # fmt: skip
LEAVES = [1] * len(PARCELS) + [2] * len(REFUNDS) + [3] * len(LIGHTHOUSE)
EVERYBODY = list(range(len(PARCELS) + len(REFUNDS)))


def test_a_parent_is_named_without_children_of_too_few_users() -> None:
    texts, said_by = [*PARCELS, *REFUNDS, *LIGHTHOUSE], authors([*EVERYBODY, *[99] * len(LIGHTHOUSE)])
    open_ = named(texts, LEAVES, TREE, said_by)
    assert "lighthouse" in told(open_[0]), "or this would say nothing about hiding"
    closed = named(texts, LEAVES, TREE, said_by, Thresholds(2, 2))
    assert "lighthouse" not in told(closed[0])
    assert not {i for i in closed[0].exemplars if "lighthouse" in texts[i]}
    assert "lighthouse" in closed[3].name.lower(), "it has a name of its own, for when it has grown"


def test_a_parent_is_named_without_children_of_too_few_conversations() -> None:
    texts, leaves = [*PARCELS, *REFUNDS, *LIGHTHOUSE[:2]], LEAVES[: len(EVERYBODY) + 2]
    assert "lighthouse" not in told(named(texts, leaves, TREE, thresholds=Thresholds(3, 1))[0])
    heavy = [1.0] * len(EVERYBODY) + [9.0, 9.0]
    assert "lighthouse" in told(named(texts, leaves, TREE, thresholds=Thresholds(3, 1), weights=heavy)[0])


def test_all_parents_above_are_named_without_them() -> None:
    texts, said_by = [*PARCELS, *REFUNDS, *LIGHTHOUSE, *LOGINS], [*EVERYBODY, *[99] * 5, *range(200, 206)]
    leaves = [2] * len(PARCELS) + [3] * len(REFUNDS) + [4] * len(LIGHTHOUSE) + [5] * len(LOGINS)
    found = named(texts, leaves, [-1, 0, 1, 1, 1, 0], authors(said_by), Thresholds(2, 2))
    assert all("lighthouse" not in told(found[parent]) for parent in (0, 1))


def test_parents_of_nothing_but_small_children_say_so_and_differ() -> None:
    texts = [*PARCELS, *LIGHTHOUSE, *REFUNDS, *LOGINS]
    leaves = [2] * 6 + [3] * 5 + [4] * 5 + [5] * 6
    said_by = authors([0] * 6 + [1] * 5 + [2] * 5 + [3] * 6)
    found = named(texts, leaves, [-1, -1, 0, 0, 1, 1], said_by, Thresholds(2, 2))
    assert [cluster.name for cluster in found[:2]] == [UNTOLD.name, f"{UNTOLD.name} (2)"]
    assert {cluster.description for cluster in found[:2]} == {UNTOLD.description}
    assert len({cluster.slug for cluster in found}) == len(found)
    for cluster in found[:2]:
        assert not cluster.keyphrases
        assert not cluster.exemplars


def test_texts_that_are_nearly_the_same_count_for_each_user_who_says_so() -> None:
    texts = [*(f"can the company pay for my certification {sign}" for sign in ("?", "!", ".")), *OTHERS]
    leaves, parents = [0] * 3 + [1] * 4, [-1, -1]
    [by_users, _] = named(texts, leaves, parents, authors([1, 2, 3, 4, 5, 6, 7]))
    assert by_users.name == "Company pay for certification"
    [by_one, _] = named(texts, leaves, parents, authors([1, 1, 1, 4, 5, 6, 7]))
    assert by_one.keyphrases, "one person's words name what only that person is in"
