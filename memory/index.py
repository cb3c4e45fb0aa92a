"""Vector indexes: derived from the store and kept in RAM, so erasure has no index file to clean.

``ExactIndex`` is NumPy and the oracle that tests compare with; ``FaissIndex`` is what recall uses.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["ExactIndex", "FaissIndex", "VectorIndex"]

Found = tuple[NDArray[np.int64], NDArray[np.float32]]


class VectorIndex(Protocol):
    """Unit vectors by id."""

    def add(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Add vectors (n, d) under ids (n,)."""
        ...

    def cosines(self, queries: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n,) the best cosine of each vector with any of the queries (q, d), in the order of
        adding. O(n d q)."""
        ...

    def search(self, queries: NDArray[np.float32], k: int) -> Found:
        """The ``k`` nearest of any of the queries (q, d): ids (m,) and cosines (m,), best first,
        each id once, m at most k."""
        ...

    def __len__(self) -> int: ...


class ExactIndex:
    """Brute force in NumPy."""

    def __init__(self, dimension: int) -> None:
        self._ids = np.zeros(0, np.int64)
        self._vectors = np.zeros((0, dimension), np.float32)

    def add(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """See ``VectorIndex``."""
        self._ids = np.concatenate([self._ids, ids])
        self._vectors = np.concatenate([self._vectors, vectors])

    def cosines(self, queries: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ``VectorIndex``."""
        best: NDArray[np.float32] = (self._vectors @ queries.T).max(axis=1)
        return best

    def search(self, queries: NDArray[np.float32], k: int) -> Found:
        """See ``VectorIndex``."""
        best = self.cosines(queries)
        order = np.argsort(-best, kind="stable")[:k]
        return self._ids[order], best[order]

    def __len__(self) -> int:
        return len(self._ids)


class FaissIndex:
    """FAISS's flat inner-product index with ids of our own: exact, holds each vector once."""

    def __init__(self, dimension: int) -> None:
        import faiss

        self._faiss: Any = faiss
        self._dimension = dimension
        self._flat: Any = faiss.IndexFlatIP(dimension)
        self._index: Any = faiss.IndexIDMap2(self._flat)

    def add(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """See ``VectorIndex``."""
        if len(ids):
            self._index.add_with_ids(np.ascontiguousarray(vectors), np.ascontiguousarray(ids))

    def cosines(self, queries: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ``VectorIndex``. Reads FAISS's own memory: one matrix product, no copy."""
        if not len(self):
            return np.zeros(0, np.float32)
        flat = self._faiss.rev_swig_ptr(self._flat.get_xb(), len(self) * self._dimension)
        vectors = flat.reshape(len(self), self._dimension)
        if len(queries) == 1:
            one: NDArray[np.float32] = vectors @ queries[0]
            return one
        best: NDArray[np.float32] = (vectors @ queries.T).max(axis=1)
        return best

    def search(self, queries: NDArray[np.float32], k: int) -> Found:
        """See ``VectorIndex``."""
        k = min(k, len(self))
        if not k:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        scores, ids = self._index.search(np.ascontiguousarray(queries), k)
        order = np.argsort(-scores.ravel(), kind="stable")
        _, first = np.unique(ids.ravel()[order], return_index=True)
        keep = order[np.sort(first)][:k]
        return ids.ravel()[keep], scores.ravel()[keep]

    def __len__(self) -> int:
        return int(self._index.ntotal)
