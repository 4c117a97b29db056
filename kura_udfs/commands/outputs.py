"""Files that commands write, and how what was counted is said."""

from __future__ import annotations

import os
import shutil
import stat
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


def check_output(output: Path | str) -> None:
    """Make sure, before there is anything to write, that a file can be written there.

    Raises
    ------
    KuraError
    """
    path = Path(os.path.realpath(output))
    if path.is_dir():
        raise KuraError(f"{output} can't be written: it is a folder.")
    if not path.parent.is_dir():
        raise KuraError(f"{output} can't be written: there is no folder {path.parent}.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise KuraError(f"{output} can't be written: that is not allowed.")


@contextmanager
def whole_file(output: Path | str, mode: str = "", rights: int = 0o600) -> Iterator[Any]:
    """Open a file to write it, which gets its name when it is whole; until then the one that is there stays as it is.

    Parameters
    ----------
    output
        A link stays one, and a file that is there keeps its rights.
    mode : {"", "b"}
        Whether texts or bytes are written.
    rights
        Of a file that is not there yet; by default nobody else can read it.

    Raises
    ------
    KuraError
        When it can't be written.
    """
    text: Mapping[str, Any] = {} if mode else {"encoding": "utf-8", "newline": ""}
    with written(output):
        path = Path(os.path.realpath(output))
        # a pipe or a device can't be replaced, nor what lies in a folder where one may make no file
        if path.exists() and not (path.is_file() and os.access(path.parent, os.W_OK)):
            with path.open(f"w{mode}", **text) as file:
                yield file
            return
        partial = path.with_name(f"{path.name[:100]}.{os.getpid()}.partial")
        try:
            with open(partial, f"w{mode}", opener=lambda name, flags: os.open(name, flags, rights), **text) as file:
                yield file
            if path.exists():
                partial.chmod(stat.S_IMODE(path.stat().st_mode))
            try:
                partial.replace(path)
            except OSError:  # it is mounted by itself
                shutil.copyfile(partial, path)
        finally:
            partial.unlink(missing_ok=True)


def plural(count: int, noun: str) -> str:
    """Return a number with what is counted, of one thing in the singular."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def percent(share: float, digits: int = 1) -> str:
    """Return a share as a percentage; what there is is never 0 %."""
    least = 10.0**-digits
    return f"< {least:.{digits}f} %" if 0 < 100 * share < least / 2 else f"{100 * share:.{digits}f} %"
