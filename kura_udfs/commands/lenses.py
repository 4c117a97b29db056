"""Which lenses the last build has."""

from __future__ import annotations

from typing import Any

from kura_udfs.errors import KuraError


def known(connection: Any, wanted: str | None) -> list[str]:
    """Return the names of the lenses, the first one first.

    Parameters
    ----------
    connection
        To DuckDB, where `dim_kura__clusters` is a view.
    wanted
        One that must be among them; None for any.

    Raises
    ------
    KuraError
        When it is not, or there are no clusters at all.
    """
    rows = connection.execute("select lens from dim_kura__clusters group by lens order by min(sort_order)").fetchall()
    there = [name for (name,) in rows]
    if not there:
        raise KuraError("there is no cluster in dim_kura__clusters: the last build has read nothing.")
    if wanted is not None and wanted not in there:
        raise KuraError(f"there is no lens {wanted} in the last build, which has {', '.join(there)} (kura_lenses).")
    return there
