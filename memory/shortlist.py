"""A shortlist of a large partition, so that the cost of a recall does not grow with it.

The chunks nearest in meaning, found by the signs of their vectors (a bit for each number, after
Charikar, STOC 2002), and those with most of the query's rare words; with the turns on either side
of each. What a ranking weighs by (frequencies, averages) stays that of all chunks.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .embedding import Embedded
from .partition import Ints, Partition, UserPartition
from .times import Span, words_of
from .words import hashes, terms

__all__ = ["Shortlist"]

_NEAREST = 800  # chunks by each of the two ways
_POSTINGS = 200_000  # entries read for words; commoner words choose nobody
_ARRAYS = "ids turns conversation speaker day size time question asker".split()


class Shortlist(Partition):
    """Some chunks of a partition, as a partition. Lock the whole one while this is used."""

    def __init__(
        self,
        of: UserPartition,
        query: Embedded,
        allowed: NDArray[np.bool_],
        times: Sequence[Span] = (),
    ) -> None:
        super().__init__()
        self._of = of
        self._found: dict[int, tuple[Ints, NDArray[np.int32]]] = {}
        self._average = of.index.average(query.vectors)
        near = of.index.likely(query.vectors, _NEAREST, allowed)
        text = " ".join([query.text, *map(words_of, times)])
        chosen = np.concatenate([near, self._worded(text, allowed)])
        self.places = _with_neighbours(of, chosen)
        for name in _ARRAYS:
            setattr(self, name, getattr(of, name)[self.places])
        self.before, self.after = self._local(of.before), self._local(of.after)
        self.conversations, self.speakers = of.conversations, of.speakers
        self.dated, self.outdated = of.dated, of.outdated

    @property
    def whole(self) -> int:
        """See ``Partition``."""
        return len(self._of)

    def cosines(self, queries: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ``Partition``."""
        return self._of.index.cosines(queries, self.places)

    def average(self, cosines: NDArray[np.float32]) -> float:
        """See ``Partition``."""
        return self._average

    def find(self, term: int) -> tuple[Ints, NDArray[np.int32]]:
        """See ``Partition``."""
        places, counts = self._everywhere(term)
        if not len(places):
            return places, counts
        at = np.minimum(np.searchsorted(places, self.places), len(places) - 1)
        here = np.flatnonzero(places[at] == self.places)
        return here, counts[at[here]]

    def frequency(self, term: int) -> int:
        """See ``Partition``."""
        return len(self._everywhere(term)[0])

    def _everywhere(self, term: int) -> tuple[Ints, NDArray[np.int32]]:
        if term not in self._found:
            self._found[term] = self._of.find(term)
        return self._found[term]

    def _worded(self, text: str, allowed: NDArray[np.bool_]) -> Ints:
        """The chunks with most of the rare words."""
        found = [self._everywhere(term)[0] for term in set(hashes(terms(text)).tolist())]
        found = sorted((places for places in found if len(places)), key=len)
        weights = np.zeros(self.whole, np.float32)
        read = 0
        for places in found:
            read += len(places)
            if read > _POSTINGS:
                break
            weights[places] += np.float32(np.log1p(self.whole / len(places)))
        weights[~allowed] = 0
        worded = np.flatnonzero(weights)
        if len(worded) > _NEAREST:
            worded = worded[np.argpartition(weights[worded], -_NEAREST)[-_NEAREST:]]
        return worded

    def _local(self, neighbours: Ints) -> Ints:
        """Positions in the whole as positions here; -1 where there is none."""
        wanted = neighbours[self.places]
        at = np.minimum(np.searchsorted(self.places, wanted), len(self.places) - 1)
        return np.where((wanted >= 0) & (self.places[at] == wanted), at, -1)


def _with_neighbours(partition: Partition, places: Ints) -> Ints:
    """Sorted, each once, with the two chunks on either side: words there count for a chunk."""
    found = [places]
    for step in (partition.before, partition.after):
        near = step[places]
        near = near[near >= 0]
        far = step[near]
        found += [near, far[far >= 0]]
    return np.unique(np.concatenate(found))
