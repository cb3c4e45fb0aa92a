"""Retention and re-embedding: what is pruned, what stays, and a change of embedder half way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from memory import EmbedderMismatch, MemorySettings, NewTurn, Retention, reembed

from .conftest import HashEmbedder, opened


def test_pruned_turns_are_not_recalled_but_stay_in_the_history(hashing: HashEmbedder) -> None:
    rules = Retention(every=100, share=0.5, spare=20)
    memory = opened(embedder=hashing, settings=MemorySettings(retention=rules))
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
    memory = opened(embedder=hashing, settings=MemorySettings(retention=rules))
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
    memory = opened(embedder=hashing)
    for number in range(250):
        memory.add("user", f"filler {number}")
    assert memory.stats().chunks == 250


class Interrupted(Exception):
    """Stands for a kill in the middle."""


class Counting(HashEmbedder):
    """Counts the texts that it is given."""

    count = 0

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.count += len(texts)
        return super().encode(texts)


def interrupt(done: int, total: int) -> None:
    raise Interrupted(f"{done} of {total}")


def lemons(path: Path, embedder: HashEmbedder) -> None:
    with opened(path, embedder=embedder) as memory:
        memory.add_turns([NewTurn(role="user", text=f"turn {n} of the lemon") for n in range(300)])


def is_whole(path: Path, embedder: HashEmbedder) -> None:
    """Every vector is the embedder's."""
    with opened(path, embedder=embedder) as memory:
        assert memory.recall("turn 17 of the lemon", k=1).episodes[0].text == "turn 17 of the lemon"
        rows = memory._store.rows("SELECT vector FROM chunks ORDER BY id")
        wanted = embedder.encode([turn.text for turn in memory.turns()])
        found = np.frombuffer(b"".join(vector for (vector,) in rows), "<f4")
        np.testing.assert_allclose(found, wanted.ravel(), atol=1e-6)


def test_between_two_embedders_the_database_opens_with_none_and_goes_on_where_it_was(
    tmp_path: Path, hashing: HashEmbedder
) -> None:
    path = tmp_path / "m.db"
    lemons(path, hashing)
    other = Counting("other", 32)
    with pytest.raises(Interrupted, match="256 of 300"):
        reembed(path, other, progress=interrupt)
    for embedder in (hashing, other, HashEmbedder("third"), HashEmbedder("other", 64)):
        with pytest.raises(EmbedderMismatch, match=r"new vectors: other \(32 numbers, unfinished"):
            opened(path, embedder=embedder)
    assert reembed(path, other) == 300
    assert other.count == 300
    is_whole(path, other)
    assert reembed(path, other) == 300  # nothing to do
    assert other.count == 301 + 300  # what the look at it took


def test_who_had_it_open_is_told_before_it_recalls_nonsense(
    tmp_path: Path, hashing: HashEmbedder
) -> None:
    """Its vectors in RAM, and the ones that it would store, are the old embedder's."""
    path = tmp_path / "m.db"
    lemons(path, hashing)
    with opened(path, embedder=hashing) as held, opened(path, embedder=hashing) as cold:
        held.recall("lemon")
        with pytest.raises(Interrupted):
            reembed(path, HashEmbedder("other"), progress=interrupt)
        for finished in (False, True):
            for memory in (held, cold):
                with pytest.raises(EmbedderMismatch):
                    memory.recall("lemon")
                with pytest.raises(EmbedderMismatch):
                    memory.add("user", "one more")
                with pytest.raises(EmbedderMismatch):
                    memory.erase("lemon", preview=True)
                with pytest.raises(EmbedderMismatch):
                    memory.export(tmp_path / "out.jsonl", user=None)
                with pytest.raises(EmbedderMismatch):
                    memory.verify(["lemon"])
            if not finished:
                reembed(path, HashEmbedder("other"))
        assert held.stats().turns == 300
    is_whole(path, HashEmbedder("other"))


def test_another_embedder_begins_anew(tmp_path: Path, hashing: HashEmbedder) -> None:
    """After the first was interrupted, and while it is at work: that one then gives up."""
    path = tmp_path / "m.db"
    lemons(path, hashing)
    third = HashEmbedder("third", 16)

    def meanwhile(done: int, total: int) -> None:
        reembed(path, third)

    with pytest.raises(Interrupted):
        reembed(path, HashEmbedder("other"), progress=interrupt)
    with pytest.raises(EmbedderMismatch, match="somebody else"):
        reembed(path, HashEmbedder("other"), progress=meanwhile)
    is_whole(path, third)
    with pytest.raises(Interrupted):
        reembed(path, HashEmbedder("other"), progress=interrupt)
    reembed(path, hashing)  # back to the first
    is_whole(path, hashing)


def test_the_same_name_with_another_dimension_is_another_embedder(
    tmp_path: Path, hashing: HashEmbedder
) -> None:
    """It once was taken for finished, with the old vectors under the new dimension."""
    path = tmp_path / "m.db"
    lemons(path, hashing)
    reembed(path, HashEmbedder("hash", 16))
    is_whole(path, HashEmbedder("hash", 16))
