"""What is asked first when something does not work: versions, weights, the project, the tables, who holds the file."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from kura_udfs.commands import places
from kura_udfs.commands.outputs import plural
from kura_udfs.commands.warehouse import Warehouse, newest_run
from kura_udfs.errors import KuraError
from kura_udfs.vectors import encoders

DISTRIBUTIONS = ("kura-udfs", "dbt-core", "dbt-duckdb", "dbt-snowflake", "duckdb", "openai", "streamlit", "mcp")
NEEDED = ("dim_kura__clusters", "kura_publications")


class Finding(NamedTuple):
    """One line of the examination."""

    is_well: bool
    what: str
    found: str


def examine(warehouse: Warehouse) -> Iterator[Finding]:
    """Yield what is found, the most basic first."""
    yield Finding(sys.version_info >= (3, 11), "Python", sys.version.split()[0])
    for name in DISTRIBUTIONS:
        try:
            yield Finding(True, name, importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            optional = name in ("dbt-snowflake", "openai", "streamlit", "mcp")
            yield Finding(optional, name, "not installed")
    for encoder in ("minilm", "multilingual"):
        yield _encoder(encoder)
    yield _project(warehouse.manifest)
    try:
        database = warehouse.database
    except KuraError as error:
        yield Finding(False, "database", str(error))
        return
    yield _tables(warehouse, places.shown(database))


def _encoder(name: str) -> Finding:
    try:
        encoders.load_encoder(name)
    except KuraError as error:
        return Finding(False, f"encoder {name}", str(error))
    return Finding(True, f"encoder {name}", "its weights are there, and are the right ones")


def _project(manifest: places.Manifest | None) -> Finding:
    if manifest is None:
        return Finding(
            False,
            "dbt project",
            f"no manifest with Kura in it under {Path.cwd()}. Run this where dbt runs, after `dbt parse`; is Kura in"
            " packages.yml, and has `dbt deps` run?",
        )
    return Finding(True, "dbt project", f"{plural(len(manifest.models), 'model')} of Kura, on {manifest.adapter}")


def _tables(warehouse: Warehouse, place: str) -> Finding:
    try:
        with warehouse.opened(NEEDED) as connection:
            run = newest_run(connection)
            ((clusters,),) = connection.execute("select count(*) from dim_kura__clusters").fetchall()
    except KuraError as error:
        return Finding(False, "tables", str(error))
    when = f"of run {run[0]}, published {run[1]:%Y-%m-%d %H:%M} UTC" if run else "of no run yet"
    return Finding(True, "tables", f"{plural(clusters, 'cluster')} in {place}, {when}")
