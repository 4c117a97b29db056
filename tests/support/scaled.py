"""Any number of conversations of planted topics, and vectors for them: no text costs an encoder anything."""

from __future__ import annotations

import itertools
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

TOPICS, WORDS_OF_A_TOPIC, WORDS = 200, 30, 10
DIMENSIONS = 384
SPREAD = 0.9
"""How far texts of a topic lie from its centre, of which the length is one: cosines between them are about 0.55."""


@cache
def vocabulary() -> list[str]:
    """Return made-up words, the same everywhere: those of a topic stand together."""
    syllables = [
        "ba",
        "de",
        "fi",
        "go",
        "hu",
        "ka",
        "le",
        "mi",
        "no",
        "pu",
        "ra",
        "se",
        "ti",
        "vo",
        "wu",
        "ya",
        "ze",
        "lo",
        "su",
    ]
    words = ["".join(parts) for parts in itertools.product(syllables, repeat=3)]
    shuffled = np.random.default_rng(0).permutation(len(words))[: TOPICS * WORDS_OF_A_TOPIC]
    return [words[place] for place in shuffled]


def write(path: Path, number: int) -> None:
    """Write so many conversations, of a message each, as Parquet: topics differ in size as one to ten."""
    with duckdb.connect() as connection:
        connection.execute("create table vocabulary as select $1 as words", [vocabulary()])
        connection.execute(
            f"""
            copy (
                with numbered as (
                    select i, floor({TOPICS} * pow(hash(i, 'topic') % 1000000 / 1e6, 1.5))::int as topic from range({number}) as t(i)
                )
                select
                    'c' || i as conversation_id,
                    'u' || i % {max(1, number // 3)} as user_id,
                    timestamp '2026-01-01' + to_minutes(i * 120000 // {number}) as created_at,
                    [{{
                        'role': 'user',
                        'content': array_to_string(list_transform(
                            range({WORDS}),
                            lambda k: words[1 + topic * {WORDS_OF_A_TOPIC} + (hash(i, k) % {WORDS_OF_A_TOPIC})::int]
                        ), ' ') || ' ' || i
                    }}] as messages
                from numbered, vocabulary
            ) to '{path}' (format parquet)
            """
        )


def vectors(texts: pa.ChunkedArray) -> pa.ListArray:
    """Return vectors of texts: (n,) lists of unit length, about the centre of the topic that the first word is of."""
    topic_of = {word: place // WORDS_OF_A_TOPIC for place, word in enumerate(vocabulary())}
    topics = np.array([topic_of[text.split(" ", 1)[0].lower()] for text in texts.to_pylist()])
    random = np.random.default_rng(0)
    centres = random.standard_normal((TOPICS, DIMENSIONS), np.float32) / np.float32(np.sqrt(DIMENSIONS))
    made = random.standard_normal((len(topics), DIMENSIONS), np.float32) * np.float32(SPREAD / np.sqrt(DIMENSIONS))
    made += centres[topics]
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    ends: Any = np.arange(0, made.size + 1, DIMENSIONS, dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(made.ravel()))
