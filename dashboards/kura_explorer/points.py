"""The map: places of conversations, thinned where there are too many of them, and places for names."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kura_explorer import search
from kura_explorer.choice import CONVERSATIONS, SAID, Filter, facets, language
from kura_explorer.warehouse import kept, query

MOST = 20_000  # more than these are not told apart on a screen
OF_EACH = 40  # of a cluster, however small its share
LETTERS = 160  # of what was said, when the pointer is on a point
CELLS = 14  # across the map, to find where a cluster's points are
PLACES = 3  # to choose from for a name


def points(chosen: Filter, facet: str | None = None, words: str = "") -> pd.DataFrame:
    """Return the places of the chosen conversations, at most about `MOST` of them, by chance.

    A cluster that would be hidden by that keeps `OF_EACH`. With them come the value of a facet, what was said, and whether
    the words are `found` in it.
    """
    where, values = chosen.where()
    value = "null" if facet is None else language() if facet == "language" else f"cast({facets()[facet]} as varchar)"
    conditions, sought = search.condition(words)
    found = f"case when {' and '.join(conditions)} then 1 else 0 end" if conditions else "1"
    return query(
        "with placed as ("
        f"select f.conversation_id, f.cluster_id, f.x, f.y, {value} as value, left({SAID}, {LETTERS}) as said,"
        f" {found} as found, row_number() over (order by md5(f.conversation_id)) as place,"
        " row_number() over (partition by f.cluster_id order by md5(f.conversation_id)) as place_in_cluster"
        f" from {CONVERSATIONS} where f.x is not null and {where})"
        " select conversation_id, cluster_id, x, y, value, said, found from placed"
        f" where place <= {MOST} or place_in_cluster <= {OF_EACH} order by conversation_id",
        *sought,
        *values,
    )


def placed(chosen: Filter) -> int:
    """Return how many of the chosen conversations have a place on the map."""
    where, values = chosen.where()
    return int(query(f"select count(f.x) as n from {CONVERSATIONS} where {where}", *values)["n"].iloc[0])


@kept
def names(chosen: Filter) -> dict[str, list[tuple[float, float]]]:
    """Return the places to write the names of the chosen conversations' clusters at."""
    return places_of_names(points(chosen))


def places_of_names(points: pd.DataFrame) -> dict[str, list[tuple[float, float]]]:
    """Return for each cluster the points to write its name at, the best first.

    They are where many of its points are, and few others: the middle of a topic that is spread over the map may be where
    other topics are. Each is a point of the cluster itself.
    """
    size = max(np.ptp(points["x"]), np.ptp(points["y"]), 1e-9) / CELLS
    points = points.assign(column=points["x"] // size, row=points["y"] // size)
    cells = points.groupby(["cluster_id", "column", "row"], as_index=False).agg(
        own=("x", "size"), x=("x", "sum"), y=("y", "sum")
    )
    cells["everyone"] = cells.groupby(["column", "row"])["own"].transform("sum")
    above = query("select ancestor_cluster_id, descendant_cluster_id from bridge_kura__cluster_ancestors")
    joined = cells.merge(above, left_on="cluster_id", right_on="descendant_cluster_id")
    joined = joined.groupby(["ancestor_cluster_id", "column", "row"], as_index=False).agg(
        own=("own", "sum"), x=("x", "sum"), y=("y", "sum"), everyone=("everyone", "first")
    )
    joined["score"] = joined["own"] ** 2 / joined["everyone"]
    best = joined.sort_values(["score", "column", "row"], ascending=[False, True, True])
    best = best.groupby("ancestor_cluster_id").head(PLACES)
    best[["x", "y"]] = best[["x", "y"]].div(best["own"], axis=0)
    return {
        str(cluster): list(zip(part["x"], part["y"], strict=True))
        for cluster, part in _onto_points(best, points, above).groupby("ancestor_cluster_id", sort=False)
    }


def _onto_points(best: pd.DataFrame, points: pd.DataFrame, above: pd.DataFrame) -> pd.DataFrame:
    """Move each place to the nearest point of its cluster in the same cell."""
    candidates = best.merge(above, on="ancestor_cluster_id").merge(
        points[["cluster_id", "column", "row", "x", "y"]].rename(columns={"x": "px", "y": "py"}),
        left_on=["descendant_cluster_id", "column", "row"],
        right_on=["cluster_id", "column", "row"],
    )
    candidates["far"] = (candidates["x"] - candidates["px"]) ** 2 + (candidates["y"] - candidates["py"]) ** 2
    nearest = candidates.sort_values(["far", "px", "py"]).drop_duplicates(["ancestor_cluster_id", "column", "row"])
    nearest = nearest.sort_values(["score", "column", "row"], ascending=[False, True, True])
    return nearest.assign(x=nearest["px"], y=nearest["py"])
