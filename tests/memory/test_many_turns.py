"""Among thousands of short turns the one asked for is found, whoever said it and whatever else
stands in it."""

from __future__ import annotations

import pytest

from benchmarks.growth_data import Corpus, NoEmbedder, conversation
from memory import DualMemory, Embedded, NewTurn
from memory.ranking import score

from .conftest import HashEmbedder, opened

SIZE = 5_000


@pytest.fixture(scope="module")
def filled() -> tuple[DualMemory, Corpus, list[Embedded]]:
    memory = opened(embedder=NoEmbedder())
    corpus = Corpus(0)
    everything: list[Embedded] = []
    for place in range(0, SIZE, 500):
        turns, embedded = corpus.turns(500, place)
        memory.add_turns(turns, embedded=embedded, conversation=conversation(place))
        everything += embedded
    return memory, corpus, everything


@pytest.mark.parametrize(
    ("first", "step", "least"),
    [
        pytest.param(1, 62, 0.95, id="said by the assistant"),
        pytest.param(0, 50, 0.9, id="with a fact that changed since"),
    ],
)
def test_the_turn_with_the_words_and_the_meaning_comes_first(
    filled: tuple[DualMemory, Corpus, list[Embedded]], first: int, step: int, least: float
) -> None:
    memory, corpus, everything = filled
    found = []
    for turn in everything[first::step]:
        query = corpus.query(turn).embedded
        episodes = memory.recall(query.text, embedded=query, conversation=None).episodes
        found.append(turn.text == max(episodes, key=lambda episode: episode.score).text)
    assert sum(found) / len(found) > least


@pytest.mark.parametrize(("reply", "times"), [("plum jam", 1.0), ("plum jam boil " * 9, 2.0)])
def test_a_user_counts_more_only_where_the_assistant_says_more(reply: str, times: float) -> None:
    memory = opened(embedder=HashEmbedder(), extractor=None)
    memory.add_turns(
        [
            NewTurn(role=role, text=text)
            for role, text in [("user", "plum jam"), ("assistant", reply), ("user", "plum jam")]
        ]
    )
    partition = memory._episodic.partitions.get("ann")
    both = [score(partition, "plum", memory.embedder.encode(["plum"])) for _ in range(2)]
    partition.asker[:] = False
    partition._made.clear()
    plain = score(partition, "plum", memory.embedder.encode(["plum"]))
    assert both[0].total[0] / plain.total[0] == pytest.approx(times)
