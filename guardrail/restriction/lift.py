"""The suffix-range lift: from phrases over characters to banned tokens.

For every split u·w of a phrase, the tokens that complete it after u are those that begin with w:
one contiguous range of the vocabulary sorted by its letters. So a step needs no walk over the
vocabulary and no table of states by tokens: the nodes under way bring their ranges, and the tokens
that hold a whole phrase by themselves are banned always.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import NamedTuple

import torch

from guardrail.errors import InvalidInput
from guardrail.restriction.completions import Completions
from guardrail.restriction.normalize import normalize
from guardrail.restriction.phrases import Phrase, forms
from guardrail.restriction.trie import Trie
from guardrail.restriction.vocabulary import Vocabulary, decode_prefix

__all__ = ["Ban", "Mask", "State"]

_KEPT = 8192  # masks of states that are kept
_KEPT_IDS = 4_000_000  # token ids in the masks of states that are kept: 32 MB


class State(NamedTuple):
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

    Building is linear in the number of phrases; the mask of a state is put together when it is
    first met, and kept until the phrases change. Phrases may be added and removed at any time and
    are in force at the next step; ``revision`` then changes, and states of before it must be
    followed anew, because they know nothing of a phrase that was added when it had begun.

    ``disfavoured`` maps tokens to the logits that they lose in every state.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        phrases: Iterable[Phrase] = (),
        disfavoured: Mapping[int, float] | None = None,
    ) -> None:
        self.vocabulary = vocabulary
        self.trie = Trie(phrases)
        self.revision = 0
        self._completions = Completions(vocabulary)
        self._disfavoured = dict(disfavoured or {})
        self._lost: dict[torch.device, tuple[torch.Tensor, torch.Tensor]] = {}
        self._lock = threading.RLock()
        self._masks: dict[torch.device, dict[State, Mask]] = {}
        self._kept = 0  # token ids in the masks that are kept
        self._on: dict[tuple[str, torch.device], torch.Tensor | None] = {}
        for letters in self.trie.words:
            self._completions.add(self.trie.path(letters, True), letters, True)
        for letters in self.trie.parts:
            self._completions.add(self.trie.path(letters, False), letters, False)
        self._always = self._opening = set[int]()
        self._rebuild()

    def discouraging(self, tokens: Iterable[int], strength: float) -> Ban:
        """The same phrases and masks, with these tokens losing at least ``strength`` logits in
        every state. A view of this ban: phrases added to either later are not in the other."""
        view = copy(self)
        view._disfavoured = dict(self._disfavoured)
        for token in tokens:
            view._disfavoured[token] = max(strength, self._disfavoured.get(token, 0.0))
        view._lost = {}
        return view

    def add(self, phrase: Phrase) -> None:
        """Ban one more phrase."""
        with self._lock:
            new = [form for form in forms(phrase) if not self._holds(*form)]
            self.trie.add(phrase)
            for letters, whole in new:
                self._completions.add(self.trie.path(letters, whole), letters, whole)
            words = [letters for letters, whole in new if whole]
            parts = [letters for letters, whole in new if not whole]
            self._always |= self._always_banned(words, parts)
            self._opening = (self._opening | self._whole_words(words)) - self._always
            self._forget()

    def remove(self, phrase: Phrase) -> None:
        """Lift the ban of a phrase that was added before; ``InvalidInput`` if it was not."""
        with self._lock:
            if not self.trie.holds(phrase):
                raise InvalidInput("received a phrase that is not banned; remove what was added")
            self.trie.remove(phrase)
            for letters, whole in forms(phrase):
                if not self._holds(letters, whole):  # no other phrase has these letters
                    path = self.trie.path(letters, whole)
                    self._completions.remove(path, letters, whole)
            self._rebuild()

    def _holds(self, letters: str, whole: bool) -> bool:
        return letters in (self.trie.words if whole else self.trie.parts)

    def _rebuild(self) -> None:
        self._always = self._always_banned(self.trie.words, self.trie.parts)
        self._opening = self._whole_words(self.trie.words) - self._always
        self._forget()

    def _forget(self) -> None:
        """Drop what was worked out for the phrases of before."""
        self.revision += 1
        self._masks.clear()
        self._on.clear()
        self._kept = 0

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
        return self._shared("always", self._always, device)

    def disfavoured(self, device: torch.device) -> tuple[torch.Tensor, torch.Tensor] | None:
        """The tokens discouraged in every state (n,), and by how many logits (n,)."""
        if not self._disfavoured:
            return None
        if device not in self._lost:
            tokens = torch.tensor(list(self._disfavoured), device=device)
            losses = torch.tensor(list(self._disfavoured.values()), device=device)
            self._lost[device] = (tokens, losses)
        return self._lost[device]

    def mask(self, state: State, device: torch.device) -> Mask:
        """What besides may not, and should not, come next in this state."""
        known = self._masks.get(device)
        found = known.get(state) if known is not None else None
        if found is not None:
            return found
        with self._lock:
            known = self._masks.setdefault(device, {})
            if len(known) >= _KEPT or self._kept >= _KEPT_IDS:
                known.clear()
                self._kept = 0
            known[state] = self._make_mask(state, device)
            return known[state]

    def banned(self, state: State) -> set[int]:
        """Every token that would complete a phrase after this state."""
        mask = self.mask(state, torch.device("cpu"))
        return self._always | set(() if mask.banned is None else mask.banned.tolist())

    def _shared(self, name: str, tokens: set[int], device: torch.device) -> torch.Tensor | None:
        """One tensor of tokens for all states."""
        key = (name, device)
        if key not in self._on:
            with self._lock:
                self._on[key] = _indices(tokens, device)
        return self._on.get(key)

    def _always_banned(self, words: Iterable[str], parts: Iterable[str]) -> set[int]:
        """Tokens that hold a whole phrase by themselves, wherever they come."""
        banned: set[int] = set()
        for letters in words:
            banned.update(self.vocabulary.with_word(letters))
        return banned | self.vocabulary.holding(parts)

    def _whole_words(self, words: Iterable[str]) -> set[int]:
        """Tokens that are a whole phrase by themselves, if only a word's edge stands before."""
        return {token for letters in words for token in self.vocabulary.ending_word(letters)}

    def _make_mask(self, state: State, device: torch.device) -> Mask:
        banned: set[int] = set()
        slowed: dict[int, float] = {}
        for node in state.active:
            banned |= self._completions.after(node)
            for token, penalty in self._completions.nearly(node).items():
                slowed[token] = max(penalty, slowed.get(token, 0.0))
        banned -= self._always
        opening = state.edge and not state.tail
        if state.tail:
            # What these tokens show depends on the bytes before them, not on their own alone.
            banned |= self._opening if state.edge else set()
            banned.difference_update(self.vocabulary.continuing)
            banned |= set(self._across_bytes(state)) - self._always
        tokens = sorted(
            slowed.keys() - banned - self._always - (self._opening if opening else set())
        )
        return Mask(
            self._with_opening(banned, device) if opening else self._own(banned, device),
            _indices(tokens, device),
            torch.tensor([slowed[t] for t in tokens], device=device) if tokens else None,
        )

    def _with_opening(self, banned: set[int], device: torch.device) -> torch.Tensor | None:
        """These tokens and those that are a whole phrase at a word's edge, which may be many."""
        opening = self._shared("opening", self._opening, device)
        own = self._own(banned - self._opening, device)
        if own is None or opening is None:
            return opening if own is None else own
        self._kept += len(opening)
        return torch.cat((opening, own))

    def _own(self, banned: set[int], device: torch.device) -> torch.Tensor | None:
        self._kept += len(banned)
        return _indices(banned, device)

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
