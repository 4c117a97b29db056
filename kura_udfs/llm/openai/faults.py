"""What can go wrong with a call, told apart: worth another attempt, the row's own fault, or reason to stop.

A server's words may hold the key or the conversation, so none of them are passed on: only reasons of our own,
statuses, and error codes that look like codes.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import aiohttp
import openai

from kura_udfs.errors import KuraError
from kura_udfs.llm.openai.clients import TooLargeError, shown_url

TIMEOUT = "timeout"
"""The reason of a fault: no answer came in time."""


class Fault(NamedTuple):
    """A call that another attempt may mend."""

    reason: str
    maybe_billed: bool
    """Whether the server may have answered, and bill it, though no answer arrived."""
    overload: bool = False
    """Whether the server says that it has too much to do."""
    unreachable: bool = False
    """Whether no connection came about at all."""


class RowError(Exception):
    """The end of one row; its text is the row's error."""


class RefusalError(Exception):
    """The server takes the request for wrong. Holds the server's words, so it must never be shown."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        super().__init__(f"refused with status {status}")
        self.status = status
        self.code = code(error.get("code")) or code(error.get("type"))
        self.param = str(error.get("param") or "")
        self.words = str(error.get("message") or error)[:2000].lower()

    @property
    def too_long(self) -> bool:
        """Whether the input is longer than the model or the server can take."""
        return self.status == 413 or self.code == "context_length_exceeded" or bool(_TOO_LONG.search(self.words))

    @property
    def filtered(self) -> bool:
        """Whether a content filter stood in the way."""
        return self.code in ("content_filter", "content_policy_violation")

    @property
    def reason(self) -> str:
        """For the row's error."""
        return f"bad_request: HTTP {self.status}" + (f", {self.code}" if self.code else "")


def judge(error: Exception, url: str, model: str) -> Fault | RefusalError | KuraError:
    """Tell apart what the client raised.

    Parameters
    ----------
    error : Exception
        From the openai client, or a TimeoutError.
    url : str
        Of the endpoint that was called.
    model : str
        That was asked for.

    Returns
    -------
    Fault, RefusalError or KuraError
        Worth another attempt; the request's own fault; the end of the run.

    Raises
    ------
    Exception
        `error` itself, if it comes from neither network nor server.
    """
    if isinstance(error, openai.APIStatusError):
        body = error.body if isinstance(error.body, dict) else {"message": error.body}
        return judge_status(error.status_code, body, url, model)
    cause: BaseException | None = error
    while cause is not None:  # the client calls a lost connection a timeout, so what lies beneath counts
        if isinstance(cause, aiohttp.ClientConnectorCertificateError):
            return Fault("untrusted_certificate", maybe_billed=False, unreachable=True)
        if isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
            return Fault("unreachable", maybe_billed=False, unreachable=True)
        if isinstance(cause, TooLargeError):
            return Fault("server_error: too large", maybe_billed=True)
        if isinstance(cause, TimeoutError):
            return Fault(TIMEOUT, maybe_billed=True)
        if isinstance(cause, aiohttp.ClientError | OSError):
            return Fault("connection_lost", maybe_billed=True)
        cause = cause.__cause__
    if isinstance(error, openai.APITimeoutError):
        return Fault(TIMEOUT, maybe_billed=True)
    if isinstance(error, openai.APIConnectionError):
        return Fault("connection_lost", maybe_billed=True)
    raise error


def unreachable_error(fault: Fault, url: str) -> KuraError:
    """Return the error for a server that was never reached."""
    if fault.reason == "untrusted_certificate":
        return KuraError(
            f"The certificate of the model server at {shown_url(url)} is not trusted. Set the environment"
            " variable SSL_CERT_FILE to a file with the certificate of whoever signed it."
        )
    return KuraError(
        f"Nothing answers at {shown_url(url)}. Check that the model server is running, and that the"
        " environment variable OPENAI_BASE_URL (or the var kura_openai_base_url) is its URL, mostly one that"
        " ends in /v1."
    )


def silent_error(url: str, timeout: float, times: int) -> KuraError:
    """Return the error for a server that takes questions and has answered none of them, ever."""
    return KuraError(
        f"The model server at {shown_url(url)} takes questions and answers none of them: nothing came within"
        f" {timeout:g} seconds (kura_timeout), {times} times. Look at the server and its logs, and run again when it"
        " answers; give a slow one a longer kura_timeout."
    )


def code(value: object) -> str | None:
    """Return an error code that looks like one, or None: it may be anything."""
    return value if isinstance(value, str) and _CODE.fullmatch(value) else None


_TOO_LONG = re.compile(
    r"context[ _](length|window|size)|maximum (input )?length|(input|prompt|request) (is )?too (long|large)"
    r"|too many tokens|max_tokens_per_request|max \d+ tokens per request|batch size"
)
_CODE = re.compile(r"[a-z][a-z0-9_.]{2,39}")
_OUT_OF_CREDIT = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")


def judge_status(status: int, error: dict[str, Any], url: str, model: str) -> Fault | RefusalError | KuraError:
    """Tell apart what a server says with a status and an error object."""
    refusal = RefusalError(status, error)
    where = f"The model server at {shown_url(url)}"
    if 300 <= status < 400:
        return KuraError(
            f"{where} sends on to another address (HTTP {status}), but conversations go nowhere but where the settings"
            " say. Set the environment variable OPENAI_BASE_URL (or the var kura_openai_base_url) to that one: https"
            " instead of http, mostly, or one that ends in /v1. What has been answered is kept."
        )
    if status == 401:
        return KuraError(
            f"{where} does not accept the API key (HTTP 401). Set the environment variable OPENAI_API_KEY to"
            " a key that is valid there."
        )
    if status == 402 or (status == 429 and refusal.code in _OUT_OF_CREDIT):
        return KuraError(
            f"{where} says that the account has no credit left (HTTP {status}). Add credit or raise the"
            " account's limit, then run again: what has been answered is kept."
        )
    if status == 403:
        return KuraError(
            f"{where} does not let this API key use the model {model!r} (HTTP 403). Check the key's"
            " permissions, or name another model."
        )
    if status in (404, 405) or refusal.code in ("model_not_found", "invalid_model"):
        if refusal.code in ("model_not_found", "invalid_model") or "model" in refusal.words:
            return KuraError(
                f"{where} has no model {model!r} (HTTP {status}). Name one that it has in the var"
                " kura_llm_model (kura_naming_model for names, kura_embedding_model for embeddings)."
            )
        return KuraError(
            f"{where} has no such address (HTTP {status}). Check the environment variable OPENAI_BASE_URL (or"
            " the var kura_openai_base_url): it mostly ends in /v1."
        )
    if status == 429:
        return Fault("rate_limited", maybe_billed=False, overload=True)
    if status >= 500 or status in (408, 409, 425):
        return Fault(f"server_error: HTTP {status}", maybe_billed=False, overload=status in (503, 529))
    return refusal
