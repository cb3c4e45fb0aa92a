"""Scores of a ranking of turns against the turns that hold the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.recall_data import Question

__all__ = ["NAMES", "UNSCORED", "judge", "stale_first", "summary"]

NAMES = ("recall@5", "recall@10", "recall@50", "recall_all@10", "P@5", "nDCG@10")
UNSCORED = frozenset({"unanswerable"})  # categories whose questions have no answer to be found
_RESAMPLES = 1000


def judge(ranked: Sequence[int], evidence: frozenset[int]) -> dict[str, float]:
    """The scores of one question. ``ranked``: numbers of turns, best first, each once.

    recall@k is the share of the evidence among the first k, recall_all@10 whether all of it is
    among the first ten, P@5 the share of the first five that is evidence.
    """
    places = [place for place, turn in enumerate(ranked) if turn in evidence]
    most = len(evidence)

    def found(k: int) -> int:
        return sum(place < k for place in places)

    gain = sum(1 / np.log2(place + 2) for place in places if place < 10)
    ideal = sum(1 / np.log2(place + 2) for place in range(min(most, 10)))
    return {
        "recall@5": found(5) / most,
        "recall@10": found(10) / most,
        "recall@50": found(50) / most,
        "recall_all@10": float(found(10) == most),
        "P@5": found(5) / 5,
        "nDCG@10": float(gain / ideal),
    }


def stale_first(ranked: Sequence[int], question: Question) -> bool:
    """Whether a turn with the old value stands above every turn with the new one."""
    for turn in ranked:
        if turn in question.current:
            return False
        if turn in question.stale:
            return True
    return True  # the new value was not found at all


def summary(rows: Sequence[dict[str, float]], seed: int) -> dict[str, Any]:
    """Means over questions, with 95 % intervals by bootstrap over the questions."""
    if not rows:
        return {"questions": 0}
    table = np.array([[row[name] for name in NAMES] for row in rows])
    rng = np.random.default_rng(seed)
    means = np.array(
        [table[rng.integers(0, len(table), len(table))].mean(axis=0) for _ in range(_RESAMPLES)]
    )
    low, high = np.quantile(means, [0.025, 0.975], axis=0).round(4).tolist()
    return {
        "questions": len(rows),
        **dict(zip(NAMES, table.mean(axis=0).round(4).tolist(), strict=True)),
        "intervals": {n: [a, b] for n, a, b in zip(NAMES, low, high, strict=True)},
    }
