"""What is known of every target, stacked so that a text is compared with all of them at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from guardrail.detection.lexicon import tells, words_of
from guardrail.extraction import neutral_prompts
from guardrail.targets import Target

if TYPE_CHECKING:
    from memory.embedding import Embedder

__all__ = ["Overlap", "References"]

Floats = NDArray[np.float32]
# What is asked of a thing known by its name alone.
_TEMPLATES = ("{}", "Who or what is {}?", "Tell me about {}.", "What is {} known for?")


_ELSEWHERE = 0.3  # rate in other texts of a word that tells nothing
_RAREST = 1.25


@dataclass(frozen=True, slots=True)
class Overlap:
    """How the words of a text stand in what is known: by passage (passages,), and by target
    (targets,) what any of its texts has, and what is peculiar to it. ``total`` is what the words
    of the text tell in all."""

    passages: Floats
    covered: Floats
    peculiar: Floats
    total: float


class References:
    """The vectors and the words of every target's texts, one target's side by side.

    ``cache`` maps a text to its vectors (n, d) and is filled as needed: with the cache of the
    former references adding a target costs only that target's own texts.
    """

    def __init__(
        self, targets: Sequence[Target], embedder: Embedder, cache: dict[str, Floats]
    ) -> None:
        self.ids = [target.id for target in targets]
        self.names = [[words_of(name) for name in target.all_names] for target in targets]
        self.name_words = [{word for name in names for word in name} for names in self.names]
        self.texts = np.array([len(target.texts) for target in targets], np.float32)
        made = [[t.format(n) for n in target.all_names for t in _TEMPLATES] for target in targets]
        neutral = neutral_prompts()
        given = [list(target.texts) for target in targets]
        self.cache = _embedded([*made, *given, neutral], embedder, cache)
        self._stack(made, given, embedder.dimension)
        self._all = np.concatenate([self.vectors, *(self.cache[text] for text in neutral)])
        self._named = _where(self.name_words)

    def _stack(self, made: list[list[str]], given: list[list[str]], dimension: int) -> None:
        rows: list[Floats] = []
        starts, from_name, place = [], [], 0
        postings: dict[str, list[int]] = defaultdict(list)
        holders: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for target, (templates, texts) in enumerate(zip(made, given, strict=True)):
            starts.append(place)
            for text in (*templates, *texts):
                vectors = self.cache[text]
                if text not in templates:
                    for word in {word for word in words_of(text) if tells(word) > 0}:
                        postings[word].append(place)
                        holders[word][target] += 1
                rows.append(vectors)
                from_name += [text in templates] * len(vectors)
                place += len(vectors)
        self.starts = np.array(starts, np.int64)
        self.vectors = np.concatenate(rows) if rows else np.zeros((0, dimension), np.float32)
        ends = [*starts[1:], place]
        self.places = [slice(start, end) for start, end in zip(starts, ends, strict=True)]
        self.from_name = [from_name[where] for where in self.places]
        self._postings = {word: np.array(found) for word, found in postings.items()}
        self._having = {word: frozenset(found) for word, found in holders.items()}
        self._holders = {
            word: (np.array(list(found)), np.array(list(found.values()), np.float32))
            for word, found in holders.items()
        }

    def __len__(self) -> int:
        return len(self.ids)

    def best(self, by_passage: Floats) -> Floats:
        """(..., passages) -> (..., targets): the largest of each target."""
        largest: Floats = np.maximum.reduceat(by_passage, self.starts, axis=-1)
        return largest

    def cosines(self, vectors: Floats) -> tuple[Floats, Floats]:
        """(n, d) -> with each passage (n, passages), and with the nearest neutral prompt (n,)."""
        from guardrail.memory_link import memory

        found = memory.cosines(self._all, vectors).T
        return found[:, : len(self.vectors)], found[:, len(self.vectors) :].max(axis=1)

    def overlap(self, words: set[str], least: float = 0.0) -> Overlap:
        """Of the words of a text; each tells at least ``least``. Linear in their occurrences."""
        passages = np.zeros(len(self.vectors), np.float32)
        covered, peculiar = np.zeros((2, len(self)), np.float32)
        total = 1e-6
        for word in words:
            weight = max(tells(word), least)
            total += weight
            if weight and word in self._postings:
                passages[self._postings[word]] += weight
                holders, counts = self._holders[word]
                rate = counts / np.maximum(self.texts[holders], 1)
                covered[holders] += weight
                # What is common in ordinary English is peculiar to nobody.
                elsewhere = _ELSEWHERE * (_RAREST - min(weight, _RAREST))
                peculiar[holders] += weight * rate / (rate.sum() + elsewhere)
        return Overlap(passages, covered, peculiar, total)

    def has(self, target: int, word: str) -> bool:
        """Whether a word stands in a target's texts."""
        return target in self._having.get(word, ())

    def named(self, words: set[str]) -> set[int]:
        """The targets that have one of these words in a name."""
        return {target for word in words for target in self._named.get(word, ())}


def _where(groups: Sequence[set[str]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for number, words in enumerate(groups):
        for word in words:
            found[word].append(number)
    return found


def _embedded(
    groups: Sequence[Sequence[str]], embedder: Embedder, cache: dict[str, Floats]
) -> dict[str, Floats]:
    """The vectors of every text, of which only what is not in ``cache`` is embedded."""
    from guardrail.memory_link import memory

    wanted = dict.fromkeys(text for group in groups for text in group)
    missing = [text for text in wanted if text not in cache]
    made = {e.text: e.vectors for e in memory.embed_texts(missing, embedder)} if missing else {}
    return {text: made[text] if text in made else cache[text] for text in wanted}
