"""Detection put together: names, the trained model, decoded readings, the conversation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from guardrail.detection.conversation import Lean, Reading, read_messages
from guardrail.detection.features import (
    ANSWER,
    Comparison,
    answer_features,
    candidates,
    compare,
    prompt_features,
)
from guardrail.detection.fragments import put_together, with_values
from guardrail.detection.model import DetectorModel, Thresholds, shipped
from guardrail.detection.names import NameHit, NameIndex
from guardrail.detection.references import References
from guardrail.detection.scripts import SoundIndex
from guardrail.detection.verdict import Level, TargetScore, Verdict
from guardrail.detection.views import spellings, views
from guardrail.targets import Target

if TYPE_CHECKING:
    from memory.embedding import Embedded, Embedder

__all__ = ["Detector", "Thresholds"]

_CARRY = {Lean.NONE: 0.0, Lean.WEAK: 0.6, Lean.STRONG: 0.95}
_CARRY_REASON = "the message goes on about what was asked before"
# From this cosine on a text is nearly the same as one that typifies a target: of questions about
# RWKU's neighbours 6 in 10,000 come so near, of neutral prompts 2.
_SAME = 0.8
_BESIDE, _COSINE = ANSWER.index("whole_beside"), ANSWER.index("whole_cosine")
_SPELT = 0.95
_SPELT_REASON = "its name is put together over several messages"
_TOGETHER = 3  # earlier messages that are read together with one that leans on them


@dataclass(slots=True)
class _Evidence:
    score: float
    reasons: list[str] = field(default_factory=list)


_Found = dict[str, _Evidence]


@dataclass(frozen=True, slots=True)
class _Look:
    """A window of a text beside the targets worth a close look; ``place`` is that of the text,
    ``note`` how it was read."""

    place: int
    note: str
    one: Comparison
    targets: NDArray[np.int64]


class Detector:
    """Judges texts against one fixed tuple of targets; compiled anew when the forget set changes.

    ``former`` is the detector this one replaces: its embedded texts are used again. ``thresholds``
    are those for prompts, by default the shipped ones.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        embedder: Embedder,
        *,
        thresholds: Thresholds | None = None,
        former: Detector | None = None,
        model: DetectorModel | None = None,
    ) -> None:
        self._embedder = embedder
        self._model = model or shipped()
        self._at = thresholds or self._model.prompt_at
        self._names = NameIndex(targets)
        self.sounds = SoundIndex(targets)
        cache = dict(former.references.cache) if former else {}
        self.references: References = References(targets, embedder, cache)

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
        read = {reading.message: embedded} if embedded is not None else {}
        [found] = self._evidence([reading.message], read)
        if reading.earlier and (share := _CARRY[reading.lean]):
            for before in self._all_evidence([*reading.earlier, _together(reading)]):
                self._carry(found, before, share)
        for target in self._spelt_over_messages(reading):
            evidence = _Evidence(max(_SPELT, self._at.sure), [_SPELT_REASON])
            _keep_best(found, {target: evidence})
        return self._verdict(found, self._at)

    def _spelt_over_messages(self, reading: Reading) -> set[str]:
        """Targets whose name is in no message, and in several together."""
        earlier = reading.earlier[::-1]
        found: set[str] = set()
        for name in put_together(earlier, reading.message):
            found |= self._names.whole(name)
        if said := with_values(earlier, reading.message):
            found |= {hit.target for hit in self._names.hits(said, fuzzy=False)}
        return found

    def judge_texts(self, texts: Sequence[str]) -> list[Verdict]:
        """Verdicts on texts by themselves (memories): one batched encode."""
        return [self._verdict(found, self._at) for found in self._all_evidence(texts)]

    def scores(self, texts: Sequence[str]) -> list[float]:
        """The best score of each text with any target, below the thresholds too."""
        return [
            round(max((evidence.score for evidence in one.values()), default=0.0), 4)
            for one in self._all_evidence(texts, least=0.0)
        ]

    def judge_answers(self, question: str, sentences: Sequence[str]) -> list[Verdict]:
        """For each draft sentence of a reply, whether it gives a target away as an answer to the
        question: the two are judged together, which a reverse query needs, where neither half says
        much without the other. One batched encode. The question's last window stands for it."""
        if not sentences:
            return []
        short = self._windows(question)[-1]
        joined = [f"{short} {sentence}" for sentence in sentences]
        asked, *read = self._embed([short, *sentences, *joined])
        before = compare(self.references, short, asked.vectors[-1:])
        verdicts = []
        for draft, both in zip(read[: len(sentences)], read[len(sentences) :], strict=True):
            alone = compare(self.references, draft.text, draft.vectors)
            together = compare(self.references, both.text, both.vectors)
            targets = candidates(self.references, before, alone, together)
            rows = answer_features(self.references, before, alone, together, targets)
            scores = self._model.answer.probability(rows)
            scores[_stands_in_one_text(rows)] = 1.0
            found = {
                self.references.ids[target]: _Evidence(
                    score, ["it answers the question as what is known of it does"]
                )
                for target, score in zip(targets.tolist(), scores.tolist(), strict=True)
            }
            verdicts.append(self._verdict(found, self._model.answer_at))
        return verdicts

    @staticmethod
    def _windows(text: str) -> list[str]:
        from guardrail.memory_link import memory

        return list(memory.windows(text))

    def _embed(self, texts: Sequence[str]) -> list[Embedded]:
        from guardrail.memory_link import memory

        return list(memory.embed_texts(list(texts), self._embedder)) if texts else []

    def _all_evidence(self, texts: Sequence[str], least: float | None = None) -> list[_Found]:
        forms = dict.fromkeys(view.text for text in texts for view in views(text))
        read = {one.text: one for one in self._embed(list(forms))}
        return self._evidence(texts, read, least)

    def _evidence(
        self,
        texts: Sequence[str],
        embedded: Mapping[str, Embedded],
        least: float | None = None,
    ) -> list[_Found]:
        """What speaks for each target in each text: in each of its windows, for a question may be
        buried in other things, and in each of its decoded readings, as far as they are not
        ``embedded`` already. Scores below ``least`` (default: grey) are left out."""
        found: list[_Found] = [{} for _ in texts]
        looks = []
        for place, text in enumerate(texts):
            for view in views(text):
                read = embedded.get(view.text) or self._embed([view.text])[0]
                note = "" if view.kind == "as written" else f" ({view.kind})"
                _keep_best(found[place], self._named(view.text, note))
                for window, vector in zip(read.windows, read.vectors, strict=True):
                    one = compare(self.references, window, vector[None])
                    looks.append(_Look(place, note, one, candidates(self.references, one)))
        weighed = self._weighed(looks, self._at.grey if least is None else least)
        for look, evidence in zip(looks, weighed, strict=True):
            _keep_best(found[look.place], evidence)
        return found

    def _named(self, text: str, note: str) -> _Found:
        """A name in full is sure: no question about a neighbour has it. So is a near spelling, and
        a name that is written backwards, in rot13 or in base64."""
        hits = list(self._names.hits(text))
        for form in spellings(text)[1:]:
            hits += self._names.hits(form, fuzzy=False)
        reason = "its name stands in the text in another script"
        hits += [NameHit(target, 1.0, reason) for target in self.sounds.targets(text)]
        found: _Found = {}
        for hit in hits:
            evidence = _Evidence(max(hit.strength, self._at.sure), [hit.reason + note])
            _keep_best(found, {hit.target: evidence})
        return found

    def _weighed(self, looks: Sequence[_Look], least: float) -> list[_Found]:
        """What the trees say of each look; one call for all of them."""
        if not looks:
            return []
        rows = [prompt_features(self.references, look.one, look.targets) for look in looks]
        ends = np.cumsum([len(look.targets) for look in looks])[:-1]
        scores = np.split(self._model.prompt.probability(np.concatenate(rows)), ends)
        return [self._near(look, of, least) for look, of in zip(looks, scores, strict=True)]

    def _near(self, look: _Look, scores: NDArray[np.float64], least: float) -> _Found:
        found: _Found = {}
        for target, score in zip(look.targets.tolist(), scores.tolist(), strict=True):
            if look.one.best[target] >= _SAME:
                score = max(score, self._at.sure, float(look.one.best[target]))
            if score >= least:
                evidence = _Evidence(score, _reasons(look.one, target, look.note))
                found[self.references.ids[target]] = evidence
        return found

    def _carry(self, found: _Found, earlier: _Found, share: float) -> None:
        for target, before in earlier.items():
            now = found.get(target)
            if before.score >= self._at.sure and share * before.score > (now.score if now else 0):
                found[target] = _Evidence(share * before.score, [_CARRY_REASON])

    def _verdict(self, found: _Found, at: Thresholds) -> Verdict:
        scores = [
            TargetScore(
                target=target,
                score=round(evidence.score, 4),
                level=_level(evidence.score, at),
                reasons=tuple(evidence.reasons),
            )
            for target, evidence in found.items()
            if evidence.score >= at.grey
        ]
        return Verdict(scores=tuple(sorted(scores, key=lambda s: (-s.score, s.target))))


def _stands_in_one_text(rows: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(targets, ANSWER) -> (targets,): whether one text about the target holds the whole answer and
    nearly all that the question tells, and is near to both together. Of RWKU's neighbours with
    their right answers 2 in 1,000 are so."""
    beside, cosine = rows[:, _BESIDE], rows[:, _COSINE]
    both: NDArray[np.bool_] = (beside >= 0.9) & (cosine >= 0.7)
    return both


def _level(score: float, at: Thresholds) -> Level:
    if score >= at.sure:
        return Level.SURE
    return Level.GREY if score >= at.grey else Level.CLEAR


def _keep_best(found: _Found, more: _Found) -> None:
    for target, evidence in more.items():
        if target not in found or evidence.score > found[target].score:
            found[target] = evidence


def _together(reading: Reading) -> str:
    """A question that is put together over several messages, in one piece."""
    earlier: Iterable[str] = reversed(reading.earlier[:_TOGETHER])
    return "\n".join((*earlier, reading.message))


def _reasons(one: Comparison, target: int, note: str) -> list[str]:
    """What speaks for a target, in words; never the words of the text or of the target."""
    said = [f"it is near to what typifies it (cosine {one.best[target]:.2f}){note}"]
    share = float(one.lexical[target]) / one.overlap.total
    if share > 0.3:
        said.append(f"{share:.0%} of what its words tell stands in one text about it{note}")
    if np.isclose(one.best[target], one.best.max()) and len(one.best) > 1:
        said.append(f"no other target is as near{note}")
    return said
