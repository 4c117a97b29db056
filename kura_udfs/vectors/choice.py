"""Which encoder suits the languages of the texts, where nobody has said which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

from kura_udfs.text.languages import HUMAN_LANGUAGES
from kura_udfs.vectors import multilingual

# From such a share of other languages on, what the multilingual encoder gains on them is more than what it loses on
# English (benchmarks/encoder_choice.py). It is left again only below half of that, so that a share which swings about
# either border never brings the encoder back and forth.
ENOUGH = 0.1
TOO_FEW = ENOUGH / 2

OTHERS = multilingual.LANGUAGES - {"english"}
"""Languages that the multilingual encoder has learned and the English one has not."""
FOREIGN = frozenset(HUMAN_LANGUAGES) - multilingual.LANGUAGES
"""Languages that neither has learned."""


Bundled: TypeAlias = Literal["minilm", "multilingual"]


class Choice(NamedTuple):
    """An encoder, and why it is that one."""

    embedder: Bundled
    reason: str


class Shares(NamedTuple):
    """Which of the two encoders has learned the languages of texts; of those whose language can be told."""

    others: float
    """In languages that the multilingual encoder has learned and the English one has not."""
    foreign: float
    """In languages that neither has learned."""
    is_told: bool
    """Whether the language of any text can be told."""


def shares_of(counts: Mapping[str | None, int]) -> Shares:
    """Return how the texts divide by what the encoders have learned.

    Parameters
    ----------
    counts : mapping of str or None to int
        Texts by language. Those whose human language nobody knows count neither way.
    """
    known, others, foreign = (
        sum(count for language, count in counts.items() if language in among)
        for among in (HUMAN_LANGUAGES, OTHERS, FOREIGN)
    )
    return Shares(others / known, foreign / known, True) if known else Shares(0.0, 0.0, False)


def by_share(shares: Shares, last: Bundled | None) -> Choice:
    """Choose by the share of other languages.

    Parameters
    ----------
    shares : Shares
    last : {"minilm", "multilingual"} or None
        The encoder that these texts had so far; None if there was none.
    """
    if shares.others >= ENOUGH:
        return Choice("multilingual", told(shares, f" (multilingual from {ENOUGH:.0%} on)"))
    if last == "multilingual" and shares.others >= TOO_FEW:
        return Choice("multilingual", told(shares, f" (minilm again below {TOO_FEW:.0%})"))
    return Choice("minilm", told(shares, f" (multilingual from {ENOUGH:.0%} on)"))


def told(shares: Shares, border: str = "") -> str:
    """Say the shares in words, and where the border of that which decides is."""
    if not shares.is_told:
        return "the language of no text can be told"
    neither = f", {shares.foreign:.1%} in languages that neither encoder knows" if shares.foreign else ""
    return f"{shares.others:.1%} of the texts are in languages that only multilingual knows{border}{neither}"


def embedder_of(recipe: str) -> Bundled | None:
    """Return which of the two encoders has made vectors of this recipe; None if neither."""
    names: tuple[Bundled, Bundled] = ("minilm", "multilingual")
    return next((name for name in names if recipe.startswith(f"{name}-")), None)
