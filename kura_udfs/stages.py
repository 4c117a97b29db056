"""What each Python model does: Arrow tables in, an Arrow table out, the work itself in the modules named after it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kura_udfs.clustering import clusters, hierarchy, layout
from kura_udfs.naming import names as naming
from kura_udfs.text import languages
from kura_udfs.text import summaries as extractive
from kura_udfs.vectors import encoders, neighbours
from kura_udfs.warehouse import Stage

Vectors = NDArray[np.float32]

# Raise it when neighbours, clusters, hierarchy, names or layout give another result: what they made is then made anew.
FIT_VERSION = 1

SUMMARIES = pa.schema(
    [
        ("content_hash", pa.string()),
        ("recipe", pa.string()),
        ("summary", pa.string()),
        ("request", pa.string()),
        ("task", pa.string()),
        ("topic", pa.string()),
        ("languages", pa.string()),
        ("concerning_score", pa.int64()),
        ("user_frustration", pa.int64()),
        ("assistant_errors", pa.string()),
        ("status", pa.string()),
        ("error", pa.string()),
        ("model", pa.string()),
        ("input_tokens", pa.int64()),
        ("output_tokens", pa.int64()),
        ("cost_usd", pa.float64()),
    ]
)
EMBEDDINGS = pa.schema([("text_hash", pa.string()), ("recipe", pa.string()), ("embedding", pa.list_(pa.float32()))])
FIT = pa.schema(
    [
        ("fit_id", pa.string()),
        ("text_hash", pa.string()),
        ("base_cluster", pa.int32()),
        ("neighbours", pa.list_(pa.string())),
        ("similarities", pa.list_(pa.float32())),
    ]
)
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
MAP = pa.schema([("fit_id", pa.string()), ("text_hash", pa.string()), ("x", pa.float64()), ("y", pa.float64())])


def summaries(stage: Stage, transcripts: Any) -> pa.Table:
    """Summarise every transcript that has no summary of this recipe yet."""
    if stage.settings["provider"] == "openai":
        return _model_summaries(stage, transcripts)
    recipe = f"local:{extractive.VERSION}:{languages.VERSION}"
    rows = stage.unseen(
        transcripts, "content_hash, transcript, user_turns", key="content_hash", recipe=recipe, where="not is_empty"
    )
    stage.progress.start(rows.num_rows)
    columns: dict[str, list[str | None]] = {"summary": [], "request": [], "languages": []}
    for turns, transcript in zip(rows["user_turns"].to_pylist(), rows["transcript"].to_pylist(), strict=True):
        spoken = [language for language in [languages.human_language(turns)] if language]
        columns["summary"].append(extractive.extractive_summary(turns))
        columns["request"].append(extractive.request(turns))
        columns["languages"].append(", ".join([*spoken, *languages.programming_languages(transcript)]) or None)
        stage.progress.advance(1)
    return _table(
        SUMMARIES,
        content_hash=rows["content_hash"],
        recipe=recipe,
        status="ok",
        model="local",
        input_tokens=0,
        output_tokens=0,
        cost_usd=0.0,
        **columns,
    )


def _model_summaries(stage: Stage, transcripts: Any) -> pa.Table:
    from kura_udfs import asking
    from kura_udfs.prompting import facets, prompts
    from kura_udfs.prompting import summaries as model_summaries

    settings = stage.settings
    asked = [*facets.BUILT_IN, *facets.user_facets(settings["facets"])]
    schema = pa.schema(
        [*SUMMARIES, *((facet.name, facets.arrow_type(facet)) for facet in asked[len(facets.BUILT_IN) :])]
    )
    template = prompts.load_prompt("summary", settings["prompts_path"])
    model = asking.language_model(settings, settings["model"])
    recipe = model_summaries.summary_recipe(asked, template, model)
    count, batches = stage.unseen_batches(
        transcripts, "content_hash, transcript", key="content_hash", recipe=recipe, where="not is_empty"
    )
    if not count or stage.sends_nothing():
        return schema.empty_table()
    hashes: dict[str, str] = {}

    def rows() -> Iterator[tuple[str, str]]:
        for batch in batches:
            for content_hash, transcript in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                hashes[model_summaries.answer_key(content_hash, recipe)] = content_hash
                yield content_hash, transcript

    requests = model_summaries.summary_requests(rows(), asked, template, model)
    found = [
        {
            "content_hash": hashes[answer.key],
            "recipe": recipe,
            **model_summaries.summary_row(answer, asked),
        }
        for answer in asking.ask(stage, requests, count)
    ]
    stage.count(stage.rows_in, count, sum(row["status"] == "failed" for row in found))
    return pa.Table.from_pylist(found, schema)


def embeddings(stage: Stage, texts: Any) -> pa.Table:
    """Embed every text that has no vector of this encoder yet."""
    encoder = _encoder(stage, texts)
    rows = stage.unseen(texts, "text_hash, cluster_text", key="text_hash", recipe=encoder.id)
    stage.progress.start(rows.num_rows)
    vectors = encoder.embed(rows["cluster_text"].to_pylist(), advance=stage.progress.advance)
    return _table(EMBEDDINGS, text_hash=rows["text_hash"], recipe=encoder.id, embedding=_as_lists(vectors))


def fit(stage: Stage, points: Any) -> pa.Table:
    """Learn the base clusters, or hand back the last fit if neither its points nor its settings have changed."""
    keys = stage.read(points, "text_hash, weight, recipe").sort_by("text_hash")
    fit_id = _fingerprint(FIT_VERSION, stage.settings, keys.to_pydict())
    previous = stage.previous(fit_id=fit_id)
    stage.count(keys.num_rows, 0 if previous else keys.num_rows)
    if previous:
        return previous
    hashes, vectors, weights, _ = _points(stage, points)
    settings = stage.settings
    found = neighbours.nearest_neighbours(vectors, seed=settings["seed"])
    base = clusters.fit_base_clusters(
        vectors,
        found,
        weights,
        method=settings["method"],
        target=settings["target"],
        min_size=settings["min_size"],
        seed=settings["seed"],
    )
    stage.figures = {"silhouette": base.silhouette, "resolution": base.resolution, "min_size": base.min_size}
    return _table(
        FIT,
        fit_id=fit_id,
        text_hash=hashes,
        base_cluster=base.labels,
        neighbours=_as_lists(hashes[found.indices]),
        similarities=_as_lists(found.similarities),
    )


def tree(stage: Stage, points: Any, fitted: Any) -> pa.Table:
    """Build the tree over the base clusters, with a centroid for each node and a radius for each leaf."""
    fit_id, labels = _labels(stage, fitted)
    recipe = _naming_recipe(stage, fit_id)
    previous = stage.previous(recipe=recipe)
    stage.count(len(labels), 0 if previous else len(labels))
    if previous:
        return previous
    hashes, vectors, weights, texts = _points(stage, points)
    base_centroids = clusters.centroids(vectors, labels, weights)
    sizes = np.bincount(labels[labels >= 0], weights[labels >= 0], len(base_centroids)).astype(np.float64)
    if stage.settings["provider"] == "openai":
        built = _model_tree(stage, texts, vectors, weights, labels, base_centroids, sizes, _encoder(stage, points))
    else:
        built = hierarchy.build_tree(base_centroids, sizes, top_clusters=stage.settings["top_clusters"])
    base_of_node = np.full(len(built.parents), -1)
    base_of_node[built.leaf_of_base] = np.arange(len(built.leaf_of_base))
    ids = _cluster_ids(built, labels, hashes)
    radii = clusters.cluster_radii(vectors, labels, base_centroids)
    is_leaf = base_of_node >= 0
    return _table(
        TREE,
        recipe=recipe,
        fit_id=fit_id,
        cluster_id=ids,
        parent_cluster_id=[ids[parent] if parent >= 0 else None for parent in built.parents],
        level=built.levels,
        base_cluster=pa.array(base_of_node, mask=~is_leaf),
        centroid=_as_lists(_node_centroids(built, base_centroids, sizes)),
        radius=pa.array(np.where(is_leaf, radii[base_of_node], 0.0), mask=~is_leaf) if len(ids) else [],
    )


def names(stage: Stage, points: Any, fitted: Any, tree: Any) -> pa.Table:
    """Name every node of the tree: from the phrases that set its texts apart, and from those by a model."""
    fit_id, labels = _labels(stage, fitted)
    recipe = _naming_recipe(stage, fit_id)
    previous = stage.previous(recipe=recipe)
    nodes = stage.read(tree, "cluster_id, parent_cluster_id, base_cluster").sort_by("cluster_id")
    stage.count(nodes.num_rows, 0 if previous else nodes.num_rows)
    if previous or not nodes.num_rows:
        return previous or NAMES.empty_table()
    hashes, vectors, weights, texts = _points(stage, points)
    parents = pc.fill_null(pc.index_in(nodes["parent_cluster_id"], nodes["cluster_id"]), -1).to_numpy()
    leaf_of_point = pc.fill_null(pc.index_in(pa.array(labels, pa.int32()), nodes["base_cluster"]), -1).to_numpy()
    found = naming.name_tree(texts, vectors, weights, leaf_of_point, parents, _encoder(stage, points).embed)
    if stage.settings["provider"] == "openai":
        found = _model_names(stage, texts, vectors, leaf_of_point, parents, found)
    return _table(
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


def _naming_recipe(stage: Stage, fit_id: str) -> str:
    """Return what shapes tree and names of a fit: with a model also the model and its prompts."""
    settings = stage.settings
    if settings["provider"] != "openai":
        return f"local:{fit_id}"
    from kura_udfs.prompting import prompts

    versions = {name: template.version for name, template in prompts.load_prompts(settings["prompts_path"]).items()}
    return "openai:" + _fingerprint(
        fit_id, settings["naming_model"] or settings["model"], settings["parameters"], versions
    )


def _model_tree(
    stage: Stage,
    texts: list[str],
    vectors: Vectors,
    weights: NDArray[np.float64],
    labels: NDArray[np.int32],
    centroids: Vectors,
    sizes: NDArray[np.float64],
    encoder: encoders.Encoder,
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


def map_positions(stage: Stage, points: Any, fitted: Any, embeddings: Any) -> pa.Table:
    """Give every text a place on the map: the fitted ones by the layout, the others among them."""
    fit_id, _ = _labels(stage, fitted)
    hashes = stage.read(embeddings, "text_hash")["text_hash"]
    known = stage.previous(fit_id=fit_id)
    if known is None:
        known = _fitted_positions(stage, points, fitted, fit_id)
        new = known.num_rows
    else:
        known = known.filter(pc.is_in(known["text_hash"], hashes))
        new = 0
    others = stage.read(embeddings, "text_hash, embedding").filter(pc.invert(pc.is_in(hashes, known["text_hash"])))
    stage.count(len(hashes), new + others.num_rows)
    if not others.num_rows or not known.num_rows:
        return known
    landmarks = stage.read(points, "text_hash, embedding")
    landmarks = landmarks.join(known.select(["text_hash", "x", "y"]), "text_hash", join_type="inner").sort_by(
        "text_hash"
    )
    positions = layout.place(
        _as_matrix(others["embedding"]),
        _as_matrix(landmarks["embedding"]),
        np.column_stack([landmarks["x"].to_numpy(), landmarks["y"].to_numpy()]),
    )
    placed = _table(MAP, fit_id=fit_id, text_hash=others["text_hash"], x=positions[:, 0], y=positions[:, 1])
    return pa.concat_tables([known, placed])


def _fitted_positions(stage: Stage, points: Any, fitted: Any, fit_id: str) -> pa.Table:
    hashes, vectors, _, _ = _points(stage, points)
    graph = stage.read(fitted, "text_hash, neighbours, similarities").sort_by("text_hash")
    indices = pc.index_in(pc.list_flatten(graph["neighbours"]), graph["text_hash"]).to_numpy()
    similarities = _as_matrix(graph["similarities"])
    found = neighbours.Neighbours(indices.reshape(similarities.shape).astype(np.int32), similarities)
    positions = layout.map_points(vectors, found, seed=stage.settings["seed"])
    return _table(MAP, fit_id=fit_id, text_hash=hashes, x=positions[:, 0], y=positions[:, 1])


def _encoder(stage: Stage, texts: Any) -> encoders.Encoder:
    settings = stage.settings
    if settings["embedder"] == "lsa":
        # learned from the texts themselves: one more text, and every vector is a different one
        return encoders.fit_lsa(stage.read(texts, "distinct cluster_text")["cluster_text"].to_pylist())
    return encoders.load_encoder(
        settings["embedder"], settings["path"], settings["precision"], report=stage.progress.say
    )


def _points(stage: Stage, points: Any) -> tuple[NDArray[np.object_], Vectors, NDArray[np.float64], list[str]]:
    """Return hashes, vectors, weights and texts of what is fitted, in the order of the hashes."""
    rows = stage.read(points, "text_hash, embedding, weight, cluster_text").sort_by("text_hash")
    hashes = rows["text_hash"].to_numpy(zero_copy_only=False)
    return (
        hashes,
        _as_matrix(rows["embedding"]),
        rows["weight"].to_numpy().astype(np.float64),
        rows["cluster_text"].to_pylist(),
    )


def _labels(stage: Stage, fitted: Any) -> tuple[str, NDArray[np.int32]]:
    """Return the id of the fit and the base cluster of every point, in the order of the hashes."""
    rows = stage.read(fitted, "fit_id, text_hash, base_cluster").sort_by("text_hash")
    return (rows["fit_id"][0].as_py() if rows.num_rows else ""), rows["base_cluster"].to_numpy()


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
        ids[node] = "c" + _fingerprint(sorted(members[node]))[:11]
        if built.parents[node] >= 0:
            members[built.parents[node]].append(ids[node])
    return ids


def _fingerprint(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _table(schema: pa.Schema, **columns: Any) -> pa.Table:
    """Build a table from columns, single values that are the same in every row, and nulls for what is left out."""
    rows = next(len(column) for column in columns.values() if not isinstance(column, str | int | float))
    filled = {
        field.name: pa.repeat(pa.scalar(columns.get(field.name), field.type), rows)
        if isinstance(columns.get(field.name), str | int | float | None)
        else columns[field.name]
        for field in schema
    }
    return pa.table({name: _typed(column, schema.field(name).type) for name, column in filled.items()}, schema=schema)


def _typed(column: Any, type_: pa.DataType) -> Any:
    return column.cast(type_) if isinstance(column, pa.Array | pa.ChunkedArray) else pa.array(column, type_)


def _as_lists(matrix: NDArray[Any]) -> pa.Array:
    """Turn the rows of a matrix into lists."""
    values = pa.array(matrix.reshape(-1))
    return pa.ListArray.from_arrays(np.arange(len(matrix) + 1, dtype=np.int32) * matrix.shape[1], values)


def _as_matrix(lists: pa.ChunkedArray) -> Vectors:
    """Turn lists of one length into the rows of a matrix, without a copy where Arrow allows it."""
    values = pc.list_flatten(lists).combine_chunks().to_numpy(zero_copy_only=False)
    return values.reshape(len(lists), values.size // max(len(lists), 1))
