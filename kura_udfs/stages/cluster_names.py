"""The clusters: the tree over the base clusters and its names, from numbers and phrases or from a language model.

Both in one stage, because a model builds the tree by naming it. A cluster that goes on keeps its id, and its name as
long as it is much the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

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
from kura_udfs.llm.stores import is_passing
from kura_udfs.naming import names as naming
from kura_udfs.naming.audit import audited_names
from kura_udfs.naming.persons import Said
from kura_udfs.naming.talk import read_tree
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
from kura_udfs.tables import Floats, Vectors, as_lists, fingerprint, table
from kura_udfs.vectors import neighbours
from kura_udfs.warehouse.protocol import Relation
from kura_udfs.warehouse.stage import Stage

if TYPE_CHECKING:
    from kura_udfs.llm.requests import Answer, Request
    from kura_udfs.prompting.questions import Ask

# Raise them when the tree or the names come out otherwise, without a model or with one: they are then made again.
NAMES_VERSION = 12
MODEL_NAMES_VERSION = 7
# Raise it when the audit finds other names at fault: they are then judged again, and those that pass are kept.
AUDIT_VERSION = 3
# The `name_overlap` of new names of a night on which a server failed some: they are not kept, but asked for again.
LOST = 0.0

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


class Bases(NamedTuple):
    """The k base clusters that were found, and what they are named from.

    Attributes
    ----------
    texts : Points
        Those of the fit, languages brought together.
    authors : Authors
    said : Said
    fit : Fitted
        Without the topics of a taxonomy.
    sizes : float64 array (k,)
        Conversations in each.
    centroids : float32 array (k, d)
    hidden : bool array (k,)
        Whether too few say it for anything to be told of it.
    encoder : Encoder
        The one that has made the vectors.
    """

    texts: Points
    authors: Authors
    said: Said
    fit: Fitted
    sizes: Floats
    centroids: Vectors
    hidden: NDArray[np.bool_]
    encoder: Encoder


class Nodes(NamedTuple):
    """A tree over the base clusters, and what is known of each of its m nodes.

    Attributes
    ----------
    tree : Tree
    ids : object array (m,)
    heirs : list of Heir or None
        What each has of the cluster of the last tree that it continues.
    names : list of ClusterName
    judgements : list of Judgement or None
        What the audit has said already of the name.
    flawed : list of bool
        Whether the name stands in the place of one that the audit would have failed.
    """

    tree: hierarchy.Tree
    ids: NDArray[np.object_]
    heirs: list[Heir | None]
    names: list[naming.ClusterName]
    judgements: list[Judgement | None]
    flawed: list[bool]


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
    whole = read_fit(stage.warehouse, fitted)
    asks = settings.model.provider != "local" and not stage.sends_nothing
    recipe = _recipe(settings, asks, stage.sends_nothing, taxonomy)
    same = last and last["fit_id"][0].as_py() == whole.fit_id and last["recipe"][0].as_py() == recipe
    if last and same and pc.min(last["name_overlap"]).as_py() != LOST:
        stage.rows_in = last.num_rows
        return last
    fitted_texts = fitted_points(stage, *points)
    texts = brought_together(read_points(stage.warehouse, fitted_texts))
    shared = {"lens": lens_of(stage).name, "fit_id": whole.fit_id, "recipe": recipe}
    found, fit = NAMES.empty_table(), found_alone(whole)
    if fit.ids:
        bases = _bases(stage, settings, texts, fit, fitted_texts, paid)
        namer = _namer(settings, open_desk(stage, settings.model, settings.model.namer, responses)) if asks else None
        found = _named(stage, settings, bases, fitted, found_rows(last), namer, edits, shared)
    if not taxonomy or not whole.ids:
        return found
    return with_topics(found, taxonomy, whole, texts, shared)


def _bases(
    stage: Stage, settings: NameSettings, texts: Points, fit: Fitted, fitted_texts: Relation, paid: Relation
) -> Bases:
    authors = read_authors(stage.warehouse, fitted_texts)
    embedder = of_vectors(stage, settings.embedder, fitted_texts)
    return Bases(
        texts,
        authors,
        Said(texts.texts, voices(authors.sole), settings.model.redaction.patterns),
        fit,
        clusters.cluster_sizes(fit.labels, texts.weights, len(fit.ids)),
        clusters.centroids(texts.vectors, fit.labels, texts.weights),
        hidden_leaves(texts.weights, fit.labels.astype(np.int64), authors, len(fit.ids), _thresholds(settings)),
        load_encoder(stage, embedder, settings.model, fitted_texts, paid),
    )


def _named(
    stage: Stage,
    settings: NameSettings,
    bases: Bases,
    fitted: Relation,
    last: pa.Table | None,
    namer: Namer | None,
    edits: Relation | None,
    shared: Mapping[str, str],
) -> pa.Table:
    """Build the tree over the base clusters and name it, by a namer if there is one; return it as a table."""
    before = last_tree(last, bases.fit, bases.texts.weights, shared["recipe"])
    none_named = last is not None and pc.max(last["name_overlap"]).as_py() == LOST
    last_held = None if stage.starts_over or none_named else before
    failed: list[Answer] = []
    if namer:
        namer = namer._replace(ask=partial(_asked, namer.ask, failed))
        nodes = _by_model(settings, namer, bases, before, last_held)
    else:
        near = read_neighbours(stage.warehouse, fitted, bases.texts.vectors, settings.seed)
        tree = tree_by_numbers(bases.texts, bases.fit, near, last_held, settings.top_clusters, settings.seed)
        nodes = _by_phrases(settings, bases, tree, before)
    if before:
        nodes = _with_topics(held_by_edits(stage, edits)[0], before, bases, nodes)
    if last and last["recipe"][0].as_py() != shared["recipe"]:  # then a smaller leaf may have been told of
        nodes = _without_names_over(bases.hidden, nodes)
    nodes, judgements = _judged(nodes, before, namer, bases.said)
    stage.rows_in = len(nodes.names)
    stage.rows_new = sum(heir is None or heir.name is None for heir in nodes.heirs)
    if failed:
        stage.progress.say(
            f"{len(failed):,} questions about names failed, the last one by {failed[-1].error}; names found without a"
            " model stand in for those that are missing, and the next run asks again"
        )
    return _rows(bases, nodes, judgements, shared, LOST if failed else 1.0)


def _asked(ask: Ask, failed: list[Answer], requests: Sequence[Request]) -> Mapping[str, Answer]:
    """Ask, and note what a server has failed to answer."""
    answers = ask(requests)
    failed.extend(answer for answer in answers.values() if is_passing(answer))
    return answers


def _rows(
    bases: Bases, nodes: Nodes, judgements: Sequence[Judgement], shared: Mapping[str, str], overlap: float
) -> pa.Table:
    tree, texts = nodes.tree, bases.texts
    radii = np.zeros(len(nodes.names))
    radii[tree.leaf_of_base] = clusters.cluster_radii(texts.vectors, bases.fit.labels, bases.centroids)
    return table(
        NAMES,
        **shared,
        cluster_id=nodes.ids,
        parent_cluster_id=[nodes.ids[parent] if parent >= 0 else None for parent in tree.parents],
        level=tree.levels,
        is_leaf=tree.is_leaf,
        name=[cluster.name for cluster in nodes.names],
        description=[cluster.description for cluster in nodes.names],
        slug=[cluster.slug for cluster in nodes.names],
        name_overlap=[heir.overlap if heir and heir.name else overlap for heir in nodes.heirs],
        audit_verdict=[judgement.verdict for judgement in judgements],
        audit_score=pa.array([judgement.score for judgement in judgements], pa.int32()),
        keyphrases=[cluster.keyphrases for cluster in nodes.names],
        exemplars=[texts.hashes[cluster.exemplars].tolist() for cluster in nodes.names],
        centroid=as_lists(_directions(_bases_below(tree) @ (bases.centroids * bases.sizes[:, None]))),
        radius=pa.array(radii, mask=~tree.is_leaf),
    )


def tree_by_numbers(
    texts: Points, fit: Fitted, near: neighbours.Neighbours, held: LastTree | None, top_clusters: int, seed: int
) -> hierarchy.Tree:
    """Build the tree over the base clusters of a fit without a language model, held to the last one if it goes on."""
    sizes = clusters.cluster_sizes(fit.labels, texts.weights, len(fit.ids))
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
    parents = np.flatnonzero(~tree.is_leaf)
    for node, heir in zip(parents, parent_heirs(before, set(fit.ids), below[parents]), strict=True):
        born = "c" + fingerprint([fit.fit_id, *ids[tree.leaf_of_base[below[node] > 0]]])[:11]
        heirs[node], ids[node] = heir, heir.cluster_id if heir else born
    return ids, heirs


def _with_topics(named: set[str], before: LastTree, bases: Bases, nodes: Nodes) -> Nodes:
    """Put the topics of the last tree that a person has named back into a tree that lacks them, as they were called."""
    topics, old_below = parents_of(before)
    lost = held.lost_topics(named, set(nodes.ids), topics, old_below, before.flows)
    if not lost:
        return nodes
    kept = {node for node, cluster_id in enumerate(nodes.ids) if cluster_id in named}
    tree, origin = held.regrouped(nodes.tree, [topic.bases for topic in lost], bases.sizes, kept)
    there = pa.array(bases.texts.hashes, pa.string())
    ids, heirs, names = [*nodes.ids], [*nodes.heirs], [*nodes.names]
    for topic in lost:
        row = before.rows[topic.cluster_id]
        told = (row["name"], row["description"], row["slug"])
        exemplars = pc.index_in(pa.array(row["exemplars"], pa.string()), there).drop_null().to_pylist()
        ids.append(topic.cluster_id)
        heirs.append(Heir(topic.cluster_id, row["name_overlap"], told))
        names.append(naming.ClusterName(*told, row["keyphrases"], exemplars))
    judgements, flawed = [*nodes.judgements, *([None] * len(lost))], [*nodes.flawed, *([False] * len(lost))]
    return Nodes(
        tree,
        np.array([ids[node] for node in origin], object),
        [heirs[node] for node in origin],
        [names[node] for node in origin],
        [judgements[node] for node in origin],
        [flawed[node] for node in origin],
    )


def _without_names_over(hidden: NDArray[np.bool_], nodes: Nodes) -> Nodes:
    """Have the parents of hidden base clusters named anew."""
    over = ~nodes.tree.is_leaf & (_bases_below(nodes.tree) @ hidden > 0)
    return nodes._replace(
        heirs=[_unnamed(heir) if anew else heir for heir, anew in zip(nodes.heirs, over, strict=True)]
    )


def _judged(nodes: Nodes, before: LastTree | None, namer: Namer | None, said: Said) -> tuple[Nodes, list[Judgement]]:
    """Keep the names of the last tree that may stay, and have the others judged: by a namer if there is one."""
    kept = trusted(nodes.heirs, before, said)
    names = naming.keep_names(nodes.names, [heir.name if heir else None for heir in kept])
    known = [
        judgement or known_judgement(heir, before, namer is not None)
        for judgement, heir in zip(nodes.judgements, kept, strict=True)
    ]
    if namer:
        names, judgements = judged_by_model(names, known, namer, said)
    else:
        lost = [heir is not None and heir != own for heir, own in zip(nodes.heirs, kept, strict=True)]
        judgements = judged_by_rules(names, known, np.logical_or(nodes.flawed, lost).tolist(), said)
    return nodes._replace(names=names, heirs=_still_named(kept, names)), judgements


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


def _by_phrases(settings: NameSettings, bases: Bases, tree: hierarchy.Tree, before: LastTree | None) -> Nodes:
    """Name a tree by what is said in its clusters."""
    names, flawed = _phrases(settings, bases, tree.parents, np.append(tree.leaf_of_base, -1)[bases.fit.labels])
    ids, heirs = identified(tree, bases.fit, before, base_heirs(before, bases.fit.ids))
    return Nodes(tree, ids, heirs, names, [None] * len(names), flawed)


def _phrases(
    settings: NameSettings, bases: Bases, parents: NDArray[np.int32], leaf_of_point: NDArray[np.int32]
) -> tuple[list[naming.ClusterName], list[bool]]:
    """Return names, and which of them stand in the place of one that the audit would have failed."""
    talk = read_tree(
        bases.texts.texts,
        bases.texts.vectors,
        bases.texts.weights,
        leaf_of_point.astype(np.int64),
        parents.astype(np.int64),
        bases.authors,
        _thresholds(settings),
    )
    return audited_names(talk, bases.encoder.embed, bases.said)


def _namer(settings: NameSettings, desk: Desk) -> Namer:
    from kura_udfs.prompting import prompts
    from kura_udfs.prompting.questions import LanguageModel

    model = LanguageModel(settings.model.namer, settings.model.llm_parameters)
    return Namer(partial(answers_by_key, desk), prompts.load_prompts(settings.model.prompts_path), model)


def _by_model(
    settings: NameSettings, namer: Namer, bases: Bases, before: LastTree | None, last_held: LastTree | None
) -> Nodes:
    """Have the base clusters named, except those that keep their names, and the tree built over the names that pass."""
    from kura_udfs.prompting import hierarchy as model_hierarchy
    from kura_udfs.prompting import levels
    from kura_udfs.prompting import names as model_names

    ask, templates, model = namer
    fit, texts = bases.fit, bases.texts
    inherited = inherited_tree(last_held, fit.ids, bases.centroids, bases.sizes, settings.top_clusters)
    heirs = trusted(base_heirs(before, fit.ids), before, bases.said)
    local, _ = _phrases(settings, bases, np.full(len(fit.ids), -1, np.int32), fit.labels)
    named = model_names.base_names(
        texts.texts,
        texts.vectors,
        fit.labels,
        local,
        [heir.name if heir else None for heir in heirs],
        ask,
        templates["cluster_name"],
        model,
        settings.seed,
        voices(bases.authors.sole),
    )
    named, judged = judged_by_model(named, [known_judgement(heir, before, True) for heir in heirs], namer, bases.said)
    untold = bases.hidden | np.array([judgement.verdict == "failed" for judgement in judged], bool)
    built = model_hierarchy.model_tree(
        named,
        bases.centroids,
        bases.sizes,
        ask,
        bases.encoder.embed,
        levels.TreeSettings(model, templates, settings.top_clusters),
        settings.seed,
        inherited,
        untold,
    )
    heirs = _still_named(heirs, [built.names[node] for node in built.tree.leaf_of_base])
    ids, all_heirs = identified(built.tree, fit, before, heirs)
    judgements: list[Judgement | None] = [None] * len(built.names)
    for node, judgement in zip(built.tree.leaf_of_base, judged, strict=True):
        judgements[node] = judgement
    return Nodes(built.tree, ids, all_heirs, built.names, judgements, [False] * len(built.names))


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
