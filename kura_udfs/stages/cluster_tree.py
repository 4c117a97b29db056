"""The tree over the base clusters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kura_udfs.clustering import clusters, hierarchy
from kura_udfs.naming import names as naming
from kura_udfs.stages.cluster_names import naming_recipe
from kura_udfs.stages.points import Encoder, load_encoder, read_labels, read_points
from kura_udfs.stages.tables import Vectors, as_lists, fingerprint, table
from kura_udfs.warehouse import Stage

TREE = pa.schema(
    [
        ("recipe", pa.string()),
        ("fit_id", pa.string()),
        ("cluster_id", pa.string()),
        ("parent_cluster_id", pa.string()),
        ("level", pa.int32()),
        ("base_cluster", pa.int32()),
        ("centroid", pa.list_(pa.float32())),
        ("radius", pa.float64()),
    ]
)


def build(stage: Stage, points: Any, fitted: Any) -> pa.Table:
    """Build the tree over the base clusters, with a centroid for each node and a radius for each leaf."""
    fit_id, labels = read_labels(stage, fitted)
    recipe = naming_recipe(stage, fit_id)
    previous = stage.previous(recipe=recipe)
    stage.count(len(labels), 0 if previous else len(labels))
    if previous:
        return previous
    hashes, vectors, weights, texts = read_points(stage, points)
    base_centroids = clusters.centroids(vectors, labels, weights)
    sizes = np.bincount(labels[labels >= 0], weights[labels >= 0], len(base_centroids)).astype(np.float64)
    if stage.asks_a_model():
        built = _model_tree(stage, texts, vectors, weights, labels, base_centroids, sizes, load_encoder(stage, points))
    else:
        built = hierarchy.build_tree(base_centroids, sizes, top_clusters=stage.settings["top_clusters"])
    base_of_node = np.full(len(built.parents), -1)
    base_of_node[built.leaf_of_base] = np.arange(len(built.leaf_of_base))
    ids = _cluster_ids(built, labels, hashes)
    radii = clusters.cluster_radii(vectors, labels, base_centroids)
    is_leaf = base_of_node >= 0
    return table(
        TREE,
        recipe=recipe,
        fit_id=fit_id,
        cluster_id=ids,
        parent_cluster_id=[ids[parent] if parent >= 0 else None for parent in built.parents],
        level=built.levels,
        base_cluster=pa.array(base_of_node, mask=~is_leaf),
        centroid=as_lists(_node_centroids(built, base_centroids, sizes)),
        radius=pa.array(np.where(is_leaf, radii[base_of_node], 0.0), mask=~is_leaf) if len(ids) else [],
    )


def _model_tree(
    stage: Stage,
    texts: list[str],
    vectors: Vectors,
    weights: NDArray[np.float64],
    labels: NDArray[np.int32],
    centroids: Vectors,
    sizes: NDArray[np.float64],
    encoder: Encoder,
) -> hierarchy.Tree:
    from kura_udfs import asking
    from kura_udfs.prompting import hierarchy as model_hierarchy
    from kura_udfs.prompting import levels, prompts, questions
    from kura_udfs.prompting import names as model_names

    settings = stage.settings
    model = asking.language_model(settings, settings["naming_model"] or settings["model"])
    templates = prompts.load_prompts(settings["prompts_path"])
    ask = asking.asker(stage)
    flat = np.full(len(centroids), -1)
    local = naming.name_tree(texts, vectors, weights, labels.astype(np.int64), flat, encoder.embed)
    requests = model_names.name_requests(texts, vectors, labels, templates["cluster_name"], model, settings["seed"])
    taken = model_names.Taken(set(), set())
    named = [
        model_names.enforced_name(answer, taken, fallback)
        for answer, fallback in zip(questions.ask_all(ask, requests), local, strict=True)
    ]
    tree_settings = levels.TreeSettings(model, templates, settings["top_clusters"])
    return model_hierarchy.model_tree(named, centroids, sizes, ask, encoder.embed, tree_settings, settings["seed"]).tree


def _node_centroids(built: hierarchy.Tree, base_centroids: Vectors, sizes: NDArray[np.float64]) -> Vectors:
    """Return a unit vector per node: of a parent, the mean direction of the base clusters below it."""
    sums = np.zeros((len(built.parents), base_centroids.shape[1]))
    sums[built.leaf_of_base] = base_centroids * sizes[:, None]
    for node in _bottom_up(built):
        if built.parents[node] >= 0:
            sums[built.parents[node]] += sums[node]
    return (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)).astype(np.float32)


def _bottom_up(built: hierarchy.Tree) -> NDArray[np.int64]:
    return np.argsort(-np.asarray(built.levels), kind="stable")


def _cluster_ids(built: hierarchy.Tree, labels: NDArray[np.int32], hashes: NDArray[np.object_]) -> list[str]:
    """Name each leaf by a fingerprint of its members and each parent by one of its children."""
    members: list[list[str]] = [[] for _ in built.parents]
    for base, node in enumerate(built.leaf_of_base):
        members[node] = hashes[labels == base].tolist()
    ids = [""] * len(members)
    for node in _bottom_up(built):
        ids[node] = "c" + fingerprint(sorted(members[node]))[:11]
        if built.parents[node] >= 0:
            members[built.parents[node]].append(ids[node])
    return ids
