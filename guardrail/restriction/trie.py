"""The phrases as one trie, followed through normalised text by the set of matches under way.

A set of trie nodes, rather than the single state of an Aho-Corasick automaton, because whether a
whole-word phrase may begin depends on the boundary before it, which a failure link cannot see.
There is seldom more than one node in the set: a match under way begins at a word's edge.
"""

from __future__ import annotations

from collections.abc import Iterable

from guardrail.restriction.normalize import BOUNDARY
from guardrail.restriction.phrases import Phrase, forms

__all__ = ["ANYWHERE", "WORD", "Trie"]

ANYWHERE = 0
"""Root of the phrases that may begin at any letter."""
WORD = 1
"""Root of the phrases that may begin at a word's edge only."""


class Trie:
    """Phrases by their letters. Node 0 is the root of phrases found anywhere, node 1 of whole
    words; ``end`` maps a final node to its phrases, ``whole`` holds every node under root 1.

    ``words`` and ``parts`` hold the letters of whole-word phrases and of the others.
    """

    def __init__(self, phrases: Iterable[Phrase] = ()) -> None:
        self.children: list[dict[str, int]] = [{}, {}]
        self.end: dict[int, list[Phrase]] = {}
        self.whole = {WORD}
        self.words: set[str] = set()
        self.parts: set[str] = set()
        for phrase in phrases:
            self.add(phrase)

    def add(self, phrase: Phrase) -> None:
        """Add one phrase: linear in its length."""
        for letters, whole in forms(phrase):
            node = WORD if whole else ANYWHERE
            known = self.words if whole else self.parts
            known.add(letters)
            for letter in letters:
                node = self._child(node, letter)
            self.end.setdefault(node, []).append(phrase)

    def holds(self, phrase: Phrase) -> bool:
        """Whether this very phrase was added and not removed."""
        return all(
            letters in (self.words if whole else self.parts)
            and phrase in self.end.get(self._at(letters, whole), ())
            for letters, whole in forms(phrase)
        )

    def phrases(self, letters: str, whole: bool) -> list[Phrase]:
        """The phrases of which these letters are a form."""
        return self.end[self._at(letters, whole)]

    def path(self, letters: str, whole: bool) -> list[int]:
        """The node after each of these letters, which were added."""
        node, nodes = WORD if whole else ANYWHERE, []
        for letter in letters:
            node = self.children[node][letter]
            nodes.append(node)
        return nodes

    def _at(self, letters: str, whole: bool) -> int:
        """The node of these letters, which were added."""
        return self.path(letters, whole)[-1]

    def remove(self, phrase: Phrase) -> None:
        """Take one phrase out; its nodes stay, and lead to nothing. Linear in its length."""
        for letters, whole in forms(phrase):
            node = self._at(letters, whole)
            self.end[node].remove(phrase)
            if not self.end[node]:
                del self.end[node]
                (self.words if whole else self.parts).discard(letters)

    def _child(self, node: int, letter: str) -> int:
        child = self.children[node].get(letter)
        if child is None:
            child = len(self.children)
            self.children[node][letter] = child
            self.children.append({})
            if node in self.whole:
                self.whole.add(child)
        return child

    def advance(self, active: tuple[int, ...], edge: bool, letter: str) -> tuple[int, ...]:
        """The nodes after one letter. ``edge``: a boundary, or nothing, stands before it."""
        children = self.children
        found = [child for node in active if (child := children[node].get(letter)) is not None]
        if (child := children[ANYWHERE].get(letter)) is not None:
            found.append(child)
        if edge and (child := children[WORD].get(letter)) is not None:
            found.append(child)
        return tuple(found)

    def run(
        self, active: tuple[int, ...], edge: bool, normal: str
    ) -> tuple[tuple[int, ...], bool, bool]:
        """Follow a piece of normalised text: the nodes and edge after it, and whether a phrase
        ended in it. A whole-word phrase that stands complete at its end counts as ended."""
        hit = False
        end, whole = self.end, self.whole
        for letter in normal:
            if letter == BOUNDARY:
                hit = hit or any(node in end and node in whole for node in active)
                edge = True
                continue
            if active or edge or self.parts:  # else no letter begins anything
                active = self.advance(active, edge, letter)
                hit = hit or any(node in end and node not in whole for node in active)
            edge = False
        return active, edge, hit or any(node in end for node in active)
