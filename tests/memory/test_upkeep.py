"""Retention and re-embedding: what is pruned, what stays, and a change of embedder half way."""

from __future__ import annotations

from pathlib import Path

import pytest

from memory import DualMemory, MemorySettings, Retention, reembed

from .conftest import HashEmbedder


def test_pruned_turns_are_not_recalled_but_stay_in_the_history(hashing: HashEmbedder) -> None:
    rules = Retention(every=100, share=0.5, spare=20)
    memory = DualMemory(embedder=hashing, settings=MemorySettings(retention=rules))
    pinned = memory.add("user", "pinned heliotrope", pinned=True)
    often = memory.add("user", "often gentian")
    for number in range(97):
        memory.recall("often gentian", k=1)
        memory.add("user", f"filler {number}")
    memory.add("user", "the hundredth")
    assert memory.stats().turns == 100
    assert memory.stats().chunks == 100 - int(79 * 0.5)
    assert memory.recall("pinned heliotrope", k=1).episodes[0].turn_id == pinned.id
    assert memory.recall("often gentian", k=1).episodes[0].turn_id == often.id
    assert "filler 96" in {e.text for e in memory.recall("filler 96").episodes}


def test_what_was_recalled_lately_counts_by_its_own_conversation(hashing: HashEmbedder) -> None:
    """A recall in a long conversation, written down with the next turn of a short one, once counted
    as recalled never: the short one's length stood in its place."""
    rules = Retention(every=100, share=0.5, spare=0)
    memory = DualMemory(embedder=hashing, settings=MemorySettings(retention=rules))
    kept = memory.add("user", "often gentian", conversation="long")
    for number in range(98):
        memory.add("user", f"filler {number}", conversation="long")
    memory.recall("often gentian", k=1, conversation="long")
    memory.add("user", "hello", conversation="short")
    assert memory._store.rows("SELECT recalls, recalled FROM turns WHERE id = 1") == [(1, 99)]
    memory.add("user", "the hundredth", conversation="long")
    best = memory.recall("often gentian", k=1, conversation="long").episodes[0]
    assert best.turn_id == kept.id


def test_without_retention_nothing_is_pruned(hashing: HashEmbedder) -> None:
    memory = DualMemory(embedder=hashing)
    for number in range(250):
        memory.add("user", f"filler {number}")
    assert memory.stats().chunks == 250


def test_a_new_embedder_gets_new_vectors(tmp_path: Path, hashing: HashEmbedder) -> None:
    path = tmp_path / "m.db"
    with DualMemory(path, embedder=hashing) as memory:
        for number in range(300):
            memory.add("user", f"turn {number} of the lemon")
    other = HashEmbedder("other", 32)
    seen: list[tuple[int, int]] = []

    class Interrupted(Exception):
        """Stands for a kill in the middle."""

    def stop(done: int, total: int) -> None:
        seen.append((done, total))
        raise Interrupted

    with pytest.raises(Interrupted):
        reembed(path, other, progress=stop)
    reembed(path, other)
    with DualMemory(path, embedder=other) as memory:
        assert memory.recall("turn 17 of the lemon", k=1).episodes[0].text == "turn 17 of the lemon"
        assert memory.stats().chunks == 300
