"""What the code that reads and redacts texts is known by: what it has made, another version of it makes anew."""

from __future__ import annotations

import hashlib
import importlib.metadata
import sys
from functools import cache
from pathlib import Path

import kura_udfs

ROOMS = ("text", "functions")
"""Those of `kura_udfs` that make transcripts of messages."""


@cache
def text_recipe() -> str:
    """Return a fingerprint of that code, of the Python that runs it and of the lists of words that it reads."""
    return fingerprint(Path(kura_udfs.__file__).parent)


def fingerprint(root: Path) -> str:
    """Return the fingerprint for the code in a folder.

    Parameters
    ----------
    root
        Where the `ROOMS` are.
    """
    # without its sources, the version says which code it is
    digest = hashlib.sha256(f"{sys.version} {_version('kura-udfs')} {_version('stop-words')}".encode())
    for file in sorted(file for room in ROOMS for file in (root / room).rglob("*.py")):
        digest.update(f"{file.relative_to(root).as_posix()} ".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:32]


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "none"
