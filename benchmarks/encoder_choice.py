"""From what share of other languages on the multilingual encoder is the better one.

    python benchmarks/encoder_choice.py [FOLDER] [--draws 3] [--shares 0,2.5,5,...]

Corpora in which a share of the conversations is in other languages, about the same as the English ones: drawn from the
bundled sample (German, French, Spanish), and made up as `kura selftest` does; and, where FOLDER (that of
benchmarks/quality.py) has banking77, 1,000 of its English questions among made-up conversations of other languages,
which are about other things. Each is clustered on the vectors of both encoders, as the pipeline does it; the figures
are means over the draws of the adjusted mutual information with the labels (leaves with subthemes, topics or intents,
the top with themes), outliers being a cluster: of all, of the English ones alone, of the others alone.
"""

from __future__ import annotations

import argparse
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.metrics import adjusted_mutual_info_score

from kura_udfs.evaluation.corpus import make
from kura_udfs.text.languages import human_language
from kura_udfs.vectors.encoders import load_encoder
from tests.support.labelled import banking77, fitted, sample

ENCODERS = ("minilm", "multilingual")
SHARES = "0,2.5,5,7.5,10,15,20,30,50,100"
MADE = {
    "made up: German, French, Spanish": ("german", "french", "spanish"),
    "made up: Chinese, Japanese, Arabic": ("chinese", "japanese", "arabic"),
    "made up: Hindi": ("hindi",),
}
MADE_UP = 600
BANKING = "banking77, made up: German, French, Spanish"


class Part(NamedTuple):
    """Texts with their labels, and whether they are English."""

    texts: list[str]
    leaves: list[str]
    tops: list[str] | None
    english: NDArray[np.bool_]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--shares", default=SHARES, help="per cent, with commas between")
    options = parser.parse_args()
    shares = [float(share) / 100 for share in options.shares.split(",")]
    console = Console(width=150)
    names = ["sample", *MADE]
    if options.folder and (options.folder / "banking77").exists():
        names.append(BANKING)
    for name in names:
        table = Table(title=name, title_justify="left")
        for heading in (
            "share",
            "texts",
            *(f"{part}: {e}" for part in ("all", "top", "English", "others") for e in ENCODERS),
        ):
            table.add_column(heading, justify="right")
        for share in shares:
            parts = [part for draw in range(options.draws) if (part := drawn(name, share, draw, options.folder))]
            rows = np.array([[scores(part, encoder) for encoder in ENCODERS] for part in parts])
            figures = rows.mean(axis=0).T.ravel()
            shown = ("" if np.isnan(figure) else f"{100 * figure:.1f}" for figure in figures)
            table.add_row(f"{share:.1%}", str(len(parts[0].texts)), *shown)
        console.print(table)


def drawn(name: str, share: float, draw: int, folder: Path) -> Part:
    """Draw a corpus with such a share of others than English."""
    if name == BANKING:
        questions, _ = banking77(folder / "banking77")
        rows = np.random.default_rng(draw).permutation(len(questions.texts))[: round(1000 * (1 - share))].tolist()
        made = made_up(MADE["made up: German, French, Spanish"], 1.0, round(1000 * share), draw) if share else []
        texts = [questions.texts[row] for row in rows] + [text for text, _, _ in made]
        labels = [questions.intents[row] or "" for row in rows] + [topic for _, topic, _ in made]
        return Part(texts, labels, None, np.arange(len(texts)) < len(rows))
    if name != "sample":
        made = made_up(MADE[name], share, MADE_UP, draw)
        english = np.array([language == "english" for _, _, language in made])
        return Part([text for text, _, _ in made], [topic for _, topic, _ in made], None, english)
    labelled = sample()
    is_other = np.array([language not in (None, "english") for language in map(human_language, labelled.texts)])
    random = np.random.default_rng(draw)
    english, others = random.permutation(np.flatnonzero(~is_other)), random.permutation(np.flatnonzero(is_other))
    # as many as there are of the one kind, and of the other as many as the share wants
    n_others = min(len(others), round(len(english) * share / (1 - share))) if share < 1 else len(others)
    n_english = min(len(english), round(n_others * (1 - share) / share)) if share else len(english)
    rows = np.sort(np.concatenate([english[:n_english], others[:n_others]])).tolist()
    return Part(
        [labelled.texts[row] for row in rows],
        [labelled.intents[row] or "" for row in rows],
        [labelled.domains[row] or "" for row in rows],
        ~is_other[rows],
    )


def made_up(others: tuple[str, ...], share: float, size: int, seed: int) -> list[tuple[str, str, str]]:
    """Make conversations: what the user says, the topic, the language."""
    mix = {"english": 1 - share} | {language: share / len(others) for language in others}
    return [
        ("\n".join(m["content"] for m in each.messages if m["role"] == "user"), each.topic, each.language)
        for each in make(mix, size, seed)
        if each.topic
    ]


def scores(part: Part, encoder: str) -> tuple[float, float, float, float]:
    """Return the agreement of the leaves, of the top, and of the leaves in the English and in the other part."""
    vectors = np.stack([vector(encoder, text) for text in part.texts])
    leaves, tops = fitted(vectors, [human_language(text) for text in part.texts])
    truth = np.array(part.leaves)

    def agreed(rows: NDArray[np.bool_]) -> float:
        return adjusted_mutual_info_score(truth[rows], leaves[rows]) if rows.any() else float("nan")

    top = adjusted_mutual_info_score(part.tops, tops) if part.tops else float("nan")
    return agreed(np.ones(len(truth), bool)), top, agreed(part.english), agreed(~part.english)


@cache
def vector(encoder: str, text: str) -> NDArray[np.float32]:
    return load_encoder(encoder).embed([text])[0]


if __name__ == "__main__":
    main()
