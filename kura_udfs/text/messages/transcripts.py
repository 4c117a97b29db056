"""A conversation that was written down as one text, with who speaks before what they say.

    [10:02] Customer: I can't log in
    [10:03] Agent (Bob): Have you tried a new password?

Only what everybody calls a speaker is taken for one, or what a project says: of a text with ``Note: …`` or ``Model: …``
nobody can tell.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from types import MappingProxyType
from typing import Any, NamedTuple

from kura_udfs.text.messages import chats, headed, notations, subtitles, tabbed, templates
from kura_udfs.text.messages.fields import clean
from kura_udfs.text.messages.sides import FIRST, SIDES, called, is_aside, is_name

_HEADING = r"#{1,6}[ \t]+(?:[^\w\s#*>-]{1,8}[ \t]+)?"  # with an emoji before the name
_START = rf"(?:^|\n|\\n|<(?:br|/?p|/?div|/?li)\b[^<>]{{0,60}}>)[ \t>-]{{0,4}}(?P<heading>{_HEADING})?"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},? )?"
_DAY = rf"{_WEEKDAY}(?:{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,?|\d{{1,2}}(?:st|nd|rd|th)?[ -]{_MONTH})[ -]\d{{4}}"
_BLANK = "[ \u00a0\u202f]"
_HALF = rf"(?:{_BLANK}?[ap]\.?{_BLANK}?m\b\.?)?"
_OFFSET = r"[+-]\d\d:?\d\d\b"
_ZONE = rf"(?: ?(?:{_OFFSET}|(?:Z|UTC|GMT|[ECMP][SD]T|CES?T)\b(?:{_OFFSET})?|[A-Z]{{2,5}}(?=[\])])))?"
_EAST = (
    r"\d{4}(?:[-/.] ?\d{1,2}[-/.] ?\d{1,2}\.?|[년年] ?\d{1,2}[월月] ?\d{1,2}[일日])"
    r" (?:上午|下午|오전|오후|午前|午後) ?\d{1,2}(?::\d\d){1,2},?"
)
_NUMBERS = r"\d(?:[\d:.,/-]|T(?=\d)){1,34}[\d,.](?: (?:klo )?\d[\d:.,]{3,14})?"
_CLOCK = rf"(?:{_DAY}(?:,? (?:at )?\d{{1,2}}(?::\d\d){{0,2}})?|{_EAST}|{_NUMBERS}){_HALF}{_ZONE}"
_SECONDS = r"\( ?(?:\d{1,3}[hms] ?){1,3}\)"
_TIME = rf"(?P<mark>(?:(?:[\[(] ?)?(?P<time>{_CLOCK}|{_SECONDS})(?: ?[\])])?[ \t]*+(?:[-–|][ \t]*+)?)?)"
_WHEN = (  # with a colon, for a name may end with a number
    rf"(?:(?:{_DAY}|\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}})(?:,? (?:at )?|T))?"
    rf"\d{{1,3}}(?::\d\d){{1,2}}(?:[.,]\d{{1,3}})?{_HALF}{_ZONE}"
)
_BOLD = r"(?:[*_]{1,2}|</?(?:b|strong)>)?"
_IN_NAME = r"[^\n:：\[\](){}<>\"*]"
# behind a time it may be the number of a phone, or begin with an emoji
_NAME = (
    rf"(?P<name>(?(time)(?!\s){_IN_NAME}{{1,61}}?|[^\W\d_]{_IN_NAME}{{0,40}}?)"
    rf"(?:[ \t]{{0,9}}[\[(](?!{_WHEN}[\])])[^\])\n]{{1,40}}[\])])?)[ \t]*+"
)
_COLON = rf"[:：](?!(?<=\d[:：])\d\d(?!\d)|=){_BOLD}(?!//)[ \t]*+"  # not that of a clock, an address, or code
_ALONE = r"(?=\r?\n|$)"
_BEHIND = rf"[,–-]?[ \t]*+[\[(]?(?<![^\W_])(?P<behind>{_WHEN})[\])]?[ \t]*+(?:{_COLON}|{_ALONE})"
_SAYS = rf"(?:{_BEHIND}|(?(heading)[:：]?[ \t]*+{_ALONE}|{_COLON}))"
_LINE = re.compile(
    rf"{_START}{_TIME}(?:(?P<event>\*\*\* ?)|{_BOLD}{_NAME}{_BOLD}[ \t]*+{_SAYS}|(?(time)|(?!)))", re.IGNORECASE
)
# where a blank stands for the end of a line
_INLINE = re.compile(
    r"(?:^|(?<=\s)(?=[A-Z])|(?<=[.!?] ))(?P<mark>)(?P<name>[A-Za-z][A-Za-z-]{1,20}(?: [A-Za-z]{2,10})?):[ ]"
)
_DATED = re.compile(
    rf"{_MONTH}[ \d-]|\d{{4}}([-/.])\d{{1,2}}\1\d|\d([-/.])\d{{1,2}}\2(?:\d{{4}}|\d\d[, ]+\d)|(?<![\d.,])\d{{8}}"
    r"|\d{4}(?:\. \d|[년年])",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+(?:[:.,\s]+\w+)*")
_LONG_CLOCK = re.compile(r"\d{1,2}:\d\d:\d\d")
_LAST_TAG = re.compile(r"\s{0,9}</?(?:br|p|div|li)\b[^<>]{0,60}>\Z", re.IGNORECASE)
_ASKED = ({"q": "user", "a": "assistant"}, {"question": "user", "answer": "assistant"})
_LEAST_ASKED = 4
"""Turns, at least, that make a conversation of questions and answers."""
_LONGEST_NAME = 64
"""Characters, at most, before the colon behind who speaks, of texts in a list."""
_RULE = re.compile(r"^[ \t]*+(?:-{3,}|\*{3,}|_{3,})\Z", re.MULTILINE)
"""What separates turns in Markdown."""
_EXCHANGE = 3
"""Turns, at least, that make one name beside a known one the other side's."""

# --- what WhatsApp writes itself into the chats that it exports

_DIRECTIONS = dict.fromkeys([0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])
_ENCRYPTED = "(?:end-to-end|Ende-zu-Ende|de extremo a extremo|de bout en bout|de ponta a ponta)"
_NOTICE = re.compile(f"\u200e[^\n\u200e]{{0,120}}?{_ENCRYPTED}[^\n]*")
_ENCRYPTION = re.compile(  # in the name of the chat
    rf"\A[^\n]{{1,120}}?{_ENCRYPTED}[^\n]{{1,120}}?"
    "(?:not even|nicht einmal|ni siquiera|pas même|nem mesmo o) WhatsApp[^\n]*"
)
_OMITTED = re.compile(
    r"""<(?:Media\ omitted|Medien\ ausgeschlossen|(?:Multimedia|Archivo)\ omitido|(?:Médias|Fichier)\ omis
        |Mídia\ oculta|Arquivo\ de\ mídia\ oculto|Media\ omessi|Media\ weggelaten
        |(?:attached|Anhang|adjunto|pièce\ jointe|anexado|allegato|bijgevoegd)\s?:[^<>\n]{1,250})>
    |^[ \t]*(?:(?:[^\n•]{1,200}•[^\n•]{1,30}[ ])?(?:
        (?:image|video|audio|sticker|GIF|document|contact\ card)\ omitted
        |(?:Bild|Video|Audio|Sticker|GIF|Dokument|Kontaktkarte)\ (?:weggelassen|ausgelassen)
        |(?:imagen|v[ií]deo|audio|sticker|GIF|documento|tarjeta\ de\ contacto)\ omitid[oa]
        |(?:image|vidéo|audio|sticker|GIF|document)\ (?:absente?|omis|manquant)
        |(?:imagem|vídeo|áudio|figurinha|GIF|documento|cartão\ do\ contato)\ (?:omitid|ocultad)[oa]
        |(?:immagine|video|audio|sticker|GIF|documento|scheda\ contatto)\ (?:omess|esclus)[oa]
        |(?:afbeelding|video|audio|sticker|GIF|document|contactkaart)\ weggelaten)
        |[^\n]{1,250}?\ \((?:file\ attached|Datei\ angehängt|archivo\ adjunto|fichier\ joint|arquivo\ anexado
            |file\ allegato|bestand\ bijgevoegd)\))[ \t]*$""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_UNSAID = re.compile(
    r"""<(?:This\ message\ was\ edited|Diese\ Nachricht\ wurde\ bearbeitet\.?|Se\ editó\ este\ mensaje\.?
        |Ce\ message\ a\ été\ modifié\.?|Mensagem\ editada|Questo\ messaggio\ è\ stato\ modificato\.?
        |Dit\ bericht\ is\ bewerkt\.?)>
    |^[ \t]*(?:This\ message\ was\ deleted(?:\ by\ admin\ [^\n]{1,60}?)?|You\ deleted\ this\ message
        |Diese\ Nachricht\ wurde\ gelöscht|Du\ hast\ diese\ Nachricht\ gelöscht
        |Se\ eliminó\ este\ mensaje|Este\ mensaje\ fue\ eliminado|Eliminaste\ este\ mensaje
        |Ce\ message\ a\ été\ supprimé|Vous\ avez\ supprimé\ ce\ message
        |(?:Esta\ )?mensagem\ (?:foi\ )?apagada|Você\ apagou\ esta\ mensagem
        |Questo\ messaggio\ è\ stato\ eliminato|Hai\ eliminato\ questo\ messaggio
        |Dit\ bericht\ is\ verwijderd|Je\ hebt\ dit\ bericht\ verwijderd)\.?[ \t]*$""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)


class _Line(NamedTuple):
    """Where somebody may begin to speak."""

    lead: str
    """What stands before the mark of its time: the end of the line before."""
    mark: str
    rest: str
    """All that follows the mark."""
    words: str
    """What is said, if somebody begins to speak."""
    after: str = ""
    """What stands between the name and the words."""
    name: str | None = None
    time: str | None = None
    behind: str | None = None
    """The time, where it stands behind the name."""
    event: str | None = None
    heading: str | None = None

    @property
    def when(self) -> str | None:
        """The time, wherever it stands."""
        return self.time or self.behind

    @property
    def form(self) -> str:
        """How the time in front is marked, whatever it is."""
        return _WORD.sub("0", self.mark.strip())

    @property
    def form_behind(self) -> str:
        """The same of a time behind the name, with the blanks there: a sentence may end with a time, too."""
        return _WORD.sub("0", self.after.rstrip()) if self.behind else ""

    @property
    def is_event(self) -> bool:
        """Whether a chat tells of something that nobody says: who joined, that it is encrypted."""
        return _is_dated(self.time) and not (self.name or ":" in self.rest.split("\n", 1)[0])

    @property
    def is_clock(self) -> bool:
        """Whether nothing stands there but how long a meeting has lasted."""
        return self.rest[:1] in ("", "\r", "\n") and bool(_LONG_CLOCK.fullmatch(self.mark.strip()))


def entries(text: str, roles: Mapping[str, str] = MappingProxyType({})) -> list[dict[str, Any]] | None:
    """Read a transcript.

    Parameters
    ----------
    text : str
        The whole of it; subtitles and what was written out for a model are transcripts, too.
    roles : mapping of str to str
        Our roles by names of speakers, in lower case, that a project gave (``kura_roles``). Where they say whose it is
        to speak first, names of any kind are speakers.

    Returns
    -------
    list of dict or None
        Of each turn ``role``, in lower case as it stands, ``content`` and, where the line has a day, ``created_at`` as
        it stands. None where nobody can tell on whose side somebody is. Where all that are called by what they are are
        on one side, those with a name of their own are the other, if speakers have a time beside their name, or if it
        is one name in a text of several turns. A time without a day may begin any line of a recording: behind it, words
        before a colon are a name only if they look like one.
    """
    if written := templates.entries(text):
        return written
    given = {**SIDES, **roles}
    text = _NOTICE.sub("", text).translate(_DIRECTIONS)
    if shown := subtitles.turns(text, given):
        return _told("", [_shown(turn) for turn in shown], given, names_are_marked=True)
    if said := tabbed.turns(text) or headed.turns(text, given):
        lines = [_Line("\n", "", f"{name}: {words}", words, name=name, time=time or None) for time, name, words in said]
        return _told("", lines, given, names_are_marked=True)
    text = chats.with_colons(text)
    if found := _by_colons(text, given):
        return found
    if other := notations.with_colons(text, given):
        return _by_colons(other, given)
    return _asked_in_turn(text)


def of_lines(items: Sequence[Any], roles: Mapping[str, str] = MappingProxyType({})) -> Sequence[Any]:
    """The turns of a list of texts of which each begins with who speaks; the list itself if it is another one."""
    if len(items) < 2 or not all(isinstance(item, str) and ":" in item[:_LONGEST_NAME] for item in items):
        return items
    turns = [entries(item, roles) or [] for item in items]
    return [turn for [turn] in turns] if all(len(turn) == 1 for turn in turns) else items


def _asked_in_turn(text: str) -> list[dict[str, Any]] | None:
    """Read questions and answers that take turns and are all there is; others may be a list that nobody has said."""
    for sides in _ASKED:
        if text.lstrip(" \t\n>*#-_").lower().startswith(tuple(sides)):
            said = _by_colons(text, sides) or []
            roles = [sides[entry["role"]] for entry in said]
            if len(roles) >= _LEAST_ASKED and roles == [*islice(cycle(("user", "assistant")), len(roles))]:
                return [{**entry, "role": role} for entry, role in zip(said, roles, strict=True)]
    return None


def _by_colons(text: str, given: Mapping[str, str]) -> list[dict[str, Any]] | None:
    text = _untagged_end(text)
    told = _told(*_lines(text, _LINE), given)
    joined = None if "\n" in text else _told(*_lines(text, _INLINE), given)
    return max(told, joined, key=len) if told and joined else told or joined


def _untagged_end(text: str) -> str:
    """Leave out the tags of HTML at the end, one after the other from there: a megabyte may be nothing else."""
    end = len(text.rstrip())
    while found := _LAST_TAG.search(text, max(end - 100, 0), end):
        end = found.start()
    return text[:end]


def _shown(turn: subtitles.Turn) -> _Line:
    rest = f"{turn.speaker}: {turn.words}" if turn.speaker else turn.words
    return _Line("\n", "", rest, turn.words, name=turn.speaker, time=turn.time)


def _lines(text: str, pattern: re.Pattern[str]) -> tuple[str, list[_Line]]:
    """What stands before the first line in which somebody may speak, and the lines from there on."""
    found = [*pattern.finditer(text)]
    ends = [*(match.start() for match in found), len(text)]
    lines = [
        _Line(
            text[match.start() : match.start("mark")],
            match["mark"],
            text[match.end("mark") : end],
            text[match.end() : end],
            text[match.end("name") : match.end()] if match["name"] else "",
            **{key: value for key, value in match.groupdict().items() if key != "mark"},
        )
        for match, end in zip(found, ends[1:], strict=True)
    ]
    return text[: ends[0]], lines


def _told(
    before: str, lines: Sequence[_Line], given: Mapping[str, str], *, names_are_marked: bool = False
) -> list[dict[str, Any]] | None:
    named = [*zip(lines, _speakers(lines, given, names_are_marked=names_are_marked), strict=True)]
    forms = {line.form for line, name in named if name and line.when}
    turns: list[tuple[_Line, str | None, list[str]]] = [(_Line("", "", before, before), None, [before])]
    for line, name in named:
        is_marked = line.form in forms
        if name or line.event or (is_marked and line.is_event):
            turns.append((line, name, [line.words]))
        else:
            turns[-1][2].append(f"{line.lead}{'' if is_marked or line.is_clock else line.mark}{line.rest}")
    names = {name for _, name, _ in turns if name}
    if not names or (len(names) == 1 and "".join(turns[0][2]).strip()):
        return None
    return [
        {"role": name, "content": content, **({"created_at": line.when} if _is_dated(line.when) else {})}
        for line, name, parts in turns
        if name and (content := _said("".join(parts).strip(), is_timed=line.when is not None))
    ]


def _speakers(lines: Sequence[_Line], given: Mapping[str, str], *, names_are_marked: bool) -> list[str | None]:
    """Who speaks from each line on; None where it only goes on, and everywhere where that can't be told."""
    names = [called(line.name, given) if line.name else None for line in lines]
    known = [(line, name) for line, name in zip(lines, names, strict=True) if name]
    sides = {given[name] for _, name in known} & {"user", "assistant"}
    others = {
        number: line.name.lower()
        for number, (line, name) in enumerate(zip(lines, names, strict=True))
        if line.name and not name and not is_aside(line.name)
    }
    if not sides and FIRST in given:
        return _by_name(lines, others, names, names_are_marked=names_are_marked)
    if len(sides) != 1:
        return names
    timed = all(line.when for line, _ in known)
    counts = Counter(others.values())
    if not timed and others and (len(known) + len(others) < _EXCHANGE or len(counts) > 1):
        return [None] * len(lines)  # names of several people, or words before a colon
    other = "assistant" if sides == {"user"} else "user"
    forms = {(line.form, line.form_behind) for line, _ in known}

    def speaks(line: _Line) -> bool:
        """Whether somebody with a name of their own does: in a recording, a time may stand before any line."""
        if not timed:
            return True
        if not line.when or (line.form, line.form_behind) not in forms:
            return False
        name = line.name or ""
        return names_are_marked or bool(line.behind) or _is_dated(line.time) or is_name(name, counts[name.lower()])

    return [
        other if at in others and speaks(line) else name
        for at, (line, name) in enumerate(zip(lines, names, strict=True))
    ]


def _by_name(
    lines: Sequence[_Line], others: Mapping[int, str], names: Sequence[str | None], *, names_are_marked: bool
) -> list[str | None]:
    """Who speaks, where nobody is called by what they are: whose name comes again, if two have such names.

    In a chat that gives each message its day, so does whoever has one that is marked as theirs are.
    """
    counts = Counter(others.values())
    people = {other for at, other in others.items() if names_are_marked or is_name(lines[at].name or "", counts[other])}
    again = {name for name in people if counts[name] > 1}
    speaking = again if len(again) > 1 else people
    forms = {lines[at].form for at, other in others.items() if other in speaking and _is_dated(lines[at].time)}

    def speaks(at: int) -> bool:
        return others.get(at) in speaking or (at in others and _is_dated(lines[at].time) and lines[at].form in forms)

    return [others[at] if speaks(at) else name for at, name in enumerate(names)]


def _is_dated(time: str | None) -> bool:
    """Whether a time has a day, in whatever order; a clock has none."""
    return bool(time and _DATED.search(time))


def _said(text: str, *, is_timed: bool) -> str | None:
    """What somebody says, without what WhatsApp says for them; a marker where that is all."""
    text = _RULE.sub("", templates.without_end(text)).rstrip()
    if not is_timed:
        return clean(text)
    said = _OMITTED.sub("", _UNSAID.sub("", _ENCRYPTION.sub("", text))).strip()
    return clean(said or ("[attachment]" if _OMITTED.search(text) else ""))
