"""Made-up conversations about topics of known shares, in the languages that are asked for.

Twenty topics of 2 to 9 %, as people ask a shop, an app and an assistant, some of them close to each other; four to
seven ways to ask in each language (`phrases/`), with other things, places and numbers each time, greetings, second
questions on the matter, follow-ups that fit anything, typos, and some conversations that are about none of the topics.
"""

from __future__ import annotations

import math
import random
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from kura_udfs.errors import KuraError

SHARES = {
    "late_delivery": 9,
    "password": 8,
    "return_item": 7,
    "python_bug": 7,
    "double_charge": 6,
    "cancel_subscription": 6,
    "app_crash": 6,
    "recipe": 6,
    "translation": 5,
    "discount_code": 5,
    "cover_letter": 5,
    "broken_product": 4,
    "invoice": 4,
    "spreadsheet": 4,
    "trip": 4,
    "change_address": 3,
    "workout": 3,
    "maths": 3,
    "plant_care": 3,
    "delete_data": 2,
}
"""Per cent of the conversations that have a topic."""

NOISE = 0.04
"""Share of the conversations that have none."""

_PRICES = (19, 24, 35, 49, 59, 72, 89, 120, 149)
_UNSPACED = frozenset(("chinese", "japanese"))
_UNSPELT = frozenset(("chinese", "japanese", "arabic", "hindi"))
"""No letters are swapped in these, because a typo there looks otherwise."""
_ENDS = ".!?。؟।"


class Made(NamedTuple):
    """A made-up conversation; `topic` is None for noise."""

    conversation_id: str
    language: str
    topic: str | None
    messages: list[dict[str, str]]


def languages() -> list[str]:
    """Return the languages that there are phrases in."""
    folder = resources.files("kura_udfs.evaluation").joinpath("phrases")
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))


def make(mix: Mapping[str, float], size: int = 600, seed: int = 0) -> list[Made]:
    """Make conversations; the same arguments give the same ones.

    Parameters
    ----------
    mix : mapping
        Languages with their weights.
    size : int
        Number of conversations.
    seed : int
        Of what is drawn. Numbers of topics and languages don't depend on it.

    Raises
    ------
    KuraError
        For a language that there are no phrases in, or weights that are none.
    """
    unknown = sorted(set(mix) - set(languages()))
    if unknown:
        raise KuraError(f"there are no phrases in {', '.join(unknown)}; there are in {', '.join(languages())}.")
    if min(mix.values(), default=-1) < 0 or not 0 < sum(mix.values()) < math.inf:
        raise KuraError("a mix of languages needs weights of at least 0, and one above.")
    drawn = random.Random(f"kura {seed}")
    noise = round(NOISE * size)
    topics: list[str | None] = [*_spread(SHARES, size - noise), *([None] * noise)]
    spoken = _spread(mix, size)
    drawn.shuffle(topics)
    drawn.shuffle(spoken)
    asides = {language: _shuffled(_phrases(language)["noise"], drawn) for language in sorted(set(spoken))}
    made = []
    for number, (topic, language) in enumerate(zip(topics, spoken, strict=True)):
        said = _conversation(topic, language, asides[language], drawn)
        made.append(Made(f"made-{number:05d}", language, topic, said))
    return made


def _spread(weights: Mapping[str, float], total: int) -> list[str]:
    """Repeat each key as often as its weight says; what rounding leaves goes to the largest remainders."""
    exact = {key: total * weight / sum(weights.values()) for key, weight in weights.items()}
    counts = {key: int(share) for key, share in exact.items()}
    by_remainder = sorted(exact, key=lambda key: (counts[key] - exact[key], key))
    for key in by_remainder[: total - sum(counts.values())]:
        counts[key] += 1
    return [key for key, count in counts.items() for _ in range(count)]


def _conversation(topic: str | None, language: str, asides: list[str], drawn: random.Random) -> list[dict[str, str]]:
    phrases = _phrases(language)
    if topic is None:
        asked, second = [asides[0]], False
        asides.append(asides.pop(0))  # one after the other, so that none comes twice before all have come
    else:
        slots = {name: drawn.choice(values) for name, values in phrases["slots"].items()}
        slots |= {"n": drawn.randint(2, 9), "big": drawn.randint(10, 60), "price": drawn.choice(_PRICES)}
        second = drawn.random() < 0.35
        asked = [text.format(**slots) for text in drawn.sample(phrases["topics"][topic], 2 if second else 1)]
    space, stop = ("", "。") if language in _UNSPACED else (" ", ".")
    opener = drawn.choice(phrases["openers"]) if drawn.random() < 0.5 else ""
    closing = drawn.choice(phrases["closings"]) if drawn.random() < 0.35 else ""
    turns = [space.join(filter(None, (opener, asked[0], closing)))]
    if second and drawn.random() < 0.5:
        turns[0] = space.join((turns[0] if turns[0][-1] in _ENDS else turns[0] + stop, asked[1]))
    elif second:
        turns.append(asked[1])
    if drawn.random() < 0.3:
        turns.append(drawn.choice(phrases["followups"]))
    messages = []
    for turn in turns:
        messages.append({"role": "user", "content": _typed(turn, language, drawn)})
        messages.append({"role": "assistant", "content": drawn.choice(phrases["answers"])})
    return messages


def _typed(text: str, language: str, drawn: random.Random) -> str:
    """Write as people type: without a capital or the last stop, with letters swapped."""
    if drawn.random() < 0.3:
        text = text.rstrip(_ENDS)
    if language in _UNSPELT:
        return text
    text = text.lower() if drawn.random() < 0.2 else text[:1].upper() + text[1:]
    words = text.split(" ")
    for _ in range(drawn.choice((0, 0, 0, 1, 1, 2))):
        at = drawn.randrange(len(words))
        word = words[at]
        if len(word) > 4 and word.isalpha():
            place = drawn.randrange(1, len(word) - 2)
            words[at] = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return " ".join(words)


def _shuffled(texts: list[str], drawn: random.Random) -> list[str]:
    return drawn.sample(texts, len(texts))


@cache
def _phrases(language: str) -> dict[str, Any]:
    file = resources.files("kura_udfs.evaluation").joinpath("phrases", f"{language}.toml")
    return tomllib.loads(file.read_text("utf-8"))
