"""How well a taxonomy of half of the kinds takes in what belongs to it, and how many of the other kinds are found beside it.

    python -m benchmarks.taxonomy FOLDER [--set sgd] [--trials 10] [--examples 5]

FOLDER holds labelled conversations, as benchmarks/quality.py has them; the bundled sample comes first. In each trial half of
the labels, drawn at random, are given as topics: the label as name and a few of its texts as examples, which are then taken
out of the conversations. Kinds of fewer than ten texts are left out.

agreement: the share of the texts of given kinds that are put into their topic. full supervision: the same by the nearest
of the given kinds' centres, each the mean of all texts that have the label, with nothing left out as fitting none. reach: the one
by the other. found: of the kinds that are not given and have 3 % and more of the texts, the share that has a cluster
beside the taxonomy in which it is the majority and which holds most of it. in the tree: the same if a parent of such clusters
counts, too, as it stands in the tree for a reader. found, at all: a leaf where everything is
clustered without a taxonomy. taken in: the share of the texts of kinds that are not given, in topics.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from kura_udfs.clustering.belonging import Topic
from kura_udfs.clustering.clusters import centroids
from kura_udfs.clustering.points import Fitted, Points, chosen
from kura_udfs.naming.keyphrases import Embed
from kura_udfs.settings import ClusterSettings
from kura_udfs.stages.grouping import grouped, grouped_beside
from kura_udfs.stages.nodes import tree_by_numbers
from kura_udfs.stages.taxonomy import Anchors
from kura_udfs.tables import Vectors
from kura_udfs.vectors.encoders import load_encoder
from kura_udfs.vectors.neighbours import nearest_neighbours
from tests.support.labelled import SETS, sample

LARGE = 0.03
FEWEST = 10
SOME_KINDS = 20
TOP_CLUSTERS = 10
SETTINGS = ClusterSettings("leiden", None, None, 0)
HEADINGS = (
    "",
    "texts",
    "kinds",
    "agreement",
    "full supervision",
    "reach",
    "worst",
    "found",
    "of",
    "in the tree",
    "found, at all",
    "taken in",
)


class Kinds(NamedTuple):
    """Texts with their vectors and kinds; a trial takes so many of the kinds, or all."""

    name: str
    vectors: Vectors
    kinds: NDArray[np.object_]
    taken: int | None = None


class Score(NamedTuple):
    """What one trial gave."""

    texts: int
    kinds: int
    agreement: float
    supervised: float
    found: list[bool]
    in_tree: list[bool]
    findable: list[bool]
    taken_in: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--set", dest="chosen", choices=["sample", *SETS], help="only this set")
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--examples", type=int, default=5)
    options = parser.parse_args()
    encoder = load_encoder("minilm")
    console = Console(width=160)
    console.print(f"half of the kinds given by {options.examples} examples each, {options.trials} trials")
    console.print(_line(HEADINGS), highlight=False)
    for labelled in _sets(options.folder, options.chosen, encoder.embed):
        names = sorted(set(labelled.kinds) - {""})
        named = dict(zip(names, encoder.embed([name.replace("_", " ") for name in names]), strict=True))
        scores = [trial(labelled, named, options.examples, seed) for seed in range(options.trials)]
        console.print(_line([labelled.name, *_told(scores)]), highlight=False)


def _line(cells: Sequence[str]) -> str:
    """Set a line of the table; it is shown as soon as it is known."""
    first, *others = cells
    return f"{first:34}" + "".join(
        f"{cell:>{max(len(heading), 6) + 2}}" for cell, heading in zip(others, HEADINGS[1:], strict=True)
    )


def trial(labelled: Kinds, names: dict[str, Vectors], examples: int, seed: int) -> Score:
    """Give half of the kinds, and score what becomes of all."""
    draw = np.random.default_rng(seed)
    kinds = [kind for kind in names if (labelled.kinds == kind).sum() >= max(FEWEST, examples + 3)]
    if labelled.taken:
        kinds = sorted(draw.choice(kinds, min(labelled.taken, len(kinds)), replace=False))
    given = sorted(draw.choice(kinds, len(kinds) // 2, replace=False))
    drawn = {kind: draw.choice(np.flatnonzero(labelled.kinds == kind), examples, replace=False) for kind in given}
    rows = np.setdiff1d(np.flatnonzero(np.isin(labelled.kinds, kinds)), np.concatenate(list(drawn.values())))
    vectors, truth = labelled.vectors[rows], labelled.kinds[rows]
    topics = [Topic(names[kind], labelled.vectors[drawn[kind]]) for kind in given]
    points = Points(
        np.arange(len(rows)).astype(object), vectors, np.ones(len(rows)), [""] * len(rows), ["english"] * len(rows)
    )
    _, base, own = grouped_beside(points, SETTINGS, Anchors(list(given), topics), None)
    _, plain = grouped(points, SETTINGS)
    layers = _layers(points, base.labels)
    number = {kind: place for place, kind in enumerate(given)}
    true_topic = np.array([number.get(kind, -1) for kind in truth], np.int32)
    is_given = true_topic >= 0
    nearest = (vectors[is_given] @ centroids(vectors, true_topic).T).argmax(axis=1)
    large = [kind for kind in kinds if kind not in number and (truth == kind).mean() >= LARGE]
    return Score(
        len(rows),
        len(kinds),
        float((own[is_given] == true_topic[is_given]).mean()),
        float((nearest == true_topic[is_given]).mean()),
        [_is_found(truth == kind, base.labels) for kind in large],
        [any(_is_found(truth == kind, layer) for layer in layers) for kind in large],
        [_is_found(truth == kind, plain.labels) for kind in large],
        float((own[~is_given] >= 0).mean()),
    )


def _is_found(is_kind: NDArray[np.bool_], labels: NDArray[np.int32]) -> bool:
    """Whether one cluster is of this kind for the most part, and holds most of it."""
    inside = np.bincount(labels[is_kind] + 1, minlength=int(labels.max(initial=-1)) + 2)[1:]
    sizes = np.bincount(labels + 1)[1:]
    return bool(((inside > 0.5 * sizes) & (inside > 0.5 * is_kind.sum())).any())


def _layers(points: Points, labels: NDArray[np.int32]) -> list[NDArray[np.int32]]:
    """Return the leaf of each point beside the taxonomy, and the clusters above it, from level to level."""
    rest = np.flatnonzero(labels >= 0)
    if not len(rest):
        return [labels]
    texts, inside = chosen(points, rest), np.full(len(labels), -1, np.int32)
    fit = Fitted("", labels[rest], [str(leaf) for leaf in range(int(labels.max()) + 1)], labels[rest], [])
    near = nearest_neighbours(texts.vectors, seed=SETTINGS.seed)
    tree = tree_by_numbers(texts, fit, near, None, TOP_CLUSTERS, SETTINGS.seed)
    node, layers = tree.leaf_of_base[labels[rest]], []
    while (node >= 0).any():
        layers.append(inside.copy())
        layers[-1][rest] = node
        node = np.where(node >= 0, tree.parents[node], -1)
    return layers


def _told(scores: Sequence[Score]) -> list[str]:
    reach = [score.agreement / score.supervised for score in scores]
    found = np.array([one for score in scores for one in score.found])
    in_tree = np.array([one for score in scores for one in score.in_tree])
    findable = np.array([one for score in scores for one in score.findable])
    return [
        f"{np.mean([score.texts for score in scores]):,.0f}",
        str(scores[0].kinds),
        f"{np.mean([score.agreement for score in scores]):.1%}",
        f"{np.mean([score.supervised for score in scores]):.1%}",
        f"{np.mean(reach):.1%}",
        f"{min(reach):.1%}",
        f"{found.mean():.1%}" if len(found) else "-",
        str(len(found)),
        f"{in_tree.mean():.1%}" if len(in_tree) else "-",
        f"{findable.mean():.1%}" if len(findable) else "-",
        f"{np.mean([score.taken_in for score in scores]):.1%}",
    ]


def _sets(folder: Path, chosen: str | None, embed: Embed) -> Iterator[Kinds]:
    if chosen in (None, "sample"):
        bundled = sample()
        vectors = embed(bundled.texts)
        yield Kinds("sample, themes", vectors, _kinds(bundled.domains))
    for name, read in SETS.items():
        if chosen not in (None, name) or not (folder / name).exists():
            continue
        first = next(read(folder / name))
        if not any(first.intents):
            continue
        vectors = embed(first.texts)
        if any(first.domains):
            yield Kinds(f"{first.name}, domains", vectors, _kinds(first.domains))
            yield Kinds(f"{first.name}, intents", vectors, _kinds(first.intents))
        else:
            yield Kinds(f"{first.name}, {SOME_KINDS} intents", vectors, _kinds(first.intents), SOME_KINDS)
            yield Kinds(f"{first.name}, all intents", vectors, _kinds(first.intents))


def _kinds(labels: Sequence[str | None]) -> NDArray[np.object_]:
    return np.array([label or "" for label in labels], object)


if __name__ == "__main__":
    main()
