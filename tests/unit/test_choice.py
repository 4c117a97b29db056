"""What a cluster is called: by many, for what is wanted, and told from its neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kura_udfs.evaluation.names import is_numbered, is_various, phrase_shares
from kura_udfs.naming.choice import choices
from kura_udfs.naming.keyphrases import cluster_candidates
from kura_udfs.naming.members import tree_members
from kura_udfs.naming.names import ClusterName, keep_names
from kura_udfs.naming.phrases import extract_phrases
from tests.support.vectors import hashed_words
from tests.unit.test_names import name

FILLER = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath", "islet", "jetty", "knoll", "ledge"]
ORDERS = [f"I want to cancel my order, it is for {word}" for word in FILLER]
LABELS = [f"where is the return label for my {word}" for word in FILLER]
LAMPS = [f"my lamp is dark, the {word} one" for word in FILLER]


def best(texts: Sequence[str], leaves: Sequence[int], parents: Sequence[int]) -> list[list[set[str]]]:
    """Phrases of what each cluster may be called, best first."""
    members = tree_members(np.array(parents), np.array(leaves), hashed_words(texts), np.ones(len(texts)))
    phrases = extract_phrases([texts[row] for row in members.core])
    candidates = cluster_candidates(phrases, members, hashed_words)
    return [
        [{phrases.text[found.columns[i]] for i in choice.positions} for choice in own]
        for found, own in zip(candidates, choices(candidates, phrases, members), strict=True)
    ]


def test_what_people_want_done_comes_before_the_thing_alone() -> None:
    named = name(ORDERS + LABELS, [0] * 12 + [1] * 12, [-1, -1])
    assert [cluster.name for cluster in named] == ["Cancel order", "Return label"]


def test_words_that_are_a_phrase_are_no_list() -> None:
    for own in best(ORDERS + LABELS, [0] * 12 + [1] * 12, [-1, -1]):
        assert {"cancel", "order"} not in own
        assert {"return", "label"} not in own


def test_a_phrase_that_two_of_many_say_is_in_no_name() -> None:
    texts = [*LAMPS, "my lamp is dark, purple kangaroo one", "a purple kangaroo lamp, dark"]
    own = best(texts + ORDERS, [0] * 14 + [1] * 12, [-1, -1])[0]
    assert "purple kangaroo" not in own[0]


def test_words_that_only_one_text_has_side_by_side_are_no_phrase() -> None:
    texts = [*LAMPS[:6], *(f"{text}, with a cable and a short adapter" for text in LAMPS[6:11])]
    texts.append("my lamp is dark, cable adapter broken")
    found = best(texts + ORDERS, [0] * 12 + [1] * 12, [-1, -1])[0]
    assert not any("cable adapter" in option for option in found)


def test_a_second_phrase_is_there_for_members_that_the_first_leaves_out() -> None:
    one = [f"refund of the {word}" for word in FILLER]
    two = [f"the voucher is lost, {word}" for word in FILLER]
    both = name([*one, *two, *ORDERS], [0] * 24 + [1] * 12, [-1, -1])[0].name.lower()
    assert "refund" in both
    assert "voucher" in both
    assert name([*one, *ORDERS], [0] * 12 + [1] * 12, [-1, -1])[0].name == "Refund"


def test_a_parent_is_called_by_what_its_children_are_about() -> None:
    top = name([*ORDERS, *LABELS, *LAMPS], [1] * 12 + [2] * 12 + [3] * 12, [-1, 0, 0, -1])[0]
    assert set(top.name.lower().split(", ")) == {"cancel order", "return label"}


def test_a_child_says_more_than_its_parent() -> None:
    dark = [f"the lamp is dark since the {word} came" for word in FILLER]
    cable = [f"a longer cable for the lamp in the {word}" for word in FILLER]
    top, one, two, _ = name([*dark, *cable, *ORDERS], [1] * 12 + [2] * 12 + [3] * 12, [-1, 0, 0, -1])
    assert "lamp" in top.name.lower()
    assert "dark" in one.name.lower()
    assert "cable" in two.name.lower()


def test_names_of_things_are_not_cut_through() -> None:
    texts = [f"how does Weights & Biases log {word} with LangChain" for word in FILLER]
    others = [f"does {word} run with LangChain" for word in FILLER]
    phrases = extract_phrases(texts + others)
    assert any("Weights & Biases" in text for text in phrases.text)
    for text in phrases.text:
        assert ("Weights" in text) == ("Biases" in text)


def test_a_mixture_is_called_so() -> None:
    rng = np.random.default_rng(3)
    things = [
        "poem",
        "train",
        "recipe",
        "visa",
        "guitar",
        "tax",
        "football",
        "horse",
        "violin",
        "cactus",
        "planet",
        "soup",
    ]
    mixed = [text for thing in things for text in (f"I like my {thing}", f"is the {thing} good")]
    vectors = np.vstack(
        [hashed_words(ORDERS), hashed_words(LABELS), hashed_words(LAMPS), rng.normal(size=(24, 256)).astype(np.float32)]
    )
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = named_by(vectors, [*ORDERS, *LABELS, *LAMPS, *mixed], [0] * 12 + [1] * 12 + [2] * 12 + [3] * 24)

    assert [is_various(cluster.name) for cluster in found] == [False, False, False, True]
    assert "no word stands out" in found[3].description


def named_by(vectors: NDArray[np.float32], texts: Sequence[str], leaves: Sequence[int]) -> list[ClusterName]:
    from kura_udfs.naming.names import name_tree
    from kura_udfs.naming.talk import read_tree

    parents = np.full(max(leaves) + 1, -1)
    return name_tree(read_tree(texts, vectors, np.ones(len(texts)), np.array(leaves), parents), hashed_words)


def test_a_name_that_an_old_cluster_keeps_is_told_apart_in_words() -> None:
    found = [ClusterName("Points", "New.", "points_points_two", ["points", "points missing"], [0])] * 2
    new, _ = keep_names(found, [None, ("Points", "Old.", "points_points_one")])
    assert new.name == "Points missing"


def test_scores_tell_what_is_various_numbered_and_how_many_say_a_phrase() -> None:
    names = ["Various: lamp, order", "Points (2)", "In French, various: colis", "Lamp, order"]
    assert [is_various(each) for each in names] == [True, False, True, False]
    assert [is_numbered(each) for each in names] == [False, True, False, False]
    texts = ["a lamp", "lamps", "the order"]
    rows = [np.arange(3)] * 4
    assert phrase_shares(names, texts, np.ones(3), rows)[3] == [2 / 3, 1 / 3]
    assert phrase_shares(["Lamp"], texts, np.ones(3), [np.array([], int)]) == [[]]
