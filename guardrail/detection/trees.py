"""A boosted ensemble of trees, read from JSON and evaluated with NumPy.

scikit-learn grows the trees (``benchmarks.train_detector``); what ships is numbers, no pickle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Trees"]

Floats = NDArray[np.float64]
_LEAF = -1


@dataclass(frozen=True, slots=True)
class Trees:
    """Binary trees laid end to end: node i asks whether feature ``feature[i]`` is at most
    ``threshold[i]`` and goes to ``below[2 * i]`` or else to ``below[2 * i + 1]``; a leaf leads to
    itself and has its value in ``threshold``. ``roots`` are the first nodes, ``depth`` the longest
    way down.

    ``scale`` and ``shift`` make the sum of the leaves calibrated log-odds (Platt).
    """

    roots: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: Floats
    below: NDArray[np.int64]
    base: float
    depth: int
    scale: float
    shift: float

    @classmethod
    def from_json(cls, made: Mapping[str, Any]) -> Trees:
        """From what ``to_json`` of the training script wrote: there a leaf has feature -1."""
        feature = np.array(made["feature"], np.int64)
        leaf, itself = (feature == _LEAF)[:, None], np.arange(len(feature))[:, None]
        children = np.array([made["left"], made["right"]], np.int64).T
        return cls(
            roots=np.array(made["roots"], np.int64),
            feature=np.maximum(feature, 0),
            threshold=np.array(made["threshold"], np.float64),
            below=np.where(leaf, itself, children).ravel(),
            base=float(made["base"]),
            depth=int(made["depth"]),
            scale=float(made["scale"]),
            shift=float(made["shift"]),
        )

    def log_odds(self, features: NDArray[np.float32]) -> Floats:
        """(n, features) -> (n,): the sum of one leaf of each tree. O(n trees depth)."""
        starts = np.arange(len(features))[:, None] * features.shape[1]
        flat = features.ravel()
        at = self.roots[None]  # (1, trees), from the first step on (n, trees)
        for _ in range(self.depth):
            value = flat.take(starts + self.feature.take(at))
            at = self.below.take(2 * at + (value > self.threshold.take(at)))
        total: Floats = self.base + self.threshold[at].sum(axis=1)
        return total

    def probability(self, features: NDArray[np.float32]) -> Floats:
        """(n, features) -> (n,): calibrated, in [0, 1]."""
        calibrated: Floats = 1 / (1 + np.exp(-(self.scale * self.log_odds(features) + self.shift)))
        return calibrated
