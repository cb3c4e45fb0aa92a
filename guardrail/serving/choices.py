"""The choices of one request, written side by side: replies of one model are decoded together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import aclosing
from typing import Any, TypeVar

from anyio import CancelScope, CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Request

from guardrail.reply import Reply, ReplyStream
from guardrail.serving.faults import is_mendable
from guardrail.serving.metrics import Metrics

__all__ = ["Choices", "Piece", "Runner", "Start", "while_connected"]

T = TypeVar("T")
Start = Callable[[], ReplyStream]
Piece = tuple[int, str | Reply]
"""The number of a choice, and its next text or, at its end, the reply."""

# So many choices of one request at a time: one with many must not take the room of all others.
_TOGETHER = 4


class Runner:
    """Iterates over streams in threads of its own, so that replies that wait for the model leave
    the threads of the other routes alone."""

    def __init__(self, metrics: Metrics, replies: int) -> None:
        self.metrics = metrics
        # One iterates, and one may be closing.
        self._threads = CapacityLimiter(2 * _TOGETHER * replies)

    async def next(self, stream: ReplyStream) -> str | None:
        """The next text, ``None`` at the end. A caller that is cancelled does not wait for it."""
        text = await run_sync(next, stream, None, limiter=self._threads, abandon_on_cancel=True)
        if text is None:
            self.metrics.count(stream.reply)
        return text

    async def close(self, stream: ReplyStream) -> None:
        """Stop the stream and wait until it has."""
        with CancelScope(shield=True):  # in a cancelled task every other wait ends at once
            await run_sync(stream.close, limiter=self._threads)


class Choices:
    """What ``starts`` begin, a few at a time; closing ``pieces`` stops them and begins no more."""

    def __init__(self, run: Runner, starts: Sequence[Start]) -> None:
        self._run = run
        self._starts = starts
        self._places = asyncio.Semaphore(_TOGETHER)
        # One piece waits: a client that does not read holds up its own reply, not the memory.
        self._made: asyncio.Queue[tuple[int, str | Reply | Exception]] = asyncio.Queue(1)

    async def whole(self) -> list[Reply]:
        """All replies, in the order of the choices."""
        async with aclosing(self.pieces()) as pieces:
            replies = {index: made async for index, made in pieces if isinstance(made, Reply)}
        return [replies[index] for index in sorted(replies)]

    async def pieces(self) -> AsyncGenerator[Piece, None]:
        """The pieces of all choices as they come. The first error ends them all."""
        tasks = [asyncio.create_task(self._write(index)) for index in range(len(self._starts))]
        left = len(tasks)
        try:
            while left:
                index, piece = await self._made.get()
                if isinstance(piece, Exception):
                    raise piece
                left -= isinstance(piece, Reply)
                yield index, piece
        finally:
            for task in tasks:
                task.cancel()
            with CancelScope(shield=True):
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _write(self, index: int) -> None:
        async with self._places:
            try:
                await self._iterate(index, self._starts[index]())
            except Exception as error:  # noqa: BLE001 - whoever reads the pieces gets it
                self._run.metrics.count_unfinished("refused" if is_mendable(error) else "failed")
                await self._made.put((index, error))

    async def _iterate(self, index: int, stream: ReplyStream) -> None:
        reply: Reply | None = None
        try:
            while (text := await self._run.next(stream)) is not None:
                await self._made.put((index, text))
            reply = stream.reply
            await self._made.put((index, reply))
        except asyncio.CancelledError:
            if reply is None:
                self._run.metrics.count_unfinished("cancelled")
            raise
        finally:
            await self._run.close(stream)


async def while_connected(connection: Request, work: Coroutine[Any, Any, T]) -> T | None:
    """What ``work`` gives; ``None`` when the client went away before, which cancels it."""
    working, gone = asyncio.create_task(work), asyncio.create_task(_gone(connection))
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        gone.cancel()
        working.cancel()
        with CancelScope(shield=True):
            await asyncio.gather(working, gone, return_exceptions=True)


async def _gone(connection: Request) -> None:
    while (await connection.receive())["type"] != "http.disconnect":
        pass
