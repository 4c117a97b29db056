"""Who answers what a work asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kura_udfs.llm.requests import Request
from kura_udfs.prompting.questions import Answers, Asking, Result


def answered(asking: Asking[Result], ask: Callable[[Sequence[Request]], Answers]) -> Result:
    """Do a work whose questions are answered like this."""
    answers: Answers | None = None  # to begin with
    while True:
        try:
            requests = asking.send(answers)  # type: ignore[arg-type]
        except StopIteration as ended:
            result: Result = ended.value
            return result
        answers = ask(requests)
