"""All chunks of a user for an erasure: those in RAM, and those that no recall sees.

Retention takes a turn's chunks away and leaves its words, so what is to be erased must be looked
for there too. Such turns are embedded for the moment; neither their vectors nor their words stay.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from .embedding import Embedded
from .lexical import Postings
from .partition import Ints, Partition, UserPartition
from .words import hashes, terms

__all__ = ["Everything"]


class Everything(Partition):
    """A user's partition and further turns behind it. Lock the partition while reading."""

    def __init__(self, base: UserPartition, more: Mapping[int, Embedded]) -> None:
        super().__init__()
        self._base = base
        self._postings = Postings()
        windows = [window for each in more.values() for window in each.windows]
        numbers = [turn for turn, each in more.items() for _ in each.windows]
        nothing = np.zeros((0, base.index.dimension), np.float32)
        self._vectors = np.concatenate([nothing, *(each.vectors for each in more.values())])
        self.turns = np.concatenate([base.turns, np.array(numbers, np.int64)])
        self.ids = np.arange(len(self.turns))
        for place, window in enumerate(windows, len(base)):
            words = hashes(terms(window))
            self._postings.add(words, np.full(len(words), place, np.int64))

    def cosines(self, queries: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ``Partition``."""
        more = (self._vectors @ queries.T).max(axis=1)
        return np.concatenate([self._base.cosines(queries), more])

    def find(self, term: int) -> tuple[Ints, NDArray[np.int32]]:
        """See ``Partition``."""
        there, often = self._base.find(term)
        places, counts = self._postings.find(term)
        return np.concatenate([there, places]), np.concatenate([often, counts])
