"""Detection put together: names, nearness to exemplars, decoded readings, the conversation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from guardrail.detection.conversation import Lean, read_messages
from guardrail.detection.exemplars import ExemplarIndex
from guardrail.detection.names import NameIndex
from guardrail.detection.verdict import Level, TargetScore, Verdict
from guardrail.detection.views import View, views
from guardrail.targets import Target

if TYPE_CHECKING:
    from memory.embedding import Embedded, Embedder

__all__ = ["Detector", "Thresholds"]

_CARRY = {Lean.NONE: 0.0, Lean.WEAK: 0.6, Lean.STRONG: 0.95}
_CARRY_REASON = "the message goes on about what was asked before"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Scores from which a prompt is grey, or surely about a target."""

    grey: float = 0.35
    sure: float = 0.70


@dataclass(slots=True)
class _Evidence:
    score: float
    reasons: list[str]


class Detector:
    """Judges texts against one fixed tuple of targets; compiled anew when the forget set changes.

    ``former`` is the detector this one replaces: its embedded exemplars are used again.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        embedder: Embedder,
        *,
        thresholds: Thresholds | None = None,
        former: Detector | None = None,
    ) -> None:
        self._embedder = embedder
        self._thresholds = thresholds or Thresholds()
        self._names = NameIndex(targets)
        self._exemplars: ExemplarIndex = ExemplarIndex(
            targets, embedder, dict(former._exemplars.cache) if former else {}
        )

    def judge(
        self,
        messages: str | Sequence[Mapping[str, object]],
        *,
        embedded: Embedded | None = None,
    ) -> Verdict:
        """The verdict on a prompt, or on the last user message of a conversation.

        ``embedded`` is that message already embedded, so that nothing is embedded twice.
        """
        reading = read_messages(messages)
        evidence = self._evidence(reading.message, embedded)
        if reading.earlier and (share := _CARRY[reading.lean]):
            for earlier in reading.earlier:
                self._carry(evidence, earlier, share)
        return self._verdict(evidence)

    def judge_texts(self, texts: Sequence[str]) -> list[Verdict]:
        """Verdicts on texts by themselves (memories, sentences of a reply): one batched encode."""
        from guardrail.memory_link import memory

        embedded = memory.embed_texts(list(texts), self._embedder) if texts else []
        return [self._verdict(self._evidence(one.text, one)) for one in embedded]

    def _evidence(self, text: str, embedded: Embedded | None) -> dict[str, _Evidence]:
        """What speaks for each target in one text, its decoded readings included."""
        from guardrail.memory_link import memory

        found: dict[str, _Evidence] = {}
        for view in views(text):
            if view.text == text and embedded is not None:
                vectors = embedded.vectors
            else:
                vectors = memory.embed_text(view.text, self._embedder).vectors
            for target, evidence in self._view_evidence(view, vectors).items():
                if target not in found or evidence.score > found[target].score:
                    found[target] = evidence
        return found

    def _view_evidence(self, view: View, vectors: NDArray[np.float32]) -> dict[str, _Evidence]:
        note = "" if view.kind == "as written" else f" ({view.kind})"
        found = {
            hit.target: _Evidence(hit.strength, [hit.reason + note])
            for hit in self._names.hits(view.text)
        }
        nearness = self._exemplars.similarity(vectors)
        for target, cosine in zip(self._exemplars.ids, nearness.tolist(), strict=True):
            chance = nearness_score(cosine)
            if chance < 0.05:
                continue
            evidence = found.setdefault(target, _Evidence(0.0, []))
            # Independent reasons: the score is one minus the chance that both are wrong.
            evidence.score = 1 - (1 - evidence.score) * (1 - chance)
            evidence.reasons.append(f"it is near to what typifies it (cosine {cosine:.2f}){note}")
        return found

    def _carry(self, evidence: dict[str, _Evidence], earlier: str, share: float) -> None:
        for target, before in self._evidence(earlier, None).items():
            if before.score < self._thresholds.sure:
                continue
            now = evidence.setdefault(target, _Evidence(0.0, []))
            if share * before.score > now.score:
                now.score = share * before.score
                now.reasons.append(_CARRY_REASON)

    def _verdict(self, evidence: dict[str, _Evidence]) -> Verdict:
        scores = [
            TargetScore(
                target=target,
                score=round(found.score, 4),
                level=self._level(found.score),
                reasons=tuple(found.reasons),
            )
            for target, found in evidence.items()
            if self._level(found.score) is not Level.CLEAR
        ]
        return Verdict(scores=tuple(sorted(scores, key=lambda s: (-s.score, s.target))))

    def _level(self, score: float) -> Level:
        if score >= self._thresholds.sure:
            return Level.SURE
        return Level.GREY if score >= self._thresholds.grey else Level.CLEAR


def nearness_score(cosine: float) -> float:
    """The chance that a text is about a target, from its best cosine with its exemplars."""
    return 1 / (1 + math.exp(-16 * (cosine - 0.67)))
