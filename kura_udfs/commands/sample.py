"""`kura sample`: some conversations of every cluster, each with the number of those that it stands for."""

from __future__ import annotations

import csv
import json
import math
import re
import sys
from pathlib import Path
from typing import IO, Any, NamedTuple

import pyarrow as pa

from kura_udfs.commands import lenses, outputs
from kura_udfs.commands.outputs import whole_file
from kura_udfs.errors import KuraError
from kura_udfs.evaluation.labels import FORMULA

FIRST = "dim_kura__clusters"
ROWS = ("fct_kura__conversations", "fct_kura__conversation_clusters")
"""Only where readers get it: with `kura_publish: aggregates` it stands elsewhere."""
ATTRIBUTES = "fct_kura__conversation_attributes"
WANTED = (*ROWS, ATTRIBUTES)
ENDINGS = (".jsonl", ".csv", ".parquet")

# ids of people, and what only a map needs
_LEFT_OUT = ("user_id", "cluster_id", "cluster_distance", "is_outlier", "x", "y")
_TAKEN_APART = re.compile(rf"{FORMULA}|[\t\r\n]")


class Sample(NamedTuple):
    """Conversations, by stratum, with their weights."""

    rows: pa.Table
    strata: int
    conversations: int
    """All those that the sample stands for: the sum of the weights."""


def draw(connection: Any, per_cluster: int, level: int | None = None, lens: str | None = None, seed: int = 0) -> Sample:
    """Draw the same number of conversations from every cluster, all of them where it has no more.

    A hash of a conversation's id and the seed decides, so that a sample hangs on neither machine nor order, and a
    larger one holds the smaller ones.

    Parameters
    ----------
    connection
        With the public tables under their names.
    per_cluster : int
        How many of each.
    level : int, optional
        The clusters of this level, with the leaves that end above it, are the strata; without it, the leaves. The
        reserved clusters are strata, too.
    lens : str, optional
        Another lens than the first.
    seed : int

    Raises
    ------
    KuraError
        When readers get no conversations, or there is no such lens, or no cluster.
    """
    there = {name for (name,) in connection.execute("select view_name from duckdb_views() where temporary").fetchall()}
    if not there.issuperset(ROWS):
        raise KuraError(
            "readers get no rows of conversations here (kura_publish: aggregates), so there is nothing to draw from."
            " A sample needs kura_publish: summaries or transcripts."
        )
    first, *_ = lenses.known(connection, lens)
    rows = connection.sql(
        _drawn(connection, ATTRIBUTES in there),
        params={"lens": lens or first, "level": level, "seed": str(seed), "per_cluster": per_cluster},
    ).to_arrow_table()
    whole = connection.execute("select count(*) from fct_kura__conversation_clusters where lens = ?", [lens or first])
    ((conversations,),) = whole.fetchall()
    return Sample(rows, len(set(rows["cluster_id"].to_pylist())), conversations)


def check_output(output: str) -> None:
    """Make sure, before anything is drawn, that there is a form to write it in, and a place.

    Raises
    ------
    KuraError
    """
    if output != "-":
        _ending(output)
        outputs.check_output(output)


def write(sample: Sample, output: str) -> None:
    """Write a sample for nobody else to read, in the form that the ending names; JSON lines on standard output for `-`.

    Raises
    ------
    KuraError
        When it is another ending, or the file can't be written.
    """
    if output == "-":
        _write_jsonl(sys.stdout, sample.rows)
        return
    ending = _ending(output)
    with whole_file(output, "b" if ending == ".parquet" else "") as file:
        if ending == ".parquet":
            import pyarrow.parquet as pq

            pq.write_table(sample.rows, file)
        elif ending == ".csv":
            _write_csv(file, sample.rows)
        else:
            _write_jsonl(file, sample.rows)


def _ending(output: str) -> str:
    ending = Path(output).suffix.lower()
    if ending not in ENDINGS:
        raise KuraError(f"--output is {output}, but must end with {', '.join(ENDINGS)}, or be - for standard output.")
    return ending


def _drawn(connection: Any, has_attributes: bool) -> str:
    told = [name for name in _names(connection, ROWS[0]) if name not in (*_LEFT_OUT, "conversation_id")]
    own = _names(connection, ATTRIBUTES) if has_attributes else []
    own = [name for name in own if name not in ("conversation_id", "cluster_id", "user_id", *told)]
    columns = "".join(
        [*(f", conversations.{_quoted(name)}" for name in told), *(f", attributes.{_quoted(name)}" for name in own)]
    )
    join = f"left join {ATTRIBUTES} as attributes using (conversation_id)" if own else ""
    return f"""
        with strata as (
            select
                bridge.descendant_cluster_id as leaf_cluster_id,
                arg_max(clusters.cluster_id, clusters.level) as cluster_id
            from bridge_kura__cluster_ancestors as bridge
            inner join dim_kura__clusters as clusters on bridge.ancestor_cluster_id = clusters.cluster_id
            where clusters.lens = $lens and ($level::int is null or clusters.level <= $level::int)
            group by bridge.descendant_cluster_id
        ),
        placed as (
            select
                places.* replace (coalesce(strata.cluster_id, places.cluster_id) as cluster_id),
                places.cluster_id as leaf_cluster_id
            from fct_kura__conversation_clusters as places
            left join strata on places.cluster_id = strata.leaf_cluster_id
            where places.lens = $lens
        ),
        numbered as (
            select
                *,
                count(*) over (partition by cluster_id) as stratum_conversations,
                row_number() over (
                    partition by cluster_id order by sha256($seed || ' ' || conversation_id), conversation_id
                ) as number
            from placed
        )
        select
            drawn.conversation_id,
            drawn.lens,
            drawn.cluster_id,
            clusters.path,
            drawn.leaf_cluster_id,
            drawn.stratum_conversations,
            least(drawn.stratum_conversations, $per_cluster::bigint) as stratum_sampled,
            drawn.stratum_conversations / least(drawn.stratum_conversations, $per_cluster::bigint)::double as weight,
            drawn.cluster_distance,
            drawn.is_outlier{columns}
        from numbered as drawn
        inner join dim_kura__clusters as clusters using (cluster_id)
        inner join fct_kura__conversations as conversations using (conversation_id)
        {join}
        where drawn.number <= $per_cluster::bigint
        order by clusters.sort_order, drawn.number
    """


def _names(connection: Any, table: str) -> list[str]:
    return [column[0] for column in connection.execute(f"from {table} limit 0").description]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _write_jsonl(file: IO[str], rows: pa.Table) -> None:
    for row in rows.to_pylist():
        file.write(json.dumps({name: _plain(value) for name, value in row.items()}, ensure_ascii=False) + "\n")


def _write_csv(file: IO[str], rows: pa.Table) -> None:
    writer = csv.writer(file)
    writer.writerow(rows.column_names)
    for row in rows.to_pylist():
        writer.writerow([_cell(_plain(value)) for value in row.values()])


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _cell(value: Any) -> Any:
    """Return a value as a cell that no program takes for a formula."""
    return f"'{value}" if isinstance(value, str) and _TAKEN_APART.match(value) else value
