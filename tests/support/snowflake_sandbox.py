"""Runs code as Snowflake would: in a process of its own that has the packages and the imports it declares, no others.

The processes are forks of one that has imported what most of them do (`snowflake_imports`): that takes longer than most of the
code. A procedure is run once; a function answers batches of arguments until nobody asks any more.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.metadata
import logging
import multiprocessing
import os
import re
import sys
import tempfile
import traceback
import types
import warnings
import zipimport
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple

REPOSITORY = Path(__file__).parents[2]
EVENT = "EVENT:"
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.support.snowflake_imports"])


class Ended(NamedTuple):
    """What is left of a procedure; `is_in_time` is false where it had to be stopped."""

    is_in_time: bool
    is_done: bool
    output: str
    errors: str


def procedure(task: dict[str, Any], seconds: float) -> Ended:
    """Run a procedure, for so many seconds at most."""
    with tempfile.TemporaryDirectory() as folder:
        files = [f"{folder}/output", f"{folder}/errors"]
        process = _processes.Process(target=_alone, args=(_run_procedure, task, files))
        process.start()
        process.join(seconds)
        is_in_time = not process.is_alive()
        process.kill()
        process.join()
        return Ended(
            is_in_time, process.exitcode == 0, *(Path(file).read_text() for file in files if Path(file).exists())
        )


def function(task: dict[str, Any]) -> tuple[BaseProcess, Connection]:
    """Start a function; return its process, and what takes lists of columns and gives what it makes of them."""
    ours, theirs = _processes.Pipe()
    process = _processes.Process(target=_alone, args=(_run_function, task, theirs), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def _alone(run: Callable[..., None], task: dict[str, Any], *arguments: Any) -> None:
    warnings.filterwarnings("ignore")
    os.chdir(tempfile.gettempdir())
    code = 1
    try:
        run(task, *arguments)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # closing a session calls what the stand-in for an account does not have


def confine(packages: list[str], files: list[str]) -> None:
    """Hide every installed package that is not declared, and put the imported files where code looks for them."""
    from tests.support.snowflake_imports import DISTRIBUTIONS  # which a fork has, and takes seconds anywhere else

    folder = Path(tempfile.mkdtemp())
    for file in files:
        (folder / Path(file).name).symlink_to(file)
    zips = [str(folder / Path(file).name) for file in files if file.endswith(".zip")]
    here = Path(__file__).parent
    sys.path = zips + [path for path in sys.path if Path(path) != here and not (Path(path) / "kura_udfs").is_dir()]
    sys._xoptions["snowflake_import_directory"] = f"{folder}/"
    allowed = required(packages)
    hidden = {
        module
        for module, distributions in DISTRIBUTIONS.items()
        if module != "kura_udfs" and not any(normal(name) in allowed for name in distributions)
    }

    class Confined(importlib.machinery.PathFinder):
        @classmethod
        def find_spec(cls, name: str, path: Any = None, target: Any = None) -> Any:
            # what the zip brings along is there; the modules of such a package have its path
            is_hidden = name.partition(".")[0] in hidden and path is None
            return super().find_spec(name, zips if is_hidden else path, target)

    zipimporters: Any = zipimport
    zipimporters._compile_source = compiled
    for module in [name for name in sys.modules if name.partition(".")[0] in {*hidden, "kura_udfs"}]:
        del sys.modules[module]
    sys.meta_path = [Confined if finder is importlib.machinery.PathFinder else finder for finder in sys.meta_path]


def compiled(path: str, source: bytes) -> Any:
    """Return the code of a module in a zip, which is compiled already where it is one of ours as it stands."""
    file = REPOSITORY / path.partition(".zip/")[2]
    if file.is_file() and file.read_bytes() == source:
        return importlib.machinery.SourceFileLoader(file.stem, str(file)).get_code(file.stem)
    return compile(source, path, "exec", dont_inherit=True)


def required(packages: list[str]) -> set[str]:
    """The packages with all that they need."""
    from packaging.requirements import Requirement

    found: set[str] = set()
    wanted = [Requirement(package) for package in packages]
    while wanted:
        requirement = wanted.pop()
        name = normal(requirement.name)
        if name in found:
            continue
        try:
            needs = [Requirement(text) for text in importlib.metadata.requires(name) or []]
        except importlib.metadata.PackageNotFoundError:
            continue
        found.add(name)
        wanted += [need for need in needs if not need.marker or need.marker.evaluate({"extra": ""})]
    return found


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _run_procedure(task: dict[str, Any], files: list[str]) -> None:
    for number, file in enumerate(files, start=1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), number)
    confine(task["packages"], task["files"])
    from snowflake.snowpark import Session

    session = Session.builder.configs(task["connection"]).create()
    for name, value in task["variables"].items():  # it runs with its caller's
        session.sql(f"set {name} = {value}").collect()
    logging.basicConfig(level=logging.INFO, format=EVENT + " %(name)s %(levelname)s %(message)s", stream=sys.stderr)
    module = types.ModuleType("procedure")
    exec(compile(task["body"], "<procedure>", "exec"), module.__dict__)
    print(module.main(session), flush=True)


def _run_function(task: dict[str, Any], batches: Connection) -> None:
    confine(task["packages"], task["files"])
    name, _, handler = task["handler"].rpartition(".")
    called = getattr(importlib.import_module(name), handler)
    is_vectorised = hasattr(called, "_sf_vectorized_input")
    while True:
        try:
            columns = batches.recv()
        except EOFError:
            return
        try:
            if is_vectorised:
                import pandas

                answered = called(pandas.DataFrame(dict(enumerate(columns))))
                if not isinstance(answered, pandas.Series):  # or an array of pandas
                    raise TypeError(f"a batch is answered by {type(answered).__name__}, which is not documented")
                result: Any = answered.tolist()
            else:
                result = [called(*row) for row in zip(*columns, strict=True)]
        except Exception as error:
            result = repr(error)
        batches.send(result)
