"""Train the detector that ships, on RWKU (arXiv 2406.10890, CC BY 4.0), by people.

    python -m benchmarks.train_detector --data RWKU --vectors FILE [--out detector.json]

Two boosted ensembles: for prompts, and for questions with answers. Every person is described three
ways (name; introduction; passages), all people are targets at once, and each one alone, so that the
features mean the same however many targets there are. Calibration and operating points are from
predictions by folds, so that no person is judged by trees that have seen their questions. No
question of the data is a person's exemplar.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks.detector_rows import Floats, answered, asked, drafts, references
from benchmarks.kept_vectors import KeptVectors
from benchmarks.rwku import SETUPS, Person, neutral_prompts, read_people
from guardrail.detection.model import digest
from memory.embedding import Embedder

__all__ = ["Material", "cross_validate", "fit", "fold_of", "folds_of", "gather", "model_json"]

FOLDS = 6
OTHERS = 3  # other targets that each item is a negative of
EASY = 3_000  # neutral prompts that are negatives of a target at random
_LEAF = -1
_GREY, _SURE = 0.05, 0.01  # shares of the neighbours' prompts at the operating points


@dataclass(slots=True)
class Material:
    """Rows to train on and to judge, for one kind of text: features (n, f), whether each is to be
    withheld, its weight, and the number of the person it belongs to (-1: nobody). ``judged`` are
    the rows that operating points are set on: an item with its own person, as it is in the data."""

    features: Floats
    withheld: NDArray[np.bool_]
    weight: NDArray[np.float64]
    person: NDArray[np.int64]
    judged: NDArray[np.bool_]


def main() -> None:
    """Train, cross-validate, write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--vectors", type=Path, required=True, help="file of kept vectors")
    parser.add_argument("--out", type=Path, default=Path("guardrail/detection/detector.json"))
    parser.add_argument("--folds", type=Path, help="also write the detectors by fold here")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    people = read_people(given.data)
    easy = neutral_prompts(given.data)
    prompt, answer = gather(people, easy, KeptVectors(given.vectors), given.seed)
    made, folds = model_json(prompt, answer, given.seed)
    if given.folds:
        given.folds.write_text(json.dumps(folds))
    made["training"] |= {
        "data": "RWKU (Jin et al., arXiv 2406.10890), CC BY 4.0",
        "people": len(people),
        "digests": sorted(digest(person.name) for person in people),
        "seed": given.seed,
    }
    given.out.write_text(json.dumps(made, separators=(",", ":")) + "\n")
    print(json.dumps(made["training"], indent=1))


def gather(
    people: Sequence[Person], easy: Sequence[str], embedder: Embedder, seed: int
) -> tuple[Material, Material]:
    """What there is to learn from: of prompts, and of prompts with answers."""
    rng = np.random.default_rng(seed)
    items = [item for person in people for item in person.items]
    number = {person.name: at for at, person in enumerate(people)}
    own = np.array([number[item.person] for item in items])
    about = np.array([item.about for item in items])
    extra = drafts(items, seed)
    extra_own = np.array([number[item.person] for item, _, _ in extra])
    extra_held = np.array([held for _, _, held in extra])
    few = [easy[i] for i in rng.choice(len(easy), min(EASY, len(easy)), replace=False)]
    prompts: list[Material] = []
    answers: list[Material] = []
    for setup in (*SETUPS, "few"):
        known = references(people, setup, embedder)
        rows = asked(known, [item.prompt for item in items], embedder)
        prompts += [_own(rows, own, about, True), _others(rows, own, rng)]
        prompts.append(_nobody(asked(known, few, embedder), rng))
        rows = answered(known, [(item.prompt, item.answer) for item in items], embedder)
        answers += [_own(rows, own, about, True), _others(rows, own, rng)]
        rows = answered(known, [(item.prompt, said) for item, said, _ in extra], embedder)
        answers.append(_own(rows, extra_own, extra_held, False))
    for at, person in enumerate(people):
        for setup in ("name", "few", "passages"):
            known = references([person], setup, embedder)
            strangers = rng.choice(np.flatnonzero(own != at), 100, replace=False)
            texts = [item.prompt for item in person.items]
            texts += [items[i].prompt for i in strangers] + [few[i] for i in range(at, EASY, 100)]
            rows = asked(known, texts, embedder)[:, 0]
            held = np.zeros(len(texts), np.bool_)
            held[: len(person.items)] = [item.about for item in person.items]
            prompts.append(_material(rows, held, 0.5, np.full(len(rows), at), False))
            pairs = [(i.prompt, i.answer) for i in (*person.items, *(items[s] for s in strangers))]
            rows = answered(known, pairs, embedder)[:, 0]
            answers.append(_material(rows, held[: len(rows)], 0.5, np.full(len(rows), at), False))
    return _joined(prompts), _joined(answers)


def _own(rows: Floats, own: NDArray[Any], held: NDArray[Any], judged: bool) -> Material:
    return _material(rows[np.arange(len(own)), own], held, 1.0, own, judged)


def _others(rows: Floats, own: NDArray[Any], rng: np.random.Generator) -> Material:
    """Each item with a few people that it is not about."""
    item = np.repeat(np.arange(len(own)), OTHERS)
    other = rng.integers(0, rows.shape[1] - 1, len(item))
    other += other >= own[item]
    return _material(rows[item, other], np.zeros(len(item), np.bool_), 0.3, own[item], False)


def _nobody(rows: Floats, rng: np.random.Generator) -> Material:
    other = rng.integers(0, rows.shape[1], len(rows))
    picked = rows[np.arange(len(rows)), other]
    return _material(picked, np.zeros(len(rows), np.bool_), 0.3, np.full(len(rows), -1), False)


def _material(
    rows: Floats, held: NDArray[Any], weight: float, person: NDArray[Any], judged: bool
) -> Material:
    n = len(rows)
    return Material(rows, held, np.full(n, weight), person, np.full(n, judged))


def _joined(parts: Iterable[Material]) -> Material:
    parts = list(parts)
    return Material(
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.withheld for part in parts]),
        np.concatenate([part.weight for part in parts]),
        np.concatenate([part.person for part in parts]),
        np.concatenate([part.judged for part in parts]),
    )


def fit(material: Material, chosen: NDArray[np.bool_], seed: int) -> Any:
    """An ensemble of small trees on some of the rows."""
    model = HistGradientBoostingClassifier(
        max_iter=150,
        learning_rate=0.08,
        max_leaf_nodes=10,
        min_samples_leaf=25,
        l2_regularization=3.0,
        max_features=0.5,
        random_state=seed,
    )
    return model.fit(
        material.features[chosen], material.withheld[chosen], sample_weight=material.weight[chosen]
    )


def folds_of(people: int) -> NDArray[np.int64]:
    """(people,) the fold of each person."""
    return np.random.default_rng(1).permutation(people) % FOLDS


def fold_of(people: Sequence[Person]) -> Callable[[str], int]:
    """The fold of a person, by name; of nobody (a benign prompt), the first."""
    numbers = folds_of(len(people)).tolist()
    folds = {person.name: numbers[at] for at, person in enumerate(people)}
    return lambda name: folds.get(name, 0)


def cross_validate(material: Material, seed: int) -> tuple[NDArray[np.float64], list[Any]]:
    """The log-odds of the judged rows (n,), each by a model that has not seen its person, and the
    models by fold."""
    fold = folds_of(int(material.person.max()) + 1)
    of_row = np.where(material.person < 0, -1, fold[material.person])
    odds = np.zeros(int(material.judged.sum()))
    models = []
    for number in range(FOLDS):
        models.append(fit(material, of_row != number, seed))
        mine = of_row[material.judged] == number
        odds[mine] = models[-1].decision_function(material.features[material.judged][mine])
    return odds, models


def model_json(
    prompt: Material, answer: Material, seed: int
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The detector as the package reads it, with the figures of its training; and for each fold
    one that has not seen its people, calibrated on the predictions for the others."""
    made: dict[str, Any] = {"training": {}}
    folds: list[dict[str, Any]] = [{} for _ in range(FOLDS)]
    fold = folds_of(int(prompt.person.max()) + 1)
    for name, material in (("prompt", prompt), ("answer", answer)):
        odds, models = cross_validate(material, seed)
        made |= one_json(name, fit(material, material.weight > 0, seed), odds, material)
        made["training"][name] = _figures(odds, material)
        person = material.person[material.judged]
        for number, model in enumerate(models):
            folds[number] |= one_json(name, model, odds, material, fold[person] != number)
    return made, folds


def one_json(
    name: str, model: Any, odds: NDArray[np.float64], material: Material, outside: Any = None
) -> dict[str, Any]:
    """One ensemble with its calibration and operating points, which come from the predictions
    ``odds`` of the judged rows, of those ``outside`` (all, if not given)."""
    held = material.withheld[material.judged]
    chosen = np.ones(len(held), np.bool_) if outside is None else outside
    platt = LogisticRegression().fit(odds[chosen, None], held[chosen])
    scale, shift = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    near = 1 / (1 + np.exp(-(scale * odds[chosen & ~held] + shift)))
    tables = [trees[0].nodes for trees in model._predictors]
    return {
        name: {
            **flatten(tables),
            "base": float(model._baseline_prediction[0, 0]),
            "scale": scale,
            "shift": shift,
        },
        f"{name}_at": {
            "grey": round(float(np.quantile(near, 1 - _GREY)), 4),
            "sure": round(float(np.quantile(near, 1 - _SURE)), 4),
        },
    }


def flatten(trees: Sequence[Any]) -> dict[str, Any]:
    """The arrays of ``guardrail.detection.trees.Trees`` from scikit-learn's tables of nodes."""
    made: dict[str, Any] = {k: [] for k in ("roots", "feature", "threshold", "left", "right")}
    for nodes in trees:
        start = len(made["feature"])
        made["roots"].append(start)
        for at, node in enumerate(nodes):
            leaf = bool(node["is_leaf"])
            number = float(node["value"] if leaf else node["num_threshold"])
            made["feature"].append(_LEAF if leaf else int(node["feature_idx"]))
            made["threshold"].append(float(f"{number:.7g}"))
            made["left"].append(start + (at if leaf else int(node["left"])))
            made["right"].append(start + (at if leaf else int(node["right"])))
    depth = max(int(node["depth"]) for nodes in trees for node in nodes)
    return {**made, "depth": depth}


def _figures(odds: NDArray[np.float64], material: Material) -> dict[str, float]:
    """By folds over the three descriptions: what the operating points catch."""
    held = material.withheld[material.judged]
    near, about = odds[~held], odds[held]

    def tpr(share: float) -> float:
        return float((about > np.quantile(near, 1 - share)).mean())

    return {
        "auroc": round(float(roc_auc_score(held, odds)), 4),
        "tpr_at_5pct": round(tpr(_GREY), 4),
        "tpr_at_1pct": round(tpr(_SURE), 4),
    }


if __name__ == "__main__":
    main()
