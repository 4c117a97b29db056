"""The taxonomy that a user gives: its topics out of the warehouse, as anchors of a fit, and in the tree.

A topic is known by its name: as long as that stays, so does the id of its cluster, whatever else is said of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from kura_udfs.clustering import clusters
from kura_udfs.clustering.belonging import Topic
from kura_udfs.clustering.groups import direction
from kura_udfs.clustering.hierarchy import MOST_LEVELS
from kura_udfs.clustering.points import Fitted, Points
from kura_udfs.naming.headings import slug
from kura_udfs.settings import TaxonomySettings
from kura_udfs.stages.encoders import Encoder, load_encoder, of_vectors
from kura_udfs.stages.points import lens_of, shifts_of
from kura_udfs.tables import Floats, Vectors, fingerprint
from kura_udfs.text.languages import HUMAN_LANGUAGES, human_language
from kura_udfs.vectors import languages
from kura_udfs.warehouse.protocol import Relation
from kura_udfs.warehouse.stage import Stage

BESIDE = "not_in_taxonomy"
"""The id of the branch above what fits no topic."""
BESIDE_NAME = "Not in your taxonomy"
BESIDE_DESCRIPTION = "What people also talk about, found beside the topics of your taxonomy."
UNTOLD = "A topic of your taxonomy."
EXEMPLARS = 3


class Given(NamedTuple):
    """What the user says of one topic."""

    topic: str
    parent: str | None
    description: str
    examples: tuple[str, ...]


class Anchors(NamedTuple):
    """The topics that a fit puts conversations into: the ids of their clusters, and their vectors."""

    ids: list[str]
    topics: list[Topic]


@dataclass(frozen=True)
class Taxonomy:
    """The topics of a user, those above them included."""

    given: tuple[Given, ...]

    @property
    def leaves(self) -> list[Given]:
        """The topics without others below them: conversations go to these."""
        above = {_key(one.parent) for one in self.given if one.parent}
        return [one for one in self.given if _key(one.topic) not in above]

    @property
    def anchored_by(self) -> str:
        """Stands for what shapes where conversations go."""
        return fingerprint(sorted((one.topic, one.description, sorted(one.examples)) for one in self.leaves))

    @property
    def told(self) -> str:
        """Stands for everything that the taxonomy says."""
        return fingerprint(sorted((one.topic, one.parent or "", one.description) for one in self.given))

    def anchors(self, points: Points, embed: Callable[[Sequence[str]], Vectors]) -> Anchors:
        """Embed the topics as the points were, and bring them together with the languages of the points."""
        leaves = self.leaves
        texts = [text for one in leaves for text in _texts(one)]
        said = [language if (language := human_language(text)) in HUMAN_LANGUAGES else None for text in texts]
        vectors = languages.moved(embed(texts), said, shifts_of(points))
        ends = np.cumsum([len(_texts(one)) for one in leaves])
        parts = np.split(vectors, ends[:-1])
        return Anchors([topic_id(one.topic) for one in leaves], [Topic(part[0], part[1:]) for part in parts])


def read_taxonomy(stage: Stage, rows: Relation) -> Taxonomy | None:
    """Read the taxonomy; None where there is none, and for other lenses than the first one."""
    if not lens_of(stage).is_first:
        return None
    found = stage.warehouse.read(rows, "topic, parent, description, examples").to_pylist()
    return taxonomy_of(found) if found else None


def taxonomy_of(rows: Iterable[Mapping[str, Any]]) -> Taxonomy:
    """Make a taxonomy of rows that stg_kura__taxonomy has checked; parents without a row of their own get one."""
    given = [
        Given(
            " ".join(row["topic"].split()),
            " ".join((row["parent"] or "").split()) or None,
            " ".join((row["description"] or "").split()),
            examples_of(row["examples"]),
        )
        for row in rows
    ]
    named = {_key(one.topic) for one in given}
    for one in list(given):
        if one.parent and _key(one.parent) not in named:
            named.add(_key(one.parent))
            given.append(Given(one.parent, None, "", ()))
    return Taxonomy(tuple(sorted(given)))


def examples_of(text: str | None) -> tuple[str, ...]:
    """Part examples that stand in one text, a line each or with | between them."""
    return tuple(dict.fromkeys(part.strip() for part in re.split(r"[|\r\n]+", text or "") if part.strip()))


def topic_id(topic: str) -> str:
    """Return the id of a topic's cluster."""
    return "t" + fingerprint("taxonomy", _key(topic))[:11]


def is_given(cluster_id: str) -> bool:
    """Whether a cluster was not found: a topic, one above topics, or the branch beside them."""
    return cluster_id == BESIDE or re.fullmatch("t[0-9a-f]{11}", cluster_id) is not None


def encoder_of(stage: Stage, settings: TaxonomySettings, points: Relation, paid: Relation) -> Encoder:
    """Return the encoder that has made the vectors of the points."""
    return load_encoder(stage, of_vectors(stage, settings.embedder, points), settings.model, points, paid)


def found_alone(fit: Fitted) -> Fitted:
    """Return a fit without the topics: what is in them is in no cluster."""
    ids, labels = _without_given(fit.ids, fit.labels)
    previous_ids, previous = _without_given(fit.previous_ids, fit.previous)
    return Fitted(fit.fit_id, labels, ids, previous, previous_ids)


def found_rows(last: pa.Table | None) -> pa.Table | None:
    """Return the rows of a tree without those that the taxonomy gave it."""
    if last is None or not any(map(is_given, last["cluster_id"].to_pylist())):
        return last
    rows = last.to_pylist()
    below = any(row["cluster_id"] == BESIDE for row in rows)
    kept = [
        row | {"level": row["level"] - below, "parent_cluster_id": _none_if(row["parent_cluster_id"], BESIDE)}
        for row in rows
        if not is_given(row["cluster_id"])
    ]
    return pa.Table.from_pylist(kept, last.schema) if kept else None


def with_topics(
    found: pa.Table, taxonomy: Taxonomy, whole: Fitted, texts: Points, shared: Mapping[str, Any]
) -> pa.Table:
    """Put the clusters that were found beside the topics of a taxonomy.

    Parameters
    ----------
    found : Table
        Rows of `int_kura__cluster_names`.
    taxonomy : Taxonomy
    whole : Fitted
        The fit with the topics.
    texts : Points
        Those of the fit, brought together.
    shared : mapping
        The columns that all rows have in common.
    """
    centres = clusters.centroids(texts.vectors, whole.labels, texts.weights)
    sizes = clusters.cluster_sizes(whole.labels, texts.weights, len(whole.ids))
    radii = dict(zip(whole.ids, clusters.cluster_radii(texts.vectors, whole.labels, centres).tolist(), strict=True))
    rows = [row | {"is_in_taxonomy": False} for row in _below_branch(found.to_pylist())]
    for row in rows:
        if row["is_leaf"]:
            row["radius"] = radii[row["cluster_id"]]
    taken = {row["slug"] for row in rows}
    of = {cluster_id: number for number, cluster_id in enumerate(whole.ids)}
    given: list[dict[str, Any]] = []
    for one, level, below in _placed(taxonomy, of):
        leaf = below == [of.get(topic_id(one.topic))]
        given.append(
            {
                "cluster_id": topic_id(one.topic),
                "parent_cluster_id": topic_id(one.parent) if one.parent else None,
                "level": level,
                "is_leaf": leaf,
                "name": one.topic,
                "description": _sentence(one.description) or UNTOLD,
                "slug": slug(one.topic, [one.description, *one.examples], taken),
                "exemplars": _exemplars(texts, whole, below),
                "centroid": _centre(centres, sizes, below).tolist(),
                "radius": radii[topic_id(one.topic)] if leaf else None,
                "is_in_taxonomy": True,
            }
        )
    if _has_branch(rows):
        below = [of[row["cluster_id"]] for row in rows if row["is_leaf"]]
        given.append(
            {
                "cluster_id": BESIDE,
                "level": 0,
                "is_leaf": False,
                "name": BESIDE_NAME,
                "description": BESIDE_DESCRIPTION,
                "slug": slug(BESIDE_NAME, [BESIDE_DESCRIPTION], taken),
                "exemplars": _exemplars(texts, whole, below),
                "centroid": _centre(centres, sizes, below).tolist(),
                "is_in_taxonomy": False,
            }
        )
    empty = {"name_overlap": 1.0, "audit_verdict": "passed", "keyphrases": []}
    return pa.Table.from_pylist([*rows, *(empty | dict(shared) | row for row in given)], found.schema)


def _below_branch(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put what was found below one branch, in one level less if there would be too many; a single cluster stays."""
    if sum(row["level"] == 0 for row in rows) < 2:
        return rows
    spare = {
        row["cluster_id"]: row["parent_cluster_id"]
        for row in rows
        if row["level"] == MOST_LEVELS - 2 and not row["is_leaf"]
    }
    kept = [row for row in rows if row["cluster_id"] not in spare]
    return [
        row
        | {
            "level": row["level"] + 1 - (row["parent_cluster_id"] in spare),
            "parent_cluster_id": spare.get(row["parent_cluster_id"], row["parent_cluster_id"]) or BESIDE,
        }
        for row in kept
    ]


def _has_branch(rows: Iterable[Mapping[str, Any]]) -> bool:
    return any(row["parent_cluster_id"] == BESIDE for row in rows)


def _placed(taxonomy: Taxonomy, of: Mapping[str, int]) -> list[tuple[Given, int, list[int]]]:
    """Return the topics with conversations below them, each with its level and those that are."""
    above = {_key(one.topic): _key(one.parent) if one.parent else None for one in taxonomy.given}
    below: dict[str, list[int]] = {}
    for leaf in taxonomy.leaves:
        number = of.get(topic_id(leaf.topic))
        key: str | None = _key(leaf.topic)
        while number is not None and key is not None:
            below.setdefault(key, []).append(number)
            key = above[key]

    def level(key: str) -> int:
        parent = above[key]
        return 0 if parent is None else level(parent) + 1

    return [(one, level(_key(one.topic)), below[_key(one.topic)]) for one in taxonomy.given if _key(one.topic) in below]


def _exemplars(texts: Points, whole: Fitted, below: Sequence[int]) -> list[str]:
    rows = np.flatnonzero(np.isin(whole.labels, below))
    centre = texts.vectors[rows].mean(axis=0)
    nearest = np.argsort(-np.round(texts.vectors[rows] @ centre, 6), kind="stable")[:EXEMPLARS]
    found: list[str] = texts.hashes[rows[nearest]].tolist()
    return found


def _centre(centres: Vectors, sizes: Floats, below: Sequence[int]) -> Vectors:
    return direction((centres[below] * sizes[below][:, None]).sum(axis=0))


def _without_given(ids: list[str], labels: Any) -> tuple[list[str], Any]:
    kept = [cluster_id for cluster_id in ids if not is_given(cluster_id)]
    number = {cluster_id: place for place, cluster_id in enumerate(kept)}
    return kept, np.array([*(number.get(cluster_id, -1) for cluster_id in ids), -1], np.int32)[labels]


def _texts(one: Given) -> list[str]:
    return [f"{one.topic}. {one.description}" if one.description else one.topic, *one.examples]


def _sentence(text: str) -> str:
    """Return a description with an end: what comes after it is another sentence."""
    return text if not text or text[-1] in ".!?…。！？" else f"{text}."


def _none_if(value: str | None, other: str) -> str | None:
    return None if value == other else value


def _key(topic: str) -> str:
    return " ".join(topic.split()).casefold()
