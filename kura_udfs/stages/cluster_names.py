"""The clusters: the tree over the base clusters and its names, from numbers and phrases or from a language model.

Both in one stage, because a model builds the tree by naming it. A cluster that goes on keeps its id, and its name as
long as it is much the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kura_udfs.clustering import clusters
from kura_udfs.clustering.points import Fitted, Points
from kura_udfs.clustering.succession import LastTree, last_tree
from kura_udfs.llm.answers import Desk, Errand, Work
from kura_udfs.llm.stores import is_passing
from kura_udfs.naming import names as naming
from kura_udfs.naming.persons import Said
from kura_udfs.naming.voices import hidden_leaves, voices
from kura_udfs.settings import NameSettings
from kura_udfs.stages.curation import held_by_edits
from kura_udfs.stages.desk import open_desk
from kura_udfs.stages.encoders import load_encoder, of_vectors
from kura_udfs.stages.model_names import named_by_model, namer_of
from kura_udfs.stages.name_audit import (
    Judgement,
    judged_by_model,
    judged_by_rules,
    known_judgement,
    trusted,
)
from kura_udfs.stages.nodes import (
    Bases,
    Nodes,
    bases_below,
    still_named,
    thresholds_of,
    tree_by_numbers,
    with_lost_topics,
    without_names_over,
)
from kura_udfs.stages.phrase_names import named_by_phrases
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
from kura_udfs.warehouse.protocol import Relation
from kura_udfs.warehouse.stage import Stage

if TYPE_CHECKING:
    from kura_udfs.llm.requests import Answer
    from kura_udfs.prompting.names import Namer
    from kura_udfs.prompting.questions import Asking, Result

# Raise them when the tree or the names come out otherwise, without a model or with one: they are then made again.
NAMES_VERSION = 13
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


def name(
    stage: Stage,
    settings: NameSettings,
    points: tuple[Relation, Relation, Relation],
    responses: Relation,
    paid: Relation,
    edits: Relation | None = None,
    taxonomy: Taxonomy | None = None,
) -> Work[pa.Table]:
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
        desk = open_desk(stage, settings.model, settings.model.namer, responses) if asks else None
        found = yield from _named(stage, settings, bases, fitted, found_rows(last), desk, edits, shared)
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
        hidden_leaves(texts.weights, fit.labels.astype(np.int64), authors, len(fit.ids), thresholds_of(settings)),
        load_encoder(stage, embedder, settings.model, fitted_texts, paid),
    )


def _named(
    stage: Stage,
    settings: NameSettings,
    bases: Bases,
    fitted: Relation,
    last: pa.Table | None,
    desk: Desk | None,
    edits: Relation | None,
    shared: Mapping[str, str],
) -> Work[pa.Table]:
    """Build the tree over the base clusters and name it, by a model if there is a desk; return it as a table."""
    before = last_tree(last, bases.fit, bases.texts.weights, shared["recipe"])
    none_named = last is not None and pc.max(last["name_overlap"]).as_py() == LOST
    last_held = None if stage.starts_over or none_named else before
    namer = namer_of(settings) if desk else None
    failed: list[Answer] = []
    if namer:
        nodes = yield from _at(desk, named_by_model(settings, namer, bases, before, last_held), failed)
    else:
        near = read_neighbours(stage.warehouse, fitted, bases.texts.vectors, settings.seed)
        tree = tree_by_numbers(bases.texts, bases.fit, near, last_held, settings.top_clusters, settings.seed)
        nodes = named_by_phrases(settings, bases, tree, before)
    if before:
        nodes = with_lost_topics(held_by_edits(stage, edits)[0], before, bases, nodes)
    if last and last["recipe"][0].as_py() != shared["recipe"]:  # then a smaller leaf may have been told of
        nodes = without_names_over(bases.hidden, nodes)
    nodes, judgements = yield from _at(desk, _judged(nodes, before, namer, bases.said), failed)
    stage.rows_in = len(nodes.names)
    stage.rows_new = sum(heir is None or heir.name is None for heir in nodes.heirs)
    if failed:
        stage.progress.say(
            f"{len(failed):,} questions about names failed, the last one by {failed[-1].error}; names found without a"
            " model stand in for those that are missing, and the next run asks again"
        )
    return _rows(bases, nodes, judgements, shared, LOST if failed else 1.0)


def _at(desk: Desk | None, asking: Asking[Result], failed: list[Answer]) -> Work[Result]:
    """Have questions asked at a desk, and note what a server has failed to answer; without a desk there are none."""
    answers: Mapping[str, Answer] | None = None  # to begin with
    while True:
        try:
            requests = asking.send(answers)  # type: ignore[arg-type]
        except StopIteration as ended:
            result: Result = ended.value
            return result
        assert desk
        answers = yield Errand(desk, requests)
        failed += [answers[request.key] for request in requests if is_passing(answers[request.key])]


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
        centroid=as_lists(_directions(bases_below(tree) @ (bases.centroids * bases.sizes[:, None]))),
        radius=pa.array(radii, mask=~tree.is_leaf),
    )


def _judged(
    nodes: Nodes, before: LastTree | None, namer: Namer | None, said: Said
) -> Asking[tuple[Nodes, list[Judgement]]]:
    """Keep the names of the last tree that may stay, and have the others judged: by a namer if there is one."""
    kept = trusted(nodes.heirs, before, said)
    names = naming.keep_names(nodes.names, [heir.name if heir else None for heir in kept])
    known = [
        judgement or known_judgement(heir, before, namer is not None)
        for judgement, heir in zip(nodes.judgements, kept, strict=True)
    ]
    if namer:
        names, judgements = yield from judged_by_model(names, known, namer, said)
    else:
        lost = [heir is not None and heir != own for heir, own in zip(nodes.heirs, kept, strict=True)]
        judgements = judged_by_rules(names, known, np.logical_or(nodes.flawed, lost).tolist(), said)
    return nodes._replace(names=names, heirs=still_named(kept, names)), judgements


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
    judged_by = [AUDIT_VERSION, *thresholds_of(settings), model.redaction.patterns, model.redaction.redact_names]
    if taxonomy:
        judged_by.append(taxonomy.told)
    return f"{fingerprint(shaped_by)}-{fingerprint(judged_by)}"


def _directions(sums: NDArray[np.float64]) -> Vectors:
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12), np.float32)
