"""The `kura` command: what a person wants to see in a terminal."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from kura_udfs.commands import arguments, places
from kura_udfs.commands.outputs import check_output, plural, whole_file
from kura_udfs.commands.warehouse import Warehouse
from kura_udfs.errors import KuraError
from kura_udfs.settings import EstimateSettings, EvaluateSettings, read_settings

if TYPE_CHECKING:
    from rich.console import Console

FALLS_SHORT = 3
"""Exit code of a selftest whose result is not to be believed; 1 is an error, and 2 what argparse makes of one."""

INTERRUPTED = 130
"""Exit code where somebody has pressed Ctrl+C, as shells have it."""

LEAST_MADE = 100
"""Conversations of a selftest: of fewer, most topics would have too few for a cluster."""


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = arguments.parser().parse_args(words)
    _fit_terminal()
    try:
        code = COMMANDS[options.command](options)
        sys.stdout.flush()
    except KuraError as error:
        print(f"kura: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("kura: stopped, as by Ctrl+C.", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:
        if isinstance(sys.stdout, io.TextIOWrapper):  # or Python tries once more at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):  # the reader has had enough, as `head` does
            return 0
        where = f"{error.filename}: " if error.filename else ""
        print(f"kura: stopped by the system: {where}{error.strerror or error}.", file=sys.stderr)
        return 1
    return code or 0


def _fit_terminal() -> None:
    """Make something to write to of whatever there is."""
    if sys.stdout is None:  # closed, as some schedulers start commands
        sys.stdout = io.StringIO()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that has fewer letters than the names
    if os.environ.get("COLUMNS") == "0":  # so says a terminal that knows no width; rich would show nothing
        del os.environ["COLUMNS"]


def write_package(options: argparse.Namespace) -> None:
    """Write the zip, put its name into the project in the working directory, and say what comes next.

    Raises
    ------
    KuraError
        As `packaging.package`.
    """
    from kura_udfs.commands import packaging

    zipped = packaging.package(options.output, None if options.no_weights else options.encoder)
    print(zipped)
    if not packaging.name_in_project(Path("dbt_project.yml"), zipped.name):
        print(f"Set the var kura_package to {zipped.name} unless the Kura in dbt_packages names it already.")
    print("Next: dbt run-operation kura_deploy")


def open_explorer(options: argparse.Namespace) -> NoReturn:
    """Become the explorer, which runs until it is stopped.

    Raises
    ------
    KuraError
        When it is not installed, or there is nothing to show.
    """
    from kura_udfs.commands import explore

    warehouse = Warehouse.of(options)
    explore.explore(explore.shown(warehouse.named, warehouse.manifest), options.streamlit)


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


def print_search(options: argparse.Namespace) -> None:
    """Print what is nearest to some words.

    Raises
    ------
    KuraError
        As `search.search`, and where the tables are in no database that this reads.
    """
    from rich.console import Console

    from kura_udfs.commands import search
    from kura_udfs.commands.terminal import rendered_search

    warehouse = Warehouse.of(options)
    if warehouse.manifest and warehouse.is_out_of_reach:
        raise KuraError(
            f"the vectors are on {warehouse.manifest.adapter}. Search there:"
            f" dbt run-operation kura_search --args '{{words: …, k: {options.k}}}'"
        )
    found = search.search(warehouse, options.words, options.k)
    Console().print(rendered_search(found))


def compact_file(options: argparse.Namespace) -> None:
    """Rewrite a DuckDB file, and say what it has become.

    Raises
    ------
    KuraError
        As `compaction.compact`, and where the tables are in no file of DuckDB's own.
    """
    from kura_udfs.warehouse import compaction

    database = Warehouse.of(options).database
    if places.ATTACHED.match(database):
        raise KuraError(
            f"{places.shown(database)} is no DuckDB file: docs/engines.md says how what was deleted goes there."
        )
    before, after = compaction.compact(places.existing(database))
    print(f"{database}: rewritten, {before / 1e6:.1f} MB before, {after / 1e6:.1f} MB now")


def print_findings(options: argparse.Namespace) -> int:
    """Print what is well and what is not; returns 1 if something isn't."""
    from rich.console import Console

    from kura_udfs.commands import doctor

    warehouse, console, ill = Warehouse.of(options), Console(soft_wrap=True), 0
    for finding in doctor.examine(warehouse):
        ill += not finding.is_well
        console.print(
            f"{'ok ' if finding.is_well else 'NO '} {finding.what}: {finding.found}", markup=False, highlight=False
        )
    return int(ill > 0)


def draw_tree(options: argparse.Namespace) -> None:
    """Print the tree of a DuckDB file.

    Raises
    ------
    KuraError
        When there is no such file, no built tree in it, no such lens, or a build is writing to it.
    """
    from rich.console import Console

    from kura_udfs.commands import tree
    from kura_udfs.commands.terminal import rendered_tree

    with Warehouse.of(options).opened(tree.NEEDED, tree.WANTED) as connection:
        clusters, run, unprocessed = tree.read(connection, options.lens)
    Console().print(rendered_tree(clusters, run, unprocessed, options.levels))


def tell_alerts(options: argparse.Namespace) -> None:
    """Print the alerts that go on, or post to a webhook those that it has not had.

    Raises
    ------
    KuraError
        As `draw_tree`, and when the webhook does not take them.
    """
    from kura_udfs.commands import alerts

    warehouse = Warehouse.of(options)
    if options.webhook is None:
        if warehouse.is_out_of_reach:
            found = alerts.DbtBoard().active()
        else:
            with warehouse.opened(alerts.NEEDED) as connection:
                found = alerts.OpenBoard(connection).active()
        print("\n".join(map(alerts.sentence, found)) or "No alerts.")
        return
    count = _posted(warehouse, options.webhook)
    print(f"Posted {count} new {'alert' if count == 1 else 'alerts'}.")


def _posted(warehouse: Warehouse, webhook: str) -> int:
    from kura_udfs.commands import alerts
    from kura_udfs.functions import private_files

    @contextmanager
    def opened() -> Iterator[alerts.OpenBoard]:
        private_files.begin(warehouse.database)
        try:
            with warehouse.opened_to_write(alerts.NEEDED, alerts.MEMORY) as (connection, memory):
                yield alerts.OpenBoard(connection, memory)
        finally:
            private_files.end()

    board = alerts.DbtBoard() if warehouse.is_out_of_reach else alerts.ClosedBoard(opened)
    return alerts.post_new(board, webhook, alerts.send)


def write_sample(options: argparse.Namespace) -> None:
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
    with Warehouse.of(options).opened(needed, sample.WANTED, beside=sample.WANTED) as connection:
        drawn = sample.draw(connection, options.per_cluster, options.level, options.lens, options.seed)
    sample.write(drawn, options.output)
    if options.output != "-":
        told = f"{plural(drawn.rows.num_rows, 'conversation')} of {plural(drawn.strata, 'cluster')}"
        print(f"{options.output}: {told}, standing for {drawn.conversations:,}")


def serve_agents(options: argparse.Namespace) -> None:
    """Answer an agent on standard input and output, until that is closed.

    Raises
    ------
    KuraError
        When the protocol's library is not installed, nobody knows where the tables are, or nothing can be said.
    """
    if sys.stdin is None or not isinstance(sys.stdout, io.TextIOWrapper):
        raise KuraError("agents speak over standard input and output, of which one is closed: a client opens both.")
    try:
        from kura_udfs.commands.agents import copies, server
    except ImportError as error:
        raise KuraError(
            f"agents are answered by the package {error.name}. Install it with `pip install 'kura-udfs[mcp]'`."
        ) from None
    from kura_udfs.commands import search

    warehouse = Warehouse.of(options)
    tools = server.Tools(copies.of_warehouse(warehouse), lambda words, k: search.search(warehouse, words, k))
    server.serve(tools).run()


def write_report(options: argparse.Namespace) -> None:
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
    check_output(options.output)
    with Warehouse.of(options).opened(tables.NEEDED, tables.WANTED, beside=tables.WANTED) as connection:
        rendered = page.rendered(tables.read(connection))
    with whole_file(options.output) as file:
        file.write(rendered)
    print(f"{options.output}: {options.output.stat().st_size / 1e6:.1f} MB")


def print_estimate(options: argparse.Namespace) -> None:
    """Print what the next run will ask a language model and what that costs, with the settings of the last dbt command.

    Raises
    ------
    KuraError
        When dbt has left no manifest, or there are no transcripts yet.
    """
    from rich.console import Console

    warehouse = Warehouse.of(options)
    if warehouse.manifest is None or "int_kura__summaries" not in warehouse.manifest.models:
        raise KuraError(
            f"there is no manifest of Kura's in {options.target_path}. Run this where dbt runs, after"
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


def print_evaluation(options: argparse.Namespace) -> None:
    """Print how good a build is, and write the figures as JSON if wanted.

    Raises
    ------
    KuraError
        As `draw_tree`, and when the labels can't be used or the file of figures can't be written.
    """
    from rich.console import Console

    from kura_udfs.commands import evaluate
    from kura_udfs.commands.terminal import rendered_evaluation

    if options.json:
        check_output(options.json)
    warehouse = Warehouse.of(options)
    named = warehouse.manifest.models.get("int_kura__cluster_names") if warehouse.manifest else None
    settings = read_settings(EvaluateSettings, named["config"]["meta"]) if named else None
    with (
        Console(stderr=True).status("") as status,
        warehouse.opened(evaluate.NEEDED, evaluate.WANTED) as connection,
    ):
        found = evaluate.evaluate(connection, options.labels, settings, options.stability, status.update)
    Console().print(rendered_evaluation(found))
    if options.json:
        _write_json(options.json, found.as_json())


def run_selftest(options: argparse.Namespace) -> int:
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
    if options.json:
        check_output(options.json)
    warehouse = Warehouse.of(options)
    model = warehouse.manifest.models.get("int_kura__summaries") if warehouse.manifest else None
    meta = model["config"]["meta"] if model else None
    rehearsal, notes = selftest.rehearsal(
        options.target_path / selftest.FOLDER, selftest.package_folder(options.project_dir), meta
    )
    mix, note = (selftest.read_mix(options.languages), None) if options.languages else _own_languages(warehouse)
    made = corpus.make(mix, options.conversations, options.seed)
    console = Console()
    status = Console(stderr=True).status("")
    with rehearsal.alone():
        rehearsal.prepare(made)
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
    with Warehouse(str(database), manifest).opened(estimate.NEEDED, estimate.WANTED) as connection:
        estimated = estimate.estimate_run(connection, settings)
    console.print(rendered_estimate(estimated))
    if goes_on or not any(stage.calls for stage in estimated.stages):
        return
    if not sys.stdin.isatty():
        raise KuraError("nothing was sent, because nobody can be asked here: say --yes to what it costs.")
    if input("Go on? [y/N] ").strip().lower() not in ("y", "yes"):
        raise KuraError("nothing was sent.")


def _write_json(output: Path, figures: Mapping[str, Any]) -> None:
    with whole_file(output) as file:
        file.write(json.dumps(figures, indent=2) + "\n")
    print(output)


COMMANDS: Mapping[str, Callable[[argparse.Namespace], int | None]] = {
    "alert": tell_alerts,
    "compact": compact_file,
    "doctor": print_findings,
    "estimate": print_estimate,
    "evaluate": print_evaluation,
    "explore": open_explorer,
    "init": print_steps,
    "mcp": serve_agents,
    "package": write_package,
    "report": write_report,
    "sample": write_sample,
    "search": print_search,
    "selftest": run_selftest,
    "tree": draw_tree,
}
"""What each of them runs, and returns an exit code other than 0, if it has one."""


if __name__ == "__main__":
    sys.exit(main())
