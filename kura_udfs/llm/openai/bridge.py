"""From a plain loop into an event loop and back: a pool of workers over an iterator, in bounded memory."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Generator, Iterable
from contextlib import AbstractAsyncContextManager
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 500
"""How many items beyond those at work may wait, for work or to be taken, so that neither side is held up."""
TICK_SECONDS = 1.0
"""How long the caller is left waiting at most, so that it can store what it has and show how far it is."""
SECONDS_TO_LET_GO = 5.0
"""How long an iterator that is stuck in its next item may hold up the end."""


def stream(
    items: Iterable[Item],
    open_work: Callable[[], AbstractAsyncContextManager[Callable[[Item], Awaitable[Result | None]]]],
    workers: int,
) -> Generator[Result | None]:
    """Do work on items in an event loop of its own, and yield the results as they come.

    Parameters
    ----------
    items : iterable
        Of any length. Advanced in a thread of its own, so it may block, and must not share a database cursor
        with the caller. At most ``workers + AHEAD`` items are alive at a time.
    open_work : callable
        Gives an async context manager, entered and left in the event loop, that gives the work: a coroutine
        function of an item. A result of None is left out.
    workers : int
        How many items are worked on at a time.

    Yields
    ------
    Result or None
        Results in the order of completion; None whenever there was none for `TICK_SECONDS`.

    Raises
    ------
    Exception
        The first one raised by `items` or the work. Nothing further is begun then; what is at work is
        finished and yielded first. If the caller stops early, by contrast, everything is cancelled.
    """
    bridge = _Bridge(items, open_work, workers)
    bridge.loop_thread.start()
    try:
        while True:
            try:
                result = bridge.results.get(timeout=TICK_SECONDS)
            except Empty:
                yield None
                continue
            if isinstance(result, _End):
                break
            yield result
            bridge.room.release()
        if bridge.errors:
            raise bridge.errors[0]
    finally:
        bridge.close()


class _End:
    """Nothing more comes."""


class _Bridge(Generic[Item, Result]):
    """Two threads: one pulls the items, one runs the event loop with the workers."""

    def __init__(
        self,
        items: Iterable[Item],
        open_work: Callable[[], AbstractAsyncContextManager[Callable[[Item], Awaitable[Result | None]]]],
        workers: int,
    ) -> None:
        self._items = items
        self._open_work = open_work
        self._workers = workers
        self.results: SimpleQueue[Result | _End] = SimpleQueue()
        self.errors: list[BaseException] = []
        self.room = threading.Semaphore(workers + AHEAD)
        self.loop_thread = threading.Thread(target=self._run_loop, name="kura-llm", daemon=True)
        self._feeder = threading.Thread(target=self._feed, name="kura-llm-requests", daemon=True)
        self._stop = threading.Event()
        self._begun = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._task: asyncio.Task[None]
        self._inbox: asyncio.Queue[Item | _End]

    def close(self) -> None:
        """Cancel what is at work, if anything is, and wait for both threads."""
        self._stop.set()
        self.room.release()
        self._begun.wait()
        with contextlib.suppress(RuntimeError, AttributeError):  # the loop has ended, or never began
            self._loop.call_soon_threadsafe(self._task.cancel)
        self.loop_thread.join()
        if self._feeder.ident is not None:
            self._feeder.join(SECONDS_TO_LET_GO)

    def _fail(self, error: BaseException) -> None:
        self.errors.append(error)
        self._stop.set()
        self.room.release()

    def _feed(self) -> None:
        try:
            for item in self._items:
                self._put(item)
                self.room.acquire()
                if self._stop.is_set():
                    break
        except BaseException as error:
            self._fail(error)
        self._put(_End())

    def _put(self, item: Item | _End) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended while the iterator was stuck
            self._loop.call_soon_threadsafe(self._inbox.put_nowait, item)

    def _run_loop(self) -> None:
        try:
            asyncio.run(self._work())
        except asyncio.CancelledError:
            pass
        except BaseException as error:
            self._fail(error)
        finally:
            self._begun.set()
            self.results.put(_End())

    async def _work(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()  # type: ignore[assignment]  # this runs in one
        self._inbox = asyncio.Queue()
        self._begun.set()
        async with self._open_work() as work:
            self._feeder.start()
            await asyncio.gather(*(self._worker(work) for _ in range(self._workers)))

    async def _worker(self, work: Callable[[Item], Awaitable[Result | None]]) -> None:
        while not isinstance(item := await self._inbox.get(), _End) and not self._stop.is_set():
            try:
                result = await work(item)
            except Exception as error:
                self._fail(error)
                break
            if result is None:
                self.room.release()
            else:
                self.results.put(result)
        self._inbox.put_nowait(_End())  # for the next worker
