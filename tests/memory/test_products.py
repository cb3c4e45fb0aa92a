"""Cosines, in blocks that no library shares out among its threads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory import cosines


@given(st.integers(0, 80), st.integers(1, 9), st.sampled_from([1, 3, 384, 1024, 10_000]))
def test_cosines_are_inner_products(n: int, q: int, d: int) -> None:
    """Also of none, of fewer than a block, and of vectors longer than one."""
    rng = np.random.default_rng(n + 100 * q)
    vectors, queries = (rng.standard_normal((rows, d)).astype(np.float32) for rows in (n, q))
    found = cosines(vectors, queries)
    assert found.shape == (n, q)
    assert found.dtype == np.dtype(np.float32)
    expected = vectors.astype(np.float64) @ queries.T.astype(np.float64)
    assert found == pytest.approx(expected, abs=1e-4 * np.sqrt(d))
