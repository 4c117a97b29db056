"""Answers that fit a schema: asked for in the server's dialect, found wherever they stand, validated."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import openai
import pydantic

from kura_udfs.llm.openai.dialects import Dialect
from kura_udfs.llm.requests import Prompt, Size

REPEATS = "cut_off: it repeats itself"


class Reading(NamedTuple):
    """What an answer turned out to be."""

    content: str | None
    """Valid JSON, or None."""
    problem: str = ""
    """A stable reason, if there is no content: refused, cut_off, `REPEATS`, empty_answer, not_json or
    invalid_answer (with the fields and the kind of what is wrong)."""
    said: str = ""
    """The answer, for the model's eyes only."""
    complaint: str = ""
    """What is wrong with it, for the model's eyes only."""


def chat_body(
    prompt: Prompt,
    further: Sequence[dict[str, str]],
    schema: type[pydantic.BaseModel],
    model: str,
    max_output_tokens: int,
    parameters: Mapping[str, Any],
    spoken: Dialect,
) -> dict[str, Any]:
    """Return the JSON of a chat completion that asks for the schema in the given dialect.

    `further` are the messages after the prompt (see `repair`).
    """
    mode, name = spoken.modes[0], schema.__name__
    system = prompt.system if mode in ("json_schema", "tools") else f"{prompt.system}\n\n{in_words(schema)}"
    body: dict[str, Any] = {
        "model": model,
        "messages": [
            {"role": "system", "content": system},
            {"role": "user", "content": prompt.user},
            *further,
        ],
        spoken.limit_names[0]: max_output_tokens,
        **{key: value for key, value in parameters.items() if key not in spoken.left_out},
    }
    described = bounded_schema(schema) if spoken.bounded else strict_schema(schema)
    if mode == "json_schema":
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": name, "strict": True, "schema": described},
        }
    elif mode == "tools":
        function = {"name": name, "description": "Give the answer.", "parameters": described}
        body["tools"] = [{"type": "function", "function": function}]
        body["tool_choice"] = {"type": "function", "function": {"name": name}}
    elif mode == "json_object":
        body["response_format"] = {"type": "json_object"}
    return body


def size_of(
    prompt: Prompt,
    further: Sequence[dict[str, str]],
    schema: type[pydantic.BaseModel],
    max_output_tokens: int,
) -> Size:
    """Return how large such a call may become, in any dialect."""
    texts = [*prompt, *(message["content"] for message in further), in_words(schema)]
    return Size(sum(len(text.encode()) + _BYTES_AROUND_A_TEXT for text in texts), max_output_tokens)


def read(reply: Mapping[str, Any], schema: type[pydantic.BaseModel]) -> Reading:
    """Read a chat completion: the last JSON in it that fits the schema, or what is wrong."""
    choices = reply.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    message = choice.get("message")
    message = message if isinstance(message, dict) else {}
    whole = _said(message)
    said = whole.strip()
    reading = _validate(said, schema) if said else Reading(None, "empty_answer", complaint="There was no answer.")
    if reading.content is not None:
        return reading
    if message.get("refusal") or choice.get("finish_reason") == "content_filter":
        return Reading(None, "refused")
    if choice.get("finish_reason") == "length":
        return Reading(None, REPEATS if repeats_itself(whole) else "cut_off")
    return reading


def repeats_itself(said: str) -> bool:
    """Return whether a text ends in the same characters over and over, which more room would not bring to an end."""
    for period in range(1, _LONGEST_CIRCLE + 1):
        length = max(_CIRCLES * period, _SHORTEST_END)
        end = said[-length:]
        if len(end) == length and end[period:] == end[:-period]:
            return True
    return False


def repair(prompt: Prompt, schema: type[pydantic.BaseModel], reading: Reading) -> tuple[Prompt, list[dict[str, str]]]:
    """Return the prompt and the further messages that show the model what was wrong with its answer."""
    complaint = f"{reading.complaint} {in_words(schema)}"
    if not reading.said:
        return prompt._replace(user=f"{prompt.user}\n\n{complaint}"), []
    return prompt, [
        {"role": "assistant", "content": reading.said[:_LONGEST_SHOWN]},
        {"role": "user", "content": complaint},
    ]


@functools.cache
def strict_schema(schema: type[pydantic.BaseModel]) -> dict[str, Any]:
    """Return the JSON schema in the form that strict servers take: everything required, nothing else allowed.

    Limits on lengths are left to the validation: strict servers refuse them.
    """
    parameters = openai.pydantic_function_tool(schema)["function"]["parameters"]
    return {key: value for key, value in _without_lengths(parameters).items() if key != "description"}


@functools.cache
def bounded_schema(schema: type[pydantic.BaseModel]) -> dict[str, Any]:
    """Return the strict schema with bounds on every text and list, wider than any that is wanted.

    A server that lets a model write only what fits the schema ends by them what a small model would never end. They are
    no part of the schema itself: an answer hangs on them only where it would have been worth nothing.
    """
    bounded: dict[str, Any] = _with_bounds(strict_schema(schema))
    return bounded


@functools.cache
def in_words(schema: type[pydantic.BaseModel]) -> str:
    """Return the schema as an instruction, for models that are asked in words."""
    written = json.dumps(strict_schema(schema), ensure_ascii=False)
    return f"Answer with one JSON object and nothing else. It must fit this JSON schema:\n{written}"


_BYTES_AROUND_A_TEXT = 50
_LONGEST_SHOWN = 8000
_MOST_OBJECTS = 500
_CIRCLES, _LONGEST_CIRCLE, _SHORTEST_END = 5, 300, 100
_LONGEST_TEXT = 400  # characters: answers have room for 60 tokens a field, and llama.cpp counts no further than 2,000
_MOST_ITEMS = 50


def _without_lengths(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: {name: _without_lengths(inner) for name, inner in value.items()}
            if key in ("properties", "$defs")
            else _without_lengths(value)
            for key, value in node.items()
            if key not in ("minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "default")
        }
    return [_without_lengths(inner) for inner in node] if isinstance(node, list) else node


def _with_bounds(node: Any) -> Any:
    if isinstance(node, list):
        return [_with_bounds(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    bounds: dict[str, int] = {}
    if node.get("type") == "string" and not {"enum", "const"} & node.keys():
        bounds["maxLength"] = _LONGEST_TEXT
    elif node.get("type") == "array":
        bounds["maxItems"] = _MOST_ITEMS
    return {key: _with_bounds(inner) for key, inner in node.items()} | bounds


def _said(message: Mapping[str, Any]) -> str:
    """Return the text of a message, or the arguments of its tool call."""
    return _in_unicode(_as_it_came(message))


def _in_unicode(text: str) -> str:
    """Return a text in which no half of a character is left, as where an emoji was cut in two: nobody takes it."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _as_it_came(message: Mapping[str, Any]) -> str:
    calls = message.get("tool_calls")
    if isinstance(calls, list) and calls and isinstance(calls[0], dict):
        function = calls[0].get("function")
        arguments = function.get("arguments") if isinstance(function, dict) else None
        return arguments if isinstance(arguments, str) else json.dumps(arguments)
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _validate(said: str, schema: type[pydantic.BaseModel]) -> Reading:
    """Validate the answer: the last JSON object in it that fits, since a model that repeats what somebody else said
    does so on its way to what it says itself."""
    last: pydantic.ValidationError | None = None
    for text in reversed(_objects(said)):
        try:
            return Reading(schema.model_validate_json(text).model_dump_json())
        except pydantic.ValidationError as error:
            last = last or error
    if last is None:
        return Reading(None, "not_json", said, "The answer holds no JSON object of its own.")
    known = set(re.findall(r"\w+", json.dumps(strict_schema(schema))))
    errors = last.errors(include_url=False, include_context=False, include_input=False)
    kinds = [f"{_place(error['loc'], known)} {error['type']}".strip() for error in errors[:3]]
    complaints = [f"{'.'.join(map(str, error['loc'])) or 'the whole'}: {error['msg']}." for error in errors[:10]]
    return Reading(
        None, f"invalid_answer: {', '.join(kinds)}", said, f"The answer does not fit. {' '.join(complaints)}"
    )


def _objects(said: str) -> list[str]:
    """Return the JSON objects in a text: the text itself, or those in fences, prose, after reasoning aloud.

    What stands in a quotation or a transcript is somebody else's. An answer of more braces than anybody needs holds
    none: the last ones would have to be guessed.
    """
    said = _unwrapped(said.rpartition("</think>")[2].strip())
    decoder = json.JSONDecoder(strict=False)
    found: list[str] = []
    prose, at, tries = "", 0, 0
    while mark := _MARK.search(said, at):
        prose = _paragraph(prose + said[at : mark.start()])
        at = mark.end()
        if mark[0] != "{":
            continue
        tries += 1
        if tries > _MOST_OBJECTS:
            return []
        try:
            value, at = decoder.raw_decode(said, mark.start())
            if not _opens_quotation(prose):
                found.append(_in_unicode(json.dumps(value, ensure_ascii=False)))
        except (ValueError, RecursionError):
            prose += "{"
    return found


# a brace; or what others have said: between our tags, and lines of a block quote or of a transcript
_MARK = re.compile(
    r"\{|<(?P<tag>[a-z_]+-[0-9a-f]{8,64}|conversation|transcript|blockquote|quote)>.*?(?:</(?P=tag)>|\Z)"
    r"|^[ \t]*>[^\n]*|^[ \t*_]*(?:user|system|developer|tool|human|customer)[*_]*:[^\n]*"
    r"|(?<=\n)[ \t*_]*assistant[*_]*:[^\n]*",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_LONGEST_PARAGRAPH = 2000


def _unwrapped(said: str) -> str:
    """Return an answer without the quotation marks around the whole of it."""
    return said[1:-1].strip() if said[:2] in ('"{', "'{", "`{") and said[-2:] == "}" + said[0] else said


def _paragraph(prose: str) -> str:
    """Return the last paragraph of what stands before an object; a fence begins another."""
    return re.split(r"\n[ \t\r]*\n|```", prose[-_LONGEST_PARAGRAPH:])[-1]


def _opens_quotation(prose: str) -> bool:
    """Return whether a text ends within quotation marks."""
    return _OPENING.search(_QUOTATION.sub("", prose)) is not None or prose.endswith(("'", "‘", "‚"))


_QUOTATION = re.compile(r'"[^"]*"|`[^`]*`|„[^“”]*[“”]|“[^”]*”|«[^»]*»|「[^」]*」')
_OPENING = re.compile('["`„“«「]')


def _place(location: tuple[int | str, ...], known: set[str]) -> str:
    """Return where an error is; names that the schema doesn't have are the model's own words and stay out."""
    return ".".join(str(part) if isinstance(part, int) or part in known else "?" for part in location)
