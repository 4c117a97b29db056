"""What the `kura` command understands."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


MOST = 10**9
"""Of whatever is counted; a larger number in a query would be an error of the database, and means no more."""


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line; `command` says which of the commands it names."""
    kura = argparse.ArgumentParser(prog="kura", description="Look at what `dbt build` has made of your conversations.")
    kura.add_argument("--version", action="version", version=f"kura {importlib.metadata.version('kura-udfs')}")
    commands = kura.add_subparsers(dest="command", required=True, metavar="COMMAND")
    tables = _of_tables()
    _to_look(commands, tables)
    _to_set_up(commands, tables)
    _to_tell_others(commands, tables)
    _to_judge(commands, tables)
    return kura


def _of_tables() -> argparse.ArgumentParser:
    """Return the arguments that say where the tables are."""
    tables = argparse.ArgumentParser(add_help=False)
    tables.add_argument(
        "--database",
        default=os.environ.get("KURA_DUCKDB_PATH"),
        help="the DuckDB file, or ducklake:… or postgres:… (default: $KURA_DUCKDB_PATH, or what dbt wrote last)",
    )
    tables.add_argument(
        "--schema",
        action="append",
        default=[],
        help="the schema of the tables, if dbt's manifest doesn't say and there are several; can be repeated",
    )
    tables.add_argument(
        "--target-path",
        type=Path,
        default=Path(os.environ.get("DBT_TARGET_PATH", "target")),
        help="where dbt wrote manifest.json, which says where the tables are (default: $DBT_TARGET_PATH or target)",
    )
    return tables


def _to_look(commands: Commands, tables: argparse.ArgumentParser) -> None:
    dated = argparse.ArgumentParser(add_help=False)
    dated.add_argument("--at", metavar="TIME", help="a day or a time in UTC: what readers saw then; of a lake")

    tree = commands.add_parser("tree", parents=[tables, dated], help="draw the hierarchy of clusters")
    tree.add_argument("--levels", type=partial(_count, least=1), metavar="N", help="draw only the top N levels")
    tree.add_argument("--lens", metavar="NAME", help="draw the tree of another lens than the first")

    search = commands.add_parser(
        "search", parents=[tables], help="find the clusters and conversations nearest to words"
    )
    search.add_argument("words", help="what it is about, in your own words and language")
    search.add_argument(
        "-k", type=partial(_count, least=1), default=10, metavar="N", help="how many of each (default: 10)"
    )

    explore = commands.add_parser("explore", parents=[tables], help="look at it in a browser")
    explore.add_argument(
        "streamlit", nargs="*", metavar="-- OPTION", help="options of Streamlit, e.g. -- --server.port 8600"
    )

    report = commands.add_parser("report", parents=[tables, dated], help="write one HTML file to send around")
    report.add_argument("--output", type=Path, required=True, metavar="FILE", help="the file to write")


def _to_set_up(commands: Commands, tables: argparse.ArgumentParser) -> None:
    init = commands.add_parser("init", help="add Kura to a dbt project that is there")
    _add_project(init, "the folder with dbt_project.yml")
    init.add_argument("--profiles-dir", type=Path, help="the folder with profiles.yml (default: where dbt looks)")
    init.add_argument("--input", metavar="TABLE", help="what to read, e.g. \"{{ source('app', 'chat_messages') }}\"")
    init.add_argument("--package", metavar="PLACE", help="the dbt package, a folder or an address of git")

    commands.add_parser(
        "doctor", parents=[tables], help="say what is installed and where the tables are, and what is missing"
    )
    commands.add_parser(
        "compact", parents=[tables], help="rewrite the DuckDB file, so that what was deleted is not in its bytes either"
    )

    package = commands.add_parser("package", help="write the zip of kura_udfs that Snowflake imports")
    package.add_argument("--output", type=Path, default=Path("dist"), help="the folder to write to (default: dist)")
    package.add_argument(
        "--encoder",
        choices=["minilm", "multilingual"],
        default="minilm",
        help="the encoder to put beside it, as kura_embedder (default: minilm)",
    )
    package.add_argument("--no-weights", action="store_true", help="put no encoder beside it")


def _to_tell_others(commands: Commands, tables: argparse.ArgumentParser) -> None:
    alert = commands.add_parser("alert", parents=[tables], help="say what has begun to be otherwise, once to a webhook")
    alert.add_argument(
        "--webhook",
        metavar="URL",
        default=os.environ.get("KURA_ALERT_WEBHOOK"),
        help="post what it has not had yet, as JSON in the form of Slack (default: $KURA_ALERT_WEBHOOK)",
    )

    commands.add_parser(
        "mcp", parents=[tables], help="let agents read the public tables, by the Model Context Protocol"
    )


def _to_judge(commands: Commands, tables: argparse.ArgumentParser) -> None:
    commands.add_parser(
        "estimate", parents=[tables], help="say what a language model will cost, before anything is sent"
    )

    evaluate = commands.add_parser(
        "evaluate", parents=[tables], help="say how good the result is: against labels, by its names, when fitted again"
    )
    evaluate.add_argument(
        "--labels", type=Path, metavar="FILE", help="CSV, Parquet or JSONL with conversation_id, label and maybe parent"
    )
    _add_json(evaluate)
    evaluate.add_argument(
        "--stability",
        type=_count,
        default=3,
        metavar="N",
        help="fit again with so many other seeds and so many random nine tenths (default: 3; 0 for not at all)",
    )

    selftest = commands.add_parser(
        "selftest", parents=[tables], help="run made-up conversations of known topics through your settings"
    )
    selftest.add_argument(
        "--languages", metavar="MIX", help="such as english:80,german:20 (default: the mix of your own conversations)"
    )
    _add_project(selftest, "the dbt project that Kura is, or is installed in")
    selftest.add_argument("--conversations", type=_count, default=600, metavar="N", help="how many (default: 600)")
    selftest.add_argument("--seed", type=int, default=0, help="another seed makes other conversations (default: 0)")
    _add_json(selftest)
    selftest.add_argument("--yes", action="store_true", help="don't ask before a language model is paid")

    sample = commands.add_parser(
        "sample", parents=[tables], help="draw some conversations of every cluster, with weights, to evaluate on"
    )
    sample.add_argument(
        "--per-cluster", type=_count, default=5, metavar="N", help="how many of each cluster (default: 5)"
    )
    sample.add_argument(
        "--output", required=True, metavar="FILE", help="ends with .jsonl, .csv or .parquet; - for standard output"
    )
    sample.add_argument(
        "--level", type=_count, metavar="N", help="of the clusters of this level, 0 is the top (default: the leaves)"
    )
    sample.add_argument("--lens", metavar="NAME", help="of the clusters of another lens than the first")
    sample.add_argument("--seed", type=int, default=0, help="another seed draws other conversations (default: 0)")


def _add_project(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument(
        "--project-dir",
        type=Path,
        default=Path(os.environ.get("DBT_PROJECT_DIR", ".")),
        help=f"{what} (default: $DBT_PROJECT_DIR or this folder)",
    )


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file, too")


def _count(text: str, least: int = 0) -> int:
    """Read a number of times or of things."""
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text} is no whole number from {least} up")
    return min(int(text), MOST)
