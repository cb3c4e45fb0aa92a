"""Erasure finds what retention has taken out of recall: its words stay in the history, in facts and
in summaries, and so it has to go with the rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from memory import DualMemory, MemorySettings, Retention, Subject, WrittenSummarizer, currency
from memory.embedding import Embedder

from .conftest import HashEmbedder, opened

START = datetime(2024, 1, 1, tzinfo=UTC)
PLANTED = (
    "My phone number is 555 0199.",
    "Tell the courier to try 555 0199.",
    "I live in Tromso.",
    "Stephen King wrote about a haunted hotel in the mountains.",
)
HOTEL = "Stephen King wrote of a haunted hotel up in the mountains."
OTHERS = tuple(f"The {thing} was on the table." for thing in "lamp cup book fork bread jam".split())


def pruned(path: Path, embedder: Embedder) -> DualMemory:
    """Ten turns, of which the planted ones, the oldest, are no longer recalled."""
    settings = MemorySettings(retention=Retention(every=10, share=0.4, spare=0))
    memory = opened(path, embedder=embedder, settings=settings)
    for day, text in enumerate((*PLANTED, *OTHERS)):
        memory.add("user", text, time=START + timedelta(days=day))
    memory.summary()
    assert {turn for (turn,) in memory._store.rows("SELECT turn FROM chunks")} == set(range(5, 11))
    return memory


@pytest.mark.parametrize(
    ("wanted", "gone"),
    [
        ({"query": "my phone number"}, {1, 2}),
        ({"text": "tromso"}, {3}),
        ({"fact": "home Tromso"}, {3}),
        ({"target": "Stephen King"}, {4}),
        ({"target": Subject(name="Nobody Else", texts=(HOTEL,))}, {4}),
        ({"until": START + timedelta(days=2)}, {1, 2}),
        ({"turn_ids": [4]}, {4}),
        ({"everything": True}, set(range(1, 11))),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_pruned_turns_are_found_and_leave_nothing(
    wanted: dict[str, Any], gone: set[int], tmp_path: Path, embedder: Embedder
) -> None:
    with pruned(tmp_path / "m.db", embedder) as memory:
        assert set(memory.erase(**wanted, preview=True).turns) == gone
        assert set(memory.erase(**wanted).turns) == gone
        memory.summary()
        assert memory.verify([text for i, text in enumerate(PLANTED, 1) if i in gone]).clean
        assert {turn.id for turn in memory.turns()} == set(range(1, 11)) - gone


def test_words_that_only_a_summary_or_a_fact_holds_lead_to_their_turn(
    hashing: HashEmbedder,
) -> None:
    """A model's line says it in words that no turn has; and the name before a line is no word of
    it, or "user" would be everybody."""
    summarizer = WrittenSummarizer(lambda text: "Lives by the fjord." if "Tromso" in text else "")
    memory = opened(embedder=hashing, summarizer=summarizer)
    memory.add("user", "I hate coffee.")
    memory.add("user", "I live in Tromso.")
    assert "fjord" in memory.summary()
    for word in ("user", "dislike"):
        assert memory.erase(text=word, preview=True).turns == ()
    assert memory.erase(text="by the FJORD").turns == (2,)
    assert memory.erase(text="dislikes coffee").turns == (1,)
    assert memory.verify(["by the fjord", "dislikes coffee"]).clean


def test_no_words_stay_in_ram(hashing: HashEmbedder) -> None:
    """What was read of recalled turns is kept to be quick, by their very words."""
    memory = opened(embedder=hashing)
    for price in (30, 40):
        memory.add("user", f"The heliotrope costs {price} crowns.")
    memory.recall("What does the heliotrope cost?")
    assert currency._read.cache_info().currsize
    memory.erase(text="heliotrope")
    assert not currency._read.cache_info().currsize
