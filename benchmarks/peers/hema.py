"""HEMA (arXiv 2504.16754), which comes without code: its index, its forgetting, its summaries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.peer import PIECES, Peer
from memory import ExtractiveSummarizer, Line, NewTurn

__all__ = ["Hema", "HemaForgetting", "kept"]

_LEAST = 256  # vectors from which a product quantizer of eight bits can be trained
_BY_LIST = 39  # vectors that FAISS wants for each list of an inverted file
_EVERY = 100  # turns between two prunings, and of a block that gets a summary of its own
_NEW, _RESTED, _FADING = 1.0, 1.0, 1 / 1000  # alpha, beta, and gamma a turn
_SHARE = 0.05  # of the pieces goes at a pruning
_TOP = 5  # pieces that each turn retrieves


class Hema(Peer):
    """HEMA (arXiv 2504.16754): cosine over FAISS's OPQ16, IVF4096, PQ16.

    Assumed: a conversation is too short for 4,096 lists, so there are as many as FAISS can train
    from it, all of them looked into; under 384 pieces the index is flat. Its K is this benchmark's.
    Nothing is forgotten; see ``HemaForgetting``.
    """

    def store(self, texts: list[str], turn_of: list[int]) -> None:
        """See ``Peer``."""
        import faiss

        self._turn_of = turn_of
        vectors = np.ascontiguousarray(self.embedder.encode(texts))
        self._index: Any = faiss.IndexFlatIP(vectors.shape[1])
        if len(texts) >= max(_LEAST, vectors.shape[1]):  # on fewer, FAISS's OPQ crashes
            lists = min(4096, len(texts) // _BY_LIST)
            form = f"OPQ16,IVF{lists},PQ16"
            self._index = faiss.index_factory(vectors.shape[1], form, faiss.METRIC_INNER_PRODUCT)
            rotation: Any = faiss.downcast_VectorTransform(self._index.chain.at(0))
            rotation.niter = rotation.niter_pq = rotation.niter_pq_0 = 5  # of 50: minutes
            inverted: Any = faiss.downcast_index(faiss.extract_index_ivf(self._index))
            inverted.nprobe = lists
            inverted.do_polysemous_training = False  # half a minute for a search not used here
            # The codebook that FAISS would make for the rotation, given so that it can be told.
            rotation.pq = codes = faiss.ProductQuantizer(rotation.d_out, rotation.M, 8)
            for quantizer in (codes, inverted.pq):
                quantizer.cp.min_points_per_centroid = 1  # a few hundred pieces: it warns each time
            self._index.train(vectors)
            rotation.pq = None  # it does not own it
        self._index.add(vectors)

    def found(self, query: str) -> Iterable[int]:
        """See ``Peer``."""
        _, places = self._index.search(self.embedder.encode([query]), PIECES)
        return (self._turn_of[place] for place in places[0].tolist() if place >= 0)


class HemaForgetting(Hema):
    """HEMA with all that it prints: every 100 turns the pieces of the lowest salience go, and its
    prompt carries a summary and summaries of finished blocks.

    Salience as printed, alpha exp(-gamma age) + beta (1 - delta), delta being 1 for what was
    retrieved in the last 100 turns (so it rewards what was not). Assumed, as no numbers are known
    to us: both weights 1, gamma 1/1000 a turn, 5 % of the pieces at a time, as in our own
    retention; each turn retrieves five pieces as it comes, by exact cosine.
    The summaries rank no turn, so they change no recall; ``summarised`` are the turns that they
    quote: the best sentence of all, by our extractive summarizer, and that of each 100 turns.
    """

    def fill(self, turns: Sequence[NewTurn]) -> None:
        """See ``Side``."""
        self.summarised = _summarised(turns)
        super().fill(turns)

    def store(self, texts: list[str], turn_of: list[int]) -> None:
        """See ``Peer``."""
        left = kept(self.embedder.encode(texts), np.array(turn_of))
        super().store([texts[place] for place in left], [turn_of[place] for place in left])


def kept(vectors: NDArray[np.float32], turn_of: NDArray[np.int64]) -> list[int]:
    """The pieces that are left after the last turn."""
    alive = np.ones(len(vectors), np.bool_)
    retrieved = np.full(len(vectors), -_EVERY)
    for turn in range(int(turn_of[-1]) + 1):
        start, end = np.searchsorted(turn_of, [turn, turn + 1])
        there = np.flatnonzero(alive[:start])
        near = (vectors[there] @ vectors[start:end].T).max(axis=1, initial=-1.0)
        retrieved[there[np.argsort(-near, kind="stable")[:_TOP]]] = turn
        if (turn + 1) % _EVERY == 0:
            there = np.flatnonzero(alive[:end])
            rested = turn - retrieved[there] >= _EVERY
            salience = _NEW * np.exp(-_FADING * (turn - turn_of[there])) + _RESTED * rested
            lowest = np.argsort(salience, kind="stable")[: int(_SHARE * len(there))]
            alive[there[lowest]] = False
    return np.flatnonzero(alive).tolist()


def _summarised(turns: Sequence[NewTurn]) -> frozenset[int]:
    """The turns that the summaries quote."""
    one = ExtractiveSummarizer(lines=1)
    running: list[Line] = []
    blocks: dict[int, list[Line]] = {}
    for number, turn in enumerate(turns):
        said = (number, turn.speaker or turn.role, turn.text)
        running = one.update(running, *said)
        block = number // _EVERY
        blocks[block] = one.update(blocks.get(block, []), *said)
    return frozenset(
        line.turn for line in (*running, *(each for b in blocks.values() for each in b))
    )
