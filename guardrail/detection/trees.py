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
    ``threshold[i]`` and goes to ``left[i]`` or ``right[i]``; a leaf has feature -1 and its value in
    ``threshold``. ``roots`` are the first nodes, ``depth`` the longest way down.

    ``scale`` and ``shift`` make the sum of the leaves calibrated log-odds (Platt).
    """

    roots: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: Floats
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    base: float
    depth: int
    scale: float
    shift: float

    @classmethod
    def from_json(cls, made: Mapping[str, Any]) -> Trees:
        """From what ``to_json`` of the training script wrote."""
        return cls(
            roots=np.array(made["roots"], np.int64),
            feature=np.array(made["feature"], np.int64),
            threshold=np.array(made["threshold"], np.float64),
            left=np.array(made["left"], np.int64),
            right=np.array(made["right"], np.int64),
            base=float(made["base"]),
            depth=int(made["depth"]),
            scale=float(made["scale"]),
            shift=float(made["shift"]),
        )

    def log_odds(self, features: NDArray[np.float32]) -> Floats:
        """(n, features) -> (n,): the sum of one leaf of each tree. O(n trees depth)."""
        rows = np.arange(len(features))[:, None]
        at = np.broadcast_to(self.roots, (len(features), len(self.roots))).copy()
        for _ in range(self.depth):
            asked = self.feature[at]
            value = features[rows, np.maximum(asked, 0)]
            below = np.where(value <= self.threshold[at], self.left[at], self.right[at])
            at = np.where(asked == _LEAF, at, below)
        total: Floats = self.base + self.threshold[at].sum(axis=1)
        return total

    def probability(self, features: NDArray[np.float32]) -> Floats:
        """(n, features) -> (n,): calibrated, in [0, 1]."""
        calibrated: Floats = 1 / (1 + np.exp(-(self.scale * self.log_odds(features) + self.shift)))
        return calibrated
