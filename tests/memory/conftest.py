"""A quick stand-in for the embedder where meaning does not matter, and a memory with a scope."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from memory import DualMemory


class HashEmbedder:
    """Texts that share words are near one another; the same text always has the same vector."""

    def __init__(self, name: str = "hash", dimension: int = 64) -> None:
        self.name = name
        self.dimension = dimension

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.casefold().split() or [""]:
                seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest())
                row += np.random.default_rng(seed).standard_normal(self.dimension)
            row /= np.linalg.norm(row) or 1
        return rows


@pytest.fixture
def hashing() -> HashEmbedder:
    return HashEmbedder()


def opened(path: str | Path = ":memory:", **more: Any) -> DualMemory:
    """A memory of one user and one conversation, for tests that are not about whose it is."""
    return DualMemory(path, user="ann", conversation="talk", **more)
