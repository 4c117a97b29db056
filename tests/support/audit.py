"""What `make audit` says of the packages that are locked: known weaknesses, licences, and a bill of materials.

A tool that has asked nobody prints that nothing is known; here that is no verdict, and says so by its exit code.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.project import REPOSITORY

LOCKS = ("requirements.lock", "requirements-encoder.lock", "requirements-extensions.lock")
SOURCES = ("osv", "pypi")
WELL, AMISS, NO_VERDICT = 0, 1, 3
"""Exit codes; 2 is what argparse and make give."""
TOOLS = REPOSITORY / ".venv" / "audit" / "bin"
BILL = REPOSITORY / "target" / "sbom.cdx.json"
LICENCES = REPOSITORY / "target" / "licences.md"

READ_BY_HAND: Mapping[str, str] = {"text-unidecode": "Artistic-1.0-Perl OR GPL-1.0-or-later"}
"""Licences of packages whose files say more exactly than their metadata what one may choose."""


class Verdict(NamedTuple):
    """An exit code, and why."""

    code: int
    lines: list[str]


def locked(text: str) -> dict[str, str]:
    """Return name and version of the packages of a lock that belong on this machine."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if match := re.match(r"([A-Za-z0-9][\w.-]*)==([^\s;\\]+)(?:\s*;\s*([^\\]+))?", line):
            name, version, marker = match.groups()
            if not marker or Requirement(f"x; {marker.strip()}").marker.evaluate():  # type: ignore[union-attr]
                found[str(canonicalize_name(name))] = version
    return found


def judged(reports: Mapping[str, Mapping[str, Any] | None], wanted: Collection[str]) -> Verdict:
    """Judge what pip-audit says, by the source that it has asked; None where that could not be reached.

    A package counts as audited where at least one source knows it. What no source knows is not known to be well.
    """
    audited: set[str] = set()
    weaknesses: dict[str, set[str]] = {}
    lines = []
    for source, report in reports.items():
        if report is None:
            lines.append(f"{source}: could not be asked")
            continue
        answered = [each for each in report["dependencies"] if "skip_reason" not in each]
        lines.append(f"{source}: knows {len(answered)} of {len(report['dependencies'])} packages")
        for each in answered:
            name = canonicalize_name(each["name"])
            audited.add(name)
            for weakness in each.get("vulns", []):
                fixed = ", ".join(weakness.get("fix_versions") or []) or "no version yet"
                weaknesses.setdefault(f"{name} {each['version']}", set()).add(f"{weakness['id']} (mended in {fixed})")
    lines += [f"WEAK {package}: {'; '.join(sorted(found))}" for package, found in sorted(weaknesses.items())]
    missing = sorted(set(wanted) - audited)
    if missing:
        shown = ", ".join(missing[:10]) + (f" and {len(missing) - 10} more" if len(missing) > 10 else "")
        lines.append(f"NO VERDICT on {len(missing)} of {len(wanted)} packages, which nobody was asked about: {shown}")
    if not weaknesses and not missing:
        lines.append(f"No weakness is known in any of {len(wanted)} packages.")
    return Verdict(AMISS if weaknesses else NO_VERDICT if missing else WELL, lines)


def judged_licences(licences: Mapping[str, str], base: Collection[str]) -> Verdict:
    """Judge the licences of packages: in the base install none may be unknown, and none the GPL or AGPL alone."""
    lines, code = [], WELL
    for name in sorted(licences):
        licence = licences[name]
        wrong = "unknown" if not licence else "copyleft" if is_copyleft(licence) else ""
        if wrong:
            lines.append(f"{'BASE ' if name in base else ''}{name}: {licence or 'says nothing'} ({wrong})")
            code = AMISS if name in base else code
    if missing := sorted(set(base) - licences.keys()):
        lines.append(f"NO VERDICT on {', '.join(missing)}: not installed")
        code = code or NO_VERDICT
    lines.append(f"{len(licences)} packages, {len(base)} of them in the base install")
    return Verdict(code, lines)


def is_copyleft(licence: str) -> bool:
    """Return whether a licence leaves no choice but the GPL or the AGPL; the LGPL is neither."""
    choices = re.split(r"\s+or\s+(?!later)|/", licence, flags=re.IGNORECASE)
    return all(
        re.search(r"(?<![A-Za-z])A?GPL|GNU (?:Affero )?General Public|Affero", choice, re.IGNORECASE) is not None
        and "exception" not in choice.lower()
        for choice in choices
    )


def licence_of(distribution: metadata.Distribution) -> str:
    """Return what a package says of its licence, the most exact first; nothing where it says nothing."""
    said: Any = distribution.metadata
    name = canonicalize_name(said["Name"])
    if name in READ_BY_HAND:
        return READ_BY_HAND[name]
    if expression := said.get("License-Expression"):
        return str(expression)
    classified = [
        line.rpartition(" :: ")[2] for line in said.get_all("Classifier") or [] if line.startswith("License ::")
    ]
    classified = [line for line in classified if line != "OSI Approved"]
    text = str(said.get("License") or "").strip()
    if classified:
        return "; ".join(classified)
    return text.splitlines()[0][:100] if text and text.upper() != "UNKNOWN" else ""


def base_install(root: str = "kura-udfs") -> set[str]:
    """Return the names of what comes with a package when no extra is asked for."""
    found: set[str] = set()
    waiting = [root]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        waiting += [canonicalize_name(needed.name) for needed in _needed(name)]
    return found - {root}


def _needed(name: str) -> Iterable[Requirement]:
    try:
        texts = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []
    needed = map(Requirement, texts)
    return [each for each in needed if each.marker is None or each.marker.evaluate({"extra": ""})]


def _asked(source: str) -> dict[str, Any] | None:
    """Ask one source about all locks; None where it can't be reached."""
    dependencies: list[dict[str, Any]] = []
    for lock in LOCKS:
        run = subprocess.run(
            [TOOLS / "pip-audit", "-s", source, "--require-hashes", "--disable-pip", "--format", "json", "-r", lock],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        try:
            dependencies += json.loads(run.stdout)["dependencies"]
        except (ValueError, KeyError):
            print(f"{source}: {(run.stderr.strip() or 'no answer').splitlines()[-1][:200]}")
            return None
    return {"dependencies": dependencies}


def main() -> int:
    """Write the bill of materials and the list of licences, ask for advisories, and say what is amiss."""
    BILL.parent.mkdir(exist_ok=True)
    command: list[str | Path] = [TOOLS / "cyclonedx-py", "environment", "--pyproject", REPOSITORY / "pyproject.toml"]
    command += ["--output-format", "JSON", "--output-file", BILL, REPOSITORY / ".venv" / "bin" / "python"]
    bill = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if bill.returncode:
        print(bill.stderr.strip()[-500:])
    else:
        print(f"{BILL.relative_to(REPOSITORY)}: {len(json.loads(BILL.read_text())['components'])} components")

    wanted = {name: version for lock in LOCKS for name, version in locked((REPOSITORY / lock).read_text()).items()}
    installed = {str(canonicalize_name(each.metadata["Name"])): each for each in metadata.distributions()}
    licences = {name: licence_of(installed[name]) for name in wanted if name in installed}
    LICENCES.write_text(
        "| package | version | licence |\n|---|---|---|\n"
        + "".join(f"| {name} | {installed[name].version} | {licences[name]} |\n" for name in sorted(licences))
    )
    print(f"{LICENCES.relative_to(REPOSITORY)}: the licences of {len(licences)} packages")
    verdicts = [
        Verdict(AMISS if bill.returncode else WELL, []),
        judged_licences(licences, base_install()),
        judged({source: _asked(source) for source in SOURCES}, wanted),
    ]
    for verdict in verdicts:
        print("\n".join(verdict.lines))
    codes = {verdict.code for verdict in verdicts}
    return AMISS if AMISS in codes else NO_VERDICT if NO_VERDICT in codes else WELL


if __name__ == "__main__":
    sys.exit(main())
