"""The schema of what a language model answers about a conversation, and how its answers are read."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import pydantic

from kura_udfs.naming.headings import cut_sentences, cut_words
from kura_udfs.prompting.facets import Facet
from kura_udfs.text.visible import plain_line

MAX_ITEMS = 10
"""Of a list; what comes after is left out."""


def answer_model(facets: Sequence[Facet]) -> type[pydantic.BaseModel]:
    """Make the schema of an answer that holds these facets; the same class for the same facets.

    As JSON schema it is what strict servers take: every field required, no others, null as one of two types.
    As validation it is patient: what a model adds is ignored, a null that it leaves out is filled in, a text
    that is too long is cut. A number out of range, a value that is no choice, and what is missing but
    not nullable are errors.
    """
    return _answer_model(tuple(facets))


_INT64 = 2**63
_NOTHING = frozenset({"", "-", "–", "none", "null", "nil", "n/a", "na", "nothing", "not applicable", "no errors"})
_YES = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}


@functools.lru_cache(maxsize=16)
def _answer_model(facets: tuple[Facet, ...]) -> type[pydantic.BaseModel]:
    def as_strict(schema: dict[str, Any]) -> None:
        schema["additionalProperties"] = False
        schema["required"] = [facet.name for facet in facets]
        for described in schema["properties"].values():
            for key in ("title", "default"):  # a title says nothing and costs tokens
                described.pop(key, None)

    fields: dict[str, Any] = {
        # a missing field is read as null, which the reader then judges
        facet.name: (_annotation(facet), pydantic.Field(default=None, validate_default=True))
        for facet in facets
    }
    with warnings.catch_warnings():  # a facet may be called like a method of pydantic's, such as "copy"
        warnings.simplefilter("ignore")
        return pydantic.create_model(
            "Conversation",
            __config__=pydantic.ConfigDict(json_schema_extra=as_strict, protected_namespaces=()),
            **fields,
        )


def _annotation(facet: Facet) -> Any:
    kinds: dict[str, Any] = {"text": str, "boolean": bool, "list": list[str], "integer": int}
    type_: Any = Literal[facet.choices] if facet.kind == "enum" else kinds[facet.kind]
    if facet.minimum is not None and facet.maximum is not None:
        # as an enum, because not all strict servers take a range
        type_ = Literal[tuple(range(facet.minimum, facet.maximum + 1))]
    reader = pydantic.BeforeValidator(functools.partial(_read, facet))
    return Annotated[type_ | None if facet.nullable else type_, reader]


def _read(facet: Facet, value: Any) -> Any:
    """Bring what a model answered into the form of the facet, or raise ValueError with what would be
    right."""
    spoken = plain_line(value).casefold() if isinstance(value, str) else value
    is_choice = spoken in [choice.casefold() for choice in facet.choices]
    nothing = spoken is None or spoken == [] or (isinstance(spoken, str) and spoken.rstrip(".") in _NOTHING)
    if nothing and not is_choice:
        if facet.nullable:
            return None
        if facet.kind == "list":
            return []
        raise ValueError("must not be empty")
    return _READERS[facet.kind](facet, value)


def _text(facet: Facet, value: object) -> str:
    if isinstance(value, list):
        value = "; ".join(str(item) for item in value)
    if not isinstance(value, str | int | float):
        raise ValueError("must be a text")
    whole = plain_line(str(value))
    text = cut_sentences(whole, facet.max_sentences) if facet.max_sentences else whole
    cut = cut_words(text, facet.max_words) if facet.max_words else text
    if not any(map(str.isalnum, cut)):
        raise ValueError("must not be empty")
    return cut if cut == text else f"{cut}…"


def _integer(facet: Facet, value: object) -> int:
    try:
        number = float(value)  # type: ignore[arg-type]  # what is no number raises
        whole = int(value) if isinstance(value, int) else int(number)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("must be a whole number") from None
    if isinstance(value, bool) or whole != number or not -_INT64 <= whole < _INT64:
        raise ValueError("must be a whole number")
    return whole


def _boolean(facet: Facet, value: object) -> bool:
    said = _YES.get(str(value).strip().casefold())
    if said is None:
        raise ValueError("must be true or false")
    return said


def _choice(facet: Facet, value: object) -> str:
    said = plain_line(str(value)).casefold()
    for choice in facet.choices:
        if choice.casefold() == said:
            return choice
    raise ValueError("must be one of the values given")


def _items(facet: Facet, value: object) -> list[str]:
    values = value if isinstance(value, list) else str(value).split(",")
    # a comma would part an item in two, since the list becomes one string
    items = [plain_line(str(item).replace(",", " ")) for item in values if item is not None]
    kept = [cut_words(item, facet.max_words) if facet.max_words else item for item in items]
    return list(dict.fromkeys(item for item in kept if item.casefold() not in _NOTHING))[:MAX_ITEMS]


_READERS: dict[str, Callable[[Facet, Any], Any]] = {
    "text": _text,
    "integer": _integer,
    "boolean": _boolean,
    "enum": _choice,
    "list": _items,
}
