"""The memories that hold a dialogue: ours, and ours with a part changed; what they cost."""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

from benchmarks.dialogue_maker import Dialogue
from memory import DualMemory, MemorySettings, NewTurn, Retention
from memory.embedding import Embedded
from memory.summarizers import ExtractiveSummarizer, Line

__all__ = ["Flat", "fading", "held_mb", "plain", "remember"]

_BATCH = 100
_LIVE = 40  # latest turns, which are stored an exchange at a time, as in a chat, and timed


class Flat(ExtractiveSummarizer):
    """No summary of the summaries: what a finished block held is gone but for the last one."""

    def merge(self, blocks: Sequence[Line]) -> list[Line]:
        """Nothing."""
        return []


def plain(path: Path, *, flat: bool = False) -> DualMemory:
    """A memory as it comes, or without the summary of summaries."""
    return DualMemory(path, summarizer=Flat() if flat else None)


def remember(dialogue: Dialogue, read: Sequence[Embedded], memory: DualMemory) -> dict[str, float]:
    """Put all turns into a memory; gives what the latest took, each exchange by itself."""
    new = _new(dialogue)
    live = len(new) - _LIVE
    for start in range(0, live, _BATCH):
        end = min(live, start + _BATCH)
        memory.add_turns(new[start:end], embedded=list(read[start:end]))
    memory.summary()
    stored, summarised = [], []
    for start in range(live, len(new), 2):
        began = time.perf_counter()
        memory.add_turns(new[start : start + 2], embedded=list(read[start : start + 2]))
        stored.append(time.perf_counter() - began)
        memory.summary()  # in use a thread does this meanwhile
        summarised.append(time.perf_counter() - began - stored[-1])
    return {
        "store_ms": 1000 * statistics.median(stored),
        "summarise_ms": 1000 * statistics.median(summarised),
    }


def fading(dialogue: Dialogue, read: Sequence[Embedded], path: Path) -> DualMemory:
    """A memory with forgetting by age, in which every message of the user's is asked about before
    it is stored, as in a chat: what is recalled stays longer."""
    memory = DualMemory(path, settings=MemorySettings(retention=Retention()))
    new = _new(dialogue)
    for start in range(0, len(new), 2):
        if start:
            memory.recall(new[start].text, embedded=read[start])
        memory.add_turns(new[start : start + 2], embedded=list(read[start : start + 2]))
    return memory


def held_mb(path: Path, question: Embedded) -> float:
    """What a memory that is opened anew holds in RAM after a recall, without SQLite's cache."""
    tracemalloc.start()
    try:
        with DualMemory(path) as memory:
            memory.recall(question.text, embedded=question)
            return tracemalloc.get_traced_memory()[0] / 1e6
    finally:
        tracemalloc.stop()


def _new(dialogue: Dialogue) -> list[NewTurn]:
    return [NewTurn(role=t.role, text=t.text, time=t.time) for t in dialogue.turns]
