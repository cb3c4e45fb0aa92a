"""Finding phrases in finished text, at their original positions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from guardrail.restriction.normalize import BOUNDARY, normalize, squeeze
from guardrail.restriction.phrases import Phrase
from guardrail.restriction.trie import ANYWHERE, WORD, Trie

__all__ = ["Follower", "Match", "Matcher"]


@dataclass(frozen=True, slots=True)
class Match:
    """``phrase`` stands at ``text[start:end]``."""

    start: int
    end: int
    phrase: Phrase


class Matcher:
    """Finds phrases in text, under the same normalisation that restricts generation.

    A look at each word's edge (at each letter, for phrases found anywhere), then one for each
    length of a phrase where the first letters are those of one: linear in the text, whatever the
    number of phrases.
    """

    def __init__(self, phrases: Iterable[Phrase] = ()) -> None:
        self.phrases = tuple(dict.fromkeys(phrases))
        self.trie = Trie(self.phrases)
        self._words = _Forms(self.trie.words)
        self._parts = _Forms(self.trie.parts)

    def contains(self, text: str) -> bool:
        """Whether any phrase stands in ``text``."""
        return next(self._hits(normalize(text)), None) is not None

    def find(self, text: str) -> list[Match]:
        """Every occurrence, in order of its end; overlapping ones too."""
        hits = list(self._hits(normalize(text)))
        if not hits:
            return []
        # Where each letter of the normal form stands.
        at = [i for i, ch in enumerate(text) for _ in squeeze(normalize(ch))]
        hits.sort(key=lambda hit: (hit[1], hit[0]))
        return [
            Match(at[start], at[end - 1] + 1, phrase)
            for start, end, whole, letters in hits
            for phrase in self.trie.phrases(letters, whole)
        ]

    def _hits(self, normal: str) -> Iterator[tuple[int, int, bool, str]]:
        """Start and end among the letters, whether between word edges, and the letters."""
        if not self.phrases:
            return
        words = normal.split(BOUNDARY)
        letters = "".join(words)
        edges = list(accumulate(map(len, words), initial=0))
        ends = set(edges)
        for start, end, form in self._words.at(letters, dict.fromkeys(edges)):
            if end in ends:
                yield start, end, True, form
        for start, end, form in self._parts.at(letters, range(len(letters))):
            yield start, end, False, form


class _Forms:
    """Forms of phrases, by their first letters and their lengths."""

    def __init__(self, forms: set[str]) -> None:
        self._forms = forms
        self._lengths = sorted({len(form) for form in forms})
        self._first = self._lengths[0] if forms else 0
        self._heads = {form[: self._first] for form in forms}

    def at(self, letters: str, starts: Iterable[int]) -> Iterator[tuple[int, int, str]]:
        """Which stand in ``letters`` at any of ``starts``: start, end, form."""
        if not self._forms:
            return
        first, heads = self._first, self._heads
        for start in starts:
            if letters[start : start + first] not in heads:
                continue
            for length in self._lengths:
                form = letters[start : start + length]
                if form in self._forms and len(form) == length:
                    yield start, start + length, form


class Follower:
    """Follows text character by character, keeping where each match under way began."""

    def __init__(self, trie: Trie) -> None:
        self._trie = trie
        self._active: list[tuple[int, int]] = []  # node, start position
        self._edge = True
        self._last = 0  # one past the last letter
        self._grown: list[tuple[int, int, int]] = []

    @property
    def earliest(self) -> int | None:
        """Where the longest match under way began, if there is one."""
        return min((start for _, start in self._active), default=None)

    def safe(self, position: int) -> int:
        """The last place up to ``position`` where the text could end without ending in a phrase.

        "Kingdom" cut after "King" would show a phrase that the text does not hold.
        """
        for start, first, last in reversed(self._grown):
            if first <= position <= last:
                position = start
        self._grown = [grown for grown in self._grown if grown[2] > position]
        return position

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
        children, trie = self._trie.children, self._trie
        if self._active and not self._edge:
            whole = [s for node, s in self._active if node in trie.end and node in trie.whole]
            if whole:  # complete, had the word ended here
                self._grown.append((min(whole), self._last, position))
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
