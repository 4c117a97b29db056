"""The `kura` command: what a person wants to see in a terminal."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kura_udfs.errors import KuraError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="kura", description="Look at what `dbt build` has made of your conversations."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    tree = commands.add_parser("tree", help="draw the hierarchy of clusters")
    tree.add_argument("--levels", type=int, default=None, metavar="N", help="draw only the top N levels")
    report = commands.add_parser("report", help="write one HTML file to send around")
    report.add_argument("--output", type=Path, required=True, metavar="FILE", help="the file to write")
    for command in (tree, report):
        command.add_argument(
            "--database",
            type=Path,
            default=Path(os.environ.get("KURA_DUCKDB_PATH", "kura.duckdb")),
            help="the DuckDB file (default: $KURA_DUCKDB_PATH or kura.duckdb)",
        )
        command.add_argument("--schema", default="kura", help="the schema of the models (default: kura)")
    options = parser.parse_args(arguments)
    try:
        if options.command == "tree":
            draw_tree(options.database, options.schema, options.levels)
        else:
            write_report(options.output, options.database, options.schema)
    except KuraError as error:
        print(f"kura: {error}", file=sys.stderr)
        return 1
    return 0


def draw_tree(database: Path, schema: str, levels: int | None = None) -> None:
    """Print the tree of a DuckDB file.

    Raises
    ------
    KuraError
        When there is no such file, no built tree in it, or a build is writing to it.
    """
    from rich.console import Console

    from kura_udfs.terminal import rendered_tree

    clusters, run = _read(database, schema)
    Console().print(rendered_tree(clusters, run, levels))


def write_report(output: Path, database: Path, schema: str) -> None:
    """Write the tables of a DuckDB file as one HTML file.

    Raises
    ------
    KuraError
        As `draw_tree`, and when the libraries for charts are not installed.
    """
    try:
        from kura_udfs.report import page, tables
    except ImportError as error:
        raise KuraError(
            f"a report needs the package {error.name}. Install it with `pip install 'kura-udfs[dashboard]'`."
        ) from None
    with _opened(database, schema) as connection:
        contents = tables.read(connection)
    output.write_text(page.rendered(contents), encoding="utf-8")
    print(f"{output}: {output.stat().st_size / 1e6:.1f} MB")


def _read(database: Path, schema: str) -> tuple[list[dict[str, object]], dict[str, object]]:
    with _opened(database, schema) as connection:
        clusters = connection.sql("select * from dim_kura__clusters order by sort_order")
        run = connection.sql(
            "select provider, seconds from fct_kura__runs where stage = 'run' order by started_at desc limit 1"
        )
        return clusters.to_arrow_table().to_pylist(), run.to_arrow_table().to_pylist()[0]


@contextmanager
def _opened(database: Path, schema: str) -> Iterator[Any]:
    """Open a DuckDB file for reading with the schema of the models as the current one."""
    import duckdb

    if not database.exists():
        raise KuraError(f"there is no database {database}. Run `dbt build` first, or name it with --database.")
    try:
        connection = duckdb.connect(str(database), read_only=True)
    except duckdb.IOException as error:
        raise KuraError(f"{database} can't be opened; is a `dbt build` running? DuckDB says: {error}") from None
    with connection:
        try:
            # in kura.duckdb, `kura` alone could be the schema or the database
            database_name = connection.execute("select current_database()").fetchall()[0][0]
            connection.execute(
                "use " + ".".join('"' + part.replace('"', '""') + '"' for part in (database_name, schema))
            )
            yield connection
        except duckdb.CatalogException:
            raise KuraError(
                f"{database} has no finished build in the schema {schema}. Run `dbt build` first."
            ) from None
