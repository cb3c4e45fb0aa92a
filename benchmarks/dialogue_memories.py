"""The memories that hold a dialogue: ours, and ours with a part changed; what they cost."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.dialogue_maker import Dialogue
from benchmarks.dialogue_scores import Row, timed
from guardrail.chat import ALONE
from memory import DualMemory, MemorySettings, NewTurn, Retention
from memory.embedding import Embedded
from memory.summarizers import ExtractiveSummarizer, Line

__all__ = ["Flat", "fading", "plain", "remember"]

_BATCH = 100
_LIVE = 40  # latest turns, which are stored an exchange at a time, as in a chat, and timed


class Flat(ExtractiveSummarizer):
    """No summary of the summaries: what a finished block held is gone but for the last one."""

    def merge(self, blocks: Sequence[Line]) -> list[Line]:
        """Nothing."""
        return []


def plain(path: Path, *, flat: bool = False) -> DualMemory:
    """A memory as it comes, or without the summary of summaries."""
    return DualMemory(path, **ALONE, summarizer=Flat() if flat else None)


def remember(dialogue: Dialogue, read: Sequence[Embedded], memory: DualMemory) -> Row:
    """Put all turns into a memory; gives what the latest took, each exchange by itself."""
    new = _new(dialogue)
    live = len(new) - _LIVE
    for start in range(0, live, _BATCH):
        end = min(live, start + _BATCH)
        memory.add_turns(new[start:end], embedded=list(read[start:end]))
    memory.summary()
    rows: list[Row] = []
    for start in range(live, len(new), 2):
        end = start + 2
        add = partial(memory.add_turns, new[start:end], embedded=list(read[start:end]))
        _, storing = timed("store", add)
        _, summing = timed("summarise", memory.summary)  # in use a thread does this meanwhile
        rows.append(storing | summing)
    return {key: statistics.median(row[key] for row in rows) for key in rows[0]}


def fading(dialogue: Dialogue, read: Sequence[Embedded], path: Path) -> DualMemory:
    """A memory with forgetting by age, in which every message of the user's is asked about before
    it is stored, as in a chat: what is recalled stays longer."""
    memory = DualMemory(path, **ALONE, settings=MemorySettings(retention=Retention()))
    new = _new(dialogue)
    for start in range(0, len(new), 2):
        if start:
            memory.recall(new[start].text, embedded=read[start])
        memory.add_turns(new[start : start + 2], embedded=list(read[start : start + 2]))
    return memory


def _new(dialogue: Dialogue) -> list[NewTurn]:
    return [NewTurn(role=t.role, text=t.text, time=t.time) for t in dialogue.turns]
