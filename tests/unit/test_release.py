"""What a release is called, and which code belongs to it, is the same wherever it is written."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import yaml

from kura_udfs.commands import packaging
from tests.support.project import REPOSITORY

PROJECT: dict[str, Any] = yaml.safe_load((REPOSITORY / "dbt_project.yml").read_text("utf-8"))


def test_the_version_is_one_and_the_same_everywhere() -> None:
    package = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    changes = re.findall(r"^## (\S+) — (\S+)$", (REPOSITORY / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    readme = re.findall(r"\bv(\d+\.\d+\.\d+)\b", (REPOSITORY / "README.md").read_text("utf-8"))
    assert len(readme) >= 2
    macro = re.findall(r"macro version.*?'(.+?)'", (REPOSITORY / "macros/settings/check_plugin.sql").read_text("utf-8"))
    assert {package, PROJECT["version"], changes[0][0], *readme, *macro} == {package}
    assert len(macro) == 1


def test_the_project_names_no_code_or_its_own() -> None:
    assert PROJECT["vars"]["kura"]["kura_package"] in (None, packaging.package_name()), (
        "kura_udfs has changed since kura_package was written: put it back to null, or for a release run `kura package` again"
    )
