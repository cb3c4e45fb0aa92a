"""Release: text leaves only when it can no longer become forbidden, a checked sentence at a time.

Nothing is ever shown and then taken back. A sentence that fails its check is dropped before anyone
saw it. When it gave away a target whose policy is an answer of its own, that answer ends the reply:
going on under masks would make the model say something else that is not so. Otherwise generation
goes on from what was shown under a tighter restriction, and after a few tries the reply is
declined. An error in a check withholds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import structlog

from guardrail.decision import DECLINED
from guardrail.guard import Guard
from guardrail.phrasing import content_phrases
from guardrail.restriction.phrases import Phrase

if TYPE_CHECKING:
    from guardrail.generation.engine import Generation

__all__ = ["Release", "cut"]

# A sentence is over at its mark once a space follows, or at the end of a line.
_MARK = r"[.!?…。！？]+[\"'”’)\]]*"
_END = re.compile(rf"{_MARK}\s+|\n+")
_PERHAPS = re.compile(rf"{_MARK}$")

log = structlog.get_logger(__name__)

_Asked = tuple[str, tuple[str, ...], tuple[str, ...]]
Start = Callable[[str, tuple[str, ...], tuple[Phrase, ...]], "Generation"]


def cut(text: str) -> list[str]:
    """The finished sentences of a text, and the rest, which may be empty."""
    cuts = [0, *(match.end() for match in _END.finditer(text)), len(text)]
    return [text[a:b] for a, b in pairwise(cuts)]


@dataclass(slots=True)
class Release:
    """One reply on its way out.

    ``start(shown, restricted, extra)`` begins a generation that goes on after the text already
    shown, under the phrases of the targets ``restricted`` and the phrases ``extra``; it is called
    at most ``tries`` times. With ``check`` text leaves by checked sentences, without it at the
    delay of a phrase's prefix. ``generation`` is the last one.
    """

    guard: Guard
    question: str
    start: Start
    restricted: tuple[str, ...] = ()
    check: bool = True
    extra: tuple[Phrase, ...] = ()
    tries: int = 3
    text: str = ""
    withheld: bool = False
    finish_reason: str = "stop"
    tokens: int = 0
    generation: Generation | None = None
    _ending: str | None = field(default=None, init=False)
    _last: tuple[_Asked, tuple[bool, tuple[str, ...]]] | None = field(default=None, init=False)

    def run(self) -> Iterator[str]:
        """Text as it may be shown; ``text`` is all of it when the iteration ends."""
        for _ in range(self.tries):
            rejected = yield from self._attempt()
            if rejected is None:
                return
            self.withheld = True
            if self._ending is not None:
                break
            self.extra += tuple(content_phrases(rejected, self.question))
        gap = "" if not self.text or self.text[-1].isspace() else " "
        yield self._shown(gap + (self._ending or DECLINED))
        self.finish_reason = "stop"

    def _attempt(self) -> Generator[str, None, str | None]:
        """Generate on from what was shown; returns the piece of text that failed, if one did."""
        generation = self.generation = self.start(self.text, self.restricted, self.extra)
        gate = self.guard.gate(self.restricted, self.extra)
        pending = ""
        try:
            for piece in generation:
                self.tokens += len(piece.token_ids)
                pending += gate.feed(piece.text)
                if gate.blocked:
                    return pending + gate.refused
                ready, pending = self._ready(pending)
                for sentence in ready:
                    if not self._passes(sentence):
                        return sentence
                    yield self._shown(sentence)
                waiting = pending + gate.held
                if self.check and _PERHAPS.search(waiting):
                    self._judged(waiting)  # most likely whole: judged while the model goes on
        finally:
            generation.cancel()
        pending += gate.finish()
        # A caller that could cut a sentence before its check would learn what the next word is.
        whole = pending + generation.stopped_at
        cut = self.check and (generation.stopped_at or generation.finish_reason == "length")
        if gate.blocked or not self._passes(whole, self.guard.endings(whole) if cut else ()):
            return pending + gate.refused
        if pending:
            yield self._shown(pending)
        self.finish_reason = generation.finish_reason
        return None

    def _ready(self, pending: str) -> tuple[list[str], str]:
        """The finished sentences of what the gate let through, and the rest."""
        if not self.check:
            return ([pending] if pending else []), ""
        *sentences, rest = cut(pending)
        return sentences, rest

    def _passes(self, sentence: str, also: Sequence[str] = ()) -> bool:
        if not self.check or not sentence.strip():
            return True
        allowed, given_away = self._judged(sentence, also)
        self.restricted = tuple(dict.fromkeys((*self.restricted, *given_away)))
        if not allowed:
            self._ending = self.guard.decide(given_away).answer
        return allowed

    def _judged(self, sentence: str, also: Sequence[str] = ()) -> tuple[bool, tuple[str, ...]]:
        """What the guard says of a sentence; the last answer is kept, for the sentence with or
        without the space after it."""
        asked = (sentence.strip(), self.restricted, tuple(also))
        if self._last is None or self._last[0] != asked:
            self._last = (asked, self._allows(sentence, *asked[1:]))
        return self._last[1]

    def _allows(
        self, sentence: str, restricted: tuple[str, ...], also: tuple[str, ...]
    ) -> tuple[bool, tuple[str, ...]]:
        try:
            return self.guard.allows(self.question, sentence, restricted, also)
        except Exception:  # noqa: BLE001 - whatever went wrong, what was not judged is not shown
            log.error("a sentence check failed; the sentence is withheld")
            return False, ()

    def _shown(self, text: str) -> str:
        self.text += text
        return text
