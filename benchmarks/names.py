"""How good the names are that clusters get without a language model, and how they were before.

    python benchmarks/names.py FOLDER [--set sample|sgd|banking77|docs_queries|dstc11] [--json FILE] [--beside FILE] [--trees]

FOLDER is that of benchmarks/quality.py; the bundled sample comes first. Every set is fitted as the pipeline does, its tree is named,
and the names are scored level by level, outliers left out: the share of conversations that lie nearer to the name of their own cluster
than to any other of the level ("found"), and than to those of their siblings; unique names; phrases whose words a third of the members
have; names that say "Various" or carry a number; words of a name; and where there are labels, the share of names that lie
nearest to the words of the label that most of their members have, of all labels ("label").

To compare two versions, run the first with `--json before.json` and the second with `--beside before.json`: rows stand one below the
other, and with `--trees` the names, too. The fits have to be the same, so the versions may differ in `kura_udfs/naming` only.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from kura_udfs.evaluation import names as evaluation
from kura_udfs.naming.names import name_tree
from kura_udfs.naming.talk import read_tree
from kura_udfs.tables import Labels, Vectors
from kura_udfs.vectors.encoder import Encoder
from kura_udfs.vectors.encoders import load_encoder
from tests.support.labelled import SETS
from tests.support.trees import Fit, fitted, some_sets

HEADINGS = (
    "names",
    "found",
    "among siblings",
    "unique",
    "in a third",
    "Various",
    "numbered",
    "words",
    "label",
    "seconds",
)


class Named(NamedTuple):
    """The names of a tree, and scores of each level by heading: percentages, but for numbers of names, words and seconds."""

    names: list[str]
    scores: list[dict[str, float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--set", dest="chosen", choices=("sample", *SETS), help="only this set")
    parser.add_argument("--json", type=Path, help="write names and scores to this file")
    parser.add_argument("--beside", type=Path, help="compare with what another version wrote to this file")
    parser.add_argument("--trees", action="store_true", help="print the names")
    options = parser.parse_args()
    before = json.loads(options.beside.read_text("utf-8")) if options.beside else {}
    encoder = load_encoder("minilm")
    console = Console(width=200)
    written = {}
    for labelled in some_sets(options.folder, options.chosen):
        fit = fitted(labelled, encoder)
        found = named(fit, encoder)
        old = Named(*before[labelled.name]) if labelled.name in before else None
        console.print(compared(fit, found, old))
        if options.trees:
            console.print(tree(fit, found, old))
        written[labelled.name] = list(found)
    if options.json:
        options.json.write_text(json.dumps(written, ensure_ascii=False, indent=1), "utf-8")


def named(fit: Fit, encoder: Encoder) -> Named:
    """Name the tree, and score the names of each level; a branch that ends above a level stands on it with its leaf."""
    texts, weights = fit.labelled.texts, np.ones(len(fit.vectors))
    begin = time.process_time()
    talk = read_tree(texts, fit.vectors, weights, fit.leaf_of_text.astype(np.int64), fit.parents.astype(np.int64))
    found = name_tree(talk, encoder.embed)
    seconds = time.process_time() - begin
    names = [cluster.name for cluster in found]
    of_names = encoder.embed(names)
    alone = evaluation.unique(names, names)
    rows = [members_of(fit, node) for node in range(len(names))]
    held = evaluation.phrase_shares(names, texts, weights, rows)
    scores = []
    for level in range(int(fit.levels.max()) + 1):
        standing = at_level(fit, level)
        here = np.unique(standing[standing >= 0])
        number = np.full(len(names) + 1, -1)
        number[here] = np.arange(len(here))
        cluster_of = number[standing]
        shares = [share for node in here for share in held[node]]
        scores.append(
            {
                "names": len(here),
                "found": 100 * (evaluation.members_nearest(of_names[here], fit.vectors, weights, cluster_of) or 0),
                "among siblings": among_siblings(fit, of_names, standing),
                "unique": percent([alone[node] for node in here]),
                "in a third": percent([share >= evaluation.MEMBERS for share in shares]),
                "Various": percent([evaluation.is_various(names[node]) for node in here]),
                "numbered": percent([evaluation.is_numbered(names[node]) for node in here]),
                "words": float(np.mean([len(names[node].split()) for node in here])),
                "label": label_found(fit, of_names, rows, here, encoder),
                "seconds": seconds,
            }
        )
    return Named(names, scores)


def at_level(fit: Fit, level: int) -> Labels:
    """Return the cluster of a level that each text is in, -1 for outliers."""
    return np.array([ancestor(fit, int(leaf), level) for leaf in fit.leaf_of_text])


def ancestor(fit: Fit, node: int, level: int) -> int:
    """Return what a cluster is, or is in, at a level; a leaf above it stands for itself."""
    while node >= 0 and fit.levels[node] > level:
        node = int(fit.parents[node])
    return node


def members_of(fit: Fit, node: int) -> NDArray[np.integer]:
    """Return the texts in a cluster."""
    return np.flatnonzero(at_level(fit, int(fit.levels[node])) == node)


def among_siblings(fit: Fit, of_names: Vectors, standing: Labels) -> float:
    """Share of the texts that lie nearer to their cluster's name than to those of its siblings."""
    inside = np.flatnonzero(standing >= 0)
    closeness = np.round(fit.vectors[inside] @ of_names.T, 6)
    siblings = fit.parents[standing[inside]][:, None] == fit.parents[None, :]
    best = np.where(siblings, closeness, -np.inf).argmax(axis=1)
    return percent((best == standing[inside]).tolist())


def label_found(
    fit: Fit, of_names: Vectors, rows: Sequence[NDArray[np.integer]], here: Labels, encoder: Encoder
) -> float:
    """Share of the names to which the words of their members' commonest label are the nearest of all labels'."""
    labels = sorted({label for label in fit.labelled.intents if label})
    if not labels:
        return float("nan")
    of_labels = encoder.embed([words(label) for label in labels])
    right = []
    for node in here:
        own = Counter(label for row in rows[node] if (label := fit.labelled.intents[row]))
        if own:
            commonest = min(own, key=lambda label: (-own[label], label))
            right.append(labels[int((of_labels @ of_names[node]).argmax())] == commonest)
    return percent(right)


def words(label: str) -> str:
    """Spell a label as words."""
    return "".join(f" {c.lower()}" if c.isupper() else c for c in label).replace("_", " ").replace("-", " ").strip()


def compared(fit: Fit, found: Named, before: Named | None) -> Table:
    table = Table(title=f"{fit.labelled.name} ({len(fit.vectors):,} texts)", title_justify="left")
    for heading in ("level", "", *HEADINGS):
        table.add_column(heading, justify="right", no_wrap=True)
    for level, scores in enumerate(found.scores):
        if before:
            table.add_row(str(level), "before", *cells(before.scores[level]))
        table.add_row(str(level), "now" if before else "", *cells(scores))
    return table


def cells(scores: dict[str, float]) -> list[str]:
    return [
        "" if scores[heading] != scores[heading] else f"{scores[heading]:.{0 if heading == 'names' else 1}f}"
        for heading in HEADINGS
    ]


def tree(fit: Fit, found: Named, before: Named | None) -> Table:
    """Lay the names out, a parent before its children, the larger first."""
    table = Table()
    for heading in ("texts", "before" if before else "", "now" if before else "", "labels"):
        table.add_column(heading, justify="right" if heading == "texts" else "left", overflow="fold")
    rows = [members_of(fit, node) for node in range(len(found.names))]

    def add(parent: int, depth: int) -> None:
        for node in sorted(np.flatnonzero(fit.parents == parent), key=lambda node: (-len(rows[node]), node)):
            own = Counter(fit.labelled.intents[row] or "-" for row in rows[node]).most_common(3)
            labels = ", ".join(f"{label} {count}" for label, count in own if label != "-")
            shown = "  " * depth
            old = before.names[node] if before else ""
            same = before is not None and old == found.names[node]
            table.add_row(str(len(rows[node])), shown + old, shown + ("=" if same else found.names[node]), labels)
            add(int(node), depth + 1)

    add(-1, 0)
    return table


def percent(values: Sequence[bool]) -> float:
    return 100 * float(np.mean(values)) if len(values) else float("nan")


if __name__ == "__main__":
    main()
