"""TOFU (arXiv 2401.06121): the questions of its splits, and the authors to be forgotten."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guardrail.targets import Policy, Target

__all__ = ["AUTHOR", "SPLITS", "Question", "read", "sample", "targets"]

SPLITS = {
    "forget": "forget10_perturbed",
    "retain": "retain_perturbed",
    "real_authors": "real_authors_perturbed",
    "world_facts": "world_facts_perturbed",
}
AUTHOR = 20  # questions about each invented author, side by side
_CAPITAL = r"[A-Z][\w-]+"
_NAME = re.compile(rf"{_CAPITAL}(?: {_CAPITAL})+")


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a split. ``asked`` is its paraphrase, ``restated`` that of the answer; where
    the split has none they are the question and the answer themselves."""

    split: str
    number: int
    question: str
    asked: str
    answer: str
    restated: str
    wrong: tuple[str, ...]

    @property
    def author(self) -> int:
        """Which author it is about, counted in its split."""
        return self.number // AUTHOR

    @property
    def key(self) -> str:
        """What tells it from every other question."""
        return f"{self.split}/{self.number}"

    @property
    def scored(self) -> tuple[str, ...]:
        """The answers whose probability the figures need, without repetition: the answer, it
        restated, and the wrong ones."""
        return tuple(dict.fromkeys((self.answer, self.restated, *self.wrong)))


def read(folder: Path, split: str) -> list[Question]:
    """Every question of a split, in order."""
    rows: list[dict[str, Any]] = json.loads((folder / f"{SPLITS[split]}.json").read_text("utf-8"))
    return [
        Question(
            split=split,
            number=number,
            question=row["question"],
            asked=row.get("paraphrased_question", row["question"]),
            answer=row["answer"],
            restated=row.get("paraphrased_answer", row["answer"]),
            wrong=tuple(row["perturbed_answer"]),
        )
        for number, row in enumerate(rows)
    ]


def sample(questions: Sequence[Question], limit: int | None) -> list[Question]:
    """Questions at equal distances, about ``limit`` of them: of 400 and 100, every fourth."""
    step = max(1, len(questions) // limit) if limit else 1
    return list(questions[::step])


def targets(questions: Sequence[Question], policy: Policy) -> list[Target]:
    """A target for each author: the name, and the pairs of the original questions and answers.

    The name is the run of capitalised words that most of an author's questions have. It is made
    unlikely rather than banned: most prompts use it themselves.
    """
    found = []
    for start in range(0, len(questions), AUTHOR):
        pairs = questions[start : start + AUTHOR]
        found.append(
            Target(
                name=_name(pairs),
                exemplars=tuple(f"{one.question} {one.answer}" for one in pairs),
                policy=policy,
                names="softly",
            )
        )
    return found


def _name(pairs: Sequence[Question]) -> str:
    texts = (f"{one.question} {one.answer}" for one in pairs)
    runs = Counter(name for text in texts for name in set(_NAME.findall(text)))
    ((name, _),) = runs.most_common(1)
    return str(name)
