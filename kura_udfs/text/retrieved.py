"""Prompts that a program has made of a person's question and of passages that it found for it.

A log has them as a user's messages. The parts of their templates stand behind labels at the beginning of lines
("Question:", "Retrieved documents:") or in tags. LangChain's, LlamaIndex's and Haystack's are read, and those that say
the same in other words.
"""

from __future__ import annotations

import re

_LONG = 600
"""Characters of a part called "Context:" and no more from which nobody has typed it."""


def own_words(text: str) -> str:
    """Return the question in a prompt that holds passages, too; any other text as it is.

    Parameters
    ----------
    text : str
        A user's message.

    Notes
    -----
    A person may have written a text without a label for the question and one for the passages, and one whose passages
    are short, are called "context" and no more, while nobody is told to use them. What is called a question first
    counts where it comes before the passages, which may be questions with answers themselves; after them what is
    called so last. The time is linear in the length of the text.
    """
    return _in_tags(text) or _behind_labels(text) or text


def _in_tags(text: str) -> str:
    if "</" not in text or not any(_inside(text, name) for name in _TAGS_OF_PASSAGES):
        return ""
    return next(filter(None, (_inside(text, name) for name in _TAGS_OF_QUESTIONS)), "")


def _inside(text: str, name: str) -> str:
    start = text.find(f"<{name}>")
    end = text.find(f"</{name}>", start)
    return text[start + len(name) + 2 : end].strip() if 0 <= start < end else ""


def _behind_labels(text: str) -> str:
    if "\n" not in text or not _ASKED.search(text):  # nearly every message
        return ""
    labels = list(_LABEL.finditer(text))
    questions = [label for label in labels if label["question"]]
    told = [label for label in labels if label["told"]]
    passages = [label for label in labels if label["passages"] or label["context"]] or told
    if not questions or not passages:
        return ""
    first = passages[0]
    if questions[0].start() < first.start():
        question, end = questions[0], first.start()
        length = len(text) - first.end()
    else:
        question = questions[-1]
        answers = (label.start() for label in labels if label["answer"] and label.start() > question.start())
        end = min(answers, default=len(text))
        length = question.start() - first.end()
    is_a_programs = told or length >= _LONG or any(label["passages"] for label in passages)
    if is_a_programs or _INSTRUCTION.search(text, 0, min(first.start(), question.start())):
        return text[question.end() : end].strip()
    return ""


_TAGS_OF_PASSAGES = ("context", "documents", "document", "passages", "sources", "search_results", "retrieved_documents")
_TAGS_OF_QUESTIONS = ("user_question", "user_query", "question", "query")

_ASKED = re.compile("question|query|user (?:input|message)", re.IGNORECASE)
_QUESTION = (
    r"(?:(?:user|customer|human|original|current|new|input)(?:['’]s)?[ _-]?)?(?:question|query)|user (?:input|message)"
)
_FOUND = r"retrieved|relevant|reference|supporting|background|grounding|search|source|knowledge[ _-]?base|rag"
_PASSAGES = (
    r"context|information|info|documents?|docs|passages?|chunks?|results?|sources?|articles?|snippets?|texts?|contents?"
    r"|data|knowledge"
)
_LABEL = re.compile(
    r"^[ \t>*#_]{0,6}(?:"
    rf"(?P<question>{_QUESTION})|(?P<passages>(?:{_FOUND})[ _-]?(?:{_PASSAGES}))"
    r"|(?P<context>context|documents|passages|sources)|(?P<answer>(?:helpful |final )?answer)"
    r")[ \t*_]{0,4}:[*_]{0,3}"
    r"|^(?P<told>context information (?:from multiple sources )?is below\.?$"
    r"|[^\n]{0,200}\b(?:use|using) the following (?:pieces of )?(?:retrieved )?"
    r"(?:context|documents|information|passages)\b[^\n]*$)",
    re.IGNORECASE | re.MULTILINE,
)
_INSTRUCTION = re.compile(
    r"\b(?:us(?:e|ing)|given|based on|according to)\b[^\n]{0,60}"
    r"\b(?:context|documents?|passages?|information|sources?)\b",
    re.IGNORECASE,
)
