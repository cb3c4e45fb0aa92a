"""Operating points from a user's own prompts."""

from __future__ import annotations

import math
from collections.abc import Sequence

from guardrail.detection.model import Thresholds
from guardrail.errors import InvalidInput

__all__ = ["operating_point", "share_at"]

_GREYS = 5  # so many times the false positives of the policy may be restricted
_STEP = 1e-4  # scores are rounded to this


def operating_point(scores: Sequence[float], fpr: float) -> Thresholds:
    """The lowest thresholds at which at most a share ``fpr`` of prompts that should be answered,
    with these scores, is sure, and five times that share grey.

    Raises ``InvalidInput`` without prompts.
    """
    if not scores:
        raise InvalidInput("received no prompts; put those that should be answered in the file")
    return Thresholds(grey=_threshold(scores, min(1.0, _GREYS * fpr)), sure=_threshold(scores, fpr))


def share_at(scores: Sequence[float], threshold: float) -> float:
    """The share of scores that reach a threshold."""
    return sum(score >= threshold for score in scores) / max(1, len(scores))


def _threshold(scores: Sequence[float], share: float) -> float:
    ranked = sorted(scores, reverse=True)
    allowed = math.floor(share * len(ranked))
    if allowed >= len(ranked):
        return 0.0
    # Just above the best of those that may not reach it, so that ties do not.
    return min(1.0, round(ranked[allowed] + _STEP, 4))
