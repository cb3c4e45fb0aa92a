"""Which turns are about a query, for erasing them: near in meaning, or with the same particulars.

Some turns state a fact without its name: "the courier can call 555 0142". What they share with a
turn that is plainly about the query is the particular: a number, a proper name. So the plain ones
are found first, and then those that hold their particulars, or a word that turns near to the query
have and others have not ("whisky", of "my drinking").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from .embedding import Embedded
from .partition import Partition
from .words import hashes, terms

__all__ = ["Mask", "about", "near"]

# A turn is plainly about a query when its cosine reaches the first number while it holds the
# second share of the query's words, weighted by how rare they are.
_PLAINLY = ((0.50, 0.0), (0.35, 0.4), (0.20, 0.99))
_NEAR = 0.75  # cosine with a text from which on a chunk says the same
_RARE = 0.04  # share of the chunks that may hold a particular,
_FEW = 15  # or so many
_OFTEN = 0.3  # share of a name's chunks that are plain: else it stands for something else too
_MOSTLY = 0.7  # share of the chunks with a word of the query that are plain: it names the fact
_NAME = re.compile(r"(?<=[\w,;:\"'] )[A-Z][^\W\d_]{2,}")
_NUMBER = re.compile(r"[^\W_]*\d[^\W_]*")
_ADDRESS = re.compile(r"\S+@\S+|https?://\S+|www\.\S+")
_MEASURE = re.compile(r"\b(\d{1,2})\s+([^\W\d_]{3,})")
_NEAREST = 30  # chunks whose words are looked at
_TOGETHER = 0.3  # cosine with the query of the chunks that hold a word, if it means the fact
_DAYS = frozenset(
    "january february march april may june july august september october november december monday "
    "tuesday wednesday thursday friday saturday sunday".split()
)
Mask = NDArray[np.bool_]


def plainly(partition: Partition, query: Embedded) -> Mask:
    """(n,) the chunks that are plainly about a query."""
    cosine = partition.cosines(query.vectors)
    share = _shares(partition, query.text)
    hit = np.zeros(len(partition), np.bool_)
    for near, words in _PLAINLY:
        hit |= (cosine >= near) & (share >= words)
    return hit


def near(partition: Partition, texts: Sequence[Embedded]) -> Mask:
    """(n,) the chunks that say nearly what one of the texts says."""
    vectors = np.concatenate([text.vectors for text in texts])
    hit: Mask = partition.cosines(vectors) >= _NEAR
    return hit


def about(partition: Partition, query: Embedded, read: Callable[[Mask], list[str]]) -> Mask:
    """(n,) the chunks about a query: the plain ones; those that share a particular with them; and
    those with a word that stands for the fact: one of the query that hardly any other chunk has,
    or one most of whose chunks are near to the query. ``read`` gives the texts of chunks."""
    plain = plainly(partition, query)
    found = plain | _sharing(partition, query.text, plain, read(plain))
    for term in hashes(terms(query.text)).tolist():
        places, _ = partition.find(term)
        if np.count_nonzero(plain[places]) >= max(2, _MOSTLY * len(places)):
            found[places] = True
    cosine = partition.cosines(query.vectors)
    nearest = np.zeros(len(partition), np.bool_)
    nearest[np.argsort(-cosine, kind="stable")[:_NEAREST]] = True
    for term in hashes({term for text in read(nearest) for term in terms(text)}).tolist():
        places, _ = partition.find(term)
        if 3 <= len(places) <= _few(partition) and _together(cosine[places]):
            found[places] = True
    return found


def _together(cosine: NDArray[np.float32]) -> bool:
    """Whether chunks are near to the query both on average and most of them: a few that are very
    near would answer for others by the mean alone."""
    return bool(min(cosine.mean(), np.median(cosine)) >= _TOGETHER)


def _few(partition: Partition) -> float:
    return max(_FEW, _RARE * len(partition))


def _sharing(partition: Partition, query: str, plain: Mask, texts: Sequence[str]) -> Mask:
    """(n,) the chunks that share a particular with the plain ones, whose texts are given."""
    counted = Counter(term for text in (query, *texts) for term in particulars(text))
    certain = {term for text in texts for word in _ADDRESS.findall(text) for term in terms(word)}
    found = np.zeros(len(partition), np.bool_)
    weak = np.zeros(len(partition), np.int64)
    for pair in {pair for text in texts for pair in measures(text)}:
        first, second = (partition.find(term)[0] for term in hashes(pair).tolist())
        both = np.intersect1d(first, second)
        if len(both) <= _FEW:
            found[both] = True
    for term, plains in counted.items():
        places, _ = partition.find(int(hashes([term])[0]))
        if len(places) > _few(partition):
            continue
        number = any(letter.isdigit() for letter in term)
        if number and len(term) < 3:
            weak[places] += 1
        elif number or term in certain or plains > 1 or plains >= _OFTEN * len(places):
            found[places] = True
    return found | (weak > 1)


def measures(text: str) -> set[tuple[str, str]]:
    """The short numbers of a text with the word after each: "94 kilos"; dates left out."""
    found = _MEASURE.findall(text)
    pairs = (
        (*terms(number), *terms(unit)) for number, unit in found if unit.casefold() not in _DAYS
    )
    return {(pair[0], pair[1]) for pair in pairs if len(pair) == 2}


def particulars(text: str) -> set[str]:
    """The terms of a text that are numbers, parts of an address on the net, or names inside a
    sentence; dates left out."""
    words = {*_NAME.findall(text), *_NUMBER.findall(text), *_ADDRESS.findall(text)}
    return {term for word in words if word.casefold() not in _DAYS for term in terms(word)}


def _shares(partition: Partition, query: str) -> NDArray[np.float64]:
    """(n,) the share of the query's words in each chunk, weighted by how rare they are."""
    n = len(partition)
    share = np.zeros(n, np.float64)
    whole = 0.0
    for term in set(hashes(terms(query)).tolist()):
        places, _ = partition.find(term)
        weight = float(np.log1p((n - len(places) + 0.5) / (len(places) + 0.5)))
        share[places] += weight
        whole += weight
    return share / whole if whole else share
