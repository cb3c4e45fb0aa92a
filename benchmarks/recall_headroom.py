"""How much better the first candidates of recall could be ranked: learnt rankers.

    python -m benchmarks.recall_headroom --data locomo.json --json headroom.json
    python -m benchmarks.recall_headroom --suite beam --deep 200 --data beam.json

For each question the turns that recall ranks first (``--deep``, 100 by default) are described by
some features: their scores, those of their neighbours and of their session, their form, the kind of
question. A logistic regression and boosted trees learn which of them are evidence, each time from
all conversations but one, and rank those of that one. *our order* is what they start from, and
*perfect* puts all evidence among the candidates first: the most that any ranker of them can reach.
A study only: nothing learnt here is shipped or used by the memory.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.recall import CachedEmbedder
from benchmarks.recall_data import Question, Talk, beam, locomo
from benchmarks.recall_scores import NAMES, UNSCORED, judge, summary
from benchmarks.recall_sides import Ours
from memory import Embedder, default_embedder, embed_text
from memory.partition import UserPartition
from memory.ranking import Scores, score
from memory.times import spans
from memory.words import hashes, terms

Floats = NDArray[np.float64]
_KINDS = ("who", "what", "when", "where", "which", "how", "would")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its candidates: turns best first (n,), features (n, f), evidence (n,)."""

    question: Question
    talk: str
    turns: NDArray[np.int64]
    features: Floats
    wanted: NDArray[np.bool_]


def main() -> None:
    """Run the study, print the tables, write the JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--suite", choices=("locomo", "beam"), default="locomo")
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--json", type=Path)
    options.add_argument("--deep", type=int, default=100, help="candidates of each question")
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    talks = (locomo if given.suite == "locomo" else beam)(given.data)
    found = measured(talks, CachedEmbedder(default_embedder()), given.deep, given.seed)
    results = {"suite": given.suite, **found}
    show(results)
    if given.json:
        given.json.write_text(json.dumps(results, indent=1))


def measured(talks: Sequence[Talk], embedder: Embedder, deep: int, seed: int) -> dict[str, Any]:
    """The figures of every ranker, over all conversations."""
    asked = [each for talk in talks for each in candidates(talk, embedder, deep)]
    rankers: dict[str, Floats] = {
        "our order": np.concatenate([-np.arange(len(each.turns), dtype=float) for each in asked]),
        "logistic": learnt(asked, lambda: logistic(seed)),
        "boosted": learnt(asked, lambda: boosted(seed)),
        "perfect": np.concatenate([each.wanted.astype(float) for each in asked]),
    }
    rows = {name: judged(asked, values, seed) for name, values in rankers.items()}
    return {"seed": seed, "deep": deep, "conversations": len(talks), "rows": rows}


def candidates(talk: Talk, embedder: Embedder, deep: int) -> list[Asked]:
    """The scored questions of a conversation with what recall ranks first."""
    side = Ours(embedder)
    side.fill(talk.turns)
    recall = side.memory._episodic
    partition = recall.partitions.get("ann")
    numbers = np.array([side.numbers[turn] for turn in partition.turns.tolist()])
    last = talk.turns[-1].time or datetime.now(UTC)
    found = []
    for question in talk.questions:
        if question.category in UNSCORED:
            continue
        query = recall._meant(embed_text(question.text, side.memory.embedder), partition)
        times = spans(question.text, last.date())
        scores = score(partition, query.text, query.vectors, None, times)
        order = np.argsort(-scores.total, kind="stable")
        _, first = np.unique(numbers[order], return_index=True)
        places = order[np.sort(first)][:deep]
        wanted = np.isin(numbers[places], list(question.evidence))
        features = described(partition, scores, question.text, places)
        found.append(Asked(question, talk.name, numbers[places], features, wanted))
    return found


def described(
    partition: UserPartition, scores: Scores, query: str, places: NDArray[np.int64]
) -> Floats:
    """(n, f) what is known of the candidates."""
    share = shares(partition, query)
    total = scores.total / max(float(scores.total.max()), 1e-9)
    columns = [np.arange(len(places)), np.log1p(np.arange(len(places)))]
    for values in (total, scores.cosine, scores.words, share):
        around = np.append(values, 0.0)  # for -1: no neighbour
        near = [around[partition.before[places]], around[partition.after[places]]]
        columns += [values[places], *near]
    asks = np.append(partition.question, False)
    columns += [asks[places], asks[partition.before[places]], asks[partition.after[places]]]
    columns += [scores.then[places], np.log1p(partition.size[places]), places / len(partition)]
    named = partition.named(set(hashes(terms(query)).tolist()))
    columns.append(np.isin(partition.speaker[places], named))
    columns += session(total, partition.day, places)
    words = query.casefold().split()
    constant = [len(words), len(named), *(kind in words[:3] for kind in _KINDS)]
    columns += [np.full(len(places), value) for value in constant]
    return np.stack([np.asarray(column, np.float64) for column in columns], axis=1)


def session(total: Any, day: NDArray[np.int64], places: NDArray[np.int64]) -> list[Floats]:
    """What speaks for the day of a candidate: its best turn, and its turns among the candidates."""
    best: dict[int, float] = defaultdict(float)
    for value, when in zip(total.tolist(), day.tolist(), strict=True):
        best[when] = max(best[when], value)
    days = day[places].tolist()
    often = Counter(days)
    return [np.array([best[when] for when in days]), np.array([float(often[w]) for w in days])]


def shares(partition: UserPartition, query: str) -> Floats:
    """(n,) the share of the query's words in each chunk, weighted by how rare they are."""
    share, whole = np.zeros(len(partition)), 0.0
    for term in set(hashes(terms(query)).tolist()):
        places, _ = partition.find(term)
        weight = float(np.log1p(len(partition) / (1 + len(places))))
        share[places] += weight
        whole += weight
    return share / max(whole, 1e-9)


def logistic(seed: int) -> Any:
    """A logistic regression over standardised features."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, random_state=seed))


def boosted(seed: int) -> Any:
    """Small boosted trees, stopped after a fixed number so that nothing is tuned."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=150, learning_rate=0.05, max_leaf_nodes=15, l2_regularization=1, random_state=seed
    )


def learnt(asked: Sequence[Asked], make: Callable[[], Any]) -> Floats:
    """What a model gives to each candidate that learnt from the other conversations."""
    talks = np.concatenate([np.repeat(each.talk, len(each.turns)) for each in asked])
    features = np.concatenate([each.features for each in asked])
    wanted = np.concatenate([each.wanted for each in asked])
    given = np.zeros(len(talks))
    for talk in dict.fromkeys(talks.tolist()):
        out = talks == talk
        model = make().fit(features[~out], wanted[~out])
        given[out] = model.predict_proba(features[out])[:, 1]
    return given


def judged(asked: Sequence[Asked], values: Floats, seed: int) -> dict[str, Any]:
    """The scores of a ranking by values, over all questions and by category."""
    rows: dict[str, list[dict[str, float]]] = defaultdict(list)
    start = 0
    for each in asked:
        own = values[start : start + len(each.turns)]
        ranked = each.turns[np.argsort(-own, kind="stable")].tolist()
        rows[each.question.category].append(judge(ranked, each.question.evidence))
        start += len(own)
    every = [row for group in rows.values() for row in group]
    kinds = {kind: summary(group, seed) for kind, group in sorted(rows.items())}
    return {**summary(every, seed), "by_category": kinds}


def show(results: dict[str, Any]) -> None:
    """The rankers as a table."""
    kinds = list(results["rows"]["our order"]["by_category"])
    table = Table("ranker", *NAMES, *(f"{kind}, recall@10" for kind in kinds))
    for name, found in results["rows"].items():
        by_kind = (str(found["by_category"][kind]["recall@10"]) for kind in kinds)
        table.add_row(name, *(str(found[each]) for each in NAMES), *by_kind)
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
