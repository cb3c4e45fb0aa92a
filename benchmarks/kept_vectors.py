"""An embedder whose vectors are kept on disk: passages of thirty people take minutes to embed."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from memory.embedding import Embedder, default_embedder

__all__ = ["KeptVectors"]

_BATCH = 256


class KeptVectors:
    """The default embedder before a file of vectors, by digest of the text: no text is kept."""

    def __init__(self, path: Path, embedder: Embedder | None = None) -> None:
        self._path = path
        self._embedder = embedder or default_embedder()
        self._known: dict[str, NDArray[np.float32]] = load_file(path) if path.exists() else {}

    @property
    def name(self) -> str:
        """The embedder's own name."""
        return self._embedder.name

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self._embedder.dimension

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors (n, dimension); what is new is embedded and, where it is much, written."""
        digests = [blake2b(text.encode(), digest_size=16).hexdigest() for text in texts]
        new = {d: t for d, t in zip(digests, texts, strict=True) if d not in self._known}
        keys = list(new)
        for start in range(0, len(keys), _BATCH):
            batch = keys[start : start + _BATCH]
            vectors = self._embedder.encode([new[key] for key in batch])
            self._known |= dict(zip(batch, np.ascontiguousarray(vectors), strict=True))
            if len(batch) > _BATCH // 4:
                save_file(self._known, self._path)
        return np.stack([self._known[digest] for digest in digests])
