"""What the benchmarks of detection count: shares flagged at a threshold, and times."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from benchmarks.scores import interval

__all__ = ["Floats", "median_ms", "per_kind", "shares"]

Floats = NDArray[np.float64]


def shares(
    scores: Floats, at: Mapping[str, Floats | float], about: NDArray[np.bool_]
) -> dict[str, Any]:
    """What thresholds flag, of texts to withhold and of near ones, all (n,) or one for all."""
    figures: dict[str, Any] = {"auroc_neighbours": round(float(roc_auc_score(about, scores)), 4)}
    for name, threshold in at.items():
        flagged = scores >= threshold
        hits, of = int(flagged[about].sum()), int(about.sum())
        figures[f"tpr_at_{name}"] = round(hits / of, 4)
        figures[f"tpr_at_{name}_interval"] = interval(hits, of)
        figures[f"fpr_at_{name}"] = round(float(flagged[~about].mean()), 4)
    return figures


def per_kind(
    flagged: NDArray[np.bool_], kinds: NDArray[np.str_], about: NDArray[np.bool_]
) -> dict[str, float]:
    """The share flagged of each kind of text to withhold."""
    return {
        str(kind): round(float(flagged[about & (kinds == kind)].mean()), 4)
        for kind in np.unique(kinds[about])
    }


def median_ms(what: Callable[[str], object], prompts: Sequence[str]) -> float:
    """Median milliseconds of one prompt."""
    taken = []
    for prompt in prompts:
        started = time.perf_counter()
        what(prompt)
        taken.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(taken), 3)
