"""Facets: the attributes that a language model reads out of a conversation, ours and those that users add."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kura_udfs.errors import KuraError
from kura_udfs.text.visible import plain_line

if TYPE_CHECKING:
    import pyarrow as pa

Kind = Literal["text", "integer", "boolean", "enum", "list"]


@dataclass(frozen=True, slots=True)
class Facet:
    """One attribute of a conversation, and how a model is asked for it."""

    name: str
    """Also that of its column."""
    kind: Kind
    question: str
    choices: tuple[str, ...] = ()
    """Of an enum."""
    minimum: int | None = None
    maximum: int | None = None
    """Of an integer, both inclusive. An answer beyond them is wrong."""
    max_words: int | None = None
    """Of a text, or of each item of a list. An answer beyond it is cut."""
    max_sentences: int | None = None
    nullable: bool = True
    """Whether a model may say that the conversation doesn't tell."""


BUILT_IN = (
    Facet(
        "summary",
        "text",
        "what the user wanted, and what came of it",
        max_words=30,
        max_sentences=2,
        nullable=False,
    ),
    Facet(
        "request",
        "text",
        'what the user wants overall, as a phrase that begins with a verb ("find out why a parcel is late")',
        max_words=20,
        nullable=False,
    ),
    Facet(
        "task",
        "text",
        'what the assistant was to do, as a phrase that begins with a verb ("explain how deliveries are tracked")',
        max_words=20,
        nullable=False,
    ),
    Facet("topic", "text", 'the subject, as a noun phrase ("parcel tracking")', max_words=5, nullable=False),
    Facet(
        "languages",
        "list",
        "the human languages that are spoken, then the programming languages that are used or asked about,"
        ' by their English names ("German", "Python")',
        max_words=3,
        nullable=False,
    ),
    Facet(
        "concerning_score",
        "integer",
        "how concerning the conversation is for safety: 1 not at all, 2 slightly odd, 3 a case for a second"
        " look, 4 probable misuse or a person at risk, 5 clear and serious harm",
        minimum=1,
        maximum=5,
        nullable=False,
    ),
    Facet(
        "user_frustration",
        "integer",
        "how frustrated the user is in the end: 1 not at all, 2 slightly impatient, 3 annoyed, 4 angry,"
        " 5 furious or giving up",
        minimum=1,
        maximum=5,
        nullable=False,
    ),
    Facet(
        "assistant_errors",
        "text",
        "what the assistant got wrong or failed to do; null also if nothing",
        max_words=25,
    ),
    Facet(
        "issue",
        "text",
        'what went wrong for the user or stood in their way, as a noun phrase ("parcel lost on its way"); null also'
        " if nothing did",
        max_words=20,
    ),
    Facet(
        "issue_side",
        "enum",
        "whose side the issue was on: the user's own, the assistant's, that of what the conversation is about"
        " (product), or somebody else's; null also without an issue",
        choices=("user", "assistant", "product", "other"),
    ),
    Facet(
        "outcome",
        "enum",
        "how it ended: the user has what they wanted (resolved), a part of it (partly), nothing of it (unresolved), or"
        " left before it was settled (abandoned)",
        choices=("resolved", "partly", "unresolved", "abandoned"),
    ),
    Facet(
        "outcome_evidence",
        "text",
        "the one sentence of the conversation that shows this outcome, copied word for word in its own language",
        max_words=40,
    ),
)


def user_facets(setting: object) -> list[Facet]:
    """Read the facets that a user adds.

    Parameters
    ----------
    setting : object
        The var `kura_facets`: a list of mappings with `name`, `question`, and either `type` (text, integer,
        boolean or list) or `enum` (a list of the values that there are). None for no facets.

    Raises
    ------
    KuraError
        That names the facet, what is wrong with it and what it can be.
    """
    if setting is None:
        return []
    if not isinstance(setting, list | tuple):
        raise KuraError(f"kura_facets must be a list, each entry like {_EXAMPLE}, not {setting!r}.")
    facets = [_user_facet(entry, number) for number, entry in enumerate(setting, 1)]
    names = [facet.name for facet in facets]
    for name in names:
        if names.count(name) > 1:
            raise KuraError(f"kura_facets has {names.count(name)} facets called {name!r}. Give each its own name.")
    return facets


def questions(facets: Sequence[Facet]) -> str:
    """Write down what is asked for, a line for each facet."""
    return "\n".join(f"- {facet.name} ({_form(facet)}): {facet.question.strip()}" for facet in facets)


def arrow_type(facet: Facet) -> pa.DataType:
    """Return the type of a facet's column; the items of a list stand in a string, between commas."""
    import pyarrow as pa

    return {"integer": pa.int64(), "boolean": pa.bool_()}.get(facet.kind, pa.string())


_EXAMPLE = "{name: churn_risk, enum: [low, high], question: 'how likely the user is to leave'}"
_KEYS = ("name", "type", "enum", "question")
_TYPES: tuple[Kind, ...] = ("text", "integer", "boolean", "list")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,62}")
_MOST_CHOICES = 100
_COLUMN_NAMES = """
    content_hash recipe status error model input_tokens output_tokens cost_usd conversation_id user_id
    extract transcript conversation_url
    lens cluster_id turn_count user_turn_count token_count cluster_distance x y is_outlier is_concerning is_frustrated
    started_at started_on ended_at
    user_turns is_empty is_cut language conversation_length conversation_count facet value share lift
"""
_COLUMNS = frozenset(_COLUMN_NAMES.split())
# those that DuckDB or Snowflake refuse as a bare name of a column
_REFUSED_WORDS = """
    account all alter analyse analyze and any array as asc asof asymmetric between both by case cast check
    collate column connect connection constraint create cross current current_date current_time
    current_timestamp current_user database default deferrable delete desc describe distinct do drop else end
    except exists false fetch following for foreign from full grant group gscluster having ilike in increment
    initially inner insert intersect into is issue join lambda lateral leading left like limit localtime
    localtimestamp minus natural not null of offset on only or order organization pivot pivot_longer
    pivot_wider placing primary qualify references regexp returning revoke right rlike row rows sample schema
    select set show some start summarize symmetric table tablesample then to trailing trigger true try_cast
    union unique unpivot update user using values variadic view when whenever where window with
"""
_SQL_WORDS = frozenset(_REFUSED_WORDS.split())


def _user_facet(entry: object, number: int) -> Facet:
    if not isinstance(entry, Mapping):
        raise KuraError(f"Entry {number} of kura_facets is {entry!r}, but should be like {_EXAMPLE}.")
    name = _user_name(entry.get("name"), number)
    for key in entry:
        if key not in _KEYS:
            near = difflib.get_close_matches(str(key), _KEYS, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"it can have {', '.join(_KEYS)}."
            raise KuraError(f"The facet {name!r} of kura_facets has an unknown key {key!r}: {hint}")
    question = entry.get("question")
    if not isinstance(question, str) or not question.strip():
        raise KuraError(f"The facet {name!r} of kura_facets has no question. Say in words what the model is to find.")
    question = " ".join(question.split())
    if (entry.get("type") in (None, "enum")) == (entry.get("enum") is None):
        raise KuraError(
            f"The facet {name!r} of kura_facets needs either a type ({', '.join(_TYPES)}) or an enum with"
            " the values that there are."
        )
    if entry.get("enum") is not None:
        return Facet(name, "enum", question, choices=_choices(entry["enum"], name))
    if entry["type"] not in _TYPES:
        raise KuraError(
            f"The facet {name!r} of kura_facets has the type {entry['type']!r}, which is none of"
            f" {', '.join(_TYPES)}. For a fixed set of values give them as enum instead."
        )
    words = {"text": 30, "list": 5}.get(entry["type"])
    return Facet(name, entry["type"], question, max_words=words)


def _user_name(name: object, number: int) -> str:
    if not isinstance(name, str) or not name:
        raise KuraError(f"Entry {number} of kura_facets has no name. It should be like {_EXAMPLE}.")
    if not _IDENTIFIER.fullmatch(name):
        raise KuraError(
            f"kura_facets has a facet called {name!r}, which can't be the name of a column: use lower-case"
            " letters, digits and underscores, a letter first, at most 63."
        )
    if name in {facet.name for facet in BUILT_IN}:
        raise KuraError(f"kura_facets has a facet called {name!r}, but Kura has one of that name. Choose another.")
    if name in _COLUMNS or name in _SQL_WORDS or name.startswith(("model_", "kura_")):
        kind = "a word of SQL" if name in _SQL_WORDS else "reserved for Kura's own columns"
        raise KuraError(
            f"kura_facets has a facet called {name!r}, which is {kind}. Choose another, like 'user_{name}'."
        )
    return name


def _choices(values: object, name: str) -> tuple[str, ...]:
    where = f"The enum of the facet {name!r} of kura_facets"
    if not isinstance(values, list | tuple) or not 2 <= len(values) <= _MOST_CHOICES:
        raise KuraError(f"{where} must be a list of 2 to {_MOST_CHOICES} values, not {values!r}.")
    for value in values:
        if isinstance(value, bool) or value is None:
            raise KuraError(
                f"{where} has the value {value!r}. YAML reads words like yes, no, on, off and null so: put"
                " quotes round it."
            )
        if not isinstance(value, str | int | float) or not str(value).strip():
            raise KuraError(f"{where} has the value {value!r}. Values must be words or numbers.")
    choices = tuple(plain_line(str(value)) for value in values)
    if len({choice.casefold() for choice in choices}) < len(choices):
        raise KuraError(f"{where} has a value twice: {', '.join(choices)}.")
    return choices


def _form(facet: Facet) -> str:
    limits = [
        f"at most {facet.max_sentences} sentences" if facet.max_sentences else "",
        f"at most {facet.max_words} words" if facet.max_words and facet.kind == "text" else "",
    ]
    form = {
        "text": ", ".join(filter(None, ["text", *limits])),
        "integer": "whole number" if facet.minimum is None else f"whole number from {facet.minimum} to {facet.maximum}",
        "boolean": "true or false",
        "enum": "one of: " + " | ".join(facet.choices),
        "list": "list of texts, which may be empty",
    }[facet.kind]
    return f"{form}; null if it can't be told" if facet.nullable else form
