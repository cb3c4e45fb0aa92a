"""``Guard``: the one door to detection and restriction, usable without the chat."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guardrail.asked import asked, rows_of
from guardrail.compiled import Compiled
from guardrail.decision import Decision, decide
from guardrail.detection import Verdict
from guardrail.detection.detector import Detector
from guardrail.detection.model import DetectorModel, Thresholds
from guardrail.errors import InvalidInput
from guardrail.restriction.gate import StreamGate
from guardrail.restriction.matcher import Matcher
from guardrail.restriction.phrases import Phrase
from guardrail.restriction.redaction import Gate, RedactingGate
from guardrail.targets import ForgetSet, Target

if TYPE_CHECKING:
    from guardrail.attach import Attachment
    from guardrail.restriction.lift import Ban
    from guardrail.restriction.processor import GuardLogitsProcessor
    from guardrail.streaming import GuardStreamer
    from memory.embedding import Embedded, Embedder

__all__ = ["Guard"]


class Guard:
    """Detection and restriction over one forget set. Thread-safe.

    ``tokenizer`` is needed only for ``logits_processor``; ``vocab_size`` is the width of the
    model's logits where it is padded beyond the tokenizer. With ``meaning`` a restricted reply is
    also discouraged from words that mean much the same as those of the target's phrases. Changes of
    the forget set are in force at the next call.
    """

    def __init__(
        self,
        forget_set: ForgetSet | None = None,
        *,
        tokenizer: Any = None,
        vocab_size: int | None = None,
        embedder: Embedder | None = None,
        thresholds: Thresholds | None = None,
        answer_thresholds: Thresholds | None = None,
        model: DetectorModel | None = None,
        meaning: bool = False,
    ) -> None:
        self.forget_set = forget_set if forget_set is not None else ForgetSet()
        self.tokenizer = tokenizer
        self._vocab_size = vocab_size
        self._embedder = embedder
        self._judging: dict[str, Any] = {
            "thresholds": thresholds,
            "answer_thresholds": answer_thresholds,
            "model": model,
        }
        self._meaning = meaning
        self._lock = threading.RLock()
        self._compiled: Compiled | None = None

    @classmethod
    def from_forget_set(cls, forget_set: ForgetSet | str | Path, **arguments: Any) -> Guard:
        """A guard over a forget set, or over the forget file at that path.

        Raises ``ForgetFileError``.
        """
        if not isinstance(forget_set, ForgetSet):
            forget_set = ForgetSet.load(forget_set)
        return cls(forget_set, **arguments)

    def __repr__(self) -> str:
        return f"<Guard over {self.forget_set!r}>"

    @property
    def embedder(self) -> Embedder:
        """What texts are compared with; the default one is made when first needed."""
        if self._embedder is None:
            from guardrail.memory_link import memory

            self._embedder = memory.default_embedder()
        return self._embedder

    def share(self, embedder: Embedder) -> None:
        """Use this embedder where it makes the same vectors (by its name) as the one in use, so
        that what it has embedded lately is not embedded again; also where none was given."""
        if self._embedder is None or self._embedder.name == embedder.name:
            self._embedder = embedder

    def check(
        self,
        messages: str | Sequence[Mapping[str, object]],
        *,
        embedded: Embedded | None = None,
    ) -> Verdict:
        """The verdict on a prompt, or on the last user message of a conversation.

        ``embedded`` is that message already embedded, to save a second pass.
        """
        compiled = self._current()
        if not compiled.targets:
            return Verdict()
        return compiled.detector.judge(messages, embedded=embedded)

    def scores(self, prompts: Sequence[str]) -> list[float]:
        """The best score of each prompt with any target, whatever the thresholds are."""
        detector = self._current().maybe_detector
        return detector.scores(prompts) if detector else [0.0] * len(prompts)

    def answer_scores(self, question: str, sentences: Sequence[str]) -> list[float]:
        """The best score of each sentence of a reply with any target, as an answer to the question,
        whatever the thresholds are."""
        detector = self._current().maybe_detector
        return detector.answer_scores(question, sentences) if detector else [0.0] * len(sentences)

    def dry_run(self, target: Target, prompts: Sequence[str] | None = None) -> list[Verdict]:
        """What a target would do to prompts before it is added: their verdicts for it alone, by
        default on the neutral prompts of the project. None of those should be sure."""
        from guardrail.extraction import neutral_prompts

        prompts = neutral_prompts() if prompts is None else prompts
        return Detector([target], self.embedder, **self._judging).judge_texts(prompts)

    def decide(self, verdict: Verdict | Sequence[str]) -> Decision:
        """What a verdict, or the ids of targets that are surely meant, leads to. Of several targets
        the strictest policy wins."""
        current = self._current()
        return decide(verdict, current.targets, current.enforced, current.corrected)

    def withhold(self, texts: Sequence[str]) -> list[bool]:
        """Which texts must not reach a prompt or a user, for memories: those that hold a global
        phrase or are surely about a target."""
        compiled = self._current()
        if not compiled.enforced or not texts:
            return [False] * len(texts)
        return compiled.withheld(texts)

    def allows(
        self,
        question: str,
        sentence: str,
        restricted: Sequence[str] = (),
        also: Sequence[str] = (),
    ) -> tuple[bool, tuple[str, ...]]:
        """Whether a finished sentence of a reply may be shown, and the targets it gives away.

        It may not hold a phrase in force, however it is written, nor a pattern, nor answer its
        question as what is known of a target does; of targets in ``restricted``, for which the
        question itself was in doubt, a doubt about the answer is enough. ``also`` are other forms
        of the sentence, such as ``endings``, of which none may be so; all are judged in one batch.
        """
        compiled = self._current()
        if not compiled.enforced:
            return True, ()
        drafts = [sentence, *also]
        if any(compiled.forbids(draft, tuple(restricted)) for draft in drafts):
            return False, ()
        given: set[str] = set()
        for verdict in compiled.detector.judge_answers(question, drafts):
            given |= set(verdict.sure) | (set(verdict.flagged) & set(restricted))
        found = tuple(sorted(given & compiled.enforced))
        return not found, found

    def endings(self, sentence: str) -> list[str]:
        """A sentence that was cut in a word, as the texts of targets would finish that word."""
        compiled = self._current()
        return compiled.unfinished.endings(sentence) if compiled.enforced else []

    def matcher(self, restricted: Sequence[str] = (), extra: Sequence[Phrase] = ()) -> Matcher:
        """Finds the phrases in force: the global ones, those of ``restricted``, and ``extra``."""
        return self._current().matcher(tuple(restricted), tuple(extra))

    def gate(self, restricted: Sequence[str] = (), extra: Sequence[Phrase] = ()) -> Gate:
        """A gate that lets streamed text through only when it can no longer become a phrase, or
        what the patterns in force black out."""
        current = self._current()
        gate = StreamGate(current.matcher(tuple(restricted), tuple(extra)))
        return RedactingGate(gate, current.patterns) if current.patterns else gate

    def shown(self, text: str) -> str:
        """A finished text as a reply may show it: what the patterns in force find blacked out, and
        ended before a phrase."""
        current = self._current()
        if not current.patterns and not current.matcher(()).contains(text):
            return text  # what the gate would give, letter by letter
        gate = self.gate()
        return gate.feed(text) + gate.finish()

    def streamer(
        self,
        on_text: Callable[[str], None],
        *,
        restricted: Sequence[str] = (),
        skip_prompt: bool = True,
    ) -> GuardStreamer:
        """A streamer for transformers' ``generate`` that hands text on when it can no longer
        become a forbidden phrase: with the least delay that allows, and never to be taken back."""
        from guardrail.streaming import GuardStreamer

        if self.tokenizer is None:
            raise InvalidInput("this Guard has no tokenizer; pass tokenizer= when making it")
        gate = self.gate(restricted)
        return GuardStreamer(self.tokenizer, gate, on_text, skip_prompt=skip_prompt)

    def logits_processor(
        self,
        prompt_ids: Any,
        *,
        verdict: Verdict | None = None,
        restricted: Sequence[str] | None = None,
        extra: Sequence[Phrase] = (),
    ) -> GuardLogitsProcessor:
        """The processor for one call of ``generate`` on ``prompt_ids``: ids (n,) or (batch, n).

        Without a verdict each row is decoded and judged by itself, so that rows of one batch may
        be restricted differently; ``restricted`` names targets outright.
        """
        from guardrail.restriction.processor import GuardLogitsProcessor

        bans = self.bans(prompt_ids, verdict=verdict, restricted=restricted, extra=extra)
        rows = rows_of(prompt_ids)
        return GuardLogitsProcessor(bans, rows, eos_token_id=self.tokenizer.eos_token_id)

    def bans(
        self,
        prompt_ids: Any,
        *,
        verdict: Verdict | None = None,
        restricted: Sequence[str] | None = None,
        extra: Sequence[Phrase] = (),
    ) -> list[Ban]:
        """The compiled ban for each row of ids (n,) or (batch, n); see ``logits_processor``."""
        rows = rows_of(prompt_ids)
        named = None if restricted is None else tuple(restricted)
        return [self._row_ban(row, verdict, named, tuple(extra)) for row in rows]

    def attach(self, model: Any, targets: Sequence[str] | None = None) -> Attachment:
        """Restrict everything that ``model`` generates and scores, until ``detach``; usable in a
        ``with`` statement. ``targets`` are ids restricted throughout; without them each row is
        judged by itself. See ``guardrail.attach``."""
        from guardrail.attach import Attachment

        return Attachment(self, model, targets)

    def prepare(self) -> None:
        """Compile everything now, so that the first message does not wait for it."""
        self._current()
        if self.tokenizer is not None:
            self._ban((), ())

    def _row_ban(
        self,
        row: list[int],
        verdict: Verdict | None,
        restricted: tuple[str, ...] | None,
        extra: tuple[Phrase, ...],
    ) -> Ban:
        if restricted == ():
            return self._ban((), extra)
        question = asked(self.tokenizer, row)
        if restricted is None:
            restricted = self._restricted_for(row, question, verdict)
        ban = self._ban(restricted, extra)
        return self._current().softened(ban, restricted, question or "", self.tokenizer)

    def _restricted_for(
        self, row: list[int], question: str | None, verdict: Verdict | None
    ) -> tuple[str, ...]:
        """A question is judged with all that stands around it and, because a long system message
        or an answer that is scored would drown it, by itself."""
        if verdict is not None:
            return self.decide(verdict).restricted
        texts = [self._decode(row), *([question] if question else [])]
        found = [id_ for text in texts for id_ in self.decide(self.check(text)).restricted]
        return tuple(dict.fromkeys(found))

    def _decode(self, row: list[int]) -> str:
        if self.tokenizer is None:
            raise InvalidInput("this Guard has no tokenizer; pass tokenizer= when making it")
        return str(self.tokenizer.decode(row, skip_special_tokens=True))

    def _ban(self, restricted: tuple[str, ...], extra: tuple[Phrase, ...]) -> Ban:
        if self.tokenizer is None:
            raise InvalidInput("this Guard has no tokenizer; pass tokenizer= when making it")
        embedder = self.embedder if self._meaning and restricted else None
        return self._current().ban(restricted, extra, self.tokenizer, self._vocab_size, embedder)

    def _current(self) -> Compiled:
        """What was compiled from the forget set, made anew when the set has changed."""
        revision, targets = self.forget_set.snapshot()
        with self._lock:
            if self._compiled is None or self._compiled.revision != revision:
                self._compiled = Compiled(revision, targets, self._make_detector(targets))
            return self._compiled

    def _make_detector(self, targets: Sequence[Target]) -> Detector | None:
        if not targets:
            return None
        former = self._compiled.maybe_detector if self._compiled else None
        return Detector(targets, self.embedder, former=former, **self._judging)
