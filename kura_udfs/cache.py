"""Files that take long to make and can be made again, kept between processes."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

DIGEST_BYTES = hashlib.sha256().digest_size


def cached(name: str, build: Callable[[], bytes], report: Callable[[str], None]) -> bytes:
    """Take bytes from the cache, or build and keep them; a damaged file is built again.

    The file is a sha256 digest and then the content, so that one atomic replacement can't part the two.
    """
    try:
        if (found := unpacked(cache_folder() / name)) is not None:
            return found
    except (OSError, RuntimeError):  # not there yet, unreadable, or no home folder
        pass
    content = build()
    try:
        _replace(cache_folder() / name, packed(content))
    except (OSError, RuntimeError) as error:
        report(f"Can't keep what was built ({error}): set KURA_CACHE_DIR to a writable folder to start faster")
    return content


def packed(content: bytes) -> bytes:
    """Return bytes with what tells later that they are whole."""
    return hashlib.sha256(content).digest() + content


def unpacked(file: Path) -> bytes | None:
    """Return the bytes of a file that `packed` has made; None if it is damaged."""
    stored = file.read_bytes()
    content = stored[DIGEST_BYTES:]
    return content if stored[:DIGEST_BYTES] == hashlib.sha256(content).digest() else None


def cache_folder() -> Path:
    """Return the folder that things may be kept in: $KURA_CACHE_DIR, or kura in the user's own cache folder."""
    chosen = os.environ.get("KURA_CACHE_DIR")
    if chosen:
        return Path(chosen).expanduser()
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache") / "kura"


def _replace(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f"{file.name}.", delete=False) as draft:
        try:
            draft.write(content)
            draft.close()
            Path(draft.name).replace(file)
        except BaseException:
            draft.close()
            Path(draft.name).unlink(missing_ok=True)
            raise
