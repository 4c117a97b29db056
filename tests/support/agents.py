"""An agent: the client of the protocol's own library, which runs `kura mcp` as a program of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from tests.support.project import KURA


class Agent:
    """Somebody who calls tools."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def rows(self, tool: str, **arguments: Any) -> list[dict[str, Any]]:
        """Return the rows of an answer."""
        answer = await self.answer(tool, **arguments)
        rows: list[dict[str, Any]] = answer["rows"]
        return rows

    async def answer(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Return what a tool answers."""
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, (tool, arguments, result.content)
        assert isinstance(result.structured_content, dict)
        return result.structured_content

    async def refusal(self, tool: str, **arguments: Any) -> str:
        """Return what a tool says that it does not do."""
        result = await self.client.call_tool(tool, arguments)
        assert result.is_error, (tool, arguments, result.structured_content)
        return "".join(getattr(part, "text", "") for part in result.content)


def asked(database: Path, conversation: Callable[[Agent], Awaitable[None]]) -> None:
    """Run a conversation of an agent with a server on a database."""

    async def run() -> None:
        program = StdioServerParameters(
            command=str(KURA), args=["mcp", "--database", str(database)], cwd=database.parent
        )
        async with Client(stdio_client(program)) as client:
            await conversation(Agent(client))

    to_its_end(run)


def to_its_end(work: Callable[[], Awaitable[Any]]) -> Any:
    """Run something asynchronous and return what it returns, in a thread: a browser's loop may be at work in this one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(anyio.run, work).result()
