"""The prompts: text files of their own, each with a version, which a user may replace one by one.

A prompt has the parts ``# System`` and ``# User``, and names its variables as ``<<conversation>>``. Text that
people or models wrote is put between tags with a code that does not occur in it, so that nothing in it can
end the quotation.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from kura_udfs.errors import KuraError
from kura_udfs.llm.requests import Prompt


class Variables(NamedTuple):
    """What a prompt is filled with."""

    data: tuple[str, ...]
    """Text of conversations, or made from it: quoted, never instructions. Needed, under ``# User`` only."""
    needed: tuple[str, ...] = ()
    """Text of ours or of the person who runs Kura. Needed, in either part."""
    welcome: tuple[str, ...] = ()
    """The same, but a prompt may do without."""


VARIABLES = {
    "summary": Variables(("conversation",), ("questions",)),
    "screener": Variables(("conversation",), ("question",)),
    "cluster_name": Variables(("members", "others")),
    "propose_parents": Variables(("clusters",), welcome=("count",)),
    "merge_parents": Variables(("proposals",), welcome=("count",)),
    "assign_parent": Variables(("cluster", "options")),
    "choose_topic": Variables(("conversation", "options")),
    "rename_parent": Variables(("children",)),
    "audit_names": Variables(("names",)),
    "rewrite_name": Variables(("heading",), ("reason",)),
}
"""The prompts by name."""

OF_AUDIT = frozenset(("audit_names", "rewrite_name"))
"""Those that judge names which are there already."""


class Template(NamedTuple):
    """A prompt with its variables still open."""

    name: str
    version: str
    """As its first line says. Another one has everything asked again, as has another text."""
    system: str
    user: str


def load_prompt(name: str, folder: str | Path | None = None) -> Template:
    """Read a prompt.

    Parameters
    ----------
    name : str
        One of `VARIABLES`.
    folder : str or Path, optional
        A user's folder (the var `kura_prompts_path`). A file there, such as ``summary.md``, replaces ours.

    Raises
    ------
    KuraError
        If there is no such folder, it holds a prompt that nobody asks for, or the file is not a prompt: it
        has no version, lacks a part or a variable, or puts data among the instructions.
    """
    own = _own_file(name, Path(folder)) if folder else None
    where = str(own or f"{name}.md")
    try:
        text = (own or resources.files(__name__).joinpath(where)).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KuraError(f"{where} can't be read as UTF-8 text: {error}") from None
    found = _FILE.fullmatch(text.replace("\r\n", "\n").lstrip("\ufeff"))
    if not found:
        raise KuraError(
            f"{where} is not a prompt. It must begin with a line like 'version: 1', followed by the line"
            " '# System' and what the model is told, and by the line '# User' and what it is asked about."
        )
    template = Template(name, *(part.strip() for part in found.groups()))
    _check(template, where)
    return template


def load_prompts(folder: str | Path | None = None) -> dict[str, Template]:
    """Read all prompts, so that what is wrong with one shows before anything is asked."""
    return {name: load_prompt(name, folder) for name in VARIABLES}


def render(template: Template, values: Mapping[str, str]) -> Prompt:
    """Fill in the variables of a prompt.

    Parameters
    ----------
    template : Template
        From `load_prompt`.
    values : mapping
        Variables by name. Those that are data are put between tags; what they hold is never filled in again.
    """
    data = {name: values[name] for name in VARIABLES[template.name].data if name in values}
    code = _code(data)
    filled = dict(values) | {name: f"<{name}-{code}>\n{text}\n</{name}-{code}>" for name, text in data.items()}

    def fill(text: str) -> str:
        return _PLACEHOLDER.sub(lambda match: filled.get(match[1], match[0]), text)

    return Prompt(fill(template.system), fill(template.user))


_FILE = re.compile(
    r"\s*version:[ \t]*(\S[^\n]*)\n\s*# System[ \t]*\n(.*?)\n# User[ \t]*\n(.*)", re.DOTALL | re.IGNORECASE
)
_PLACEHOLDER = re.compile(r"<<([a-z_]+)>>")


def _own_file(name: str, folder: Path) -> Path | None:
    if not folder.is_dir():
        raise KuraError(f"kura_prompts_path is {str(folder)!r}, but there is no such folder.")
    for path in sorted(folder.glob("*.md")):
        if path.stem not in VARIABLES and path.stem.lower() != "readme":
            near = difflib.get_close_matches(path.stem, VARIABLES, 1)
            hint = f" Did you mean {near[0]}.md?" if near else ""
            raise KuraError(f"{path} replaces no prompt: the prompts are {', '.join(VARIABLES)}.{hint}")
    path = folder / f"{name}.md"
    return path if path.exists() else None


def _check(template: Template, where: str) -> None:
    data, needed, _ = VARIABLES[template.name]
    in_system = set(_PLACEHOLDER.findall(template.system))
    in_user = set(_PLACEHOLDER.findall(template.user))
    for variable in data:
        if variable in in_system:
            raise KuraError(
                f"{where} has <<{variable}>> under '# System', where the model would take it for"
                " instructions. Put it under '# User'."
            )
        if variable not in in_user:
            raise KuraError(f"{where} lacks <<{variable}>> under '# User': the model would be asked about nothing.")
    for variable in needed:
        if variable not in in_system | in_user:
            raise KuraError(f"{where} lacks <<{variable}>>: what it stands for would not be asked.")


def _code(data: Mapping[str, str]) -> str:
    """Return a code that does not occur in the data, and that nobody who wrote it could foresee."""
    texts = "\n".join(data.values()).lower()
    digest = hashlib.sha256(texts.encode(errors="replace")).hexdigest()
    return next(digest[:size] for size in range(8, 65) if digest[:size] not in texts)
