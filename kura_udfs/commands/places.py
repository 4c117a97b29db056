"""Where the tables are: in which DuckDB file, lake or Postgres, and under which names in it.

dbt's manifest says both, for the project in whose folder a command runs. What a person says comes before it, and where
it says nothing of a database, that database's own catalog does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from kura_udfs.errors import KuraError

NO_BUILD = "Run `dbt build` first."
ATTACHED = re.compile(r"(ducklake|postgres|md):.")
"""What DuckDB attaches, where a name is none of a file."""
PASSWORD = re.compile(r"((?:password|token)\s*=\s*)(?:'[^']*'|\S+)|(://[^/\s:@]*:)[^/\s@]+(?=@)", re.IGNORECASE)
"""That of a connection, or its token, behind what comes before it; also in an address."""
FIRST_LENS = "lens = (select min_by(lens, sort_order) from dim_kura__clusters)"
"""The condition on rows of the main lens: that whose tree is drawn first."""


class Table(NamedTuple):
    """A table or view of a file."""

    schema: str
    name: str


@dataclass(frozen=True)
class Manifest:
    """What dbt has written down about Kura's models when it last parsed the project."""

    adapter: str
    models: Mapping[str, Mapping[str, Any]]
    """Those of this package, by name."""

    @property
    def database(self) -> str | None:
        """What the profile names for the clusters: what it attaches under the name of their database, or its file."""
        name = self.models.get("dim_kura__clusters", {}).get("database") or ""
        return self.attached.get(name.lower()) or self._path("kura_duckdb_path")

    @property
    def attached(self) -> dict[str, str]:
        """What the profile attaches, by its name there in small letters."""
        told: list[tuple[str | None, str]] = json.loads(self._path("kura_attached") or "[]")
        return {(name or Path(path).stem).lower(): path for name, path in told}

    @property
    def published(self) -> str | None:
        """The copy for readers (`kura_publish_path`), if a build has left one."""
        path = self._path("kura_publish_path")
        return path if path and Path(path).exists() else None

    def _path(self, name: str) -> str | None:
        path: str = self.models.get("dim_kura__clusters", {}).get("config", {}).get("meta", {}).get(name)
        return path or None

    @property
    def tables(self) -> dict[str, Table]:
        """Where the models are, by name."""
        return {name: Table(model["schema"], model["alias"]) for name, model in self.models.items()}


def read_manifest(target_path: Path) -> Manifest | None:
    """Return what stands in the `manifest.json` of a folder; None if there is none, or Kura isn't in it."""
    try:
        manifest = json.loads((target_path / "manifest.json").read_text("utf-8"))
        models = {
            node["name"]: node
            for node in manifest["nodes"].values()
            if node["resource_type"] == "model" and node["package_name"] == "kura"
        }
        adapter = manifest["metadata"]["adapter_type"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # none of dbt's, or not to its end
        return None
    return Manifest(adapter, models) if models else None


def database_of(manifest: Manifest | None) -> str:
    """Return what dbt has written to last; without a manifest, the only file in the working directory.

    Raises
    ------
    KuraError
        When there is none, or no telling which.
    """
    if manifest is None:
        here = sorted(str(path) for path in Path().glob("*.duckdb"))
        if len(here) == 1:
            return here[0]
        found = f"several DuckDB files ({', '.join(here)})" if here else "no DuckDB file"
        raise KuraError(
            f"there is no manifest of dbt with Kura in it, and {found} in {Path.cwd()}."
            " Run this where dbt runs, after `dbt build`, or name the file with --database."
        )
    if manifest.adapter != "duckdb":
        raise KuraError(
            f"dbt has last worked on {manifest.adapter}, and this reads DuckDB files alone. Name one with --database,"
            " or run dbt with the target on DuckDB."
        )
    if manifest.database is None:
        raise KuraError("dbt's manifest doesn't say which file the tables are in. Name it with --database.")
    if manifest.database == ":memory:":
        raise KuraError("the profile keeps the tables in memory, where they end with dbt. Give it a `path` to a file.")
    return manifest.database


def find(
    there: Collection[Table],
    names: Sequence[str],
    manifest: Manifest | None = None,
    schemas: Sequence[str] = (),
) -> dict[str, Table]:
    """Return where the models of these names are; what is missing is left out.

    Parameters
    ----------
    there
        The tables of the file.
    names
        The first one decides in which schema to look for the others where the manifest knows nothing of the file.
    manifest
        Of the project, if there is one.
    schemas
        Look only into these, in this order, and then where dbt by itself puts what is internal to each of them.

    Raises
    ------
    KuraError
        When the first one is in several schemas.
    """
    known = manifest.tables if manifest and not schemas else {}
    if known.get(names[0]) in there:
        return {name: known[name] for name in names if known.get(name) in there}
    holding = sorted(table.schema for table in there if table.name == names[0])
    if len(holding) > 1 and not schemas:
        raise KuraError(f"{names[0]} is in several schemas: {', '.join(holding)}. Choose with --schema.")
    seen = [*(schemas or holding), *(f"{schema}_internal" for schema in schemas or holding)]
    candidates = [[Table(schema, name) for schema in seen] for name in names]
    return {found.name: found for tables in candidates for found in tables[::-1] if found in there}


def other_release(place: str, error: Exception) -> str:
    """Return what there is to say where DuckDB can't bind a query of ours to the tables of a place."""
    lacking = str(error).splitlines()[0]
    return (
        f"{place} was built by another release of Kura than this one, or only in part: {lacking}. Run"
        " `dbt build` with this one first."
    )


def shown(text: str) -> str:
    """Return a text without the passwords of connections in it."""
    return PASSWORD.sub(r"\1\2…", text)


def existing(database: str, remedy: str = NO_BUILD) -> Path:
    """Return the file of a database.

    Raises
    ------
    KuraError
        When there is none.
    """
    path = Path(database)
    if not path.exists():
        raise KuraError(f"there is no database {database}. {remedy} Or name another one with --database.")
    return path
