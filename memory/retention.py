"""Retention: what is hardly ever recalled is forgotten, by age.

After HEMA (arXiv 2504.16754), which prints the salience w = a exp(-g age) + b (1 - d) with d = 1
for what was recalled in the last 100 turns. That rewards what was *not* recalled; we take it as
meant: w = a exp(-g age) + b (recalled lately) + c log(1 + recalls).
"""

from __future__ import annotations

import threading

import numpy as np

from .scope import Scope
from .settings import Retention
from .store import Store

__all__ = ["Retainer"]

_NEW, _LATELY, _OFTEN = 1.0, 1.0, 0.5
_FADING = 1 / 1000  # by turn
_WINDOW = 100  # turns


class Retainer:
    """Counts recalls and prunes. Counts are kept in RAM and written with the next turn, so that
    recalling never writes."""

    def __init__(self, store: Store, settings: Retention) -> None:
        self._store = store
        self._settings = settings
        self._lock = threading.Lock()
        self._recalled: list[int] = []

    def recalled(self, turns: list[int]) -> None:
        """Note that turns were recalled."""
        with self._lock:
            self._recalled += turns

    def added(self, scope: Scope, number: int) -> int:
        """After ``number`` turns were stored: write the counts, prune when it is time; how many
        turns were pruned."""
        with self._lock:
            recalled, self._recalled = self._recalled, []
        length = self._store.length(scope)
        if recalled:
            with self._store.transaction() as connection:
                # Each by the length of its own conversation, which need not be this one.
                connection.executemany(
                    "UPDATE turns SET recalls = recalls + 1, recalled = (SELECT max(ordinal) + 1 "
                    "FROM turns o WHERE o.user = turns.user AND o.conversation = "
                    "turns.conversation) WHERE id = ?",
                    [(turn,) for turn in recalled],
                )
        every = self._settings.every
        due = length // every > (length - number) // every
        return self._store.prune(scope.user, self._lowest(scope, length)) if due else 0

    def _lowest(self, scope: Scope, length: int) -> list[int]:
        """The turns with the lowest salience that are not spared."""
        rows = self._store.rows(
            f"SELECT id, ordinal, recalls, coalesce(recalled, -1) FROM turns WHERE {scope.where} "
            "AND NOT pinned AND ordinal < ? "
            "AND EXISTS (SELECT 1 FROM chunks WHERE chunks.turn = turns.id)",
            (*scope.values, length - self._settings.spare),
        )
        number = int(len(rows) * self._settings.share)
        if not number:
            return []
        ids, places, recalls, recalled = np.array(rows, np.float64).T
        lately = (recalled >= 0) & (length - recalled < _WINDOW)
        salience = _NEW * np.exp(-_FADING * (length - places))
        salience += _LATELY * lately + _OFTEN * np.log1p(recalls)
        lowest: list[int] = ids[np.argsort(salience, kind="stable")[:number]].astype(int).tolist()
        return lowest
