"""Progress of long stages: a live bar in a terminal, a line every few seconds in a log."""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

SECONDS_BETWEEN_LINES = 5.0


class Progress:
    """How far a stage is.

    Nothing is shown before `start`, so that a stage with nothing to do stays silent.

    Parameters
    ----------
    name : str
    stream : text file, optional
        By default that of errors.
    logger : Logger, optional
        Takes the lines instead of the stream, and what `note` has: where nobody sees what is printed.
    """

    def __init__(self, name: str, stream: TextIO | None = None, logger: logging.Logger | None = None) -> None:
        self._name = name
        self._stream = stream or sys.stderr
        self._logger = logger
        self._bar: Bar | None = None
        self._total = self._done = 0
        self._started = self._last_line = time.monotonic()

    def start(self, total: int) -> None:
        """Begin to count towards `total`."""
        self.close()
        self._total, self._done = total, 0
        self._started = self._last_line = time.monotonic()
        if total and not self._logger and self._stream.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                TextColumn("         kura {task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[detail]}"),
                console=Console(file=self._stream),
                transient=True,
            )
            self._bar.add_task(self._name, total=total, detail="")
            self._bar.start()

    def advance(self, count: int, detail: str = "") -> None:
        """Count `count` more as done; `detail` is what else there is to say by now."""
        self._done += count
        now = time.monotonic()
        if self._bar:
            self._bar.update(self._bar.task_ids[0], advance=count, detail=detail)
        elif now - self._last_line >= SECONDS_BETWEEN_LINES:
            self._last_line = now
            rate = self._done / (now - self._started)
            self.say(f"{self._done:,} of {self._total:,}, {rate:,.0f}/s" + (f", {detail}" if detail else ""))

    def say(self, message: str) -> None:
        """Print a line of its own."""
        if self._logger:
            self.note(message)
        else:
            print(f"kura {self._name}: {message}", file=self._stream, flush=True)

    def note(self, message: str) -> None:
        """Keep a line in the log, where there is one."""
        if self._logger:
            self._logger.info("%s: %s", self._name, message)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar:
            self._bar.stop()
            self._bar = None
