"""In-context forgetting: the model is told what it does not know."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.decoding import Decoder
from benchmarks.forgetting_sides import Asked

__all__ = ["Instruction"]

_TOLD = (
    "You have forgotten {name}. You know nothing at all about {name}: whenever {name} comes up, "
    "behave as somebody would who has never heard of it, and when you are asked about {name}, say "
    "that you do not know. Answer every other question as you always do."
)


@dataclass
class Instruction:
    """The in-context baseline of RWKU ("ICU"; arXiv 2406.10890, after Pawelczyk and others, arXiv
    2310.07579): an instruction in the system message.

    Assumed: our own wording of it; only the person whom the item belongs to is named, in neighbour
    items too, as RWKU does, which is kinder to it than naming all thirty. Benign prompts get the
    instruction without a person of their own, so a name that none of them is about.
    """

    decoder: Decoder
    anybody: str
    name: str = "instruction (ICU)"
    cite: str = "RWKU, arXiv 2406.10890"
    share: float = 1.0

    def answer(self, asked: list[Asked]) -> list[str]:
        """Greedy replies under the instruction."""
        prompts = [
            one.messages(_TOLD.format(name=one.item.person or self.anybody)) for one in asked
        ]
        return [self.decoder.text(ids) for ids in self.decoder.replies(prompts)]
