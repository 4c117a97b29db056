"""What people paste beside what they say: code, tables, quotes, tracebacks, base64."""

from __future__ import annotations

import re
from collections.abc import Iterator

_MOST_CHARACTERS = 50_000

_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_FENCE_MARK = re.compile(r"^[ \t]*```[\w+#.-]*[ \t]*$|```", re.MULTILINE)
_QUOTE = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_QUOTE_MARK = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)
_TABLE_ROW = re.compile(r"^[ \t]*\|.*\|[ \t]*$")
_TABLE_RULE = frozenset("|-: \t\r")

_ENCODED = re.compile(r"(?:data:[\w/+.;=-]{0,100},\s*)?(?<![\w/+=-])[A-Za-z0-9+/_-]{100,}={0,2}(?![\w/+=-])")
_ENCODED_LINES = re.compile(
    r"(?:^[ \t]*[A-Za-z0-9+/]{60,}={0,2}[ \t]*\r?$\n?){2,}(?:^[ \t]*[A-Za-z0-9+/]+={0,2}[ \t]*$)?", re.M
)

_FRAME = re.compile(
    r"^[ \t]+at \S|^[ \t]+File \"|^[ \t]*\.\.\. \d+ (?:more|common)|^[ \t]*goroutine \d+ \[|^[ \t]+from \S+:\d+:in"
    r"|^#\d+ +\S|^[ \t]+\d+: +0x|^[ \t]+[|~^]+[ \t]*$|^note: run with `RUST_BACKTRACE",
    re.MULTILINE,
)
_PYTHON = re.compile(r"^\s*(?:\|\s*)?(?:Exception Group )?Traceback \(most recent call last\):?\s*$")
_BETWEEN = re.compile(r"^(?:During handling of the above exception|The above exception was the direct cause)")
_ERROR = re.compile(
    r"^\s*(?:Caused by:\s*|Uncaught\s+|Unhandled (?:exception|rejection)[:.]?\s*|Exception in thread .{1,80}?\s"
    r"|panic: |thread '.{1,80}' panicked at |fatal(?: error)?: )?"
    r"(?:[A-Za-z_$][\w$]*[.:]{1,2})*[A-Z]\w*(?:Error|Exception|Fault|Interrupt|Warning|Exit|Panic|Failure|Timeout)\b.*"
    r"|^\s*(?:Caused by: |panic: |thread '.{1,80}' panicked at |Uncaught |Unhandled exception).*",
)


def readings(text: str) -> Iterator[tuple[str, str | None]]:
    """What a text says, read more and more widely.

    Parameters
    ----------
    text : str
        A user's messages.

    Yields
    ------
    (prose, error) : tuple
        First without code, tables and quotes; then with quotes and tables; then with code. Base64 is in none. The
        error is that of the last traceback, whose lines are in none either.
    """
    plain = _without_encoded(text)[:_MOST_CHARACTERS]
    plain, error = _without_tracebacks(plain)
    yield _without_tables(_QUOTE.sub("", _FENCE.sub("\n", plain))), error
    unquoted = _QUOTE_MARK.sub("", plain)
    yield _cells(_FENCE.sub("\n", unquoted)), error
    yield _cells(_FENCE_MARK.sub("\n", unquoted)), error


def _without_encoded(text: str) -> str:
    """Long runs of the letters of base64, if they are mixed as in base64: a long word or path is none."""
    if len(text) < 100:
        return text
    return _ENCODED.sub(_if_not_mixed, _ENCODED_LINES.sub(_if_not_mixed, text))


def _if_not_mixed(match: re.Match[str]) -> str:
    run = match[0][:2_000]
    kinds = (re.search(r"[a-z]", run), re.search(r"[A-Z]", run), re.search(r"[0-9]", run))
    return " " if sum(kind is not None for kind in kinds) >= 2 else match[0]


def _without_tables(text: str) -> str:
    if "|" not in text:
        return text
    kept: list[str] = []
    in_table = False
    for line in text.split("\n"):
        if _is_rule(line):
            if not in_table and kept and "|" in kept[-1]:
                kept.pop()  # the heads of the columns
            in_table = True
        elif not (in_table and "|" in line):
            in_table = False
            kept.append("" if _TABLE_ROW.match(line) else line)
    return "\n".join(kept)


def _is_rule(line: str) -> bool:
    return "--" in line and "|" in line and _TABLE_RULE.issuperset(line)


def _cells(text: str) -> str:
    """Rows of tables as words."""
    if "|" not in text:
        return text
    lines = (line for line in text.split("\n") if not _is_rule(line))
    return "\n".join(line.replace("|", " ") if _TABLE_ROW.match(line) else line for line in lines)


def _without_tracebacks(text: str) -> tuple[str, str | None]:
    """The text without the frames and errors of tracebacks, and the last error."""
    if "Traceback (" not in text and not _FRAME.search(text):
        return text, None
    kept: list[str] = []
    error: str | None = None
    in_python = False
    for line in text.splitlines():
        if _PYTHON.match(line):
            in_python = True
        elif in_python:
            if line.strip() and not line[0].isspace():
                in_python = False
                error = line.strip()
        elif _FRAME.match(line):
            if kept and _ERROR.match(kept[-1][:500]):
                error = kept.pop().strip()
        elif line.startswith("Caused by: "):
            error = line.strip()
        elif not _BETWEEN.match(line):
            kept.append(line)
    return ("\n".join(kept), error) if error else (text, None)
