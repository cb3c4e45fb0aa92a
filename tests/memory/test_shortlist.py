"""Recall from a large partition: a shortlist of it gives what all of it gives."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.growth_data import Corpus, NoEmbedder, conversation
from memory import DualMemory, MemorySettings
from memory.index import FaissIndex

from .conftest import opened

SIZE = 2_000


def filled(exact_chunks: int) -> tuple[DualMemory, Corpus, list[object]]:
    settings = MemorySettings(exact_chunks=exact_chunks)
    memory = opened(embedder=NoEmbedder(), settings=settings, extractor=None)
    corpus = Corpus(0)
    everything: list[object] = []
    for place in range(0, SIZE, 100):
        turns, embedded = corpus.turns(100, place)
        memory.add_turns(turns, embedded=embedded, conversation=conversation(place))
        everything += embedded
    return memory, corpus, everything


@pytest.fixture(scope="module")
def both() -> tuple[DualMemory, DualMemory, Corpus, list[object]]:
    whole, corpus, everything = filled(SIZE)
    return whole, filled(1)[0], corpus, everything


@pytest.mark.parametrize("where", [None, "c7"])
def test_a_shortlist_gives_what_all_chunks_give(both: tuple, where: str | None) -> None:  # type: ignore[type-arg]
    whole, short, corpus, everything = both
    shared = []
    for place in range(700, 800, 5):
        query = corpus.query(everything[place]).embedded
        first, second = (
            [e.turn_id for e in m.recall(query.text, embedded=query, conversation=where).episodes]
            for m in (whole, short)
        )
        assert place + 1 in second
        shared.append(len(set(first) & set(second)) / len(first))
    assert np.mean(shared) > 0.9


def test_a_shortlist_stays_in_its_conversation(both: tuple) -> None:  # type: ignore[type-arg]
    _, short, corpus, everything = both
    query = corpus.query(everything[750]).embedded
    found = short.recall(query.text, embedded=query, conversation="c3").episodes
    assert found
    assert {episode.conversation for episode in found} == {"c3"}


def test_the_first_choice_takes_one_thread_and_leaves_the_callers_number() -> None:
    """FAISS's other threads have nothing to do in it and wait busily: on two cores it took twenty
    times as long. A number set for good would slow down whatever else the program does."""
    faiss = pytest.importorskip("faiss")
    index = FaissIndex(16)
    vectors = np.random.default_rng(0).standard_normal((50, 16)).astype(np.float32)
    index.add(np.arange(50), vectors)
    counted: list[int] = []

    class Counting:
        def search(self, *given: object, **named: object) -> object:
            counted.append(faiss.omp_get_max_threads())
            return signs.search(*given, **named)

    signs, index._signs = index._signs, Counting()
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(3)
    try:
        found = index.likely(vectors[:1], 5, np.ones(50, np.bool_))
        assert faiss.omp_get_max_threads() == 3
    finally:
        faiss.omp_set_num_threads(before)
    assert counted == [1]
    assert 0 in found
