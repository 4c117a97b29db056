"""Kura is put into somebody's project, and nothing of theirs is touched."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from kura_udfs.commands.init import Step, init
from kura_udfs.commands.main import main
from kura_udfs.errors import KuraError

PROJECT = """\
# our shop
name: 'shop'   # do not rename
version: "1.0.0"
profile: shop
vars:
    # dates of the fiscal year
    fiscal_start: 2026-02-01 # a date
    shop:
        kura_like: yes
models:
  shop:
    +materialized: view
"""
PACKAGES = """\
packages:
- package: dbt-labs/dbt_utils # pinned
  version: [">=1.0.0"]
"""
PROFILES = """\
shop:
  target: dev
  outputs:
    dev: # mine
      # where it is
      type: duckdb
      path: shop.duckdb
    ci:
      type: duckdb
      path: ci.duckdb
      plugins:
        - module: excel # of finance
    prod: {type: snowflake, account: x}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("DBT_PROFILES_DIR", raising=False)
    write(tmp_path, PROJECT, PACKAGES, PROFILES)
    return tmp_path


def write(folder: Path, project: str, packages: str, profiles: str) -> None:
    for name, text in (("dbt_project.yml", project), ("packages.yml", packages), ("profiles.yml", profiles)):
        (folder / name).write_bytes(text.encode())


def texts(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_bytes().decode() for path in folder.rglob("*") if path.is_file()}


def left(steps: list[Step]) -> list[str]:
    return [f"{step.file.name}: {step.said}" for step in steps if step.paste]


def test_lines_are_put_in_and_none_is_lost(project: Path) -> None:
    steps = list(init(project, given="{{ source('app', 'messages') }}", package="https://example.com/kura.git"))
    assert left(steps) == []
    now = texts(project)
    for name, before in (("dbt_project.yml", PROJECT), ("packages.yml", PACKAGES), ("profiles.yml", PROFILES)):
        rest = iter(now[name].splitlines())
        assert all(line in rest for line in before.splitlines()), name  # all of them, in their order
    read = {name: yaml.safe_load(text) for name, text in now.items() if name.endswith(".yml")}
    assert read["dbt_project.yml"]["vars"]["kura"] == {"kura_input": "{{ source('app', 'messages') }}"}
    assert read["dbt_project.yml"]["vars"]["shop"] == {"kura_like": True}
    assert set(read["dbt_project.yml"]["models"]) == {"shop", "kura"}
    assert [list(entry) for entry in read["packages.yml"]["packages"]] == [["git", "revision"], ["package", "version"]]
    outputs = read["profiles.yml"]["shop"]["outputs"]
    plugin = {"module": "kura_udfs.functions.duckdb"}
    assert outputs["dev"]["plugins"] == [plugin]
    assert outputs["ci"]["plugins"] == [plugin, {"module": "excel"}]
    assert outputs["prod"] == {"type": "snowflake", "account": "x"}
    assert {"models/kura_topics.sql", "models/kura_topics.yml"} <= now.keys()


def test_twice_is_as_good_as_once(project: Path) -> None:
    assert left(list(init(project))) == []
    once = texts(project)
    assert all("already" in step.said for step in init(project))
    assert texts(project) == once


def test_a_project_that_has_hardly_anything_gets_what_is_missing(project: Path) -> None:
    write(project, "name: shop\r\nprofile: shop\r\nvars: # none yet\r\n", "packages:\n", PROFILES)
    (project / "packages.yml").unlink()
    assert left(list(init(project))) == []
    text = texts(project)["dbt_project.yml"]
    assert text.count("\n") == text.count("\r\n")  # lines end as they did
    assert yaml.safe_load(text)["vars"] == {"kura": {"kura_provider": "local"}}


def test_where_no_line_can_be_put_in_safely_a_person_is_told_what_to_paste(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flow = PROJECT.partition("vars:")[0] + "vars: {fiscal_start: 1}\n"
    jinja = PROFILES.replace("ci.duckdb", "{{ env_var('CI') }}")
    write(project, flow, "packages: []\n", jinja)
    before = texts(project)
    assert main(["init", "--project-dir", str(project)]) == 1
    said = capsys.readouterr().out
    assert "dbt_project.yml: vars: kura: can't be put there safely: paste this under vars:\n    kura:" in said
    assert "packages.yml: Kura can't be put there safely" in said
    assert "profiles.yml: there is no profile 'shop' that can be read: put this into its target on DuckDB" in said
    now = texts(project)
    assert now["profiles.yml"] == before["profiles.yml"]
    assert now["packages.yml"] == before["packages.yml"]
    assert now["dbt_project.yml"].startswith(flow)  # what is missing at the end goes there


def test_without_a_project_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(KuraError, match="there is no dbt project"):
        list(init(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_the_project_of_kura_itself_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").write_text("name: kura\n")
    with pytest.raises(KuraError, match="is the project of Kura itself"):
        list(init(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["dbt_project.yml"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("profiles.yml", "shop:\n"),
        ("profiles.yml", "shop:\n  outputs:\n"),
        ("profiles.yml", "shop:\n  outputs: [dev]\n"),
        ("profiles.yml", PROFILES + "      plugins: '{{ plugins }}'\n"),
        ("profiles.yml", PROFILES.replace("- module: excel", "- excel")),
        ("packages.yml", "packages:\n  - dbt_utils\n"),
        ("packages.yml", "- package: dbt_utils\n"),
        ("dbt_project.yml", PROJECT + "model-paths:\n"),
        ("dbt_project.yml", PROJECT + "model-paths: []\n"),
        ("dbt_project.yml", "name: shop\nprofile: shop\nvars: [fiscal_start]\n"),
        ("dbt_project.yml", "name: shop\nprofile: shop\nmodels: none\n"),
        ("dbt_project.yml", "name: shop\nprofile: {shop: dev}\n"),
    ],
)
def test_what_has_another_shape_than_dbt_wants_stops_nothing_and_stays(project: Path, name: str, text: str) -> None:
    (project / name).write_text(text)
    list(init(project))
    assert "kura_topics" in {path.stem for path in project.rglob("*.sql")}
    rest = iter(texts(project)[name].splitlines())
    assert all(line in rest for line in text.splitlines())


@pytest.mark.parametrize("store", ["{<<: *duckdb, schema: store}", "\n      <<: *duckdb\n      schema: store"])
def test_targets_that_take_over_from_another_have_the_plugin_with_it(project: Path, store: str) -> None:
    profile = f"shop:\n  outputs:\n    dev: &duckdb\n      type: duckdb\n      path: shop.duckdb\n    store: {store}\n"
    (project / "profiles.yml").write_text(profile)
    assert left(list(init(project))) == []
    text = texts(project)["profiles.yml"]
    assert text.count("kura_udfs") == 1
    outputs = yaml.safe_load(text)["shop"]["outputs"]
    assert all(target["plugins"] == [{"module": "kura_udfs.functions.duckdb"}] for target in outputs.values())


def test_another_profile_does_not_get_the_plugin(project: Path) -> None:
    shared = "dev: &duckdb\n      type: duckdb\n"
    (project / "profiles.yml").write_text(f"shop:\n  outputs:\n    {shared}other:\n  outputs:\n    dev: *duckdb\n")
    assert left(list(init(project))) == [
        "profiles.yml: target dev: the plugin can't be put there safely: paste this under shop → outputs → dev"
    ]


@pytest.mark.parametrize("before", ["", "# none yet\n", "packages:\n", "packages: # none\n"])
def test_packages_that_are_empty_get_their_first_one(project: Path, before: str) -> None:
    (project / "packages.yml").write_text(before)
    assert left(list(init(project))) == []
    text = texts(project)["packages.yml"]
    assert text.startswith(before)
    assert [list(entry) for entry in yaml.safe_load(text)["packages"]] == [["git", "revision"]]


@pytest.mark.parametrize(
    ("entry", "is_kura"),
    [
        ("git: https://github.com/acme/kura.git", True),
        ("git: git@github.com:acme/kura", True),
        ("package: acme/kura", True),
        ("tarball: https://files.example.com/kura-0.1.0.tar.gz", True),
        ("tarball: https://github.com/acme/kura/archive/v0.1.0.tar.gz", True),
        ("package: acme/kura_tools", False),
        ("git: https://github.com/acme/kura-extras.git", False),
        ("git: https://github.com/acme/not.kura.git", False),
    ],
)
def test_a_package_is_taken_for_kura_by_its_name_alone(project: Path, entry: str, is_kura: bool) -> None:
    (project / "packages.yml").write_text(f"packages:\n  - {entry}\n")
    list(init(project))
    assert len(yaml.safe_load(texts(project)["packages.yml"])["packages"]) == (1 if is_kura else 2)


def test_an_input_is_put_among_vars_that_are_there_and_another_one_stays(project: Path) -> None:
    assert left(list(init(project))) == []
    assert left(list(init(project, given="app.messages"))) == []
    variables = yaml.safe_load(texts(project)["dbt_project.yml"])["vars"]["kura"]
    assert variables == {"kura_input": "app.messages", "kura_provider": "local"}
    assert left(list(init(project, given="app.messages"))) == []
    [said] = left(list(init(project, given="app.others")))
    assert "kura_input is there already" in said
    assert yaml.safe_load(texts(project)["dbt_project.yml"])["vars"]["kura"] == variables


@pytest.mark.parametrize("package", ["git@host:analytics/topics.git", 'https://host/"odd".git\\n'])
def test_whatever_is_asked_for_is_there_once_and_as_it_was_said(project: Path, package: str) -> None:
    given = "{{ source('a', \"b\") }}\n -- c\\d"
    list(init(project, given=given, package=package))
    before = texts(project)
    list(init(project, given=given, package=package))
    assert texts(project) == before
    packages = yaml.safe_load(texts(project)["packages.yml"])["packages"]
    assert [entry.get("git") for entry in packages] == [package, None]
    assert yaml.safe_load(texts(project)["dbt_project.yml"])["vars"]["kura"] == {"kura_input": given}


def test_plugins_that_are_empty_get_their_first_one(project: Path) -> None:
    (project / "profiles.yml").write_text(
        "shop:\n  outputs:\n    dev:\n      type: duckdb\n      plugins: # none yet\n"
    )
    list(init(project))
    outputs = yaml.safe_load(texts(project)["profiles.yml"])["shop"]["outputs"]
    assert outputs["dev"]["plugins"] == [{"module": "kura_udfs.functions.duckdb"}]
