"""Runs dbt and kura in processes that begin where others are after seconds: with both imported, and a project parsed once.

A server imports and parses, and forks for every run; so each run is a process of its own, with its environment, its folder
and nothing left of the run before. Runs with the same variables take the project as it was parsed for the first of them. The
server speaks lines of JSON: a command, a folder and an environment come in, the number of the process goes out; then that number
comes in, and its return code goes out, as soon as there is one or null until then. What a run prints stands in the two files that
the first line names.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, NoReturn

REPOSITORY = Path(__file__).parents[2]
# what dbt, the models and the functions import while they run
IMPORTED = (
    "dbt.adapters.duckdb", "dbt.adapters.duckdb.environments.local", "dbt.adapters.snowflake", "dbt.task.build", "aiohttp",
    "daff", "graspologic_native", "kura_udfs.functions.duckdb", "kura_udfs.stages.cluster_fit",
    "kura_udfs.stages.cluster_names", "kura_udfs.stages.embeddings", "kura_udfs.stages.language_shifts",
    "kura_udfs.stages.map", "kura_udfs.stages.summaries", "lingua", "openai", "pandas", "pyarrow.dataset",
    "sklearn.cluster", "snowballstemmer", "sqlparse", "tokenizers",
)  # fmt: skip
# what an interpreter and its libraries read when they begin, and a fork can't read again
READ_AT_START = ("PYTHON", "LANG", "LC_", "LD_", "TZ", "OMP_", "OPENBLAS_", "NUMBA_")
# but for this, of which there is a server for each: tests of engines have a DuckDB of their own
MODULES = "PYTHONPATH"
PARSED_COMMANDS = {"build", "run", "test", "run-operation"}
OF_THE_RUN = {"--select", "--exclude", "--full-refresh", "--empty", "--project-dir", "--vars", "--args"}
"""Options that say nothing to who parses, or are looked at."""
NOT_PARSED = {
    "DBT_PROFILES_DIR", "DBT_TARGET_PATH", "DBT_LOG_PATH", "DBT_LOG_LEVEL_FILE", "DBT_WRITE_JSON", "DBT_EXCLUDE_RESOURCE_TYPES",
    "DBT_SEND_ANONYMOUS_USAGE_STATS", "KURA_DUCKDB_PATH", "KURA_HASH_SALT",
}  # fmt: skip
"""Variables of the environment that say nothing to who parses."""
PARTS = ("dbt_project.yml", "macros", "models", "python_models", "seeds", "tests/singular")
"""What dbt reads of the repository."""


def can_run(environment: Mapping[str, str]) -> bool:
    """Say whether a run in that environment would be what a new interpreter does."""
    return sys.platform == "linux" and _read_at_start(environment) == _read_at_start(os.environ)


def run(
    command: list[str], folder: Path, environment: Mapping[str, str], parsed_with: Mapping[str, Any] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command of dbt or kura, as `subprocess.run` would.

    Where `parsed_with` is given, the project is taken as it is parsed with these variables, and those of the command are only
    for what runs: staging models are parsed alike whatever is read.
    """
    with tempfile.TemporaryDirectory() as written:
        files = [Path(written) / name for name in ("stdout", "stderr")]
        code = _ended(_started(command, folder, environment, files, parsed_with), environment)
        assert code is not None
        return subprocess.CompletedProcess(command, code, *(file.read_text() for file in files))


class Run:
    """A command of dbt that goes on beside the test, with what the test needs of `subprocess.Popen`."""

    def __init__(self, command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
        self.returncode: int | None = None
        self._environment = dict(environment)
        with tempfile.TemporaryDirectory() as written:
            pipe = Path(written) / "printed"
            os.mkfifo(pipe)
            self.pid = _started(command, folder, environment, [pipe, pipe])
            self.stdout = pipe.open()

    def poll(self) -> int | None:
        """Return its code, or nothing as long as it goes on."""
        if self.returncode is None:
            self.returncode = _ended(self.pid, self._environment, waits=False)
        return self.returncode

    def wait(self) -> int:
        """Wait until it has ended; return its code."""
        self.stdout.read()  # it could not go on printing where nobody reads
        self.stdout.close()
        if self.returncode is None:
            self.returncode = _ended(self.pid, self._environment)
        assert self.returncode is not None
        return self.returncode


def _started(
    command: list[str],
    folder: Path,
    environment: Mapping[str, str],
    files: list[Path],
    parsed_with: Mapping[str, Any] | None = None,
) -> int:
    task = {
        "command": command,
        "folder": str(folder),
        "environment": dict(environment),
        "files": list(map(str, files)),
        "parsed_with": parsed_with,
    }
    return int(_answer(task, environment))


def _ended(process: int, environment: Mapping[str, str], waits: bool = True) -> int | None:
    code = _answer({"process": process, "waits": waits}, environment)
    return None if code is None else int(code)


def _answer(question: Mapping[str, Any], environment: Mapping[str, str]) -> Any:
    server = _server(environment.get(MODULES))
    assert server.stdin
    assert server.stdout
    server.stdin.write(json.dumps(question) + "\n")
    server.stdin.flush()
    return json.loads(server.stdout.readline())


def _read_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(READ_AT_START) and name != MODULES}


@cache
def _server(modules: str | None) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.support.warm_runs"]
    environment = {**os.environ, MODULES: modules} if modules else None
    server = subprocess.Popen(
        command, cwd=REPOSITORY, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    atexit.register(_end, server)
    return server


def _end(server: subprocess.Popen[str]) -> None:
    assert server.stdin
    server.stdin.close()
    server.wait()


def serve() -> None:
    """Answer until nobody asks any more."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    _warm_up()
    for line in sys.stdin:
        question = json.loads(line)
        if "process" in question:
            answer = _code(**question)
        else:
            project = _parsed_before(**question)
            answer = os.fork() or _become(question, project)
        answers.write(f"{json.dumps(answer)}\n")
        answers.flush()


def _code(process: int, waits: bool) -> int | None:
    ended, status = os.waitpid(process, 0 if waits else os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _warm_up() -> None:
    """Import what runs import, and parse the project as most tests of the staging models take it."""
    from dbt.parser.manifest import extended_mashumaro_encoder, extended_mashumuro_decoder
    from dbt_common.clients.jinja import template_cache
    from dbt_common.tests import enable_test_caching

    from tests.support.quick_dbt import hurry

    for module in IMPORTED:
        importlib.import_module(module)
    _load_what_runs_load()
    _read_rows_of_snowflake()
    enable_test_caching()  # what is read of a macro is read once
    hurry()
    manifest = _parsed(str(REPOSITORY), _state(REPOSITORY), (REPOSITORY / "profiles.example.yml").read_text(), "{}", ())
    assert manifest
    for macro in manifest.macros.values():
        template_cache.get_node_template(macro)
    # what reads a parsed project is made when it reads the first one
    parsed = manifest.to_msgpack(extended_mashumaro_encoder)
    type(manifest).from_msgpack(parsed, decoder=extended_mashumuro_decoder)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)  # what is frozen is not counted, and all else would be looked through for ever


def _parsed_before(
    command: list[str], environment: Mapping[str, str], parsed_with: dict[str, Any] | None, **_: Any
) -> Any:
    """Return the project as it is parsed for such a run; None where the run has to do that itself, or where it fails."""
    profiles = Path(environment.get("DBT_PROFILES_DIR", ""), "profiles.yml")
    is_plain = (
        Path(command[0]).name == "dbt"
        and command[1] in PARSED_COMMANDS
        and {argument for argument in command if argument.startswith("-")} <= OF_THE_RUN
        and environment.get("DBT_WRITE_JSON") == "false"  # otherwise what is parsed is to be written, too
        and profiles.is_file()
    )
    if not is_plain:
        return None
    project, profile = Path(command[command.index("--project-dir") + 1]), profiles.read_text()
    file = Path(environment.get("KURA_DUCKDB_PATH", ""))
    if "type: duckdb" in profile and (project, file.name) != (REPOSITORY, "warehouse.duckdb"):
        return None  # the name of the file is in the names of tables, and a guest's project changes from run to run
    told = command[command.index("--vars") + 1] if "--vars" in command else "{}"
    variables = json.loads(told) if parsed_with is None else parsed_with
    source = Path(str(variables.get("kura_input")))
    if source.is_absolute():
        variables["kura_input"] = f"/read/by/a/run{source.suffix}"
    read = [
        (name, value) for name, value in sorted(environment.items())
        if name.startswith(("DBT_", "KURA_")) and name not in NOT_PARSED
    ]  # fmt: skip
    return _parsed(str(project), _state(project), profile, json.dumps(variables), tuple(read))


def _state(project: Path) -> int:
    """Return what is another one when a file of a project is: tests write into copies of it."""
    files = [project / "dbt_project.yml", *(file for part in PARTS for file in (project / part).rglob("*.*"))]
    return hash(tuple((str(file), file.stat().st_mtime_ns) for file in files))


@lru_cache(maxsize=16)
def _parsed(project: str, state: int, profiles: str, variables: str, environment: tuple[tuple[str, str], ...]) -> Any:
    """Parse a project; return None if that fails."""
    from dbt.cli.main import dbtRunner

    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "profiles.yml").write_text(profiles)
        os.environ |= {
            **dict(environment),
            "DBT_PROFILES_DIR": folder,
            "DBT_TARGET_PATH": folder,
            "DBT_LOG_PATH": folder,
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }
        # the static parser keeps threads, and a fork has none of them
        options = ["--no-static-parser", "--no-write-json", "--project-dir", project, "--vars", variables]
        done = dbtRunner().invoke(["--quiet", "parse", *options])
    os.environ.clear()
    os.environ |= before
    return done.result if done.success else None


def _load_what_runs_load() -> None:
    """Load models and lists of words, a tenth of what a small build takes; one in another folder is loaded by its run."""
    from kura_udfs.clustering.projection import load_umap
    from kura_udfs.naming.persons import name_lists
    from kura_udfs.text.languages import human_language
    from kura_udfs.vectors.encoders import load_encoder

    load_umap()
    name_lists()
    human_language("Where is my parcel?")
    for encoder in ("minilm", "multilingual"):
        load_encoder(encoder)


def _read_rows_of_snowflake() -> None:
    """Read a row as the connector does: two threads that are the first to read one wait for each other for ever."""
    import pyarrow as pa
    from snowflake.connector.arrow_context import ArrowConverterContext
    from snowflake.connector.nanoarrow_arrow_iterator import PyArrowRowIterator

    rows = pa.table({"a": ["one"]}, pa.schema([pa.field("a", pa.string(), metadata={"logicalType": "TEXT"})]))
    written = pa.BufferOutputStream()
    with pa.ipc.new_stream(written, rows.schema) as stream:
        stream.write_table(rows)
    arrow = written.getvalue().to_pybytes()
    assert list(PyArrowRowIterator(None, arrow, ArrowConverterContext(), False, False, False, True)) == [("one",)]


def _become(task: Mapping[str, Any], manifest: Any) -> NoReturn:
    """Be the process of a command, to its end."""
    os.environ.clear()
    os.environ |= task["environment"]
    os.chdir(task["folder"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    # each is opened once: nobody waits for the second time that a pipe is
    printed = {file: os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) for file in {*task["files"]}}
    for number, file in enumerate([nothing, *(printed[file] for file in task["files"])]):
        os.dup2(file, number)
    sys.argv = task["command"]
    subprocess.run = _warm(subprocess.run)
    gc.set_threshold(1_000_000)  # a run ends before it is worth it to look for what is left over so often
    code: Any = 1
    try:
        code = _entry_point(Path(sys.argv[0]).name, manifest)()
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _warm(run: Callable[..., Any]) -> Callable[..., Any]:
    """Return what starts processes in a run, where one of dbt is a fork of that run."""

    def run_warm(command: list[str], **options: Any) -> Any:
        if Path(command[0]).name != "dbt":
            return run(command, **options)
        written = Path(tempfile.mkdtemp())  # which no process takes away at its end
        files = [written / "stdout", written / "stderr"]
        task = {"command": command, "folder": ".", "environment": options["env"], "files": [*map(str, files)]}
        _, status = os.waitpid(os.fork() or _become(task, None), 0)
        printed = [file.read_text() for file in files]
        shutil.rmtree(written)
        return subprocess.CompletedProcess(command, os.waitstatus_to_exitcode(status), *printed)

    return run_warm


def _entry_point(name: str, manifest: Any) -> Callable[[], Any]:
    """Return what a script of that name calls."""
    if name == "kura":
        from kura_udfs.commands.main import main

        return main
    from dbt.cli.main import cli

    return partial(cli, obj={"manifest": manifest} if manifest else None)


if __name__ == "__main__":
    serve()
