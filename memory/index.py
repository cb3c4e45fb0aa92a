"""Vector indexes: derived from the store and kept in RAM, so erasure has no index file to clean.

``ExactIndex`` is NumPy and the oracle that tests compare with; ``FaissIndex`` is what recall uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .products import cosines

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
    """FAISS's flat inner-product index, exact, and beside it the signs of the vectors, 1/32 of
    their size, for a first choice among many."""

    def __init__(self, dimension: int) -> None:
        import faiss

        self._faiss: Any = faiss
        self.dimension = dimension
        self._ids = np.zeros(0, np.int64)
        self._sum = np.zeros(dimension, np.float64)
        self._index: Any = faiss.IndexFlatIP(dimension)
        self._signs: Any = faiss.IndexBinaryFlat(-(-dimension // 8) * 8)

    def add(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """See ``VectorIndex``."""
        if len(ids):
            self._ids = np.concatenate([self._ids, ids])
            self._sum += vectors.sum(axis=0)
            self._index.add(np.ascontiguousarray(vectors))
            self._signs.add(np.packbits(vectors > 0, axis=1))

    def _vectors(self) -> NDArray[np.float32]:
        """FAISS's own memory, no copy."""
        flat = self._faiss.rev_swig_ptr(self._index.get_xb(), len(self) * self.dimension)
        whole: NDArray[np.float32] = flat.reshape(len(self), self.dimension)
        return whole

    def cosines(
        self, queries: NDArray[np.float32], places: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """See ``VectorIndex``; with ``places`` (m,) of those alone, (m,). One matrix product."""
        if not len(self):
            return np.zeros(0, np.float32)
        vectors = self._vectors() if places is None else self._vectors()[places]
        best: NDArray[np.float32] = cosines(vectors, queries).max(axis=1)
        return best

    def average(self, queries: NDArray[np.float32]) -> float:
        """The mean cosine of all vectors with the query that has the highest. O(d q)."""
        return float((queries @ (self._sum / max(1, len(self)))).max())

    def likely(
        self, queries: NDArray[np.float32], k: int, allowed: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """Positions of about ``k`` vectors whose signs agree most with a query's, of those allowed
        (n,). Approximate: O(n d / 64)."""
        select = self._faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        chosen = self._faiss.SearchParameters(sel=select)
        signs = np.packbits(queries > 0, axis=1)
        with self._one_thread():
            _, found = self._signs.search(signs, min(k, len(self)), params=chosen)
        places: NDArray[np.int64] = np.unique(found[found >= 0])
        return places

    @contextmanager
    def _one_thread(self) -> Iterator[None]:
        """FAISS shares the queries out among its threads. Here are one or two queries, and threads
        without any wait busily, on two cores for twenty times as long as the search takes."""
        threads = self._faiss.omp_get_max_threads()
        self._faiss.omp_set_num_threads(1)  # holds for the calling thread alone
        try:
            yield
        finally:
            self._faiss.omp_set_num_threads(threads)

    def search(self, queries: NDArray[np.float32], k: int) -> Found:
        """See ``VectorIndex``."""
        k = min(k, len(self))
        if not k:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        scores, places = self._index.search(np.ascontiguousarray(queries), k)
        order = np.argsort(-scores.ravel(), kind="stable")
        _, first = np.unique(places.ravel()[order], return_index=True)
        keep = order[np.sort(first)][:k]
        return self._ids[places.ravel()[keep]], scores.ravel()[keep]

    def __len__(self) -> int:
        return int(self._index.ntotal)
