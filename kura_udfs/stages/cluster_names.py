"""The clusters: the tree over the base clusters and its names, from numbers and phrases or from a language model.

Both in one stage, because a model builds the tree by naming it. A cluster that goes on keeps its id, and its name as
long as it is much the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kura_udfs.clustering import clusters, held, hierarchy, kinship
from kura_udfs.clustering.points import Fitted, Points
from kura_udfs.clustering.succession import (
    Heir,
    LastTree,
    base_heirs,
    held_to,
    inherited_tree,
    last_tree,
    parent_heirs,
    parents_of,
)
from kura_udfs.llm.answers import Desk, answers_by_key
from kura_udfs.naming import names as naming
from kura_udfs.naming.audit import flaws, unfit_phrases
from kura_udfs.naming.persons import Said
from kura_udfs.naming.voices import Authors, Thresholds, hidden_leaves, voices
from kura_udfs.settings import NameSettings
from kura_udfs.stages.curation import held_by_edits
from kura_udfs.stages.desk import open_desk
from kura_udfs.stages.encoders import Encoder, load_encoder, of_vectors
from kura_udfs.stages.name_audit import (
    Judgement,
    Namer,
    judged_by_model,
    judged_by_rules,
    known_judgement,
    trusted,
)
from kura_udfs.stages.points import (
    brought_together,
    fitted_points,
    lens_of,
    read_authors,
    read_fit,
    read_neighbours,
    read_points,
)
from kura_udfs.stages.taxonomy import Taxonomy, found_alone, found_rows, with_topics
from kura_udfs.tables import Vectors, as_lists, fingerprint, table
from kura_udfs.vectors import neighbours
from kura_udfs.warehouse.protocol import Relation
from kura_udfs.warehouse.stage import Stage

# Raise them when the tree or the names come out otherwise, without a model or with one: they are then made again.
NAMES_VERSION = 7
MODEL_NAMES_VERSION = 7
# Raise it when the audit finds other names at fault: they are then judged again, and those that pass are kept.
AUDIT_VERSION = 2

NAMES = pa.schema(
    [
        ("lens", pa.string()),
        ("fit_id", pa.string()),
        ("recipe", pa.string()),
        ("cluster_id", pa.string()),
        ("parent_cluster_id", pa.string()),
        ("level", pa.int32()),
        ("is_leaf", pa.bool_()),
        ("name", pa.string()),
        ("description", pa.string()),
        ("slug", pa.string()),
        ("name_overlap", pa.float64()),
        ("audit_verdict", pa.string()),
        ("audit_score", pa.int32()),
        ("keyphrases", pa.list_(pa.string())),
        ("exemplars", pa.list_(pa.string())),
        ("centroid", pa.list_(pa.float32())),
        ("radius", pa.float64()),
        ("is_in_taxonomy", pa.bool_()),
    ]
)


def name(
    stage: Stage,
    settings: NameSettings,
    points: tuple[Relation, Relation, Relation],
    responses: Relation,
    paid: Relation,
    edits: Relation | None = None,
    taxonomy: Taxonomy | None = None,
) -> pa.Table:
    """Build the tree over the base clusters and name its clusters, with a centroid each and a radius for leaves.

    `points` are the texts, their vectors and the fit; `responses` and `paid` are the tables of the answers and of the
    vectors that were paid for. A topic that the user's `edits` name is in the tree again if it was in the last one. The
    topics of a taxonomy are named by it, and stand beside what was found.
    """
    fitted = stage.of_lens(points[2])
    last = stage.last(NAMES, may_lack=("audit_verdict", "audit_score", "is_in_taxonomy"))
    if last and stage.sends_nothing:  # a trial run names nothing
        return last
    fit = read_fit(stage.warehouse, fitted)
    asks = settings.model.provider != "local" and not stage.sends_nothing
    recipe = _recipe(settings, asks, stage.sends_nothing, taxonomy)
    if last and last["fit_id"][0].as_py() == fit.fit_id and last["recipe"][0].as_py() == recipe:
        stage.rows_in = last.num_rows
        return last
    fitted_texts = fitted_points(stage, *points)
    texts = brought_together(read_points(stage.warehouse, fitted_texts))
    authors = read_authors(stage.warehouse, fitted_texts)
    whole, fit, last = fit, found_alone(fit), found_rows(last)
    found = NAMES.empty_table()
    if fit.ids:
        found = _named(stage, settings, points, (texts, authors, fit), last, recipe, responses, paid, edits)
    if not taxonomy or not whole.ids:
        return found
    return with_topics(
        found, taxonomy, whole, texts, {"lens": lens_of(stage).name, "fit_id": fit.fit_id, "recipe": recipe}
    )


def _named(
    stage: Stage,
    settings: NameSettings,
    points: tuple[Relation, Relation, Relation],
    read: tuple[Points, Authors, Fitted],
    last: pa.Table | None,
    recipe: str,
    responses: Relation,
    paid: Relation,
    edits: Relation | None,
) -> pa.Table:
    """Build the tree over what was found and name it; `read` is what has been read of the points."""
    texts, authors, fit = read
    fitted, fitted_texts = stage.of_lens(points[2]), fitted_points(stage, *points)
    asks = settings.model.provider != "local" and not stage.sends_nothing
    sizes = np.bincount(fit.labels[fit.labels >= 0], texts.weights[fit.labels >= 0], len(fit.ids)).astype(np.float64)
    centroids = clusters.centroids(texts.vectors, fit.labels, texts.weights)
    before = last_tree(last, fit, texts.weights, recipe)
    said = Said(texts.texts, voices(authors.sole), settings.model.redaction.patterns)
    bases = base_heirs(before, fit.ids)
    embedder = of_vectors(stage, settings.embedder, fitted_texts)
    encoder = load_encoder(stage, embedder, settings.model, fitted_texts, paid)
    top, last_held = settings.top_clusters, None if stage.starts_over else before
    hidden = hidden_leaves(texts.weights, fit.labels.astype(np.int64), authors, len(fit.ids), _thresholds(settings))
    if asks:
        inherited = inherited_tree(last_held, fit.ids, centroids, sizes, top)
        namer = _namer(settings, open_desk(stage, settings.model, settings.model.namer, responses))
        bases = trusted(bases, before, said)
        judged = [known_judgement(heir, before, asks) for heir in bases]
        tree, found, of_bases = _by_model(
            settings, namer, texts, authors, said, fit, centroids, sizes, bases, judged, hidden, encoder, inherited
        )
        bases = _still_named(bases, [found[node] for node in tree.leaf_of_base])
        flawed = [False] * len(found)
    else:
        near = read_neighbours(stage.warehouse, fitted, texts.vectors, settings.seed)
        tree = tree_by_numbers(texts, fit, near, last_held, top, settings.seed)
        leaf_of_point = np.append(tree.leaf_of_base, -1)[fit.labels]
        found, flawed = _by_phrases(settings, texts, authors, said, tree.parents, leaf_of_point, encoder)

    ids, heirs = identified(tree, fit, before, bases)
    if before:
        named = held_by_edits(stage, edits)[0]
        tree, found, flawed, ids, heirs = _with_topics(named, before, texts, sizes, tree, found, flawed, ids, heirs)
    below = _bases_below(tree)
    is_leaf = np.isin(np.arange(len(found)), tree.leaf_of_base)
    if last and last["recipe"][0].as_py() != recipe:  # then a smaller leaf may have been told of
        heirs = [
            _unnamed(heir) if over else heir for heir, over in zip(heirs, ~is_leaf & (below @ hidden > 0), strict=True)
        ]
    kept = trusted(heirs, before, said)
    names = naming.keep_names(found, [heir.name if heir else None for heir in kept])
    known = [known_judgement(heir, before, asks) for heir in kept]
    if asks:
        for node, judgement in zip(tree.leaf_of_base, of_bases, strict=True):
            known[node] = judgement
        names, judgements = judged_by_model(names, known, namer, said)
    else:
        lost = [heir is not None and heir != own for heir, own in zip(heirs, kept, strict=True)]
        judgements = judged_by_rules(names, known, np.logical_or(flawed, lost).tolist(), said)
    heirs = _still_named(kept, names)
    stage.rows_in, stage.rows_new = len(found), sum(heir is None or heir.name is None for heir in heirs)
    radii = np.zeros(len(found))
    radii[tree.leaf_of_base] = clusters.cluster_radii(texts.vectors, fit.labels, centroids)
    return table(
        NAMES,
        lens=lens_of(stage).name,
        fit_id=fit.fit_id,
        recipe=recipe,
        cluster_id=ids,
        parent_cluster_id=[ids[parent] if parent >= 0 else None for parent in tree.parents],
        level=tree.levels,
        is_leaf=is_leaf,
        name=[cluster.name for cluster in names],
        description=[cluster.description for cluster in names],
        slug=[cluster.slug for cluster in names],
        name_overlap=[heir.overlap if heir and heir.name else 1.0 for heir in heirs],
        audit_verdict=[judgement.verdict for judgement in judgements],
        audit_score=pa.array([judgement.score for judgement in judgements], pa.int32()),
        keyphrases=[cluster.keyphrases for cluster in names],
        exemplars=[texts.hashes[cluster.exemplars].tolist() for cluster in names],
        centroid=as_lists(_directions(below @ (centroids * sizes[:, None]))),
        radius=pa.array(radii, mask=~is_leaf),
    )


def tree_by_numbers(
    texts: Points, fit: Fitted, near: neighbours.Neighbours, held: LastTree | None, top_clusters: int, seed: int
) -> hierarchy.Tree:
    """Build the tree over the base clusters of a fit without a language model, held to the last one if it goes on."""
    inside = fit.labels >= 0
    sizes = np.bincount(fit.labels[inside], texts.weights[inside], len(fit.ids)).astype(np.float64)
    centroids = clusters.centroids(texts.vectors, fit.labels, texts.weights)
    kin = kinship.kinship(neighbours.neighbour_graph(near), fit.labels, texts.weights, top_clusters, seed)
    return hierarchy.build_tree(centroids, sizes, top_clusters=top_clusters, before=held_to(held, sizes), kin=kin)


def identified(
    tree: hierarchy.Tree, fit: Fitted, before: LastTree | None, bases: Sequence[Heir | None]
) -> tuple[NDArray[np.object_], list[Heir | None]]:
    """Return the id of each node of a tree, and what it has of the cluster of the last tree that it continues.

    `bases` says that of the base clusters.
    """
    below = _bases_below(tree)
    heirs: list[Heir | None] = [None] * len(tree.parents)
    ids = np.empty(len(tree.parents), object)
    for node, heir, base_id in zip(tree.leaf_of_base, bases, fit.ids, strict=True):
        heirs[node], ids[node] = heir, base_id
    parents = np.flatnonzero(~np.isin(np.arange(len(tree.parents)), tree.leaf_of_base))
    for node, heir in zip(parents, parent_heirs(before, below[parents]), strict=True):
        born = "c" + fingerprint([fit.fit_id, *ids[tree.leaf_of_base[below[node] > 0]]])[:11]
        heirs[node], ids[node] = heir, heir.cluster_id if heir else born
    return ids, heirs


def _with_topics(
    named: set[str],
    before: LastTree,
    texts: Points,
    sizes: NDArray[np.float64],
    tree: hierarchy.Tree,
    found: list[naming.ClusterName],
    flawed: list[bool],
    ids: NDArray[np.object_],
    heirs: list[Heir | None],
) -> tuple[hierarchy.Tree, list[naming.ClusterName], list[bool], NDArray[np.object_], list[Heir | None]]:
    """Put the topics of the last tree that a person has named back into a tree that lacks them, as they were called."""
    topics, old_below = parents_of(before)
    lost = held.lost_topics(named, set(ids), topics, old_below, before.flows)
    if not lost:
        return tree, found, flawed, ids, heirs
    kept = {node for node, cluster_id in enumerate(ids) if cluster_id in named}
    tree, origin = held.regrouped(tree, [topic.bases for topic in lost], sizes, kept)
    rows = [before.rows[topic.cluster_id] for topic in lost]
    there = pa.array(texts.hashes, pa.string())
    old_names = [
        naming.ClusterName(
            row["name"],
            row["description"],
            row["slug"],
            row["keyphrases"],
            pc.index_in(pa.array(row["exemplars"], pa.string()), there).drop_null().to_pylist(),
        )
        for row in rows
    ]
    all_names, all_ids = [*found, *old_names], [*ids, *(topic.cluster_id for topic in lost)]
    all_flawed = [*flawed, *([False] * len(lost))]
    own = [Heir(row["cluster_id"], row["name_overlap"], (row["name"], row["description"], row["slug"])) for row in rows]
    all_heirs = [*heirs, *own]
    return (
        tree,
        [all_names[node] for node in origin],
        [all_flawed[node] for node in origin],
        np.array([all_ids[node] for node in origin], object),
        [all_heirs[node] for node in origin],
    )


def _recipe(settings: NameSettings, asks: bool, sends_nothing: bool, taxonomy: Taxonomy | None) -> str:
    """Return what shapes the tree and the names of a fit, and after a hyphen what is told of them and what fails.

    With a model, it and its prompts for names are in the first.
    """
    model = settings.model
    version = MODEL_NAMES_VERSION if asks else NAMES_VERSION
    shaped_by: list[Any] = [version, model.provider, settings.top_clusters, settings.seed, sends_nothing]
    if asks:
        from kura_udfs.prompting import prompts

        templates = prompts.load_prompts(model.prompts_path)
        versions = {name: template.version for name, template in templates.items() if name not in prompts.OF_AUDIT}
        shaped_by += [model.namer, model.llm_parameters, versions]
    judged_by = [AUDIT_VERSION, *_thresholds(settings), model.redaction.patterns, model.redaction.redact_names]
    if taxonomy:
        judged_by.append(taxonomy.told)
    return f"{fingerprint(shaped_by)}-{fingerprint(judged_by)}"


def _thresholds(settings: NameSettings) -> Thresholds:
    return Thresholds(settings.min_published_conversations, settings.min_published_users)


def _still_named(heirs: Sequence[Heir | None], names: Sequence[naming.ClusterName]) -> list[Heir | None]:
    """Take the names from the heirs that are called otherwise now."""
    told = [(name.name, name.description, name.slug) for name in names]
    return [heir if heir and heir.name == own else _unnamed(heir) for heir, own in zip(heirs, told, strict=True)]


def _unnamed(heir: Heir | None) -> Heir | None:
    return heir._replace(name=None) if heir else None


def _by_phrases(
    settings: NameSettings,
    texts: Points,
    authors: Authors,
    said: Said,
    parents: NDArray[np.int32],
    leaf_of_point: NDArray[np.int32],
    encoder: Encoder,
) -> tuple[list[naming.ClusterName], list[bool]]:
    """Return names, and which of them stand in the place of one that the audit would have failed."""
    named = partial(
        naming.name_tree,
        texts.texts,
        texts.vectors,
        texts.weights,
        leaf_of_point.astype(np.int64),
        parents.astype(np.int64),
        encoder.embed,
        authors=authors,
        thresholds=_thresholds(settings),
    )
    found = named()
    flawed = [flaw is not None for flaw in flaws(found, said)]
    return (named(unfit=partial(unfit_phrases, said=said)) if any(flawed) else found), flawed


def _namer(settings: NameSettings, desk: Desk) -> Namer:
    from kura_udfs.prompting import prompts
    from kura_udfs.prompting.questions import LanguageModel

    model = LanguageModel(settings.model.namer, settings.model.llm_parameters)
    return Namer(partial(answers_by_key, desk), prompts.load_prompts(settings.model.prompts_path), model)


def _by_model(
    settings: NameSettings,
    namer: Namer,
    texts: Points,
    authors: Authors,
    said: Said,
    fit: Fitted,
    centroids: Vectors,
    sizes: NDArray[np.float64],
    bases: Sequence[Heir | None],
    judgements: Sequence[Judgement | None],
    hidden: NDArray[np.bool_],
    encoder: Encoder,
    inherited: Sequence[int] | None,
) -> tuple[hierarchy.Tree, list[naming.ClusterName], list[Judgement]]:
    """Have the base clusters named, except those that keep their names, and the tree built over the names that pass."""
    from kura_udfs.prompting import hierarchy as model_hierarchy
    from kura_udfs.prompting import levels
    from kura_udfs.prompting import names as model_names

    ask, templates, model = namer
    alone = np.full(len(fit.ids), -1, np.int32)
    local, _ = _by_phrases(settings, texts, authors, said, alone, fit.labels, encoder)
    kept = [heir.name if heir else None for heir in bases]
    named = model_names.base_names(
        texts.texts,
        texts.vectors,
        fit.labels,
        local,
        kept,
        ask,
        templates["cluster_name"],
        model,
        settings.seed,
        voices(authors.sole),
    )
    named, judged = judged_by_model(named, judgements, namer, said)
    untold = hidden | np.array([judgement.verdict == "failed" for judgement in judged], bool)
    built = model_hierarchy.model_tree(
        named,
        centroids,
        sizes,
        ask,
        encoder.embed,
        levels.TreeSettings(model, templates, settings.top_clusters),
        settings.seed,
        inherited,
        untold,
    )
    return built.tree, built.names, judged


def _bases_below(tree: hierarchy.Tree) -> NDArray[np.float64]:
    """Return a row per cluster: 1 for each base cluster that it is or that is below it."""
    below = np.zeros((len(tree.parents), len(tree.leaf_of_base)))
    below[tree.leaf_of_base, np.arange(len(tree.leaf_of_base))] = 1
    for node in range(len(tree.parents) - 1, -1, -1):  # parents come before their children
        if tree.parents[node] >= 0:
            below[tree.parents[node]] += below[node]
    return below


def _directions(sums: NDArray[np.float64]) -> Vectors:
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12), np.float32)
