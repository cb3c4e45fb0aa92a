"""Who judges whom: detectors by fold for people that the shipped one has seen, else the shipped."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import train_detector
from benchmarks.rwku import Person
from benchmarks.train_detector import folds_of, gather, model_json
from guardrail.detection import features, lexicon, references
from guardrail.detection.model import DetectorModel, seen, shipped
from guardrail.detection.trees import Trees
from memory.embedding import Embedder

__all__ = ["Judge", "judge_by_fold", "kept_fold_models", "shipped_judge", "was_trained_on"]

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


def judge_by_fold(people: Sequence[Person], models: Sequence[DetectorModel]) -> Judge:
    """For each person the detector that has not seen them."""
    return Judge(models, folds_of(len(people)))


def kept_fold_models(
    path: Path, people: Sequence[Person], easy: Sequence[str], embedder: Embedder, seed: int
) -> list[DetectorModel]:
    """A detector by fold, trained on the others; kept in a file, as training takes minutes, for as
    long as the people, what is looked at, and the seed stay the same."""
    digest = _digest(people, easy, embedder, seed)
    kept = json.loads(path.read_text("utf-8")) if path.exists() else None
    if not isinstance(kept, dict) or kept.get("digest") != digest:
        if kept is not None:
            print(f"{path} is of other data, features or seed: trained anew", file=sys.stderr)
        folds = model_json(*gather(people, easy, embedder, seed), seed)[1]
        kept = {"digest": digest, "folds": folds}
        path.write_text(json.dumps(kept))
    return [DetectorModel.from_json(made) for made in kept["folds"]]


def _digest(people: Sequence[Person], easy: Sequence[str], embedder: Embedder, seed: int) -> str:
    """Of all that the detectors come from: the code that makes features and trains as well."""
    given = [[asdict(person) for person in people], list(easy), embedder.name, seed]
    found = blake2b(json.dumps(given).encode(), digest_size=16)
    for module in (features, references, lexicon, train_detector):
        found.update(Path(str(module.__file__)).read_bytes())
    return found.hexdigest()


def was_trained_on(people: Sequence[Person]) -> bool:
    """Whether the shipped detector has seen these people, and so may not judge them.

    Exits where that is so of some of them: judged by folds the others would be trained on too, and
    by the shipped detector the first would look better than they are.
    """
    strangers = [person.name for person in people if not seen(person.name)]
    if strangers and len(strangers) < len(people):
        raise SystemExit(
            f"the shipped detector was trained on {len(people) - len(strangers)} of these people "
            f"and not on {', '.join(strangers)}: put them into folders of their own"
        )
    return not strangers
