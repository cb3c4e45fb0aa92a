"""What transformers itself offers against words: its list of bad words, and beam search alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.decoding import Decoder
from benchmarks.forgetting_sides import Asked
from benchmarks.rwku import Person

__all__ = ["BadWords", "Beams"]


@dataclass
class BadWords:
    """``generate(bad_words_ids=...)`` of transformers with the names of all people.

    Assumed: a name is spelled as it stands and with a space before it, which is what the
    documentation of transformers tells users to do.
    """

    decoder: Decoder
    people: Sequence[Person]
    name: str = "bad-words list"
    cite: str = "transformers, NoBadWordsLogitsProcessor"
    share: float = 1.0

    def answer(self, asked: list[Asked]) -> list[str]:
        """Greedy replies without those words."""
        encode = self.decoder.loaded.tokenizer.encode
        words = [
            encode(space + person.name, add_special_tokens=False)
            for person in self.people
            for space in ("", " ")
        ]
        prompts = [one.messages() for one in asked]
        return [
            self.decoder.text(ids) for ids in self.decoder.replies(prompts, bad_words_ids=words)
        ]


@dataclass
class Beams:
    """Beam search with 7 beams and nothing else: GUARD's decoding without its penalties."""

    decoder: Decoder
    name: str = "beam 7"
    cite: str = "GUARD, arXiv 2505.13312, its ablation"
    share: float = 0.2

    def answer(self, asked: list[Asked]) -> list[str]:
        """The best of seven beams."""
        prompts = [one.messages() for one in asked]
        return [self.decoder.text(ids) for ids in self.decoder.replies(prompts, num_beams=7)]
