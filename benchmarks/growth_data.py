"""Conversations of any length for measuring growth: Zipf-distributed words, clustered vectors.

Nothing is embedded. A turn has a topic; its words come half from the topic's and half from all, by
Zipf's law, and its vector is the topic's centre with noise, so that cosines within a topic (about
.6) and between topics (about 0) are near what MiniLM gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from memory import Embedded, NewTurn

__all__ = ["DIMENSION", "Corpus", "NoEmbedder"]

DIMENSION = 384
_WORDS, _TOPICS, _OF_TOPIC = 30_000, 500, 200
_START = datetime(2024, 1, 1, tzinfo=UTC)
_CONVERSATION = 100  # turns


class NoEmbedder:
    """Stands where an embedder is asked for; everything here comes with its vectors."""

    name, dimension = "growth", DIMENSION

    def encode(self, texts: object) -> NDArray[np.float32]:
        """Never called with a text."""
        raise NotImplementedError("every text of this benchmark comes embedded")


@dataclass(frozen=True)
class Query:
    """A question about one turn: some of its words, a vector near its own."""

    embedded: Embedded
    wanted: str


class Corpus:
    """Generated turns, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
        picked = self._random.integers(len(syllables), size=(_WORDS, 3))
        self._words = ["".join(syllables[i] for i in row) for row in picked]
        self._topics = self._random.integers(200, _WORDS, size=(_TOPICS, _OF_TOPIC))
        self._centres = _unit(self._random.standard_normal((_TOPICS, DIMENSION)))

    def turns(self, number: int, start: int = 0) -> tuple[list[NewTurn], list[Embedded]]:
        """So many turns of one conversation partner after another, with their vectors."""
        topics = self._random.integers(_TOPICS, size=number)
        noise = _unit(self._random.standard_normal((number, DIMENSION)))
        vectors = _unit(0.8 * self._centres[topics] + 0.6 * noise)
        turns, embedded = [], []
        for place, (topic, vector) in enumerate(zip(topics, vectors, strict=True), start):
            text = self._text(int(topic), place)
            role = ("user", "assistant")[place % 2]
            when = _START + timedelta(minutes=7 * place)
            turns.append(NewTurn(role=role, text=text, time=when))
            embedded.append(Embedded(text, (text,), vector[None]))
        return turns, embedded

    def _text(self, topic: int, place: int) -> str:
        length = int(self._random.integers(8, 40))
        common = np.minimum(self._random.zipf(1.3, length), _WORDS) - 1
        typical = self._topics[topic][np.minimum(self._random.zipf(1.3, length), _OF_TOPIC) - 1]
        chosen = np.where(self._random.random(length) < 0.5, common, typical)
        said = " ".join(self._words[i] for i in chosen)
        if place % 50 == 0:  # some turns state facts
            return f"I moved to {said.split()[0].title()}. {said}."
        return f"{said.capitalize()}."

    def query(self, turn: Embedded) -> Query:
        """A question about a turn."""
        words = turn.text.rstrip(".").split()
        kept = self._random.choice(len(words), min(6, len(words)), replace=False)
        text = "what about " + " ".join(words[i] for i in sorted(kept)) + "?"
        near = 0.8 * turn.vectors[0] + 0.6 * _unit(self._random.standard_normal(DIMENSION))
        return Query(Embedded(text, (text,), _unit(near)[None]), turn.text)


def conversation(place: int) -> str:
    """The name of the conversation that a user's turn at ``place`` belongs to."""
    return f"c{place // _CONVERSATION}"


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype("f4")
    return unit
