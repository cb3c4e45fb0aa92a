"""The vectors of the texts seen lately, so that none is embedded twice in a turn or soon after."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from .embedding import Embedder

__all__ = ["VectorCache"]

_KEPT = 4096  # texts; 6 MB at 384 numbers each


class VectorCache:
    """An ``Embedder`` that keeps the vectors of the last texts, by digest, in RAM only.

    One message is read by detection, recall and storage, and what is recalled has its vectors in
    the store: ``learn`` takes those over. ``clear`` after an erasure: a vector tells much of its
    text. Thread-safe.
    """

    def __init__(self, embedder: Embedder, kept: int = _KEPT) -> None:
        self._embedder = embedder
        self._most = kept
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()

    @property
    def name(self) -> str:
        """That of the embedder."""
        return self._embedder.name

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        return self._embedder.dimension

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, text: str) -> bool:
        """Whether the vector of a text is kept."""
        return _key(text) in self._kept

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension), each row of length 1; those not seen lately in one batch."""
        if not texts:
            return self._embedder.encode(texts)
        keys = [_key(text) for text in texts]
        with self._lock:
            found = {key: self._kept[key] for key in keys if key in self._kept}
            for key in found:
                self._kept.move_to_end(key)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if missing:
            made = self._embedder.encode(list(missing.values()))
            found |= dict(zip(missing, made, strict=True))
            self._keep(zip(missing, made, strict=True))
        return np.stack([found[key] for key in keys])

    def learn(self, texts: Iterable[str], vectors: Iterable[NDArray[np.float32]]) -> None:
        """Take over the vectors (d,) of texts, made by the same embedder."""
        self._keep((_key(text), vector) for text, vector in zip(texts, vectors, strict=True))

    def clear(self) -> None:
        """Keep nothing of what was seen."""
        with self._lock:
            self._kept.clear()

    def _keep(self, items: Iterable[tuple[bytes, NDArray[np.float32]]]) -> None:
        with self._lock:
            for key, vector in items:
                self._kept[key] = np.array(vector, np.float32)  # a copy: a row would hold its batch
                self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
