"""GUARD as published: a gate on the model's own states, then beams under hard and soft matches."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import LogitsProcessor

from benchmarks.decoding import Decoder
from benchmarks.forgetting_sides import Asked
from benchmarks.peers.gates import GuardGate, Scores
from benchmarks.rwku import Item, Person, stratified
from memory.embedding import Embedder

__all__ = ["GuardDecoding"]

_BEAMS, _BETA, _DELTA = 7, 1.0, 0.5  # of the paper
_LOOKED_AT = 2 * _BEAMS  # tokens of a beam that beam search can take
_TELLING = re.compile(r"\b(?:[A-Z][\w'’-]{2,}|\d{2,})")
_TAUGHT = 600  # questions about the people that the gates learn from, and as many near ones
_FLAGGED = 0.5


@dataclass
class GuardDecoding:
    """GUARD (arXiv 2505.13312): an MLP on the LM's mean-pooled penultimate states flags a prompt;
    flagged ones are decoded with 7 beams, where a token that would complete a forbidden word is
    excluded (trie over tokens) and one whose word is near to a forbidden one (MiniLM, cosine over
    0.5) loses 1.0 times the cosine.

    Assumed: RWKU's forget questions are what is asked, so the gate of a person learns from
    questions about the other people and their neighbours, and from what is given of all
    (``benchmarks.peers.gates``), and flags at one half; the forbidden words are
    the names and numbers of the passage nearest to the prompt, and the person's name; the soft
    match looks at the tokens that beam search could take.
    """

    decoder: Decoder
    people: Sequence[Person]
    states: Embedder
    fold: Callable[[str], int]
    embedder: Embedder
    before: Callable[[Asked], str]
    name: str = "GUARD"
    cite: str = "GUARD, arXiv 2505.13312"
    share: float = 0.1
    passages: int = 5  # of each person, of which the gate learns the first sentence
    _gates: dict[int, Scores] = field(default_factory=dict, init=False)

    def answer(self, asked: list[Asked]) -> list[str]:
        """The best of seven beams where the gate flags, else the reply of the model alone."""
        return [self._restricted(one) if self._flags(one) else self.before(one) for one in asked]

    def _flags(self, asked: Asked) -> bool:
        fold = self.fold(asked.item.person)
        if fold not in self._gates:
            taught = [item for item in self._taught if self.fold(item.person) != fold]
            self._gates[fold] = GuardGate(self.states, passages=self.passages).fit(
                self.people, "passages", taught
            )
        return bool(self._gates[fold]([asked.item.prompt])[0] > _FLAGGED)

    def _restricted(self, asked: Asked) -> str:
        match = _Matches(self.decoder.loaded.tokenizer, self.embedder, self._words(asked))
        (ids,) = self.decoder.replies(
            [asked.messages()], num_beams=_BEAMS, processors=lambda ids: [match.after(ids.shape[1])]
        )
        return self.decoder.text(ids)

    def _words(self, asked: Asked) -> list[str]:
        """What may not be said, from the passage nearest to the prompt."""
        owners, texts, vectors = self._passages
        best = int((vectors @ self.embedder.encode([asked.item.prompt])[0]).argmax())
        return list(dict.fromkeys([*owners[best].split(), *_TELLING.findall(texts[best])]))

    @cached_property
    def _passages(self) -> tuple[list[str], list[str], NDArray[np.float32]]:
        pairs = [(p.name, text) for p in self.people for text in p.exemplars("passages")]
        owners, texts = [owner for owner, _ in pairs], [text for _, text in pairs]
        return owners, texts, self.embedder.encode(texts)

    @cached_property
    def _taught(self) -> list[Item]:
        items = [item for person in self.people for item in person.items]
        return [
            item
            for about in (True, False)
            for item in stratified([i for i in items if i.about is about], _TAUGHT, 0)
        ]


@dataclass
class _Matches(LogitsProcessor):
    """Penalties of one flagged prompt, for scores (beams, vocabulary)."""

    tokenizer: Any
    embedder: Embedder
    words: list[str]
    start: int = 0
    known: dict[str, float] = field(default_factory=dict)

    def after(self, start: int) -> _Matches:
        """The same, for a reply that starts at this token."""
        self.start = start
        return self

    @cached_property
    def _paths(self) -> list[list[int]]:
        encode = self.tokenizer.encode
        return [
            encode(space + word, add_special_tokens=False)
            for word in self.words
            for space in ("", " ")
        ]

    @cached_property
    def _vectors(self) -> NDArray[np.float32]:
        return self.embedder.encode(self.words)

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Scores with what is forbidden at minus infinity and what is near lowered."""
        scores = scores.clone()
        for row, ids in enumerate(input_ids[:, self.start :].tolist()):
            for path in self._paths:
                if len(path) == 1 or ids[-(len(path) - 1) :] == path[:-1]:
                    scores[row, path[-1]] = -torch.inf
            best = scores[row].topk(_LOOKED_AT).indices.tolist()
            for token, near in zip(best, self._nearness(best), strict=True):
                if near > _DELTA:
                    scores[row, token] -= _BETA * near
        return scores

    def _nearness(self, tokens: list[int]) -> list[float]:
        texts = [self.tokenizer.decode([token]).strip() or "." for token in tokens]
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        if new:
            best = (self.embedder.encode(new) @ self._vectors.T).max(axis=1)
            self.known |= dict(zip(new, best.tolist(), strict=True))
        return [self.known[text] for text in texts]
