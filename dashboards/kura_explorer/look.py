"""Colours, numbers and the few style rules that Streamlit has no setting for."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from kura_explorer.text import escaped, isolated


@dataclass(frozen=True)
class Palette:
    """The colours of a light or a dark page."""

    categories: tuple[str, ...]
    scale: tuple[str, ...]
    """From little to much."""
    other: str
    unknown: str
    rising: str
    falling: str
    new: str
    accent: str
    pale: str
    ink: str
    quiet: str
    line: str


# Paul Tol's muted scheme and two of his: told apart with every common kind of colour blindness. On black the dark ones are
# lighter and keep their hue. The scales are cividis': for white paper, and for a black screen.
LIGHT = Palette(
    ("#332288", "#44AA99", "#CC6677", "#DDAA33", "#88CCEE", "#117733", "#AA4499", "#999933", "#882255", "#6699CC", "#AA7744", "#777700"),
    ("#c9d3ea", "#93a7c9", "#8c8a76", "#c39a3c", "#8a5a00"),
    other="#a9b0ae", unknown="#d9dddb", rising="#b35806", falling="#2b6cb0", new="#7b3294",
    accent="#0b6e6e", pale="#9dbdbb", ink="#1d2a30", quiet="#56646b", line="#dfe3e1",
)  # fmt: skip
DARK = Palette(
    ("#8f84e8", "#44AA99", "#e0808f", "#DDAA33", "#88CCEE", "#3fa866", "#cc7fc2", "#b8b84d", "#c9588f", "#6699CC", "#c79361", "#9c9c33"),
    ("#44506a", "#6d7fa3", "#a39f8c", "#d9b45c", "#ffd966"),
    other="#75807d", unknown="#454d50", rising="#f0a35e", falling="#7fb2e8", new="#cf9ae3",
    accent="#4fb3ae", pale="#39696a", ink="#e8edeb", quiet="#a3b0b4", line="#36424a",
)  # fmt: skip
SIGNS = {"new": ("New", "✦"), "growing": ("Growing", "▲"), "fading": ("Fading", "▼"), "steady": ("Steady", "")}

# forms of columns that Streamlit would write otherwise than the rest of a page does: 9.56%, -0.0
PERCENT, POINTS = "percent", "points"

LOGO = Path(__file__).parent.parent / "logo.svg"

STYLE = """
<style>
[data-testid="stMainBlockContainer"] { padding: 3.2rem 2.2rem 4rem; max-width: 1320px; }
h1 { letter-spacing: -0.02em; padding-bottom: 0.2rem !important; }
/* a name that is written from right to left begins and ends where it should, at the left of the page like all the others */
h1, h2, h3 { overflow-wrap: anywhere; unicode-bidi: plaintext; text-align: left; }
.st-key-scheme { display: none; }
.st-key-pages { gap: 0.15rem; padding-bottom: 0.8rem; }
.st-key-pages a { padding: 0.28rem 0.6rem; }
/* Streamlit shows by a pale ground alone what the keyboard is at; the page that is open has the same */
.st-key-pages a:focus-visible, [data-testid="stBaseButton-elementToolbar"]:focus-visible { outline: 3px solid var(--st-primary-color, #0b6e6e); }
/* Streamlit's own captions are too pale to be read on white */
[data-testid="stCaptionContainer"] { color: inherit; opacity: 0.78; }
[data-testid="stCaptionContainer"] :is(p, code) { color: inherit; }
.kura-cards { --line: color-mix(in srgb, currentColor 16%, transparent); display: grid; grid-template-columns: repeat(4, 1fr); gap: 0.7rem; margin: 0.3rem 0 0.8rem; }
.kura-card { border: 1px solid var(--line); border-radius: 0.5rem; padding: 0.7rem 0.9rem; }
.kura-cards.by3 { grid-template-columns: repeat(3, 1fr); }
.kura-card span { display: block; opacity: 0.75; font-size: 0.82rem; font-weight: 400; }
.kura-card b { display: block; line-height: 1.4; font-size: 1.45rem; font-weight: 620; letter-spacing: -0.01em; font-variant-numeric: tabular-nums; }
.kura-card small { display: block; opacity: 0.75; font-size: 0.8rem; font-weight: 400; letter-spacing: 0; }
.kura-lead { text-align: left; opacity: 0.78; max-width: 62rem; margin: 0 0 0.6rem; overflow-wrap: anywhere; unicode-bidi: plaintext; }
.kura-facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.35rem 1.2rem; margin: 0; padding: 0; }
.kura-facts dt { opacity: 0.75; font-weight: 400; }
.kura-facts dd { text-align: left; margin: 0; overflow-wrap: anywhere; unicode-bidi: plaintext; }
.kura-bars { display: grid; grid-template-columns: minmax(4.5rem, max-content) minmax(0, 1fr) 3.2rem; gap: 0.4rem 0.7rem; align-items: center; margin: 0 0 0.4rem; font-size: 0.86rem; }
.kura-bars > span { text-align: left; max-width: 9rem; overflow-wrap: anywhere; unicode-bidi: plaintext; }
.kura-bars > div { position: relative; height: 0.85rem; }
.kura-bars i { position: absolute; left: 0; top: 0; bottom: 0; border-radius: 0 2px 2px 0; min-width: 1px; }
/* where the system chooses the colours (high contrast), a bar is still one, and what is pressed is seen */
.kura-bars :is(i, b) { forced-color-adjust: none; }
@media (forced-colors: active) { [role="radio"][aria-checked="true"] { outline: 3px solid Highlight; outline-offset: -3px; } .kura-bars b { background: CanvasText; } }
.kura-bars b { position: absolute; top: -3px; bottom: -3px; width: 2px; background: currentColor; }
.kura-bars small { opacity: 0.75; font-variant-numeric: tabular-nums; white-space: nowrap; }
.kura-said { text-align: left; border-left: 3px solid #4fa3a0; padding: 0.15rem 0 0.15rem 0.8rem; margin: 0 0 0.7rem; overflow-wrap: anywhere; unicode-bidi: plaintext; }
.kura-thread p { border-radius: 0.6rem; padding: 0.5rem 0.8rem; margin: 0 15% 0.55rem 0; overflow-wrap: anywhere; white-space: pre-wrap; unicode-bidi: plaintext; background: color-mix(in srgb, currentColor 7%, transparent); }
.kura-thread p.user { margin: 0 0 0.55rem 15%; background: color-mix(in srgb, #0b8a86 17%, transparent); }
.kura-thread small { display: block; opacity: 0.7; }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding: 4.4rem 1rem 3rem; }
  .kura-cards, .kura-cards.by3 { grid-template-columns: repeat(2, 1fr); gap: 0.5rem; }
  .kura-card { padding: 0.5rem 0.7rem; }
  .kura-card b { font-size: 1.2rem; }
  [data-testid="stButtonGroup"] button { padding-inline: 0.55rem; }
}
@media screen { [data-testid="stElementContainer"]:has(.kura-printed) { display: none; } }
@media print {
  @page { margin: 12mm; }
  .kura-printed { width: 100%; border-collapse: collapse; font-size: 0.8rem; }
  .kura-printed caption { display: none; }
  .kura-printed :is(th, td) { padding: 0.25rem 0.4rem; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); text-align: left; vertical-align: top; }
  .kura-printed td { overflow-wrap: anywhere; unicode-bidi: plaintext; }
  .kura-printed td:not(.number) { min-width: 6em; }
  .kura-printed th { font-weight: 600; }
  .kura-printed .number { white-space: nowrap; font-variant-numeric: tabular-nums; }
  .kura-printed tr { break-inside: avoid; }
  .kura-printed img { width: 100px; height: 28px; object-fit: cover; }
  [data-testid="stElementContainer"]:has([data-testid="stDataFrame"]), [data-testid="stCheckbox"] { display: none !important; }
  /* a conversation that is open is what is printed, from its beginning to its end */
  body:has([data-testid="stDialog"]) #root, [data-testid="stDialog"] [aria-label="Close"] { display: none !important; }
  [data-testid="stDialog"], [data-testid="stDialog"] > div, [data-testid="stDialog"] [role="dialog"] {
    position: static !important; overflow: visible !important; height: auto !important; width: auto !important; max-width: none !important;
    margin: 0 !important; padding: 0 !important; border: 0 !important; box-shadow: none !important; background: none !important; }
  [data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stElementToolbar"], [data-testid="stToolbar"],
  [data-testid="stDownloadButton"], [data-testid="stButton"] { display: none !important; }
  html, body, #root, .stApp, [data-testid="stApp"], [data-testid="stAppViewContainer"], [data-testid="stMain"], [data-testid="stScreencast"] {
    position: static !important; overflow: visible !important; height: auto !important; width: auto !important; min-height: 0 !important; }
  [data-testid="stMainBlockContainer"] { padding: 0 !important; max-width: none !important; }
  [data-testid="stHorizontalBlock"] { flex-wrap: wrap; }
  /* a chart is as wide as on the screen, though not as on that of a telephone, or as there is room for, and no higher than that makes it */
  [data-testid="stElementContainer"]:has([data-testid="stVegaLiteChart"]), [data-testid="stVegaLiteChart"], [data-testid="stVegaLiteChart"] * { height: auto !important; }
  [data-testid="stVegaLiteChart"] svg { width: auto !important; min-width: min(100%, 30rem); max-width: 100% !important; }
  .kura-card, .kura-said, .kura-thread p, [data-testid="stVegaLiteChart"] { break-inside: avoid; }
  h1, h2, h3 { break-after: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
</style>
"""

# paper is white: a dark page is printed with its colours turned round
DARK_PRINT = """
<style>
@media print {
  html, body, .stApp, .stApp div { background-color: transparent !important; }
  [data-testid="stMainBlockContainer"], [data-testid="stDialog"] { filter: invert(1) hue-rotate(180deg) brightness(1.12); padding: 0 4px !important; }
}
</style>
"""


def apply() -> None:
    """Put the style rules on the page."""
    st.html(STYLE if palette() is LIGHT else STYLE + DARK_PRINT)
    drawing = LOGO.read_text("utf-8").replace(LIGHT.ink, palette().ink)
    st.logo(drawing, size="large", icon_image=str(LOGO.with_name("icon.svg")))


def palette() -> Palette:
    """Return the colours of this page."""
    theme = getattr(st.context, "theme", None)
    return DARK if theme is not None and theme.get("type") == "dark" else LIGHT


def loading(height: int) -> AbstractContextManager[Any]:
    """Show that something of this height is being made, where Streamlit knows how to."""
    return st.skeleton(height=height) if hasattr(st, "skeleton") else nullcontext()


def titled(name: str) -> None:
    """Name the browser's tab after what is shown."""
    st.set_page_config(page_title=f"{' '.join(name.split())[:80]} · Kura")


def cards(figures: list[tuple[str, str, str]]) -> None:
    """Show figures as cards: a label, the figure, a remark."""
    parts = [
        f"<div class='kura-card'><span>{escaped(label)}</span><b>{escaped(figure)}</b><small>{escaped(remark)}</small></div>"
        for label, figure, remark in figures
    ]
    st.html(f"<div class='kura-cards{'' if len(figures) % 4 == 0 else ' by3'}'>{''.join(parts)}</div>")


def lead(text: str) -> None:
    """Show a quiet paragraph of plain text."""
    if text:
        st.html(f"<p class='kura-lead'>{isolated(text)}</p>")


def quotation(text: str) -> None:
    """Show what somebody said."""
    st.html(f"<p class='kura-said'>{escaped(text)}</p>")


def against_average(rows: pd.DataFrame) -> None:
    """Show the share of each value in a cluster as a bar, a tick where it is everywhere, and how many times as much that is."""
    colours = palette()
    most = max(rows[["share", "share_everywhere"]].max().max(), 1e-9)
    parts = []
    each: list[Any] = list(rows.itertuples(index=False))
    for row in each:
        told = f"{many(row.conversation_count, 'conversation')}, {percent(row.share)} here, {percent(row.share_everywhere)} everywhere"
        colour = colours.accent if row.lift >= 1.2 else colours.pale
        # of what is counted as other there is no share everywhere: it is something else in each cluster
        tick = f"<b style='left:calc({100 * row.share_everywhere / most:.1f}% - 1px)'></b>"
        parts.append(
            f"<span>{escaped(row.value)}</span><div role='img' aria-label='{escaped(told)}' title='{escaped(told)}'>"
            f"<i style='width:{100 * row.share / most:.1f}%;background:{colour}'></i>"
            f"{'' if pd.isna(row.share_everywhere) else tick}</div>"
            f"<small>{'' if pd.isna(row.lift) else f'× {row.lift:.1f}'}</small>"
        )
    st.html(f"<div class='kura-bars'>{''.join(parts)}</div>")


def interval(middle: float, low: float, high: float, most: float, is_sure: bool, height: int = 28) -> str:
    """Return a picture, as an address: a point with its interval beside zero, grey where it may be chance, on a scale from -`most` to `most`.

    Streamlit makes a picture as high as its row: its `height` has to be that.
    """
    if pd.isna(middle) or pd.isna(low) or pd.isna(high):
        return ""
    colours = palette()
    colour = colours.other if not is_sure else colours.rising if middle > 0 else colours.falling
    left, point, right = (50 + 46 * value / max(most, 1e-9) for value in (low, middle, high))
    drawing = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='100' height='{height}' viewBox='0 0 100 {height}'>"
        f"<path d='M50 3V{height - 3}' stroke='{colours.quiet}'/>"
        f"<path d='M{left:.1f} {height / 2}H{right:.1f}' stroke='{colour}' stroke-width='4' stroke-linecap='round' stroke-opacity='.55'/>"
        f"<circle cx='{point:.1f}' cy='{height / 2}' r='4.5' fill='{colour}'/></svg>"
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(drawing.encode()).decode()}"


def thread(messages: list[tuple[str, str]]) -> None:
    """Show what was said, by whom, message by message."""
    parts = [
        f"<p class='{'user' if role == 'user' else 'other'}'><small>{escaped(role.capitalize())}</small>{escaped(text)}</p>"
        for role, text in messages
    ]
    st.html(f"<div class='kura-thread'>{''.join(parts)}</div>")


def facts(pairs: list[tuple[str, str]]) -> None:
    """Show names and values as a list."""
    rows = [f"<dt>{escaped(name)}</dt><dd>{escaped(value)}</dd>" for name, value in pairs]
    st.html(f"<dl class='kura-facts'>{''.join(rows)}</dl>")


def printed(name: str, rows: pd.DataFrame, columns: Mapping[Any, Any]) -> None:
    """Put a table on paper, and only there: what Streamlit shows of it ends at the edges of a box."""
    named = [columns.get(column) or {} for column in rows]
    forms: list[dict[str, Any]] = [{"label": it} if isinstance(it, str) else dict(it) for it in named]
    titles = [f"<th>{escaped(form.get('label') or column)}</th>" for column, form in zip(rows, forms, strict=True)]
    lines = [
        f"<tr>{''.join(_cell(value, form.get('type_config') or {}) for value, form in zip(row, forms, strict=True))}</tr>"
        for row in rows.itertuples(index=False)
    ]
    head = f"<caption>{escaped(name)}</caption><thead><tr>{''.join(titles)}</tr></thead>"
    st.html(f"<table class='kura-printed'>{head}<tbody>{''.join(lines)}</tbody></table>")


def _cell(it: Any, form: Mapping[str, Any]) -> str:
    """Return a value in a table as the screen shows it."""
    if pd.isna(it):
        told = "–"
    elif form.get("type") == "image":
        return f"<td><img alt='' src='{escaped(it)}'></td>"
    elif isinstance(it, dt.datetime):
        told = f"{it:%Y-%m-%d %H:%M}"
    else:
        told = figure(form)(it)
    return f"<td{'' if isinstance(it, str) else ' class=number'}>{escaped(told)}</td>"


def figure(form: Mapping[str, Any]) -> Callable[[Any], str]:
    """Return what writes the numbers of a column that has such a form, wherever they stand."""
    wanted = str(form.get("format") or "")
    if wanted == PERCENT:
        return percent
    if wanted == POINTS:
        return points
    return (lambda it: wanted % it) if "%" in wanted else value


def trend_colour(trend: str) -> str:
    """Return the colour of a trend."""
    colours = palette()
    return {"new": colours.new, "growing": colours.rising, "fading": colours.falling}.get(trend, colours.other)


def flag(trend: Any) -> tuple[str, str] | None:
    """Return the sign of a trend and its colour; None where nothing moves."""
    if trend not in SIGNS or trend == "steady":
        return None
    name, sign = SIGNS[trend]
    return f"{sign} {name.lower()}", trend_colour(trend)


# kinds of alerts in words, and the trend whose colour they have
ALERTS = {
    "new": ("✦ new topic", "new"), "spike": ("▲ sudden rise", "growing"), "growing": ("▲ growing", "growing"),
    "frustration": ("▲ more frustrated", "growing"), "unresolved": ("▲ more unresolved", "growing"),
    "failed_tools": ("▲ more failing tools", "growing"),
}  # fmt: skip


def alert(kind: str, since: Any) -> tuple[str, str]:
    """Return the kind of an alert in words, since when it is so, and its colour."""
    words, trend = ALERTS.get(kind, (kind.replace("_", " "), "growing"))
    return words if pd.isna(since) else f"{words} since {day(since)}", trend_colour(trend)


def needs_a_model() -> None:
    """Say why there are none of the figures that a language model gives."""
    st.caption(
        "Outcomes, frustration and concern need a language model. Build with `kura_provider: openai` to have them."
    )


def nothing_yet() -> None:
    """Say that there are no conversations at all."""
    st.info("No conversation has been read yet. As soon as a build finds some, they are here.", icon=":material/inbox:")


def no_times() -> None:
    """Say why nothing is told about time."""
    st.caption("The conversations have no times, or their periods have not been built.")


def count(value: Any) -> str:
    """Return a whole number with separators."""
    return "–" if pd.isna(value) else f"{int(value):,}"


def value(it: Any) -> str:
    """Return what stands in a column of somebody's own, as it stands there."""
    return f"{it:.10g}" if isinstance(it, float) else str(it)


def many(number: Any, thing: str) -> str:
    """Return a number and what it counts: 1 topic, 2 topics."""
    return f"{count(number)} {thing}{'' if number == 1 else 's'}"


def percent(value: Any, digits: int = 1) -> str:
    """Return a share as a percentage; what there is is never 0 %."""
    if pd.isna(value):
        return "–"
    least = 10.0**-digits
    return f"< {least:.{digits}f} %" if 0 < 100 * value < least / 2 else f"{100 * value:.{digits}f} %"


def points(difference: float) -> str:
    """Return a difference of two shares in points of a percentage, with its sign if it is not nothing in print."""
    told = f"{100 * difference:+.1f}"
    return told.lstrip("+-") if float(told) == 0 else told


def shares(moved: Any) -> str:
    """Return what a share was before, and lately; nothing where neither is told."""
    if pd.isna(moved.before) and pd.isna(moved.lately):
        return ""
    return percent(moved.lately) if pd.isna(moved.before) else f"{percent(moved.before)} → {percent(moved.lately)}"


def usual_and_now(usual: Any, share: Any) -> str:
    """Return what a share usually was, where that is told, and what it is."""
    return percent(share) if pd.isna(usual) else f"{percent(usual)} → {percent(share)}"


def separation(silhouette: float) -> tuple[str, str]:
    """Return in words how well topics can be told apart, and what that means."""
    for least, name, meaning in (
        (0.25, "Clear", "topics stand far apart"),
        (0.12, "Distinct", "topics touch at their edges"),
        (0.05, "Overlapping", "neighbouring topics share words"),
    ):
        if silhouette >= least:
            return name, meaning
    return "Blurred", "many conversations are near several topics"


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
            return f"{many(int(seconds // size), unit)} ago"
    return "just now"
