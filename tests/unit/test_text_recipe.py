from __future__ import annotations

from pathlib import Path

from kura_udfs.functions.text_recipe import ROOMS, fingerprint


def test_other_code_that_makes_transcripts_has_another_fingerprint_and_no_other_code(tmp_path: Path) -> None:
    for room in (*ROOMS, "naming"):
        (tmp_path / room / "inner").mkdir(parents=True)
        (tmp_path / room / "inner" / "one.py").write_text("x = 1\n")
    found = [fingerprint(tmp_path)]
    (tmp_path / "naming" / "inner" / "one.py").write_text("x = 2\n")
    assert fingerprint(tmp_path) == found[0]
    for room in ROOMS:
        (tmp_path / room / "inner" / "one.py").write_text("x = 2\n")
        found.append(fingerprint(tmp_path))
        (tmp_path / room / "two.py").write_text("")
        found.append(fingerprint(tmp_path))
    assert len(set(found)) == len(found)
