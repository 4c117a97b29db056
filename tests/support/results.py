"""Where the figures of benchmarks are kept: a CSV file for each table, and its place in docs/benchmarks.md."""

from __future__ import annotations

import csv
import datetime
import importlib.metadata
import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table as Printed

ROOT = Path(__file__).parents[2]
VERSIONS = ("dbt-core", "dbt-duckdb", "duckdb", "numpy", "scikit-learn", "umap-learn")


class Results(NamedTuple):
    """A table of figures; cells are as they are to be read."""

    name: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


def show(results: Results, title: str = "") -> None:
    """Print a table."""
    printed = Printed(title=title or None, title_justify="left")
    for heading, column in zip(results.headings, zip(*results.rows, strict=True), strict=True):
        printed.add_column(heading, justify="right" if are_numbers(column) else "left", no_wrap=True)
    for row in results.rows:
        printed.add_row(*row)
    Console(width=160).print(printed)


def keep(results: Results, root: Path = ROOT) -> None:
    """Write a table to benchmarks/results, and to docs/benchmarks.md between its markers, with machine, versions and day."""
    with (root / "benchmarks" / "results" / f"{results.name}.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(results.headings)
        writer.writerows(results.rows)
    page = root / "docs" / "benchmarks.md"
    text = page.read_text()
    begin, end = markers(results.name)
    if not (begin in text and end in text):
        raise SystemExit(f"docs/benchmarks.md has no place for {results.name}: it would be between {begin} and {end}")
    place = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    made = f"{begin}\n{markdown(results.headings, results.rows)}\n\n*{circumstances()}*\n{end}"
    page.write_text(place.sub(lambda _: made, text))


def markers(name: str) -> tuple[str, str]:
    """Return what stands before and after a table in docs/benchmarks.md."""
    return f"<!-- {name} -->", f"<!-- /{name} -->"


def markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as Markdown, with columns of numbers on the right."""
    line = ["---:" if are_numbers(column) else "---" for column in zip(*rows, strict=True)]
    cells = [[cell.replace("|", "\\|") for cell in row] for row in (headings, line, *rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def are_numbers(column: Sequence[str]) -> bool:
    """Say whether the cells of a column are numbers, with their units perhaps."""
    return all(cell[:1].isdigit() for cell in column if cell)


def circumstances() -> str:
    """Say on what machine, with which versions and when."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in VERSIONS)
    machine = f"{processor()}, {len(os.sched_getaffinity(0))} cores, {platform.system()}"
    return f"{machine}; Python {platform.python_version()}, {versions}; {datetime.date.today():%d %B %Y}."


def processor() -> str:
    """Return the processor's name."""
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()
