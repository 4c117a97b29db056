"""Files that commands write, and how what was counted is said."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kura_udfs.errors import KuraError


@contextmanager
def written(output: Path | str) -> Iterator[None]:
    """Say in a sentence why what is written meanwhile can't be.

    Raises
    ------
    KuraError
    """
    try:
        yield
    except OSError as error:
        raise KuraError(f"{output} can't be written: {error.strerror or error}.") from None


@contextmanager
def private_file(output: Path | str, mode: str = "") -> Iterator[Any]:
    """Open a file to write it for nobody else to read; one that is there keeps its rights.

    Parameters
    ----------
    output
    mode : {"", "b"}
        Whether texts or bytes are written.

    Raises
    ------
    KuraError
        When it can't be written.
    """
    text: Mapping[str, Any] = {} if mode else {"encoding": "utf-8", "newline": ""}
    with (
        written(output),
        open(output, f"w{mode}", opener=lambda name, flags: os.open(name, flags, 0o600), **text) as file,
    ):
        yield file


def plural(count: int, noun: str) -> str:
    """Return a number with what is counted, of one thing in the singular."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def percent(share: float, digits: int = 1) -> str:
    """Return a share as a percentage; what there is is never 0 %."""
    least = 10.0**-digits
    return f"< {least:.{digits}f} %" if 0 < 100 * share < least / 2 else f"{100 * share:.{digits}f} %"
