"""Search: what is nearest to some words, by the vectors of the build where they are, or else by its words."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any, NamedTuple

import numpy as np

from kura_udfs.commands import places, unseen
from kura_udfs.commands.warehouse import Warehouse
from kura_udfs.errors import KuraError
from kura_udfs.functions.searching import query_vector
from kura_udfs.tables import Vectors
from kura_udfs.text import redaction
from kura_udfs.text.languages import human_language
from kura_udfs.vectors import languages

NEEDED = ("dim_kura__clusters",)
READ = ("fct_kura__conversations",)
"""Only where readers get it: with `kura_publish: aggregates` it stands elsewhere."""
VECTORS = (
    "int_kura__embeddings",
    "int_kura__distinct_texts",
    "int_kura__language_shifts",
    "int_kura__cluster_names",
    "int_kura__assignments",
)
MOST_WORDS = 32


class Hit(NamedTuple):
    """A cluster or a conversation."""

    kind: str
    """`cluster` or `conversation`."""
    cluster_id: str
    conversation_id: str | None
    path: str
    about: str | None
    similarity: float
    """A cosine; or, by words alone, the share of them that are in it."""


class Found(NamedTuple):
    """The nearest clusters, then the nearest conversations, each the nearest first."""

    hits: list[Hit]
    note: str | None
    """Why it was by words alone; None if it was by vectors."""


def search(warehouse: Warehouse, words: str, k: int = 10) -> Found:
    """Return the `k` clusters and the `k` conversations that are nearest to some words.

    Nothing is found of which readers get no text: clusters that are suppressed or whose name is withheld,
    and conversations without a summary or an extract.

    Parameters
    ----------
    warehouse : Warehouse
        A published copy has no vectors. Without a manifest an encoder that has settings of its own is not to be had.
    words : str
    k : int

    Raises
    ------
    KuraError
        As `Warehouse.opened`, and when there are no words.
    """
    check(words)
    with warehouse.opened(NEEDED, (*READ, *VECTORS), beside=READ) as connection:
        views = "select view_name from duckdb_views() where not internal"
        there = {name for (name,) in connection.execute(views).fetchall()}
        has_rows = there.issuperset(READ)
        note: str | None = "there are no vectors here"
        if there.issuperset(VECTORS):
            try:
                if note := unseen.problem(connection):
                    raise KuraError(note)
                return Found(_by_vectors(connection, words, k, warehouse.manifest, has_rows), None)
            except KuraError as error:
                note = str(error)
        return Found(by_words(connection, words, k, has_rows), note)


def check(words: str) -> None:
    """Make sure that there is something to search for.

    Raises
    ------
    KuraError
    """
    if not any(unicodedata.category(letter)[0] in "LNS" for letter in words):  # emoji are S
        raise KuraError('there are no words to search for: say what it is about, e.g. `kura search "late parcels"`.')


def _by_vectors(connection: Any, words: str, k: int, manifest: places.Manifest | None, has_rows: bool) -> list[Hit]:
    ((recipe,),) = connection.execute("select max(recipe) from int_kura__embeddings").fetchall()
    if recipe is None:
        return []
    models = manifest.models if manifest else {}
    patterns = models.get("int_kura__transcripts", {}).get("config", {}).get("meta", {}).get("redact_patterns")
    asked = redaction.redact(words, json.dumps(patterns) if patterns else None)
    vector = query_vector(asked, recipe, _meta(models), _learned_from(connection, recipe))
    shifts = {language: np.array(shift, np.float32) for language, shift in connection.execute(_SHIFTS).fetchall()}
    moved = languages.moved(vector[None], [human_language(asked)], shifts)[0]
    hits = _hits(connection, _NEAR_CLUSTERS, moved, k)
    return hits + (_hits(connection, _NEAR_CONVERSATIONS, moved, k) if has_rows else [])


def _meta(models: Any) -> str | None:
    model = models.get("int_kura__embeddings")
    return json.dumps(model["config"]["meta"], sort_keys=True) if model else None


def _learned_from(connection: Any, recipe: str) -> list[str]:
    if not recipe.startswith("lsa-"):
        return []
    return [text for (text,) in connection.execute("select cluster_text from int_kura__distinct_texts").fetchall()]


def _hits(connection: Any, sql: str, vector: Vectors, k: int) -> list[Hit]:
    rows = connection.execute(sql, {"vector": vector.tolist(), "k": k}).fetchall()
    return [Hit(*row) for row in rows]


_TOLD_CLUSTERS = f"not is_suppressed and coalesce(audit_verdict, '') <> 'failed' and {places.FIRST_LENS}"
_SHIFTS = f"select language, shift from int_kura__language_shifts where {places.FIRST_LENS}"
_NEAR_CLUSTERS = f"""
    select
        'cluster', cluster_id, null, path, told.description,
        cast(list_inner_product(centroid, $vector::float[]) as double) as similarity
    from (select * from dim_kura__clusters where {_TOLD_CLUSTERS}) as told
    inner join int_kura__cluster_names as names using (cluster_id)
    where similarity is not null
    order by similarity desc, cluster_id
    limit $k
"""
# a text is moved by the shift of its language, as before a fit
_NEAR_CONVERSATIONS = f"""
    with pulls as (
        select language, shift, length, list_inner_product(shift, $vector::float[]) as pull
        from int_kura__language_shifts
        where {places.FIRST_LENS}
    ),
    vectors as (
        select
            text_hash, language, embedding,
            nullif(sqrt(list_inner_product(embedding, embedding)), 0) as norm
        from int_kura__embeddings
        inner join int_kura__distinct_texts using (text_hash)
        where {places.FIRST_LENS}
    ),
    texts as (
        select
            text_hash,
            (list_inner_product(embedding, $vector::float[]) / norm + coalesce(pull, 0)) / sqrt(
                1 + coalesce(2 * list_inner_product(embedding, shift) / norm + length * length, 0)
            ) as similarity
        from vectors
        left join pulls using (language)
    )
    select
        'conversation', conversations.cluster_id, conversation_id, clusters.path,
        coalesce(summary, extract) as about, cast(similarity as double) as similarity
    from fct_kura__conversations as conversations
    inner join (from int_kura__assignments where {places.FIRST_LENS}) as assignments using (conversation_id)
    inner join texts using (text_hash)
    inner join dim_kura__clusters as clusters on conversations.cluster_id = clusters.cluster_id
    where about is not null and similarity is not null and not clusters.is_suppressed
    order by similarity desc, conversation_id
    limit $k
"""


def by_words(connection: Any, words: str, k: int, has_rows: bool) -> list[Hit]:
    """Return what has most of the words in it, the shorter text first."""
    wanted = list(dict.fromkeys(re.findall(r"\w+", words.casefold())))[:MOST_WORDS]
    if not wanted:
        return []
    queries = [_CLUSTERS_WITH_WORDS, *([_CONVERSATIONS_WITH_WORDS] if has_rows else [])]
    found = [connection.execute(query, {"words": wanted, "k": k}).fetchall() for query in queries]
    return [Hit(*row) for rows in found for row in rows]


_SHARE = "list_sum(list_transform($words::varchar[], lambda word: contains(told, word)::int)) / len($words::varchar[])"
_CLUSTERS_WITH_WORDS = f"""
    select 'cluster', cluster_id, null, path, description, {_SHARE} as share
    from (
        select *, lower(concat_ws(' ', path, description)) as told
        from dim_kura__clusters
        where {_TOLD_CLUSTERS} and not is_outliers and not is_unprocessed
    )
    where share > 0
    order by share desc, length(path), cluster_id
    limit $k
"""
_CONVERSATIONS_WITH_WORDS = f"""
    select 'conversation', cluster_id, conversation_id, path, about, {_SHARE} as share
    from (
        select
            conversations.cluster_id, conversation_id, clusters.path,
            coalesce(summary, extract) as about, lower(about) as told
        from fct_kura__conversations as conversations
        inner join dim_kura__clusters as clusters on conversations.cluster_id = clusters.cluster_id
        where about is not null and not clusters.is_suppressed
    )
    where share > 0
    order by share desc, length(about), conversation_id
    limit $k
"""
