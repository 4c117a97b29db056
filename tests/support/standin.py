"""A stand-in for a model server with an OpenAI-compatible API, with faults and latency as a test wants them.

In a test, in a thread of its own::

    with StandIn(lambda call: completion('{"summary": "…"}')) as server:
        settings = Settings(base_url=server.url, api_key="test")

As a process, for benchmarks and for tests that kill their client::

    python -m tests.support.standin --port 8123 --latency-ms 200
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import email.parser
import email.policy
import functools
import hashlib
import json
import re
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from aiohttp import web


class Call(NamedTuple):
    """A request as it came in."""

    number: int
    """0 for the first request to this path."""
    path: str
    body: dict[str, Any]
    headers: Mapping[str, str]
    at: float = 0.0
    """When it came in, by `time.monotonic`."""

    @property
    def user(self) -> str:
        """Everything the user says in a chat completion."""
        return "\n".join(message["content"] for message in self.body["messages"] if message["role"] == "user")

    @property
    def mode(self) -> str:
        """How a schema is asked for: json_schema, tools, json_object or text."""
        if "tools" in self.body:
            return "tools"
        return str((self.body.get("response_format") or {"type": "text"})["type"])


class Reply(NamedTuple):
    """What goes out."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = {}
    content_type: str = "application/json"
    fault: str = ""
    """``reset`` to drop the connection instead, ``hang`` to never answer, ``garbage`` for what is no HTTP."""


RESET = Reply(fault="reset")
HANG = Reply(fault="hang")
GARBAGE = Reply(fault="garbage")
HTML = Reply(b"<html><body>502 Bad Gateway</body></html>", content_type="text/html")


def completion(
    content: str | None,
    *,
    finish_reason: str = "stop",
    tool_arguments: str | None = None,
    refusal: str | None = None,
    usage: Mapping[str, Any] | None = None,
    model: str = "standin-1",
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Return a chat completion; 100 input and 20 output tokens unless `usage` says otherwise."""
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": refusal}
    if tool_arguments is not None:
        function = {"name": "answer", "arguments": tool_arguments}
        message["tool_calls"] = [{"id": "call-1", "type": "function", "function": function}]
    used = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120} if usage is None else usage
    choice = {"index": 0, "finish_reason": finish_reason, "message": message}
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [choice],
    }
    return Reply(json.dumps({**body, **({"usage": used} if used else {})}).encode(), headers=headers or {})


def error(
    status: int,
    message: str = "something went wrong",
    *,
    code: str | None = None,
    param: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Return an error in the API's form."""
    body = {"error": {"message": message, "type": "invalid_request_error", "code": code, "param": param}}
    return Reply(json.dumps(body).encode(), status, headers or {})


def fitting(call: Call) -> Reply:
    """Return a completion that fits the schema that is asked for, in whichever way it is."""
    if call.mode == "tools":
        return _fitting_tool_call(json.dumps(call.body["tools"][0]["function"]["parameters"]))
    if call.mode == "json_schema":
        return _fitting_content(json.dumps(call.body["response_format"]["json_schema"]["schema"]))
    system = str(call.body["messages"][0]["content"])
    schema, _ = json.JSONDecoder().raw_decode(system, system.index('{"'))
    return _fitting_content(json.dumps(schema))


def example(schema: Mapping[str, Any], root: Mapping[str, Any] | None = None) -> Any:
    """Return the plainest value that fits a JSON schema."""
    root = root or schema
    if "$ref" in schema:
        return example(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return example(schema["anyOf"][0], root)
    kind = schema.get("type")
    if kind == "object":
        return {key: example(value, root) for key, value in schema.get("properties", {}).items()}
    if kind == "array":
        return [example(schema["items"], root)]
    plain = {
        "integer": schema.get("minimum", 1),
        "number": schema.get("minimum", 0.5),
        "boolean": True,
        "null": None,
    }
    return plain.get(kind or "", "some text")


@dataclass
class _Batch:
    id: str
    input_file_id: str
    metadata: Mapping[str, str] | None
    status: str
    output_file_id: str | None = None
    error_file_id: str | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0
    done: int = 0

    def reply(self) -> Reply:
        counts = {"total": self.total, "completed": self.done, "failed": self.total - self.done}
        body = {
            "id": self.id,
            "object": "batch",
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
            "created_at": 1,
            "input_file_id": self.input_file_id,
            "metadata": self.metadata,
            "status": self.status,
            "output_file_id": self.output_file_id,
            "error_file_id": self.error_file_id,
            "errors": {"object": "list", "data": self.errors} if self.errors else None,
            "request_counts": counts,
        }
        return Reply(json.dumps(body).encode())


class StandIn:
    """A model server on a free port of the loopback interface.

    Parameters
    ----------
    replies : callable
        Gives the reply to a chat completion; `fitting` by default.
    embeddings : callable, optional
        Gives the reply to a request for embeddings; unit vectors made from the texts by default.
    refuses : collection of str
        What is answered with HTTP 400: parameters (``temperature``, ``tools``, ``response_format``) or one
        type of response format (``json_schema``).
    latency : float
        Seconds before each answer.
    batch_status : str
        What becomes of batches: completed, in_progress, expired or failed.
    batch_done : int, optional
        How many requests of a batch that expires are answered.
    on_batch : callable
        Called when a batch is taken, before its id goes out.

    Attributes
    ----------
    calls
        Chat completions and embeddings that came in, in order.
    batches, files
        What was handed in.
    most_in_flight
        The most requests that were under way at the same time.
    """

    def __init__(
        self,
        replies: Callable[[Call], Reply] = fitting,
        *,
        embeddings: Callable[[Call], Reply] | None = None,
        refuses: Collection[str] = (),
        latency: float = 0.0,
        batch_status: str = "completed",
        batch_done: int | None = None,
        on_batch: Callable[[], object] = lambda: None,
        port: int = 0,
        keep_calls: bool = True,
    ) -> None:
        self.replies = replies
        self.embeddings = embeddings or _embeddings
        self.refuses = refuses
        self.latency = latency
        self.batch_status = batch_status
        self.batch_done = batch_done
        self.on_batch = on_batch
        self.port = port
        self.calls: list[Call] = []
        self.batches: list[_Batch] = []
        self.files: dict[str, bytes] = {}
        self.in_flight = self.most_in_flight = 0
        self.seen: Counter[str] = Counter()
        self._keep_calls = keep_calls
        self._counts: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self.serve()), daemon=True)

    @property
    def url(self) -> str:
        """The base URL for a client."""
        return f"http://127.0.0.1:{self.port}/v1"

    def wait_until_left(self, seconds: float = 5.0) -> bool:
        """Wait until no client holds a connection; False if one still does after so many seconds."""
        until = time.monotonic() + seconds
        while self._server.connections and time.monotonic() < until:
            time.sleep(0.001)
        return not self._server.connections

    def __enter__(self) -> Self:
        self._thread.start()
        self._listening.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()
        self._loop.close()

    async def serve(self) -> None:
        """Serve until closed."""
        self._server = web.Server(self._handle, access_log=None)
        runner = web.ServerRunner(self._server, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port, backlog=4096)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        self._listening.set()
        await self._closing.wait()
        await runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        content = await request.read()
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            reply = self._reply(request, content)
            if self.latency and request.method == "POST":
                await asyncio.sleep(self.latency)
            if reply.fault == "hang":
                await self._closing.wait()
            if reply.fault == "garbage" and request.transport is not None:
                request.transport.write(b"\x00\x01 this is no HTTP\r\n\r\n")
                request.transport.close()
            if reply.fault == "reset" and request.transport is not None:
                request.transport.abort()
            return web.Response(
                body=reply.body, status=reply.status, headers=reply.headers, content_type=reply.content_type
            )
        finally:
            self.in_flight -= 1

    def _reply(self, request: web.BaseRequest, content: bytes) -> Reply:
        path = request.path.removeprefix("/v1")
        if path in ("/chat/completions", "/embeddings"):
            call = Call(self._counts[path], path, json.loads(content), request.headers, time.monotonic())
            self._counts[path] += 1
            if self._keep_calls:
                self.calls.append(call)
            else:
                self.seen[hashlib.sha256(content).hexdigest()] += 1
            return self._refusal(call) or (self.replies if path == "/chat/completions" else self.embeddings)(call)
        if path == "/files":
            return self._upload(request.headers["content-type"], content)
        if path == "/batches" and request.method == "POST":
            return self._create_batch(json.loads(content))
        if path == "/batches":
            listed = [json.loads(batch.reply().body) for batch in reversed(self.batches)]
            return Reply(json.dumps({"object": "list", "data": listed, "has_more": False}).encode())
        if match := re.fullmatch(r"/batches/([^/]+)", path):
            found = [batch.reply() for batch in self.batches if batch.id == match[1]]
            return found[0] if found else error(404, "No such batch")
        if (match := re.fullmatch(r"/files/([^/]+)/content", path)) and match[1] in self.files:
            return Reply(self.files[match[1]], content_type="application/octet-stream")
        if path == "/standin":  # what has been seen, for whoever runs this as a process
            totals = {
                "calls": sum(self._counts.values()),
                "distinct": len(self.seen),
                "in_flight": self.most_in_flight,
            }
            return Reply(json.dumps({**totals, "most_repeated": max(self.seen.values(), default=0)}).encode())
        return error(404, "Not Found")

    def _refusal(self, call: Call) -> Reply | None:
        for name in self.refuses:
            if name in call.body or (name == call.mode and call.path == "/chat/completions"):
                param = "response_format" if name in ("json_schema", "json_object") else name
                return error(400, f"'{name}' is not supported here", code="unsupported_value", param=param)
        return None

    def _upload(self, content_type: str, content: bytes) -> Reply:
        head = f"Content-Type: {content_type}\r\n\r\n".encode()
        form = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + content)
        parts = {part.get_param("name", header="content-disposition"): part for part in form.iter_parts()}
        file_id = f"file-{len(self.files)}"
        self.files[file_id] = bytes(parts["file"].get_payload(decode=True))
        body = {
            "id": file_id,
            "object": "file",
            "bytes": 1,
            "created_at": 1,
            "filename": "x",
            "purpose": "batch",
        }
        return Reply(json.dumps({**body, "status": "processed"}).encode())

    def _create_batch(self, body: dict[str, Any]) -> Reply:
        number = len(self.batches)
        batch = _Batch(f"batch-{number}", body["input_file_id"], body.get("metadata"), self.batch_status)
        self.batches.append(batch)
        self.finish(batch)
        self.on_batch()
        return batch.reply()

    def finish(self, batch: _Batch) -> None:
        """Work on a batch as far as `batch_status` says."""
        batch.status = self.batch_status
        lines = [json.loads(line) for line in self.files[batch.input_file_id].split(b"\n") if line]
        batch.total = len(lines)
        if batch.status == "failed":
            batch.errors = [{"code": "token_limit_exceeded", "message": "too much at once", "line": None}]
            batch.total = 0
        if batch.status not in ("completed", "expired"):
            return
        good: list[dict[str, Any]] = []
        bad: list[dict[str, Any]] = []
        for number, line in enumerate(lines):
            if batch.status == "expired" and self.batch_done is not None and number >= self.batch_done:
                expired = {"code": "batch_expired", "message": "This request could not be executed in time."}
                bad.append({"id": "1", "custom_id": line["custom_id"], "response": None, "error": expired})
                continue
            call = Call(number, "/chat/completions", line["body"], {})
            reply = self._refusal(call) or self.replies(call)
            response = {"status_code": reply.status, "request_id": "1", "body": json.loads(reply.body)}
            done = {"id": "1", "custom_id": line["custom_id"], "response": response, "error": None}
            (good if reply.status == 200 else bad).append(done)
        batch.done = len(good)
        batch.output_file_id, batch.error_file_id = self._store(good), self._store(bad)

    def _store(self, lines: list[dict[str, Any]]) -> str | None:
        if not lines:
            return None
        file_id = f"file-{len(self.files)}"
        self.files[file_id] = b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)
        return file_id


@functools.cache
def _fitting_content(schema: str) -> Reply:
    return completion(json.dumps(example(json.loads(schema))))


@functools.cache
def _fitting_tool_call(schema: str) -> Reply:
    return completion(None, tool_arguments=json.dumps(example(json.loads(schema))), finish_reason="tool_calls")


def _embeddings(call: Call) -> Reply:
    """Return for each text a vector that depends on nothing but the text."""
    size = call.body.get("dimensions") or 8
    data = []
    for index, text in enumerate(call.body["input"]):
        seed = hashlib.shake_256(text.encode()).digest(size)
        vector: Any = [byte / 64 - 2 for byte in seed]
        if call.body.get("encoding_format") == "base64":
            vector = base64.b64encode(struct.pack(f"<{size}f", *vector)).decode()
        data.append({"object": "embedding", "index": index, "embedding": vector})
    used = {"prompt_tokens": 10 * len(data), "total_tokens": 10 * len(data)}
    return Reply(json.dumps({"object": "list", "data": data, "model": "standin-1", "usage": used}).encode())


def main() -> None:
    """Serve as a process of its own, until killed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="0 for a free one; it is printed")
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--content", type=Path, help="a file with the JSON that every answer holds")
    parser.add_argument("--refuses", nargs="*", default=[], help="parameters that are refused")
    options = parser.parse_args()
    same = completion(options.content.read_text()) if options.content else None
    server = StandIn(
        (lambda call: same) if same else fitting,
        refuses=options.refuses,
        latency=options.latency_ms / 1000,
        port=options.port,
        keep_calls=False,
    )
    with server:
        print(server.url, flush=True)
        server._thread.join()


if __name__ == "__main__":
    main()
