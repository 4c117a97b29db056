"""Where a command finds the tables: what is said on its line, and else what dbt has written down."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kura_udfs.commands import places


@dataclass(frozen=True)
class Warehouse:
    """What the command line and dbt's manifest say of where the tables are."""

    target_path: Path
    manifest: places.Manifest | None
    named: str | None
    schemas: Sequence[str]
    moment: str | None = None

    @classmethod
    def of(cls, options: argparse.Namespace) -> Warehouse:
        """Read the manifest that the options name."""
        manifest = places.read_manifest(options.target_path)
        return cls(options.target_path, manifest, options.database, options.schema, getattr(options, "at", None))

    @property
    def database(self) -> str:
        """The database that is named, or else the one that dbt wrote to last.

        Raises
        ------
        KuraError
            As `places.database_of`.
        """
        return self.named or places.database_of(self.manifest)

    @property
    def is_out_of_reach(self) -> bool:
        """Whether the tables are where DuckDB can't read them, in Snowflake."""
        return self.named is None and self.manifest is not None and self.manifest.adapter != "duckdb"

    def opened(
        self,
        needed: Sequence[str],
        wanted: Sequence[str] = (),
        remedy: str = places.NO_BUILD,
        beside: Collection[str] = (),
    ) -> AbstractContextManager[Any]:
        """Open the database as `places.opened` does."""
        return places.opened(self.database, needed, wanted, self.manifest, self.schemas, remedy, self.moment, beside)
