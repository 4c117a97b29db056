"""What a person says of clusters, done to a tree: rename, merge, pin, hide, move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from kura_udfs.clustering.hierarchy import MOST_LEVELS
from kura_udfs.settings import OUTLIERS, UNPROCESSED

RENAME, MERGE, PIN, HIDE, MOVE = KINDS = ("rename", "merge_into", "pin", "hide", "move_under")
# Where a cluster is moved that is to stand in no other one.
TOP = "top"
# What readers see in the place of a name; a row that has copied it says nothing of a name.
NO_NAMES = ("Too few to name", "Name withheld", "Hidden")
LONGEST_NAME = 200


class Edit(NamedTuple):
    """A row of the user's table, without spaces around its texts; empty where nothing stands."""

    cluster_id: str
    cluster_name: str
    edit: str
    value: str


class Node(NamedTuple):
    """A cluster of the tree as it was fitted."""

    lens: str
    cluster_id: str
    parent_id: str | None
    name: str


class Verdict(NamedTuple):
    """What became of an edit.

    Attributes
    ----------
    status : {"applied", "stale", "left_out", "elsewhere"}
        `stale` is applied, though the cluster has another name than the row says; `elsewhere` fits no cluster, as
        none of the edits does.
    lens : str or None
        That of its cluster.
    problem : str or None
        What is wrong and what to do.
    """

    status: str
    lens: str | None
    problem: str | None


class Curated(NamedTuple):
    """The tree after the edits.

    Attributes
    ----------
    parents : dict
        From the id of each cluster that is left to that of its parent, None at the top.
    place : dict
        From the id of each fitted cluster to that of the one that it is in now; itself mostly, None if nothing is
        left of it.
    names : dict
        The names that the edits give.
    hidden : set
        Of the clusters that are left, those of which nothing is to be said.
    verdicts : list of Verdict
        Of each edit.
    """

    parents: dict[str, str | None]
    place: dict[str, str | None]
    names: dict[str, str]
    hidden: set[str]
    verdicts: list[Verdict]


def held_ids(edits: Iterable[Edit]) -> tuple[set[str], set[str]]:
    """Return the ids that a refit must not lose, because an edit names them, and those of them that are pinned."""
    rows = list(edits)
    targets = {row.value for row in rows if row.edit in (MERGE, MOVE)}
    return {row.cluster_id for row in rows} | targets, {row.cluster_id for row in rows if row.edit == PIN}


def curate(nodes: Sequence[Node], edits: Sequence[Edit], earlier: Collection[str] = ()) -> Curated:
    """Do to a tree what the edits say, as far as it stays a tree.

    Parameters
    ----------
    nodes : sequence of Node
        Of all lenses.
    edits : sequence of Edit
        In any order, which makes no difference.
    earlier : collection of str
        Ids that clusters of this schema have had: edits of those were written for it.

    Returns
    -------
    Curated
        No parent has a single child or none, unless that was its only one before, as below a heading of a taxonomy; no
        branch is deeper than four levels, every base cluster is in exactly one that is left. An edit that would break
        this, or fits nothing, is left out, and its verdict says why.
    """
    by_id = {node.cluster_id: node for node in nodes}
    if edits and not any(edit.cluster_id in by_id or edit.cluster_id in earlier for edit in edits):
        tree = _Tree(by_id.values())
        return Curated(tree.parents, dict(zip(by_id, by_id, strict=True)), {}, set(), [_ELSEWHERE] * len(edits))
    said = sorted({_said(edit) for edit in edits})
    problems = {edit: problem for edit in said if (problem := _problem(edit, by_id, said))}
    while True:
        tree = _Tree(by_id.values())
        sound = [edit for edit in said if edit not in problems]
        found = _merged(tree, sound)
        found |= _moved(tree, [edit for edit in sound if edit not in found])
        done = [edit for edit in sound if edit not in found]
        found |= _settled(tree, done)
        problems |= found
        if not found:  # what is left out has done nothing
            break
    names = _names(done)
    place = {cluster_id: tree.place(cluster_id) for cluster_id in by_id}
    hidden_roots = {place[edit.cluster_id] for edit in done if edit.edit == HIDE}
    hidden = {cluster_id for cluster_id in tree.parents if hidden_roots & {cluster_id, *tree.above(cluster_id)}}
    verdicts = [_verdict(edit, by_id, problems.get(_said(edit)), names) for edit in edits]
    return Curated(tree.parents, place, names, hidden, verdicts)


def above(parents: Mapping[str, str | None], cluster_id: str) -> list[str]:
    """Return what a cluster is in, the nearest first."""
    found, parent = [], parents[cluster_id]
    while parent is not None:
        found.append(parent)
        parent = parents[parent]
    return found


class _Tree:
    """Parents by id, while clusters are merged and moved."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.parents: dict[str, str | None] = {node.cluster_id: node.parent_id for node in nodes}
        self.topics = {parent for parent in self.parents.values() if parent is not None}
        # headings of a taxonomy may have one topic, and then no edit has left them so
        self.headings = {topic: found for topic in self.topics if len(found := self.children(topic)) == 1}
        self.into: dict[str, str | None] = {}

    def place(self, cluster_id: str) -> str | None:
        """Return what a cluster is in by now."""
        found: str | None = cluster_id
        while found is not None and found in self.into:
            found = self.into[found]
        return found

    def above(self, cluster_id: str) -> list[str]:
        """Return the ancestors of a cluster, the nearest first."""
        return above(self.parents, cluster_id)

    def children(self, cluster_id: str) -> list[str]:
        return [child for child, parent in self.parents.items() if parent == cluster_id]

    def is_heading(self, topic: str) -> bool:
        """Whether a topic has the one child that it came with."""
        return self.children(topic) == self.headings.get(topic)

    def height(self, cluster_id: str) -> int:
        """Return how many levels are below a cluster."""
        return max((1 + self.height(child) for child in self.children(cluster_id)), default=0)

    def fits(self, below: int, parent: str | None) -> bool:
        """Whether something with so many levels below it may stand in a parent."""
        level = 0 if parent is None else len(self.above(parent)) + 1
        return level + below < MOST_LEVELS

    def absorb(self, gone: str, kept: str) -> None:
        """Put what a cluster holds into another one, which goes on."""
        for child in self.children(gone):
            self.parents[child] = kept
        self.remove(gone, kept)

    def remove(self, gone: str, place: str | None) -> None:
        del self.parents[gone]
        self.topics.discard(gone)
        self.into[gone] = place


def _said(edit: Edit) -> Edit:
    """Return what counts of a row, alike for rows that say the same: of a pin its name, of a hide no more than that."""
    if edit.edit == PIN:
        return edit._replace(cluster_name=edit.cluster_name if _tells_name(edit) else "", value="")
    return edit._replace(cluster_name="", value="" if edit.edit == HIDE else edit.value)


def _problem(edit: Edit, by_id: Mapping[str, Node], edits: Sequence[Edit]) -> str | None:
    """Say what is wrong with an edit before anything is done; None for nothing."""
    cluster_id, name, kind, value = edit
    if kind not in KINDS:
        return f"`{_shown(kind)}` is no edit: write {', '.join(KINDS[:-1])} or {KINDS[-1]}"
    if cluster_id not in by_id:
        return _unknown(cluster_id)
    rows = [other for other in edits if other.cluster_id == cluster_id and other.edit == kind]
    if len({row.value or row.cluster_name for row in rows} - {""}) > 1:
        return f"there are several rows `{kind}` for {cluster_id}, which say different things: leave one of them"
    if kind == RENAME and not (0 < len(value) <= LONGEST_NAME):
        return f"`value` must hold the new name of {cluster_id}, of at most {LONGEST_NAME} characters"
    if len(name) > LONGEST_NAME:
        return f"`cluster_name` of a pin is the name that {cluster_id} keeps: of at most {LONGEST_NAME} characters"
    if kind in (MERGE, MOVE):
        return _wrong_target(edit, by_id, edits)
    return None


def _wrong_target(edit: Edit, by_id: Mapping[str, Node], edits: Sequence[Edit]) -> str | None:
    cluster_id, _, kind, target = edit
    if not target:
        return f"`value` must hold the id of the other cluster{f', or {TOP}' if kind == MOVE else ''}"
    if kind == MOVE and target == TOP:
        return None
    if target == cluster_id:
        return f"`value` is {cluster_id} itself: write the id of another cluster"
    if target not in by_id:
        return _unknown(target)
    if by_id[target].lens != by_id[cluster_id].lens:
        return (
            f"{cluster_id} is of the lens {by_id[cluster_id].lens}, {target} of {by_id[target].lens}: choose one of"
            " its own lens"
        )
    topics = {node.parent_id for node in by_id.values()}
    if kind == MOVE and target not in topics:
        return f"{target} has no clusters in it: write {MERGE} to make one of the two, or choose one that has some"
    if kind == MERGE and (cluster_id in topics) != (target in topics):
        way = f"write {MOVE} to put {cluster_id} into {target}" if target in topics else "merge the clusters in it"
        return f"only one of {cluster_id} and {target} has clusters in it: {way}"
    hidden = {other.cluster_id for other in edits if other.edit == HIDE}
    if kind == MERGE and cluster_id in hidden and target not in hidden:
        return f"{cluster_id} is hidden, and {target} is not, where all would be read: hide {target}, too, or neither"
    return None


def _unknown(cluster_id: str) -> str:
    if cluster_id.split("_")[0] in (OUTLIERS, UNPROCESSED):
        return f"{_shown(cluster_id)} is no topic but holds what is in none: it can't be edited, so take the row out"
    return (
        f"no cluster has the id {_shown(cluster_id) or 'that is missing here'}, or none any more:"
        " fct_kura__cluster_lineage says what became of it, so write that id or take the row out"
    )


def _merged(tree: _Tree, edits: Sequence[Edit]) -> dict[Edit, str]:
    """Merge; return what could not be done."""
    problems: dict[Edit, str] = {}
    merges = {edit.cluster_id: edit for edit in edits if edit.edit == MERGE}
    circular = [edit for edit in merges.values() if _in_circle(edit, merges)]
    for edit in circular:
        del merges[edit.cluster_id]
        problems[edit] = f"merging {edit.cluster_id} and {edit.value} goes in a circle: take one of its rows out"
    for edit in merges.values():
        target = tree.place(edit.value)
        assert target is not None
        if edit.cluster_id in tree.above(target):
            problems[edit] = f"{target} is in {edit.cluster_id} already: write {MOVE} {TOP} for {target} first"
        elif not tree.fits(max(tree.height(edit.cluster_id) - 1, 0), target):
            problems[edit] = _too_deep(edit)
        else:
            tree.absorb(edit.cluster_id, target)
    for edit in edits:
        if edit.edit != MERGE and edit.cluster_id in tree.into:
            target = merges[edit.cluster_id].value
            problems[edit] = f"{edit.cluster_id} is merged into {target}: take one of the rows out"
    return problems


def _in_circle(edit: Edit, merges: Mapping[str, Edit]) -> bool:
    seen, here = {edit.cluster_id}, edit.value
    while here in merges and here not in seen:
        seen.add(here)
        here = merges[here].value
    return here == edit.cluster_id


def _moved(tree: _Tree, edits: Sequence[Edit]) -> dict[Edit, str]:
    """Move; return what could not be done."""
    problems: dict[Edit, str] = {}
    for edit in edits:
        if edit.edit != MOVE:
            continue
        target = None if edit.value == TOP else tree.place(edit.value)
        if target is not None and edit.cluster_id in (target, *tree.above(target)):
            problems[edit] = f"{edit.value} is in {edit.cluster_id}, which can't stand in itself: take the row out"
        elif not tree.fits(tree.height(edit.cluster_id), target):
            problems[edit] = _too_deep(edit)
        else:
            tree.parents[edit.cluster_id] = target
    return problems


def _too_deep(edit: Edit) -> str:
    return f"the tree would be deeper than {MOST_LEVELS} levels with {edit.cluster_id} there: choose a place higher up"


def _settled(tree: _Tree, edits: Sequence[Edit]) -> dict[Edit, str]:
    """Take away parents that edits leave with one child or none; one that an edit names rather takes its child in."""
    named = {edit.cluster_id for edit in edits} | {edit.value for edit in edits if edit.edit in (MERGE, MOVE)}
    problems: dict[Edit, str] = {}
    while True:
        children = Counter(tree.parents.values())
        left = (topic for topic in tree.topics if children[topic] < 2 and not tree.is_heading(topic))
        spare = min(left, default=None)
        if spare is None:
            break
        child = next(iter(tree.children(spare)), None)
        if child is not None and spare in named and child not in named:
            was_leaf = child not in tree.topics
            tree.absorb(child, spare)
            if was_leaf:
                tree.topics.discard(spare)
            continue
        why = "nothing is left in it" if child is None else f"only {child} is left in it and stands in its place"
        # hidden is what is left all the same
        for edit in edits:
            if edit.cluster_id == spare and (edit.edit != HIDE or child is None):
                problems[edit] = f"{spare} is not there, because {why}: take the row out, or leave more in it"
        if child is not None:
            tree.parents[child] = tree.parents[spare]
        tree.remove(spare, child)
    for edit in edits:
        if edit.edit == MOVE and edit.value != TOP and tree.parents.get(edit.cluster_id) != tree.place(edit.value):
            why = f"only {edit.cluster_id} would be left in {edit.value}, and stand in its place"
            problems.setdefault(edit, f"{why}: take the row out, or leave more in it")
    return problems


def _names(edits: Sequence[Edit]) -> dict[str, str]:
    """Return the names that edits give: a pin that of its row, and a rename another one."""
    pinned = {edit.cluster_id: edit.cluster_name for edit in edits if edit.edit == PIN and _tells_name(edit)}
    return pinned | {edit.cluster_id: edit.value for edit in edits if edit.edit == RENAME}


def _tells_name(edit: Edit) -> bool:
    return bool(edit.cluster_name) and edit.cluster_name not in NO_NAMES


def _verdict(edit: Edit, by_id: Mapping[str, Node], problem: str | None, names: Mapping[str, str]) -> Verdict:
    node = by_id.get(edit.cluster_id)
    lens = node.lens if node else None
    if problem:
        return Verdict("left_out", lens, problem)
    known = {_plain(name) for name in (node.name if node else "", names.get(edit.cluster_id, ""))}
    if edit.edit != PIN and _tells_name(edit) and _plain(edit.cluster_name) not in known:
        return Verdict(
            "stale",
            lens,
            f"{edit.cluster_id} has another name by now than {_shown(edit.cluster_name)}: look whether the edit still"
            " fits, and write its name of today",
        )
    return Verdict("applied", lens, None)


def _shown(text: str) -> str:
    """Return a text of the user's as a line that a warning can hold."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_NAME else f"{line[:LONGEST_NAME]}…"


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


_ELSEWHERE = Verdict(
    "elsewhere",
    None,
    "none of the edits names a cluster of this schema, nor one that it has had: if they were written for another one,"
    " all is well; or else write the ids of its clusters",
)
