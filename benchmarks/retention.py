"""What pruning costs in recall on LoCoMo, and what it saves.

    python -m benchmarks.retention --data locomo.json --json retention.json

The turns of each conversation are stored in order. After every twenty a question is asked whose
evidence was said by then, from one half of the questions, so that recalls count as they would in
use; at the end the other half is judged. Rows: no retention, the default, and stronger pruning.
*evidence kept* is the share of the judged questions' evidence that can still be recalled.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.recall import CachedEmbedder, embedding
from benchmarks.recall_data import Question, Talk, locomo
from benchmarks.recall_scores import UNSCORED, judge, summary
from memory import DualMemory, Embedder, MemorySettings, Retention

_STEP = 20
ROWS: dict[str, Retention | None] = {
    "off": None,
    "default (5 %, 200 spared)": Retention(),
    "20 %, 200 spared": Retention(every=100, share=0.2, spare=200),
    "20 %, 100 spared": Retention(every=100, share=0.2, spare=100),
}


def main() -> None:
    """Print the table, write the JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--json", type=Path)
    options.add_argument("--vectors", type=Path, help="keeps the vectors of texts, by digest")
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    results = measured(locomo(given.data), CachedEmbedder(embedding(given.vectors)), given.seed)
    show(results)
    if given.json:
        given.json.write_text(json.dumps(results, indent=1))


def measured(talks: Iterable[Talk], embedder: Embedder, seed: int) -> dict[str, Any]:
    """The figures of every row."""
    held = list(talks)
    rows = {name: row(held, embedder, retention, seed) for name, retention in ROWS.items()}
    return {"seed": seed, "rows": rows}


def row(
    talks: list[Talk], embedder: Embedder, retention: Retention | None, seed: int
) -> dict[str, Any]:
    """The figures of one setting, over all conversations."""
    scores: list[dict[str, float]] = []
    kept: list[float] = []
    times: list[list[float]] = []  # by the clock, and of the processor
    chunks = turns = 0
    for talk in talks:
        with _opened(embedder, retention) as memory:
            asked = [q for q in talk.questions if q.category not in UNSCORED]
            numbers = _filled(memory, talk, asked[::2])
            recallable = {turn for (turn,) in memory._store.rows("SELECT turn FROM chunks")}
            alive = {number for turn, number in numbers.items() if turn in recallable}
            for question in asked[1::2]:
                start = time.perf_counter(), time.process_time()
                ranked = _ranked(memory, question.text, numbers)
                end = time.perf_counter(), time.process_time()
                times.append([1000 * (b - a) for a, b in zip(start, end, strict=True)])
                scores.append(judge(ranked, question.evidence))
                kept.append(len(question.evidence & alive) / len(question.evidence))
            chunks, turns = chunks + memory.stats().chunks, turns + len(numbers)
    return {
        **summary(scores, seed),
        "evidence_kept": round(float(np.mean(kept)), 4),
        "chunks": chunks,
        "turns": turns,
        "query_ms_p50": round(float(np.median(times, axis=0)[0]), 2),
        "query_cpu_ms_p50": round(float(np.median(times, axis=0)[1]), 2),
    }


def _opened(embedder: Embedder, retention: Retention | None) -> DualMemory:
    settings = MemorySettings(retention=retention)
    return DualMemory(user="ann", conversation="talk", embedder=embedder, settings=settings)


def _filled(memory: DualMemory, talk: Talk, asked: list[Question]) -> dict[int, int]:
    """Store a conversation, asking on the way; the turns' numbers by id."""
    numbers: dict[int, int] = {}
    waiting = sorted(asked, key=lambda question: max(question.evidence))
    for start in range(0, len(talk.turns), _STEP):
        stored = memory.add_turns(talk.turns[start : start + _STEP])
        numbers |= {turn.id: start + at for at, turn in enumerate(stored)}
        if waiting and max(waiting[0].evidence) < start + _STEP:
            memory.recall(waiting.pop(0).text)
    return numbers


def _ranked(memory: DualMemory, query: str, numbers: dict[int, int]) -> list[int]:
    episodes = memory.recall(query, k=50).episodes
    return [numbers[e.turn_id] for e in sorted(episodes, key=lambda e: -e.score)]


def show(results: dict[str, Any]) -> None:
    """The rows as a table."""
    names = (
        "recall@10",
        "recall@50",
        "nDCG@10",
        "evidence_kept",
        "chunks",
        "turns",
        "query_ms_p50",
        "query_cpu_ms_p50",
    )
    table = Table("retention", *names)
    for name, found in results["rows"].items():
        table.add_row(name, *(str(found[each]) for each in names))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
