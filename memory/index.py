"""Vector indexes: derived from the store, kept in RAM, rebuilt when the store moved on.

``ExactIndex`` is NumPy and the oracle that tests compare with; ``FaissIndex`` is what recall uses.
Nothing is written to disk, so erasure has no index file to clean.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .store import Scope, Store

__all__ = ["ExactIndex", "FaissIndex", "ScopeIndex", "ScopeIndexes", "VectorIndex"]


class VectorIndex(Protocol):
    """Unit vectors by id."""

    def add(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None: ...

    def search(
        self, queries: NDArray[np.float32], k: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The ``k`` nearest of any of the queries (q, d): ids (n,) and cosines (n,), best first,
        each id once, n at most k."""
        ...

    def __len__(self) -> int: ...


class ExactIndex:
    """Brute force in NumPy: O(n d) for a query."""

    def __init__(self, dimension: int) -> None:
        self._ids = np.zeros(0, np.int64)
        self._vectors = np.zeros((0, dimension), np.float32)

    def add(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Add vectors (n, d) under ids (n,)."""
        self._ids = np.concatenate([self._ids, ids])
        self._vectors = np.concatenate([self._vectors, vectors])

    def search(
        self, queries: NDArray[np.float32], k: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """See ``VectorIndex``."""
        if not len(self._ids):
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        best = (queries @ self._vectors.T).max(axis=0)
        order = np.argsort(-best, kind="stable")[:k]
        return self._ids[order], best[order]

    def __len__(self) -> int:
        return len(self._ids)


class FaissIndex:
    """FAISS's flat inner-product index with ids of our own; exact, and quick to 100,000 vectors."""

    def __init__(self, dimension: int) -> None:
        import faiss

        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))

    def add(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Add vectors (n, d) under ids (n,)."""
        if len(ids):
            self._index.add_with_ids(np.ascontiguousarray(vectors), np.ascontiguousarray(ids))

    def search(
        self, queries: NDArray[np.float32], k: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """See ``VectorIndex``."""
        k = min(k, len(self))
        if not k:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        scores, ids = self._index.search(np.ascontiguousarray(queries), k)
        order = np.argsort(-scores.ravel(), kind="stable")
        flat = ids.ravel()[order]
        _, first = np.unique(flat, return_index=True)
        keep = order[np.sort(first)][:k]
        return ids.ravel()[keep], scores.ravel()[keep]

    def __len__(self) -> int:
        return int(self._index.ntotal)


class ScopeIndex:
    """The vectors of one scope, and which turn each chunk belongs to. Brought up to date before
    every search: what was added is appended, what was taken away makes it start anew."""

    def __init__(self, store: Store, scope: Scope) -> None:
        self._store = store
        self._scope = scope
        self._lock = Lock()
        self._state = (-1, -1)
        self._reset()

    def _reset(self) -> None:
        self._index: VectorIndex = FaissIndex(self._store.dimension)
        self._last = 0
        self.turn_of: dict[int, int] = {}
        self.turns: list[int] = []

    def refresh(self) -> None:
        """Take over what changed in the store, by this process or another."""
        state = self._store.state()
        with self._lock:
            if state == self._state:
                return
            if state[1] != self._state[1]:
                self._reset()
            new = self._store.vectors(self._scope, self._last)
            self._index.add(new.ids, new.vectors)
            if len(new.ids):
                self._last = int(new.ids[-1])
                self.turn_of.update(zip(new.ids.tolist(), new.turns.tolist(), strict=True))
                self.turns += dict.fromkeys(new.turns.tolist())
            self._state = state

    def search(
        self, queries: NDArray[np.float32], k: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Chunks of the scope by their best cosine with any query window."""
        with self._lock:
            return self._index.search(queries, k)


class ScopeIndexes:
    """The indexes of the scopes used lately."""

    _KEPT = 64

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._indexes: OrderedDict[Scope, ScopeIndex] = OrderedDict()

    def get(self, scope: Scope) -> ScopeIndex:
        """The index of a scope, up to date."""
        with self._lock:
            if scope not in self._indexes:
                self._indexes[scope] = ScopeIndex(self._store, scope)
            self._indexes.move_to_end(scope)
            while len(self._indexes) > self._KEPT:
                self._indexes.popitem(last=False)
            index = self._indexes[scope]
        index.refresh()
        return index
