"""The audit of names by a language model (after Clio, A. Tamkin et al., 2024, arXiv:2412.13678).

Each new name is scored from 1, it identifies a person, to 5, it identifies nobody; several in one question. What fails,
there or by the rules that need no model, is rewritten once and judged again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import pydantic

from kura_udfs.llm.requests import Request
from kura_udfs.naming.audit import Verdict
from kura_udfs.naming.headings import spoken_key
from kura_udfs.naming.names import ClusterName
from kura_udfs.prompting.names import LABEL_TOKENS, NameAnswer, Namer, Taken, enforced_name, label, listed
from kura_udfs.prompting.prompts import Template
from kura_udfs.prompting.questions import Asking, LanguageModel, ask_all, question, read_answer

NAMES_PER_QUESTION = 20

LEAST_SCORE = 3
"""Below it a name fails."""

IDENTIFIES = "It may identify a person."


class Score(pydantic.BaseModel):
    """The score of the name with this number."""

    number: int
    score: int


class Scores(pydantic.BaseModel):
    """What a model answers about some names."""

    scores: list[Score]


class Judged(NamedTuple):
    """A name as it may be shown, what the audit says of it, and the score that a model gave it, if it did."""

    name: ClusterName
    verdict: Verdict
    score: int | None


def audited(
    names: Sequence[ClusterName],
    flaws: Callable[[Sequence[ClusterName]], Sequence[str | None]],
    taken: Taken,
    namer: Namer,
) -> Asking[list[Judged]]:
    """Judge names, and have those that fail rewritten once.

    Parameters
    ----------
    names : sequence of ClusterName
        New ones.
    flaws : callable
        Says what is wrong with names by the rules that need no model, `naming.audit.flaws`.
    taken : Taken
        The names of others, from which those that are rewritten must differ.
    namer : Namer
        Who is asked.

    Returns
    -------
    list of Judged
        In the order of the names. A name that the model says nothing of is judged by the rules alone.
    """
    scores = yield from name_scores(names, namer)
    reasons = _reasons(flaws(names), scores)
    failing = [row for row, reason in enumerate(reasons) if reason]
    judged = [Judged(name, "passed", score) for name, score in zip(names, scores, strict=True)]
    if not failing:
        return judged
    passing = [name for name, reason in zip(names, reasons, strict=True) if not reason]
    taken = Taken(
        taken.names | {spoken_key(name.name) for name in passing}, taken.slugs | {name.slug for name in passing}
    )
    template = namer.templates["rewrite_name"]
    requests = [rewrite_request(names[row], str(reasons[row]), template, namer.model) for row in failing]
    answers = yield from ask_all(requests)
    rewritten = [enforced_name(answer, taken, names[row]) for row, answer in zip(failing, answers, strict=True)]
    scores = yield from name_scores(rewritten, namer)
    for row, name, score, reason in zip(failing, rewritten, scores, _reasons(flaws(rewritten), scores), strict=True):
        judged[row] = Judged(name, "failed" if reason else "renamed", score)
    return judged


def name_scores(names: Sequence[ClusterName], namer: Namer) -> Asking[list[int | None]]:
    """Ask for the scores of names, from 1 to 5; None for those without an answer."""
    parts = [names[start : start + NAMES_PER_QUESTION] for start in range(0, len(names), NAMES_PER_QUESTION)]
    requests = [audit_request(part, namer.templates["audit_names"], namer.model) for part in parts]
    scores: list[int | None] = []
    for part, answer in zip(parts, (yield from ask_all(requests)), strict=True):
        said = read_answer(answer, Scores)
        found = {entry.number: entry.score for entry in said.scores if 1 <= entry.score <= 5} if said else {}
        scores += [found.get(number) for number in range(1, len(part) + 1)]
    return scores


def audit_request(names: Sequence[ClusterName], template: Template, model: LanguageModel) -> Request:
    """Ask for the scores of some names; the prompt is "audit_names"."""
    lines = [f"{number}. {label(name)}" for number, name in enumerate(names, 1)]
    values = partial(listed, {"names": lines}, LABEL_TOKENS)
    return question(template, values, Scores, model, _ROOM + 15 * len(lines))


def rewrite_request(name: ClusterName, reason: str, template: Template, model: LanguageModel) -> Request:
    """Ask for another name in place of one that failed; the prompt is "rewrite_name"."""
    return question(template, partial(_with_reason, label(name), reason), NameAnswer, model, _ROOM)


def _reasons(flaws: Sequence[str | None], scores: Sequence[int | None]) -> list[str | None]:
    return [
        flaw or (IDENTIFIES if score is not None and score < LEAST_SCORE else None)
        for flaw, score in zip(flaws, scores, strict=True)
    ]


def _with_reason(heading: str, reason: str, share: float) -> dict[str, str]:
    return {**listed({"heading": [heading]}, LABEL_TOKENS, share), "reason": reason}


# Output tokens beside what is asked for. Models that reason count that as output too.
_ROOM = 600
