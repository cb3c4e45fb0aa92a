"""Scores that the benchmarks of forgetting share."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq

__all__ = [
    "contains",
    "estimate",
    "gibberish",
    "interval",
    "middle",
    "resampled",
    "rouge_l_recall",
    "share",
]

_RESAMPLES = 1_000  # of a bootstrap
_WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    """Words and numbers, casefolded."""
    return _WORD.findall(text.casefold())


def rouge_l_recall(answer: str, reply: str) -> float:
    """Share of the answer's words that the reply has in their order (longest common subsequence),
    which is what RWKU (arXiv 2406.10890) and TOFU (arXiv 2401.06121) report; no stemming."""
    wanted = words(answer)
    return LCSseq.similarity(wanted, words(reply)) / len(wanted) if wanted else 0.0


def contains(text: str, answer: str) -> bool:
    """Whether the words of the answer stand side by side in the text."""
    return f" {' '.join(words(answer))} " in f" {' '.join(words(text))} "


def gibberish(text: str) -> bool:
    """Whether a reply is no language: mostly signs, or the same few words again and again. A rule
    that anyone can check, where others use a trained classifier."""
    plain = sum(ch.isalnum() or ch.isspace() for ch in text)
    said = words(text)
    triples = list(zip(said, said[1:], said[2:], strict=False))
    repeats = len(triples) >= 6 and len(set(triples)) * 2 < len(triples)
    return repeats or (bool(text) and plain * 10 < len(text) * 7)


def interval(hits: int, of: int) -> tuple[float, float]:
    """The Wilson interval of a share at 95 %."""
    if not of:
        return 0.0, 1.0
    z, p = 1.96, hits / of
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4)


def share(hits: Sequence[bool]) -> dict[str, object]:
    """A share with its counts and interval."""
    total = sum(hits)
    of = len(hits)
    return {
        "share": round(total / of, 4) if of else None,
        "hits": total,
        "of": of,
        "interval": interval(total, of),
    }


def resampled(values: NDArray[np.float64], seed: int = 0) -> NDArray[np.float64]:
    """The same number of rows drawn again, with repetition: (resamples, n, ...) of (n, ...). The
    draws depend on n and the seed alone, so that two sides on the same questions get the same."""
    rng = np.random.default_rng(seed)
    return values[rng.integers(0, len(values), (_RESAMPLES, len(values)))]


def middle(draws: NDArray[np.float64]) -> tuple[float, float]:
    """Between which two figures 95 % of the draws lie."""
    low, high = np.quantile(draws, [0.025, 0.975]).tolist()
    return round(low, 4), round(high, 4)


def estimate(values: Sequence[float], *, median: bool = False) -> dict[str, object]:
    """A mean or a median with its count and its interval at 95 %, by bootstrap over the values."""
    name, of = ("median", np.median) if median else ("mean", np.mean)
    if not len(values):
        return {name: None, "of": 0, "interval": None}
    table = np.asarray(values, np.float64)
    draws = np.asarray(of(resampled(table), axis=1))
    return {name: round(float(of(table)), 4), "of": len(table), "interval": middle(draws)}
