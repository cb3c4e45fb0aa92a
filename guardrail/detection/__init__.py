"""Detection: is this prompt, or this draft of a reply, about a target?"""

from __future__ import annotations

from guardrail.detection.verdict import Level, TargetScore, Verdict

__all__ = ["Level", "TargetScore", "Verdict"]
