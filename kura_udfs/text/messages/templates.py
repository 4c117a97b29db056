"""A conversation as it was written out for a model: turns between the marks of a chat template.

Servers of open models log it like that, and data for fine-tuning is kept so: ChatML, Llama, Mistral, Gemma, Phi,
Granite, Command, DeepSeek, gpt-oss (the templates that come with the models), and the words that older prompts end
with, after which a model is to go on (``Human: … Assistant:``, ``### Instruction: … ### Response:``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

_NAME = r"([A-Za-z_-]{1,30})"
_MARK = re.compile(
    "|".join(
        (
            rf"<\|im_start\|>{_NAME}[^\S\n]*(?:\n|<\|im_sep\|>)",
            rf"<\|(?:start_header_id|header_start)\|>{_NAME}<\|(?:end_header_id|header_end)\|>",
            rf"<start_of_turn>{_NAME}\n",
            rf"<\|start\|>{_NAME}[^<]{{0,80}}(?:<\|channel\|>(?P<channel>\w{{1,20}})[^<]{{0,200}})?(?:<\|constrain\|>\w{{1,20}})?<\|message\|>",
            rf"<\|start_of_role\|>{_NAME}<\|end_of_role\|>",
            r"<\|(USER|CHATBOT|SYSTEM)_TOKEN\|>",
            r"<\|(user|assistant|system|observation|tool)\|>",
            r"<｜(User|Assistant)｜>",
            r"\[\|(Human|AI)\|\]",
            r"(\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_RESULTS)\]|\[TOOL_CALLS\]|<</?SYS>>)",
        )
    )
)
_SIGNS = ("<|", "<｜", "<start_of_turn>", "[INST]", "[|Human|]")
"""Of which each text with marks has one."""
_BEGINNING = re.compile(
    r"\s*(?:<s>|<bos>|<BOS_TOKEN>|<\|(?:begin_of_text|startoftext)\|>|<｜begin▁of▁sentence｜>|\[gMASK\](?:<sop>)?)"
)
_END = re.compile(
    r"<\|(?:im_end|eot_id|eom_id|eot|end|return|call|endoftext|end_of_text|END_OF_TURN_TOKEN|START_OF_TURN_TOKEN)\|>"
    r"|<end_of_turn>|<eos>|<｜end▁of▁sentence｜>|</s>(?=\s*(?:<s>\s*)?\Z)"
)
_LAST = re.compile(rf"(?:{_END.pattern}|</s>)\s*\Z")
_ROLES = {
    **dict.fromkeys(("human", "instruction", "input", "[inst]", "<</sys>>"), "user"),
    **dict.fromkeys(("model", "chatbot", "bot", "ai", "response", "[/inst]", "[/tool_results]"), "assistant"),
    **dict.fromkeys(("<<sys>>", "[system_prompt]", "[available_tools]"), "system"),
    **dict.fromkeys(("observation", "ipython", "function", "environment", "[tool_results]"), "tool"),
}
_WORDLESS = ("[/system_prompt]", "[/available_tools]", "[tool_calls]")
# at the beginning of a line, or in capitals
_WORD = re.compile(
    r"^[ \t]*(?:#{2,3}[ \t]*)?(System|Human|User|Instruction|Input|Assistant|AI|Bot|Response):"
    r"|(?<![^\s>])(SYSTEM|HUMAN|USER|ASSISTANT):",
    re.MULTILINE,
)
_TURN = re.compile(r"\n\n(Human|Assistant):")
_ROLE = re.compile(r"^(system|developer|user|assistant|tool): ?", re.MULTILINE)


def entries(text: str) -> list[dict[str, Any]] | None:
    """Read what was written out for a model.

    Parameters
    ----------
    text : str
        A prompt, or all that was said.

    Returns
    -------
    list of dict or None
        Of each turn ``role`` and ``content``; what was thought and which tools were called is left out. None where it
        isn't written out so: it has to begin with a mark, or to end with the word after which a model answers, for
        somebody may ask about either.
    """
    humans = _of_humans(text) if text.startswith("\n\n") else None
    return between_marks(text) or _between_words(text) or humans or _of_roles(text)


def whole(answer: str) -> list[dict[str, Any]] | None:
    """Read an answer as `entries` does where it has all that was said before, too."""
    return between_marks(answer) or _of_humans(answer)


def without_end(answer: str) -> str:
    """Return an answer without the mark behind it by which its model has said that it is done."""
    end = _LAST.search(answer)
    return answer[: end.start()].strip() if end else answer


def between_marks(text: str) -> list[dict[str, Any]] | None:
    """Read a text with marks as `entries` does: an answer may repeat its prompt, and speak of such words itself."""
    if not any(sign in text for sign in _SIGNS):  # nearly every prompt
        return None
    marks = [*_MARK.finditer(text)]
    if not marks:
        return None
    beginning = _BEGINNING.match(text)
    before = text[beginning.end() if beginning else 0 : marks[0].start()]
    if _said(before) and not beginning:
        return None
    names = [next(filter(None, mark.groups())).lower() for mark in marks]
    if "[inst]" in names and "[/inst]" not in names:
        return None
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    turns = [("system", before)] + [
        (_ROLES.get(name, name), text[mark.end() : end])
        for mark, name, end in zip(marks, names, ends, strict=True)
        if name not in _WORDLESS and mark["channel"] in (None, "final")
    ]
    return _told(turns)


def _between_words(text: str) -> list[dict[str, Any]] | None:
    if not text.rstrip().endswith(":"):  # nearly every prompt
        return None
    words = [*_WORD.finditer(text)]
    names = [(word[1] or word[2]).lower() for word in words]
    roles = [_ROLES.get(name, name) for name in names]
    if not words or roles[-1] != "assistant" or text[words[-1].end() :].strip():
        return None
    ends = [word.start() for word in words[1:]] + [len(text)]
    turns = [(role, text[word.end() : end]) for word, role, end in zip(words, roles, ends, strict=True)]
    return _told([("system", text[: words[0].start()]), *turns])


def _of_humans(text: str) -> list[dict[str, Any]] | None:
    """Read what Anthropic's first models went on with, as sets of preferences still have it."""
    if not text.lstrip().startswith("Human:") or "\n\nAssistant:" not in text:  # nearly every text
        return None
    _, *said = _TURN.split("\n\n" + text.lstrip())
    return _told(
        [("user" if name == "Human" else "assistant", held) for name, held in zip(said[::2], said[1::2], strict=True)]
    )


def _of_roles(text: str) -> list[dict[str, Any]] | None:
    """Read messages that were joined into one prompt, each behind its role, as LlamaIndex does; the system begins."""
    if not text.startswith(("system:", "developer:")) or "\nuser:" not in text:  # nearly every text
        return None
    _, *said = _ROLE.split(text)
    return _told([*zip(said[::2], said[1::2], strict=True)])


def _told(turns: Sequence[tuple[str, str]]) -> list[dict[str, Any]] | None:
    """The turns in which something is said; what a user says in two parts is one. None where no user speaks."""
    told: list[dict[str, Any]] = []
    for role, held in turns:
        if not (content := _said(held)):
            continue
        if told and role == told[-1]["role"] == "user":
            told[-1]["content"] += f"\n{content}"
        else:
            told.append({"role": role, "content": content})
    return told if any(turn["role"] == "user" for turn in told) else None


def _said(text: str) -> str:
    return _END.split(text, maxsplit=1)[0].strip()
