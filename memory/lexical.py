"""Postings in RAM: which chunks hold a term, and how often.

Scoped to one user, so that neither the statistics nor the time of a query depend on anybody
else's data. Built from the hashed terms that the store keeps beside each chunk.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Postings"]

_MERGE = 8  # segments from which on they are merged


class Postings:
    """Sorted segments of (term, position) pairs with counts; new ones are merged now and then, so
    adding costs O(log n) amortised for each term."""

    def __init__(self) -> None:
        self._segments: list[tuple[NDArray[np.uint64], NDArray[np.int32]]] = []

    def add(self, terms: NDArray[np.uint32], positions: NDArray[np.int64]) -> None:
        """Take in terms (n,), each in the chunk at ``positions`` (n,); a chunk comes only once."""
        if not len(terms):
            return
        keys = (terms.astype(np.uint64) << np.uint64(32)) | positions.astype(np.uint64)
        keys, counts = np.unique(keys, return_counts=True)
        self._segments.append((keys, counts.astype(np.int32)))
        if len(self._segments) >= _MERGE:
            self._merge()

    def _merge(self) -> None:
        """All segments into one once the small ones are as many as the first; else the small."""
        first = len(self._segments[0][0])
        small = sum(len(keys) for keys, _ in self._segments[1:])
        start = 0 if small * 4 >= first else 1
        keys = np.concatenate([s[0] for s in self._segments[start:]])
        counts = np.concatenate([s[1] for s in self._segments[start:]])
        order = np.argsort(keys, kind="stable")
        self._segments[start:] = [(keys[order], counts[order])]

    def find(self, term: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Where a hashed term is: positions (m,) and counts (m,)."""
        low, high = np.uint64(term << 32), np.uint64(((term + 1) << 32) - 1)
        found = []
        for keys, counts in self._segments:
            start, end = np.searchsorted(keys, [low, high])
            if end > start:
                places = (keys[start:end] & np.uint64(0xFFFFFFFF)).astype(np.int64)
                found.append((places, counts[start:end]))
        if not found:
            return np.zeros(0, np.int64), np.zeros(0, np.int32)
        return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])
