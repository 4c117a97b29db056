"""Whose words the texts are: what one person says counts once, however often it is said, and names nothing alone."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kura_udfs.tables import Floats, Rows


class Authors(NamedTuple):
    """Who said each of n texts.

    Attributes
    ----------
    sole
        (n,) a number that the texts of one user have in common where no other known user said so, else -1.
    users
        (n,) users that are known to say so; 0 where none is known.
    """

    sole: Rows
    users: Rows


class Thresholds(NamedTuple):
    """The conversations and the known users that a leaf needs for others to hear of it."""

    conversations: float = 0
    users: float = 0


NO_THRESHOLDS = Thresholds()


def nobody_known(n: int) -> Authors:
    """Return that n texts are of nobody who is known."""
    return Authors(np.full(n, -1, np.int64), np.zeros(n, np.int64))


def of_texts(authors: Authors, rows: Rows) -> Authors:
    """Return those of some texts."""
    return Authors(authors.sole[rows], authors.users[rows])


def heard_weights(weights: Floats, leaves: Rows, authors: Authors) -> Floats:
    """Return what texts weigh as evidence: as many as say so, conversations where users are not known.

    Parameters
    ----------
    weights
        (n,) conversations behind each text.
    leaves
        (n,) the leaf of each.
    authors
        Those who said them. The texts of a sole author in a leaf weigh as much together as one text of one user.
    """
    heard = np.where(authors.users > 0, authors.users, weights).astype(np.float64)
    own = authors.sole >= 0
    if own.any():
        _, group, size = np.unique(
            np.column_stack([leaves[own], authors.sole[own]]), axis=0, return_inverse=True, return_counts=True
        )
        heard[own] /= size[group.ravel()]
    return heard


def voices(sole: Rows) -> Rows:
    """Number texts so that those of one sole author have one number, and all others a number of their own."""
    by_others = int(sole.max(initial=-1)) + 1 + np.arange(len(sole))
    _, numbers = np.unique(np.where(sole >= 0, sole, by_others), return_inverse=True)
    return numbers.ravel().astype(np.int64)


def crowds(weights: Floats) -> Rows:
    """Return how many people are behind each text: one at least. Those of a sole author, who share a weight, have one.

    Parameters
    ----------
    weights
        (n,) from `heard_weights`.
    """
    return np.maximum(np.floor(weights + 1e-9), 1).astype(np.int64)


def count_voices(said: Any, voice_of_text: Rows, people: Rows | None = None) -> Rows:
    """Count the people who say each of p phrases.

    Parameters
    ----------
    said
        Sparse (n, p), not 0 where a text says a phrase.
    voice_of_text
        (n,) from `voices`.
    people
        How many each voice is of, from `people_of`; by default one.
    """
    from scipy import sparse

    entries = said.tocoo()
    kept = entries.data > 0
    people = people_of(voice_of_text) if people is None else people
    shape = (len(people), said.shape[1])
    pairs = voice_of_text[entries.row[kept]], entries.col[kept]
    by_voice = sparse.csr_matrix((np.ones(int(kept.sum())), pairs), shape=shape)
    return np.asarray(people @ (by_voice > 0), np.int64).ravel()


def people_of(voice_of_text: Rows, crowd_of_text: Rows | None = None) -> Rows:
    """Return how many people each voice is of; 0 for numbers that no text has.

    Parameters
    ----------
    voice_of_text
        (n,) from `voices`.
    crowd_of_text
        (n,) from `crowds`; by default one for each.
    """
    people = np.zeros(int(voice_of_text.max(initial=-1)) + 1, np.int64)
    np.maximum.at(people, voice_of_text, 1 if crowd_of_text is None else crowd_of_text)
    return people


def hidden_leaves(
    weights: Floats, leaves: Rows, authors: Authors, count: int, thresholds: Thresholds
) -> NDArray[np.bool_]:
    """Tell which leaves are too small for others to hear of: by conversations, or by users where any are known.

    Parameters
    ----------
    weights, leaves, authors
        As in `heard_weights`; texts of no leaf (-1) don't count.
    count
        Number of leaves.
    thresholds
        What they need.

    Returns
    -------
    bool array (count,)
        A user who says several things counts once. Who the several users of a text are is not known here: they may be
        those of the others, so that at least so many are counted, never too many.
    """
    inside = leaves >= 0
    leaves, weights = leaves[inside], weights[inside]
    sole, users = authors.sole[inside], authors.users[inside]
    conversations = np.bincount(leaves, weights, count)
    most = np.zeros(count, np.int64)
    np.maximum.at(most, leaves, users)
    alone = np.unique(np.column_stack([leaves, sole])[sole >= 0], axis=0)
    known = np.maximum(most, np.bincount(alone[:, 0], minlength=count))
    return np.asarray((conversations < thresholds.conversations) | ((known > 0) & (known < thresholds.users)), bool)
