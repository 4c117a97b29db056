"""Files of models, read only if they are the very ones that are known."""

from __future__ import annotations

import hashlib
from pathlib import Path

from kura_udfs.errors import KuraError


def checked_bytes(file: Path, sha256: str, what: str, remedy: str) -> bytes:
    """Read a file once, and return exactly the bytes whose checksum was right.

    Parameters
    ----------
    file : Path
    sha256 : str
        In hexadecimal digits.
    what : str
        What the file should be, such as "model.safetensors of all-MiniLM-L6-v2".
    remedy : str
        How to get it again, after "Delete it and get it again".

    Raises
    ------
    KuraError
        When it is another one.
    """
    content = file.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise KuraError(
            f"{file} is not the {what}: its sha256 is {found}, expected {sha256}. "
            f"It is damaged, incomplete or of another model. Delete it and get it again{remedy}"
        )
    return content
