"""Comparing unit vectors, on one thread."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["cosines"]

_Floats = NDArray[np.float32]
# From 9,216 numbers on OpenBLAS shares a product with one vector out among its threads. They wait
# for one another busily, and torch's threads still spin from the embedding: on two cores one and a
# half milliseconds of work then took up to nine.
_NUMBERS = 9000


def cosines(vectors: _Floats, queries: _Floats) -> _Floats:
    """Unit vectors (n, d) with unit queries (q, d): cosines (n, q). O(n d q)."""
    (n, d), q = vectors.shape, len(queries)
    rows = max(1, _NUMBERS // d)
    whole = n - n % rows
    found: _Floats = np.empty((n, q), np.float32)
    blocks = vectors[:whole].reshape(-1, rows, d)  # a product of its own for each
    np.matmul(blocks, queries.T, out=found[:whole].reshape(-1, rows, q))
    np.matmul(vectors[whole:], queries.T, out=found[whole:])
    return found
