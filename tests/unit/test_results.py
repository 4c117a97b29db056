"""Tables of benchmarks: what is kept is what was measured, and docs say the same as the files."""

from __future__ import annotations

import csv
import importlib
import re
from pathlib import Path

import pytest

from tests.support.results import ROOT, Results, keep, markdown, markers

RESULTS = Results("speed", ("what", "seconds"), [["a | b", "1.0"], ["c", "2.0"]])


def places(folder: Path) -> Path:
    (folder / "benchmarks" / "results").mkdir(parents=True)
    (folder / "docs").mkdir()
    page = folder / "docs" / "benchmarks.md"
    page.write_text("# Before\n\n<!-- speed -->\nold\n<!-- /speed -->\n\nAfter\n")
    return page


def test_a_table_takes_the_place_of_the_one_before_and_nothing_else(tmp_path: Path) -> None:
    page = places(tmp_path)
    keep(RESULTS, tmp_path)
    keep(RESULTS, tmp_path)
    text = page.read_text()
    assert text.startswith(
        "# Before\n\n<!-- speed -->\n| what | seconds |\n| --- | ---: |\n| a \\| b | 1.0 |\n| c | 2.0 |\n\n*"
    )
    assert text.endswith("*\n<!-- /speed -->\n\nAfter\n")
    assert "old" not in text
    with (tmp_path / "benchmarks/results/speed.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [list(RESULTS.headings), *map(list, RESULTS.rows)]


def test_a_table_without_a_place_says_where_it_would_be(tmp_path: Path) -> None:
    places(tmp_path)
    with pytest.raises(SystemExit, match=r"docs/benchmarks\.md has no place for other"):
        keep(RESULTS._replace(name="other"), tmp_path)


def test_the_docs_say_what_the_files_say() -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text()
    kept = sorted((ROOT / "benchmarks" / "results").glob("*.csv"))
    assert kept
    for file in kept:
        with file.open(newline="") as lines:
            headings, *rows = csv.reader(lines)
        begin, _ = markers(file.stem)
        assert f"{begin}\n{markdown(headings, rows)}\n" in page, file.name


def test_every_place_in_the_docs_has_its_table() -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text()
    names = [line[5:-4] for line in page.splitlines() if line.startswith("<!-- ") and not line.startswith("<!-- /")]
    assert [name for name in names if not (ROOT / "benchmarks" / "results" / f"{name}.csv").exists()] == []


def test_each_command_of_the_docs_can_be_started_and_none_is_left_out() -> None:
    table = (ROOT / "docs" / "benchmarks.md").read_text().rpartition("| command |")[2]
    named = [name for row in table.splitlines() for name in re.findall("`([a-z_.]+)`", row.split("|")[1])]
    files = [*ROOT.glob("benchmarks/*.py"), *ROOT.glob("benchmarks/peers/*.py")]
    commands = {".".join(file.relative_to(ROOT / "benchmarks").with_suffix("").parts) for file in files}
    helpers = {"peers.environments", "peers.server"}
    assert sorted(named) == sorted(commands - helpers)
    for name in named:
        assert callable(importlib.import_module(f"benchmarks.{name}").main)
