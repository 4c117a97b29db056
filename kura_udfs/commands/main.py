"""The `kura` command: what a person wants to see in a terminal."""

from __future__ import annotations

import argparse
import importlib.metadata
import io
import json
import os
import sys
import textwrap
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kura_udfs.commands import places
from kura_udfs.commands.outputs import plural, private_file
from kura_udfs.errors import KuraError
from kura_udfs.settings import EstimateSettings, EvaluateSettings, read_settings

if TYPE_CHECKING:
    from rich.console import Console

FALLS_SHORT = 3
"""Exit code of a selftest whose result is not to be believed; 1 is an error, and 2 what argparse makes of one."""

LEAST_MADE = 100
"""Conversations of a selftest: of fewer, most topics would have too few for a cluster."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="kura", description="Look at what `dbt build` has made of your conversations."
    )
    parser.add_argument("--version", action="version", version=f"kura {importlib.metadata.version('kura-udfs')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--database",
        default=os.environ.get("KURA_DUCKDB_PATH"),
        help="the DuckDB file, or ducklake:… or postgres:… (default: $KURA_DUCKDB_PATH, or what dbt wrote last)",
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
    dated = argparse.ArgumentParser(add_help=False)
    dated.add_argument("--at", metavar="TIME", help="a day or a time in UTC: what readers saw then; of a lake")
    tree = commands.add_parser("tree", parents=[shared, dated], help="draw the hierarchy of clusters")
    tree.add_argument(
        "--levels", type=partial(_count, least=1), default=None, metavar="N", help="draw only the top N levels"
    )
    tree.add_argument("--lens", default=None, metavar="NAME", help="draw the tree of another lens than the first")
    zipped = commands.add_parser("package", help="write the zip of kura_udfs that Snowflake imports")
    zipped.add_argument("--output", type=Path, default=Path("dist"), help="the folder to write to (default: dist)")
    zipped.add_argument(
        "--encoder",
        choices=["minilm", "multilingual"],
        default="minilm",
        help="the encoder to put beside it, as kura_embedder (default: minilm)",
    )
    zipped.add_argument("--no-weights", action="store_true", help="put no encoder beside it")
    begun = commands.add_parser("init", help="add Kura to a dbt project that is there")
    begun.add_argument(
        "--project-dir",
        type=Path,
        default=Path(os.environ.get("DBT_PROJECT_DIR", ".")),
        help="the folder with dbt_project.yml (default: $DBT_PROJECT_DIR or this folder)",
    )
    begun.add_argument("--profiles-dir", type=Path, help="the folder with profiles.yml (default: where dbt looks)")
    begun.add_argument("--input", metavar="TABLE", help="what to read, e.g. \"{{ source('app', 'chat_messages') }}\"")
    begun.add_argument("--package", metavar="PLACE", help="the dbt package, a folder or an address of git")
    searched = commands.add_parser(
        "search", parents=[shared], help="find the clusters and conversations nearest to words"
    )
    searched.add_argument("words", help="what it is about, in your own words and language")
    searched.add_argument(
        "-k", type=partial(_count, least=1), default=10, metavar="N", help="how many of each (default: 10)"
    )
    explored = commands.add_parser("explore", parents=[shared], help="look at it in a browser")
    explored.add_argument(
        "streamlit", nargs="*", metavar="-- OPTION", help="options of Streamlit, e.g. -- --server.port 8600"
    )
    commands.add_parser(
        "doctor", parents=[shared], help="say what is installed and where the tables are, and what is missing"
    )
    commands.add_parser(
        "compact", parents=[shared], help="rewrite the DuckDB file, so that what was deleted is not in its bytes either"
    )
    alerted = commands.add_parser(
        "alert", parents=[shared], help="say what has begun to be otherwise, once to a webhook"
    )
    alerted.add_argument(
        "--webhook",
        metavar="URL",
        default=os.environ.get("KURA_ALERT_WEBHOOK"),
        help="post what it has not had yet, as JSON in the form of Slack (default: $KURA_ALERT_WEBHOOK)",
    )
    sampled = commands.add_parser(
        "sample", parents=[shared], help="draw some conversations of every cluster, with weights, to evaluate on"
    )
    sampled.add_argument(
        "--per-cluster", type=_count, default=5, metavar="N", help="how many of each cluster (default: 5)"
    )
    sampled.add_argument(
        "--output", required=True, metavar="FILE", help="ends with .jsonl, .csv or .parquet; - for standard output"
    )
    sampled.add_argument(
        "--level", type=_count, metavar="N", help="of the clusters of this level, 0 is the top (default: the leaves)"
    )
    sampled.add_argument("--lens", default=None, metavar="NAME", help="of the clusters of another lens than the first")
    sampled.add_argument("--seed", type=int, default=0, help="another seed draws other conversations (default: 0)")
    commands.add_parser(
        "mcp", parents=[shared], help="let agents read the public tables, by the Model Context Protocol"
    )
    report = commands.add_parser("report", parents=[shared, dated], help="write one HTML file to send around")
    report.add_argument("--output", type=Path, required=True, metavar="FILE", help="the file to write")
    commands.add_parser(
        "estimate", parents=[shared], help="say what a language model will cost, before anything is sent"
    )
    evaluated = commands.add_parser(
        "evaluate", parents=[shared], help="say how good the result is: against labels, by its names, when fitted again"
    )
    evaluated.add_argument(
        "--labels", type=Path, metavar="FILE", help="CSV, Parquet or JSONL with conversation_id, label and maybe parent"
    )
    evaluated.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file, too")
    evaluated.add_argument(
        "--stability",
        type=_count,
        default=3,
        metavar="N",
        help="fit again with so many other seeds and so many random nine tenths (default: 3; 0 for not at all)",
    )
    tested = commands.add_parser(
        "selftest", parents=[shared], help="run made-up conversations of known topics through your settings"
    )
    tested.add_argument(
        "--languages", metavar="MIX", help="such as english:80,german:20 (default: the mix of your own conversations)"
    )
    tested.add_argument(
        "--project-dir",
        type=Path,
        default=Path(os.environ.get("DBT_PROJECT_DIR", ".")),
        help="the dbt project that Kura is, or is installed in (default: $DBT_PROJECT_DIR or this folder)",
    )
    tested.add_argument("--conversations", type=_count, default=600, metavar="N", help="how many (default: 600)")
    tested.add_argument("--seed", type=int, default=0, help="another seed makes other conversations (default: 0)")
    tested.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file, too")
    tested.add_argument("--yes", action="store_true", help="don't ask before a language model is paid")
    options = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that has fewer letters than the names
    try:
        if options.command == "package":
            write_package(options.output, None if options.no_weights else options.encoder)
        elif options.command == "tree":
            draw_tree(Warehouse.of(options), options.levels, options.lens)
        elif options.command == "alert":
            tell_alerts(Warehouse.of(options), options.webhook)
        elif options.command == "sample":
            write_sample(Warehouse.of(options), options)
        elif options.command == "mcp":
            serve_agents(Warehouse.of(options))
        elif options.command == "report":
            write_report(options.output, Warehouse.of(options))
        elif options.command == "init":
            return print_steps(options)
        elif options.command == "search":
            print_search(Warehouse.of(options), options.words, options.k)
        elif options.command == "explore":
            return open_explorer(Warehouse.of(options), options.streamlit)
        elif options.command == "compact":
            compact_file(Warehouse.of(options))
        elif options.command == "doctor":
            return print_findings(Warehouse.of(options))
        elif options.command == "evaluate":
            print_evaluation(Warehouse.of(options), options.labels, options.stability, options.json)
        elif options.command == "selftest":
            return run_selftest(Warehouse.of(options), options)
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
    named: str | None
    schemas: Sequence[str]
    moment: str | None = None

    @classmethod
    def of(cls, options: argparse.Namespace) -> Warehouse:
        """Read the manifest that the options name."""
        manifest = places.read_manifest(options.target_path)
        return cls(options.target_path, manifest, options.database, options.schema, getattr(options, "at", None))

    @property
    def is_out_of_reach(self) -> bool:
        """Whether the tables are where DuckDB can't read them, in Snowflake."""
        return self.named is None and self.manifest is not None and self.manifest.adapter != "duckdb"

    def opened(
        self,
        needed: Sequence[str],
        wanted: Sequence[str] = (),
        remedy: str = places.NO_BUILD,
        beside: Collection[str] = (),
    ) -> AbstractContextManager[Any]:
        """Open the database as `places.opened` does."""
        database = self.named or places.database_of(self.manifest)
        return places.opened(database, needed, wanted, self.manifest, self.schemas, remedy, self.moment, beside)


def open_explorer(warehouse: Warehouse, arguments: list[str]) -> int:
    """Run the explorer until it is stopped; returns its exit code.

    Raises
    ------
    KuraError
        When it is not installed, or there is nothing to show.
    """
    from kura_udfs.commands import explore

    return explore.explore(explore.shown(warehouse.named, warehouse.manifest), arguments)


def print_steps(options: argparse.Namespace) -> int:
    """Add Kura to a project and print what was done; returns 1 if something is left for a person to do."""
    from kura_udfs.commands import init

    left = False
    for step in init.init(options.project_dir, options.profiles_dir, options.input, options.package):
        print(f"{step.file}: {step.said}{':' if step.paste else ''}")
        if step.paste:
            left = True
            print(textwrap.indent(step.paste, "    "))
    print(
        "Next: dbt deps, then dbt build --select package:kura kura_topics, and kura tree;"
        " kura doctor says what is missing."
    )
    return int(left)


def print_search(warehouse: Warehouse, words: str, k: int) -> None:
    """Print what is nearest to some words.

    Raises
    ------
    KuraError
        As `search.search`, and where the tables are in no database that this reads.
    """
    from rich.console import Console

    from kura_udfs.commands import search
    from kura_udfs.commands.terminal import rendered_search

    manifest = warehouse.manifest
    if manifest and manifest.adapter != "duckdb" and not warehouse.named:
        raise KuraError(
            f"the vectors are on {manifest.adapter}. Search there:"
            f" dbt run-operation kura_search --args '{{words: …, k: {k}}}'"
        )
    database = warehouse.named or places.database_of(manifest)
    Console().print(rendered_search(search.search(database, words, k, manifest, warehouse.schemas)))


def compact_file(warehouse: Warehouse) -> None:
    """Rewrite a DuckDB file, and say what it has become.

    Raises
    ------
    KuraError
        As `compaction.compact`, and where the tables are in no file of DuckDB's own.
    """
    from kura_udfs.warehouse import compaction

    database = warehouse.named or places.database_of(warehouse.manifest)
    if places.ATTACHED.match(database):
        raise KuraError(
            f"{places.shown(database)} is no DuckDB file: docs/engines.md says how what was deleted goes there."
        )
    before, after = compaction.compact(places.existing(database))
    print(f"{database}: rewritten, {before / 1e6:.1f} MB before, {after / 1e6:.1f} MB now")


def print_findings(warehouse: Warehouse) -> int:
    """Print what is well and what is not; returns 1 if something isn't."""
    from rich.console import Console

    from kura_udfs.commands import doctor

    console, ill = Console(soft_wrap=True), 0
    for finding in doctor.examine(warehouse.manifest, warehouse.named, list(warehouse.schemas)):
        ill += not finding.is_well
        console.print(
            f"{'ok ' if finding.is_well else 'NO '} {finding.what}: {finding.found}", markup=False, highlight=False
        )
    return int(ill > 0)


def draw_tree(warehouse: Warehouse, levels: int | None = None, lens: str | None = None) -> None:
    """Print the tree of a DuckDB file.

    Raises
    ------
    KuraError
        When there is no such file, no built tree in it, no such lens, or a build is writing to it.
    """
    from rich.console import Console

    from kura_udfs.commands.terminal import rendered_tree

    clusters, run, unprocessed = _read(warehouse, lens)
    Console().print(rendered_tree(clusters, run, unprocessed, levels))


def tell_alerts(warehouse: Warehouse, webhook: str | None) -> None:
    """Print the alerts that go on, or post to a webhook those that it has not had.

    Raises
    ------
    KuraError
        As `draw_tree`, and when the webhook does not take them.
    """
    from kura_udfs.commands import alerts

    if webhook is None:
        if warehouse.is_out_of_reach:
            found = alerts.DbtBoard().active()
        else:
            with warehouse.opened(alerts.NEEDED) as connection:
                found = alerts.OpenBoard(connection).active()
        print("\n".join(map(alerts.sentence, found)) or "No alerts.")
        return
    count = _posted(warehouse, webhook)
    print(f"Posted {count} new {'alert' if count == 1 else 'alerts'}.")


def _posted(warehouse: Warehouse, webhook: str) -> int:
    from kura_udfs.commands import alerts
    from kura_udfs.functions import private_files

    if warehouse.is_out_of_reach:
        return alerts.post_new(alerts.DbtBoard(), webhook, alerts.send)
    database = warehouse.named or places.database_of(warehouse.manifest)
    private_files.begin(database)
    try:
        with places.opened_to_write(database, alerts.NEEDED, alerts.MEMORY, warehouse.manifest, warehouse.schemas) as (
            connection,
            memory,
        ):
            return alerts.post_new(alerts.OpenBoard(connection, memory), webhook, alerts.send)
    finally:
        private_files.end()


def write_sample(warehouse: Warehouse, options: argparse.Namespace) -> None:
    """Draw some conversations of every cluster and write them to a file.

    Raises
    ------
    KuraError
        As `sample.draw` and `sample.write`.
    """
    from kura_udfs.commands import sample

    if options.per_cluster < 1:
        raise KuraError("--per-cluster is 0, but of each cluster at least one conversation must stand for it.")
    sample.check_output(options.output)
    needed = (sample.FIRST, "bridge_kura__cluster_ancestors")
    with warehouse.opened(needed, sample.WANTED, beside=sample.WANTED) as connection:
        drawn = sample.draw(connection, options.per_cluster, options.level, options.lens, options.seed)
    sample.write(drawn, options.output)
    if options.output != "-":
        told = f"{plural(drawn.rows.num_rows, 'conversation')} of {plural(drawn.strata, 'cluster')}"
        print(f"{options.output}: {told}, standing for {drawn.conversations:,}")


def serve_agents(warehouse: Warehouse) -> None:
    """Answer an agent on standard input and output, until that is closed.

    Raises
    ------
    KuraError
        When the protocol's library is not installed, or nobody knows where the tables are.
    """
    try:
        from kura_udfs.commands.agents import copies, server
    except ImportError as error:
        raise KuraError(
            f"agents are answered by the package {error.name}. Install it with `pip install 'kura-udfs[mcp]'`."
        ) from None
    from kura_udfs.commands import search

    manifest, schemas = warehouse.manifest, tuple(warehouse.schemas)
    database = warehouse.named or places.database_of(manifest)
    tables = copies.of_warehouse(database, manifest, schemas)
    tools = server.Tools(tables, lambda words, k: search.search(database, words, k, manifest, schemas))
    server.serve(tools).run()


def write_report(output: Path, warehouse: Warehouse) -> None:
    """Write the tables of a DuckDB file as one HTML file.

    Raises
    ------
    KuraError
        As `draw_tree`, and when the libraries for charts are not installed or the file can't be written.
    """
    try:
        from kura_udfs.commands.report import page, tables
    except ImportError as error:
        raise KuraError(
            f"a report needs the package {error.name}. Install it with `pip install 'kura-udfs[dashboard]'`."
        ) from None
    with warehouse.opened(tables.NEEDED, tables.WANTED, beside=tables.WANTED) as connection:
        rendered = page.rendered(tables.read(connection))
    with private_file(output) as file:
        file.write(rendered)
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


def print_evaluation(warehouse: Warehouse, labels: Path | None, repeats: int, output: Path | None) -> None:
    """Print how good a build is, and write the figures as JSON if wanted.

    Raises
    ------
    KuraError
        As `draw_tree`, and when the labels can't be used or the file of figures can't be written.
    """
    from rich.console import Console

    from kura_udfs.commands import evaluate
    from kura_udfs.commands.terminal import rendered_evaluation

    manifest = warehouse.manifest
    named = manifest.models.get("int_kura__cluster_names") if manifest else None
    settings = read_settings(EvaluateSettings, named["config"]["meta"]) if named else None
    with (
        Console(stderr=True).status("") as status,
        warehouse.opened(evaluate.NEEDED, evaluate.WANTED) as connection,
    ):
        found = evaluate.evaluate(connection, labels, settings, repeats, status.update)
    Console().print(rendered_evaluation(found))
    if output:
        _write_json(output, found.as_json())


def run_selftest(warehouse: Warehouse, options: argparse.Namespace) -> int:
    """Run made-up conversations through the settings of the last dbt command, and print how much came back.

    Returns
    -------
    int
        The exit code: 0 when the result is to be believed, `FALLS_SHORT` when it is not.

    Raises
    ------
    KuraError
        When Kura's dbt project isn't there, nobody agrees to what it costs, or dbt fails.
    """
    from rich.console import Console

    from kura_udfs.commands import selftest
    from kura_udfs.commands.terminal import rendered_selftest
    from kura_udfs.evaluation import corpus

    if options.conversations < LEAST_MADE:
        raise KuraError(f"--conversations is {options.conversations}, but fewer than {LEAST_MADE} say nothing.")
    manifest = warehouse.manifest
    model = manifest.models.get("int_kura__summaries") if manifest else None
    meta = model["config"]["meta"] if model else None
    rehearsal, notes = selftest.rehearsal(
        warehouse.target_path / selftest.FOLDER, selftest.package_folder(options.project_dir), meta
    )
    mix, note = (selftest.read_mix(options.languages), None) if options.languages else _own_languages(warehouse)
    made = corpus.make(mix, options.conversations, options.seed)
    rehearsal.prepare(made)
    console = Console()
    status = Console(stderr=True).status("")
    if meta and (meta["provider"] != "local" or meta["embedder"] == "openai"):
        with status:
            status.update("counting what a language model would be asked")
            rehearsal.run(selftest.TRANSCRIPTS)
        _agree(console, rehearsal.folder, rehearsal.database, meta, options.yes)
    with status:
        found, names = selftest.rehearse(rehearsal, made, status.update)
    console.print(rendered_selftest(found, names, [*notes, *filter(None, [note])]))
    if options.json:
        topics = [{**topic._asdict(), "clusters": [names[c] for c in topic.clusters]} for topic in found.topics]
        _write_json(options.json, {**found._asdict(), "topics": topics, "misses": found.misses})
    return FALLS_SHORT if found.misses else 0


def _own_languages(warehouse: Warehouse) -> tuple[dict[str, float], str | None]:
    """Return the mix of the user's conversations; English where there is no build."""
    from kura_udfs.commands import selftest

    try:
        with warehouse.opened(("fct_kura__conversations",)) as connection:
            mix, note = selftest.languages_of(connection)
    except KuraError:
        mix, note = {}, "there is no build whose languages could be followed (--languages chooses others)"
    return mix or {"english": 1.0}, note


def _agree(console: Console, folder: Path, database: Path, meta: Mapping[str, Any], goes_on: bool) -> None:
    """Print what the run will cost, and ask whether to go on unless that is said already or nothing is asked."""
    from kura_udfs.commands import estimate, selftest
    from kura_udfs.commands.terminal import rendered_estimate

    settings = read_settings(EstimateSettings, selftest.adapted(meta))
    manifest = places.read_manifest(folder / "target")
    with places.opened(str(database), estimate.NEEDED, estimate.WANTED, manifest) as connection:
        estimated = estimate.estimate_run(connection, settings)
    console.print(rendered_estimate(estimated))
    if goes_on or not any(stage.calls for stage in estimated.stages):
        return
    if not sys.stdin.isatty():
        raise KuraError("nothing was sent, because nobody can be asked here: say --yes to what it costs.")
    if input("Go on? [y/N] ").strip().lower() not in ("y", "yes"):
        raise KuraError("nothing was sent.")


def _write_json(output: Path, figures: Mapping[str, Any]) -> None:
    with private_file(output) as file:
        file.write(json.dumps(figures, indent=2) + "\n")
    print(output)


def _count(text: str, least: int = 0) -> int:
    """Read a number of times or of things for argparse."""
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text} is no whole number from {least} up")
    return int(text)


def _read(warehouse: Warehouse, lens: str | None) -> tuple[list[dict[str, object]], dict[str, object], dict[str, int]]:
    needed, rows = ("dim_kura__clusters", "fct_kura__runs"), ("fct_kura__conversations",)
    with warehouse.opened(needed, rows) as connection:
        lenses = "select lens from dim_kura__clusters group by lens order by min(sort_order)"
        there = [name for (name,) in connection.sql(lenses).fetchall()]
        if lens and lens not in there:
            raise KuraError(f"there is no lens {lens} in the last build, which has {', '.join(there)} (kura_lenses).")
        chosen = lens or next(iter(there), "")
        clusters = connection.sql(
            "select * from dim_kura__clusters where lens = ? order by sort_order", params=[chosen]
        )
        run = connection.sql(
            "select whole.provider, whole.seconds, messages.rejected_share from fct_kura__runs as whole"
            " left join fct_kura__runs as messages on whole.run_id = messages.run_id and messages.stage = 'messages'"
            " where whole.stage = 'run' order by whole.started_at desc limit 1"
        )
        statuses: dict[str, int] = {}
        has_rows = connection.execute("select 1 from duckdb_views() where view_name = ?", rows).fetchall()
        if has_rows and chosen == there[:1][0]:
            unprocessed = connection.sql(
                "select status, count(*) from fct_kura__conversations where status <> 'ok'"
                " group by 1 order by 2 desc, 1"
            )
            statuses = dict(unprocessed.fetchall())
        return clusters.to_arrow_table().to_pylist(), run.to_arrow_table().to_pylist()[0], statuses


if __name__ == "__main__":
    sys.exit(main())
