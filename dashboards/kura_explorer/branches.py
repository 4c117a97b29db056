"""The branches of the tree that colours tell apart; the report has the same (`kura_udfs.commands.report.branches`)."""

from __future__ import annotations

import pandas as pd

MOST = 0.5  # of all conversations in topics: a colour that has more tells nothing


def of_clusters(clusters: pd.DataFrame) -> dict[str, str]:
    """Return the branch of each cluster: its topic or, where one topic has most of all, the part of that.

    Beside a taxonomy, most may be in what fits none of its topics. The largest branch gives its place to what is in it
    as long as it has more than `MOST`.

    Parameters
    ----------
    clusters
        Those of a tree, in its order.

    Returns
    -------
    dict
        From `cluster_id` to that of the branch, in the order of the tree. What is above a branch has none, and neither
        have outliers and what is not named.
    """
    there = _told(clusters)
    counts = dict(zip(there["cluster_id"], there["conversation_count"], strict=True))
    parents = dict(zip(there["cluster_id"], there["parent_cluster_id"], strict=True))
    below: dict[str | None, list[str]] = {}
    for cluster, parent in parents.items():
        below.setdefault(parent if parent in counts else None, []).append(cluster)
    found = below.pop(None, [])
    total = sum(map(counts.__getitem__, found))
    while found and (largest := max(found, key=counts.__getitem__)) in below and counts[largest] > MOST * total:
        place = found.index(largest)
        found[place : place + 1] = below[largest]
    branch = {cluster: cluster for cluster in found}
    for cluster, parent in parents.items():
        if parent in branch:
            branch.setdefault(cluster, branch[parent])
    return {cluster: branch[cluster] for cluster in parents if cluster in branch}


def divided(clusters: pd.DataFrame) -> str | None:
    """Return the name of the topic whose parts are branches; None where none has most of all."""
    tops = _told(clusters)
    names = tops.loc[(tops["level"] == 0) & ~tops["cluster_id"].isin(list(of_clusters(clusters))), "name"]
    return next(iter(names), None)


def _told(clusters: pd.DataFrame) -> pd.DataFrame:
    rest = clusters[["is_outliers", "is_unprocessed", "is_suppressed"]].astype(bool).any(axis="columns")
    return clusters[~rest & (clusters["conversation_count"] > 0)]
