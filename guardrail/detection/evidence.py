"""What speaks for a target in a text, and how that is told."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from guardrail.detection.features import Comparison

__all__ = ["Evidence", "Found", "keep_best", "reasons"]


@dataclass(slots=True)
class Evidence:
    """A score in [0, 1], and why, in words."""

    score: float
    reasons: list[str] = field(default_factory=list)


Found = dict[str, Evidence]
"""By the ids of targets."""


def keep_best(found: Found, more: Found) -> None:
    """Add to ``found`` what says more of a target than what is there."""
    for target, evidence in more.items():
        if target not in found or evidence.score > found[target].score:
            found[target] = evidence


def reasons(one: Comparison, target: int, note: str) -> list[str]:
    """What speaks for a target, in words; never the words of the text or of the target."""
    said = [f"it is near to what typifies it (cosine {one.best[target]:.2f}){note}"]
    share = float(one.lexical[target]) / one.overlap.total
    if share > 0.3:
        said.append(f"{share:.0%} of what its words tell stands in one text about it{note}")
    if np.isclose(one.best[target], one.best.max()) and len(one.best) > 1:
        said.append(f"no other target is as near{note}")
    return said
