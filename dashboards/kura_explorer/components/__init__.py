"""What Streamlit has no element for: the map, the treemap, the tree, a table with shades and quotations.

Each is a small script in the page without anything from outside. They write text with `textContent` or on a canvas, so
a name is never taken for HTML. A click comes back as an id.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

HERE = Path(__file__).parent


class Clicked(NamedTuple):
    """What was just done on the map."""

    cluster: str | None
    point: tuple[int, int] | None
    """Its place, and of how many."""
    area: list[tuple[float, float]] | None
    """The corners of what was drawn around."""


def map_of_points(
    points: pd.DataFrame,
    colours: list[str],
    legend: list[tuple[str, str]],
    labels: list[tuple[str, str, list[tuple[float, float]], int, int]],
    focus: str | None,
    members: list[int],
    area: tuple[tuple[float, float], ...],
    key: str,
) -> Clicked:
    """Show a map that can be zoomed and drawn on; returns what was just done on it.

    Parameters
    ----------
    points
        `x`, `y`, `colour` (index in `colours`), `label` (index in `labels`, or -1), `said`, and `found` where a search
        has found some of them.
    colours
        Colours of points.
    legend
        Pairs of text and colour.
    labels
        Id, name, places to choose from, level and count of clusters; the first ones win where there is no room for all.
    focus
        The cluster that fills the view at first.
    members
        The labels of that cluster and of those below it.
    area
        The corners of what has been drawn around.
    """
    data = {
        "xs": _packed(points["x"], "<f4"),
        "ys": _packed(points["y"], "<f4"),
        "colour": _packed(points["colour"], "<u1"),
        "label": _packed(points["label"], "<i2"),
        "found": _packed(points["found"], "<u1") if "found" in points else None,
        "said": points["said"].where(points["said"].notna(), "").tolist(),
        "colours": colours,
        "legend": legend,
        "labels": labels,
        "focus": focus,
        "members": members,
        "area": area or None,
    }
    events = {f"on_{event}_change": _nothing for event in Clicked._fields}
    chosen = _component("map")(data=data, key=key, **events)
    return Clicked(chosen.cluster, chosen.point and tuple(chosen.point), chosen.area)


def follow_the_screen() -> None:
    """Run the script again when the screen turns dark or light, so that all colours do."""
    made = st.components.v2.component("kura_scheme", js=(HERE / "scheme.js").read_text())
    made(key="scheme", on_turned_change=_nothing)


def quotes(texts: list[dict[str, str]], key: str) -> str | None:
    """Show what people said (`id`, `text`); returns the one just clicked."""
    return _component("quotes")(data={"quotes": texts}, key=key, on_open_change=_nothing).open


def treemap(tiles: list[dict[str, Any]], key: str) -> str | None:
    """Show tiles (`id`, `name`, `count`, `share`, `colour`, `is_leaf`) as a treemap; returns the one just clicked."""
    sizes = [tile["count"] for tile in tiles]
    boxes = zip(squarified(sizes, 1.9), squarified(sizes, 0.8), strict=True)  # for a screen, for a telephone
    placed = [{**tile, "wide": wide, "narrow": narrow} for tile, (wide, narrow) in zip(tiles, boxes, strict=True)]
    return _component("treemap")(data={"tiles": placed}, key=key, on_open_change=_nothing).open


def tree(rows: list[dict[str, Any]], period: str, key: str) -> str | None:
    """Show clusters as a tree with bars and lines; returns the one whose name was just clicked.

    Parameters
    ----------
    rows
        `id`, `parent`, `name`, `level`, `count`, `note` (what stands beside the count), `is_leaf`, `colour`, `line`
        (numbers), `flag` (words and their colour, or None), `open` (whether the branch is open at first).
    period
        What a number of `line` stands for: day, week or month.
    """
    longest = max((len(row["line"]) for row in rows), default=0)
    titles = ["Topic", "Conversations", f"Last {longest} {period}s" if longest > 1 else ""]
    data = {"rows": rows, "titles": titles, "name": "Topics"}
    return _component("tree")(data=data, key=key, on_open_change=_nothing).open


def grid(
    lenses: tuple[str, str],
    rows: list[dict[str, Any]],
    columns: list[dict[str, Any]],
    cells: list[list[dict[str, Any]]],
    shares: str,
    key: str,
) -> dict[str, str] | None:
    """Show a table with shaded cells; returns the `row` and the `column` of the one just clicked, or a `row` alone.

    Parameters
    ----------
    lenses
        What the rows are of, and what the columns.
    rows
        `id`, `name`, `count`, `colour`.
    columns
        `id`, `name`, `count`.
    cells
        For each row and column `count`, `said` (what stands in it) and `shade` (0 to 1).
    shares
        What percentages in cells are of: unresolved, say.
    """
    data = {"lenses": lenses, "rows": rows, "columns": columns, "cells": cells, "shares": shares}
    return _component("grid")(data=data, key=key, on_open_change=_nothing).open


def short_list(name: str, rows: list[dict[str, Any]], titles: tuple[str, str], key: str) -> str | None:
    """Show clusters as a list; returns the one just clicked.

    Parameters
    ----------
    name
        What a screen reader calls it.
    rows
        `id`, `name`, `colour`, `flag` (words and their colour) or `count`, and `note`, which stands beside. Of a list that
        opens also `parent`, `level` and `is_leaf`; what is none has no colour, and its name opens what is below it.
    titles
        Of the names and of the figures.
    """
    plain = [{"parent": None, "level": 0, "is_leaf": True, **row} for row in rows]
    data = {"rows": plain, "titles": titles, "name": name}
    return _component("tree")(data=data, key=key, on_open_change=_nothing).open


def squarified(sizes: list[float], ratio: float) -> list[tuple[float, float, float, float]]:
    """Return boxes (left, top, width, height, as parts of 1) whose areas are as the sizes and that are nearly square.

    Bruls, Huizing, van Wijk: Squarified treemaps (2000). `ratio` is the width of the whole divided by its height.
    `sizes` must come in descending order.
    """
    total = sum(sizes)
    boxes: list[tuple[float, float, float, float]] = []
    left, top, width, height = 0.0, 0.0, ratio, 1.0
    areas = [size / total * ratio for size in sizes if total]
    while areas:
        side = min(width, height)
        taken = 1
        while taken < len(areas) and _worst(areas[: taken + 1], side) <= _worst(areas[:taken], side):
            taken += 1
        row, areas = areas[:taken], areas[taken:]
        depth = sum(row) / side if side else 0
        along = 0.0
        for area in row:
            length = area / depth if depth else 0
            box = (left, top + along, depth, length) if width >= height else (left + along, top, length, depth)
            boxes.append((box[0] / ratio, box[1], box[2] / ratio, box[3]))
            along += length
        if width >= height:
            left, width = left + depth, width - depth
        else:
            top, height = top + depth, height - depth
    return boxes


def _worst(row: list[float], side: float) -> float:
    total = sum(row)
    return (
        max(side**2 * max(row) / total**2, total**2 / (side**2 * min(row))) if min(row) > 0 and side else float("inf")
    )


def _packed(values: pd.Series, kind: str) -> str:
    return base64.b64encode(values.to_numpy().astype(np.dtype(kind)).tobytes()).decode()


def _component(name: str) -> Any:
    # registered in each run of the script, because Streamlit forgets components when it reloads
    return st.components.v2.component(
        f"kura_{name}",
        js=(HERE / f"{name}.js").read_text(),
        css=(HERE / f"{name}.css").read_text(),
        html="<section></section>",
    )


def _nothing() -> None:
    pass
