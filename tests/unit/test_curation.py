"""What a person's edits do to a tree, and what a refit must not lose of it."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import numpy as np
import pytest

from kura_udfs.clustering import held, hierarchy
from kura_udfs.clustering.curation import KINDS, Curated, Edit, Node, curate, held_ids


def nodes(lens: str = "all", **parents: str | None) -> list[Node]:
    """Make a tree from the parent of each cluster."""
    return [Node(lens, cluster, parent, f"Name {cluster}") for cluster, parent in parents.items()]


SHOP = nodes(
    money=None, bill="money", refund="money", tax="money", parcel=None, late="parcel", lost="parcel", chat=None
)


def done(*rows: tuple[str, str, str], tree: list[Node] = SHOP) -> Curated:
    return curate(tree, [Edit(cluster, "", kind, value) for cluster, kind, value in rows])


def problem(*rows: tuple[str, str, str], tree: list[Node] = SHOP) -> str:
    """Return what is said of the first of some edits, which must have been left out."""
    verdict = done(*rows, tree=tree).verdicts[0]
    assert verdict.status == "left_out"
    assert verdict.problem
    return verdict.problem


def assert_sound(curated: Curated, tree: list[Node]) -> None:
    """A tree: no single child, no circle, four levels, each base cluster in one that is left, in its own lens."""
    lens = {node.cluster_id: node.lens for node in tree}
    inner = {node.parent_id for node in tree}
    counts = Counter(parent for parent in curated.parents.values() if parent)
    assert all(count > 1 for count in counts.values())
    for cluster, parent in curated.parents.items():
        way = [cluster]
        while parent is not None:
            assert lens[parent] == lens[cluster]
            way.append(parent)
            assert len(way) <= hierarchy.MOST_LEVELS
            parent = curated.parents[parent]
    for node in tree:
        place = curated.place[node.cluster_id]
        if node.cluster_id not in inner:
            assert place in curated.parents
            assert place not in counts
        assert place is None or lens[place] == node.lens
    assert curated.hidden <= set(curated.parents)


def test_a_merge_takes_one_cluster_away_and_leaves_all_others_as_they_were() -> None:
    curated = done(("bill", "merge_into", "refund"))
    before = {node.cluster_id: node.parent_id for node in SHOP}
    del before["bill"]
    assert curated.parents == before
    assert curated.place["bill"] == "refund"
    assert curated.names == {}
    assert [verdict.status for verdict in curated.verdicts] == ["applied"]


def test_merges_follow_one_another() -> None:
    curated = done(("bill", "merge_into", "refund"), ("refund", "merge_into", "tax"))
    assert curated.place["bill"] == curated.place["refund"] == "tax"
    # one that is left alone in its topic stands in its place
    assert curated.parents["tax"] is None
    assert "money" not in curated.parents


def test_a_topic_merges_with_all_that_is_in_it() -> None:
    curated = done(("parcel", "merge_into", "money"))
    assert {child for child, parent in curated.parents.items() if parent == "money"} == {
        "bill", "refund", "tax", "late", "lost",
    }  # fmt: skip
    assert curated.place["parcel"] == "money"


def test_a_topic_with_a_name_of_its_own_takes_in_the_last_of_its_clusters() -> None:
    curated = done(("late", "move_under", "money"), ("parcel", "rename", "Parcels"))
    assert curated.place["lost"] == "parcel"
    assert curated.parents["parcel"] is None
    assert curated.names == {"parcel": "Parcels"}


def test_a_heading_with_one_topic_stays_unless_edits_leave_it_with_another_one() -> None:
    tree = nodes(delivery=None, late="delivery", money=None, bill="money", refund="money")
    assert done(tree=tree).parents["late"] == "delivery"
    curated = done(("refund", "rename", "Refunds"), ("delivery", "rename", "Parcels"), tree=tree)
    assert curated.parents == {node.cluster_id: node.parent_id for node in tree}
    assert curated.names == {"refund": "Refunds", "delivery": "Parcels"}
    assert "delivery" not in done(("late", "move_under", "money"), tree=tree).parents
    swapped = done(("late", "move_under", "money"), ("bill", "move_under", "delivery"), tree=tree)
    assert "delivery" not in swapped.parents
    assert done(("late", "merge_into", "bill"), tree=tree).place["delivery"] is None


def test_clusters_move_to_another_topic_and_to_the_top() -> None:
    assert done(("chat", "move_under", "money")).parents["chat"] == "money"
    assert done(("tax", "move_under", "top")).parents["tax"] is None
    deep = done(("parcel", "move_under", "money"))
    assert deep.parents["late"] == "parcel"
    assert deep.parents["parcel"] == "money"


def test_what_is_in_a_hidden_topic_is_hidden_whatever_moved_there() -> None:
    curated = done(("money", "hide", ""), ("chat", "move_under", "money"))
    assert curated.hidden == {"money", "bill", "refund", "tax", "chat"}


def test_what_is_hidden_stays_so_when_its_topic_goes() -> None:
    curated = done(("parcel", "hide", ""), ("late", "pin", ""), ("lost", "merge_into", "late"))
    assert curated.hidden == {curated.place["late"]}


def test_a_pin_keeps_the_name_of_its_row_and_a_rename_wins() -> None:
    pin = Edit("tax", "Taxes", "pin", "")
    assert curate(SHOP, [pin]).names == {"tax": "Taxes"}
    assert curate(SHOP, [pin, Edit("tax", "", "rename", "Duties")]).names == {"tax": "Duties"}
    assert curate(SHOP, [Edit("tax", "Too few to name", "pin", "")]).names == {}


def test_a_row_with_another_name_than_the_cluster_has_is_stale_and_done_all_the_same() -> None:
    curated = curate(SHOP, [Edit("tax", "Weather", "rename", "Duties"), Edit("bill", "name  BILL", "hide", "")])
    assert [verdict.status for verdict in curated.verdicts] == ["stale", "applied"]
    assert curated.names == {"tax": "Duties"}
    # what it is called since is its name, too
    assert curate(SHOP, [Edit("tax", "Duties", "rename", "Duties")]).verdicts[0].status == "applied"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("tax", "renam", "Duties")], "is no edit"),
        ([("nobody", "hide", ""), ("tax", "pin", "")], "fct_kura__cluster_lineage"),
        ([("outliers", "rename", "Rest"), ("tax", "pin", "")], "can't be edited"),
        ([("tax", "rename", "")], "new name"),
        ([("tax", "rename", "a"), ("tax", "rename", "b")], "leave one"),
        ([("tax", "merge_into", "")], "id of the other cluster"),
        ([("tax", "merge_into", "tax")], "itself"),
        ([("tax", "merge_into", "nobody")], "no cluster has the id nobody"),
        ([("tax", "merge_into", "bill"), ("bill", "merge_into", "tax")], "circle"),
        ([("tax", "merge_into", "money")], "write move_under"),
        ([("money", "merge_into", "tax")], "merge the clusters in it"),
        ([("tax", "move_under", "chat")], "write merge_into"),
        ([("tax", "pin", ""), ("tax", "merge_into", "bill")], "take one of the rows out"),
        ([("tax", "merge_into", "bill"), ("tax", "hide", "")], "hide bill, too"),
        ([("parcel", "pin", ""), ("late", "merge_into", "lost"), ("lost", "pin", "")], "only lost is left in it"),
        ([("parcel", "pin", ""), ("late", "move_under", "money"), ("lost", "move_under", "top")], "nothing is left"),
    ],
)
def test_an_edit_that_can_not_be_done_is_left_out_and_says_what_to_do(
    rows: list[tuple[str, str, str]], said: str
) -> None:
    assert said in problem(*rows)


def test_rows_that_say_the_same_have_the_same_verdict_whatever_name_they_have_copied() -> None:
    rows = [
        Edit("tax", "", "merge_into", "bill"), Edit("tax", "Taxes", "merge_into", "bill"), Edit("bill", "", "merge_into", "tax"),
        Edit("late", "", "hide", ""), Edit("late", "Name late", "hide", "yes"),
    ]  # fmt: skip
    curated = curate(SHOP, rows)
    assert [verdict.status for verdict in curated.verdicts] == ["left_out"] * 3 + ["applied"] * 2
    assert {"tax", "bill"} <= set(curated.parents)


def test_two_pins_that_keep_different_names_contradict_each_other() -> None:
    pins = [Edit("tax", "Taxes", "pin", ""), Edit("tax", "Duties", "pin", "")]
    assert [verdict.status for verdict in curate(SHOP, pins).verdicts] == ["left_out", "left_out"]
    assert [verdict.status for verdict in curate(SHOP, [pins[0], pins[1]._replace(cluster_name="")]).verdicts] == [
        "applied", "applied",
    ]  # fmt: skip


def test_a_move_into_a_topic_that_it_leaves_with_nothing_else_is_not_called_applied() -> None:
    rows = [("late", "move_under", "parcel"), ("lost", "merge_into", "late")]
    assert "only late would be left in parcel" in problem(*rows)
    assert done(*rows).parents["late"] is None


def test_no_text_of_the_users_makes_a_name_or_a_warning_that_nobody_reads() -> None:
    long = "word " * 2000
    rows = [
        Edit("tax", long, "pin", ""), Edit("bill", long, "hide", ""), Edit("refund", "", long, ""), Edit(long, "", "hide", ""),
        Edit("late", "", "merge_into", long), Edit("lost", "", "rename", long),
    ]  # fmt: skip
    curated = curate(SHOP, rows)
    assert curated.names == {}
    assert all(verdict.problem and len(verdict.problem) < 500 for verdict in curated.verdicts)


def test_a_circle_of_moves_leaves_one_of_them_out() -> None:
    curated = done(("parcel", "move_under", "money"), ("money", "move_under", "parcel"))
    assert sorted(verdict.status for verdict in curated.verdicts) == ["applied", "left_out"]
    assert_sound(curated, SHOP)


def test_the_tree_gets_no_deeper_than_four_levels() -> None:
    deep = nodes(a=None, b="a", b2="a", c="b", c2="b", d="c", d2="c", x=None, y="x", y2="x")
    assert "deeper than 4 levels" in problem(("x", "move_under", "c"), tree=deep)
    low = nodes(x=None, x2=None, y="x", y2="x", z="y", z2="y", w="z", w2="z")
    assert "deeper than 4 levels" in problem(("b", "merge_into", "z"), tree=[*deep[:7], *low])


def test_clusters_of_two_lenses_are_not_mixed() -> None:
    tree = [*SHOP, *nodes("issue", slow=None, broken=None)]
    assert "lens" in problem(("slow", "merge_into", "tax"), tree=tree)
    assert "lens" in problem(("slow", "move_under", "money"), tree=tree)


def test_edits_that_were_written_for_another_schema_do_nothing() -> None:
    curated = done(("c1", "rename", "A"), ("c2", "merge_into", "tax"))
    assert {verdict.status for verdict in curated.verdicts} == {"elsewhere"}
    assert curated.place == {node.cluster_id: node.cluster_id for node in SHOP}


def test_edits_of_clusters_that_this_schema_has_had_are_not_called_those_of_another_one() -> None:
    rows = [Edit("gone", "Gone", "hide", ""), Edit("c2", "", "rename", "A")]
    curated = curate(SHOP, rows, earlier={"gone"})
    assert [verdict.status for verdict in curated.verdicts] == ["left_out", "left_out"]
    assert "no cluster has the id gone" in str(curated.verdicts[0].problem)


def test_the_order_of_the_rows_makes_no_difference() -> None:
    rows = [
        Edit("late", "", "move_under", "money"), Edit("money", "", "move_under", "parcel"),
        Edit("tax", "", "merge_into", "bill"), Edit("parcel", "", "pin", ""),
    ]  # fmt: skip
    trees = [curate(SHOP, list(order)) for order in itertools.permutations(rows)]
    assert all(tree[:4] == trees[0][:4] for tree in trees)


@pytest.mark.parametrize("seed", range(300))
def test_whatever_the_edits_it_stays_a_tree(seed: int) -> None:
    chance = random.Random(seed)
    tree: list[Node] = []
    for lens in ("one", "two"):

        def grow(parent: str | None, level: int, lens: str = lens) -> None:
            for _ in range(chance.randint(2, 3)):
                cluster = f"{lens}{len(tree)}"
                tree.append(Node(lens, cluster, parent, cluster))
                if level < 3 and chance.random() < 0.4:
                    grow(cluster, level + 1)

        grow(None, 0)
    ids = [node.cluster_id for node in tree]
    targets = [*ids, "top", "nobody", ""]
    edits = [
        Edit(chance.choice(ids), chance.choice(["", "", "A"]), chance.choice(KINDS), chance.choice(targets))
        for _ in range(chance.randint(1, 25))
    ]
    curated = curate(tree, edits)
    assert_sound(curated, tree)
    assert len(curated.verdicts) == len(edits)
    in_force = [
        edit for edit, found in zip(edits, curated.verdicts, strict=True) if found.status in ("applied", "stale")
    ]
    assert not in_force or curate(tree, in_force)[:4] == curated[:4]  # what is left out has done nothing
    for edit, verdict in zip(edits, curated.verdicts, strict=True):
        if edit.edit == "merge_into" and verdict.status == "applied":
            assert curated.place[edit.cluster_id] == curated.place[edit.value]
        if edit.edit in ("rename", "pin") and verdict.status == "applied":
            assert edit.cluster_id in curated.parents
        if edit.edit == "move_under" and verdict.status == "applied":
            assert curated.parents[edit.cluster_id] == (None if edit.value == "top" else curated.place[edit.value])
        if edit.edit == "hide" and verdict.status == "applied":
            assert curated.place[edit.cluster_id] in curated.hidden


# --- what a refit must not lose


def labels(*groups: int) -> np.ndarray:
    return np.repeat(np.arange(len(groups)), groups).astype(np.int32)


def holding(new: np.ndarray, old: np.ndarray, named: list[int], pinned: list[int] | None = None) -> held.Held:
    return held.held_bases(new, old, np.ones(len(new)), named, pinned or [], 3, int(old.max()) + 1)


def test_what_nobody_has_edited_goes_its_way() -> None:
    old, new = labels(10, 10, 10), labels(20, 10)
    found = holding(new, old, [])
    assert found.labels.tolist() == new.tolist()
    assert found.continued.tolist() == [0, 2] or found.continued.tolist() == [1, 2]


def test_an_edited_cluster_that_a_refit_would_swallow_stays_beside_it() -> None:
    old, new = labels(6, 10, 10), labels(16, 10)
    found = holding(new, old, [0])
    places = [set(found.labels[old == cluster].tolist()) for cluster in range(3)]
    assert all(len(place) == 1 for place in places)
    assert len(set.union(*places)) == 3
    assert found.continued[found.labels[old == 0][0]] == 0
    assert found.continued[found.labels[old == 1][0]] == 1


def test_an_edited_cluster_that_a_refit_would_scatter_is_brought_together() -> None:
    old = labels(12, 10, 10, 10)
    new = np.concatenate([np.repeat([0, 1, 2], 4), np.repeat([0, 1, 2], 10)]).astype(np.int32)
    found = holding(new, old, [0])
    [place] = set(found.labels[:12].tolist())
    assert found.continued[place] == 0
    assert (found.labels[12:] != place).all()


def test_an_edited_cluster_that_goes_on_may_lose_and_win_texts_but_a_pinned_one_loses_none() -> None:
    old, new = labels(10, 10), labels(7, 13)
    assert holding(new, old, [0]).labels.tolist() == new.tolist()
    pinned = holding(new, old, [0], [0])
    assert pinned.labels.tolist() == old.tolist()
    joined = holding(labels(13, 7), old, [0], [0])
    assert joined.labels.tolist() == labels(13, 7).tolist()


def test_what_is_left_of_a_cluster_goes_along_when_it_is_too_small_alone() -> None:
    found = holding(np.zeros(12, np.int32), np.append(labels(10), [-1, -1]).astype(np.int32), [0], [0])
    assert set(found.labels.tolist()) == {0}
    old = np.append(labels(5, 5), [-1]).astype(np.int32)
    new = np.zeros(11, np.int32)
    split = holding(new, old, [0, 1], [0, 1])
    assert len(set(split.labels.tolist())) == 2


def test_many_refits_lose_no_edited_cluster() -> None:
    chance = np.random.default_rng(0)
    old = chance.integers(0, 12, 300).astype(np.int32)
    named = [0, 3, 5, 7]
    for _ in range(30):
        new = np.where(chance.random(len(old)) < 0.7, old, chance.integers(0, 9, len(old))).astype(np.int32)
        new = np.unique(new, return_inverse=True)[1].astype(np.int32)
        found = holding(new, old, named, [0, 3])
        went_on = {int(source): place for place, source in enumerate(found.continued) if source >= 0}
        assert set(named) <= set(went_on)
        for pinned in (0, 3):
            assert set(found.labels[old == pinned].tolist()) == {went_on[pinned]}
        assert np.array_equal(np.unique(found.labels), np.arange(len(found.continued)))


def test_ids_that_edits_name_are_held_and_names_are_none_of_them() -> None:
    rows = [Edit("a", "", "rename", "x"), Edit("b", "", "merge_into", "c"), Edit("d", "", "pin", "")]
    assert held_ids(rows) == ({"a", "b", "c", "d"}, {"d"})


def test_a_topic_that_a_refit_has_taken_apart_is_put_together_again() -> None:
    below, flows = np.array([[1, 1, 0, 0], [0, 0, 1, 1]], np.float64), np.eye(4)
    [lost] = held.lost_topics({"money"}, {"a", "b", "c", "d", "other"}, ["money", "rest"], below, flows)
    assert lost == held.Revived("money", [0, 1])
    # base cluster 0 is with 2 now, 1 with 3
    tree = hierarchy.Tree(
        np.array([-1, 0, 0, -1, 3, 3], np.int32),
        np.array([0, 1, 1, 0, 1, 1], np.int32),
        np.array([1, 4, 2, 5], np.int32),
    )
    found, origin = held.regrouped(tree, [lost.bases], np.array([5.0, 4, 3, 2]), set())
    assert origin == [6, 1, 4, 2, 5]
    assert found.parents.tolist() == [-1, 0, 0, -1, -1]
    assert found.levels.tolist() == [0, 1, 1, 0, 0]
    assert found.leaf_of_base.tolist() == [1, 2, 3, 4]


def test_a_topic_that_is_there_under_another_id_gets_its_own_back() -> None:
    tree = hierarchy.Tree(
        np.array([-1, 0, 0, -1], np.int32), np.array([0, 1, 1, 0], np.int32), np.array([1, 2, 3], np.int32)
    )
    assert held.regrouped(tree, [[0, 1]], np.ones(3), set())[1] == [4, 1, 2, 3]
    assert held.regrouped(tree, [[0, 1]], np.ones(3), {0})[1] == [0, 1, 2, 3]


@pytest.mark.parametrize("seed", range(40))
def test_topics_that_are_put_back_leave_a_tree(seed: int) -> None:
    chance = random.Random(seed)
    k = chance.randint(6, 14)
    vectors = np.random.default_rng(seed).normal(size=(k, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    tree = hierarchy.build_tree(vectors, np.ones(k), top_clusters=4)
    groups = [sorted(chance.sample(range(k), chance.randint(2, k))) for _ in range(chance.randint(1, 3))]
    found, origin = held.regrouped(tree, groups, np.ones(k), set())
    parents = found.parents.tolist()
    leaves = set(found.leaf_of_base.tolist())
    assert len(leaves) == k
    assert all(
        (parents.count(node) == 0) if node in leaves else (parents.count(node) > 1) for node in range(len(parents))
    )
    assert all(parent < node for node, parent in enumerate(parents))
    assert max(found.levels) < hierarchy.MOST_LEVELS
    assert len(set(origin)) == len(origin)
