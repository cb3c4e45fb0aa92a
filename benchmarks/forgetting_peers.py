"""The published ideas that ours is compared with, on the RWKU suite."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.decoding import Decoder
from benchmarks.forgetting_sides import Asked, Side
from benchmarks.peers.corruption import Corruption
from benchmarks.peers.guard_decoding import GuardDecoding
from benchmarks.peers.instruction import Instruction
from benchmarks.peers.refusal import Refusal
from benchmarks.peers.words import BadWords, Beams
from benchmarks.rwku import Person
from benchmarks.train_detector import fold_of
from memory.embedding import Embedder

__all__ = ["peers"]


def peers(
    decoder: Decoder,
    people: Sequence[Person],
    before: Callable[[Asked], str],
    embedder: Embedder,
    states: Embedder,
) -> list[Side]:
    """Every peer; ``before`` is the reply of the model alone, ``states`` what that model makes of a
    text, for GUARD's gate."""
    fold = fold_of(people)
    return [
        Refusal(people, embedder, fold, before),
        BadWords(decoder, people),
        Instruction(decoder, anybody="Ada Example"),
        Corruption(decoder, people),
        Beams(decoder),
        GuardDecoding(decoder, people, states, fold, embedder, before),
    ]
