"""Names of the clusters: from the phrases that set their texts apart, or from a language model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kura_udfs.naming import names as naming
from kura_udfs.stages.points import load_encoder, read_labels, read_points
from kura_udfs.stages.tables import Vectors, fingerprint, table
from kura_udfs.warehouse import Stage

NAMES = pa.schema(
    [
        ("recipe", pa.string()),
        ("fit_id", pa.string()),
        ("cluster_id", pa.string()),
        ("name", pa.string()),
        ("description", pa.string()),
        ("slug", pa.string()),
        ("keyphrases", pa.list_(pa.string())),
        ("exemplars", pa.list_(pa.string())),
    ]
)


def name(stage: Stage, points: Any, fitted: Any, tree: Any) -> pa.Table:
    """Name every node of the tree: from the phrases that set its texts apart, and from those by a model."""
    fit_id, labels = read_labels(stage, fitted)
    recipe = naming_recipe(stage, fit_id)
    previous = stage.previous(recipe=recipe)
    nodes = stage.read(tree, "cluster_id, parent_cluster_id, base_cluster").sort_by("cluster_id")
    stage.count(nodes.num_rows, 0 if previous else nodes.num_rows)
    if previous or not nodes.num_rows:
        return previous or NAMES.empty_table()
    hashes, vectors, weights, texts = read_points(stage, points)
    parents = pc.fill_null(pc.index_in(nodes["parent_cluster_id"], nodes["cluster_id"]), -1).to_numpy()
    leaf_of_point = pc.fill_null(pc.index_in(pa.array(labels, pa.int32()), nodes["base_cluster"]), -1).to_numpy()
    found = naming.name_tree(texts, vectors, weights, leaf_of_point, parents, load_encoder(stage, points).embed)
    if stage.asks_a_model():
        found = _model_names(stage, texts, vectors, leaf_of_point, parents, found)
    return table(
        NAMES,
        recipe=recipe,
        fit_id=fit_id,
        cluster_id=nodes["cluster_id"],
        name=[cluster.name for cluster in found],
        description=[cluster.description for cluster in found],
        slug=[cluster.slug for cluster in found],
        keyphrases=[cluster.keyphrases for cluster in found],
        exemplars=[hashes[cluster.exemplars].tolist() for cluster in found],
    )


def naming_recipe(stage: Stage, fit_id: str) -> str:
    """Return what shapes tree and names of a fit: with a model also the model and its prompts."""
    settings = stage.settings
    if stage.sends_nothing():
        return f"trial:{fit_id}"  # a real run must not take it for its own
    if settings["provider"] != "openai":
        return f"local:{fit_id}"
    from kura_udfs.prompting import prompts

    versions = {name: template.version for name, template in prompts.load_prompts(settings["prompts_path"]).items()}
    return "openai:" + fingerprint(
        fit_id, settings["naming_model"] or settings["model"], settings["parameters"], versions
    )


def _model_names(
    stage: Stage,
    texts: list[str],
    vectors: Vectors,
    leaf_of_point: NDArray[np.int64],
    parents: NDArray[np.int64],
    local: list[naming.ClusterName],
) -> list[naming.ClusterName]:
    from kura_udfs import asking
    from kura_udfs.prompting import names as model_names
    from kura_udfs.prompting import prompts

    settings = stage.settings
    model = asking.language_model(settings, settings["naming_model"] or settings["model"])
    templates = prompts.load_prompts(settings["prompts_path"])
    return model_names.model_names(
        texts, vectors, leaf_of_point, parents, local, asking.asker(stage), templates, model, settings["seed"]
    )
