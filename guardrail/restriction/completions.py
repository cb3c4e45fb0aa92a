"""What each trie node brings to a mask, worked out while the phrases are added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

from guardrail.restriction.vocabulary import Vocabulary

__all__ = ["Completions"]

_FROM = 0.7  # share of a phrase from which its continuation is discouraged
_STRENGTH = 10.0  # logits taken off just before the last letter


class Completions:
    """For every node, the tokens that complete a phrase after it: where words must be whole the
    tokens that are just the rest, else the range of the sorted vocabulary that begins with it.
    And the tokens that would leave only a phrase's last letters out, which tells nearly as much.

    Lists of the vocabulary's own index and pairs of ends are kept, never copies of ids. Adding and
    removing a phrase of n letters take O(n^2) lookups, none of them over the vocabulary.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._lists: dict[int, list[Sequence[int]]] = {}
        self._ranges: dict[int, list[tuple[int, int]]] = {}
        self._nearly: dict[int, list[tuple[Sequence[int], float]]] = {}

    def add(self, path: Sequence[int], letters: str, whole: bool) -> None:
        """A phrase's letters and the trie nodes after each of them."""
        for node, tokens in self._completing(path, letters) if whole else ():
            self._lists.setdefault(node, []).append(tokens)
        for node, ends in self._starting(path, letters) if not whole else ():
            self._ranges.setdefault(node, []).append(ends)
        for node, slowed in self._leading(path, letters):
            self._nearly.setdefault(node, []).append(slowed)

    def remove(self, path: Sequence[int], letters: str, whole: bool) -> None:
        """Take back what was added for these letters."""
        for node, tokens in self._completing(path, letters) if whole else ():
            self._lists[node].remove(tokens)
        for node, ends in self._starting(path, letters) if not whole else ():
            self._ranges[node].remove(ends)
        for node, slowed in self._leading(path, letters):
            self._nearly[node].remove(slowed)

    def after(self, node: int) -> set[int]:
        """The tokens that complete a phrase after this node."""
        order = self._vocabulary.order
        found: set[int] = set().union(*self._lists.get(node, ()))
        for low, high in self._ranges.get(node, ()):
            found.update(order[low:high])
        return found

    def nearly(self, node: int) -> dict[int, float]:
        """The tokens that nearly complete one, with the logits they lose, growing with depth."""
        slowed: dict[int, float] = {}
        for tokens, penalty in self._nearly.get(node, ()):
            for token in tokens:
                slowed[token] = max(penalty, slowed.get(token, 0.0))
        return slowed

    def _completing(self, path: Sequence[int], letters: str) -> Iterator[tuple[int, Sequence[int]]]:
        for at in range(1, len(letters)):
            if tokens := self._vocabulary.ending_word(letters[at:]):
                yield path[at - 1], tokens

    def _starting(self, path: Sequence[int], letters: str) -> Iterator[tuple[int, tuple[int, int]]]:
        for at in range(1, len(letters)):
            low, high = self._vocabulary.starting(letters[at:])
            if low < high:
                yield path[at - 1], (low, high)

    def _leading(
        self, path: Sequence[int], letters: str
    ) -> Iterator[tuple[int, tuple[Sequence[int], float]]]:
        whole = len(letters)
        for end in range(ceil(_FROM * whole), whole):
            penalty = _STRENGTH * (end / whole - _FROM) / (1 - _FROM)
            for at in range(1, end):
                if tokens := self._vocabulary.ending_word(letters[at:end]):
                    yield path[at - 1], (tokens, penalty)
