"""Files that nobody else may read: the warehouse, its log, the copy of the public tables.

DuckDB makes its files with the rights that the process gives by default, and makes its log anew after each checkpoint,
so it is the process's default that has to change: while a file is made, and while a build of Kura's models runs.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

PRIVATE = 0o077
"""What others have none of."""
_defaults: list[int] = []


def begin(database: str | None = None) -> bool:
    """Make what is made from here on for nobody else to read; returns whether it is.

    Parameters
    ----------
    database : str, optional
        Only if others can't read this file either: what goes with a file that is open to others is theirs, too.
    """
    wanted = database is None or is_private(database)
    default = os.umask(PRIVATE)
    if not wanted:
        os.umask(default)
    _defaults.append(default)
    return wanted


def end() -> bool:
    """Go back to what was before the last `begin`; returns whether there was one."""
    if _defaults:
        os.umask(_defaults.pop())
        return True
    return False


def is_private(database: str) -> bool:
    """Return whether nobody else can read a file, or there is none yet; False for what is no file."""
    path = Path(database)
    if re.match(r":|\w{2,}:", database):
        return False
    return not path.exists() or not stat.S_IMODE(path.stat().st_mode) & PRIVATE
