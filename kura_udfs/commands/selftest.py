"""A rehearsal: made-up conversations of known topics through the user's own settings, and how much of that came back.

dbt runs Kura's own project, the version that is installed, on a DuckDB file of its own, with the settings of the last
dbt command. So every stage does what it does at night, and nothing of the user's project or tables is touched.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kura_udfs.commands import places
from kura_udfs.commands.warehouse import Warehouse
from kura_udfs.errors import KuraError
from kura_udfs.evaluation import corpus
from kura_udfs.evaluation.corpus import Made
from kura_udfs.evaluation.reconstruction import Reconstruction, reconstruct
from kura_udfs.settings import OUTLIERS, UNPROCESSED, LensSettings, read_settings
from kura_udfs.text.languages import HUMAN_LANGUAGES

FOLDER = "kura_selftest"
TRANSCRIPTS = "+int_kura__transcripts"
ASSIGNMENTS = "+int_kura__assignments"
# not vars, or of no meaning for conversations that are made up, or about how many conversations the user has
_NOT_TAKEN = ("snowflake_functions",)
_ABOUT_THE_USERS_OWN = {
    "screener": None, "llm_batch": False, "clusters_target": None, "min_cluster_size": None, "taxonomy": None,
}  # fmt: skip
_OURS = f"{KuraError.__module__}.{KuraError.__name__}: "
"""What stands before a sentence of ours in what dbt says."""
_PATHS = ("embedder_path", "prompts_path")


@dataclass(frozen=True)
class Rehearsal:
    """Where the made-up conversations are worked on, and with which vars.

    Attributes
    ----------
    folder : Path
        Stays after the run: answers in it are paid for, and the next run takes them from there.
    package : Path
        Kura's own dbt project.
    variables : mapping
        Of dbt.
    """

    folder: Path
    package: Path
    variables: Mapping[str, Any]

    @property
    def database(self) -> Path:
        """The DuckDB file."""
        return self.folder / "selftest.duckdb"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Make the folder and keep others out of it, until this process and the dbt that it has started have ended.

        Raises
        ------
        KuraError
            When another one is at work in it: it would be told of conversations that are not its own.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            os.set_inheritable(lock.fileno(), True)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise KuraError(f"another selftest is at work in {self.folder}. Wait for it.") from None
            yield

    def prepare(self, made: list[Made]) -> None:
        """Write the conversations and the profile."""
        lines = (
            json.dumps({"conversation_id": each.conversation_id, "messages": each.messages}, ensure_ascii=False)
            for each in made
        )
        Path(self.variables["kura_input"]).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        output = {
            "type": "duckdb",
            "path": str(self.database),
            "schema": "kura",
            "threads": 2,
            "plugins": [{"module": "kura_udfs.functions.duckdb"}],
        }
        profile = {"kura": {"target": "selftest", "outputs": {"selftest": output}}}
        # JSON is YAML too
        (self.folder / "profiles.yml").write_text(json.dumps(profile), encoding="utf-8")

    def run(self, select: str) -> None:
        """Run models from the beginning, but for answers that are paid for.

        Raises
        ------
        KuraError
            When dbt fails, with what it says of the error.
        """
        command = [sys.executable, "-c", f"from {__name__} import attached_dbt; attached_dbt()"]
        command += ["run", "--full-refresh", "--select", select]
        command += ["--project-dir", str(self.package), "--profile", "kura", "--target", "selftest"]
        command += ["--vars", json.dumps(self.variables)]
        ours = {
            "DBT_PROFILES_DIR": str(self.folder),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DBT_USE_COLORS": "false",
        }
        # the user's own choices for dbt are about their project
        theirs = {name: value for name, value in os.environ.items() if not name.startswith("DBT_")}
        input_, held = os.pipe()  # which ends with this process
        try:
            done = subprocess.run(
                command,
                env={**theirs, **ours},
                stdin=input_,
                capture_output=True,
                text=True,
                check=False,
                close_fds=False,  # so that it holds the lock, too
            )
        finally:
            os.close(input_)
            os.close(held)
        if done.returncode:
            said = (done.stdout + done.stderr).strip().splitlines()
            where = f"All that dbt says is in {self.folder / 'logs'}."
            if sentences := [line.partition(_OURS)[2] for line in said if _OURS in line]:
                raise KuraError(f"{sentences[0]} {where}")
            first = next((row for row, line in enumerate(said) if "rror" in line), max(len(said) - 20, 0))
            raise KuraError(
                "\n".join(["dbt could not work on the made-up conversations:", *said[first : first + 20], where])
            )

    def clusters(self) -> tuple[dict[str, str | None], dict[str, str]]:
        """Return the cluster of each conversation, None for an outlier and what failed, and the names of clusters."""
        manifest = places.read_manifest(self.folder / "target")
        needed = ("int_kura__assignments", "int_kura__cluster_names")
        with Warehouse(str(self.database), manifest).opened(needed) as connection:
            placed = connection.execute("select conversation_id, cluster_id from int_kura__assignments").fetchall()
            names = connection.execute("select cluster_id, name from int_kura__cluster_names").fetchall()
        none = (OUTLIERS, UNPROCESSED)
        return {conversation: None if cluster in none else cluster for conversation, cluster in placed}, dict(names)


def attached_dbt() -> None:
    """Be dbt until it has done its work, or until its input ends: then what has started it is not there any more."""
    threading.Thread(target=_end_with_input, daemon=True).start()
    from dbt.cli.main import cli

    cli()


def _end_with_input() -> None:
    os.read(0, 1)
    os._exit(1)


def rehearsal(folder: Path, package: Path, meta: Mapping[str, Any] | None) -> tuple[Rehearsal, list[str]]:
    """Take the user's settings over.

    Parameters
    ----------
    folder, package
        As for `Rehearsal`.
    meta
        The `config.meta` of int_kura__summaries in dbt's manifest, which says every setting of the stages; None for
        Kura's own defaults.

    Returns
    -------
    rehearsal : Rehearsal
    notes : list of str
        What is not as in the user's own runs.

    Raises
    ------
    KuraError
        When the settings ask for what is only in Snowflake.
    """
    said = dict(meta or {})
    for name in ("provider", "embedder"):
        if said.get(name) == "cortex":
            raise KuraError(
                f"kura_{name} is cortex, which is in Snowflake alone, and a selftest runs on a DuckDB file."
                " Try other settings: dbt parse --vars '{...}' with a target on DuckDB, then kura selftest."
            )
    notes = [] if meta else ["there is no manifest of dbt's with Kura in it: these are Kura's own defaults"]
    for name, value in _ABOUT_THE_USERS_OWN.items():
        if said.get(name, value) != value:
            notes.append(f"without kura_{name}, which is about your own conversations")
    taken = adapted(said) if meta else {}
    variables = {f"kura_{name}": value for name, value in taken.items() if name not in _NOT_TAKEN}
    if "lenses" in said:  # each conversation has one topic that is known, so that the main lens is enough
        [lens, *_] = read_settings(LensSettings, said).each()
        variables |= {"kura_cluster_on": "auto", "kura_lenses": {lens.name: {"text": lens.text}}}
    folder = folder.resolve()
    variables |= {"kura_input": str(folder / "made.jsonl"), "kura_max_vanished_share": 1, "kura_publish_path": None}
    # of the user's own input
    variables |= {"kura_input_format": "conversations", "kura_columns": {}, "kura_roles": {}}
    variables |= {"kura_passthrough_columns": []}
    return Rehearsal(folder, package.resolve(), variables), notes


def adapted(meta: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of the user without what is about their own conversations, wherever dbt is run."""
    here = {name: str(Path(meta[name]).resolve()) for name in _PATHS if meta.get(name)}
    return {**meta, **_ABOUT_THE_USERS_OWN, **here}


def package_folder(project: Path) -> Path:
    """Return the folder of Kura's dbt project: the one that dbt works on itself, or the package in it.

    Raises
    ------
    KuraError
        When it is in neither.
    """
    own = _project_text(project)
    if re.search(r"^name:\s*[\"']?kura[\"']?\s*(?:#.*)?$", own, re.MULTILINE):
        return project
    installed = re.search(r"^packages-install-path:\s*[\"']?([^\s\"'#]+)", own, re.MULTILINE)
    folder = project / (installed[1] if installed else "dbt_packages") / "kura"
    if not _project_text(folder):
        raise KuraError(
            f"there is no dbt project of Kura's in {project.resolve()}, nor in {folder}."
            " Run this where dbt runs, after `dbt deps`, or name the project with --project-dir."
        )
    return folder


def languages_of(connection: Any) -> tuple[dict[str, float], str | None]:
    """Return the user's languages with their numbers of conversations, those that there are phrases in, and a note.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        That knows fct_kura__conversations by its name.
    """
    rows = connection.execute(
        "select lower(split_part(languages, ', ', 1)) as language, count(*) from fct_kura__conversations"
        " where languages is not null group by 1 order by 2 desc, 1"
    ).fetchall()
    known = {language: float(count) for language, count in rows if language in corpus.languages()}
    others = {language: count for language, count in rows if language in HUMAN_LANGUAGES and language not in known}
    note = None
    if others:
        share = sum(others.values()) / (sum(others.values()) + sum(known.values()))
        note = f"{share:.0%} of your conversations are in languages without phrases here: {', '.join(others)}"
    return known, note


def read_mix(text: str) -> dict[str, float]:
    """Read `english:80,german:20`; weights that are left out are 1.

    Raises
    ------
    KuraError
        When it is written otherwise.
    """
    mix: dict[str, float] = {}
    for part in text.lower().split(","):
        language, _, weight = part.strip().partition(":")
        try:
            mix[language.strip()] = float(weight or 1)
        except ValueError:
            raise KuraError(f"{text}: a mix of languages is written english:80,german:20.") from None
    return mix


def rehearse(
    rehearsal: Rehearsal, made: list[Made], say: Callable[[str], None]
) -> tuple[Reconstruction, dict[str, str]]:
    """Run everything up to the assignments, and compare; returns the names of clusters, too."""
    say(f"working on {len(made):,} made-up conversations")
    rehearsal.run(ASSIGNMENTS)
    cluster_of, names = rehearsal.clusters()
    return reconstruct(made, cluster_of), names


def _project_text(folder: Path) -> str:
    try:
        return (folder / "dbt_project.yml").read_text("utf-8")
    except OSError:
        return ""
