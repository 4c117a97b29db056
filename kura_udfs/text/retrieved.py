"""Prompts that a program has made of a person's question, of what it tells a model, and of passages that it found.

A log has them as a user's messages. The parts of their templates stand behind labels at the beginning of lines
("Question:", "Retrieved documents:") or in tags. LangChain's, LlamaIndex's and Haystack's are read, and those that say
the same in other words.
"""

from __future__ import annotations

import re

_LONG = 600
"""Characters of a part called "Context:" and no more from which nobody has typed it."""


def own_words(text: str) -> str:
    """Return the question in a prompt that holds instructions or passages, too; any other text as it is.

    Parameters
    ----------
    text : str
        A user's message.

    Notes
    -----
    A person may have written a text without a label for the question, one that neither has a label for passages nor
    begins by telling a model what it is, and one whose passages are short, are called "context" and no more, while
    nobody is told to use them. What is called a question first counts where it comes before the passages, which may be
    questions with answers themselves; after them, or after examples, what is called so last. The time is linear in the
    length of the text.
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
    if not questions:
        return ""
    question = questions[-1]
    answers = (label.start() for label in labels if label["answer"] and label.start() > question.start())
    end = min(answers, default=len(text))
    if not passages:
        return text[question.end() : end].strip() if _TOLD_WHAT_IT_IS.match(text[: questions[0].start()]) else ""
    first = passages[0]
    if questions[0].start() < first.start():
        question, end = questions[0], first.start()
        length = len(text) - first.end()
    else:
        length = question.start() - first.end()
    is_a_programs = told or length >= _LONG or any(label["passages"] for label in passages)
    if is_a_programs or _INSTRUCTION.search(text, 0, min(first.start(), question.start())):
        return text[question.end() : end].strip()
    return ""


_TAGS_OF_PASSAGES = ("context", "documents", "document", "passages", "sources", "search_results", "retrieved_documents")
_TAGS_OF_QUESTIONS = ("user_question", "user_query", "question", "query")

_ASKED = re.compile("question|query|input|message|request", re.IGNORECASE)
_WHOSE = "(?:user|customer|human)(?:['’]s)?"
_QUESTION = (
    rf"(?:(?:{_WHOSE}|original|current|new|input)[ _-]?)?(?:question|query)"
    rf"|{_WHOSE}[ _-](?:input|message|request|prompt)"
)
_FOUND = r"retrieved|relevant|reference|supporting|background|grounding|search|source|knowledge[ _-]?base|rag"
_PASSAGES = (
    r"context|information|info|documents?|docs|passages?|chunks?|results?|sources?|articles?|snippets?|texts?|contents?"
    r"|data|knowledge"
)
_LABEL = re.compile(
    r"^[ \t>*#_]{0,6}(?:"
    rf"(?P<question>{_QUESTION})|(?P<passages>(?:{_FOUND})[ _-]?(?:{_PASSAGES}))"
    r"|(?P<context>context|documents|passages|sources)"
    r"|(?P<answer>(?:(?:helpful|final|your) )?(?:answer|response)|output)"
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
_TOLD_WHAT_IT_IS = re.compile(
    r"\W{0,9}(?:you(?:['’]re| are) (?:(?:an?|the|my)\b|(?-i:[A-Z]))|(?:please )?(?:act|behave) as\b"
    r"|(?:your|the) (?:task|job|role) is\b|(?:please )?(?:answer|respond to|reply to) (?:the|this|a) "
    r"(?:following |user['’]s |customer['’]s )?(?:question|query|user|customer|message|request)\b)",
    re.IGNORECASE,
)
