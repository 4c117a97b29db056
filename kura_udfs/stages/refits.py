"""Whether base clusters are learned again: what has shaped the last fit, and how well it still fits."""

from __future__ import annotations

import json
from dataclasses import asdict

import pyarrow as pa
import pyarrow.compute as pc

from kura_udfs.clustering import clusters, drift
from kura_udfs.clustering.points import Points, chosen
from kura_udfs.settings import FitSettings, Lens
from kura_udfs.stages.points import brought_together, labels_of, read_points
from kura_udfs.stages.taxonomy import Taxonomy
from kura_udfs.stages.taxonomy_check import Check
from kura_udfs.tables import fingerprint
from kura_udfs.warehouse.protocol import Relation
from kura_udfs.warehouse.stage import Stage

# Raise it when neighbours or clusters give another result: what they made is then made again.
FIT_VERSION = 4
# The same for what goes to the topics of a taxonomy.
TAXONOMY_VERSION = 3


def recipe_of(
    settings: FitSettings, lens: Lens, encoders: list[str], taxonomy: Taxonomy | None, check: Check | None
) -> str:
    """Return what shapes a fit, part by part, as JSON."""
    shaped_by = {
        "code": str(FIT_VERSION),
        "clusters": fingerprint(asdict(settings.clusters)),
        "text": settings.text(lens),
        "encoder": fingerprint(encoders),
    }
    if taxonomy:
        checked_by = [check.recipe] if check else []
        shaped_by["taxonomy"] = fingerprint(TAXONOMY_VERSION, taxonomy.anchored_by, *checked_by)
    return json.dumps(shaped_by)


def changes(earlier: str, recipe: str) -> list[str]:
    """Return which parts of the recipe are others than they were, a text with both its names."""
    told = {"text": f"text: {parts(earlier).get('text')} -> {parts(recipe)['text']}"}
    return [told.get(name, name) for name in changed_parts(earlier, recipe)]


def changed_parts(earlier: str, recipe: str) -> list[str]:
    """Return the names of the parts of a recipe that are others than they were."""
    if earlier == recipe:
        return []
    before, now = parts(earlier), parts(recipe)
    return [name for name in now | before if before.get(name) != now.get(name)] if before else ["code"]


def parts(recipe: str) -> dict[str, str]:
    """Return the parts of a recipe; none of one that an early release has written."""
    told: dict[str, str] = json.loads(recipe) if recipe.startswith("{") else {}
    return told


def reason(
    stage: Stage, settings: FitSettings, points: Relation, hashes: pa.ChunkedArray, last: pa.Table | None, recipe: str
) -> str | None:
    """Say why clusters are learned again from points with these hashes; None if the last fit still fits."""
    if last is None:
        return "first fit"
    if others := changes(last["recipe"][0].as_py(), recipe):
        return f"settings ({', '.join(others)})"
    if not last["resolution"][0].is_valid:
        return "other texts"
    if stage.starts_over:
        return "full refresh"
    new = pc.sum(pc.invert(pc.is_in(hashes, last["text_hash"]))).as_py() or 0
    gone = 1 - last.num_rows / last["fitted_texts"][0].as_py()
    if settings.refit == "always":
        return "always" if new or gone else None
    if settings.refit == "never" or not (new or gone):
        return None
    if gone > drift.MOST_GROWTH:
        return "deletions"
    found = _drift(read_points(stage.warehouse, points), last)
    stage.figures |= {
        "growth": round(found.growth, 4),
        "new_outlier_share": round(found.outlier_share, 4),
        "new_distance_ratio": round(found.distance_ratio, 4),
        "new_themed": round(found.themed),
    }
    return drift.reason_to_refit(found)


def _drift(points: Points, last: pa.Table) -> drift.Drift:
    is_new = ~pc.is_in(pa.array(points.hashes, pa.string()), last["text_hash"]).to_numpy(zero_copy_only=False)
    points = brought_together(points, chosen(points, ~is_new))
    labels, _ = labels_of(points, last)
    centres = clusters.centroids(points.vectors, labels, points.weights)
    radii = clusters.cluster_radii(points.vectors, labels, centres)
    return drift.measure_drift(points.vectors, points.weights, labels, is_new, centres, radii)
