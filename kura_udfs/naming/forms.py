"""What a form, a template or a mail's small print says: sentences that stand in many texts, and there together.

Nobody is told apart by them, but of a cluster whose members filled in the same form they are the commonest phrases.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

_TEXTS = 5
"""Texts in which a sentence of a form stands at least, word for word."""

_TOGETHER = 0.8
"""Share of these in which another one stands, too."""

_OTHERS = 2
"""Sentences of the same form beside it, at least: two that go together may be what people answered to a question."""

_LOOKED_AT = 200
"""Texts with a sentence that say what stands beside it."""

_SENTENCE = re.compile(r"[^\n.!?:。！？]+(?:[.!?:。！？]+(?!\s|\Z)[^\n.!?:。！？]+)*[.!?:。！？]*")
# Shorter ones are what people say: "I need a taxi", "thank you very much"; but not labels and headings.
_LONG = re.compile(r"(?:[^\s]+[ \t]+){4}\S|[\u3040-\u9fff]{10}|\w.*:\Z|\A\s*(?:#{1,6} |\*\*)")


def without_forms(texts: Sequence[str]) -> list[str]:
    """Leave out sentences of forms, where a text has anything else.

    Parameters
    ----------
    texts
        Different ones; of a sentence in very many texts the first of them say what stands beside it.
    """
    places = [_sentences(text) for text in texts]
    holders = defaultdict[str, list[int]](list)
    for row, own in enumerate(places):
        for sentence in own:
            holders[sentence].append(row)
    common = {sentence for sentence, rows in holders.items() if len(rows) >= _TEXTS}
    if len(common) <= _OTHERS:
        return list(texts)
    beside = [[sentence for sentence in own if sentence in common] for own in places]
    printed = set[str]()
    for sentence in common:
        rows = holders[sentence][:_LOOKED_AT]
        together = Counter(other for row in rows for other in beside[row])
        if sum(count >= _TOGETHER * len(rows) for count in together.values()) > _OTHERS:
            printed.add(sentence)
    return [_without(text, own, printed) for text, own in zip(texts, places, strict=True)]


def _sentences(text: str) -> dict[str, list[tuple[int, int]]]:
    """Where the long sentences of a text begin and end, by how they read."""
    found = defaultdict[str, list[tuple[int, int]]](list)
    for match in _SENTENCE.finditer(text):
        if _LONG.search(match[0]):
            found[" ".join(match[0].casefold().split())].append(match.span())
    return found


def _without(text: str, places: dict[str, list[tuple[int, int]]], printed: set[str]) -> str:
    if printed.isdisjoint(places):
        return text
    kept, at = list[str](), 0
    for begin, end in sorted(span for sentence in printed & places.keys() for span in places[sentence]):
        kept.append(text[at:begin])
        at = end
    left = "\n".join((*kept, text[at:]))
    return left if re.search(r"[^\W\d_]", left) else text
