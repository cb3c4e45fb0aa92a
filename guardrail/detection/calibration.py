"""Operating points from a user's own prompts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from guardrail.detection.model import Thresholds
from guardrail.errors import InvalidInput

__all__ = ["Moved", "moved", "operating_point", "share_at"]

_GREYS = 5  # so many times the false positives of the policy may be restricted
_STEP = 1e-4  # scores are rounded to this


@dataclass(frozen=True, slots=True)
class Moved:
    """Thresholds before and after. ``prefix`` is that of their settings, ``let`` are scores of what
    should be let through, ``caught`` of what should not."""

    prefix: str
    before: Thresholds
    after: Thresholds
    let: Sequence[float]
    caught: Sequence[float]

    def as_json(self) -> dict[str, Any]:
        """Each setting: the value, the former one, and the shares that reach either."""
        return {
            f"{self.prefix}{level}": {
                "before": {"value": old, **self._shares(old)},
                "after": {"value": new, **self._shares(new)},
            }
            for level, old, new in self._levels()
        }

    def as_toml(self) -> Iterator[str]:
        """The lines for ``guardrail.toml``, with what they do in comments."""
        for level, old, new in self._levels():
            then, now = self._shares(old), self._shares(new)
            yield f"{self.prefix}{level} = {new}  # before: {old}"
            yield f"#   of {len(self.let)} to let through {then['let']:.1%} -> {now['let']:.1%}"
            if self.caught:
                yield (
                    f"#   of {len(self.caught)} to catch "
                    f"{then['caught']:.1%} -> {now['caught']:.1%}"
                )

    def _levels(self) -> Iterator[tuple[str, float, float]]:
        yield "grey", self.before.grey, self.after.grey
        yield "sure", self.before.sure, self.after.sure

    def _shares(self, threshold: float) -> dict[str, float]:
        groups = {"let": self.let, "caught": self.caught}
        return {name: round(share_at(of, threshold), 4) for name, of in groups.items() if of}


def moved(
    prefix: str, let: Sequence[float], caught: Sequence[float], fpr: float, before: Thresholds
) -> Moved:
    """The operating point at which a share ``fpr`` of ``let`` is sure, beside the one in force."""
    return Moved(prefix, before, operating_point(let, fpr), let, caught)


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
