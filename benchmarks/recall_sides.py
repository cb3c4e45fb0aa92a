"""The sides compared: each stores the turns of a conversation and ranks them for a query.

All share one embedder. Turns reach the peers as "Speaker: text", a long one in the windows that our
own memory embeds, so that no side is blind to the end of a long message; a turn is as good as its
best piece.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Protocol

import apsw
import numpy as np
from numpy.typing import NDArray

from memory import DualMemory, Embedder, NewTurn
from memory.embedding import windows

__all__ = ["SIDES", "Bm25", "Dense", "Ours", "Side", "pieces"]

DEPTH = 50
_WORD = re.compile(r"\w+")


class Side(Protocol):
    """One memory under test."""

    def fill(self, turns: Sequence[NewTurn]) -> None:
        """Store the turns of a conversation, in order."""
        ...

    def rank(self, query: str) -> list[int]:
        """Numbers of the stored turns, best first, each once, at most ``DEPTH``."""
        ...


def pieces(turns: Sequence[NewTurn]) -> tuple[list[str], NDArray[np.int64]]:
    """What peers store, and the turn that each piece belongs to."""
    cut = [windows(turn.text) for turn in turns]
    texts = [
        f"{turn.speaker or turn.role}: {window}"
        for turn, group in zip(turns, cut, strict=True)
        for window in group
    ]
    return texts, np.repeat(np.arange(len(turns)), [len(group) for group in cut])


def best_turns(scores: NDArray[np.float32], turn_of: NDArray[np.int64]) -> list[int]:
    """The turns in the order of their best pieces."""
    order = turn_of[np.argsort(-scores, kind="stable")]
    return list(dict.fromkeys(order.tolist()))[:DEPTH]


class Ours:
    """``DualMemory.recall``, whole: embedding, ranking, and reading the episodes."""

    def __init__(self, embedder: Embedder) -> None:
        self.memory = DualMemory(user="ann", conversation="talk", embedder=embedder)
        self.numbers: dict[int, int] = {}

    def fill(self, turns: Sequence[NewTurn]) -> None:
        stored = self.memory.add_turns(turns)
        self.numbers = {turn.id: number for number, turn in enumerate(stored)}

    def rank(self, query: str) -> list[int]:
        episodes = self.memory.recall(query, k=DEPTH).episodes
        found = sorted(episodes, key=lambda episode: -episode.score)
        return [self.numbers[episode.turn_id] for episode in found]

    def superseded(self) -> frozenset[int]:
        """The turns that state a fact which the memory holds for over."""
        facts = self.memory.facts(history=True)
        return frozenset(self.numbers[fact.turn_id] for fact in facts if fact.until is not None)

    def stated(self) -> frozenset[int]:
        """The turns that state a fact, over or not."""
        facts = self.memory.facts(history=True)
        return frozenset(self.numbers[fact.turn_id] for fact in facts)


class Dense:
    """Cosine of the embedder alone."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def fill(self, turns: Sequence[NewTurn]) -> None:
        texts, self._turn_of = pieces(turns)
        self._vectors = self._embedder.encode(texts)

    def rank(self, query: str) -> list[int]:
        return best_turns(self._vectors @ self._embedder.encode([query])[0], self._turn_of)


class Bm25:
    """SQLite's FTS5 with its own bm25() and the Porter stemmer."""

    def __init__(self, embedder: Embedder) -> None:
        self._rows = apsw.Connection(":memory:")
        self._rows.execute("CREATE VIRTUAL TABLE t USING fts5(text, tokenize = 'porter unicode61')")

    def fill(self, turns: Sequence[NewTurn]) -> None:
        texts, self._turn_of = pieces(turns)
        self._rows.executemany("INSERT INTO t (rowid, text) VALUES (?, ?)", enumerate(texts))

    def rank(self, query: str) -> list[int]:
        wanted = " OR ".join(f'"{word}"' for word in _WORD.findall(query))
        found = self._rows.execute(
            "SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT 500", (wanted,)
        )
        return list(dict.fromkeys(int(self._turn_of[row]) for (row,) in found))[:DEPTH]


SIDES: dict[str, Callable[[Embedder], Side]] = {
    "ours": Ours,
    "dense": Dense,
    "BM25": Bm25,
}
