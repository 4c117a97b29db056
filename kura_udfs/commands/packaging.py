"""The zip of this package that Snowflake imports, and the encoder beside it."""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import kura_udfs
from kura_udfs.commands.outputs import written
from kura_udfs.errors import KuraError
from kura_udfs.naming import persons
from kura_udfs.text import function_words

_OLDEST = (1980, 1, 1, 0, 0, 0)
_VAR = re.compile(r"^([ \t]*kura_package:)(?:[ \t]+[^\s#]+)?(?=\s|$)", re.MULTILINE)


def package(folder: Path, encoder: str | None = "minilm") -> Path:
    """Write the zip, and an encoder beside it.

    Parameters
    ----------
    folder : Path
        Is made if it isn't there.
    encoder : {"minilm", "multilingual"}, optional
        Whose files to put there too, in a folder of its name; its graph is built here, not by each process there.

    Returns
    -------
    Path
        Of the zip. Its name holds a fingerprint of what is in it, and the same content gives the same bytes.

    Raises
    ------
    KuraError
        When the encoder can't be found, or the folder can't be written to.
    """
    files = _files()
    zipped = folder / _name(files)
    with written(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _write_zip(zipped, files)
    if encoder:
        from kura_udfs.vectors.encoders import built_files

        built = built_files(encoder)
        with written(folder / encoder):
            (folder / encoder).mkdir(exist_ok=True)
            for name, content in built.items():
                (folder / encoder / name).write_bytes(content)
    return zipped


def _write_zip(zipped: Path, files: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _OLDEST)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)


def package_name() -> str:
    """Return the name of the zip, which changes with every change of the code."""
    return _name(_files())


def name_in_project(project: Path, name: str) -> bool:
    """Make a project's `kura_package` the given name; whether there is such a var.

    Raises
    ------
    KuraError
        When the file can't be written.
    """
    if not project.is_file():
        return False
    text = project.read_text("utf-8")
    changed, found = _VAR.subn(lambda match: f"{match[1]} {name}", text)
    try:
        if changed != text:
            project.write_text(changed, "utf-8")
    except OSError as error:
        raise KuraError(f"{project} can't be written: {error}") from None
    return found > 0


def _name(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name} {len(content)} ".encode())
        digest.update(content)
    return f"kura_udfs-{digest.hexdigest()[:12]}.zip"


def _files() -> dict[str, bytes]:
    root = Path(kura_udfs.__file__).parent
    paths = sorted(
        path
        for path in root.rglob("*")
        if path.suffix in (".py", ".md", ".txt") and not {"__pycache__", "dashboards"} & {*path.relative_to(root).parts}
    )
    found = {path.relative_to(root.parent).as_posix(): path.read_bytes().replace(b"\r\n", b"\n") for path in paths}
    lists = {
        f"kura_udfs/text/{function_words.SHIPPED}": function_words.packed_lists(),
        f"kura_udfs/naming/{persons.SHIPPED}": persons.packed_lists(),
    }
    return found | lists | _stemmers()


def _stemmers() -> dict[str, bytes]:
    """Return the files of snowballstemmer with its licence: pure Python, and in no channel of Snowflake for sure.

    Without its metadata, which must be whole or not there at all.
    """
    found = {}
    for file in sorted(importlib.metadata.files("snowballstemmer") or []):
        if file.suffix == ".py" or "licenses" in file.parts:
            found[f"snowballstemmer/{file.name}"] = file.read_binary().replace(b"\r\n", b"\n")
    return found
