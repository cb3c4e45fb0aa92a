"""What a guard makes of one revision of a forget set: phrases, matchers, bans, the detector."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from guardrail.decision import DECLINED
from guardrail.detection.detector import Detector
from guardrail.detection.views import closed_up, decoded, spellings
from guardrail.extraction import everyday_words, telling_words
from guardrail.phrasing import global_phrases, target_phrases
from guardrail.recent import Recent, digest
from guardrail.restriction.matcher import Matcher
from guardrail.restriction.phrases import Phrase
from guardrail.restriction.redaction import REDACTED, has_letters, holds, redact
from guardrail.targets import Policy, Target
from guardrail.unfinished import Unfinished

if TYPE_CHECKING:
    from guardrail.restriction.lift import Ban
    from guardrail.restriction.vocabulary import Vocabulary
    from memory.embedding import Embedder

__all__ = ["Compiled"]

_REMEMBERED = 20_000  # texts whose answer is kept, at some 100 bytes each
_T = TypeVar("_T")
_Key = tuple[tuple[str, ...], tuple[Phrase, ...]]
"""The targets that a reply is restricted for, and the phrases that it may not hold besides."""
_KEPT = 32  # compiled phrase sets: one for each combination of targets that came up lately


class Compiled:
    """Everything made from one revision of a forget set."""

    def __init__(self, revision: int, targets: Sequence[Target], detector: Detector | None) -> None:
        self.revision = revision
        self.targets = {target.id: target for target in targets}
        self.enforced = {t.id for t in targets if t.policy is not Policy.OBSERVE}
        self.maybe_detector = detector  # None without targets: then the embedder is not needed
        self.patterns = tuple(p for t in targets if t.id in self.enforced for p in t.patterns)
        self._lettered = tuple(filter(has_letters, self.patterns))
        self._global = tuple(global_phrases(targets))
        self._lock = threading.Lock()
        self._withheld: Recent[bool] = Recent(_REMEMBERED)
        self._matchers: OrderedDict[_Key, Matcher] = OrderedDict()
        self._bans: OrderedDict[_Key, Ban] = OrderedDict()

    @property
    def detector(self) -> Detector:
        """The detector; there is one whenever there are targets."""
        assert self.maybe_detector is not None
        return self.maybe_detector

    @cached_property
    def unfinished(self) -> Unfinished:
        """What a word that was cut off may have been."""
        enforced = [self.targets[id_] for id_ in self.enforced]
        return Unfinished(text for t in enforced for text in (*t.texts, *t.phrases))

    def corrected(self, target: Target) -> str:
        """A target's correction as it may be shown: it may name its own target, and nothing that
        another one withholds."""
        others = [other for id_, other in self.targets.items() if id_ != target.id]
        theirs = set(global_phrases(others))
        text = target.correction or DECLINED
        if any(match.phrase in theirs for match in self.matcher(()).find(text)):
            return DECLINED
        return redact(text, (p for t in others if t.id in self.enforced for p in t.patterns))

    def phrases(self, restricted: tuple[str, ...]) -> tuple[Phrase, ...]:
        """The phrases in force for a reply restricted for these targets."""
        chosen = [self.targets[id_] for id_ in restricted if id_ in self.targets]
        return tuple(dict.fromkeys((*self._global, *target_phrases(chosen))))

    def withheld(self, texts: Sequence[str]) -> list[bool]:
        """Which texts hold a global phrase or are surely about a target. The same memories come up
        turn after turn, so answers are kept for as long as the forget set stays as it is."""
        digests = [digest(text) for text in texts]
        known = self._withheld.known(digests)
        new = {d: t for d, t in zip(digests, texts, strict=True) if d not in known}
        matcher = self.matcher(())
        verdicts = self.detector.judge_texts(list(new.values()))
        judged = {
            each: matcher.contains(text) or bool(set(verdict.sure) & self.enforced)
            for (each, text), verdict in zip(new.items(), verdicts, strict=True)
        }
        self._withheld.keep(judged)
        known |= judged
        return [known[each] for each in digests]

    def matcher(self, restricted: tuple[str, ...], extra: tuple[Phrase, ...] = ()) -> Matcher:
        """The matcher of the global phrases, those of ``restricted``, and ``extra``; kept."""
        key = restricted, extra  # not the phrases: hashing thousands takes longer than matching
        with self._lock:
            if key not in self._matchers:
                self._matchers[key] = Matcher([*self.phrases(restricted), *extra])
            return _recent(self._matchers, key)

    def forbids(self, draft: str, restricted: tuple[str, ...]) -> bool:
        """Whether a draft holds a phrase in force, however it is written, or a pattern (one with
        letters of its own also backwards or in spaced letters); a name in another script too, of
        the targets whose name would be one in this."""
        matcher = self.matcher(restricted)
        if any(matcher.contains(form) for form in spellings(draft)):
            return True
        # What was blacked out is no secret, though a form of letters alone would be found in it.
        rest = draft.replace(REDACTED, "")
        if any(holds(form, self.patterns) for form in decoded(rest)):
            return True
        if any(holds(form, self._lettered) for form in (rest[::-1], closed_up(rest))):
            return True
        return any(self._unnamed(id_, restricted) for id_ in self.detector.sounds.targets(draft))

    def _unnamed(self, id_: str, restricted: tuple[str, ...]) -> bool:
        """Whether the name of a target may not be said."""
        names = self.targets[id_].names
        told = names == "always" or (names == "when_flagged" and id_ in restricted)
        return told and id_ in self.enforced

    def ban(
        self,
        restricted: tuple[str, ...],
        extra: tuple[Phrase, ...],
        tokenizer: Any,
        vocab_size: int | None,
        embedder: Embedder | None,
    ) -> Ban:
        """The phrases compiled; with an embedder, words of like meaning are disfavoured too."""
        from guardrail.restriction.lift import Ban
        from guardrail.restriction.vocabulary import Vocabulary

        key = restricted, extra
        with self._lock:
            if key not in self._bans:
                vocabulary = Vocabulary.from_tokenizer(tokenizer, vocab_size)
                near = self._near(restricted, vocabulary, embedder) if embedder else {}
                self._bans[key] = Ban(vocabulary, (*self.phrases(restricted), *extra), near)
            return _recent(self._bans, key)

    def softened(self, ban: Ban, restricted: tuple[str, ...], asked: str, tokenizer: Any) -> Ban:
        """The ban for one prompt: what the texts of steered targets say, and the prompt does not,
        is made unlikely."""
        from guardrail.restriction.content import STRENGTH, content_tokens, content_words

        chosen = (self.targets[id_] for id_ in restricted if id_ in self.targets)
        texts = [
            text
            for target in chosen
            if target.policy is Policy.STEER
            for text in (*target.all_names, *target.texts)
        ]
        if not texts:
            return ban
        common = everyday_words()
        words = content_words(texts, common)
        return ban.discouraging(content_tokens(words, asked, common, tokenizer), STRENGTH)

    def _near(
        self, restricted: tuple[str, ...], vocabulary: Vocabulary, embedder: Embedder
    ) -> dict[int, float]:
        from guardrail.restriction.meaning import WordMeanings

        chosen = [self.targets[id_] for id_ in restricted if id_ in self.targets]
        words = telling_words(text for target in chosen for text in target.phrases)
        return WordMeanings.of(vocabulary, embedder).near(words, spare=everyday_words())


def _recent(cache: OrderedDict[_Key, _T], key: _Key) -> _T:
    """The entry, now the newest; the oldest leave."""
    cache.move_to_end(key)
    while len(cache) > _KEPT:
        cache.popitem(last=False)
    return cache[key]
