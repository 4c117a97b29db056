"""What hurries dbt in tests gives what dbt gives."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dbt.clients.jinja import MacroStack
from dbt.context.macros import MacroNamespaceBuilder
from dbt_common.clients import system

from tests.support.quick_dbt import table_of_macros, validated_once, write_json

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
