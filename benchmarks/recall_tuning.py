"""Our recall with the weights of its fusion chosen by leaving one conversation out.

The weights that ship were chosen with all conversations in view. Here each conversation is judged
with those of fifteen settings that find most (recall@10) on the others, so that none is judged by
weights that have seen it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.recall_data import Talk
from benchmarks.recall_scores import UNSCORED, judge, summary
from benchmarks.recall_sides import Ours
from memory import Embedder, ranking

__all__ = ["SETTINGS", "left_out"]

SETTINGS: tuple[dict[str, Any], ...] = tuple(
    {"_WORDS": words, "_MEANING": round(1 - words, 1), "_SMOOTH": smooth}
    for words in (0.3, 0.4, 0.5, 0.6, 0.7)
    for smooth in (0.05, 0.15, 0.25)
)
"""Shares of words and of meaning, and what the neighbours' meaning counts."""

Rows = list[dict[str, float]]


def left_out(talks: Sequence[Talk], embedder: Embedder, seed: int) -> dict[str, Any]:
    """The figures, and how often each setting was chosen."""
    rows = [_judged(talk, embedder) for talk in talks]
    found: Rows = []
    chosen: Counter[str] = Counter()
    for number, own in enumerate(rows):
        others = [each for other, each in enumerate(rows) if other != number]
        best = _best(others)
        found += own[best]
        chosen[", ".join(map(str, SETTINGS[best].values()))] += 1
    return {**summary(found, seed), "words, meaning, neighbours": dict(chosen)}


def _judged(talk: Talk, embedder: Embedder) -> list[Rows]:
    """By setting, the scores of a conversation's questions."""
    side = Ours(embedder)
    side.fill(talk.turns)
    asked = [question for question in talk.questions if question.category not in UNSCORED]
    found = []
    for setting in SETTINGS:
        with patch.multiple(ranking, **setting):
            found.append([judge(side.rank(q.text), q.evidence) for q in asked])
    return found


def _best(rows: Sequence[list[Rows]]) -> int:
    """The setting that finds most over some conversations; the earlier of equals."""
    means = [
        np.mean([row["recall@10"] for talk in rows for row in talk[setting]])
        for setting in range(len(SETTINGS))
    ]
    return int(np.argmax(means))
