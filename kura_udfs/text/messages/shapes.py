"""A conversation as a tool keeps it, as the list of its entries.

Most shapes say the same in other words: somewhere a list of messages, around it what was asked for (a request,
its body, its input), beside it what was answered (choices, candidates, an output). So they are not told apart by
name but read by these words, which also reads the next tool's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from kura_udfs.text.messages import (
    bots,
    desks,
    frameworks,
    spellings,
    streams,
    telemetry,
    templates,
    threads,
    transcripts,
    turns,
)
from kura_udfs.text.messages.branches import chatgpt_branch, flattened, shown_branch
from kura_udfs.text.messages.entries import TEXT_KEYS, drafts, is_wordless, text_of, unwrapped
from kura_udfs.text.messages.fields import first_scalar, load, names, objects
from kura_udfs.text.messages.parts import is_content
from kura_udfs.text.messages.roles import is_known, role_of
from kura_udfs.text.messages.times import time_of


class Conversation(NamedTuple):
    """The entries of a conversation."""

    entries: Sequence[Any]
    is_linked: bool = False
    """Whether their order is told by links from answers to questions, so that their times don't matter."""


class SeveralConversationsError(ValueError):
    """A list holds messages of several conversations, which only rows can tell apart."""


def conversation(value: object, depth: int = 0) -> Conversation | None:
    """Find the messages in the JSON or the text of a conversation; None where there is no place for any."""
    if isinstance(value, str):
        value = _parsed(value) or transcripts.entries(value)
    if isinstance(value, list):
        return _of_list(value)
    if not isinstance(value, dict) or depth > _MAX_DEPTH:
        return None
    if isinstance(value.get("mapping"), dict):
        return Conversation(chatgpt_branch(value["mapping"], value.get("current_node")), is_linked=True)
    if entries := turns.of_columns(value):
        return _of_list(entries)
    if isinstance(value.get("chunks"), list) and all(map(_is_chunk, value["chunks"])):
        return _of_list(value["chunks"])
    if told := telemetry.messages(value) or bots.messages(value) or threads.messages(value):
        return Conversation(told)
    asked, answered = _asked(value, depth), _answered(value, depth)
    if asked is None and answered is None:
        return _alone(value)
    asked = asked or _worded(value)
    before = asked or _plain_question(value.get("messages")) or Conversation([])
    if any(isinstance(each, dict) and role_of(each) == "user" for each in answered or []) and is_dump(before.entries):
        before = Conversation([])  # what was handed to an agent, whose answer holds all that was said
    entries = desks.told(value, in_turn(before.entries, answered or []))
    return Conversation([*_system(value, entries), *desks.opening(value, entries), *entries], before.is_linked)


def is_dump(entries: Sequence[Any]) -> bool:
    """Whether nothing in entries was said: each is an object that a program has written out, without known words."""
    texts = [each.get("content") if isinstance(each, dict) else each for each in entries]
    return all(isinstance(text, str) and text[:1] == "{" and isinstance(_parsed(text), dict) for text in texts)


def in_turn(before: Sequence[Any], after: Sequence[Any]) -> list[Any]:
    """What was asked and what was answered, where either may hold the other, too."""
    is_held = bool(before) and _contents(after[: len(before)]) == _contents(before)
    if is_held and (len(after) > len(before) or _same_words(before[-1], after[-1])):
        before = []  # the state after an answer holds what was asked, too
    elif before and len(after) == 1 and _same_words(before[-1], after[0]):
        after = []  # and so may the list that seems to be the question
    return [*before, *after]


def placed(name: str, held: object, *, is_last: bool) -> list[Any]:
    """Messages of a place that somebody named.

    Texts without a role are the system's, a user's or an assistant's by the words that tools use for such places; where
    the name says nothing, the last of several places is the answer.
    """
    if isinstance(held, int | float) and not isinstance(held, bool):
        held = str(held)
    if not held:
        return []
    if name in _SYSTEM_KEYS:
        return [{"role": "system", "content": held}]
    is_answer = name in _ANSWER_KEYS or (is_last and name not in (*_REQUEST_KEYS, *_QUESTION_KEYS, *_LIST_KEYS))
    if is_answer:
        return _answer(held, 1) or []
    asked = _request(held, 0) if isinstance(held, list | dict | str) else None
    if asked is not None:
        return list(asked.entries)
    return [{"role": "user", "content": held}] if isinstance(held, str) and held.strip() else []


def _same_words(question: object, answer: object) -> bool:
    told, answered = ([draft for draft in drafts(each) if draft.content] for each in (question, answer))
    return bool(told) and [draft[:2] for draft in told] == [draft[:2] for draft in answered]


_MAX_DEPTH = 8
_EARLIER_KEYS = ("chat_history", "history")
"""What may hold all that was said before a question that stands beside it."""
_LIST_KEYS = names("""chat_messages messages contents conversation conversations chat_history history turns dialog
    dialogue comments conversation_parts items thread""")
TRANSCRIPT_KEYS = names("""transcript_object audio_segments transcripts utterances transcript phrases
    recognizedPhrases threads entries events logs log _embedded chat_transcript call_transcript
    concatenated_transcript""")
_KEYS_OF_PARTS = ("transcripts", "threads")
"""What may hold a recording in parts, a chat that was taken up again."""
_SAID_KEYS = tuple(key for key in TEXT_KEYS if key not in ("message", "prompt"))
_REQUEST_KEYS = names("""chat body request inputs input kwargs state values params data payload run trace inputBodyJson
    proxy_server_request chunkedPrompt""")
_QUESTION_KEYS = names("instruction prompt input inputs question query request user_input user_message human inputText")
_ANSWER_KEYS = names("""choices candidates output outputs response result completion completions generation generations
    generated_text answer output_text outputText outputBodyJson assistant_message ai chosen results""")
_ANSWER_TEXT_KEYS = names(
    "text content output_text answer response output result value generation generated_text outputText"
)
_SYSTEM_KEYS = ("system", "systemInstruction", "system_instruction", "system_prompt", "instructions")
_NAMED_QUESTION = re.compile(r"(?:question|query|message|msg|request|utterance|prompt|input)s?$", re.IGNORECASE)
_UNASKED = re.compile(r"system|context|document|instruction|history|template", re.IGNORECASE)
_OWN_IDS = ("conversation_id", "conversationId", "chat_id", "chatId", "topic_id", "topicId")
_CURRENT_KEYS = ("currentId", "current_leaf_message_uuid", "current_node", "currentNode")


def _parsed(text: str) -> object:
    try:
        return load(text) if text.lstrip()[:1] in ("[", "{") else None
    except ValueError:
        return None


def _unquoted(text: str) -> str:
    """What a text says that was written out as JSON once more."""
    if text[:1] == text[-1:] == '"' and len(text) > 1:
        with suppress(ValueError):
            return str(load(text))
    return text


def _of_list(items: list[Any], current: object = None) -> Conversation:
    if len(items) == 1 and isinstance(items[0], list) and all(isinstance(item, dict | list) for item in items[0]):
        items = items[0]  # a batch of one, as LangChain logs it
    if items and all(isinstance(item, str) and item[:1] == "{" for item in items):  # as Redis keeps them
        items = [_parsed(item) or item for item in items]
    items = list(transcripts.of_lines(items))
    if _is_of_several(items):
        raise SeveralConversationsError
    items = turns.spoken(spellings.in_common_words(items))
    items = desks.of_systems(desks.of_staff(flattened(frameworks.in_common_words(flattened(items)))))
    if len(items) == 1 and isinstance(items[0], dict):
        # what a chain has made of all that was said is one message
        written = templates.entries(text_of(unwrapped(items[0])) or "")
        items = written or items
    shown = shown_branch(items, current)
    return Conversation(items) if shown is None else Conversation(shown, is_linked=True)


def _is_of_several(items: Sequence[object]) -> bool:
    """Whether messages say themselves that they belong to different conversations."""
    held = objects(items)
    return any(len({key for item in held if (key := first_scalar(item, (name,)))}) > 1 for name in _OWN_IDS)


def _is_chunk(held: object) -> bool:
    """Whether it is said in a prompt of Google's AI Studio, and not a passage that was looked up."""
    return isinstance(held, dict) and held.get("role") in ("user", "model")


def _asked(value: Mapping[str, Any], depth: int) -> Conversation | None:
    """What was said before the answer."""
    found: Conversation | None = None
    for key in (*_LIST_KEYS, *TRANSCRIPT_KEYS):
        held = value.get(key)
        if key in TRANSCRIPT_KEYS and isinstance(held, list) and not _is_said(held):
            if key in _KEYS_OF_PARTS:
                parts = [conversation(part, depth + 1) for part in objects(held)]
                found = Conversation([entry for part in parts if part for entry in part.entries])
            continue
        if isinstance(held, dict) and (by_id := _by_id(held, value)):
            return by_id
        if isinstance(held, list):
            found = _of_list(held, _current_of(value))
        elif isinstance(held, dict | str) and held:
            read = conversation(held, depth + 1)
            if read is None and key == "contents" and isinstance(held, str):
                read = Conversation([{"role": "user", "content": held}])
            found = read or found
        if found and found.entries:
            return _with_question(value, found) if key in _EARLIER_KEYS else found
    return found if found and found.entries else _requested(value, found, depth)


def _requested(value: Mapping[str, Any], found: Conversation | None, depth: int) -> Conversation | None:
    """What a request holds, or else a question, where no list holds anything."""
    prompt = value.get("prompt")
    for given in [*map(value.get, _REQUEST_KEYS), prompt if isinstance(prompt, dict) else None]:
        held = _parsed(_unquoted(given)) if isinstance(given, str) else given
        if isinstance(held, list | dict):
            asked = _request(held, depth)
            if asked is None and isinstance(given, str):
                asked = _worded({"input": held}, takes_any=False)
            if asked and asked.entries:
                return asked
            found = found or asked
    lists = (held for key in _QUESTION_KEYS if isinstance(held := value.get(key), list))
    told = next((held for held in lists if held and all(map(_is_message, held))), None)
    return _with_question(value, found) if told is None else _of_list(told)


def _with_question(value: Mapping[str, Any], before: Conversation | None) -> Conversation | None:
    """What was said before, and after it the question that stands beside it as text."""
    held = [value.get(key) for key in _QUESTION_KEYS]
    for several in (value.get("prompts"), value.get("prompt")):
        held += several if isinstance(several, list) else ()
    told = [_unquoted(text) for text in held if isinstance(text, str) and text.strip()]
    if not told or (before is None and _is_message(value)):
        return before
    question = "\n".join(told)
    if written := templates.entries(question):  # with all that came before
        return Conversation(written)
    entries, is_linked = before or Conversation([])
    return Conversation([*entries, {"role": "user", "content": question}], is_linked)


def _worded(value: Mapping[str, Any], *, takes_any: bool = True) -> Conversation | None:
    """The question that stands in an input under a name of its own, as chains have it: ``{"customer_question": …}``.

    It may also be the only message there, what a function was called with, or, if any will do, the only sentence.
    """
    held: Mapping[str, Any] = next(
        (value[key] for key in ("inputs", "input", "kwargs") if isinstance(value.get(key), dict)), {}
    )
    is_called = isinstance(held.get("args"), list)
    if is_called:  # by a decorator, as Langfuse's
        named = held.get("kwargs")
        held = {str(at): each for at, each in enumerate(held["args"])} | (named if isinstance(named, dict) else {})
    lists = [[each] if isinstance(each, dict) else each for each in held.values() if isinstance(each, dict | list)]
    messages = [each for each in lists if each and all(map(_is_message, each))]
    if len(messages) == 1:
        return _of_list(messages[0])
    texts = {
        key: text for key, text in held.items() if isinstance(text, str) and text.strip() and not _UNASKED.search(key)
    }
    if is_called and len(texts) == 1:
        return Conversation([{"role": "user", "content": text} for text in texts.values()])
    told = [text for key, text in texts.items() if _NAMED_QUESTION.search(key)]
    told = told or [text for text in texts.values() if takes_any and " " in text.strip()]
    return Conversation([{"role": "user", "content": told[0]}]) if len(told) == 1 else None


def _alone(value: Mapping[str, Any]) -> Conversation | None:
    """What an object says beside which nothing was asked or answered: a ticket's opening, a message, several by id."""
    if opening := desks.opening(value, []):
        return Conversation([*_system(value, []), *opening])
    if _is_message(value) or is_wordless(value):
        return Conversation([value])
    if told := _by_id(value, {}):
        return told
    return Conversation([]) if any(value.get(key, "") is None for key in (*_LIST_KEYS, "mapping")) else None


def _is_said(held: Sequence[Any]) -> bool:
    """Whether something in a list says who speaks, and what."""
    return any(map(desks.is_said, frameworks.in_common_words(held)))


def _plain_question(held: object) -> Conversation | None:
    """A text where others have a list, and an answer beside it."""
    is_plain = isinstance(held, str) and held.lstrip()[:1] not in ("", "[", "{")
    return Conversation([{"role": "user", "content": held}]) if is_plain else None


def _request(held: object, depth: int) -> Conversation | None:
    if isinstance(held, str):
        held = _parsed(held)
    held = _payload(held)
    if isinstance(held, list):
        held = [each for each in held if each is not None]
    if (
        isinstance(held, list)
        and held
        and is_content(held)
        and not any(_is_message(each) or _is_dated(each) for each in held)
    ):
        return Conversation([{"role": "user", "content": held}])
    if isinstance(held, list) and not all(isinstance(item, dict | list) for item in held):
        return None
    return conversation(held, depth + 1)


def _payload(held: object) -> object:
    """What a list of texts that are JSON holds: one request, or the pieces of an answer."""
    if not isinstance(held, list) or not all(isinstance(each, str) for each in held):
        return held
    parsed = [_parsed(each) for each in held]
    if not all(isinstance(each, dict) for each in parsed):
        return held
    return parsed[0] if len(parsed) == 1 else parsed


def _by_id(held: Mapping[str, Any], beside: Mapping[str, Any]) -> Conversation | None:
    """The messages that an object keeps under their ids, as Open WebUI does; None where it keeps something else."""
    current = _current_of(beside)
    if not all(isinstance(each, dict) for each in held.values()):
        return None
    if current not in held and not any(role_of(each) and text_of(each) for each in held.values()):
        return None
    link = {"parentId": None} if any("parentId" in each for each in held.values()) else {}
    return _of_list([{"id": key, **link, **each} for key, each in held.items()], current)


def _current_of(value: Mapping[str, Any]) -> object:
    return next((value[key] for key in _CURRENT_KEYS if isinstance(value.get(key), str)), None)


def _answered(value: Mapping[str, Any], depth: int) -> list[Any] | None:
    """What was answered, as messages of the assistant unless they say otherwise."""
    if _is_message(value):
        return None
    for key in _ANSWER_KEYS:
        if key == "results" and "inputTextTokenCount" not in value:  # Titan's, others are of a search
            continue
        if value.get(key) and (found := _answer(value[key], depth + 1)):
            return found
    return _of_task(value)


def _of_task(value: Mapping[str, Any]) -> list[Any] | None:
    """What an agent answers in a task of A2A: what it has made, and what it says of that, beside its history."""
    status = value.get("status")
    if not isinstance(status, dict) or "state" not in status:
        return None
    made = [{"role": "assistant", "parts": each.get("parts")} for each in objects(value.get("artifacts"))]
    last = status.get("message")
    told = [_answers(last)] if isinstance(last, dict) else []
    said = [_contents([each]) for each in objects(value.get("history"))]
    return [each for each in [*made, *told] if _contents([each]) not in said] or None


def _answer(held: object, depth: int) -> list[Any] | None:
    if depth > _MAX_DEPTH or not held:
        return None
    if isinstance(held, str):
        return _written_answer(held, depth)
    held = _payload(held)
    if isinstance(held, list):
        return _listed_answer(held, depth)
    return _answer_within(held, depth) if isinstance(held, dict) else None


def _written_answer(text: str, depth: int) -> list[Any]:
    text = _unquoted(text)
    parsed = streams.chunks(text) or _parsed(text)
    found = _answer(parsed, depth + 1) if parsed is not None else templates.whole(text)
    return found or [{"role": "assistant", "content": templates.without_end(text)}]


def _listed_answer(held: list[Any], depth: int) -> list[Any] | None:
    """The answer in its pieces, in messages, or one of several."""
    if told := streams.text_of(held):
        return [{"role": "assistant", "content": told}]
    if isinstance(held[0], list):  # generations: for each prompt, a list of answers
        return _answer(held[0], depth + 1)
    if is_content(held) and not any(map(_is_message, held)):
        return [{"role": "assistant", "content": held}]
    said = [each for each in held if _is_message(each) or not (isinstance(each, dict) and _is_kind(each))]
    if said and all(map(_is_message, said)):
        return [_answers(item) for item in said]
    return _chosen(held, depth)


def _chosen(choices: Sequence[object], depth: int) -> list[Any] | None:
    """The first choice that says something is the one that was used, which a thought alone does not."""
    silent = None
    for each in choices:
        if found := _answer(each, depth + 1):
            if _says_something(found):
                return found
            silent = silent or found
    return silent


def _answer_within(held: Mapping[str, Any], depth: int) -> list[Any] | None:
    """The answer that an object is, or holds."""
    if _is_message(held):
        return [_answers(held)]
    for key in ("message", "content", "data"):
        if isinstance(held.get(key), dict):
            return _answer(held[key], depth + 1)
    inner = conversation(held, depth + 1)
    if inner and inner.entries:
        return [_answers(item) if isinstance(item, dict) else item for item in inner.entries]
    text = next((held[key] for key in _ANSWER_TEXT_KEYS if isinstance(held.get(key), str | list) and held[key]), None)
    return None if text is None else [{"role": "assistant", "content": text}]


def _says_something(entries: Sequence[object]) -> bool:
    return any(draft.content for entry in entries for draft in drafts(entry))


def _answers(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer, which is the assistant's where nobody says whose else; an agent may have a name."""
    inner = unwrapped(item)
    role = role_of(inner)
    if isinstance(author := inner.get("author"), str) and role == author.lower() and not is_known(role):
        role = None
    return item if role or is_wordless(inner) else {**inner, "role": "assistant"}


def _is_message(value: object) -> bool:
    """Whether an object is one message: it says who speaks, and has a place for what they say."""
    if not isinstance(value, dict):
        return False
    item = unwrapped(value)
    if item is not value and item.get("content") is not None:
        return True
    told = any(key in item for key in ("tool_calls", "refusal", *_SAID_KEYS)) or isinstance(item.get("message"), str)
    if told and role_of(item) is not None:
        return True
    kind = item.get("type")
    if isinstance(kind, str) and kind.endswith(("function_call", "_call_output", "_call")):
        return True
    return isinstance(kind, str) and (
        "sessionId" in item or "payload" in item or (kind == "reasoning" and "id" in item)
    )


def _is_kind(item: Mapping[str, Any]) -> bool:
    """Whether it says what kind of step of an answer it is: a thought, a list of tools."""
    return isinstance(item.get("type"), str)


def _is_dated(part: object) -> bool:
    """Whether it has a time of its own, as messages have, whoever says them, and parts of one have not."""
    return isinstance(part, dict) and time_of(part) is not None


def _contents(items: Sequence[object]) -> list[object]:
    """What stands in messages, to see whether they are the same."""
    inner = [unwrapped(item) if isinstance(item, dict) else {"content": item} for item in items]
    return [[item[key] for key in ("content", "parts", "text", "value") if key in item] for item in inner]


def _system(value: Mapping[str, Any], entries: Sequence[object]) -> list[Any]:
    """The system's prompt, where it stands beside the messages."""
    first = entries[0] if entries else None
    if isinstance(first, dict) and role_of(unwrapped(first)) in ("system", "developer"):
        return []
    prompt = next((value[key] for key in _SYSTEM_KEYS if isinstance(value.get(key), str | list | dict)), None)
    return [{"role": "system", "content": prompt}] if prompt else []
