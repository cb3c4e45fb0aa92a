"""What each side of the TOFU suite scored and answered."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.answers import Answers
from benchmarks.tofu import SPLITS, Question
from benchmarks.tofu_scores import Scored
from benchmarks.tofu_sides import Side

__all__ = ["RETAIN", "UNGUARDED", "Data", "Runs", "part"]

UNGUARDED, RETAIN = "unguarded", "retain model"
Data = Mapping[str, Sequence[Question]]


class Runs:
    """The sides in the order in which they were run, with their replies and scores."""

    def __init__(self, data: Data, answers: Answers, seed: int) -> None:
        self._data = data
        self._answers = answers
        self._seed = seed
        self._said: dict[str, dict[str, str]] = {}
        self._losses: dict[str, dict[Question, list[Any]]] = {}
        self.sides: dict[str, Side] = {}
        self.asked: dict[str, Data] = {}

    def add(self, side: Side, only: Sequence[str] = tuple(SPLITS)) -> None:
        """Let a side score and answer its share of the questions of these splits."""
        asked = {name: part(self._data[name], side.share, self._seed) for name in only}
        texts = [text for name, questions in asked.items() for text in _texts(name, questions)]
        replies = self._answers.all(f"{side.name}|said", texts, str, side.replies, side.batch)
        self._said[side.name] = dict(zip(texts, replies, strict=True))
        scored = [one for questions in asked.values() for one in questions] if side.scores else []
        given = self._answers.all(
            f"{side.name}|losses", scored, lambda one: one.key, side.losses, side.batch
        )
        self._losses[side.name] = dict(zip(scored, given, strict=True))
        self.sides[side.name], self.asked[side.name] = side, asked

    def said(self, text: str, side: str = UNGUARDED) -> str:
        """What a side replied to a question."""
        return self._said[side][text]

    def losses(self, question: Question) -> list[Any]:
        """What the unguarded model gave a question."""
        return self._losses[UNGUARDED][question]

    def scored(self, side: str, questions: Sequence[Question]) -> list[Scored]:
        """What a side scored; one that changes replies alone leaves scores as they are."""
        given = self._losses[side] or self._losses[UNGUARDED]
        return [Scored.of(one, given[one]) for one in questions]


def part(questions: Sequence[Question], share: float, seed: int) -> list[Question]:
    """A share of the questions, drawn at random and left in their order."""
    wanted = round(len(questions) * share)
    kept = set(random.Random(seed).sample(range(len(questions)), wanted))
    return [one for at, one in enumerate(questions) if at in kept]


def _texts(split: str, questions: Sequence[Question]) -> list[str]:
    """As the authors asked, and for what is to be forgotten also in other words."""
    again = [one.asked for one in questions] if split == "forget" else []
    return list(dict.fromkeys([*(one.question for one in questions), *again]))
