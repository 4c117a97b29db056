"""How models are reached: address and key, and the HTTP clients that settings make."""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, AsyncIterator
from urllib.parse import urlsplit

import httpx2
import openai

from kura_udfs.errors import KuraError
from kura_udfs.settings import ModelSettings

OPENAI_URL = "https://api.openai.com/v1"
SECONDS_TO_CONNECT = 10.0
MOST_BYTES = {"/chat/completions": 8 << 20, "/embeddings": 256 << 20}
"""What an answer may hold at most, by the end of its address: each of those in flight is in memory as a whole."""


class TooLargeError(Exception):
    """An answer that is larger than any can be."""


def endpoint(settings: ModelSettings) -> tuple[str, str]:
    """Return the URL and the API key that the settings and the environment say.

    Raises
    ------
    KuraError
        If the URL is none, the key can't be one, or OpenAI itself is asked without a key.
    """
    url = (settings.openai_base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI_URL).strip().rstrip("/")
    if not _is_http(url):
        raise KuraError("kura_openai_base_url (or OPENAI_BASE_URL) must be a URL like http://localhost:8000/v1.")
    if "@" in urlsplit(url).netloc:
        raise KuraError(
            "kura_openai_base_url (or OPENAI_BASE_URL) holds a user or a password. What the server asks for"
            " goes in the environment variable OPENAI_API_KEY instead."
        )
    key = (settings.api_key or os.environ.get("OPENAI_API_KEY") or "").strip()
    if not (key.isascii() and key.isprintable()):
        raise KuraError(
            "The API key holds a line break, or a letter that no key has, such as a curly quote. Copy it into the"
            " environment variable OPENAI_API_KEY once more."
        )
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


def async_client(settings: ModelSettings) -> openai.AsyncOpenAI:
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
    http_client = openai.DefaultAioHttpClient(
        limits=limits,
        timeout=timeout,
        follow_redirects=False,  # texts go to the address that the settings name, and nowhere else
        event_hooks={"response": [_bound]},
    )
    return openai.AsyncOpenAI(base_url=url, api_key=key, max_retries=0, timeout=timeout, http_client=http_client)


def sync_client(settings: ModelSettings) -> openai.OpenAI:
    """Make the client for files and batches, which retries by itself."""
    url, key = endpoint(settings)
    http_client = openai.DefaultHttpxClient(follow_redirects=False)  # as above
    seconds = max(settings.timeout, 600.0)
    return openai.OpenAI(base_url=url, api_key=key, max_retries=5, timeout=seconds, http_client=http_client)


class _Unpacked(httpx2.AsyncByteStream):
    """The bytes of an answer, unpacked; an error in the place of what is too much, be it packed or not."""

    def __init__(self, stream: httpx2.AsyncByteStream, encoding: str, most: int) -> None:
        self._stream = stream
        self._encoding = encoding
        self._most = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        bounded = _bounded(self._stream, self._most)
        packed = httpx2.Response(200, headers={"Content-Encoding": self._encoding}, content=bounded)
        async for part in _bounded(packed.aiter_bytes(), self._most):
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _bounded(parts: AsyncIterable[bytes], most: int) -> AsyncIterator[bytes]:
    held = 0
    async for part in parts:
        held += len(part)
        if held > most:
            raise TooLargeError
        yield part


async def _bound(response: httpx2.Response) -> None:
    for path, most in MOST_BYTES.items():
        if response.request.url.path.endswith(path) and isinstance(response.stream, httpx2.AsyncByteStream):
            encoding = response.headers.pop("Content-Encoding", "identity")
            response.stream = _Unpacked(response.stream, encoding, most)


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        name = (parts.hostname or "").encode("idna")
        return parts.scheme in ("http", "https") and bool(name) and parts.port != 0 and url.isprintable()
    except ValueError:  # brackets, a port or a name that are none
        return False
