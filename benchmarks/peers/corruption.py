"""Corrupted embeddings of what the prompt names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch

from benchmarks.decoding import Decoder
from benchmarks.forgetting_sides import Asked
from benchmarks.rwku import Person

__all__ = ["Corruption"]


@dataclass
class Corruption:
    """Embedding-corrupted prompts ("ECO"; arXiv 2406.07933) on the tokens of the target's name.

    Assumed: a prompt is corrupted where a name stands in it, to the letter, in place of their
    prompt classifier; the embeddings of its tokens become zero, the one of their corruptions that
    has no strength to be tuned. The name is corrupted in the system message as well.
    """

    decoder: Decoder
    people: Sequence[Person]
    name: str = "corrupted name (ECO)"
    cite: str = "ECO, arXiv 2406.07933"
    share: float = 1.0

    def answer(self, asked: list[Asked]) -> list[str]:
        """Greedy replies to the corrupted prompts."""
        prompts = [one.messages() for one in asked]
        return [self.decoder.text(ids) for ids in self.decoder.replies(prompts, spoil=self.spoil)]

    def spoil(self, ids: torch.Tensor) -> torch.Tensor:
        """The embeddings (batch, n, width) of ids (batch, n), those of names zero."""
        embeddings: torch.Tensor = self.decoder.loaded.model.get_input_embeddings()(ids).clone()
        for row, tokens in enumerate(ids.tolist()):
            for place in self.places(tokens):
                embeddings[row, place] = 0
        return embeddings

    def places(self, tokens: Sequence[int]) -> list[slice]:
        """Where names stand."""
        return [
            slice(at, at + len(name))
            for name in self._names
            for at in range(len(tokens) - len(name) + 1)
            if list(tokens[at : at + len(name)]) == name
        ]

    @cached_property
    def _names(self) -> list[list[int]]:
        encode = self.decoder.loaded.tokenizer.encode
        return [
            encode(space + person.name, add_special_tokens=False)
            for person in self.people
            for space in ("", " ")
        ]
