"""What a verdict leads to: a policy, restrictions, an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

from guardrail.detection import Verdict
from guardrail.target import Policy, Target

__all__ = ["DECLINED", "Decision", "decide"]

DECLINED = "I can't help with that: it touches on something I have been asked to withhold."
"""What a declined prompt is answered: honest, and the same for every target."""

_STRICTEST = (Policy.DECLINE, Policy.CORRECT, Policy.STEER, Policy.OBSERVE)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a verdict leads to: ``policy`` is ``None`` when the prompt is simply answered.

    ``restricted`` are the ids of the targets whose phrases the reply may not hold, besides the
    global ones; ``answer`` is what the user gets in the place of a reply, where the policy has one:
    a decline or the target's correction.
    """

    policy: Policy | None = None
    restricted: tuple[str, ...] = ()
    answer: str | None = None


def decide(
    verdict: Verdict | Sequence[str],
    targets: Mapping[str, Target],
    enforced: Set[str],
    corrected: Callable[[Target], str],
) -> Decision:
    """What a verdict on these targets, or the ids of those that are surely meant, leads to;
    ``corrected`` gives the answer of policy ``correct``."""
    surely = verdict.sure if isinstance(verdict, Verdict) else verdict
    flagged = verdict.flagged if isinstance(verdict, Verdict) else verdict
    sure = [targets[id_] for id_ in surely if id_ in targets]
    restricted = tuple(id_ for id_ in flagged if id_ in enforced)
    for policy in _STRICTEST:
        for target in sure:
            if target.policy is policy:
                declined = DECLINED if policy is Policy.DECLINE else None
                answer = corrected(target) if policy is Policy.CORRECT else declined
                return Decision(policy, restricted, answer)
    return Decision(None, restricted)
