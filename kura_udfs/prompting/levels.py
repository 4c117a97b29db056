"""One level of the tree by a language model: parents are proposed, merged, and given to the clusters one
by one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple

import numpy as np
import pydantic
from numpy.typing import NDArray

from kura_udfs.clustering.groups import balanced_groups, neighbourhoods
from kura_udfs.clustering.hierarchy import CHILDREN
from kura_udfs.naming.headings import MAX_WORDS, heading, prose, spoken_key
from kura_udfs.naming.keyphrases import Embed
from kura_udfs.naming.names import ClusterName
from kura_udfs.prompting.names import LABEL_TOKENS, MAX_DESCRIPTION_WORDS, Namer, label, listed
from kura_udfs.prompting.questions import Asking, ask_all, question, read_answer
from kura_udfs.tables import Vectors

NEIGHBOURHOOD = 40
"""Clusters that are shown together, more or less."""
MAX_OPTIONS = 30
"""Parents that a cluster may be assigned to: the nearest by embedding."""
BEYOND_CHANCE = 2.0
"""Standard errors by which the chosen parents must be nearer than the others offered, for a step to count."""


class TreeSettings(NamedTuple):
    """How a tree is asked for."""

    namer: Namer
    """Who is asked."""
    embed: Embed
    """Gives unit vectors of names with descriptions."""
    top_clusters: int = 10
    """At most so many clusters at level 0."""
    seed: int = 0
    """Of the neighbourhoods and of the order of the options."""

    @property
    def top(self) -> int:
        """As many clusters as the top may have: two at least, as a single one would tell nothing."""
        return max(self.top_clusters, 2)


class Proposal(pydantic.BaseModel):
    """A parent that a model proposes."""

    name: str
    description: str


class Proposals(pydantic.BaseModel):
    """What a model answers about a neighbourhood."""

    parents: list[Proposal]


class Choice(pydantic.BaseModel):
    """What a model answers about one cluster: the number of a parent."""

    parent: int


class Level(NamedTuple):
    """The groups that become the next level, and for each the proposal that most of its members chose."""

    groups: list[list[int]]
    proposals: list[Proposal]


def ask_level(
    names: Sequence[ClusterName],
    sizes: NDArray[np.float64],
    told: NDArray[np.bool_],
    settings: TreeSettings,
    levels_left: int,
) -> Asking[Level | None]:
    """Ask for the level above some clusters.

    Parameters
    ----------
    names : sequence of ClusterName
        Of the n clusters, more than fit the top.
    sizes : float64 array (n,)
        Conversations in each.
    told : bool array (n,)
        Those that may be told of. The others go to the nearest parent, without a question.
    settings : TreeSettings
    levels_left : int
        How many levels may still be added, this one included.

    Returns
    -------
    Level or None
        Fewer groups than clusters. None if the step failed: fewer than two parents were proposed, most
        clusters were assigned to none that was offered or as chance would have it, or the groups are far too
        few.
    """
    wanted, most = plan(len(names), settings.top, levels_left)
    labels = [label(name) for name in names]
    own = settings.embed(labels)
    rows = np.flatnonzero(told)
    proposals = yield from _proposed([labels[row] for row in rows], own[rows], wanted, settings)
    if len(proposals) < 2:
        return None
    theirs = settings.embed([_label(proposal) for proposal in proposals])
    choice = yield from _assigned(labels, rows.tolist(), own, proposals, theirs, settings)
    if choice is None:
        return None
    groups = balanced_groups(choice, own, sizes, most)
    if len(groups) < max(2, min(wanted, settings.top_clusters) // 3):
        return None
    return Level(groups, [proposals[int(np.bincount(choice[group]).argmax())] for group in groups])


def plan(count: int, top: int, levels_left: int) -> tuple[int, int]:
    """Return how many clusters the level above `count` clusters should have, and how many at most."""
    steps = min(max(math.ceil(math.log(count / top, CHILDREN) - 1e-9), 1), levels_left)
    if steps == 1:
        return min(top, max(2, round(count / 3))), top
    return max(top, round(count / (count / top) ** (1 / steps))), count // 2


def _proposed(labels: list[str], own: Vectors, wanted: int, settings: TreeSettings) -> Asking[list[Proposal]]:
    """Ask for parents of each neighbourhood, and have those merged that mean the same."""
    if not labels:
        return []
    parts = neighbourhoods(own, NEIGHBOURHOOD, settings.seed)
    shown = [[labels[i] for i in part] for part in parts]
    found = _distinct((yield from _proposals("propose_parents", "clusters", shown, wanted, settings)))
    if len(parts) == 1 or len(found) < 3:
        return found
    parts = neighbourhoods(settings.embed([_label(proposal) for proposal in found]), NEIGHBOURHOOD, settings.seed)
    shown = [[_label(found[i]) for i in part] for part in parts]
    merged = yield from _proposals("merge_parents", "proposals", shown, wanted, settings)
    return _distinct([own or [found[i] for i in part] for own, part in zip(merged, parts, strict=True)])


def _proposals(
    prompt: str, variable: str, shown: list[list[str]], wanted: int, settings: TreeSettings
) -> Asking[list[list[Proposal]]]:
    """Ask for a list of parents for each list shown; an answer that is no use gives none."""
    total = sum(map(len, shown))
    counts = [max(2, round(wanted * len(lines) / total)) for lines in shown]
    requests = [
        question(
            settings.namer.templates[prompt],
            partial(_with_count, variable, lines, count),
            Proposals,
            settings.namer.model,
            _ROOM + 80 * count,
        )
        for lines, count in zip(shown, counts, strict=True)
    ]
    answers = [read_answer(answer, Proposals) for answer in (yield from ask_all(requests))]
    return [
        [_cleaned(proposal) for proposal in said.parents[: 2 * count]] if said else []
        for said, count in zip(answers, counts, strict=True)
    ]


def _assigned(
    labels: list[str],
    rows: list[int],
    own: Vectors,
    proposals: list[Proposal],
    theirs: Vectors,
    settings: TreeSettings,
) -> Asking[NDArray[np.int64] | None]:
    """Ask for the parent of the clusters in these rows; the nearest one where the answer is none that was offered.

    None if that is most of these, or if the parents chosen are no nearer to the clusters than chance would
    have it.
    """
    likeness = np.round(own @ theirs.T, 5)
    near = np.argsort(-likeness, axis=1, kind="stable")[:, :MAX_OPTIONS]
    seeds = [settings.seed, len(labels)]
    offered = [np.random.default_rng([*seeds, row]).permutation(nearest) for row, nearest in enumerate(near)]
    requests = [
        question(
            settings.namer.templates["assign_parent"],
            partial(_numbered, labels[row], [_label(proposals[option]) for option in offered[row]]),
            Choice,
            settings.namer.model,
            _ROOM,
        )
        for row in rows
    ]
    choice = near[:, 0].copy()
    gains = []
    for row, answer in zip(rows, (yield from ask_all(requests)), strict=True):
        said = read_answer(answer, Choice)
        if said and 1 <= said.parent <= len(offered[row]):
            choice[row] = offered[row][said.parent - 1]
            gains.append(likeness[row, choice[row]] - likeness[row, offered[row]].mean())
    needed = BEYOND_CHANCE * np.std(gains) / math.sqrt(len(gains)) if gains else 0.0
    return choice if 2 * len(gains) >= len(rows) and np.mean(gains) > needed else None


def _distinct(lists: list[list[Proposal]]) -> list[Proposal]:
    """Return the proposals that have a name, those of the same name once."""
    by_name: dict[str, Proposal] = {}
    for proposal in chain.from_iterable(lists):
        by_name.setdefault(spoken_key(proposal.name), proposal)
    by_name.pop("", None)
    return list(by_name.values())


def _cleaned(proposal: Proposal) -> Proposal:
    description = prose(proposal.description, 2, MAX_DESCRIPTION_WORDS)
    return Proposal(name=heading(proposal.name, MAX_WORDS, proper=description), description=description)


def _label(proposal: Proposal) -> str:
    return f"{proposal.name}: {proposal.description}"


def _with_count(variable: str, lines: list[str], count: int, share: float) -> dict[str, str]:
    return {**listed({variable: lines}, LABEL_TOKENS, share), "count": str(count)}


def _numbered(text: str, options: list[str], share: float) -> dict[str, str]:
    numbered = [f"{number}. {option}" for number, option in enumerate(options, 1)]
    return listed({"cluster": [text], "options": numbered}, LABEL_TOKENS, share)


# Output tokens beside what is asked for. Models that reason count that as output too.
_ROOM = 500
