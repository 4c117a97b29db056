"""Runs code as Snowflake would: in a process of its own that has the packages and the imports it declares, no others.

Started as a script by `snowflake_account`, with a task as JSON. A procedure is run once; a function answers batches of arguments
until its input ends.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.metadata
import json
import logging
import os
import pickle
import re
import sys
import tempfile
import types
import warnings
from pathlib import Path
from typing import Any

EVENT = "EVENT:"
DISTRIBUTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def confine(packages: list[str], files: list[str]) -> None:
    """Hide every installed package that is not declared, and put the imported files where code looks for them."""
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
        for module, distributions in importlib.metadata.packages_distributions().items()
        if module != "kura_udfs" and not any(normal(name) in allowed for name in distributions)
    }

    class Confined(importlib.machinery.PathFinder):
        @classmethod
        def find_spec(cls, name: str, path: Any = None, target: Any = None) -> Any:
            # what the zip brings along is there; the modules of such a package have its path
            is_hidden = name.partition(".")[0] in hidden and path is None
            return super().find_spec(name, zips if is_hidden else path, target)

    sys.meta_path = [Confined if finder is importlib.machinery.PathFinder else finder for finder in sys.meta_path]


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


def run_procedure(task: dict[str, Any]) -> None:
    from snowflake.snowpark import Session

    session = Session.builder.configs(task["connection"]).create()
    for name, value in task["variables"].items():  # it runs with its caller's
        session.sql(f"set {name} = {value}").collect()
    logging.basicConfig(level=logging.INFO, format=EVENT + " %(name)s %(levelname)s %(message)s", stream=sys.stderr)
    module = types.ModuleType("procedure")
    exec(compile(task["body"], "<procedure>", "exec"), module.__dict__)
    print(module.main(session), flush=True)


def run_function(task: dict[str, Any]) -> None:
    name, _, handler = task["handler"].rpartition(".")
    function = getattr(importlib.import_module(name), handler)
    is_vectorised = hasattr(function, "_sf_vectorized_input")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a function prints must not get among its answers
    while True:
        try:
            columns = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            if is_vectorised:
                import pandas

                result: Any = list(function(pandas.DataFrame(dict(enumerate(columns)))))
            else:
                result = [function(*row) for row in zip(*columns, strict=True)]
        except Exception as error:
            result = repr(error)
        pickle.dump(result, answers)
        answers.flush()


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    given = json.loads(Path(sys.argv[1]).read_text())
    confine(given["packages"], given["files"])
    if "body" in given:
        run_procedure(given)
    else:
        run_function(given)
    sys.stdout.flush()
    os._exit(0)  # closing a session calls what the stand-in for an account does not have
