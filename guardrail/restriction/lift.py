"""The suffix-range lift: from phrases over characters to banned tokens.

For every split u·w of a phrase, the tokens that complete it after u are those that begin with w:
one contiguous range of the vocabulary sorted by its letters. So a step needs no walk over the
vocabulary and no table of states by tokens: the nodes under way bring their ranges, and the tokens
that hold a whole phrase by themselves are banned always.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import torch

from guardrail.restriction.normalize import normalize
from guardrail.restriction.phrases import Phrase, forms
from guardrail.restriction.trie import Trie
from guardrail.restriction.vocabulary import Vocabulary, decode_prefix

__all__ = ["Ban", "Mask", "State"]

_KEPT = 8192  # masks of states that are kept
_FROM = 0.7  # share of a phrase from which its continuation is discouraged
_STRENGTH = 10.0  # logits taken off just before the last letter
_RESTS = 256  # phrases through one node beyond which discouraging is not worth its time


@dataclass(frozen=True, slots=True)
class State:
    """What the tokens so far mean for the next one: trie nodes under way, whether a word's edge
    stands at the end, and the bytes of an unfinished character."""

    active: tuple[int, ...] = ()
    edge: bool = True
    tail: bytes = b""


@dataclass(frozen=True, slots=True)
class Mask:
    """What one state does besides what holds always: tokens to ban (n,), or ``None``; tokens to
    discourage (m,) and by how many logits (m,), or ``None``."""

    banned: torch.Tensor | None
    slowed: torch.Tensor | None
    penalty: torch.Tensor | None


class Ban:
    """Phrases compiled against a vocabulary. Thread-safe.

    A phrase counts as complete as soon as its last letter stands at a token's end, whatever might
    follow: nothing is then left to be finished by the end of the text or by the length limit. A
    token that carries the word on by itself ("Kingdom" after "King") stays allowed.

    Building is linear in the letters of the phrases; what a state bans is worked out when it is
    first met, and kept until the phrases change. Phrases may be added and removed at any time and
    are in force at the next step.
    """

    def __init__(self, vocabulary: Vocabulary, phrases: Iterable[Phrase] = ()) -> None:
        self.vocabulary = vocabulary
        self.trie = Trie(phrases)
        self._lock = threading.RLock()
        self._masks: dict[torch.device, dict[State, Mask]] = {}
        self._always_on: dict[torch.device, torch.Tensor] = {}
        self._always = self._always_banned(self.trie.words, self.trie.parts)
        self._opening = self._whole_words(self.trie.words)

    def add(self, phrase: Phrase) -> None:
        """Ban one more phrase."""
        with self._lock:
            self.trie.add(phrase)
            new = forms(phrase)
            words = [letters for letters, whole in new if whole]
            parts = [letters for letters, whole in new if not whole]
            self._opening |= self._whole_words(words)
            self._changed(self._always | self._always_banned(words, parts))

    def remove(self, phrase: Phrase) -> None:
        """Lift the ban of a phrase that was added before."""
        with self._lock:
            self.trie.remove(phrase)
            self._opening = self._whole_words(self.trie.words)
            self._changed(self._always_banned(self.trie.words, self.trie.parts))

    def _changed(self, always: set[int]) -> None:
        self._always = always
        self._masks.clear()
        self._always_on.clear()

    def start(self) -> State:
        """The state before any text."""
        return State()

    def advance(self, state: State, token: int) -> State:
        """The state after one more token. Tokens that show nothing leave it as it is."""
        vocabulary = self.vocabulary
        if token >= vocabulary.size or not vocabulary.bytes[token]:
            return state
        normal, tail = vocabulary.normal[token], vocabulary.tail[token]
        if state.tail:
            text, tail = decode_prefix(state.tail + vocabulary.bytes[token])
            normal = normalize(text)
        active, edge, _ = self.trie.run(state.active, state.edge, normal)
        if token in vocabulary.uncertain:  # both with its letters and without them
            active = tuple(dict.fromkeys((*active, *state.active)))
            edge = edge or state.edge
        return State(active, edge, tail)

    def follow(self, tokens: Iterable[int], state: State | None = None) -> State:
        """The state after several tokens."""
        state = state or self.start()
        for token in tokens:
            state = self.advance(state, token)
        return state

    def always(self, device: torch.device) -> torch.Tensor | None:
        """The tokens that hold a whole phrase by themselves, banned in every state: (n,)."""
        with self._lock:
            if device not in self._always_on:
                indices = _indices(self._always, device)
                if indices is None:
                    return None
                self._always_on[device] = indices
            return self._always_on[device]

    def mask(self, state: State, device: torch.device) -> Mask:
        """What besides may not, and should not, come next in this state."""
        known = self._masks.get(device)
        found = known.get(state) if known is not None else None
        if found is not None:
            return found
        with self._lock:
            known = self._masks.setdefault(device, {})
            if len(known) >= _KEPT:
                known.clear()
            known[state] = self._make_mask(state, device)
            return known[state]

    def banned(self, state: State) -> set[int]:
        """Every token that would complete a phrase after this state."""
        mask = self.mask(state, torch.device("cpu"))
        return self._always | set(() if mask.banned is None else mask.banned.tolist())

    def _always_banned(self, words: Iterable[str], parts: Iterable[str]) -> set[int]:
        """Tokens that hold a whole phrase by themselves, wherever they come."""
        banned: set[int] = set()
        for letters in words:
            banned.update(self.vocabulary.with_word(letters))
        for letters in parts:
            banned.update(self.vocabulary.holding(letters))
        return banned

    def _whole_words(self, words: Iterable[str]) -> set[int]:
        """Tokens that are a whole phrase by themselves, if only a word's edge stands before."""
        return {token for letters in words for token in self.vocabulary.ending_word(letters)}

    def _make_mask(self, state: State, device: torch.device) -> Mask:
        banned = set(self._opening) if state.edge else set()
        slowed: dict[int, float] = {}
        for node in state.active:
            self._complete(node, banned)
            self._discourage(node, slowed)
        if state.tail:
            # What these tokens show depends on the bytes before them, not on their own alone.
            banned.difference_update(self.vocabulary.continuing)
            banned.update(self._across_bytes(state))
        tokens = sorted(slowed.keys() - banned - self._always)
        return Mask(
            _indices(banned - self._always, device),
            _indices(tokens, device),
            torch.tensor([slowed[t] for t in tokens], device=device) if tokens else None,
        )

    def _complete(self, node: int, banned: set[int]) -> None:
        """The ranges of one node: the tokens that complete a phrase after it."""
        if node in self.trie.whole:
            find = self.vocabulary.ending_word
        else:
            find = self.vocabulary.starting
        for rest in self.trie.rests(node):
            banned.update(find(rest))

    def _discourage(self, node: int, slowed: dict[int, float]) -> None:
        """Tokens that would leave only a phrase's last letters out, which tells nearly as much."""
        depth = self.trie.depth[node]
        for count, rest in enumerate(self.trie.rests(node)):
            if count == _RESTS:
                return
            whole = depth + len(rest)
            for length in range(1, len(rest)):
                share = (depth + length) / whole
                if share < _FROM:
                    continue
                penalty = _STRENGTH * (share - _FROM) / (1 - _FROM)
                for token in self.vocabulary.ending_word(rest[:length]):
                    slowed[token] = max(penalty, slowed.get(token, 0.0))

    def _across_bytes(self, state: State) -> Iterable[int]:
        """Tokens that finish the unfinished character and, with it, a phrase."""
        for token in self.vocabulary.continuing:
            text, _ = decode_prefix(state.tail + self.vocabulary.bytes[token])
            if self.trie.run(state.active, state.edge, normalize(text))[2]:
                yield token


def _indices(tokens: Collection[int], device: torch.device) -> torch.Tensor | None:
    """Token ids in order, as an index; ``None`` instead of an empty one."""
    if not tokens:
        return None
    return torch.tensor(sorted(tokens), dtype=torch.long, device=device)
