"""Turns of one conversation follow one another; other conversations do not wait for them."""

from __future__ import annotations

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
    holder: int | None = None  # the thread whose turn it is
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

        Raises ``InvalidInput`` when this very thread has left such a turn unfinished: waiting for
        it would be waiting for ever.
        """
        with self._held(key):
            return (yield from turn)

    @contextmanager
    def _held(self, key: Hashable) -> Iterator[None]:
        with self._guard:
            queue = self._queues.setdefault(key, _Queue())
            if queue.holder == threading.get_ident():
                raise InvalidInput(
                    "this conversation has a reply that is not finished; "
                    "iterate it to its end or close it before the next message"
                )
            queue.waiting += 1
        try:
            with queue.lock:
                queue.holder = threading.get_ident()
                try:
                    yield
                finally:
                    queue.holder = None
        finally:
            with self._guard:
                queue.waiting -= 1
                if not queue.waiting:
                    del self._queues[key]
