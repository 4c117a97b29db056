"""Kura into a dbt project that is there: lines are put into its files, and nothing else in them is touched.

A file is never written anew from what was read: that would lose comments, quotes and order. Lines go in where the
parser says that a block begins; then the result is read, and must be what was there and what was added. Where that
can't be done (a mapping in braces, Jinja outside of quotes), a person is told what to paste where.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kura_udfs.commands.outputs import whole_file, written
from kura_udfs.errors import KuraError

PLUGIN = "kura_udfs.functions.duckdb"
ADDRESS = re.compile(r"(?:^|[/:@])kura(?:-v?\d[\w.]*?)?(?:\.git|\.tar\.gz|\.zip)?(?:$|[/#?])")
"""This package in an address, and not `kura-extras`."""
REPOSITORY = "https://github.com/your-org/kura.git"
SAMPLE = """kura:
  # kura_input: "{{ source('app', 'chat_messages') }}" # your messages; without it the bundled sample is read
  kura_provider: local
"""
LAYERS = """kura: # layer by layer, because what you say here comes before what Kura says
  marts: {+schema: kura} # for BI
  semantic: {+schema: kura}
  staging: {+schema: kura_internal}
  intermediate: {+schema: kura_internal}
  state: {+schema: kura_internal}
"""
MODEL = """-- what people talk about: the topics at the top, and how many conversations and users each of them has
select
    name,
    conversation_count,
    user_count,
    share
from {{ ref('dim_kura__clusters') }}
where level = 0
"""
PROPERTIES = """version: 2

models:
  - name: kura_topics
    description: The topics of our conversations.
    columns:
      - name: name
        description: Name of the topic.
        data_tests: [not_null]
"""


@dataclass(frozen=True)
class Step:
    """What was done with a file, or what a person has to do."""

    file: Path
    said: str
    paste: str | None = None
    """What to put there by hand; None if nothing is left to do."""


def init(
    project: Path, profiles: Path | None = None, given: str | None = None, package: str | None = None
) -> Iterator[Step]:
    """Add Kura to a project, step by step; what is there already is left as it is.

    Parameters
    ----------
    project : Path
        The folder with `dbt_project.yml`.
    profiles : Path, optional
        The folder with `profiles.yml`; by default where dbt looks for it.
    given : str, optional
        The value of `kura_input`.
    package : str, optional
        Where the dbt package is, a folder or an address of git; by default the repository at this version.

    Raises
    ------
    KuraError
        When there is no project, or a file can't be read or written.
    """
    file = project / "dbt_project.yml"
    content = _loaded(file)
    if not isinstance(content, dict) or "name" not in content:
        raise KuraError(f"there is no dbt project in {project}: no dbt_project.yml with a name. `dbt init` makes one.")
    if content["name"] == "kura":
        raise KuraError(f"{project} is the project of Kura itself: add it to one of yours, with --project-dir.")
    yield _variables(file, given)
    yield _under(file, "models", "kura", LAYERS)
    yield _package(project, package)
    yield from _plugins(_profiles(project, profiles), content.get("profile"))
    yield from _first_model(project, _list(content.get("model-paths")) or ["models"])


def _under(file: Path, key: str, name: str, block: str) -> Step:
    """Put a block under a key of the top, unless it has one of this name."""
    there = _mapping(_loaded(file).get(key))
    if name in there:
        return Step(file, f"{key}: {name}: is there already, and stays as it is")
    wanted = {**there, **yaml.safe_load(block)}
    return _put(file, [key], block, f"{key}: {name}:", lambda found: found.get(key) == wanted)


def _variables(file: Path, given: str | None) -> Step:
    """Put vars, and an input also among those that are there; another input stays, and a person is told."""
    if not given:
        return _under(file, "vars", "kura", SAMPLE)
    block, variables = f"kura_input: {_quoted(given)}\n", _mapping(_loaded(file).get("vars"))
    if "kura" not in variables:
        return _under(file, "vars", "kura", f"kura:\n  {block}")
    there = _mapping(variables["kura"])
    if there.get("kura_input") == given:
        return Step(file, "vars: kura: is there already, and stays as it is")
    if "kura_input" in there:
        return Step(file, "kura_input is there already, another one: if you mean this one, put it in its place", block)
    wanted = {**there, "kura_input": given}
    return _put(file, ["vars", "kura"], block, "kura_input", lambda found: found["vars"]["kura"] == wanted)


def _package(project: Path, package: str | None) -> Step:
    file = project / "packages.yml"
    dependencies = project / "dependencies.yml"
    if not file.exists() and dependencies.exists() and "packages" in _mapping(_loaded(dependencies)):
        file = dependencies
    if package and Path(package).is_dir():
        item = f"- local: {_quoted(package)}\n"
    else:
        revision = importlib.metadata.version("kura-udfs")
        item = f"- git: {_quoted(package or REPOSITORY)}\n  revision: v{revision}\n"
    if not file.exists():
        _write(file, "packages:\n" + textwrap.indent(item, "  "))
        return Step(file, "made, with Kura in it")
    there = _list(_mapping(_loaded(file)).get("packages"))
    if any(_is_kura(entry, project) or package in _mapping(entry).values() for entry in there):
        return Step(file, "Kura is there already, and stays as it is")
    wanted = [*yaml.safe_load(item), *there]
    return _put(file, ["packages"], item, "Kura", lambda found: found.get("packages") == wanted)


def _is_kura(entry: Any, project: Path) -> bool:
    """Whether a package is this one: by its name in an address, or in the project of a folder."""
    values = _mapping(entry)
    if "local" in values:
        return _mapping(_loaded(project / str(values["local"]) / "dbt_project.yml")).get("name") == "kura"
    return any(ADDRESS.search(str(value)) for value in values.values())


def _profiles(project: Path, named: Path | None) -> Path:
    """Return where dbt looks for the profile."""
    folder = named or (Path(os.environ["DBT_PROFILES_DIR"]) if "DBT_PROFILES_DIR" in os.environ else None)
    if folder is None:
        folder = project if (project / "profiles.yml").exists() else Path.home() / ".dbt"
    return folder / "profiles.yml"


def _plugins(file: Path, profile: object) -> Iterator[Step]:
    """Put the plugin into each target of a profile that is on DuckDB."""
    item = f"- module: {PLUGIN}\n"
    whole = f"plugins:\n  {item}"
    names = list(_outputs(file, profile))
    if not names:
        where = f"there is no profile {profile!r} that can be read" if profile else "dbt_project.yml names no profile"
        yield Step(file, f"{where}: put this into its target on DuckDB", whole)
    for name in names:
        # as they are now: a target may have got the plugin with the one that it takes over
        outputs = _outputs(file, profile)
        if _mapping(outputs[name]).get("type") != "duckdb":
            continue
        there = outputs[name].get("plugins") or []
        if any(_mapping(entry).get("module") == PLUGIN for entry in _list(there)):
            yield Step(file, f"target {name}: the plugin is there already")
            continue
        has_some = "plugins" in outputs[name]
        path = [str(profile), "outputs", name, *(["plugins"] if has_some else [])]

        def is_right(found: Any, name: str = name, before: dict[str, Any] = outputs) -> bool:
            return _have_plugin(before, found[profile]["outputs"], name)

        block = item if has_some else whole
        yield _put(file, path, block, f"target {name}: the plugin", is_right, lambda found: _bare(found, profile))


def _outputs(file: Path, profile: object) -> dict[str, Any]:
    """Return the targets of a profile; none where it can't be read."""
    if not isinstance(profile, str):
        return {}
    return _mapping(_mapping(_mapping(_loaded(file)).get(profile)).get("outputs"))


def _have_plugin(before: dict[str, Any], after: dict[str, Any], name: str) -> bool:
    """Whether a target has the plugin besides its own, and each other one that, too, or what it had."""

    def plugins(outputs: dict[str, Any], target: str) -> list[Any]:
        return _list(_mapping(outputs[target]).get("plugins"))

    return all(
        plugins(after, target) == [{"module": PLUGIN}, *plugins(before, target)]
        or (target != name and plugins(after, target) == plugins(before, target))
        for target in before
    )


def _bare(content: Any, profile: object) -> Any:
    """Return profiles without the plugins in one of them."""
    outputs = {
        name: {key: value for key, value in target.items() if key != "plugins"} if isinstance(target, dict) else target
        for name, target in content[profile]["outputs"].items()
    }
    return {**content, profile: {**content[profile], "outputs": outputs}}


def _first_model(project: Path, paths: Sequence[str]) -> Iterator[Step]:
    folder = project / str(paths[0])
    for name, text in (("kura_topics.sql", MODEL), ("kura_topics.yml", PROPERTIES)):
        if (folder / name).exists():
            yield Step(folder / name, "is there already, and stays as it is")
        else:
            _write(folder / name, text)
            yield Step(folder / name, "made")


def _put(
    file: Path,
    path: Sequence[str],
    block: str,
    what: str,
    is_right: Callable[[Any], bool],
    rest: Callable[[Any], Any] | None = None,
) -> Step:
    """Put a block at the beginning of a mapping or a list, or say what to paste where.

    `rest` takes out of what was read what may change; without it, that is all under the path.
    """
    text = _read(file)
    newline = "\r\n" if "\r\n" in text else "\n"
    changed = _inserted(text.replace("\r\n", "\n"), path, block)
    if changed is not None and _is_whole(text, changed, is_right, rest or (lambda content: _without(content, path))):
        _write(file, changed.replace("\n", newline))
        return Step(file, f"{what} added")
    under = " → ".join(path)
    return Step(file, f"{what} can't be put there safely: paste this under {under}", block)


def _inserted(text: str, path: Sequence[str], block: str) -> str | None:
    """Return a text with a block at the beginning of what is under a path; None where that is not plain."""
    try:
        node = yaml.compose(text)
    except yaml.YAMLError:
        return None
    if node is None:  # an empty file, or one with nothing but comments
        node = yaml.MappingNode("tag:yaml.org,2002:map", [])
    lines = text.splitlines(keepends=True)
    for depth, key in enumerate(path):
        if not isinstance(node, yaml.MappingNode) or node.flow_style:
            return None
        entry = next(((name, value) for name, value in node.value if name.value == key), None)
        if entry is None:
            if depth or len(path) > 1:
                return None
            end = "" if text.endswith("\n") or not text else "\n"
            return f"{text}{end}\n{key}:\n{textwrap.indent(block, '  ')}"
        name, node = entry
    if isinstance(node, yaml.ScalarNode) and not node.value and node.tag.endswith(":null"):
        return _at(lines, name.start_mark.line + 1, name.start_mark.column + 2, block)
    if not isinstance(node, yaml.MappingNode | yaml.SequenceNode) or node.flow_style or not node.value:
        return None
    first = node.value[0][0] if isinstance(node, yaml.MappingNode) else node  # an anchor stands in the line above
    line, column = first.start_mark.line, first.start_mark.column
    if lines[line][:column].strip():  # something stands before it in its line
        return None
    return _at(lines, line, column, block)


def _at(lines: list[str], line: int, column: int, block: str) -> str:
    before = lines[:line]
    if before and not before[-1].endswith("\n"):
        before[-1] += "\n"
    return "".join([*before, textwrap.indent(block, " " * column), *lines[line:]])


def _is_whole(before: str, after: str, is_right: Callable[[Any], bool], rest: Callable[[Any], Any]) -> bool:
    """Whether a change is what was wanted, and leaves all else as it was."""
    try:
        was, now = yaml.safe_load(before), yaml.safe_load(after)
    except yaml.YAMLError:
        return False
    return is_right(now) and rest(was) == rest(now)


def _without(content: Any, path: Sequence[str]) -> Any:
    """Return a mapping without what is under a path."""
    first, *rest = path
    if not isinstance(content, dict):
        return {} if content is None else content
    if not rest:
        return {key: value for key, value in content.items() if key != first}
    return {**content, first: _without(content.get(first), rest)}


def _mapping(content: Any) -> dict[str, Any]:
    """Return what was read as a mapping; an empty one for anything else, which a person then looks at."""
    return content if isinstance(content, dict) else {}


def _list(content: Any) -> list[Any]:
    return content if isinstance(content, list) else []


def _loaded(file: Path) -> Any:
    try:
        return yaml.safe_load(_read(file)) if file.exists() else None
    except yaml.YAMLError as error:
        if file.name == "profiles.yml":  # Jinja outside of quotes is no YAML, but dbt reads it
            return None
        raise KuraError(f"{file} is no YAML: {' '.join(str(error).split())}") from None


def _read(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            return opened.read()
    except (OSError, UnicodeDecodeError) as error:
        raise KuraError(f"{file} can't be read: {error}") from None


def _write(file: Path, text: str) -> None:
    with written(file):
        file.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(file, rights=0o666) as opened:
        opened.write(text)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # which is YAML, too
