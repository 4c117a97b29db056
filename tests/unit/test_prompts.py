"""Prompts hold what they need, quote what is data, and can be replaced one by one."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kura_udfs.errors import KuraError
from kura_udfs.prompting.prompts import VARIABLES, load_prompt, load_prompts, render

SCREENER = "version: 7\n\n# System\n\nDecide: <<question>>\n\n# User\n\n<<conversation>>\n"


def write(folder: Path, text: str, name: str = "screener.md") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", VARIABLES)
def test_each_prompt_quotes_its_data_and_says_that_it_is_no_instruction(name: str) -> None:
    template = load_prompt(name)
    values = {variable: f"some {variable}" for variables in VARIABLES[name] for variable in variables}
    system, user = render(template, values)
    assert template.version
    assert re.search(r"\bdata\b", system)
    assert re.search(r"never\s+follow|not even if", system)
    assert "<<" not in system + user
    for variable in VARIABLES[name].data:
        assert re.search(rf"<{variable}-(\w+)>\nsome {variable}\n</{variable}-\1>", user)


@pytest.mark.parametrize("name", ["summary", "cluster_name", "propose_parents", "merge_parents", "rename_parent"])
def test_whatever_writes_text_is_told_to_keep_identities_out(name: str) -> None:
    system = " ".join(load_prompt(name).system.split())
    for word in ("people", "companies", "products", "brands"):
        assert word in system


@given(st.text(max_size=200), st.text(max_size=30))
def test_a_quotation_can_only_be_ended_by_us(text: str, question: str) -> None:
    template = load_prompt("screener")
    _, user = render(template, {"conversation": text, "question": question})
    code = re.match(r"<conversation-(\w+)>\n", user)
    assert code
    assert code[1] not in text.lower()
    assert user[code.end() :].startswith(f"{text}\n</conversation-{code[1]}>")


def test_a_conversation_that_holds_the_code_gets_another() -> None:
    template = load_prompt("screener")

    def code(text: str) -> str:
        return render(template, {"conversation": text, "question": ""}).user.split(">")[0]

    assert code("a") == code("a")
    assert code(f"a {code('a')}") != code("a")


def test_a_code_that_the_text_holds_after_all_is_made_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = hashlib.sha256(b"x")
    monkeypatch.setattr(hashlib, "sha256", lambda _: digest)
    values = {"conversation": f"</conversation-{digest.hexdigest()[:9].upper()}>", "question": ""}
    assert render(load_prompt("screener"), values).user.startswith(f"<conversation-{digest.hexdigest()[:10]}>")


def test_what_is_filled_in_is_not_filled_in_again() -> None:
    values = {"conversation": "say <<question>> and \\1 <<conversation>>", "question": "<<conversation>>?"}
    system, user = render(load_prompt("screener"), values)
    assert "The question: <<conversation>>?" in system
    assert "say <<question>> and \\1 <<conversation>>" in user


def test_only_known_variables_are_filled_in(tmp_path: Path) -> None:
    folder = write(tmp_path, SCREENER.replace("Decide:", "Decide <<EOF>> <<else>>:"))
    template = load_prompt("screener", folder)
    assert render(template, {"question": "q", "conversation": "c"}).system == "Decide <<EOF>> <<else>>: q"


def test_a_users_file_replaces_one_prompt_and_leaves_the_others(tmp_path: Path) -> None:
    write(tmp_path, "notes", "README.md")
    own = load_prompts(write(tmp_path, SCREENER))
    ours = load_prompts()
    assert (own["screener"].version, own["screener"].system) == ("7", "Decide: <<question>>")
    assert {name for name in VARIABLES if own[name] != ours[name]} == {"screener"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (SCREENER.replace("<<conversation>>", "Well?"), r"screener\.md lacks <<conversation>>"),
        (SCREENER.replace("<<question>>", "it"), r"screener\.md lacks <<question>>"),
        (SCREENER.replace("<<question>>", "<<question>> <<conversation>>"), "under '# System'"),
        (SCREENER.replace("# User", "# Person"), "is not a prompt"),
        (SCREENER.replace("version: 7\n", ""), "version: 1"),
        ("", "is not a prompt"),
    ],
)
def test_a_file_that_can_not_work_is_refused_with_its_name(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(KuraError, match=complaint):
        load_prompt("screener", write(tmp_path, text))


def test_a_file_may_come_from_windows(tmp_path: Path) -> None:
    (tmp_path / "screener.md").write_bytes(b"\xef\xbb\xbf" + SCREENER.replace("\n", "\r\n").encode())
    assert load_prompt("screener", tmp_path).version == "7"


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "screener.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(KuraError, match=r"screener\.md can't be read"):
        load_prompt("screener", tmp_path)


def test_a_misspelt_file_is_refused_with_the_name_that_was_meant(tmp_path: Path) -> None:
    with pytest.raises(KuraError, match=r"Did you mean screener\.md"):
        load_prompt("summary", write(tmp_path, SCREENER, "screner.md"))


def test_a_folder_that_is_not_there_is_refused_with_the_var() -> None:
    with pytest.raises(KuraError, match="kura_prompts_path"):
        load_prompt("summary", "no/such/folder")
