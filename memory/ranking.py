"""Scores of all chunks of a user for a query, in one pass over arrays.

Meaning (cosine, smoothed over the neighbouring turns) and words (BM25, in which the words of the
two turns on either side count in part, because an answer often stands beside the words that were
asked for, and those of a short question whole for the turn after it) are fused by weights. Then
chunks count more when the query names their speaker, when they tell rather than ask, when they say
more, when they were said in the time that the query tells, and less when what they state changed
later.
The weights are round numbers. Chosen anew with one conversation left out at a time, weights like
these find on it what they find on the rest, within two points (docs/figures.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .partition import Partition
from .times import Span, words_of
from .words import hashes, terms

__all__ = ["Scores", "prepare", "score"]

Floats = NDArray[np.float32]

_WORDS, _MEANING = 0.5, 0.5
_NEAR, _FAR = 0.5, 0.25  # share of the words one and two turns away;
_ANSWER, _LED_UP = 1.0, 0.3  # of those of a question for the turn after it, and before it
_ABOUT = 1.5  # times that the speaker's name and the date count
_SMOOTH = 0.15  # share of the neighbours' cosines;
_SMOOTH_ANSWER, _SMOOTH_LED_UP = 0.3, 0.1  # of a question's for the turn after it, and before it
_BRIEF = 25  # terms of a question that the next turn answers
_K1, _B = 1.2, 0.6
_SPEAKER = 1.5
_QUESTION = 0.85
_TELLING = 0.2  # gain for each e-fold of terms,
_ENOUGH = 20  # up to so many
_ASKER = 2.0  # what a plain user said, where the other side says more; at most so much
_OUTDATED = 0.2
_THEN = 2.0  # said in the time that the query tells
_PAST = frozenset(
    hashes(
        terms("former formerly previous previously earlier before used past old history")
    ).tolist()
)
_MOST_TERMS = 64


@dataclass(frozen=True, slots=True)
class Scores:
    """(n,) each: the score that ranks, and for explaining it the cosine, the share of words, and
    whether it was said in the time asked for."""

    total: Floats
    cosine: Floats
    words: Floats
    then: NDArray[np.bool_]


def score(
    partition: Partition,
    query: str,
    vectors: Floats,
    allowed: NDArray[np.bool_] | None = None,
    times: Sequence[Span] = (),
) -> Scores:
    """Score each chunk for a query with its vectors (q, d), which tells some ``times``. Chunks that
    are not ``allowed`` (n,) get no score, but their words still count for their neighbours.
    O(n (d q + terms))."""
    told = [term for span in times for term in terms(words_of(span))]
    asked = Counter(hashes([*terms(query), *told]).tolist())
    cosine = partition.cosines(vectors)
    meaning = _spread(partition, cosine, allowed)
    words = bm25(partition, asked)
    top = float(words.max(initial=0.0))
    words = words / np.float32(top) if top > 0 else words
    total = (_WORDS * words + _MEANING * meaning) * _prior(partition, asked)
    then = _said_in(partition, times)
    total = total * np.where(then, np.float32(_THEN), 1)
    if allowed is not None:
        total = np.where(allowed, total, np.float32(0))
    return Scores(total.astype(np.float32), cosine, words, then)


def prepare(partition: Partition) -> None:
    """Work out beforehand what no query changes. O(n)."""
    for make in (_sizes, _asking, _standing, _stale):
        partition.once(make)


def _said_in(partition: Partition, times: Sequence[Span]) -> NDArray[np.bool_]:
    """(n,) which chunks were said in one of some times."""
    inside = np.zeros(len(partition), np.bool_)
    for span in times:
        inside |= (partition.day >= span.first.toordinal()) & (
            partition.day <= span.last.toordinal()
        )
    return inside


def bm25(partition: Partition, asked: Counter[int]) -> Floats:
    """(n,) BM25 over each chunk, its neighbours in part, its speaker's name and its date."""
    n = len(partition)
    total = np.zeros(n, np.float32)
    sizes = partition.once(_sizes)
    penalty = _K1 * (1 - _B + _B * sizes / sizes.mean()) if n else sizes
    for term in list(asked)[:_MOST_TERMS]:
        places, counts = partition.find(term)
        about = _about(partition, term)
        more = len(np.setdiff1d(about, places)) if len(about) else 0
        holding = partition.frequency(term) + more * partition.whole // max(n, 1)
        if not holding:
            continue
        idf = np.float32(np.log1p((partition.whole - holding + 0.5) / (holding + 0.5)))
        where, frequency = _spread_counts(partition, places, counts, about)
        total[where] += idf * frequency * (_K1 + 1) / (frequency + penalty[where])
    return total


def _about(partition: Partition, term: int) -> NDArray[np.int64]:
    """The chunks whose speaker's name or date has a term, once for each of the two."""
    named = partition.named({term})
    found = [np.flatnonzero(np.isin(partition.speaker, named))] if len(named) else []
    if dated := partition.dated.get(term):
        found.append(np.flatnonzero(np.isin(partition.day, dated)))
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def _sizes(partition: Partition) -> Floats:
    """(n,) each chunk's terms and its neighbours' in part."""
    own = partition.size.astype(np.float32) + 4
    padded = np.append(own, np.float32(0))  # for -1: no neighbour
    total = own.copy()
    for step in (partition.before, partition.after):
        far = np.append(step, -1)[step]
        total += np.float32(_NEAR) * padded[step] + np.float32(_FAR) * padded[far]
    return total


def _spread_counts(
    partition: Partition,
    places: NDArray[np.int64],
    counts: NDArray[np.int32],
    about: NDArray[np.int64],
) -> tuple[NDArray[np.int64], Floats]:
    """Where a term counts, and how much: in its own chunk, in part in the two on either side, and
    whole where it is ``about`` the chunk."""
    parts = [(places, counts.astype(np.float32)), (about, np.full(len(about), _ABOUT, np.float32))]
    asks = partition.once(_asking)[places]
    for step, asked in ((partition.before, _LED_UP), (partition.after, _ANSWER)):
        near = step[places]
        for share in (np.where(asks, np.float32(asked), np.float32(_NEAR)), np.float32(_FAR)):
            there = near >= 0
            parts.append((near[there], (share * counts)[there].astype(np.float32)))
            near = np.where(there, step[near], -1)
    at = np.concatenate([part[0] for part in parts])
    amounts = np.concatenate([part[1] for part in parts])
    frequency = np.bincount(at, amounts, len(partition)).astype(np.float32)
    where = np.flatnonzero(frequency)
    return where, frequency[where]


def _asking(partition: Partition) -> NDArray[np.bool_]:
    """(n,) which turns are a short question to somebody who remembers: what a plain user asks, a
    model answers from what it knows."""
    turn = np.append(partition.turns, -1)
    whole = (turn[partition.before] != partition.turns) & (turn[partition.after] != partition.turns)
    brief: NDArray[np.bool_] = whole & (partition.size <= _BRIEF)
    return brief & partition.question & ~partition.asker


def _smoothed(partition: Partition, cosine: Floats) -> Floats:
    padded = np.append(cosine, np.float32(0))
    asks = np.append(partition.once(_asking), False)
    near = np.zeros(len(cosine), np.float32)
    for step, asked in ((partition.before, _SMOOTH_ANSWER), (partition.after, _SMOOTH_LED_UP)):
        near += np.where(asks[step], np.float32(asked), np.float32(_SMOOTH)) * padded[step]
    return ((cosine + near) / (1 + 2 * _SMOOTH)).astype(np.float32)


def _spread(partition: Partition, cosine: Floats, allowed: NDArray[np.bool_] | None) -> Floats:
    """Smoothed, and to [0, 1]: nothing for the average chunk, one for the best."""
    smooth = _smoothed(partition, cosine)
    seen = smooth if allowed is None else smooth[allowed]
    if not len(seen):
        return np.zeros_like(cosine)
    mean, best = partition.average(seen), float(seen.max())
    if best - mean < 1e-6:
        return np.maximum(cosine, 0)
    spread: Floats = (np.maximum(smooth - mean, 0) / (best - mean)).astype(np.float32)
    return spread


def _prior(partition: Partition, asked: Counter[int]) -> Floats:
    """What speaks for a chunk before its words are looked at."""
    prior = partition.once(_standing)
    named = partition.named(set(asked))
    if 0 < len(named) < len(partition.speakers.numbers):
        prior = prior * np.where(np.isin(partition.speaker, named), np.float32(_SPEAKER), 1)
    if partition.outdated and not _PAST & set(asked):
        prior = prior * _validity(partition, asked)
    return prior


def _standing(partition: Partition) -> Floats:
    """(n,) what speaks for a chunk whatever is asked."""
    prior = 1 + _TELLING * np.log1p(np.minimum(partition.size, _ENOUGH))
    prior *= np.where(partition.question, _QUESTION, 1.0)
    prior *= np.where(partition.asker, min(_ASKER, max(1.0, _wordiness(partition))), 1.0)
    return prior.astype(np.float32)


def _wordiness(partition: Partition) -> float:
    """How many times as much an assistant's turn says as a plain user's.

    The long replies of a model repeat what they answer, and have more chunks to be found by; where
    both sides say about as much, neither is the better witness.
    """
    asked = partition.asker
    if asked.all() or not asked.any():
        return 1.0
    mine, other = (
        partition.size[side].sum() / (1 + np.count_nonzero(np.diff(partition.turns[side])))
        for side in (asked, ~asked)  # turns come in order: each change is another turn
    )
    return float(other / max(mine, 1.0))


def _validity(partition: Partition, asked: Counter[int]) -> Floats:
    """(n,) less for what changed later, unless the query asks for something else in its turn."""
    validity = np.ones(len(partition), np.float32)
    places = partition.once(_stale)
    if not len(places):
        return validity
    stated = [partition.outdated[turn] for turn in partition.turns[places].tolist()]
    balance = np.zeros(len(places), np.int64)  # terms asked for: there, less in what changed
    for term in list(asked)[:_MOST_TERMS]:
        held = _among(places, partition.find(term)[0])
        balance += np.where([term in terms for terms in stated], -held.astype(int), held)
    validity[places[balance <= 0]] = _OUTDATED
    return validity


def _among(places: NDArray[np.int64], found: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the places are found. Few among many, each once: looked up where they would be."""
    if not len(found):
        return np.zeros(len(places), np.bool_)
    order = np.sort(found)  # of a few segments, each in order
    held: NDArray[np.bool_] = order[np.searchsorted(order, places) % len(order)] == places
    return held


def _stale(partition: Partition) -> NDArray[np.int64]:
    """Where the turns are that state what holds no longer."""
    turns = np.fromiter(partition.outdated, np.int64, len(partition.outdated))
    return np.flatnonzero(np.isin(partition.turns, turns))
