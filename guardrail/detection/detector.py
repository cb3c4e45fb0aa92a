"""Detection put together: names, the trained model, decoded readings, the conversation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from guardrail.detection.conversation import Lean, Reading, brings_a_name, read_messages
from guardrail.detection.drafts import draft_scores
from guardrail.detection.evidence import Evidence, Found, keep_best, reasons
from guardrail.detection.features import Comparison, candidates, compare, prompt_features
from guardrail.detection.fragments import put_together, with_values
from guardrail.detection.model import DetectorModel, Thresholds, shipped
from guardrail.detection.names import NameHit, NameIndex
from guardrail.detection.references import References
from guardrail.detection.scripts import SoundIndex
from guardrail.detection.verdict import Level, TargetScore, Verdict
from guardrail.detection.views import edges, readable, spellings, views
from guardrail.targets import Target

if TYPE_CHECKING:
    from memory.embedding import Embedded, Embedder

__all__ = ["Detector", "Thresholds"]

_CARRY = 0.95  # of a score, over to a message that leans on the one that has it
_CARRY_REASON = "the message goes on about what was asked before"
# From this cosine on a text is nearly the same as one that typifies a target: of questions about
# RWKU's neighbours 6 in 10,000 come so near, of neutral prompts 2.
_SAME = 0.8
_ANSWERS = "it answers the question as what is known of it does"
_SPELT = 0.95
_SPELT_REASON = "its name is put together over several messages"
_BATCH = 64  # windows compared at once: each brings a number for every passage of every target
_TOGETHER = 3  # earlier messages that are read together with one that leans on them


@dataclass(frozen=True, slots=True)
class _Window:
    """A window of a text with its vector (d,); ``place`` is that of the text, ``note`` how it was
    read."""

    place: int
    note: str
    text: str
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Look:
    """A window beside the targets worth a close look."""

    window: _Window
    one: Comparison
    targets: NDArray[np.int64]


class Detector:
    """Judges texts against one fixed tuple of targets; compiled anew when the forget set changes.

    ``former`` is the detector this one replaces: its embedded texts are used again. ``thresholds``
    are those for prompts, ``answer_thresholds`` those for drafts of answers, by default the shipped
    ones.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        embedder: Embedder,
        *,
        thresholds: Thresholds | None = None,
        answer_thresholds: Thresholds | None = None,
        former: Detector | None = None,
        model: DetectorModel | None = None,
    ) -> None:
        self._embedder = embedder
        self._model = model or shipped()
        self._at = thresholds or self._model.prompt_at
        self._answers_at = answer_thresholds or self._model.answer_at
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
        if reading.earlier and reading.lean is not Lean.NONE:
            self._lean(found, reading)
        for target in self._spelt_over_messages(reading):
            evidence = Evidence(max(_SPELT, self._at.sure), [_SPELT_REASON])
            keep_best(found, {target: evidence})
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
        return [self._verdict(found, self._at) for found in self._evidence(texts)]

    def scores(self, texts: Sequence[str]) -> list[float]:
        """The best score of each text with any target, below the thresholds too."""
        return [
            round(max((evidence.score for evidence in one.values()), default=0.0), 4)
            for one in self._evidence(texts, least=0.0)
        ]

    def judge_answers(self, question: str, sentences: Sequence[str]) -> list[Verdict]:
        """For each draft sentence of a reply, whether it gives a target away as an answer to the
        question. One batched encode. The question's last window stands for it."""
        return [
            self._verdict(
                {target: Evidence(score, [_ANSWERS]) for target, score in scores.items()},
                self._answers_at,
            )
            for scores in self._draft_scores(question, sentences)
        ]

    def answer_scores(self, question: str, sentences: Sequence[str]) -> list[float]:
        """The best score of each draft sentence with any target, below the thresholds too."""
        drafts = self._draft_scores(question, sentences)
        return [round(max(scores.values(), default=0.0), 4) for scores in drafts]

    def _draft_scores(self, question: str, sentences: Sequence[str]) -> list[dict[str, float]]:
        if not sentences:
            return []
        short = self._windows(question)[-1]
        drafts = [(sentence, f"{short} {sentence}") for sentence in sentences]
        order = [short, *(text for draft in drafts for text in draft)]
        read = self._embed(order)
        return draft_scores(self.references, self._model.answer, [read[text] for text in order])

    @staticmethod
    def _windows(text: str) -> list[str]:
        from guardrail.memory_link import memory

        return list(memory.windows(text))

    def _embed(self, texts: Iterable[str]) -> dict[str, Embedded]:
        from guardrail.memory_link import memory

        each = list(dict.fromkeys(texts))
        read = memory.embed_texts(each, self._embedder) if each else []
        return {one.text: one for one in read}

    def _evidence(
        self,
        texts: Sequence[str],
        embedded: Mapping[str, Embedded] | None = None,
        least: float | None = None,
    ) -> list[Found]:
        """What speaks for each target in each text: in each of its windows, for a question may be
        buried in other things, and in each of its decoded readings, as far as they are not
        ``embedded`` already. Scores below ``least`` (default: grey) are left out."""
        found: list[Found] = [{} for _ in texts]
        windows = []
        readings = [views(text) for text in texts]
        read = self._read([view.text for group in readings for view in group], embedded or {})
        for place, group in enumerate(readings):
            for view in group:
                note = "" if view.kind == "as written" else f" ({view.kind})"
                keep_best(found[place], self._named(view.text, note))
                for window, vector in read[view.text]:
                    # The trees have not learnt what to make of what is no language.
                    if view is group[0] and len(group) > 1 and not readable(window):
                        continue
                    windows.append(_Window(place, note, window, vector))
        for start in range(0, len(windows), _BATCH):
            looks = self._looks(windows[start : start + _BATCH])
            weighed = self._weighed(looks, self._at.grey if least is None else least)
            for look, evidence in zip(looks, weighed, strict=True):
                keep_best(found[look.window.place], evidence)
        return found

    def _looks(self, windows: Sequence[_Window]) -> list[_Look]:
        """One comparison for all of them."""
        texts, vectors = [one.text for one in windows], [one.vector[None] for one in windows]
        compared = compare(self.references, texts, vectors)
        return [
            _Look(window, one, candidates(self.references, one))
            for window, one in zip(windows, compared, strict=True)
        ]

    def _read(
        self, texts: Sequence[str], embedded: Mapping[str, Embedded]
    ) -> dict[str, list[tuple[str, NDArray[np.float32]]]]:
        """The windows of each text with their vectors, of a long one also its edges by themselves,
        if they are not long too. One batch of texts, one of edges."""
        read = {**embedded, **self._embed(text for text in texts if text not in embedded)}
        beside = {
            text: [line for line in edges(text) if len(self._windows(line)) == 1]
            for text in texts
            if len(read[text].windows) > 1
        }
        lines = self._embed(line for group in beside.values() for line in group)
        return {
            text: [
                pair
                for one in (read[text], *(lines[line] for line in beside.get(text, ())))
                for pair in zip(one.windows, one.vectors, strict=True)
            ]
            for text in texts
        }

    def _named(self, text: str, note: str) -> Found:
        """A name in full is sure: no question about a neighbour has it. So is a near spelling, and
        a name that is written backwards, in rot13 or in base64."""
        hits = list(self._names.hits(text))
        for form in spellings(text)[1:]:
            hits += self._names.hits(form, fuzzy=False)
        reason = "its name stands in the text in another script"
        hits += [NameHit(target, 1.0, reason) for target in self.sounds.targets(text)]
        found: Found = {}
        for hit in hits:
            evidence = Evidence(max(hit.strength, self._at.sure), [hit.reason + note])
            keep_best(found, {hit.target: evidence})
        return found

    def _weighed(self, looks: Sequence[_Look], least: float) -> list[Found]:
        """What the trees say of each look; one call for all of them."""
        if not looks:
            return []
        rows = [prompt_features(self.references, look.one, look.targets) for look in looks]
        ends = np.cumsum([len(look.targets) for look in looks])[:-1]
        scores = np.split(self._model.prompt.probability(np.concatenate(rows)), ends)
        return [self._near(look, of, least) for look, of in zip(looks, scores, strict=True)]

    def _near(self, look: _Look, scores: NDArray[np.float64], least: float) -> Found:
        found: Found = {}
        for target, score in zip(look.targets.tolist(), scores.tolist(), strict=True):
            if look.one.best[target] >= _SAME:
                score = max(score, self._at.sure, float(look.one.best[target]))
            if score >= least:
                evidence = Evidence(score, reasons(look.one, target, look.window.note))
                found[self.references.ids[target]] = evidence
        return found

    def _lean(self, found: Found, reading: Reading) -> None:
        """Take over what speaks for targets in the messages leant on, singly and together. A weak
        lean makes a target grey; so does a strong one across a later message with a name of its
        own, which the message may mean as well."""
        *before, together = self._evidence([*reading.earlier, _together(reading)])
        sure: set[str] = set()
        weak = reading.lean is Lean.WEAK
        for text, evidence in zip(reading.earlier, before, strict=True):
            mine = {t for t, one in evidence.items() if one.score >= self._at.sure} - sure
            self._carry(found, {target: evidence[target] for target in mine}, weak)
            sure |= mine
            weak = weak or (not mine and brings_a_name(text))
        rest = {t: one for t, one in together.items() if t not in sure}
        self._carry(found, rest, reading.lean is Lean.WEAK)

    def _carry(self, found: Found, earlier: Found, weak: bool) -> None:
        for target, before in earlier.items():
            if before.score < self._at.sure:
                continue
            score = self._at.grey if weak else _CARRY * before.score
            keep_best(found, {target: Evidence(score, [_CARRY_REASON])})

    def _verdict(self, found: Found, at: Thresholds) -> Verdict:
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


def _level(score: float, at: Thresholds) -> Level:
    if score >= at.sure:
        return Level.SURE
    return Level.GREY if score >= at.grey else Level.CLEAR


def _together(reading: Reading) -> str:
    """A question that is put together over several messages, in one piece."""
    earlier: Iterable[str] = reversed(reading.earlier[:_TOGETHER])
    return "\n".join((*earlier, reading.message))
