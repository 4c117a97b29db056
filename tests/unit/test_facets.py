"""Facets: what is asked, what users may add, and what an answer may look like."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pyarrow as pa
import pydantic
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kura_udfs.errors import KuraError
from kura_udfs.prompting.facet_answers import answer_model
from kura_udfs.prompting.facets import BUILT_IN, Facet, arrow_type, questions, user_facets
from tests.support.project import REPOSITORY

GOOD: dict[str, Any] = {
    "summary": "The user asks why a parcel is late. The assistant finds it.",
    "request": "Find out why a parcel is late",
    "task": "Track a parcel",
    "topic": "parcel tracking",
    "languages": ["German", "Python"],
    "concerning_score": 1,
    "user_frustration": 3,
    "assistant_errors": None,
    "issue": "A late parcel",
    "issue_side": "other",
    "outcome": "resolved",
    "outcome_evidence": "Danke, da ist es ja.",
}
ADDED: list[dict[str, Any]] = [
    {"name": "churn_risk", "enum": ["Low", "High"], "question": "how likely the user is to leave"},
    {"name": "resolved", "type": "boolean", "question": "whether the matter is settled"},
    {"name": "items", "type": "integer", "question": "how many items it is about"},
    {"name": "channels", "type": "list", "question": "which channels the user tried before"},
    {"name": "cause", "type": "text", "question": "what caused the trouble"},
]


def read(facets: Any = BUILT_IN, **changes: Any) -> dict[str, Any]:
    return dict(answer_model(facets).model_validate_json(json.dumps(GOOD | changes)).model_dump())


# --- what is asked


def test_all_facets_are_asked_for_with_their_limits() -> None:
    asked = questions([*BUILT_IN, *user_facets(ADDED)])
    assert [line.split(" ")[1] for line in asked.splitlines()] == [*GOOD, *(facet["name"] for facet in ADDED)]
    assert "summary (text, at most 2 sentences, at most 30 words)" in asked
    assert "concerning_score (whole number from 1 to 5)" in asked
    assert "churn_risk (one of: Low | High; null" in asked


def test_the_schema_is_what_strict_servers_take() -> None:
    schema = answer_model([*BUILT_IN, *user_facets(ADDED)]).model_json_schema()
    properties = schema["properties"]
    assert schema["additionalProperties"] is False
    assert schema["required"] == list(properties) == [*GOOD, *(facet["name"] for facet in ADDED)]
    assert properties["assistant_errors"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert properties["concerning_score"] == {"enum": [1, 2, 3, 4, 5], "type": "integer"}
    assert properties["churn_risk"]["anyOf"][0] == {"enum": ["Low", "High"], "type": "string"}
    unwanted = {"default", "maxLength", "minimum", "maxItems", "format", "pattern", "$ref"}
    assert not unwanted & {key for described in properties.values() for key in described}


def test_the_same_facets_give_the_same_class() -> None:
    assert answer_model(list(BUILT_IN)) is answer_model(BUILT_IN)
    assert answer_model(BUILT_IN) is not answer_model([*BUILT_IN, *user_facets(ADDED)])


# --- what is answered


def test_a_good_answer_is_taken_as_it_is() -> None:
    assert read() == GOOD


def test_texts_that_are_too_long_are_cut() -> None:
    words = [f"w{number}" for number in range(40)]
    assert read(summary="One is. Two is. Three is.")["summary"] == "One is. Two is."
    assert read(summary=" ".join(words))["summary"] == " ".join(words[:30]) + "…"
    assert len(read(topic=" ".join(words))["topic"].split()) == 5


@pytest.mark.parametrize(
    ("facet", "said", "read_as"),
    [
        ("summary", " It\nis\x00\u202e so. ", "It is so."),
        ("concerning_score", "4", 4),
        ("concerning_score", 4.0, 4),
        ("languages", None, []),
        ("languages", "German, Python", ["German", "Python"]),
        ("languages", ["German", "German", "C, C++", "", None], ["German", "C C++"]),
        ("assistant_errors", "None.", None),
        ("assistant_errors", [], None),
        ("assistant_errors", ["It lied", "It erred"], "It lied; It erred"),
        ("issue", "None", None),
        ("outcome", " Abandoned", "abandoned"),
        ("issue_side", "n/a", None),
    ],
)
def test_what_is_nearly_right_is_read_as_it_was_meant(facet: str, said: Any, read_as: Any) -> None:
    assert read(**{facet: said})[facet] == read_as


def test_what_is_left_out_is_null_and_what_is_added_ignored() -> None:
    facets = [*BUILT_IN, *user_facets(ADDED)]
    said = {key: value for key, value in GOOD.items() if key != "assistant_errors"} | {"more": {}}
    found = answer_model(facets).model_validate_json(json.dumps(said)).model_dump()
    assert found == GOOD | dict.fromkeys(facet["name"] for facet in ADDED)


@pytest.mark.parametrize(
    ("facet", "said"),
    [
        ("concerning_score", 0), ("concerning_score", 6), ("concerning_score", 2.5), ("concerning_score", None),
        ("concerning_score", "high"), ("concerning_score", True), ("user_frustration", -1), ("summary", ""),
        ("summary", None), ("summary", "…"), ("summary", {"text": "x"}), ("request", "n/a"), ("topic", []),
        ("outcome", "fine"), ("issue_side", "nobody"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused(facet: str, said: Any) -> None:
    with pytest.raises(pydantic.ValidationError, match=facet):
        read(**{facet: said})


def test_a_users_facets_are_read_by_their_type() -> None:
    facets = [*BUILT_IN, *user_facets(ADDED)]
    found = read(facets, churn_risk=" low", resolved="yes", items="12", channels=["phone"], cause="n/a")
    assert [found[facet["name"]] for facet in ADDED] == ["Low", True, 12, ["phone"], None]
    for wrong in ({"churn_risk": "medium"}, {"resolved": "perhaps"}, {"items": 1e300}, {"items": 2**63}):
        with pytest.raises(pydantic.ValidationError):
            read(facets, **wrong)


def test_a_choice_that_is_spelt_like_nothing_is_a_choice() -> None:
    facets = [*BUILT_IN, *user_facets([{"name": "damage", "enum": ["None", "some"], "question": "how much"}])]
    assert read(facets, damage="none")["damage"] == "None"
    assert read(facets, damage=None)["damage"] is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.fixed_dictionaries(dict.fromkeys([*GOOD, *(facet["name"] for facet in ADDED)], json_values)))
def test_any_answer_is_refused_or_fits_its_columns(said: dict[str, Any]) -> None:
    facets = [*BUILT_IN, *user_facets(ADDED)]
    try:
        found = answer_model(facets).model_validate(said)
    except pydantic.ValidationError:
        return
    for facet in facets:
        value = getattr(found, facet.name)
        pa.array([", ".join(value) if isinstance(value, list) else value], arrow_type(facet))
        if facet.max_words and isinstance(value, str):
            assert len(value.split()) <= facet.max_words


# --- what users may add


def test_no_setting_means_no_facets() -> None:
    assert user_facets(None) == user_facets([]) == []


def test_facets_are_read_from_the_setting() -> None:
    assert user_facets(ADDED)[0] == Facet(
        "churn_risk", "enum", "how likely the user is to leave", choices=("Low", "High")
    )
    assert [facet.kind for facet in user_facets(ADDED)] == ["enum", "boolean", "integer", "list", "text"]
    assert [str(arrow_type(facet)) for facet in user_facets(ADDED)] == [
        "string",
        "bool",
        "int64",
        "string",
        "string",
    ]


def test_a_facet_may_be_called_like_a_method_of_the_schema() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        facets = user_facets([{"name": name, "type": "text", "question": "what?"} for name in ("copy", "json", "dict")])
        found = answer_model(facets).model_validate_json('{"copy": "a", "json": "b", "dict": "c"}')
    assert found.model_dump_json() == '{"copy":"a","json":"b","dict":"c"}'


FACET = {"name": "risk", "type": "text", "question": "what?"}


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ("risk", "must be a list"),
        ({"risk": FACET}, "must be a list"),
        (["risk"], "Entry 1 of kura_facets is 'risk'"),
        ([{"type": "text", "question": "what?"}], "Entry 1 of kura_facets has no name"),
        ([FACET | {"name": "Risk"}], "'Risk'.*lower-case"),
        ([FACET | {"name": "my risk"}], "lower-case"),
        ([FACET | {"name": "1st"}], "a letter first"),
        ([FACET | {"name": "r" * 64}], "at most 63"),
        ([FACET | {"name": "risk; drop table x"}], "can't be the name of a column"),
        ([FACET | {"name": "summary"}], "Kura has one of that name"),
        ([FACET | {"name": "conversation_id"}], "reserved for Kura's own"),
        ([FACET | {"name": "model_risk"}], "reserved"),
        ([FACET | {"name": "order"}], "a word of SQL"),
        ([FACET, FACET], "2 facets called 'risk'"),
        ([FACET | {"type": "string"}], "'string'.*none of text, integer, boolean, list"),
        ([{"name": "risk", "question": "what?"}], "needs either a type"),
        ([FACET | {"enum": ["a", "b"]}], "either a type"),
        ([FACET | {"type": "enum"}], "either a type"),
        ([{"name": "risk", "type": "text"}], "has no question"),
        ([FACET | {"question": " "}], "has no question"),
        ([FACET | {"questoin": "x"}], "did you mean 'question'"),
        ([{"name": "risk", "question": "what?", "enum": ["a"]}], "2 to 100 values"),
        ([{"name": "risk", "question": "what?", "enum": "a, b"}], "2 to 100 values"),
        ([{"name": "risk", "question": "what?", "enum": [True, False]}], "quotes round it"),
        ([{"name": "risk", "question": "what?", "enum": ["a", "A"]}], "a value twice"),
        ([{"name": "risk", "question": "what?", "enum": ["a", {}]}], "words or numbers"),
    ],
)
def test_a_setting_that_can_not_work_is_refused_with_what_to_do(setting: object, complaint: str) -> None:
    with pytest.raises(KuraError, match=complaint):
        user_facets(setting)


def test_numbers_may_be_choices() -> None:
    assert user_facets([{"name": "risk", "question": "what?", "enum": [1, 2]}])[0].choices == ("1", "2")


def test_an_explicit_type_enum_goes_with_its_values() -> None:
    assert user_facets([FACET | {"type": "enum", "enum": ["a", "b"]}])[0].kind == "enum"


def test_no_facet_can_have_the_name_of_a_column_that_kura_makes() -> None:
    models = {}
    for file in [*REPOSITORY.glob("models/**/*.yml"), *REPOSITORY.glob("python_models/**/*.yml")]:
        for model in yaml.safe_load(file.read_text()).get("models", []):
            models[model["name"]] = {column["name"] for column in model.get("columns", [])}
    holding_facets = ("int_kura__summaries", "fct_kura__conversations", "fct_kura__cluster_facets")
    columns = set().union(*(models[name] for name in holding_facets))
    assert len(columns) > 30
    for column in columns | {"language", "conversation_length"}:
        with pytest.raises(KuraError, match=f"'{column}'"):
            user_facets([{"name": column, "type": "text", "question": "what"}])
