"""A tree that has grown night by night, beside the tree of one build of everything.

    python benchmarks/nights.py FOLDER [--nights 12] [--orders 2] [--set sample]

FOLDER holds labelled sets as for `benchmarks.quality`. Of each set a twelfth comes in every night, in some random orders; a
night decides, as a build does, whether it learns again. Without a language model, and without names, which have no say in the
shape of a tree.

Printed for each order: the adjusted Rand index of what the last night leaves with one build of everything, outliers being a
cluster, and the same of all nights' builds with one build of what there was then; what shares of the conversations kept their
base cluster and their topic at the refits, and what share has moved to a topic that the lineage doesn't name.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from kura_udfs.clustering.succession import base_heirs, last_tree
from kura_udfs.settings import OUTLIERS, ClusterSettings, FitSettings, Lens
from kura_udfs.stages import cluster_fit, cluster_names, nodes
from kura_udfs.stages.points import brought_together, labels_of, read_fit, read_neighbours, read_points
from kura_udfs.tables import as_lists, table
from kura_udfs.text.languages import human_language
from kura_udfs.vectors.encoders import load_encoder
from tests.support.labelled import Labelled, Labels, all_sets, fitted, own_encoder

TOP_CLUSTERS = 10
CLUSTERS = ClusterSettings("leiden", None, None, 0)
SETTINGS = FitSettings(CLUSTERS, TOP_CLUSTERS, "auto", "local")
LENS = Lens("conversation", "user_turns")
TOLD = 0.1
"""The lineage has a row for each such share of a cluster, and for smaller ones until no more than that is untold."""


class Night(NamedTuple):
    """Where the texts are after a night: ids of base clusters and of topics."""

    leaves: NDArray[np.object_]
    topics: NDArray[np.object_]
    learned: bool


class Memory:
    """What a stage asks of dbt and of a warehouse, where nothing but the two tables of the last night is kept."""

    def __init__(self) -> None:
        self.tables: dict[int, pa.Table] = {}
        self.figures: dict[str, Any] = {}
        self.rows_in = self.rows_new = 0
        self.lens = LENS
        self.sends_nothing = self.starts_over = False
        self.progress = SimpleNamespace(say=lambda message: None)
        self.warehouse = self

    def of_lens(self, relation: Any) -> Any:
        return relation

    def read(self, relation: Any, columns: str = "*", where: str = "true") -> pa.Table:
        return relation if columns == "*" else relation.select(columns.split(", "))

    def last(self, schema: pa.Schema, **_: Any) -> pa.Table | None:
        return self.tables.get(id(schema))

    def keep(self, schema: pa.Schema, rows: pa.Table) -> pa.Table:
        self.tables[id(schema)] = rows
        return rows

    def is_told(self, fit_id: str) -> bool:
        return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--nights", type=int, default=12)
    parser.add_argument("--orders", type=int, default=2, help="in which the texts come, at random")
    parser.add_argument("--set", dest="chosen", help="only sets whose names begin so")
    parser.add_argument("--most", type=int, default=3_500, help="texts of a set; larger ones are left out")
    options = parser.parse_args()
    table = Table(title=f"{options.nights} nights beside one build of everything")
    for heading in (
        "set", "texts", "refits", "last night: leaves", "topics", "all nights: leaves", "topics", "labels", "domains",
        "kept at refits: leaves", "topics", "untold at most",
    ):  # fmt: skip
        table.add_column(heading, justify="left" if heading == "set" else "right")
    for labelled in all_sets(options.folder):
        if len(labelled.texts) > options.most or not labelled.name.startswith(options.chosen or ""):
            continue
        points = points_of(labelled)
        for order in range(options.orders):
            found = cells(labelled, points, options.nights, order)
            table.add_row(f"{labelled.name}, {order}", f"{len(labelled.texts):,}", *found)
            Console(width=160).print(table)


def points_of(labelled: Labelled) -> pa.Table:
    """Return the table of points as a build has it."""
    n = len(labelled.texts)
    languages = [human_language(text) for text in labelled.texts]
    vectors = load_encoder(own_encoder(languages)).embed(labelled.texts)
    return pa.table(
        {
            "text_hash": [f"{number:06d}" for number in range(n)],
            "recipe": ["r"] * n,
            "embedding": as_lists(vectors),
            "weight": np.ones(n),
            "cluster_text": labelled.texts,
            "language": languages,
        }
    )


def cells(labelled: Labelled, points: pa.Table, nights: int, order: int) -> list[str]:
    n = points.num_rows
    comes = np.random.default_rng(order).permutation(n)
    stage, before, earlier = Memory(), None, comes[:0]
    agreements, kept, untold = [], [], [0.0]
    for number in range(1, nights + 1):
        rows = np.sort(comes[: n * number // nights])
        part = points.take(rows)
        after = night(stage, part)
        whole = built(part)
        agreements.append([adjusted_rand_score(*pair) for pair in ((after.leaves, whole[0]), (after.topics, whole[1]))])
        if before is not None and after.learned:
            old = np.isin(rows, earlier)
            kept.append([np.mean(was == now[old]) for was, now in zip(before[:2], after[:2], strict=True)])
            untold.append(untold_share(before.topics.tolist(), after.topics[old].tolist()))
        before, earlier = after, rows
    last, mean = agreements[-1], np.mean(agreements[1:], axis=0)
    shares = [" ".join(f"{share:.2f}" for share in column) for column in np.array(kept).T]
    truths = [
        f"{with_truth(truth, grown.tolist()):.3f} {with_truth(truth, one.tolist()):.3f}"
        for truth, grown, one in zip((labelled.intents, labelled.domains), after[:2], whole, strict=True)
    ]
    return [f"{len(kept)}", *(f"{figure:.3f}" for figure in (*last, *mean)), *truths, *shares, f"{max(untold):.3f}"]


def night(stage: Memory, points: pa.Table) -> Night:
    """Do what the stages of fit and names do, and place what is new."""
    fit = stage.keep(cluster_fit.FIT, cluster_fit.fit(stage, SETTINGS, points, points))  # type: ignore[arg-type]
    learned = str(stage.figures["decision"]).startswith("refit")
    if learned:
        tree(stage, points, fit)
    found = brought_together(read_points(stage, points))  # type: ignore[arg-type]
    earlier, ids = labels_of(found, fit)
    leaves = cluster_fit._previous_clusters(found, earlier, ids, fit, True, OUTLIERS).to_numpy(zero_copy_only=False)
    names = stage.tables[id(cluster_names.NAMES)].to_pylist()
    above = {row["cluster_id"]: row["parent_cluster_id"] for row in names}
    topics = {OUTLIERS: OUTLIERS}
    for cluster in above:
        top = cluster
        while above[top]:
            top = above[top]
        topics[cluster] = top
    return Night(leaves, np.array([topics[leaf] for leaf in leaves], object), learned)


def tree(stage: Memory, points: pa.Table, fitted_points: pa.Table) -> None:
    """Build the tree, without names."""
    last = stage.last(cluster_names.NAMES)
    fit = read_fit(stage, fitted_points)  # type: ignore[arg-type]
    texts = brought_together(read_points(stage, points))  # type: ignore[arg-type]
    before = last_tree(last, fit, texts.weights, "r")
    near = read_neighbours(stage, fitted_points, texts.vectors, 0)  # type: ignore[arg-type]
    grown = nodes.tree_by_numbers(texts, fit, near, before, TOP_CLUSTERS, 0)
    ids, _ = nodes.identified(grown, fit, before, base_heirs(before, fit.ids))
    stage.keep(
        cluster_names.NAMES,
        table(
            cluster_names.NAMES,
            fit_id=fit.fit_id,
            recipe="r",
            cluster_id=ids,
            parent_cluster_id=[ids[parent] if parent >= 0 else None for parent in grown.parents],
            level=grown.levels,
            is_leaf=grown.is_leaf,
            name_overlap=1.0,
        ),
    )


def built(points: pa.Table) -> tuple[Labels, Labels]:
    """Return base cluster and topic of each text in one build of all."""
    found = read_points(Memory(), points)  # type: ignore[arg-type]
    return fitted(found.vectors, found.languages)


def with_truth(truth: Sequence[str | None], found: Sequence[Any]) -> float:
    """Return the adjusted mutual information with labels, where there are any."""
    known = [(label, str(cluster)) for label, cluster in zip(truth, found, strict=True) if label]
    return float(adjusted_mutual_info_score(*zip(*known, strict=True))) if known else float("nan")


def untold_share(before: Sequence[str], after: Sequence[str]) -> float:
    """Return the share of the texts that are in another topic without a row of the lineage that says so."""
    flows = Counter(zip(before, after, strict=True))
    sizes, told_of = Counter(before), Counter[str]()
    untold = 0
    for (old, new), count in sorted(flows.items(), key=lambda flow: (flow[0][0] != flow[0][1], -flow[1], flow[0])):
        if old != new and (
            OUTLIERS in (old, new) or (count < TOLD * sizes[old] and told_of[old] >= (1 - TOLD) * sizes[old])
        ):
            untold += count
        else:
            told_of[old] += count
    return untold / max(len(before), 1)


if __name__ == "__main__":
    main()
