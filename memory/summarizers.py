"""Summarizers: which sentences of the conversation are worth a line of the summary."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from .sentences import sentences

__all__ = ["ExtractiveSummarizer", "Line", "Summarizer"]


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of a summary, the turn it came from, and how much it says."""

    turn: int
    text: str
    score: float


class Summarizer(Protocol):
    """Updates a running summary."""

    def update(self, lines: Sequence[Line], turn: int, speaker: str, text: str) -> list[Line]:
        """The summary after one more turn, from the summary before it."""
        ...

    def merge(self, blocks: Sequence[Line]) -> list[Line]:
        """One summary of the lines of finished summaries."""
        ...


_FACT = re.compile(
    r"\b(?:my|our|i'm|i am|i've|i have|i was|i live|i work|i moved|i like|i love|i hate|i prefer|"
    r"i need|i want|we are|we have|we moved|name is|called|born|birthday|allergic|married|"
    r"always|never|remember|important|don't forget|deadline|meeting|appointment)\b",
    re.I,
)
_NAME = re.compile(r"(?<=[a-z,;:] )[A-Z][\w'’-]+")
_NUMBER = re.compile(r"\d")


class ExtractiveSummarizer:
    """Keeps the sentences that say most: facts about the speakers, names, numbers. No model, no
    cascade of errors: every line is something that was really said."""

    def __init__(self, lines: int = 4, words: int = 24) -> None:
        self._lines = lines
        self._words = words

    def update(self, lines: Sequence[Line], turn: int, speaker: str, text: str) -> list[Line]:
        """The best lines of the summary so far and of the new turn."""
        # What an assistant says about the world is no memory of the person.
        weight = 0.3 if speaker == "assistant" else 1.0
        new = [
            Line(turn, f"{speaker}: {sentence}", weight * salience(sentence))
            for sentence in sentences(text[:4000])
            if len(sentence.split()) <= self._words
        ]
        return self._best([*lines, *(line for line in new if line.score > 0)])

    def merge(self, blocks: Sequence[Line]) -> list[Line]:
        """The best lines of all blocks."""
        return self._best(blocks)

    def _best(self, lines: Sequence[Line]) -> list[Line]:
        chosen: list[Line] = []
        for line in sorted(lines, key=lambda line: -line.score):
            if len(chosen) < self._lines and not any(_overlaps(line, c) for c in chosen):
                chosen.append(line)
        return sorted(chosen, key=lambda line: line.turn)


def salience(sentence: str) -> float:
    """How much a sentence tells, from its form: facts about the speaker, names, numbers; nothing
    for a question or an exclamation of two words."""
    words = sentence.split()
    if sentence.rstrip().endswith("?") or len(words) < 4:
        return 0.0
    score = 2.0 * bool(_FACT.search(sentence))
    score += min(2, len(_NAME.findall(sentence))) + min(1, len(_NUMBER.findall(sentence)))
    return score / (1 + 0.02 * len(words))


def _overlaps(one: Line, other: Line) -> bool:
    a, b = set(one.text.casefold().split()), set(other.text.casefold().split())
    return len(a & b) > 0.6 * min(len(a), len(b))
