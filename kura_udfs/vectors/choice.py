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


Bundled: TypeAlias = Literal["minilm", "multilingual"]


class Choice(NamedTuple):
    """An encoder, and why it is that one."""

    embedder: Bundled
    reason: str


def share_of_others(counts: Mapping[str | None, int]) -> float:
    """Return the share of texts in languages that the multilingual encoder knows and the English one does not.

    Parameters
    ----------
    counts : mapping of str or None to int
        Texts by language. Those whose human language nobody knows count neither way.
    """
    known = sum(count for language, count in counts.items() if language in HUMAN_LANGUAGES)
    others = sum(count for language, count in counts.items() if language in multilingual.LANGUAGES - {"english"})
    return others / known if known else 0.0


def by_share(share: float, last: Bundled | None) -> Choice:
    """Choose by the share of other languages.

    Parameters
    ----------
    share : float
    last : {"minilm", "multilingual"} or None
        The encoder that these texts had so far; None if there was none.
    """
    if share >= ENOUGH:
        return Choice("multilingual", f"{told(share)} (multilingual from {ENOUGH:.0%} on)")
    if last == "multilingual" and share >= TOO_FEW:
        return Choice("multilingual", f"{told(share)} (minilm again below {TOO_FEW:.0%})")
    return Choice("minilm", f"{told(share)} (multilingual from {ENOUGH:.0%} on)")


def told(share: float) -> str:
    """Say the share in words."""
    return f"{share:.1%} of the texts are in other languages"


def embedder_of(recipe: str) -> Bundled | None:
    """Return which of the two encoders has made vectors of this recipe; None if neither."""
    names: tuple[Bundled, Bundled] = ("minilm", "multilingual")
    return next((name for name in names if recipe.startswith(f"{name}-")), None)
