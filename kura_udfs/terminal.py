"""The tree of clusters, drawn for a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text
from rich.tree import Tree

BAR_WIDTH = 20


def rendered_tree(clusters: Sequence[Mapping[str, Any]], run: Mapping[str, Any], levels: int | None = None) -> Tree:
    """Draw clusters as a tree with counts.

    Parameters
    ----------
    clusters
        Rows of `dim_kura__clusters` in their sort order.
    run
        `provider` and `seconds` of the run.
    levels
        Draw only so many levels; all of them by default.
    """
    named = [cluster for cluster in clusters if not cluster["is_outliers"] and not cluster["is_unprocessed"]]
    tops = [cluster for cluster in clusters if cluster["level"] == 0]
    counts = [
        _plural(sum(cluster["conversation_count"] for cluster in tops), "conversation"),
        _plural(sum(cluster["level"] == 0 for cluster in named), "topic"),
        _plural(sum(cluster["is_leaf"] for cluster in named), "cluster"),
        f"provider {run['provider']}",
        f"{run['seconds']:.0f} s",
    ]
    tree = Tree(Text(" · ".join(["Kura", *counts]), style="bold"), guide_style="dim")
    largest = max((cluster["conversation_count"] for cluster in tops), default=0)
    nodes = {None: tree}
    for cluster in clusters:
        is_reserved = cluster["is_outliers"] or cluster["is_unprocessed"]
        if (levels is None or cluster["level"] < levels) and (cluster["conversation_count"] or not is_reserved):
            branch = nodes[cluster["parent_cluster_id"]]
            nodes[cluster["cluster_id"]] = branch.add(_label(cluster, is_reserved, largest))
    return tree


def printable(text: str) -> str:
    """Return a text without what a reader can't see but a screen obeys.

    A name may come from hostile text: no escape sequences, no reversed writing direction.
    """
    return "".join(" " if unicodedata.category(letter).startswith("C") else letter for letter in text)


def _label(cluster: Mapping[str, Any], is_reserved: bool, largest: int) -> Text:
    count = f"{cluster['conversation_count']:,}"
    name = printable(cluster["name"])
    if is_reserved:
        return Text(f"{name.lower()} ({count})", style="dim")
    if cluster["level"] > 0:
        return Text.assemble(name, (f" ({count})", "dim"))
    bar = "▇" * max(1, round(BAR_WIDTH * cluster["conversation_count"] / largest))
    return Text.assemble((name, "bold"), (f" ({count} · {100 * cluster['share']:.0f} %) ", "dim"), (bar, "cyan"))


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
