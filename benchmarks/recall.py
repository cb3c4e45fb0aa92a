"""Recall of the turns that hold the evidence, beside peers with the same embedder in the same run.

    python -m benchmarks.recall --suite locomo --data locomo.json [--corrections FILE] --json F
    python -m benchmarks.recall --suite beam --data beam.json --json F

``locomo`` is scored over categories 1 to 4 (the fifth has no answer); with ``--corrections`` once
more against audited evidence. ``beam`` also gives ``stale_first``: the share of knowledge updates
in which the message with the old value ranks above the one with the new, and the same over made-up
updates (``generated``), with ``collateral``: facts that did not change, held for superseded, over
all that did not change. Our figures stand at the top level of the JSON. Latency is a whole query,
and beside it what goes beyond the embedding.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.kept_vectors import KeptVectors
from benchmarks.peers.memories import PEERS
from benchmarks.peers.peer import installed
from benchmarks.recall_data import Talk, beam, corrected, locomo
from benchmarks.recall_scores import NAMES, UNSCORED, judge, stale_first, summary
from benchmarks.recall_sides import SIDES, Side
from benchmarks.recall_tuning import left_out
from benchmarks.recall_updates import changes
from benchmarks.scores import share
from memory import Embedder, default_embedder

Maker = Callable[[Embedder], Side]


class CachedEmbedder:
    """Each text is embedded once for all sides; ``seconds`` is what queries spent in it."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, Any] = {}
        self.name, self.dimension = embedder.name, embedder.dimension
        self.seconds = 0.0

    def encode(self, texts: Sequence[str]) -> Any:
        start = time.perf_counter()
        missing = list(dict.fromkeys(text for text in texts if text not in self._known))
        if missing:
            made = self._embedder.encode(missing)
            self._known.update(zip(missing, made, strict=True))
        self.seconds += time.perf_counter() - start
        return np.stack([self._known[text] for text in texts]).astype(np.float32)


def embedding(vectors: Path | None) -> Embedder:
    """The default embedder, its vectors kept in a file where one is named."""
    return KeptVectors(vectors) if vectors else default_embedder()


@dataclass
class Outcome:
    """What one side made of a suite."""

    rankings: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    whole_ms: list[float] = field(default_factory=list)
    beyond_ms: list[float] = field(default_factory=list)
    summarised: dict[str, frozenset[int]] = field(default_factory=dict)

    def ask(self, side: Any, talk: Talk, embedder: CachedEmbedder) -> None:
        """Rank for every question of a conversation."""
        if (quoted := getattr(side, "summarised", None)) is not None:
            self.summarised[talk.name] = quoted
        for question in talk.questions:
            embedder.seconds, start = 0.0, time.perf_counter()
            self.rankings[talk.name, question.text] = side.rank(question.text)
            whole = time.perf_counter() - start
            self.whole_ms.append(1000 * whole)
            self.beyond_ms.append(1000 * (whole - embedder.seconds))


def run(
    sides: Mapping[str, Maker], talks: Sequence[Talk], embedder: CachedEmbedder
) -> dict[str, Outcome]:
    """Every side over every conversation."""
    outcomes: dict[str, Outcome] = {name: Outcome() for name in sides}
    for talk in track(talks, "conversations", console=Console(stderr=True)):
        for name, make in sides.items():
            side = make(embedder)
            side.fill(talk.turns)
            outcomes[name].ask(side, talk, embedder)
    return outcomes


def scored(talks: Sequence[Talk], outcome: Outcome, seed: int) -> dict[str, Any]:
    """The figures of one side."""
    rows: dict[str, list[dict[str, float]]] = defaultdict(list)
    stale: list[bool] = []
    quoted: list[float] = []
    for talk in talks:
        summarised = outcome.summarised.get(talk.name, frozenset())
        for question in talk.questions:
            ranked = outcome.rankings[talk.name, question.text]
            quoted.append(len(question.evidence & summarised) / len(question.evidence))
            rows[question.category].append(judge(ranked, question.evidence))
            if question.stale and question.current:
                stale.append(stale_first(ranked, question))
    every = [row for category, group in rows.items() if category not in UNSCORED for row in group]
    found: dict[str, Any] = summary(every, seed)
    if outcome.summarised:
        found["in_summary"] = round(float(np.mean(quoted)), 4)
    if stale:
        found["stale_first"] = share(stale)["share"]
        found["stale_first_counts"] = share(stale)
    for name, times in (("query_ms", outcome.whole_ms), ("query_ms_beyond", outcome.beyond_ms)):
        found |= {f"{name}_p50": _quantile(times, 0.5), f"{name}_p95": _quantile(times, 0.95)}
    found["by_category"] = {c: summary(group, seed) for c, group in sorted(rows.items())}
    return found


def _quantile(times: Sequence[float], at: float) -> float:
    return round(float(np.quantile(times, at)), 3)


def main() -> None:
    """Run a suite, print tables, write the JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--suite", choices=("locomo", "beam"), required=True)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--corrections", type=Path, help="audited evidence, for locomo")
    options.add_argument("--json", type=Path)
    options.add_argument("--vectors", type=Path, help="keeps the vectors of texts, by digest")
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    talks = (locomo if given.suite == "locomo" else beam)(given.data)
    embedder = CachedEmbedder(embedding(given.vectors))
    here: dict[str, Maker] = SIDES | {n: peer for n, peer in PEERS.items() if installed(peer)}
    missing = sorted(set(PEERS) - set(here))
    outcomes = run(here, talks, embedder)
    sides = {name: scored(talks, outcome, given.seed) for name, outcome in outcomes.items()}
    results = {"suite": given.suite, "seed": given.seed, "embedder": embedder.name}
    results |= _nested(sides) | {"not_installed": missing}
    others = {}
    if len(talks) > 1:
        results["left_out"] = left_out(talks, embedder, given.seed)
        others = {"ours, weights left out": results["left_out"]}
    if given.corrections:
        audited = corrected(talks, given.corrections, given.data)
        again = {name: scored(audited, outcome, given.seed) for name, outcome in outcomes.items()}
        results["corrected"] = _nested(again)
        show(again, missing, f"{given.suite}, audited evidence")
    if given.suite == "beam":
        made = changes(here, embedder, given.seed)
        results["generated"] = made
        results["generated_stale_first"] = made["ours"]["stale_first"]["share"]
        results["collateral"] = made["ours"]["collateral"]["share"]
        Console().print({name: found["stale_first"] for name, found in made.items()})
        Console().print("collateral", made["ours"]["collateral"])
    show(sides | others, missing, given.suite)
    if given.json:
        given.json.write_text(json.dumps(results, indent=1))


def _nested(sides: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Ours at the top, the others under ``peers``."""
    return {**sides["ours"], "peers": {n: found for n, found in sides.items() if n != "ours"}}


def show(sides: dict[str, dict[str, Any]], missing: Sequence[str], title: str) -> None:
    """The figures as tables."""
    console = Console(width=130)
    more = ("stale_first", "query_ms_p50", "query_ms_p95", "query_ms_beyond_p95")
    table = Table("side", "n", *NAMES, *more, title=title)
    for name, found in sides.items():
        table.add_row(
            name, str(found["questions"]), *(str(found.get(n, "")) for n in (*NAMES, *more))
        )
    for name in missing:
        table.add_row(name, "not installed")
    console.print(table)
    table = Table("category", "n", *NAMES, title=f"{title}: ours by category")
    for category, found in sides["ours"]["by_category"].items():
        table.add_row(category, str(found["questions"]), *(str(found[n]) for n in NAMES))
    console.print(table)


if __name__ == "__main__":
    main()
