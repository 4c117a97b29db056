"""The audit of names: what a name or a description must not hold, found without a model."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kura_udfs.naming.keyphrases import Embed
from kura_udfs.naming.names import ClusterName, name_tree
from kura_udfs.naming.persons import Said, names_of_people, proper_words, words_of
from kura_udfs.naming.talk import Talk
from kura_udfs.text.redaction import redact

Verdict = Literal["passed", "renamed", "failed"]

PERSON = "It holds what may be the name of a person."
NUMBER = "It holds what may be contact data, an account or another number of a person."


def audited_names(talk: Talk, embed: Embed, said: Said) -> tuple[list[ClusterName], list[bool]]:
    """Name a tree, and where a name is at fault name it again, without the phrases that no name may hold.

    Parameters
    ----------
    talk, embed
        As for `name_tree`.
    said
        The texts of the tree.

    Returns
    -------
    tuple of lists
        The names, and which of them stand in the place of one that was at fault.
    """
    names = name_tree(talk, embed)
    flawed = [flaw is not None for flaw in flaws(names, said)]
    if any(flawed):
        names = name_tree(talk, embed, unfit=partial(unfit_phrases, said=said))
    return names, flawed


def flaws(names: Sequence[ClusterName], said: Said) -> list[str | None]:
    """Say what is wrong with names, their descriptions or their slugs; None where nothing is found.

    Parameters
    ----------
    names
        Of clusters.
    said
        The texts that they were made from.
    """
    lines = [line for name in names for line in (name.name, name.description, name.slug.replace("_", " "))]
    people = names_of_people(lines, said)
    found: list[str | None] = []
    for number, name in enumerate(names):
        if any(people[3 * number : 3 * number + 3]):
            found.append(PERSON)
        elif any(redact(text, said.patterns) != text for text in (name.name, name.description)):
            found.append(NUMBER)
        else:
            found.append(None)
    return found


def unfit_phrases(phrases: Sequence[str], said: Said) -> NDArray[np.bool_]:
    """Tell which phrases no name may hold: those with a word of the name of a person, or with personal data."""
    own = names_of_people(phrases, said)
    # "Doe parcel" says as much as "Jane Doe", but "mark as paid" is harmless beside "Mark Johnson"
    words = proper_words(frozenset[str]().union(*own), said)
    return np.array(
        [
            bool(people) or not words.isdisjoint(words_of(phrase)) or redact(phrase) != phrase
            for people, phrase in zip(own, phrases, strict=True)
        ],
        bool,
    )
