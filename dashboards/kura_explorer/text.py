"""Text that strangers wrote, made fit to be shown."""

from __future__ import annotations

import html
import re

import pandas as pd

# controls, zero-width characters, changes of the writing direction, halves of surrogate pairs; line breaks stay
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
# what Streamlit makes an icon or another sign of even where it is escaped, unless something that nobody sees stands in it
MADE_A_SIGN = re.compile(r":(?=material/|streamlit:)|[-<>~](?=[-=>])")
LETTER = re.compile(r"[^\W\d_]")
ARABIC = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]+"  # and Hebrew
RIGHT_TO_LEFT = re.compile(rf"{ARABIC}(?:[ ,\u060c]+{ARABIC})*")
MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])")


def cleaned(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with every text cleaned of what a reader can't see but a screen obeys."""
    if rows.empty:  # an empty list would make a column of texts one of numbers, which can't be joined with texts
        return rows
    for name in rows.columns[[kind.kind in "OUST" or str(kind) in ("str", "string") for kind in rows.dtypes]]:
        rows[name] = [UNSEEN.sub("", value) if isinstance(value, str) else value for value in rows[name]]
    return rows


def told_apart(rows: pd.DataFrame) -> pd.DataFrame:
    """Return clusters with their `path` in place of a `name` that several of them have, and a number where that is the same."""
    name = rows["name"].where(~rows["name"].duplicated(keep=False), rows["path"])
    return rows.assign(name=numbered(list(name)))


def paths(clusters: pd.DataFrame) -> dict[str, str]:
    """Return the paths of clusters by id, no two of them alike: a list to choose from knows an entry by its words.

    Give it all clusters of a tree, whichever are offered, so that each is called the same everywhere.
    """
    return dict(zip(clusters["cluster_id"], numbered(list(clusters["path"])), strict=True))


def numbered(texts: list[str]) -> list[str]:
    """Return texts, each that has been there before with a number that makes it another one."""
    taken, seen = set(texts), set[str]()
    found = []
    for text in texts:
        number, one = 2, text
        while one in seen or (one != text and one in taken):
            one, number = f"{text} ({number})", number + 1
        seen.add(one)
        found.append(one)
    return found


def markdown(text: str) -> str:
    """Return a text that Streamlit's Markdown shows letter by letter."""
    return MARKDOWN.sub(r"\\\1", MADE_A_SIGN.sub("\\g<0>\u2060", " ".join(text.split())))


def escaped(text: object) -> str:
    """Return a text for HTML."""
    return html.escape(str(text))


def isolated(text: str) -> str:
    """Return a text for HTML in which names from right to left don't draw the numbers behind them to their other side."""
    first = LETTER.search(text)
    if first and RIGHT_TO_LEFT.match(first[0]):  # all of it is written so
        return escaped(text)
    return RIGHT_TO_LEFT.sub(r"<bdi>\g<0></bdi>", escaped(text))


# as a program reads it that takes cells apart: behind blanks, and in the wide forms of East Asian keyboards, too
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")


def for_spreadsheet(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows in which no text is taken for a formula.

    All tables of the explorer are such: the toolbar of Streamlit's saves what is in them, and cells can be copied.
    """
    rows = rows.copy()
    for name in rows.columns:
        if any(isinstance(value, str) and FORMULA.match(value) for value in rows[name]):
            rows[name] = [
                f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value for value in rows[name]
            ]
    return rows
