"""The fit: base clusters over the neighbour graph, kept while they still fit, learned again when they don't."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kura_udfs.clustering import clusters, held, matching
from kura_udfs.clustering.points import Points
from kura_udfs.settings import FitSettings, Lens
from kura_udfs.stages import refits
from kura_udfs.stages.curation import held_by_edits
from kura_udfs.stages.encoders import Encoder
from kura_udfs.stages.grouping import grouped_beside
from kura_udfs.stages.points import brought_together, labels_of, lens_of, read_points
from kura_udfs.stages.taxonomy import Anchors, Taxonomy, is_given
from kura_udfs.stages.taxonomy_check import Check
from kura_udfs.tables import Floats, Labels, as_lists, fingerprint, now, numbered, table
from kura_udfs.vectors import choice
from kura_udfs.warehouse.protocol import Relation
from kura_udfs.warehouse.stage import Stage

MANY_IN_OTHER_LANGUAGES = 0.2

FIT = pa.schema(
    [
        ("lens", pa.string()),
        ("fit_id", pa.string()),
        ("recipe", pa.string()),
        ("previous_fit_id", pa.string()),
        ("fitted_at", pa.timestamp("us")),
        ("resolution", pa.float64()),
        ("silhouette", pa.float64()),
        ("fitted_texts", pa.int64()),
        ("text_hash", pa.string()),
        ("fitted_weight", pa.float64()),
        ("cluster_id", pa.string()),
        ("previous_cluster_id", pa.string()),
        ("neighbours", pa.list_(pa.string())),
        ("similarities", pa.list_(pa.float32())),
    ]
)


def fit(
    stage: Stage,
    settings: FitSettings,
    texts: Relation,
    points: Relation,
    edits: Relation | None = None,
    taxonomy: Taxonomy | None = None,
    encoder: Callable[[], Encoder] | None = None,
    check: Check | None = None,
    places: Relation | None = None,
) -> pa.Table:
    """Hand back the last fit as long as it still fits, or else learn base clusters again, starting from the last ones.

    A cluster that shares most of its members with one of the last fit keeps its id, and so does one that a person has
    edited. `points` are those of the `texts` that are sampled, with their vectors; `places` says where conversations
    were whose texts are others now. With a taxonomy, what is near its topics goes there, and clusters are learned from
    the rest; `encoder` gives what embeds the topics, and `check` has a model say where texts at their border belong.
    """
    lens, texts, points = lens_of(stage), stage.of_lens(texts), stage.of_lens(points)
    keys = stage.warehouse.read(points, "text_hash, recipe").sort_by("text_hash")
    encoders = keys["recipe"].unique().to_pylist()
    recipe = refits.recipe_of(settings, lens, encoders, taxonomy, check)
    whole = stage.last(FIT)
    last = _in_other_words(stage, places, recipe, _still_there(stage, texts, whole))
    if last and stage.sends_nothing:  # a trial run sees next to nothing of the input, and must not learn from that
        stage.figures["decision"] = "kept: trial run"
        return last
    reason: str | None = "deletions"
    if last or not whole:
        reason = refits.reason(stage, settings, points, keys["text_hash"], last, recipe)
    stage.figures["decision"] = f"refit: {reason}" if reason else "kept"
    stage.rows_in, stage.rows_new = keys.num_rows, keys.num_rows if reason else 0
    if last and not reason:
        stage.figures |= {"silhouette": last["silhouette"][0].as_py()} | _taxonomy_share(last)
        return last
    found = read_points(stage.warehouse, points)
    if advice := _advice(found, encoders):
        stage.progress.say(advice)
    anchors = taxonomy.anchors(found, encoder().embed) if taxonomy and encoder else Anchors([], [])
    edited = held_by_edits(stage, edits)
    return _learn(stage, settings, brought_together(found), last, whole, recipe, anchors, edited, check)


def _still_there(stage: Stage, texts: Relation, last: pa.Table | None) -> pa.Table | None:
    """Leave out of the last fit what is no text of its lens any more; a trial run sees next to nothing of the texts."""
    if last is None or stage.sends_nothing:
        return last
    fitted = f"text_hash in (select text_hash from {stage.warehouse.this})"
    there = stage.warehouse.read(texts, "text_hash", fitted)["text_hash"]
    kept = last.filter(pc.is_in(last["text_hash"], there))
    return kept if kept.num_rows else None


def _in_other_words(stage: Stage, places: Relation | None, recipe: str, last: pa.Table | None) -> pa.Table | None:
    """Return the last fit as if it had been of the texts by which conversations are told apart now.

    What is left of a fit of other texts is a few that are the same by chance.
    """
    if places is None or (last and "text" not in refits.changed_parts(last["recipe"][0].as_py(), recipe)):
        return last
    rows = stage.warehouse.read(stage.of_lens(places), "text_hash, fit_id, recipe, cluster_id")
    if not rows.num_rows:
        return last
    outliers = pc.equal(rows["cluster_id"], lens_of(stage).outliers)
    known = {name: rows[name] for name in ("text_hash", "fit_id", "recipe")}
    known["cluster_id"] = pc.if_else(outliers, pa.scalar(None, pa.string()), rows["cluster_id"])
    return pa.table({field.name: known.get(field.name, pa.nulls(len(rows), field.type)) for field in FIT}, FIT)


def _advice(points: Points, encoders: list[str]) -> str | None:
    """Say that there is a better encoder for these languages, where many are of others than that of the one in use."""
    if not all(encoder.startswith("minilm-") for encoder in encoders):
        return None
    whole = max(points.weights.sum(), 1e-12)
    learned, foreign = (
        points.weights[[language in among for language in points.languages]].sum() / whole
        for among in (choice.OTHERS, choice.FOREIGN)
    )
    if learned + foreign <= MANY_IN_OTHER_LANGUAGES:
        return None
    if learned >= choice.ENOUGH:
        return (
            f"{learned:.0%} of the conversations are in languages that the encoder minilm doesn't know. kura_embedder: "
            "multilingual, or auto and a dbt build --full-refresh, sorts them by what they are about (docs/quality.md)."
        )
    return (
        f"{foreign:.0%} of the conversations are in languages that neither minilm nor multilingual knows, and are "
        "hardly sorted by what they are about. An encoder that knows them does that: one of your own (kura_embedder: "
        "onnx), or a paid one (openai)."
    )


def _learn(
    stage: Stage,
    settings: FitSettings,
    points: Points,
    last: pa.Table | None,
    whole: pa.Table | None,
    recipe: str,
    anchors: Anchors,
    edited: tuple[set[str], set[str]],
    check: Check | None,
) -> pa.Table:
    """Learn clusters from points, starting from the last ones; `whole` is the last fit with what is gone by now."""
    lens = lens_of(stage)
    stage.progress.say(f"learning clusters from {len(points.hashes):,} texts")
    # another taxonomy over the same texts leaves what is found beside it where it was
    same = last is not None and set(refits.changes(last["recipe"][0].as_py(), recipe)) <= {"taxonomy"}
    resolution: float | None = last["resolution"][0].as_py() if last and same and not stage.starts_over else None
    earlier, old_ids = labels_of(points, last)
    going_on = None
    if resolution is not None:
        going_on = clusters.Earlier(_without_topics(earlier, old_ids), resolution)
    found, base, own = grouped_beside(points, settings.clusters, anchors, going_on, check)
    previous = _previous_clusters(points, earlier, old_ids, last, resolution is not None, lens.outliers)
    labels, ids = _goes_on(settings, lens, points, base, numbered(previous, old_ids), old_ids, edited)
    labels = np.where(own >= 0, len(ids) + own, labels)
    clusters_now = np.array([*ids, *anchors.ids, lens.outliers], object)[labels]
    before = last or whole  # of what is gone altogether the lineage says so
    last_id = before["fit_id"][0].as_py() if before else None
    told_id, told_clusters = _told(stage, points, before, previous)
    made = table(
        FIT,
        lens=lens.name,
        fit_id=fingerprint(*_apart(lens), recipe, last_id, points.hashes.tolist()),
        recipe=recipe,
        previous_fit_id=told_id,
        fitted_at=pa.repeat(pa.scalar(now(), pa.timestamp("us")), len(points.hashes)),
        resolution=float(base.resolution),
        silhouette=float(base.silhouette),
        fitted_texts=len(points.hashes),
        text_hash=points.hashes,
        fitted_weight=points.weights,
        cluster_id=pa.array(clusters_now, pa.string(), mask=labels < 0),
        previous_cluster_id=told_clusters,
        neighbours=as_lists(points.hashes[found.indices]),
        similarities=as_lists(found.similarities),
    )
    learned = {"silhouette": base.silhouette, "resolution": base.resolution, "min_size": base.min_size}
    stage.figures |= learned | _taxonomy_share(made)
    return made


def _without_topics(labels: Labels, ids: list[str]) -> Labels:
    """Count what is in topics of a taxonomy, which come and go with it, as in no cluster."""
    given = np.array([*map(is_given, ids), False], bool)  # one more, for outliers
    return np.where(given[labels], clusters.OUTLIER, labels).astype(np.int32)


def _goes_on(
    settings: FitSettings,
    lens: Lens,
    points: Points,
    base: clusters.BaseClusters,
    previous: Labels,
    old_ids: list[str],
    edited: tuple[set[str], set[str]],
) -> tuple[Labels, list[str]]:
    """Return the clusters of a fit and their ids: those of the last fit that go on in it, and new ones.

    `previous` are the clusters that the points were in, as indices into `old_ids`.
    """
    before = _without_topics(previous, old_ids)
    named, pinned = ([number for number, old in enumerate(old_ids) if old in some] for some in edited)
    apart = _in_pieces(before, base.labels, points.weights, settings.top_clusters)
    labels, continued = held.held_bases(
        base.labels, before, points.weights, named, pinned, base.min_size, len(old_ids), apart
    )
    ids = [
        old_ids[old] if old >= 0 else "c" + fingerprint(*_apart(lens), points.hashes[labels == cluster].tolist())[:11]
        for cluster, old in enumerate(continued)
    ]
    return labels, ids


def _in_pieces(before: Labels, labels: Labels, weights: Floats, top_clusters: int) -> list[int]:
    """Return the topics that have come apart where there are more base clusters now than there may be topics.

    A topic goes on as the parent of its pieces then (`succession.parent_heirs`), and not as the largest of them.
    """
    old, new = (int(some.max(initial=clusters.OUTLIER)) + 1 for some in (before, labels))
    if not len(np.unique(before[before >= 0])) <= top_clusters < new:
        return []
    flows, left = matching.flows(before, labels, weights, (old, new)), matching.left(before, labels, weights, old)
    return np.flatnonzero(matching.come_apart(flows, left)).tolist()


def _apart(lens: Lens) -> list[str]:
    """Return what ids are made of besides texts: two lenses may have the very same, but no clusters of one id."""
    return [] if lens.is_first else [lens.name]


def _told(
    stage: Stage, points: Points, last: pa.Table | None, previous: pa.Array
) -> tuple[str | None, pa.Array | pa.ChunkedArray]:
    """Return the last fit that readers have seen, and the `previous` clusters of points in it."""
    last_id = last["fit_id"][0].as_py() if last else None
    if not last or not last_id or stage.is_told(last_id):
        return last_id, previous
    # nobody has seen that fit, because a run stopped before its names: what follows on is the one before it
    rows = pc.index_in(pa.array(points.hashes, pa.string()), last["text_hash"])
    return last["previous_fit_id"][0].as_py(), last["previous_cluster_id"].combine_chunks().take(rows)


def _taxonomy_share(fitted: pa.Table) -> dict[str, float | int | str | None]:
    """Return the share of a fit that is in topics, as a figure; none where there is no taxonomy."""
    if not fitted.num_rows or "taxonomy" not in refits.parts(fitted["recipe"][0].as_py()):
        return {}
    weights = fitted["fitted_weight"].to_numpy()
    given = np.array([cluster is not None and is_given(cluster) for cluster in fitted["cluster_id"].to_pylist()], bool)
    return {"taxonomy_share": round(float(weights[given].sum() / max(weights.sum(), 1e-12)), 4)}


def _previous_clusters(
    points: Points, earlier: NDArray[np.int32], ids: list[str], last: pa.Table | None, goes_on: bool, outliers: str
) -> pa.Array:
    """Return the id of the cluster that each point was in before this fit; null if there was none.

    What came after the last fit was in the cluster whose centre is nearest, as in int_kura__assignments.
    """
    labels, known = earlier, np.zeros(len(points.hashes), bool)
    if last is not None:
        known = pc.is_in(pa.array(points.hashes, pa.string()), last["text_hash"]).to_numpy(zero_copy_only=False)
    if goes_on and ids:
        centres = clusters.centroids(points.vectors, earlier, points.weights)
        radii = clusters.cluster_radii(points.vectors, earlier, centres)
        labels = np.where(known, earlier, clusters.assign(points.vectors, centres, radii)[0])
        known[:] = True
    return pa.array(np.array([*ids, outliers], object)[labels], pa.string(), mask=~known)
