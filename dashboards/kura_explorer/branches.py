"""The branches of the tree that colours tell apart; the report has the same (`kura_udfs.commands.report.branches`)."""

from __future__ import annotations

import pandas as pd

MOST = 0.5  # of all conversations in topics: a colour that has more tells nothing


def of_clusters(clusters: pd.DataFrame) -> dict[str, str]:
    """Return the branch of each cluster: its topic or, where one topic has most of all, the part of that.

    Beside a taxonomy, most may be in what fits none of its topics.

    Parameters
    ----------
    clusters
        Those of a tree, in its order.

    Returns
    -------
    dict
        From `cluster_id` to that of the branch, in the order of the tree. What is divided has none, and neither have
        outliers and what is not named.
    """
    there = _told(clusters)
    divided, branch = set(_divided(there)["cluster_id"]), dict[str, str]()
    for cluster, parent in zip(there["cluster_id"], there["parent_cluster_id"], strict=True):
        if cluster not in divided:
            branch[cluster] = branch.get(parent, cluster)
    return branch


def divided(clusters: pd.DataFrame) -> str | None:
    """Return the name of the topic whose parts are branches; None where none has most of all."""
    return next(iter(_divided(_told(clusters))["name"]), None)


def _told(clusters: pd.DataFrame) -> pd.DataFrame:
    rest = clusters[["is_outliers", "is_unprocessed", "is_suppressed"]].astype(bool).any(axis="columns")
    return clusters[~rest & (clusters["conversation_count"] > 0)]


def _divided(there: pd.DataFrame) -> pd.DataFrame:
    """Return what has most of all, and parts: a topic and perhaps, below each other, some of what is in it."""
    is_top = ~there["parent_cluster_id"].isin(there["cluster_id"])
    most = there["conversation_count"] > MOST * there.loc[is_top, "conversation_count"].sum()
    return there[most & there["cluster_id"].isin(there["parent_cluster_id"])]
