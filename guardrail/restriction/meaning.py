"""Word-level penalties compiled once: what GUARD's soft match asks at every step.

GUARD (arXiv 2505.13312) embeds each candidate token at each step and takes beta x similarity off
its score where it is near to a forbidden word. Here the whole words of the vocabulary are embedded
once for a tokenizer and an embedder; what a target discourages is then one short list of tokens.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from guardrail.caches import cache_folder, keep
from guardrail.restriction.normalize import BOUNDARY
from guardrail.restriction.vocabulary import Vocabulary

if TYPE_CHECKING:
    from memory.embedding import Embedder

__all__ = ["WordMeanings"]

_SHORTEST = 3  # letters; shorter tokens are pieces of words
_NEAR = 0.5  # GUARD's delta: cosine from which a word counts as near
_STRENGTH = 10.0  # logits taken off a word that means just the same
_KEPT_FROM = 2_000  # words; fewer are embedded as fast as they are read
_making = threading.Lock()  # two that need the same words would both embed them
_memo: WeakKeyDictionary[Vocabulary, dict[str, WordMeanings]] = WeakKeyDictionary()


class WordMeanings:
    """The whole words of a vocabulary and their vectors (words, d), float16, unit length."""

    def __init__(
        self, vocabulary: Vocabulary, embedder: Embedder, cache: Path | None = None
    ) -> None:
        tokens: dict[str, list[int]] = {}
        for token, normal in enumerate(vocabulary.normal):
            word = normal[1:]
            if normal[:1] == BOUNDARY and len(word) >= _SHORTEST and word.isalpha():
                tokens.setdefault(word, []).append(token)
        self._words = sorted(tokens)
        self._tokens = [tokens[word] for word in self._words]
        self._embedder = embedder
        self._vectors = _vectors(self._words, embedder, cache)

    @classmethod
    def of(cls, vocabulary: Vocabulary, embedder: Embedder) -> WordMeanings:
        """Those of a vocabulary and an embedder, made once in a process."""
        with _making:
            made = _memo.setdefault(vocabulary, {})
            if embedder.name not in made:
                made[embedder.name] = cls(vocabulary, embedder)
            return made[embedder.name]

    def near(self, words: Sequence[str], spare: Collection[str] = ()) -> dict[int, float]:
        """Tokens whose word means much the same as one of ``words``, and the logits each loses:
        0 at a cosine of ``_NEAR``, ``_STRENGTH`` at 1. Words in ``spare`` (casefolded) are left
        alone. Cost: one (vocabulary words, d) x (d, words) product."""
        if not words or not self._words:
            return {}
        targets = self._embedder.encode([word.casefold() for word in words])
        best = (self._vectors.astype(np.float32) @ targets.T).max(axis=1)
        found: dict[int, float] = {}
        for at in np.flatnonzero(best > _NEAR).tolist():
            if self._words[at] not in spare:
                penalty = _STRENGTH * (float(best[at]) - _NEAR) / (1 - _NEAR)
                found |= dict.fromkeys(self._tokens[at], penalty)
        return found


def _vectors(words: list[str], embedder: Embedder, cache: Path | None) -> NDArray[np.float16]:
    """From disk where they were kept, else embedded (about a millisecond a word) and kept."""
    path = _path(words, embedder, cache)
    kept = _load(path, len(words))
    if kept is None:
        kept = embedder.encode(words).astype(np.float16)
        if len(words) >= _KEPT_FROM:
            keep(path, {"vectors": kept})
    return kept


def _path(words: list[str], embedder: Embedder, cache: Path | None) -> Path:
    digest = hashlib.sha256("\0".join([embedder.name, *words]).encode("utf-8")).hexdigest()
    return (cache or cache_folder() / "meanings") / f"{digest[:32]}.safetensors"


def _load(path: Path, rows: int) -> NDArray[np.float16] | None:
    """``None`` for what is not there or damaged."""
    try:
        vectors: NDArray[Any] = load_file(path)["vectors"]
    except (OSError, SafetensorError, KeyError):
        return None
    return vectors if vectors.ndim == 2 and len(vectors) == rows else None
