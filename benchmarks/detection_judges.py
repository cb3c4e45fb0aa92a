"""Who judges whom: detectors by fold for people that the shipped one has seen, else the shipped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.rwku import Person
from benchmarks.train_detector import Material, cross_validate, folds_of, gather, one_json
from guardrail.detection.model import DetectorModel, shipped
from guardrail.detection.trees import Trees
from memory.embedding import Embedder

__all__ = ["Judge", "fold_models", "judge_by_fold", "shipped_judge"]

Floats = NDArray[np.float64]
Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Judge:
    """Scores of texts (n, targets, features), each the best with any target, by the detector that
    judges its person; with the thresholds of that detector for each text."""

    models: Sequence[DetectorModel]
    fold: NDArray[np.int64]  # (people,) which model judges a person

    def prompts(self, rows: Rows, own: NDArray[np.int64]) -> tuple[Floats, dict[str, Floats]]:
        """Scores (n,) and thresholds (n,) by name."""
        at = [(m.prompt_at.grey, m.prompt_at.sure) for m in self.models]
        return self._best(rows, own, lambda m: m.prompt), self._thresholds(at, own)

    def answers(self, rows: Rows, own: NDArray[np.int64]) -> tuple[Floats, dict[str, Floats]]:
        """The same for prompts with answers."""
        at = [(m.answer_at.grey, m.answer_at.sure) for m in self.models]
        return self._best(rows, own, lambda m: m.answer), self._thresholds(at, own)

    def own_prompts(self, rows: Rows, own: NDArray[np.int64]) -> Floats:
        """Scores with the item's own person alone."""
        mine = rows[np.arange(len(own)), own][:, None]
        return self._best(mine, own, lambda m: m.prompt)

    def neutral(self, rows: Rows) -> tuple[float, float]:
        """The shares of prompts about nobody that are grey or sure, over the detectors."""
        grey, sure = [], []
        for model in self.models:
            scores = _scores(model.prompt, rows)
            grey.append(float((scores >= model.prompt_at.grey).mean()))
            sure.append(float((scores >= model.prompt_at.sure).mean()))
        return round(float(np.mean(grey)), 5), round(float(np.mean(sure)), 5)

    def _best(
        self, rows: Rows, own: NDArray[np.int64], of: Callable[[DetectorModel], Trees]
    ) -> Floats:
        scores = np.zeros(len(rows))
        for number, model in enumerate(self.models):
            mine = self.fold[own] == number
            if mine.any():
                scores[mine] = _scores(of(model), rows[mine])
        return scores

    def _thresholds(
        self, at: Sequence[tuple[float, float]], own: NDArray[np.int64]
    ) -> dict[str, Floats]:
        grey, sure = np.array(at)[self.fold[own]].T
        return {"5pct": grey, "1pct": sure}


def _scores(trees: Trees, rows: Rows) -> Floats:
    n, targets, features = rows.shape
    parts = [
        trees.probability(rows[start : start + 500].reshape(-1, features)).reshape(-1, targets)
        for start in range(0, n, 500)
    ]
    best: Floats = np.concatenate(parts).max(axis=1)
    return best


def shipped_judge(people: Sequence[Person]) -> Judge:
    """The shipped detector for everybody."""
    return Judge([shipped()], np.zeros(len(people), np.int64))


def judge_by_fold(
    people: Sequence[Person], easy: Sequence[str], embedder: Embedder, seed: int
) -> Judge:
    """For each person a detector that has not seen them."""
    return Judge(fold_models(people, easy, embedder, seed), folds_of(len(people)))


def fold_models(
    people: Sequence[Person], easy: Sequence[str], embedder: Embedder, seed: int
) -> list[DetectorModel]:
    """A detector by fold, trained on the others, calibrated on their predictions by folds."""
    materials = dict(zip(("prompt", "answer"), gather(people, easy, embedder, seed), strict=True))
    fold = folds_of(len(people))
    validated = {name: cross_validate(one, seed) for name, one in materials.items()}
    models = []
    for number in range(int(fold.max()) + 1):
        made: dict[str, Any] = {}
        for name, material in materials.items():
            odds, by_fold = validated[name]
            outside = _outside(material, fold, number)
            made |= one_json(name, by_fold[number], odds, material, outside)
        models.append(DetectorModel.from_json(made))
    return models


def _outside(material: Material, fold: NDArray[np.int64], number: int) -> NDArray[np.bool_]:
    """The judged rows of people in other folds."""
    person = material.person[material.judged]
    elsewhere: NDArray[np.bool_] = fold[person] != number
    return elsewhere
