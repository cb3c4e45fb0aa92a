"""Finding phrases in finished text, at their original positions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from guardrail.restriction.normalize import BOUNDARY, normalize, squeeze
from guardrail.restriction.phrases import Phrase
from guardrail.restriction.trie import ANYWHERE, WORD, Trie

__all__ = ["Follower", "Match", "Matcher"]

_FEW = 64  # phrases up to which a substring search each is quicker than following the trie


@dataclass(frozen=True, slots=True)
class Match:
    """``phrase`` stands at ``text[start:end]``."""

    start: int
    end: int
    phrase: Phrase


class Matcher:
    """Finds phrases in text, under the same normalisation that restricts generation."""

    def __init__(self, phrases: Iterable[Phrase] = ()) -> None:
        self.phrases = tuple(dict.fromkeys(phrases))
        self.trie = Trie(self.phrases)

    def contains(self, text: str) -> bool:
        """Whether any phrase stands in ``text``."""
        return next(self._search(text), None) is not None

    def find(self, text: str) -> list[Match]:
        """Every occurrence, in order of its end; overlapping ones too."""
        return list(self._search(text))

    def _search(self, text: str) -> Iterator[Match]:
        if not self._possible(text):
            return
        follower = Follower(self.trie)
        for position, character in enumerate(text):
            yield from follower.feed(character, position)
        yield from follower.finish()

    def _possible(self, text: str) -> bool:
        """A cheap "certainly not" for the usual text and few phrases."""
        forms = (*self.trie.words, *self.trie.parts)
        if len(forms) > _FEW:
            return True
        letters = squeeze(normalize(text))
        return any(form in letters for form in forms)


class Follower:
    """Follows text character by character, keeping where each match under way began."""

    def __init__(self, trie: Trie) -> None:
        self._trie = trie
        self._active: list[tuple[int, int]] = []  # node, start position
        self._edge = True
        self._last = 0  # one past the last letter

    @property
    def earliest(self) -> int | None:
        """Where the longest match under way began, if there is one."""
        return min((start for _, start in self._active), default=None)

    def feed(self, character: str, position: int) -> Iterator[Match]:
        """The matches that ``character``, at ``position``, makes certain."""
        for letter in normalize(character):
            if letter == BOUNDARY:
                if not self._edge:  # in a run of separators, only the first ends a word
                    yield from self._ended(whole=True)
                # What cannot go on is no longer under way.
                self._active = [(n, s) for n, s in self._active if self._trie.children[n]]
                self._edge = True
                continue
            self._letter(letter, position)
            yield from self._ended(whole=False)

    def finish(self) -> Iterator[Match]:
        """The matches that the end of the text makes certain."""
        if not self._edge:
            yield from self._ended(whole=True)

    def _letter(self, letter: str, position: int) -> None:
        children = self._trie.children
        active = [
            (child, start)
            for node, start in self._active
            if (child := children[node].get(letter)) is not None
        ]
        active += [
            (child, position)
            for root in ((ANYWHERE, WORD) if self._edge else (ANYWHERE,))
            if (child := children[root].get(letter)) is not None
        ]
        self._active, self._edge, self._last = active, False, position + 1

    def _ended(self, *, whole: bool) -> Iterator[Match]:
        for node, start in self._active:
            if (node in self._trie.whole) == whole:
                for phrase in self._trie.end.get(node, ()):
                    yield Match(start, self._last, phrase)
