"""Colours, numbers and the few style rules that Streamlit has no setting for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from kura_explorer.text import escaped

# Paul Tol's muted scheme and two of his: told apart with every common kind of colour blindness
CATEGORIES = [
    "#332288", "#44AA99", "#CC6677", "#DDAA33", "#88CCEE", "#117733",
    "#AA4499", "#999933", "#882255", "#6699CC", "#AA7744", "#777700",
]  # fmt: skip
OTHER, UNKNOWN = "#a9b0ae", "#d9dddb"
SCALE = ["#c9d3ea", "#93a7c9", "#8c8a76", "#c39a3c", "#8a5a00"]  # light to dark, blue to amber: cividis for white paper
RISING, STEADY, FALLING = "#b35806", "#a9b0ae", "#2b6cb0"
ACCENT, INK, QUIET, LINE = "#0b6e6e", "#1d2a30", "#56646b", "#dfe3e1"
TREND = {
    "new": ("New", "✦", "#7b3294"),
    "growing": ("Growing", "▲", RISING),
    "fading": ("Fading", "▼", FALLING),
    "steady": ("Steady", "", QUIET),
}

LOGO = Path(__file__).parent.parent / "logo.svg"

STYLE = f"""
<style>
[data-testid="stMainBlockContainer"] {{ padding: 3.2rem 2.2rem 4rem; max-width: 1320px; }}
h1 {{ letter-spacing: -0.02em; padding-bottom: 0.2rem !important; }}
.kura-cards {{ display: grid; grid-template-columns: repeat(4, 1fr); gap: 0.7rem; margin: 0.3rem 0 0.8rem; }}
.kura-card {{ border: 1px solid {LINE}; border-radius: 0.5rem; padding: 0.7rem 0.9rem; background: #fff; }}
.kura-cards.by3 {{ grid-template-columns: repeat(3, 1fr); }}
.kura-card span {{ display: block; color: {QUIET}; font-size: 0.82rem; font-weight: 400; }}
.kura-card b {{ display: block; line-height: 1.4; font-size: 1.45rem; font-weight: 620; letter-spacing: -0.01em; font-variant-numeric: tabular-nums; }}
.kura-card small {{ display: block; color: {QUIET}; font-size: 0.8rem; font-weight: 400; letter-spacing: 0; }}
.kura-quotes p {{ border-left: 3px solid {ACCENT}; padding: 0.15rem 0 0.15rem 0.8rem; margin: 0 0 0.7rem; overflow-wrap: anywhere; unicode-bidi: isolate; }}
.kura-lead {{ color: {QUIET}; max-width: 62rem; margin: 0 0 0.6rem; overflow-wrap: anywhere; unicode-bidi: isolate; }}
.kura-facts {{ display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.35rem 1.2rem; margin: 0; padding: 0; }}
.kura-facts dt {{ color: {QUIET}; font-weight: 400; }}
.kura-facts dd {{ margin: 0; overflow-wrap: anywhere; unicode-bidi: isolate; }}
@media (max-width: 640px) {{
  [data-testid="stMainBlockContainer"] {{ padding: 4.4rem 1rem 3rem; }}
  .kura-cards, .kura-cards.by3 {{ grid-template-columns: repeat(2, 1fr); gap: 0.5rem; }}
  .kura-card {{ padding: 0.5rem 0.7rem; }}
  .kura-card b {{ font-size: 1.2rem; }}
}}
</style>
"""


def apply() -> None:
    """Put the style rules on the page."""
    st.html(STYLE)
    st.logo(str(LOGO), size="large", icon_image=str(LOGO.with_name("icon.svg")))


def cards(figures: list[tuple[str, str, str]]) -> None:
    """Show figures as cards: a label, the figure, a remark."""
    parts = [
        f"<div class='kura-card'><span>{escaped(label)}</span><b>{escaped(figure)}</b><small>{escaped(remark)}</small></div>"
        for label, figure, remark in figures
    ]
    st.html(f"<div class='kura-cards{'' if len(figures) % 4 == 0 else ' by3'}'>{''.join(parts)}</div>")


def lead(text: str) -> None:
    """Show a quiet paragraph of plain text."""
    st.html(f"<p class='kura-lead'>{escaped(text)}</p>")


def quotes(texts: list[str]) -> None:
    """Show texts as a list of quotations."""
    st.html("<div class='kura-quotes'>" + "".join(f"<p>{escaped(text)}</p>" for text in texts) + "</div>")


def facts(pairs: list[tuple[str, str]]) -> None:
    """Show names and values as a list."""
    rows = [f"<dt>{escaped(name)}</dt><dd>{escaped(value)}</dd>" for name, value in pairs]
    st.html(f"<dl class='kura-facts'>{''.join(rows)}</dl>")


def flag(trend: Any) -> tuple[str, str] | None:
    """Return the sign of a trend and its colour; None where nothing moves."""
    if trend not in TREND or trend == "steady":
        return None
    name, sign, colour = TREND[trend]
    return f"{sign} {name.lower()}", colour


def needs_a_model(what: str) -> None:
    """Say why something is not there; `what` comes with its verb."""
    st.info(f"{what} a language model. Build with `kura_provider: openai` to fill it.", icon=":material/info:")


def count(value: Any) -> str:
    """Return a whole number with separators."""
    return "–" if pd.isna(value) else f"{int(value):,}"


def percent(value: Any, digits: int = 1) -> str:
    """Return a share as a percentage."""
    return "–" if pd.isna(value) else f"{100 * value:.{digits}f} %"


def shares(moved: Any) -> str:
    """Return what a share was before, and lately."""
    return f"{percent(moved.before)} → {percent(moved.lately)}"


def day(moment: Any) -> str:
    """Return a date."""
    return "–" if pd.isna(moment) else f"{pd.Timestamp(moment):%d %b %Y}"


def money(value: Any) -> str:
    """Return US dollars."""
    if pd.isna(value):
        return "–"
    return f"${value:,.2f}" if value >= 0.1 or value == 0 else f"${float(f'{value:.2g}'):f}".rstrip("0")


def ago(moment: Any) -> str:
    """Return how long ago a moment (UTC) was, roughly."""
    if pd.isna(moment):
        return ""
    seconds = (pd.Timestamp.now("UTC").tz_localize(None) - pd.Timestamp(moment)).total_seconds()
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            number = int(seconds // size)
            return f"{number:,} {unit}{'' if number == 1 else 's'} ago"
    return "just now"
