"""What the clusters of the main lens and those of another one have in common."""

from __future__ import annotations

import pandas as pd

from kura_explorer.choice import CONVERSATIONS, FIRST_LENS, NONE, Filter, has_outcomes, has_rows
from kura_explorer.warehouse import has, kept, query

PLACES = "fct_kura__conversation_clusters"


@kept
def other_lenses() -> list[str]:
    """Return the lenses besides the main one, in the order of their trees; none where numbers alone are published."""
    if not has_rows() or not has(PLACES):
        return []
    rows = query(
        f"select lens, min(sort_order) as place from dim_kura__clusters where not ({FIRST_LENS}) group by lens order by place"
    )
    return list(rows["lens"])


@kept
def lens_of(cluster_id: str) -> str | None:
    """Return the lens of a cluster that is in another one than the main lens; None of any other cluster."""
    rows = query(
        f"select lens from dim_kura__clusters where cluster_id = ? and conversation_count > 0 and not ({FIRST_LENS})",
        cluster_id,
    )
    return next(iter(rows["lens"]), None)


@kept
def clusters_of(lens: str) -> pd.DataFrame:
    """Return the clusters of a lens in which there are conversations, in the order of its tree."""
    return query(
        "select cluster_id, parent_cluster_id, name, description, path, level, is_leaf, is_suppressed, conversation_count"
        " from dim_kura__clusters"
        " where lens = ? and conversation_count > 0 order by sort_order",
        lens,
    )


@kept
def crossed(lens: str, chosen: Filter) -> pd.DataFrame:
    """Return each cluster of the main lens with the topics of another lens that its conversations are of.

    Parameters
    ----------
    lens
        The other one.
    chosen
        Which conversations count.

    Returns
    -------
    pandas.DataFrame
        `cluster_id`, `other_id` (at level 0; `NONE` for what has no place in the other lens), `conversation_count`,
        `unresolved_share` and `frustrated_share`, null where that is unknown.
    """
    where, values = chosen.where()
    unresolved = (
        "avg(case when f.outcome = 'unresolved' then 1.0 when f.outcome is not null then 0.0 end)"
        if has_outcomes()
        else "cast(null as double)"
    )
    return query(
        f"select b.ancestor_cluster_id as cluster_id, coalesce(others.cluster_id, '{NONE}') as other_id,"
        f" count(*) as conversation_count, {unresolved} as unresolved_share,"
        " avg(cast(f.is_frustrated as integer)) as frustrated_share"
        f" from {CONVERSATIONS}"
        " inner join bridge_kura__cluster_ancestors as b on f.cluster_id = b.descendant_cluster_id"
        f" left join (select places.conversation_id, tops.cluster_id from {PLACES} as places"
        " inner join bridge_kura__cluster_ancestors as above on places.cluster_id = above.descendant_cluster_id"
        " inner join dim_kura__clusters as tops on above.ancestor_cluster_id = tops.cluster_id and tops.level = 0"
        " where places.lens = ?) as others on f.conversation_id = others.conversation_id"
        f" where {where} group by 1, 2",
        lens,
        *values,
    )
