"""What hurries dbt in tests gives what dbt gives."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dbt.adapters.base.impl import BaseAdapter
from dbt.adapters.duckdb.relation import DuckDBRelation
from dbt.adapters.exceptions.compilation import ApproximateMatchError
from dbt.clients.checked_load import checked_load
from dbt.clients.jinja import MacroGenerator, MacroStack
from dbt.context.macros import MacroNamespaceBuilder
from dbt_common.clients import system
from dbt_common.exceptions import base as dbt_exceptions
from jinja2.sandbox import is_internal_attribute

from tests.support.quick_dbt import (
    Bound,
    by_type,
    env_secrets,
    of_that_name,
    once_for_each,
    read_yaml,
    table_of_macros,
    validated_once,
    write_json,
)

NAMES = {
    "dbt": ["run_query", "statement", "default__now"],
    "dbt_duckdb": ["statement", "duckdb__now"],
    "kura": ["input", "now", "run_query"],
    "shop": ["now", "mine"],
}
MACROS: Any = {
    package: {name: SimpleNamespace(name=name, package_name=package) for name in names}
    for package, names in NAMES.items()
}


@pytest.mark.parametrize("package", ["kura", "shop", "dbt"])
def test_macros_are_found_where_dbt_finds_them(package: str) -> None:
    stack = MacroStack()  # type: ignore[no-untyped-call]

    def builder() -> MacroNamespaceBuilder:
        return MacroNamespaceBuilder("shop", package, stack, ["dbt_duckdb", "dbt"])

    wanted, found = builder().build_namespace(MACROS, {"a": 1}), table_of_macros(builder(), MACROS, {"a": 1})
    assert names_of(dict(found)) == names_of(dict(wanted))
    for place in (None, "dbt", "kura", "shop"):
        for name in ("run_query", "statement", "now", "nothing"):
            assert names_of(found.get_from_package(place, name)) == names_of(wanted.get_from_package(place, name))


def names_of(found: Any) -> Any:
    """Of tables of macros, where each stands and what it is called with."""
    if isinstance(found, dict):
        return {name: names_of(held) for name, held in found.items()}
    return found and (found.macro.package_name, found.macro.name, found.context, found.node)


def test_a_macro_of_the_table_is_one_of_dbt() -> None:
    bound = Bound(("the macro", {"a": 1}, "a node", None))
    made = MacroGenerator("the macro", {"a": 1}, "a node", None)  # type: ignore[arg-type]
    assert isinstance(bound, MacroGenerator)
    assert all(getattr(bound, name) == held for name, held in vars(made).items())


def test_relations_are_matched_as_dbt_matches_them() -> None:
    relations = [DuckDBRelation.create("Lake", schema, name) for schema in ("main", "Main") for name in ("a", "A", "b")]
    adapter: Any = SimpleNamespace(_make_match_kwargs=lambda *parts: dict(zip(PARTS, parts, strict=True)))

    def found(match: Any, *parts: str) -> Any:
        try:
            return match(adapter, relations, *parts)
        except ApproximateMatchError as error:
            return str(error)

    for name in ("a", '"a"', "A", "b", "c"):
        for schema in ("main", "other"):
            wanted = found(BaseAdapter._make_match, "Lake", schema, name)
            assert found(of_that_name(BaseAdapter._make_match), "Lake", schema, name) == wanted


PARTS = ("database", "schema", "identifier")


def test_a_template_may_read_what_it_may_read_of_jinja() -> None:
    held = [
        len,
        dict,
        {},
        "a",
        test_a_template_may_read_what_it_may_read_of_jinja,
        "a".join,
        (one for one in "a"),
        object(),
    ]
    is_internal = by_type(is_internal_attribute)
    for thing in held * 2:
        for attribute in ("__class__", "mro", "gi_code", "__globals__", "__self__", "get", "items"):
            assert is_internal(thing, attribute) is is_internal_attribute(thing, attribute)


def test_yaml_is_read_as_dbt_reads_it_and_may_be_changed() -> None:
    contents = "a: {b: [1, 2020-01-01]}\na: {c: 2}\n"
    for _ in range(2):
        found, failures = read_yaml(contents)
        assert (found, failures) == checked_load(contents)
        assert len(failures) == 1
        found["a"]["c"] = 3


def test_secrets_are_those_that_dbt_hides(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ONE", "hidden"), ("TWO", " "), ("THREE", "é")):
        monkeypatch.setenv(f"DBT_ENV_SECRET_{name}", value)
    assert sorted(env_secrets()) == sorted(dbt_exceptions.env_secrets()) == ["hidden", "é"]


def test_a_thing_is_described_once_and_another_anew() -> None:
    numbers = count(1)
    described, one = once_for_each(lambda _: next(numbers)), list[int]()
    assert [described(one), described([]), described(one)] == [1, 2, 1]


def test_artifacts_are_written_as_dbt_writes_them(tmp_path: Path) -> None:
    held: dict[str, Any] = {"é": [1, 2.5, None, Decimal("1.50")], "at": datetime(2026, 1, 2), "in": {"a": True}}
    system.write_json(str(tmp_path / "dbt" / "a.json"), held)
    write_json(str(tmp_path / "ours" / "a.json"), held)
    assert (tmp_path / "ours" / "a.json").read_bytes() == (tmp_path / "dbt" / "a.json").read_bytes()
    assert json.loads((tmp_path / "ours" / "a.json").read_text())["in"] == {"a": True}


def test_what_is_valid_is_validated_once_and_what_is_not_every_time() -> None:
    asked: list[Any] = []

    def validate(cls: type, data: Any) -> None:
        asked.append((cls, data))
        if data != {"a": 1}:
            raise ValueError(data)

    once = validated_once(validate)
    for cls in (int, int, str):
        once(cls, {"a": 1})
    for _ in range(2):
        with pytest.raises(ValueError, match="2"):
            once(int, {"a": 2})
    assert asked == [(int, {"a": 1}), (str, {"a": 1}), (int, {"a": 2}), (int, {"a": 2})]
