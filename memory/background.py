"""A thread of the memory's own for what no reply should wait for."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable
from threading import Condition, Thread

__all__ = ["Background"]


class Background:
    """Does one piece of work after another. What is asked for twice before its turn comes is done
    once; what fails is left for the next time, or for who asks for its result and then sees why."""

    def __init__(self) -> None:
        self._wake = Condition()
        self._waiting: dict[Hashable, Callable[[], None]] = {}
        self._closing = False
        self._thread: Thread | None = None

    def soon(self, name: Hashable, work: Callable[[], None]) -> None:
        """Do ``work``, called ``name``, when all that was asked for before is done."""
        with self._wake:
            if self._closing:
                return
            self._waiting.setdefault(name, work)
            if self._thread is None:
                self._thread = Thread(target=self._run, name="memory", daemon=True)
                self._thread.start()
            self._wake.notify()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._waiting and not self._closing:
                    self._wake.wait()
                if self._closing:
                    return
                work = self._waiting.pop(next(iter(self._waiting)))
            with contextlib.suppress(Exception):
                work()

    def close(self) -> None:
        """End with what is being done; what was still waiting is not done."""
        with self._wake:
            self._closing = True
            self._wake.notify()
            thread = self._thread
        if thread is not None:
            thread.join()
