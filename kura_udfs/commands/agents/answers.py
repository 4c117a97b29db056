"""What agents ask most, as queries on the public tables."""

from __future__ import annotations

from typing import Any, Literal

from kura_udfs.commands import places
from kura_udfs.commands.agents.copies import Copy
from kura_udfs.commands.agents.queries import Answer, run
from kura_udfs.errors import KuraError

Order = Literal["tree", "conversations", "users", "opportunity", "frustrated", "newest"]

_ORDERS: dict[Order, str] = {
    "tree": "sort_order",
    "conversations": "conversation_count desc, sort_order",
    "users": "user_count desc nulls last, sort_order",
    "opportunity": "opportunity desc nulls last, sort_order",
    "frustrated": "frustrated_share desc nulls last, sort_order",
    "newest": "first_seen_at desc nulls last, sort_order",
}
_OWN_COLUMNS = (
    "cluster_id, parent_cluster_id, path, description, level, is_leaf, conversation_count, user_count, share,"
    " resolved_share, frustrated_share, opportunity, first_seen_at, last_seen_at"
)
_PERIODS = 12


def topics(
    copy: Copy, lens: str | None, under: str | None, levels: int | None, leaves: bool, order: Order, limit: int
) -> Answer:
    """Return clusters of a lens, in the order of the tree or by a measure.

    Raises
    ------
    KuraError
        When there is no such lens or cluster.
    """
    chosen, parameters = _lens(copy, lens)
    conditions = [chosen]
    if under is not None:
        lens_of = _the_cluster(copy, under, lens)["lens"]
        conditions[0], parameters = "lens = ?", [lens_of]
        conditions.append(
            "cluster_id in (select descendant_cluster_id from bridge_kura__cluster_ancestors"
            f" where ancestor_cluster_id = ? and distance > 0{' and distance <= ?' if levels else ''})"
        )
        parameters += [under, *([levels] if levels else [])]
    elif levels is not None:
        conditions.append("level < ?")
        parameters.append(levels)
    if leaves:
        conditions.append("is_leaf")
    if order != "tree":  # what fits nowhere is no topic
        conditions.append("not is_outliers and not is_unprocessed")
    sql = f"select {_OWN_COLUMNS} from dim_kura__clusters where {' and '.join(conditions)} order by {_ORDERS[order]}"
    return run(copy, sql, limit, parameters)


def topic(copy: Copy, cluster_id: str) -> dict[str, list[dict[str, Any]]]:
    """Return what there is to say of one cluster, by kind.

    Raises
    ------
    KuraError
        When there is no such cluster.
    """
    _the_cluster(copy, cluster_id)
    queries = {
        "topic": (f"select lens, {_OWN_COLUMNS} from dim_kura__clusters where cluster_id = ?", 1),
        "children": (
            f"select {_OWN_COLUMNS} from dim_kura__clusters where parent_cluster_id = ? order by sort_order",
            50,
        ),
        "trend": (
            "select * from (select period_start, conversation_count, share, conversation_change, trend, is_complete"
            f" from fct_kura__cluster_trends where cluster_id = ? order by period_start desc limit {_PERIODS})"
            " order by period_start",
            _PERIODS,
        ),
        "facets": (
            "select facet, value, conversation_count, share, lift from fct_kura__cluster_facets where cluster_id = ?"
            " and conversation_count >= 2 order by lift desc nulls last, conversation_count desc, facet, value",
            15,
        ),
        "examples": (_EXAMPLES, 5),
        "alerts": (
            "select kind, severity, since, conversation_count, share, usual_share from fct_kura__alerts"
            " where cluster_id = ? and is_active order by q_value, kind",
            10,
        ),
        "tools": (
            "select tool, call_count, failed_share, retry_share, loop_share from fct_kura__cluster_tools"
            " where cluster_id = ? order by call_count desc, tool",
            10,
        ),
    }
    return {
        kind: run(copy, sql, limit, [cluster_id]).rows
        for kind, (sql, limit) in queries.items()
        if all(table in copy.tables for table in _tables_in(sql))
    }


def trends(copy: Copy, cluster_id: str | None, lens: str | None, trend: str | None, leaves: bool, limit: int) -> Answer:
    """Return the periods of a cluster, or every cluster in the last period that is over, what has grown most first.

    Raises
    ------
    KuraError
        When there are no trends, or no such lens or cluster.
    """
    _need(copy, "fct_kura__cluster_trends", "trends")
    columns = (
        "cluster_id, path, period, period_start, is_complete, trends.conversation_count, trends.user_count,"
        " trends.share, conversation_change, share_change, trend"
    )
    rows = f"select {columns} from fct_kura__cluster_trends as trends inner join dim_kura__clusters using (cluster_id)"
    if cluster_id is not None:
        _the_cluster(copy, cluster_id, lens)
        conditions, parameters, order = ["cluster_id = ?"], [cluster_id], "period_start desc"
    else:
        chosen, parameters = _lens(copy, lens, of="trends.")
        conditions = [
            chosen,
            "period_start = (select max(period_start) from fct_kura__cluster_trends where is_complete)",
            "conversation_change is not null",
        ]
        order = "conversation_change desc, sort_order"
    if leaves:
        conditions.append("is_leaf")
    if trend is not None:
        conditions.append("trend = ?")
        parameters.append(trend)
    return run(copy, f"{rows} where {' and '.join(conditions)} order by {order}", limit, parameters)


def facets(
    copy: Copy, cluster_id: str | None, lens: str | None, facet: str | None, value: str | None, least: int, limit: int
) -> Answer:
    """Return values of facets, those first that a cluster has far oftener than others.

    Raises
    ------
    KuraError
        When there are no facets, or no such lens, cluster or facet.
    """
    _need(copy, "fct_kura__cluster_facets", "facets")
    if cluster_id is not None:
        _the_cluster(copy, cluster_id, lens)
        conditions, parameters = ["cluster_id = ?"], [cluster_id]
    else:
        chosen, parameters = _lens(copy, lens, of="facets.")
        conditions = [chosen]
    if facet is not None:
        known = [
            row["facet"]
            for row in run(copy, "select distinct facet from fct_kura__cluster_facets order by 1", 200).rows
        ]
        if facet not in known:
            raise KuraError(f"there is no facet {facet!r}. There are: {', '.join(known)}.")
        conditions.append("facet = ?")
        parameters.append(facet)
    if value is not None:  # German, say, though languages are in small letters
        conditions.append("lower(value) = lower(?)")
        parameters.append(value)
    conditions.append("facets.conversation_count >= ?")
    sql = (
        "select cluster_id, path, facet, value, facets.conversation_count, facets.share, lift"
        " from fct_kura__cluster_facets as facets inner join dim_kura__clusters using (cluster_id)"
        f" where {' and '.join(conditions)} order by lift desc nulls last, facets.conversation_count desc, sort_order"
    )
    return run(copy, sql, limit, [*parameters, least])


_EXAMPLES = (
    "select example_rank, coalesce(summary, extract) as about, conversation_id from fct_kura__cluster_examples"
    " where cluster_id = ? and audit_verdict = 'passed' order by example_rank"
)


def examples(copy: Copy, cluster_id: str, limit: int) -> Answer:
    """Return typical conversations of a cluster.

    Raises
    ------
    KuraError
        When readers get none, or there is no such cluster.
    """
    _need(copy, "fct_kura__cluster_examples", "examples")
    _the_cluster(copy, cluster_id)
    return run(copy, _EXAMPLES, limit, [cluster_id])


def comparisons(copy: Copy, cluster_id: str | None, most_q: float, limit: int) -> Answer:
    """Return what differs between two sides by more than chance.

    Raises
    ------
    KuraError
        When there are no comparisons, or no such cluster.
    """
    _need(copy, "fct_kura__comparisons", "comparisons")
    if not run(copy, "from fct_kura__comparisons", 1).rows:
        raise KuraError("nothing is compared: the person who runs Kura can say what, with the setting kura_compare.")
    if cluster_id is not None:
        _the_cluster(copy, cluster_id)
    sql = (
        "select cluster_id, path, compared_by, baseline, segment, baseline_count, baseline_share,"
        " comparisons.conversation_count, comparisons.share, share_difference, difference_low, difference_high, q_value"
        " from fct_kura__comparisons as comparisons inner join dim_kura__clusters using (cluster_id)"
        f" where q_value <= ?{' and cluster_id = ?' if cluster_id else ''} order by share_difference desc, sort_order"
    )
    return run(copy, sql, limit, [most_q, *([cluster_id] if cluster_id else [])])


def alerts(copy: Copy, active: bool, limit: int) -> Answer:
    """Return what has begun to be otherwise, the surest first.

    Raises
    ------
    KuraError
        When alerts are switched off.
    """
    _need(copy, "fct_kura__alerts", "alerts")
    sql = (
        "select cluster_id, path, kind, severity, since, alerts.conversation_count, alerts.share, usual_share, q_value,"
        " is_active, is_new"
        " from fct_kura__alerts as alerts inner join dim_kura__clusters as clusters using (cluster_id)"
        f" where not is_suppressed{' and is_active' if active else ''} order by q_value, alert_id"
    )
    return run(copy, sql, limit)


def runs(copy: Copy, stage: str | None, limit: int) -> Answer:
    """Return what runs did, the last one first.

    Raises
    ------
    KuraError
        When there is no such stage.
    """
    _need(copy, "fct_kura__runs", "runs")
    if stage is not None:
        known = [row["stage"] for row in run(copy, "select distinct stage from fct_kura__runs order by 1", 100).rows]
        if stage not in known:
            raise KuraError(f"there is no stage {stage!r}. There are: {', '.join(known)}.")
    condition = "where stage = ? " if stage else ""
    sql = f"select * from fct_kura__runs {condition}order by started_at desc, stage, lens"
    return run(copy, sql, limit, [stage] if stage else [])


def tables(copy: Copy, table: str | None) -> Answer:
    """Return the tables, or the columns of one, with what they mean.

    Raises
    ------
    KuraError
        When there is no such table.
    """
    if table is None:
        return run(
            copy,
            "select tables.table_name as table_name, tables.comment as description, estimated_size as row_count,"
            " string_agg(column_name, ', ' order by column_index) as columns"
            " from duckdb_tables() as tables inner join duckdb_columns() as columns using (database_name, table_oid)"
            " group by all order by table_name",
            len(copy.tables),
        )
    if table not in copy.tables:
        raise KuraError(f"there is no table {table!r}. There are: {', '.join(copy.tables)}.")
    return run(
        copy,
        "select column_name, lower(data_type) as data_type, comment as description from duckdb_columns()"
        " where table_name = ? and not internal order by column_index",
        1_000,
        [table],
    )


def lenses(copy: Copy) -> list[str]:
    """Return the names of the lenses, the main one first."""
    sql = "select lens from dim_kura__clusters group by lens order by min(sort_order)"
    return [row["lens"] for row in run(copy, sql, 100).rows]


def _lens(copy: Copy, lens: str | None, of: str = "") -> tuple[str, list[Any]]:
    """Return a condition on a lens, and its parameters; `of` stands before the name of the column."""
    if lens is None:
        return f"{of}{places.FIRST_LENS}", []
    known = lenses(copy)
    if lens not in known:
        raise KuraError(f"there is no lens {lens!r}. There are: {', '.join(known)}.")
    return f"{of}lens = ?", [lens]


def _the_cluster(copy: Copy, cluster_id: str, lens: str | None = None) -> dict[str, Any]:
    """Return the row of a cluster; where a lens is named, it has to be there."""
    if lens is not None:
        _lens(copy, lens)
    found = run(copy, "select lens from dim_kura__clusters where cluster_id = ?", 1, [cluster_id]).rows
    if not found:
        raise KuraError(
            "there is no topic with this cluster_id. Ask `topics` or `search` for ids: a cluster_id is a code, no name."
        )
    if lens not in (None, found[0]["lens"]):
        raise KuraError(f"this topic is in the lens {found[0]['lens']!r}, not in {lens!r}: leave `lens` out.")
    return found[0]


def _need(copy: Copy, table: str, what: str) -> None:
    if table not in copy.tables:
        raise KuraError(
            f"readers get no {what} here: the person who runs Kura has left them out (kura_without),"
            " or publishes numbers alone (kura_publish). Do without."
        )


def _tables_in(sql: str) -> set[str]:
    return {word.strip("(),") for word in sql.split() if "_kura__" in word}
