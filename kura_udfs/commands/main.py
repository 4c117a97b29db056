"""The `kura` command: what a person wants to see in a terminal."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kura_udfs.commands import places
from kura_udfs.errors import KuraError
from kura_udfs.settings import EstimateSettings, read_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="kura", description="Look at what `dbt build` has made of your conversations."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--database",
        type=Path,
        default=os.environ.get("KURA_DUCKDB_PATH"),
        help="the DuckDB file (default: $KURA_DUCKDB_PATH, or the one that dbt wrote last)",
    )
    shared.add_argument(
        "--schema",
        action="append",
        default=[],
        help="the schema of the tables, if dbt's manifest doesn't say and there are several; can be repeated",
    )
    shared.add_argument(
        "--target-path",
        type=Path,
        default=Path(os.environ.get("DBT_TARGET_PATH", "target")),
        help="where dbt wrote manifest.json, which says where the tables are (default: $DBT_TARGET_PATH or target)",
    )
    tree = commands.add_parser("tree", parents=[shared], help="draw the hierarchy of clusters")
    tree.add_argument("--levels", type=int, default=None, metavar="N", help="draw only the top N levels")
    zipped = commands.add_parser("package", help="write the zip of kura_udfs that Snowflake imports")
    zipped.add_argument("--output", type=Path, default=Path("dist"), help="the folder to write to (default: dist)")
    zipped.add_argument(
        "--encoder",
        choices=["minilm", "multilingual"],
        default="minilm",
        help="the encoder to put beside it, as kura_embedder (default: minilm)",
    )
    zipped.add_argument("--no-weights", action="store_true", help="put no encoder beside it")
    report = commands.add_parser("report", parents=[shared], help="write one HTML file to send around")
    report.add_argument("--output", type=Path, required=True, metavar="FILE", help="the file to write")
    commands.add_parser(
        "estimate", parents=[shared], help="say what a language model will cost, before anything is sent"
    )
    options = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that has fewer letters than the names
    try:
        if options.command == "package":
            write_package(options.output, None if options.no_weights else options.encoder)
        elif options.command == "tree":
            draw_tree(Warehouse.of(options), options.levels)
        elif options.command == "report":
            write_report(options.output, Warehouse.of(options))
        else:
            print_estimate(Warehouse.of(options))
        sys.stdout.flush()
    except KuraError as error:
        print(f"kura: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader has had enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def write_package(folder: Path, encoder: str | None) -> None:
    """Write the zip, put its name into the project in the working directory, and say what comes next.

    Raises
    ------
    KuraError
        As `packaging.package`.
    """
    from kura_udfs.commands import packaging

    zipped = packaging.package(folder, encoder)
    print(zipped)
    if not packaging.name_in_project(Path("dbt_project.yml"), zipped.name):
        print(f"Set the var kura_package to {zipped.name} unless the Kura in dbt_packages names it already.")
    print("Next: dbt run-operation kura_deploy")


@dataclass(frozen=True)
class Warehouse:
    """What the command line and dbt's manifest say of where the tables are."""

    target_path: Path
    manifest: places.Manifest | None
    named: Path | None
    schemas: Sequence[str]

    @classmethod
    def of(cls, options: argparse.Namespace) -> Warehouse:
        """Read the manifest that the options name."""
        manifest = places.read_manifest(options.target_path)
        return cls(options.target_path, manifest, options.database, options.schema)

    def opened(
        self, needed: Sequence[str], wanted: Sequence[str] = (), remedy: str = places.NO_BUILD
    ) -> AbstractContextManager[Any]:
        """Open the file as `places.opened` does."""
        database = self.named or places.database_of(self.manifest)
        return places.opened(database, needed, wanted, self.manifest, self.schemas, remedy)


def draw_tree(warehouse: Warehouse, levels: int | None = None) -> None:
    """Print the tree of a DuckDB file.

    Raises
    ------
    KuraError
        When there is no such file, no built tree in it, or a build is writing to it.
    """
    from rich.console import Console

    from kura_udfs.commands.terminal import rendered_tree

    clusters, run, unprocessed = _read(warehouse)
    Console().print(rendered_tree(clusters, run, unprocessed, levels))


def write_report(output: Path, warehouse: Warehouse) -> None:
    """Write the tables of a DuckDB file as one HTML file.

    Raises
    ------
    KuraError
        As `draw_tree`, and when the libraries for charts are not installed.
    """
    try:
        from kura_udfs.commands.report import page, tables
    except ImportError as error:
        raise KuraError(
            f"a report needs the package {error.name}. Install it with `pip install 'kura-udfs[dashboard]'`."
        ) from None
    with warehouse.opened(tables.NEEDED) as connection:
        contents = tables.read(connection)
    output.write_text(page.rendered(contents), encoding="utf-8")
    print(f"{output}: {output.stat().st_size / 1e6:.1f} MB")


def print_estimate(warehouse: Warehouse) -> None:
    """Print what the next run will ask a language model and what that costs, with the settings of the last dbt command.

    Raises
    ------
    KuraError
        When dbt has left no manifest, or there are no transcripts yet.
    """
    from rich.console import Console

    if warehouse.manifest is None or "int_kura__summaries" not in warehouse.manifest.models:
        raise KuraError(
            f"there is no manifest of Kura's in {warehouse.target_path}. Run this where dbt runs, after"
            " dbt build --select +int_kura__transcripts --indirect-selection buildable, which sends nothing."
        )
    settings = read_settings(EstimateSettings, warehouse.manifest.models["int_kura__summaries"]["config"]["meta"])
    if settings.model.provider == "local" and settings.embedder.embedder != "openai":
        print("Provider local: nothing is sent, and it costs nothing.")
        return
    from kura_udfs.commands import estimate
    from kura_udfs.commands.terminal import rendered_estimate

    with warehouse.opened(estimate.NEEDED, estimate.WANTED, estimate.NO_TRANSCRIPTS) as connection:
        Console().print(rendered_estimate(estimate.estimate_run(connection, settings)))


def _read(warehouse: Warehouse) -> tuple[list[dict[str, object]], dict[str, object], dict[str, int]]:
    needed = ("dim_kura__clusters", "fct_kura__runs", "fct_kura__conversations")
    with warehouse.opened(needed) as connection:
        clusters = connection.sql("select * from dim_kura__clusters order by sort_order")
        run = connection.sql(
            "select whole.provider, whole.seconds, messages.rejected_share from fct_kura__runs as whole"
            " left join fct_kura__runs as messages on whole.run_id = messages.run_id and messages.stage = 'messages'"
            " where whole.stage = 'run' order by whole.started_at desc limit 1"
        )
        unprocessed = connection.sql(
            "select status, count(*) from fct_kura__conversations where status <> 'ok' group by 1 order by 2 desc, 1"
        )
        statuses: dict[str, int] = dict(unprocessed.fetchall())
        return clusters.to_arrow_table().to_pylist(), run.to_arrow_table().to_pylist()[0], statuses
