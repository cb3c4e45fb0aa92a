"""Scores that the benchmarks of forgetting share."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from rapidfuzz.distance import LCSseq

__all__ = ["contains", "gibberish", "interval", "mean", "rouge_l_recall", "share"]

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


def mean(values: Sequence[float]) -> float | None:
    """The mean to four places, ``None`` of nothing."""
    return round(sum(values) / len(values), 4) if values else None
