"""A content and its parts, as pieces of text that say whose words they are.

Text wherever it stands is text. A part that carries no words by its nature (reasoning, a step, a source) leaves
nothing; a picture or a file leaves a marker, which only counts where a message says nothing else.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from kura_udfs.text.messages.fields import clean, compact, load, names, scalar, unwritten


class Piece(NamedTuple):
    """Something that stands in a message."""

    role: str | None
    """None where it is the message's own."""
    kind: Literal["text", "call", "marker", "unreadable"]
    text: str


def pieces(content: object) -> list[Piece]:
    """What stands in a content: a string, a number, a part, or a list of them."""
    found: list[Piece] = []
    _read(content, found, None, 0)
    return found


def is_content(value: object) -> bool:
    """Whether a JSON value has the form of a content, rather than of JSON that someone pasted into a chat."""
    if isinstance(value, list):
        if all(isinstance(item, str) for item in value):
            return True
        return any(isinstance(item, dict) for item in value) and all(
            isinstance(item, str) or (isinstance(item, dict) and _is_part(item)) for item in value
        )
    if not isinstance(value, dict):
        return False
    if isinstance(value.get("body"), str) and value.keys() <= {"body", "preview_url"}:  # WhatsApp's
        return True
    if value.get("type") == "doc" and isinstance(value.get("content"), list):  # of Atlassian's editor, and TipTap's
        return True
    parts = value.get("parts")
    return _is_part(value) or (isinstance(parts, list) and (value.keys() <= {"parts", "role"} or is_content(parts)))


def content_of(value: Any, read: Callable[[str], Any] = load) -> Any:
    """The content that a value is the text of; where that has not the form of one, the value as it is."""
    held = unwritten(value, read)
    return held if is_content(held) else value


def call(item: Mapping[str, Any], name: str | None = None) -> Piece | None:
    """The call of a tool as ``name(arguments)``; None where it has no name."""
    function = item.get("function")
    called: Mapping[str, Any] = function if isinstance(function, dict) else item
    name = scalar(called.get("name")) or scalar(called.get("toolName")) or scalar(called.get("tool_name")) or name
    name = name or (function if isinstance(function, str) else None)  # Inspect's
    if name is None:
        return None
    arguments = next((called[key] for key in ("arguments", "input", "args", "action") if key in called), "")
    if not isinstance(arguments, str):
        arguments = "" if arguments is None else compact(arguments)
    text = clean(f"{name}({arguments})")
    return Piece(None, "call", text) if text else None


def called_in(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """The call that a part of that type is or holds, as an object or as JSON."""
    held = (part.get("tool_call"), part.get("toolInvocation"), unwritten(part.get("value")))
    return next((each for each in held if isinstance(each, dict)), part)


def with_fields(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part with its fields beside its type, as most have them, where they stand in an object below.

    That is called ``data``, as Crush writes it, or as the type itself, with a capital, as Rust does.
    """
    if len(part) == 1 and (name := next(iter(part)))[:1].isupper():
        return {name[0].lower() + name[1:]: part[name]}
    data = part.get("data")
    return {**data, "type": part["type"]} if isinstance(data, dict) and part.keys() == {"type", "data"} else part


def tool_use(item: Mapping[str, Any], into: list[Piece], role: str | None = None, name: str | None = None) -> None:
    """Add the call of a tool and, where it stands beside it, what the tool answered."""
    called = call(item, name)
    if called:
        into.append(called._replace(role=role))
    for key in ("output", "result", "errorText"):
        if item.get(key) not in (None, ""):
            return result(item[key], into)
    return None


def result(value: object, into: list[Piece], depth: int = 0) -> None:
    """Add what a tool answered: text as it is, data as JSON."""
    if isinstance(value, dict) and "value" in value and value.keys() <= {"type", "value", "providerOptions"}:
        value = value["value"]
    before = len(into)
    typed = isinstance(value, list) and all(isinstance(item, dict) and "type" in item for item in value)
    if isinstance(value, dict | list) and value and not typed and not is_content(value):
        if isinstance(value, dict) and is_content(value.get("content")):
            _read(value["content"], into, "tool", depth + 1)
        if len(into) == before and (text := clean(compact(value))):
            into.append(Piece("tool", "text", text))
    else:
        _read(value, into, "tool", depth + 1)


_MAX_DEPTH = 12

_TEXT = frozenset(
    names("""text input_text output_text refusal multimodal_text audio_transcription execution_output tether_quote
    tether_browsing_display system_error voice_note sonic_webpage error guard_content""")
)
_SILENT = frozenset(
    names("""thinking redacted_thinking reasoning thoughts reasoning_recap think summary_text reasoning_text
    user_editable_context model_editable_context step_start step_finish step_end start finish source source_url
    source_document source_part url_citation citation citations token_budget flag cache_point item_reference
    compaction context_compaction agent_update app_pairing_content mcp_approval_request mcp_list_tools
    server_tool_use_start""")
)
CALL_TYPES = frozenset(
    names("""tool_use tool_call tool_calls function function_call server_tool_use mcp_tool_use custom_tool_call mcp_call
    web_search_call file_search_call computer_call code_interpreter_call local_shell_call shell_call
    apply_patch_call server_tool_call tool_invocation tool_call_request dynamic_tool tool_search_call""")
)
_MARKERS = {
    **dict.fromkeys(("image", "image_url", "input_image", "image_file", "image_asset_pointer"), "[image]"),
    **dict.fromkeys(("image_generation_call", "computer_screenshot"), "[image]"),
    **dict.fromkeys(("audio", "audio_url", "input_audio", "output_audio", "audio_asset_pointer"), "[audio]"),
    "real_time_user_audio_video_asset_pointer": "[audio]",
    **dict.fromkeys(("file", "input_file", "document", "attachment", "media", "blob", "uri"), "[file]"),
    **dict.fromkeys(("container_upload", "document_url", "file_url"), "[file]"),
    **dict.fromkeys(("video", "video_url", "input_video", "video_container_asset_pointer"), "[video]"),
}
_PART_TYPES = _TEXT | _SILENT | CALL_TYPES | _MARKERS.keys() | {"code", "tool_result", "search_result"}

# parts without a type: Bedrock's and Gemini's, where the one key says what it is
_UNTYPED_SILENT = frozenset(names("reasoningContent cachePoint thoughtSignature thought_signature thinking"))
UNTYPED_CALLS = frozenset(names("toolUse functionCall function_call toolCall tool_call"))
UNTYPED_RESULTS = frozenset(
    names("""toolResult functionResponse function_response codeExecutionResult code_execution_result
    tool_call_result""")
)
_UNTYPED_MARKERS = {
    "image": "[image]",
    "audio": "[audio]",
    "video": "[video]",
    **dict.fromkeys(names("document inlineData inline_data fileData file_data media"), "[file]"),
}
_UNTYPED_CODE = frozenset(names("executableCode executable_code"))
_UNTYPED_TEXTS = frozenset(names("text guardContent citationsContent json"))
_UNTYPED_ADDRESSES = {"imageUrl": "[image]", "audioUrl": "[audio]", "videoUrl": "[video]", "fileUrl": "[file]"}
_UNTYPED = (
    _UNTYPED_ADDRESSES.keys()
    | _UNTYPED_SILENT
    | UNTYPED_CALLS
    | UNTYPED_RESULTS
    | _UNTYPED_MARKERS.keys()
    | _UNTYPED_CODE
    | _UNTYPED_TEXTS
)
_UNTYPED_BESIDE = frozenset(names("thought partMetadata videoMetadata video_metadata annotations title"))
_UNTYPED_CHOICES = frozenset(names("options choices buttons quickReplies quick_replies"))

_TEXT_KEYS = names("""text parts refusal result content output output_str transcript value error guardContent
    citationsContent message body input_text markdown html query question answer response input""")
_HEARD = ("transcript", "transcription", "extracted_content", "extracted_text", "text", "caption")
_WITHIN = ("source", "file", "audio", "input_audio", "audio_asset_pointer", "video", "document", "data", "image")
_RESULT_KEYS = ("content", "output", "result", "tool_result", "response", "outputs", "error")
_DATA_URL = re.compile(r"\s*data:(\w*)/?[\w.+-]*[^,\s]{0,100};base64,")
_PLAIN_TAG = re.compile(r"[A-Za-z0-9+#._-]{1,20}")


def _is_part(item: Mapping[str, Any]) -> bool:
    item = with_fields(item)
    kind = item.get("type", item.get("content_type"))
    if isinstance(kind, str):
        normal = kind.replace("-", "_").lower()
        if normal in _TEXT:
            return any(key in item for key in ("text", "parts", "content", "result", normal))
        return normal in _PART_TYPES or normal.endswith("tool_result") or kind.startswith(("tool-", "data-"))
    if _is_call(item):
        return True
    told = item.keys() & _UNTYPED
    offered = {key for key in item.keys() & _UNTYPED_CHOICES if isinstance(item[key], list)}  # to choose from
    if not told or not item.keys() <= _UNTYPED | _UNTYPED_BESIDE | (offered if "text" in told else set()):
        return False
    texts = {"text", *_UNTYPED_ADDRESSES}
    if isinstance(held := item.get("text"), dict) and held.keys() == {"content"}:  # Freshchat's
        texts.remove("text")
    return all(key == "json" or isinstance(item[key], str if key in texts else dict | list) for key in told)


def _is_call(item: Mapping[str, Any]) -> bool:
    """Whether it is a call of a tool that says so by its keys alone, as traces of Vercel's SDK have it."""
    return isinstance(item.get("toolName"), str) and "toolCallId" in item


def _read(value: object, into: list[Piece], role: str | None, depth: int) -> None:
    if isinstance(value, str):
        if value.startswith("data:") and (data := _DATA_URL.match(value[:200])):
            into.append(Piece(role, "marker", f"[{data[1]}]" if data[1] in ("image", "audio", "video") else "[file]"))
        elif text := clean(value):
            into.append(Piece(role, "text", text))
    elif depth > _MAX_DEPTH:
        into.append(Piece(role, "unreadable", ""))
    elif isinstance(value, list):
        if _is_rich_text(value):
            value = ["".join(item if isinstance(item, str) else item["text"] for item in value)]
        for item in value:
            _read(item, into, role, depth + 1)
    elif isinstance(value, dict):
        _read_part(value, into, role, depth)
    elif text := scalar(value):
        into.append(Piece(role, "text", text))


def _is_rich_text(value: list[Any]) -> bool:
    """Whether it is one text with marks in it, as Telegram writes it, and not a list of parts."""
    marked = [item for item in value if isinstance(item, dict)]
    return (
        0 < len(marked) < len(value)
        and all(isinstance(item, str | dict) for item in value)
        and all(isinstance(item.get("text"), str) and isinstance(item.get("type"), str) for item in marked)
        and not any(item["type"] in _TEXT for item in marked)
    )


def _read_part(part: Mapping[str, Any], into: list[Piece], role: str | None, depth: int) -> None:
    part = with_fields(part)
    given = part.get("type")
    kind = given if isinstance(given, str) else part.get("content_type", part.get("msgtype"))
    if not isinstance(kind, str):
        return _read_untyped(part, into, role, depth)
    normal = kind.replace("-", "_").lower().removeprefix("m.")  # Matrix's
    if normal in _SILENT or kind.startswith(("data-", "source-")):
        return None
    if normal in _MARKERS:
        return _read_medium(part, into, role, depth, _MARKERS[normal])
    if normal.endswith(("tool_result", "_call_output", "tool_call_response", "_tool_response")):
        return _read_result(part, into, depth)
    if normal == "search_result":  # a passage that was looked up, with its title
        return _first(part, ("content", "title"), into, "tool", depth)
    if normal == "tool" and isinstance(part.get("state"), dict):  # opencode's
        return tool_use(part["state"], into, role, scalar(part.get("tool")))
    if normal in CALL_TYPES or normal.endswith("_call") or kind.startswith("tool-"):
        return tool_use(called_in(part), into, role, kind.removeprefix("tool-"))
    if normal == "code":
        return _read_code(part.get("text"), part.get("language"), into, role)
    before = len(into)
    _first(part, (normal, *_TEXT_KEYS) if normal not in _TEXT_KEYS else _TEXT_KEYS, into, role, depth)
    if len(into) == before and role == "tool":
        _first(part, ("title", "url"), into, role, depth)
    if len(into) == before and normal not in _TEXT:
        into.append(Piece(role, "marker", "[attachment]"))
    return None


def _read_untyped(part: Mapping[str, Any], into: list[Piece], role: str | None, depth: int) -> None:
    if part.get("thought") is True:
        return
    if _is_call(part):
        tool_use(part, into, role)
        return
    before = len(into)
    for key, value in part.items():
        if key in UNTYPED_CALLS and isinstance(value, dict):
            tool_use(value, into, role)
        elif key in UNTYPED_RESULTS and isinstance(value, dict):
            _read_result(value, into, depth)
        elif key in _UNTYPED_MARKERS and isinstance(value, dict):
            _read_medium(value, into, role, depth, _UNTYPED_MARKERS[key])
        elif key in _UNTYPED_ADDRESSES and isinstance(value, str):
            into.append(Piece(role, "marker", _UNTYPED_ADDRESSES[key]))
        elif key in _UNTYPED_CODE and isinstance(value, dict):
            _read_code(value.get("code"), value.get("language"), into, role)
        elif key == "json" and len(part) == 1 and (text := clean(compact(value))):
            into.append(Piece(role, "text", text))
    if len(into) == before:
        _first(part, _TEXT_KEYS, into, role, depth)
    if len(into) == before and not (part.keys() & (_UNTYPED_SILENT | {*_TEXT_KEYS})) and any(part.values()):
        into.append(Piece(role, "unreadable", ""))


def _first(
    part: Mapping[str, Any], keys: list[str] | tuple[str, ...], into: list[Piece], role: str | None, depth: int
) -> None:
    """Add what stands under the first key that holds something."""
    before = len(into)
    for key in keys:
        if key in part:
            _read(part[key], into, role, depth + 1)
            if len(into) > before:
                return


def _read_result(part: Mapping[str, Any], into: list[Piece], depth: int) -> None:
    before = len(into)
    for key in _RESULT_KEYS:
        if part.get(key) not in (None, ""):
            result(part[key], into, depth)
            if len(into) > before:
                return


def _read_code(text: object, language: object, into: list[Piece], role: str | None) -> None:
    code = clean(text) if isinstance(text, str) else None
    if code:
        tag = language.lower() if isinstance(language, str) and _PLAIN_TAG.fullmatch(language) else ""
        into.append(Piece(role, "text", f"```{'' if tag == 'unknown' else tag}\n{code}\n```"))


def _read_medium(part: Mapping[str, Any], into: list[Piece], role: str | None, depth: int, marker: str) -> None:
    """Add the words in a picture, a recording or a file, where it has any, else a marker."""
    before = len(into)
    _read_heard(part, into, role, depth)
    if not any(piece.kind == "text" for piece in into[before:]):
        del into[before:]
        mime = next((part[key] for key in ("mimeType", "mime_type", "mediaType", "modality") if part.get(key)), None)
        family = mime.partition("/")[0] if isinstance(mime, str) else ""
        into.append(Piece(role, "marker", f"[{family}]" if family in ("image", "audio", "video") else marker))


def _read_heard(part: Mapping[str, Any], into: list[Piece], role: str | None, depth: int) -> None:
    before = len(into)
    _first(part, _HEARD, into, role, depth)
    if len(into) > before or depth > _MAX_DEPTH:
        return
    if part.get("type") in ("text", "content"):  # the source of one of Anthropic's documents
        _first(part, ("data", "content"), into, role, depth)
    elif text := _decoded(part):
        into.append(Piece(role, "text", text))
    for key in _WITHIN:
        if len(into) == before and isinstance(part.get(key), dict):
            within = part[key]
            _read_heard(within, into, role, depth + 1)
            if len(into) == before and key == "data" and isinstance(within.get("content"), str):
                _read(within["content"], into, role, depth + 1)  # an upload of Open WebUI


def _decoded(part: Mapping[str, Any]) -> str | None:
    """The text of a text file that is held in base64."""
    mime = next((part[key] for key in ("mimeType", "mime_type", "mediaType", "media_type") if part.get(key)), None)
    if not (isinstance(mime, str) and mime.startswith("text/")):
        return None
    data = next((part[key] for key in ("data", "url", "content") if isinstance(part.get(key), str)), "")
    try:
        return clean(base64.b64decode(data.partition(";base64,")[2] or data, validate=True).decode())
    except (binascii.Error, UnicodeError, ValueError):
        return None
