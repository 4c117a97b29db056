"""What `make` hands to dbt is what was given to it, whatever stands in a path."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.project import REPOSITORY

PATHS = ["chats/*.jsonl", "/home/o'hara/my chats.csv", 'a "b", c: {d}.jsonl', "back\\slash # é.csv"]


def handed_over(target: str, **given: str) -> dict[str, Any]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("KURA_", "MAKE", "TARGET"))}
    made = subprocess.run(
        ["make", "--dry-run", target, *(f"{name}={value}" for name, value in given.items())],
        cwd=REPOSITORY, env=plain, capture_output=True, text=True, check=True,
    )  # fmt: skip
    line = next(line for line in made.stdout.splitlines() if "dbt build" in line)
    words = shlex.split(line.strip().removesuffix("\\"))
    return dict(yaml.safe_load(words[words.index("--vars") + 1].removesuffix(";")))


@pytest.mark.parametrize("path", PATHS)
def test_an_input_and_a_copy_may_have_any_name(path: str) -> None:
    assert handed_over("build", KURA_INPUT=path) == {"kura_input": path}
    given = {"KURA_INPUT": path, "KURA_PUBLISHED_PATH": path + ".duckdb"}
    assert handed_over("explore", **given) == {"kura_input": path, "kura_publish_path": path + ".duckdb"}


def test_without_an_input_nothing_is_said_of_one() -> None:
    assert handed_over("build") == {}
    assert set(handed_over("explore", KURA_PUBLISHED_PATH="copy.duckdb")) == {"kura_publish_path"}


@pytest.mark.parametrize("version", [(3, 10, 13), (3, 15, 0)])
def test_a_python_that_packages_are_not_there_for_is_told_before_anything_is_installed(
    version: tuple[int, int, int], tmp_path: Path
) -> None:
    shutil.copy(REPOSITORY / "Makefile", tmp_path)
    for name in ("requirements.lock", "requirements-encoder.lock", "pyproject.toml"):
        (tmp_path / name).touch()
    other, called = tmp_path / "another-python", ".".join(map(str, version))
    code = f"import sys; sys.version_info, sys.version = {version}, '{called} (main)'; exec(sys.argv[1])"
    other.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{code}" "$2"\n')
    other.chmod(0o755)
    made = subprocess.run(
        ["make", "build", f"PYTHON={other}"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert made.returncode != 0
    assert f"installs with Python 3.11 to 3.14, and {other} is {called}." in made.stderr
    assert "make build PYTHON=python3.13" in made.stderr
    assert not (tmp_path / ".venv").exists()
