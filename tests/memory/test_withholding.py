"""What is withheld of a memory: by what a piece says, and by what it is said after."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from memory import Assertion, DualMemory, Subject, carried
from memory.embedding import Embedder
from memory.references import goes_on_about
from memory.vector_cache import VectorCache

from .conftest import HashEmbedder, opened

TALK = (
    "I ran into Zelda Quist at the market.",
    "How nice, what is new?",
    "She moved to Tartu and keeps bees there.",
    "Bees are hard work.",
    "The bus to Tartu was late again.",
)


def names_zelda(texts: Sequence[str]) -> list[bool]:
    return ["zelda" in text.casefold() for text in texts]


def told(embedder: Embedder, texts: Sequence[str] = TALK) -> DualMemory:
    memory = opened(embedder=embedder)
    for place, text in enumerate(texts):
        memory.add("assistant" if place % 2 else "user", text)
    return memory


def test_a_turn_that_says_she_goes_with_the_one_that_names_her(hashing: HashEmbedder) -> None:
    """The judge sees the pronoun's turn by itself too, which says nothing of anybody."""
    memory = told(hashing)
    recall = memory.recall("Tartu", recent=5, withhold=names_zelda)
    shown = {turn.text for turn in recall.recent} | {each.text for each in recall.episodes}
    assert shown == {TALK[1], TALK[3], TALK[4]}


def test_a_pronoun_long_after_a_name_is_free(hashing: HashEmbedder) -> None:
    memory = told(hashing, [TALK[0], *("So it goes.",) * 6, "She sings."])
    recall = memory.recall("sings", recent=1, withhold=names_zelda)
    assert [turn.text for turn in recall.recent] == ["She sings."]


def test_a_line_of_a_summary_is_judged_with_its_turn(hashing: HashEmbedder) -> None:
    """Summaries take single sentences, whose turn may name whom they are about."""
    turn = "Zelda Quist came by. The harbour office in Tartu hired somebody as a captain in May."
    memory = told(hashing, [turn, "I see."])
    assert "captain" in memory.summary()
    assert memory.summary(withhold=names_zelda) == ""


def test_a_summary_kept_out_is_swept_of_pronouns(hashing: HashEmbedder) -> None:
    memory = told(hashing)
    assert "bees" in memory.summary().casefold()
    memory.keep_out(names_zelda)
    memory._compact.sweep()
    assert "keeps bees" not in memory.summary()


def test_a_filter_that_fails_withholds_all(hashing: HashEmbedder) -> None:
    def broken(texts: Sequence[str]) -> list[bool]:
        raise RuntimeError

    recall = told(hashing).recall("Tartu", recent=5, withhold=broken)
    shown = (recall.episodes, recall.recent, recall.summary, recall.facts)
    assert not any(shown)


def test_carried_reaches_four_turns() -> None:
    texts = ["Zelda", "a", "b", "c", "he sings", "they sing", "the rest"]
    flags = [True, *(False,) * 6]
    assert carried(texts, flags) == [True, False, False, False, True, False, False]


def test_erasing_somebody_takes_the_turns_that_go_on_about_them(embedder: Embedder) -> None:
    memory = told(embedder)
    memory.erase(target=Subject(name="Zelda Quist"))
    assert [turn.text for turn in memory.turns()] == [TALK[1], TALK[3], TALK[4]]
    assert memory.verify(["keeps bees there"]).clean


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("Yes, she did.", True),
        ("What a day. In Tartu she keeps bees.", True),  # a place is nobody
        ("I ran into Magnus, he sends his love.", False),  # he is another
        ("They say that it rained.", True),
        ("I hear that they sing.", False),
        ("The bus to Tartu was late.", False),
    ],
)
def test_what_goes_on_about_somebody(text: str, about: bool) -> None:
    assert goes_on_about(["Zelda came.", "Oh.", text], [True, False, False]) == [True, False, about]
    assert goes_on_about(["Nobody came.", "Oh.", text], [False] * 3) == [False] * 3


def test_going_on_is_a_chain_of_openings() -> None:
    texts = ["Zelda came.", "a", "b", "c", "She sang.", "d", "e", "f", "Her voice was low.", "g"]
    about = goes_on_about(texts, [True, *(False,) * 9])
    assert [text for text, hit in zip(texts, about, strict=True) if hit] == [
        "Zelda came.",
        "She sang.",
        "Her voice was low.",
    ]


class Counting(HashEmbedder):
    """Keeps what it was asked to embed."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return super().encode(texts)


def test_what_is_stored_is_not_embedded_again_to_be_judged() -> None:
    counting = Counting()
    memory = told(counting)
    memory.embedder.clear()
    counting.asked.clear()

    def reading(texts: Sequence[str]) -> list[bool]:
        memory.embedder.encode(texts)
        return [False] * len(texts)

    memory.recall("Where is Tartu?", recent=5, withhold=reading, conversation=None)
    assert counting.asked == ["Where is Tartu?"]


def test_a_fact_is_judged_as_its_turn_is_and_embedded_no_more_than_that() -> None:
    """A sentence of a turn has no vector: each fact cost an embedding of its own."""
    counting = Counting()
    memory = opened(embedder=counting)
    memory.add("user", "The rain is over. The code for my garage is 4417.")
    memory.embedder.clear()
    counting.asked.clear()
    judged: list[str] = []

    def reading(texts: Sequence[str]) -> list[bool]:
        memory.embedder.encode(texts)
        judged.extend(texts)
        return ["rain" in text for text in texts]

    asked = "What is the code for my garage?"
    assert memory.recall(asked, conversation=None).facts
    assert memory.recall(asked, withhold=reading, conversation=None).facts == ()
    assert set(counting.asked) == {asked}
    assert set(judged) == {memory.turns()[0].text}


def test_a_cache_gives_what_the_embedder_gives(hashing: HashEmbedder) -> None:
    cache = VectorCache(hashing, kept=3)
    for texts in (["a", "b"], ["b", "c", "b"], ["d", "e", "a", "b"], []):
        assert np.array_equal(cache.encode(texts), hashing.encode(texts))
        assert len(cache) <= 3


@pytest.mark.parametrize("how", ["erase", "verify"])
def test_nothing_of_what_was_erased_stays_in_the_cache(hashing: HashEmbedder, how: str) -> None:
    """A vector tells much of its text."""
    memory = told(hashing)
    memory.recall("Zelda")
    assert len(memory.embedder) > 0
    if how == "erase":
        memory.erase(text="Zelda")
    else:
        memory.verify(["Zelda"])
    assert len(memory.embedder) == 0


def test_a_fact_in_other_words_than_its_turn_is_judged_by_its_own(hashing: HashEmbedder) -> None:
    """Another extractor may say more than the turn does; judged as the turn it would be shown."""

    class Knowing:
        def extract(self, text: str) -> list[Assertion]:
            return [Assertion("home", "Zorblatt", "lives with Zorblatt")]

    memory = opened(embedder=hashing, extractor=Knowing())
    memory.add("user", "I live with him you know.")

    def guard(texts: Sequence[str]) -> list[bool]:
        return ["Zorblatt" in text for text in texts]

    assert memory.recall("home").facts
    assert memory.recall("home", withhold=guard).facts == ()


def test_what_is_stored_is_judged_before_it_is_asked_for(hashing: HashEmbedder) -> None:
    """In the background, by who keeps things out, so that no reply waits for it."""
    judged: list[str] = []

    def screen(texts: Sequence[str]) -> list[bool]:
        judged.extend(texts)
        return [False] * len(texts)

    memory = opened(embedder=hashing)
    memory.keep_out(screen)
    memory.add("user", "The tram to Tartu is late")
    deadline = time.monotonic() + 30
    while "The tram to Tartu is late" not in judged and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "The tram to Tartu is late" in judged


def test_what_was_being_judged_while_it_was_erased_leaves_no_vector(hashing: HashEmbedder) -> None:
    memory = opened(embedder=hashing)
    begun, go, done = threading.Event(), threading.Event(), threading.Event()

    def screen(texts: Sequence[str]) -> list[bool]:
        begun.set()
        go.wait(30)
        memory.embedder.encode(texts)
        done.set()
        return [False] * len(texts)

    memory.keep_out(screen)
    memory.add("user", "The harbour office in Tartu hired Zelda Quist")
    assert begun.wait(30)
    memory.erase(text="Zelda Quist")
    go.set()
    assert done.wait(30)
    deadline = time.monotonic() + 30
    while len(memory.embedder) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(memory.embedder) == 0


def test_only_what_would_be_recalled_is_judged(hashing: HashEmbedder) -> None:
    """Judging is what a recall waits for longest. What is withheld makes room for the
    next."""
    memory = opened(embedder=hashing)
    for number in range(12):
        memory.add("user", f"The lemon tree stood in the {number} place" + " again" * number)
    asked: list[str] = []

    def even(texts: Sequence[str]) -> list[bool]:
        asked.extend(texts)
        return [int(text.split()[6]) % 2 == 0 for text in texts]

    free = memory.recall("lemon tree", k=12).episodes
    best = sorted(free, key=lambda episode: -episode.score)
    odd = [episode for episode in best if int(episode.text.split()[6]) % 2]
    found = memory.recall("lemon tree", k=3, withhold=even, conversation=None).episodes
    assert {episode.turn_id for episode in found} == {episode.turn_id for episode in odd[:3]}
    read = best[: best.index(odd[2]) + 1]
    assert set(asked) == {episode.text for episode in read}
