"""The circuit breaker: a model that does not work is not paid for every question."""

from __future__ import annotations

from collections import Counter

from kura_udfs.errors import KuraError

MOST_WITHOUT_SUCCESS = 20
"""So many questions may fail before the first is answered."""
FIRST = 200
"""When so many questions have come to an end, at most half of them may have failed."""
MOST_IN_A_ROW = 200
"""So many may fail one after the other later on, when a model stops working in the middle."""
SLOW_DOWN = "rate_limited"
"""A server that has too much to do is asked more slowly, and that is no failure of the model."""
NO_JSON = "server_error: no JSON inside HTTP 200"
"""A page of a gateway, say, and nothing that a model has said."""
MOST_TURNED_AWAY = 20
"""So many questions may be given up one after the other because the server has too much to do, each after minutes."""


class Breaker:
    """Counts what has become of the questions to one model.

    Parameters
    ----------
    model : str
        As it is asked for, for the error.
    """

    def __init__(self, model: str) -> None:
        self._model = model
        self._answered = self._in_a_row = self._turned_away = 0
        self._failed: Counter[str] = Counter()

    def note(self, answered: int, failed: Counter[str]) -> None:
        """Count questions that have come to an end.

        Parameters
        ----------
        answered : int
            How many of them have an answer that can be used.
        failed : Counter
            How many of the others have failed for which reason.

        Raises
        ------
        KuraError
            When too many have failed, and for which reason most of them did; or when the server takes no more
            questions.
        """
        self._turned_away = 0 if answered else self._turned_away + failed[SLOW_DOWN]
        if self._turned_away >= MOST_TURNED_AWAY:
            raise KuraError(
                f"Stopped, because the server of {self._model!r} has turned away {self._turned_away} questions one"
                f" after the other, each several times ({SLOW_DOWN}). {_KEPT}, when it has less to do."
            )
        failed = Counter({reason: count for reason, count in failed.items() if reason != SLOW_DOWN})
        before = self._answered + self._failed.total()
        self._answered += answered
        self._failed += failed
        self._in_a_row = 0 if answered else self._in_a_row + failed.total()
        ended = self._answered + self._failed.total()
        if (
            (not self._answered and ended >= MOST_WITHOUT_SUCCESS)
            or (before < FIRST <= ended and 2 * self._failed.total() >= ended)
            or self._in_a_row >= MOST_IN_A_ROW
        ):
            self._stop(ended)

    def _stop(self, ended: int) -> None:
        [(reason, count)] = self._failed.most_common(1)
        remedy = _REMEDIES.get(reason) or _REMEDIES.get(reason.partition(":")[0], _OTHERWISE)
        raise KuraError(
            f"Stopped, because the model {self._model!r} has failed {self._failed.total():,} of {ended:,} questions,"
            f" {count:,} of them with `{reason}`. {remedy} {_KEPT}."
        )


_KEPT = "Everything answered so far is kept and is not paid for again: run again to go on"
_OTHERWISE = "Look at the server and its logs."
_REMEDIES = {
    "bad_request": "The server takes the questions for wrong: look at kura_llm_parameters and kura_facets.",
    "context_too_long": "Lower kura_transcript_tokens, or name a model with a larger context in kura_llm_model.",
    "cut_off": "It does not come to an end: name a model that keeps to JSON in kura_llm_model.",
    "invalid_answer": "Its answers don't fit what was asked: name a larger model in kura_llm_model.",
    "not_json": "It does not answer in JSON: name a model that does in kura_llm_model.",
    "refused": "It refuses to read these conversations: name another model in kura_llm_model.",
    NO_JSON: "What answers there is a page, say, and no model: check the environment variable OPENAI_BASE_URL (or the"
    " var kura_openai_base_url), which mostly ends in /v1.",
}
