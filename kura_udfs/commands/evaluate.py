"""How good a finished build is: its tables against labels, its names, and whether it would come out the same again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kura_udfs.clustering.partitions import runs_leiden
from kura_udfs.clustering.points import Points, chosen
from kura_udfs.commands import unseen
from kura_udfs.commands.outputs import plural
from kura_udfs.commands.places import FIRST_LENS
from kura_udfs.errors import KuraError
from kura_udfs.evaluation import names as naming
from kura_udfs.evaluation.labels import Labels, read_labels
from kura_udfs.evaluation.scores import Agreement, agreement
from kura_udfs.evaluation.stability import Stability, stability
from kura_udfs.settings import EvaluateSettings
from kura_udfs.stages.points import COLUMNS, points_of
from kura_udfs.stages.taxonomy import is_given
from kura_udfs.tables import Vectors
from kura_udfs.vectors import encoders, languages
from kura_udfs.vectors.lsa import fit_lsa

NEEDED = ("dim_kura__clusters", "fct_kura__conversations")
_TEXTS = ("int_kura__assignments", "int_kura__conversation_texts")
_POINTS = ("int_kura__distinct_texts", "int_kura__embeddings", "int_kura__language_shifts")
_FIT = "int_kura__cluster_fit"
WANTED = (*_TEXTS, *_POINTS, _FIT, *unseen.NEEDED[:1])
MOST_TEXTS = 20_000
"""So many texts are looked through for the phrases of names, drawn by their hashes."""


class Coverage(NamedTuple):
    """Conversations of the build, and what the labels say of them.

    Attributes
    ----------
    conversations, outliers, unprocessed : int
        All, those that fit nowhere, and those that were empty, failed or wait.
    in_file : int
        Conversations that the file labels.
    labelled : int
        Those of them that are in the build.
    labelled_outliers, labelled_unprocessed : int
        Those of the labelled that are in no named cluster.
    """

    conversations: int
    outliers: int
    unprocessed: int
    in_file: int
    labelled: int
    labelled_outliers: int
    labelled_unprocessed: int


class LevelScores(NamedTuple):
    """Labels of one kind against the clusters of one level.

    Attributes
    ----------
    level : int
        0 is the top. A branch that ends above a level stands on it with its leaf.
    is_leaves : bool
        The lowest level.
    truth : str
        `label` or `parent`: the column of the file.
    scores : Agreement
        Outliers are a group of their own, and right for nothing.
    without_outliers : Agreement, optional
        Of those in a named cluster alone.
    """

    level: int
    is_leaves: bool
    truth: str
    scores: Agreement
    without_outliers: Agreement | None


class LevelNames(NamedTuple):
    """The names of one level."""

    level: int
    is_leaves: bool
    scores: naming.NameScores


@dataclass
class Evaluation:
    """What `kura evaluate` finds out; parts that can't be told are left out, and `notes` say why."""

    coverage: Coverage
    labels: list[LevelScores] = field(default_factory=list)
    names: list[LevelNames] = field(default_factory=list)
    seeds: Stability | None = None
    parts: Stability | None = None
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the same as mappings, lists and numbers."""
        return {
            "conversations": self.coverage._asdict(),
            "labels": [
                {
                    **row._asdict(),
                    "scores": row.scores._asdict(),
                    "without_outliers": row.without_outliers._asdict() if row.without_outliers else None,
                }
                for row in self.labels
            ],
            "names": [{"level": row.level, "is_leaves": row.is_leaves, **row.scores._asdict()} for row in self.names],
            "stability": {
                "seeds": self.seeds._asdict() if self.seeds else None,
                "parts": self.parts._asdict() if self.parts else None,
            },
            "notes": self.notes,
        }


class _Tree:
    """The clusters of a build with their levels."""

    def __init__(self, connection: Any) -> None:
        rows = connection.execute(
            "select cluster_id, parent_cluster_id, level, is_leaf, name, is_suppressed, is_outliers, is_unprocessed"
            f" from dim_kura__clusters where {FIRST_LENS} order by sort_order"
        ).fetchall()
        self.parent = {row[0]: row[1] for row in rows}
        self.level = {row[0]: int(row[2]) for row in rows}
        self.is_leaf = {row[0]: bool(row[3]) for row in rows}
        self.names = {row[0]: row[4] for row in rows if not (row[5] or row[6] or row[7])}
        self.outliers = {row[0] for row in rows if row[6]}
        self.unprocessed = {row[0] for row in rows if row[7]}
        self.reserved = self.outliers | self.unprocessed
        self.deepest = max((self.level[cluster] for cluster in self.parent if cluster not in self.reserved), default=0)

    def at(self, cluster: str, level: int) -> str:
        """Return the cluster that stands above a cluster on a level, or itself if it ends higher up."""
        while self.level[cluster] > level:
            cluster = self.parent[cluster]
        return cluster

    def on(self, level: int) -> list[str]:
        """Return the clusters that stand on a level, the leaves that end above it among them."""
        return [
            cluster
            for cluster in self.parent
            if cluster not in self.reserved
            and (self.level[cluster] == level or (self.is_leaf[cluster] and self.level[cluster] < level))
        ]


def evaluate(
    connection: Any,
    labels: Path | None,
    settings: EvaluateSettings | None,
    repeats: int,
    say: Callable[[str], None] = lambda message: None,
) -> Evaluation:
    """Score a build.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        That knows the tables of `NEEDED`, and those of `WANTED` that are there, by their names; it is only read.
    labels : Path, optional
        The file that says which label each conversation should have.
    settings : EvaluateSettings, optional
        Out of the `config.meta` of int_kura__cluster_names in dbt's manifest.
    repeats : int
        Fits with other seeds, and of other parts, that the fit is compared with; 0 for none.
    say : callable, optional
        Is told what is being done.

    Raises
    ------
    KuraError
        When the labels can't be used, or none is of a conversation in the build.
    """
    tree = _Tree(connection)
    placed = dict(connection.execute("select conversation_id, cluster_id from fct_kura__conversations").fetchall())
    if not placed:
        raise KuraError("there is no conversation in fct_kura__conversations: the last build has read nothing.")
    told = read_labels(connection, labels) if labels else Labels({}, {})
    result = Evaluation(_coverage(tree, placed, told))
    if labels and not told.label:
        raise KuraError(f"{labels} holds no label: in none of its rows are both conversation_id and label filled in.")
    if labels:
        if not result.coverage.labelled:
            raise KuraError(
                f"{labels} labels {plural(len(told.label), 'conversation')}, none of which is among the {len(placed):,}"
                " of the build. The conversation_id has to be the one in fct_kura__conversations."
            )
        result.labels = _level_scores(tree, placed, told)
    there = {row[0] for row in connection.execute("select view_name from duckdb_views()").fetchall()}
    if there.issuperset(unseen.NEEDED) and (problem := unseen.problem(connection)):
        result.notes.append(problem)
        there -= {*WANTED}
    _score_names(connection, tree, settings, there, result, say)
    if repeats:
        _score_stability(connection, settings, there, repeats, result, say)
    return result


def _coverage(tree: _Tree, placed: dict[str, str], told: Labels) -> Coverage:
    clusters = list(placed.values())
    labelled = [placed[conversation] for conversation in told.label if conversation in placed]
    return Coverage(
        conversations=len(placed),
        outliers=sum(cluster in tree.outliers for cluster in clusters),
        unprocessed=sum(cluster in tree.unprocessed for cluster in clusters),
        in_file=len(told.label),
        labelled=len(labelled),
        labelled_outliers=sum(cluster in tree.outliers for cluster in labelled),
        labelled_unprocessed=sum(cluster in tree.unprocessed for cluster in labelled),
    )


def _level_scores(tree: _Tree, placed: dict[str, str], told: Labels) -> list[LevelScores]:
    found: list[LevelScores] = []
    for level in range(tree.deepest + 1):
        number = {cluster: index for index, cluster in enumerate(tree.on(level))}
        for truth, column in zip(told._fields, told, strict=True):
            rows = [c for c in sorted(column) if c in placed and placed[c] not in tree.unprocessed]
            labels = np.array([column[conversation] for conversation in rows])
            clusters = np.array([number.get(tree.at(placed[c], level), -1) for c in rows], np.int32)
            scores, inside = agreement(labels, clusters), clusters >= 0
            if scores is not None and (truth == "label" or level < tree.deepest or not level):
                without = None if inside.all() else agreement(labels[inside], clusters[inside])
                found.append(LevelScores(level, level == tree.deepest, truth, scores, without))
    return found


def _score_names(
    connection: Any,
    tree: _Tree,
    settings: EvaluateSettings | None,
    there: set[str],
    result: Evaluation,
    say: Callable[[str], None],
) -> None:
    """Add the scores of the names, those that can be had."""
    ids = list(tree.names)
    nearest = [_Nearest({}, None)] * (tree.deepest + 1)
    covering: dict[str, bool | None] = {}
    if not {*_TEXTS, *_POINTS} <= there:
        result.notes = result.notes or [
            "texts and vectors are not in this file (or in a schema that isn't known: see --schema), so that it can't"
            " be told whether names fit their members, nor how stable the clusters are"
        ]
    elif ids:
        say("reading the names")
        points, leaves = _placed(connection)
        texts, weights = points.texts, points.weights
        rows_of = _members(tree, leaves)
        drawn = np.arange(len(texts)) < MOST_TEXTS  # they come by their hashes, which are as good as random
        members = [rows_of[cluster][drawn[rows_of[cluster]]] for cluster in ids]
        shown = [text for text, is_drawn in zip(texts, drawn, strict=True) if is_drawn]
        covering = dict(zip(ids, naming.covering([tree.names[c] for c in ids], shown, weights, members), strict=True))
        encoder = _encoder(connection, settings, result)
        if encoder is not None:
            # members are where the fit has moved them; names stay, as few words don't tell their language
            embedded = dict(zip(ids, encoder.embed([tree.names[cluster] for cluster in ids]), strict=True))
            vectors = languages.moved(points.vectors, points.languages, _shifts(connection))
            nearest = [_nearest(tree, level, embedded, vectors, weights, leaves) for level in range(tree.deepest + 1)]
    alone = dict(zip(ids, naming.unique([tree.names[c] for c in ids], list(tree.names.values())), strict=True))
    for level in range(tree.deepest + 1):
        here = [cluster for cluster in tree.on(level) if cluster in tree.names]
        if here:
            scores = naming.NameScores(
                n=len(here),
                nearest=_share([nearest[level].names.get(cluster) for cluster in here]),
                members_nearest=nearest[level].members,
                unique=_share([alone[cluster] for cluster in here]) or 0.0,
                covering=_share([covering.get(cluster) for cluster in here]),
            )
            result.names.append(LevelNames(level, level == tree.deepest, scores))


class _Nearest(NamedTuple):
    """Which names of a level lie nearest to their own members, and how many members lie nearest to their own name."""

    names: dict[str, bool]
    members: float | None


def _nearest(
    tree: _Tree,
    level: int,
    embedded: dict[str, Vectors],
    vectors: Vectors,
    weights: NDArray[np.float64],
    leaves: Sequence[str],
) -> _Nearest:
    here = [cluster for cluster in tree.on(level) if cluster in embedded]
    if not here:
        return _Nearest({}, None)
    number = {cluster: index for index, cluster in enumerate(here)}
    cluster_of = np.array([number.get(tree.at(leaf, level), -1) for leaf in leaves], np.int64)
    of_names = np.array([embedded[cluster] for cluster in here])
    found = naming.nearest(of_names, vectors, weights, cluster_of)
    members = naming.members_nearest(of_names, vectors, weights, cluster_of)
    return _Nearest(dict(zip(here, found.tolist(), strict=True)), members)


def _share(values: Sequence[bool | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _placed(connection: Any) -> tuple[Points, list[str]]:
    """Read the distinct texts with the vectors that the encoder gave, and the cluster of each."""
    # where readers have them: an edit may have put a cluster into another one
    sql = (
        "select text_hash, min(conversations.cluster_id) from int_kura__assignments"
        f" inner join fct_kura__conversations as conversations using (conversation_id) where {FIRST_LENS} group by 1"
    )
    leaves = dict(connection.execute(sql).fetchall())
    points = _points(connection)
    points = chosen(points, np.array([text_hash in leaves for text_hash in points.hashes], bool))
    return points, [leaves[text_hash] for text_hash in points.hashes]


def _points(connection: Any, where: str = "true") -> Points:
    sql = f"select {COLUMNS} from int_kura__distinct_texts inner join int_kura__embeddings using (text_hash)"
    return points_of(connection.sql(f"{sql} where {where} and {FIRST_LENS}").to_arrow_table())


def _given(connection: Any) -> set[str]:
    """Read the texts that belong to topics of the user's taxonomy."""
    sql = f"select text_hash, cluster_id from int_kura__assignments where {FIRST_LENS}"
    return {text_hash for text_hash, cluster_id in connection.execute(sql).fetchall() if is_given(cluster_id)}


def _shifts(connection: Any) -> dict[str, Vectors]:
    """Read by how much the build has moved each language."""
    rows = connection.execute(f"select language, shift from int_kura__language_shifts where {FIRST_LENS}").fetchall()
    return {language: np.array(shift, np.float32) for language, shift in rows}


def _members(tree: _Tree, leaves: Sequence[str]) -> dict[str, NDArray[np.int64]]:
    """Return the rows of each cluster, of the parents too."""
    rows: dict[str, list[int]] = {cluster: [] for cluster in tree.parent}
    for row, leaf in enumerate(leaves):
        cluster: str | None = leaf
        while cluster is not None:
            rows[cluster].append(row)
            cluster = tree.parent[cluster]
    return {cluster: np.array(found, np.int64) for cluster, found in rows.items()}


def _encoder(connection: Any, settings: EvaluateSettings | None, result: Evaluation) -> Any:
    """Return the encoder that made the vectors; None, with a note, where it can't be had or has to be paid."""
    its = settings.embedder if settings else None
    path = its.embedder_path if its else None
    ((recipe,),) = connection.execute("select min(recipe) from int_kura__embeddings").fetchall()
    known = {encoders.minilm_id(precision): precision for precision in encoders.PRECISIONS}
    encoder: Any = None
    if recipe is None:
        return None
    if recipe in known:  # of whatever precision the build was, which the settings may have left since
        encoder = encoders.load_encoder("minilm", encoders.own_folder("minilm", path), known[recipe])
    elif recipe.startswith("lsa-"):
        texts = connection.execute("select distinct cluster_text from int_kura__conversation_texts").fetchall()
        encoder = fit_lsa([text for (text,) in texts])
    elif recipe == encoders.multilingual_id():
        encoder = encoders.load_encoder("multilingual", encoders.own_folder("multilingual", path))
    elif its and its.embedder in encoders.ENCODERS:
        encoder = encoders.load_encoder(its.embedder, path, its.embedder_precision)
    if encoder is not None and encoder.id == recipe:
        return encoder
    reason = (
        "which is paid for, and nothing is sent from here"
        if its and its.embedder in ("openai", "cortex")
        else "which the settings of the last dbt command don't give"
    )
    result.notes.append(f"names: not compared with their members, whose vectors are of {recipe}, {reason}")
    return None


def _score_stability(
    connection: Any,
    settings: EvaluateSettings | None,
    there: set[str],
    repeats: int,
    result: Evaluation,
    say: Callable[[str], None],
) -> None:
    if not set(_POINTS) <= there:
        return  # the names have said so
    if settings is None:
        result.notes.append("stability: not measured, as there is no manifest of dbt's that says how clusters are made")
        return
    points, resolution = _points(connection, "is_sampled"), None
    if set(_TEXTS) <= there and (given := _given(connection)):
        # topics are where a person has put them: what could come out otherwise is what was found beside them
        points = chosen(points, np.array([text_hash not in given for text_hash in points.hashes], bool))
        result.notes.append(
            "stability: of the clusters found beside your taxonomy; the conversations of its topics are left out"
        )
        if _FIT in there and runs_leiden(settings.clusters.clustering_method):
            # how fine those are, the topics have said
            ((resolution,),) = connection.execute(f"select max(resolution) from {_FIT} where {FIRST_LENS}").fetchall()
    if len(points.hashes) < 2:
        return
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        say(f"fitting again, {done} of {2 * repeats + 1}")

    result.seeds, result.parts = stability(
        points, settings.clusters, settings.top_clusters, repeats, advance, resolution
    )
    if settings.model.provider != "local":
        result.notes.append("stability: the tops are those that numbers make; the model is not asked again")
