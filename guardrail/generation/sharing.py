"""One model, many callers: they take turns token by token, none waits for the end of another.

Replies that can be decoded together are one of the callers (see ``batching``), every other reply is
one by itself. A reply that kept the model until its end would make everybody behind it wait for all
of it. Each has a cache of its own, so they can change places after every token without touching one
another.
"""

from __future__ import annotations

import threading
from collections import deque
from types import TracebackType

__all__ = ["Turns"]

SEATS = 8
"""Replies under way at once: each holds the keys and values of its prompt, which for a model of 7
billion parameters and 3,500 tokens is nearly half a gigabyte."""


class Turns:
    """A lock given in the order of asking, whose holder may ``give_way`` to the next in turn.

    At most ``seats`` threads take turns; who comes later waits, in order, until one has left. Not
    reentrant. Every step costs O(1).
    """

    def __init__(self, seats: int = SEATS) -> None:
        self._seats = seats
        self._guard = threading.Lock()
        self._taken = 0
        self._held = False
        self._next: deque[threading.Lock] = deque()  # those with a seat
        self._outside: deque[threading.Lock] = deque()  # those without one

    def locked(self) -> bool:
        """Whether anybody holds it."""
        return self._held

    def acquire(self) -> None:
        """Take a seat and the turn, when they come."""
        with self._guard:
            if self._taken < self._seats:
                self._taken += 1
                if not self._held:
                    self._held = True
                    return
                mine = _queued(self._next)
            else:
                mine = _queued(self._outside)
        mine.acquire()

    def release(self) -> None:
        """Leave: the first outside takes the seat, the next in turn the model."""
        with self._guard:
            if self._outside:
                self._next.append(self._outside.popleft())
            else:
                self._taken -= 1
            if self._next:
                self._next.popleft().release()
            else:
                self._held = False

    def give_way(self) -> None:
        """Let the next one have its turn and wait for one's own; returns at once when nobody
        waits."""
        with self._guard:
            if not self._next:
                return
            mine = _queued(self._next)
            self._next.popleft().release()
        mine.acquire()

    def __enter__(self) -> Turns:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def _queued(line: deque[threading.Lock]) -> threading.Lock:
    """A closed lock at the end of a line; whoever opens it hands over the turn."""
    mine = threading.Lock()
    mine.acquire()
    line.append(mine)
    return mine
