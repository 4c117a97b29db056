"""How the work on a text grows with the text: a ratio, which is the same on a machine that is busy or slow."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

PART = 8
FLOOR_SECONDS = 0.01
"""Less than this is mostly what a call costs anyway."""


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of some work, without that of collecting what other tests have left."""
    gc.disable()
    try:
        started = time.process_time()
        work()
        return time.process_time() - started
    finally:
        gc.enable()


def assert_grows_with_length(read: Callable[[str], object], text: str) -> None:
    """Assert that a text takes about eight times as long as an eighth of it, and by far not 64 times."""
    part = seconds(lambda: read(text[: len(text) // PART]))
    whole = seconds(lambda: read(text))
    assert whole < 3 * PART * max(part, FLOOR_SECONDS), (whole, part)
