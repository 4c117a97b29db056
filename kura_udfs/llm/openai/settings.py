"""How models are reached: the settings of a run, and the HTTP clients that they make."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai

from kura_udfs.errors import KuraError

OPENAI_URL = "https://api.openai.com/v1"
SECONDS_TO_CONNECT = 10.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Where and how to ask. The API key shows in no repr."""

    base_url: str | None = None
    """None for the environment variable OPENAI_BASE_URL, or else OpenAI itself."""
    api_key: str | None = field(default=None, repr=False)
    """None for the environment variable OPENAI_API_KEY. Servers of one's own often need none."""
    parameters: Mapping[str, Any] = field(default_factory=lambda: {"temperature": 0.0, "seed": 0})
    """Sent with each question, such as ``reasoning_effort``. Those that the server refuses are left out."""
    max_concurrency: int = 50
    """Questions in flight at most."""
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    """Input and output tokens together."""
    max_calls: int | None = None
    """HTTP requests at most, retries included."""
    max_cost_usd: float | None = None
    prices: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """The user's prices; see `prices.price_of`."""
    timeout: float = 120.0
    """Seconds until an attempt is given up."""

    def __post_init__(self) -> None:
        for name, least in (("max_concurrency", 1), ("timeout", 0), ("max_calls", 0), ("max_cost_usd", 0)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise KuraError(f"kura_{name} is {value}, but must be at least {least}.")
        for name in ("requests_per_minute", "tokens_per_minute"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise KuraError(f"kura_{name} is {value}, but must be above 0; leave it out for no limit of your own.")


def endpoint(settings: Settings) -> tuple[str, str]:
    """Return the URL and the API key that the settings and the environment say.

    Raises
    ------
    KuraError
        If the URL is none, or OpenAI itself is asked without a key.
    """
    url = (settings.base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI_URL).strip().rstrip("/")
    if not _is_http(url):
        raise KuraError("kura_openai_base_url (or OPENAI_BASE_URL) must be a URL like http://localhost:8000/v1.")
    if "@" in urlsplit(url).netloc:
        raise KuraError(
            "kura_openai_base_url (or OPENAI_BASE_URL) holds a user or a password. What the server asks for"
            " goes in the environment variable OPENAI_API_KEY instead."
        )
    key = (settings.api_key or os.environ.get("OPENAI_API_KEY") or "").strip()
    if not key and url == OPENAI_URL:
        raise KuraError(
            "There is no API key: set the environment variable OPENAI_API_KEY, or point OPENAI_BASE_URL (or"
            " the var kura_openai_base_url) at a server that needs none."
        )
    return url, key or "none"


def shown_url(url: str) -> str:
    """Return a URL without what may be secret in it: user, password, query."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def async_client(settings: Settings) -> openai.AsyncOpenAI:
    """Make the client for many questions at once; close it in the event loop that uses it.

    Its transport is aiohttp: with the default one, the pool of connections takes more processor time for
    every question the more of them are in flight.
    """
    url, key = endpoint(settings)
    timeout = httpx2.Timeout(settings.timeout, connect=min(settings.timeout, SECONDS_TO_CONNECT))
    limits = httpx2.Limits(
        max_connections=settings.max_concurrency,
        max_keepalive_connections=settings.max_concurrency,
        keepalive_expiry=30.0,
    )
    return openai.AsyncOpenAI(
        base_url=url,
        api_key=key,
        max_retries=0,
        timeout=timeout,
        http_client=openai.DefaultAioHttpClient(limits=limits, timeout=timeout),
    )


def sync_client(settings: Settings) -> openai.OpenAI:
    """Make the client for files and batches, which retries by itself."""
    url, key = endpoint(settings)
    return openai.OpenAI(base_url=url, api_key=key, max_retries=5, timeout=max(settings.timeout, 600.0))


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets or a port that are none
        return False
