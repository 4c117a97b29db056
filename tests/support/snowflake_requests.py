"""A client that waits for over a minute sends its request again, with the same id: Snowflake runs it once all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]


def once(application: Application, path: str) -> Application:
    """Return the same application that does what a request to a path asks once for each id, and answers all who ask."""
    answers: dict[str, asyncio.Task[list[Message]]] = {}

    async def answered(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        ids = parse_qs(scope.get("query_string", b"").decode()).get("requestId", [])
        if scope.get("path") != path or not ids:
            await application(scope, receive, send)
            return
        if ids[0] not in answers:
            body = await whole(receive)
            if ids[0] not in answers:
                # a task of its own: a client that goes away takes nothing with it
                answers[ids[0]] = asyncio.create_task(result(application, scope, body))
        for message in await asyncio.shield(answers[ids[0]]):
            await send(message)

    return answered


async def whole(receive: Callable[[], Awaitable[Message]]) -> bytes:
    """Read the body of a request."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] != "http.request" or not message.get("more_body"):
            return body


async def result(application: Application, scope: Message, body: bytes) -> list[Message]:
    """Return what an application answers."""
    sent: list[Message] = []
    given = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return given.pop() if given else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await application(scope, receive, send)
    return sent
