"""Turns of one conversation follow one another; other conversations do not wait for them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from guardrail.errors import InvalidInput

__all__ = ["Queues"]

_R = TypeVar("_R")


@dataclass(slots=True)
class _Queue:
    lock: threading.Lock = field(default_factory=threading.Lock)
    holder: object = None  # whose turn it is
    waiting: int = 0


class Queues:
    """One lock for each conversation in use; a conversation nobody uses takes no memory."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._queues: dict[Hashable, _Queue] = {}

    def one_at_a_time(
        self, key: Hashable, turn: Generator[str, None, _R]
    ) -> Generator[str, None, _R]:
        """``turn``, begun only when no other turn with this key is under way.

        The iteration raises ``InvalidInput`` when the thread (or the asyncio task) that called
        this has left such a turn unfinished: waiting for it would be waiting for ever. Which
        threads do the iterating does not matter.
        """
        return self._run(key, turn, _caller())

    def _run(
        self, key: Hashable, turn: Generator[str, None, _R], caller: object
    ) -> Generator[str, None, _R]:
        with self._held(key, caller):
            return (yield from turn)

    @contextmanager
    def _held(self, key: Hashable, caller: object) -> Iterator[None]:
        with self._guard:
            queue = self._queues.setdefault(key, _Queue())
            if queue.holder == caller:
                raise InvalidInput(
                    "this conversation has a reply that is not finished; "
                    "iterate it to its end or close it before the next message"
                )
            queue.waiting += 1
        try:
            with queue.lock:
                queue.holder = caller
                try:
                    yield
                finally:
                    queue.holder = None
        finally:
            with self._guard:
                queue.waiting -= 1
                if not queue.waiting:
                    del self._queues[key]


def _caller() -> object:
    """The running asyncio task, and without one the thread."""
    try:
        task = asyncio.current_task()
    except RuntimeError:  # no event loop runs in this thread
        task = None
    return task or threading.get_ident()
