"""The stream gate: text passes when it can no longer become a forbidden phrase."""

from __future__ import annotations

from guardrail.restriction.matcher import Follower, Matcher
from guardrail.restriction.normalize import BOUNDARY, normalize

__all__ = ["StreamGate"]


class StreamGate:
    """Holds back a tail that may be the beginning of a phrase and passes everything else at once.

    The restriction keeps phrases from being generated; the gate is the second net, and works on
    text from anywhere. When a phrase is completed all the same, ``blocked`` is set, ``refused`` is
    the text from the phrase's first letter on, and nothing of it is ever passed. ``held`` is what
    waits.
    """

    def __init__(self, matcher: Matcher) -> None:
        self._follower = Follower(matcher.trie)
        self.held = ""
        self._passed = 0  # characters passed
        self.blocked = False
        self.refused = ""

    def feed(self, delta: str) -> str:
        """What may be shown now."""
        if self.blocked:
            return ""
        position = self._passed + len(self.held)
        self.held += delta
        for offset, character in enumerate(delta):
            for match in self._follower.feed(character, position + offset):
                return self._block(match.start)
        earliest = self._follower.earliest
        end = self._passed + len(self.held) if earliest is None else earliest
        return self._pass(max(0, self._follower.safe(end) - self._passed))

    def finish(self) -> str:
        """The rest, if it is no phrase."""
        if self.blocked:
            return ""
        for match in self._follower.finish():
            return self._block(match.start)
        return self._pass(len(self.held))

    def _pass(self, length: int) -> str:
        shown, self.held = self.held[:length], self.held[length:]
        self._passed += length
        return shown

    def _block(self, start: int) -> str:
        """Pass what stands before the phrase, back to the edge of a word: cut elsewhere, the text
        shown could end in a word that it does not hold."""
        self.blocked = True
        length = max(0, start - self._passed)
        while length and normalize(self.held[length - 1]) != BOUNDARY:
            length -= 1
        shown = self._pass(length)
        self.refused, self.held = self.held, ""
        return shown
