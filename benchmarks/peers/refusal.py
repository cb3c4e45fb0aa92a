"""A gate of embeddings with a refusal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from benchmarks.forgetting_sides import Asked
from benchmarks.rwku import Item, Person
from memory.embedding import Embedder

__all__ = ["Refusal"]

_REFUSED = "I cannot help with that."
_FALSE = 0.05  # of neighbours, refused on the people that the threshold is set on


@dataclass
class Refusal:
    """A gate of sentence embeddings with a refusal, in the manner of CURaTE (arXiv 2604.14644): a
    prompt nearer than a threshold to anything of a target is refused, the rest answered as it is.

    Assumed: MiniLM as it comes (CURaTE tunes its encoder); nearness is the best cosine with the
    name, the introduction and the passages; the threshold refuses 5 % of the neighbours of the
    people outside the item's fold.
    """

    people: Sequence[Person]
    embedder: Embedder
    fold_of: Callable[[str], int]
    before: Callable[[Asked], str]
    name: str = "embedding gate (CURaTE)"
    cite: str = "CURaTE, arXiv 2604.14644"
    share: float = 1.0

    def answer(self, asked: list[Asked]) -> list[str]:
        """The refusal, or the reply of the model alone."""
        nearness = self._nearness([one.item.prompt for one in asked])
        return [
            _REFUSED if near >= self._threshold(one.item) else self.before(one)
            for one, near in zip(asked, nearness.tolist(), strict=True)
        ]

    def _threshold(self, item: Item) -> float:
        fold = self.fold_of(item.person)
        return float(np.quantile(self._neighbours[self._folds != fold], 1 - _FALSE))

    @cached_property
    def _known(self) -> NDArray[np.float32]:
        texts = [t for p in self.people for t in (p.name, *p.exemplars("passages"))]
        return self.embedder.encode(texts)

    @cached_property
    def _near_items(self) -> list[Item]:
        return [item for person in self.people for item in person.items if not item.about]

    @cached_property
    def _folds(self) -> NDArray[np.int64]:
        return np.array([self.fold_of(item.person) for item in self._near_items])

    @cached_property
    def _neighbours(self) -> NDArray[np.float32]:
        return self._nearness([item.prompt for item in self._near_items])

    def _nearness(self, prompts: Sequence[str]) -> NDArray[np.float32]:
        """The best cosine of each prompt with anything known of anybody: (prompts,)."""
        vectors = self.embedder.encode(list(prompts))
        return np.asarray((vectors @ self._known.T).max(axis=1), dtype=np.float32)
