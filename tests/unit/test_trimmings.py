"""What of a text says nothing of what it is about: signatures, frames of stack traces, paths."""

from __future__ import annotations

import pytest

from kura_udfs.naming.phrases import extract_phrases
from kura_udfs.naming.tokenising import tokenise


@pytest.mark.parametrize(
    "text",
    [
        "router broken\nKind regards,\nMarta Kowalska\nstill broken",
        "router broken Thanks! J. Okafor",
        "router broken\nMit freundlichen Grüßen Sabine Krüger",
        "router broken. Cordialement\nÉlodie Dubois",
        "router broken\nQuedo a la espera. Lucía",
        "router broken\nよろしくお願いします。佐藤美咲",
        "router broken 谢谢！王小明",
    ],
)
def test_who_signs_a_text_is_not_what_it_is_about(text: str) -> None:
    assert set(tokenise(text)) - {""} <= {"router", "broken", "still"}


@pytest.mark.parametrize(
    "text",
    ["Danke Router geht nicht", "thanks for the help with my order", "THANKS MY VPN", "this plan is best for us"],
)
def test_what_follows_thanks_and_names_nobody_is_read(text: str) -> None:
    assert [word for word in tokenise(text) if word] == text.split()


@pytest.mark.parametrize(
    "trace",
    [
        'Traceback (most recent call last):\n  File "/srv/app/load.py", line 7, in run\n    return runner.run(job)\n',
        "\tat com.acme.orders.OrderMapper.load(OrderMapper.java:42)\n\tat java.base/java.lang.Thread.run(Thread.java:8)\n",
        "    at Object.<anonymous> (/srv/app/index.js:3:14)\n    at /srv/app/main.js:10:22\n",
    ],
)
def test_frames_of_stack_traces_are_no_words(trace: str) -> None:
    assert [word for word in tokenise(f"it fails\n{trace}KeyError") if word] == ["it", "fails", "KeyError"]


@pytest.mark.parametrize(
    "path",
    [
        "/srv/app/x",
        "~/notes.txt",
        "./run",
        "C:\\app\\x.dll",
        "src/list/List.tsx",
        ".github/ci.yml",
        "hub.acme.io/api:1",
    ],
)
def test_paths_are_no_words(path: str) -> None:
    assert [word for word in tokenise(f"look at {path} please") if word] == ["look", "at", "please"]


@pytest.mark.parametrize("text", ["and/or", "iOS/Android", "he/she/they", "km/h", "the garage (level two)"])
def test_what_only_has_a_slash_or_brackets_is_no_path_and_no_frame(text: str) -> None:
    assert len([word for word in tokenise(text) if word]) >= 2


def test_french_questions_lose_the_pronoun_of_a_subject_that_was_named() -> None:
    texts = ["Pourquoi ma facture est-elle si élevée ?", "ma facture est-elle toujours si élevée"]
    assert "facture élevée" in extract_phrases(texts).text
    assert extract_phrases(["J'ai été prélevé ce mois-ci", "prélevé deux fois ce mois-ci"]).text == ["prélevé"]


@pytest.mark.parametrize("text", ["router &amp; modem", "router <@U024BE7LH> modem", "router <#C12|help> modem"])
def test_signs_and_ids_that_a_program_writes_for_people_are_no_words(text: str) -> None:
    assert [word for word in tokenise(text) if word] == ["router", "modem"]
