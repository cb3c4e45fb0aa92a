"""Train what tells whether two statements are of one thing: ``memory/linking.json``.

    python -m benchmarks.train_links [--out memory/linking.json]

Pairs are made of ``facts_items``, ``facts_more_items`` and ``facts_frames`` (ours, for this) and
of the part ``tuning`` of ``recall_updates``. Figures are of folds by item: nothing said of an item
is judged by trees that saw the item. No text is in the file.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict

from benchmarks.facts_frames import ADDING, FRAMES, filled
from benchmarks.facts_items import ITEMS, Item
from benchmarks.facts_more_items import MORE
from benchmarks.recall_updates_tuning import TUNING, TUNING_STAYING
from memory.linking import FEATURES, features
from memory.statements import read

__all__ = ["Pair", "grown", "pairs"]

_ROUNDS = 3  # of values for each pair of sentences
_AGAIN = 3  # pairs of a sentence of which there may be several
_THINGS = 2  # of each frame in a round
_FALSE = 0.03  # share of the look-alikes of something said before that may be taken for it
_FIRST = (
    "After the storm ", "Since the merger ", "With the extra help ", "As of this week ",
    "As it turned out ", "Thanks to the rebate ", "On my doctor's advice ", "A correction: ",
    "Because of the roadworks ", "Things are different, ", "The letter came: ", "Good news, ",
    "We voted, ", "It took a while, but ",
)  # fmt: skip
# What can only speak for one thing (1) or against it (-1).
_ONE_WAY = {
    "unit": 1, "other_unit": -1, "shared": 1, "older_alone": -1, "newer_alone": -1,
    "older_covered": 1, "newer_covered": 1, "older_first": 1, "newer_first": 1, "older_last": 1,
    "both_beside": -1, "newer_beside": -1, "older_beside": -1, "newer_persons": -1,
    "older_persons": -1, "change": 1, "newer_also": -1, "newer_past": -1, "older_past": -1,
    "newer_plan": -1, "older_plan": -1, "newer_attached": -1, "older_attached": -1,
    "same_subject": 1, "same_place": 1, "names_gone": -1, "names_new": -1, "things": 1,
    "own_things": 1, "older_things": -1, "newer_things": -1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences in the order said, whether they are of one thing, the item, and what kind of
    sentence follows on what kind."""

    older: str
    newer: str
    same: bool
    item: int
    kind: str


def pairs(seed: int) -> list[Pair]:
    """All there is to learn from."""
    rng = random.Random(seed)
    items: list[Item] = [*ITEMS, *MORE, *ADDING]
    items += [(values, (first,), (change,), ()) for first, change, _, values in TUNING]
    items += [(values, (first,), (), (other,)) for first, other, _, values in TUNING_STAYING]
    found: list[Pair] = []
    for _ in range(_ROUNDS):
        for number, item in enumerate(items):
            found += _of_item(item, number, rng)
        for number, frame in enumerate(FRAMES, len(items)):
            for _ in range(_THINGS):
                thing, other = rng.sample(frame[1].split(), 2)
                found += _of_item(filled(frame, thing, other), number, rng)
        found += _of_two(items, rng)
    return found


def _of_item(item: Item, number: int, rng: random.Random) -> Iterator[Pair]:
    values, says, changes, besides = item

    def pair(first: str, second: str, same: bool, kind: str) -> Pair:
        one, two = rng.sample(list(values), 2)
        return Pair(first.format(one), second.format(two), same, number, kind)

    for said in says:
        yield pair(said, said, True, "say>say")
        yield pair(said, rng.choice(_FIRST) + _lower(said), True, "say>say")
        for change in changes:
            yield pair(said, change, True, "say>change")
        for beside in besides:
            yield pair(said, beside, False, "say>beside")
            yield pair(beside, said, False, "beside>say")
            if changes:
                yield pair(beside, rng.choice(changes), False, "beside>change")
    for first, second in permutations(says, 2):
        yield pair(first, second, True, "say>other say")
    for first, second in combinations(changes, 2):
        yield pair(first, second, True, "change>change")
    for first, second in permutations(besides, 2):
        yield pair(first, second, False, "beside>beside")
    if not says:
        for beside in _AGAIN * list(besides):
            yield pair(beside, beside, False, "add")


def _of_two(items: Sequence[Item], rng: random.Random) -> Iterator[Pair]:
    """Of each sentence with two of other items that share a word with it."""
    said = [
        (sentence.format(rng.choice(list(values))), number)
        for number, (values, *kinds) in enumerate(items)
        for kind in kinds
        for sentence in kind
    ]
    words = [set(read(text).content) for text, _ in said]
    for at, (text, item) in enumerate(said):
        near = [i for i, (_, other) in enumerate(said) if other != item and words[i] & words[at]]
        for i in rng.sample(near, min(2, len(near))):
            yield Pair(text, said[i][0], False, item, "cross")


def _lower(text: str) -> str:
    return text if text.startswith(("I ", "I'")) else text[0].lower() + text[1:]


def grown(rows: NDArray[np.float64], same: NDArray[np.bool_]) -> HistGradientBoostingClassifier:
    """The trees for some pairs."""
    made = _unfitted()
    made.fit(rows, same)
    return made


def _unfitted() -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=100,
        max_leaf_nodes=16,
        learning_rate=0.1,
        min_samples_leaf=20,
        monotonic_cst=[_ONE_WAY.get(name, 0) for name in FEATURES],
        random_state=0,
    )


def made(found: Sequence[Pair]) -> dict[str, Any]:
    """What ships: trees, threshold, figures by folds."""
    rows = np.array([features(read(pair.older), read(pair.newer)) for pair in found])
    same = np.array([pair.same for pair in found])
    items = np.array([pair.item for pair in found])
    judged = cross_val_predict(
        _unfitted(), rows, same, groups=items, cv=GroupKFold(8), method="decision_function"
    )
    beside = np.array([pair.kind == "say>beside" for pair in found])
    threshold = float(np.quantile(judged[beside], 1 - _FALSE))
    ruled = np.array([_rule(row) for row in rows])
    trees, base = _as_lists(grown(rows, same))
    return {
        "threshold": round(threshold, 4),
        "base": base,
        "features": FEATURES,
        "trees": trees,
        "training": {
            "pairs": len(found),
            "of one thing": int(same.sum()),
            "items": len(set(items.tolist())),
            "auroc by folds": round(float(roc_auc_score(same, judged)), 4),
            "found by folds": round(float((judged[same] >= threshold).mean()), 4),
            "wrong by folds": round(float((judged[~same] >= threshold).mean()), 4),
            "found by a rule": round(float(ruled[same].mean()), 4),
            "wrong by a rule": round(float(ruled[~same].mean()), 4),
        },
    }


def _rule(row: NDArray[np.float64]) -> bool:
    """The simpler way, to compare: all words of the older again with another value, and nobody
    else, nothing past, planned or added."""
    at = dict(zip(FEATURES, row, strict=True))
    against = ("older_alone", "newer_persons", "older_persons", "newer_also", "newer_plan",
               "newer_past", "newer_attached", "newer_beside", "names_gone")  # fmt: skip
    return bool(at["changed"] or at["word"]) and not any(at[name] for name in against)


def _as_lists(model: HistGradientBoostingClassifier) -> tuple[list[Any], float]:
    """The trees as ``memory.linking`` reads them, and what is added to their sum."""

    def below(nodes: Any, at: int) -> Any:
        node = nodes[at]
        if node["is_leaf"]:
            return round(float(node["value"]), 5)
        left, right = (below(nodes, int(node[side])) for side in ("left", "right"))
        return [int(node["feature_idx"]), round(float(node["num_threshold"]), 5), left, right]

    trees = [below(round_[0].nodes, 0) for round_ in model._predictors]
    return trees, round(float(model._baseline_prediction.item()), 5)


def main() -> None:
    """Train, judge by folds, write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("memory/linking.json"))
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    found = made(pairs(given.seed))
    found["training"]["seed"] = given.seed
    given.out.write_text(json.dumps(found, separators=(",", ":")) + "\n")
    print(json.dumps(found["training"], indent=1))


if __name__ == "__main__":
    main()
