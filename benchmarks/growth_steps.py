"""The steps of ``benchmarks.growth``, each run in a process of its own."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.growth_data import DIMENSION, Corpus, NoEmbedder, Query, conversation
from benchmarks.process import rss_mb
from memory import DualMemory, Embedded, MemorySettings

__all__ = ["Case", "build", "erase_cost", "peer_cost", "recall_cost"]

_BATCH = 100  # turns of one transaction
_RRF = 60
Seconds = list[tuple[float, float]]  # by the clock, of the processor


@dataclass(frozen=True)
class Case:
    """One file: so many chunks for so many users."""

    path: Path
    size: int
    users: int
    seed: int
    queries: int

    @property
    def each(self) -> int:
        """Chunks of a user."""
        return self.size // self.users


def build(case: Case) -> dict[str, Any]:
    """Fill a file through the door, ``add_turns``."""
    corpus = Corpus(case.seed)
    spent = 0.0
    with DualMemory(case.path, embedder=NoEmbedder()) as memory:
        for user in range(case.users):
            for place in range(0, case.each, _BATCH):
                turns, embedded = corpus.turns(min(_BATCH, case.each - place), place)
                start = time.perf_counter()
                where = {"user": f"u{user}", "conversation": conversation(place)}
                memory.add_turns(turns, embedded=embedded, **where)
                spent += time.perf_counter() - start
    os.sync()  # or the disk would still be busy with gigabytes while recalls are timed
    return {"add_per_s": round(case.size / spent)}


def recall_cost(case: Case) -> dict[str, Any]:
    """Latency of whole recalls, what the first costs, RAM, and whether the turn was found."""
    queries = _queries(case)
    before = rss_mb()
    start = time.perf_counter()
    with DualMemory(case.path, embedder=NoEmbedder()) as memory:
        _recall(memory, *queries[0])
        cold = time.perf_counter() - start
        seconds, answers = _timed(lambda user, query: _recall(memory, user, query), queries)
        row = {
            **_latency(seconds),
            "found": _found(queries, answers),
            "cold_s": round(cold, 3),
            "ram_mb": round(rss_mb() - before),
            "file_mb": round(sum(p.stat().st_size for p in memory._store.files()) / 1e6, 1),
        }
    if case.each > MemorySettings().exact_chunks:
        row["exact"] = _exact(case, queries, answers)
    return row


def _exact(case: Case, queries: list[tuple[str, Query]], answers: list[list[str]]) -> Any:
    """The same recalls with no chunk passed over, and how many of their episodes the approximate
    ones gave too."""
    settings = MemorySettings(exact_chunks=2 * case.each)
    with DualMemory(case.path, embedder=NoEmbedder(), settings=settings) as memory:
        _recall(memory, *queries[0])
        seconds, exact = _timed(lambda user, query: _recall(memory, user, query), queries)
    pairs = list(zip(exact, answers, strict=True))
    shared = sum(len(set(one) & set(other)) for one, other in pairs)
    overlap = shared / max(1, sum(len(set(one)) for one in exact))
    return {**_latency(seconds), "overlap": round(overlap, 4), "found": _found(queries, exact)}


def erase_cost(case: Case) -> dict[str, Any]:
    """Erasing one turn by its text, to the last byte."""
    with DualMemory(case.path, embedder=NoEmbedder()) as memory:
        text = memory.turns(user="u0", conversation=conversation(0), limit=5)[0].text
        start = time.perf_counter()
        memory.erase(text=text, user="u0")
        return {"erase_s": round(time.perf_counter() - start, 3)}


def peer_cost(case: Case) -> dict[str, Any]:
    """FAISS flat and FTS5 in RAM, fused by reciprocal rank: no scopes, dates or neighbours."""
    import faiss

    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE chunks USING fts5(text)")
    index = faiss.IndexFlatIP(DIMENSION)
    stored = sqlite3.connect(case.path)
    sql = "SELECT c.id, t.text, vector FROM turns t JOIN chunks c ON c.turn = t.id ORDER BY c.id"
    for place, text, vector in stored.execute(sql):
        database.execute("INSERT INTO chunks (rowid, text) VALUES (?, ?)", (place - 1, text))
        index.add(np.frombuffer(vector, "<f4")[None])
    stored.close()

    def ask(_: str, query: Query) -> list[str]:
        words = " OR ".join(re.findall(r"\w+", query.embedded.text.casefold()))
        sql = "SELECT rowid FROM chunks WHERE chunks MATCH ? ORDER BY rank LIMIT 50"
        lexical = [row[0] for row in database.execute(sql, (words,))]
        dense = index.search(query.embedded.vectors, 50)[1][0].tolist()
        return _texts(database, _fused(lexical, dense)[:10])

    queries = _queries(case)
    seconds, answers = _timed(ask, queries)
    return {**_latency(seconds), "found": _found(queries, answers)}


def _fused(*rankings: Iterable[int]) -> list[int]:
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, place in enumerate(ranking):
            scores[place] = scores.get(place, 0.0) + 1 / (_RRF + rank)
    return sorted(scores, key=lambda place: -scores[place])


def _texts(database: sqlite3.Connection, places: list[int]) -> list[str]:
    sql = "SELECT text FROM chunks WHERE rowid = ?"
    return [database.execute(sql, (place,)).fetchone()[0] for place in places]


def _recall(memory: DualMemory, user: str, query: Query) -> list[str]:
    found = memory.recall(
        query.embedded.text, embedded=query.embedded, user=user, conversation=None
    )
    return [episode.text for episode in found.episodes]


def _queries(case: Case) -> list[tuple[str, Query]]:
    """Questions about turns drawn evenly, with whose they are."""
    random = np.random.default_rng(case.seed + 1)
    wanted = random.choice(case.size, min(case.queries, case.size), replace=False) + 1
    asker = Corpus(case.seed + 2)
    sql = "SELECT user, t.text, vector FROM turns t JOIN chunks c ON c.turn = t.id WHERE c.id = ?"
    database = sqlite3.connect(case.path)
    found = []
    for place in wanted.tolist():
        user, text, vector = database.execute(sql, (place,)).fetchone()
        turn = Embedded(text, (text,), np.frombuffer(vector, "<f4")[None])
        found.append((user, asker.query(turn)))
    database.close()
    return found


def _timed(
    ask: Callable[[str, Query], list[str]], queries: list[tuple[str, Query]]
) -> tuple[Seconds, list[list[str]]]:
    seconds, answers = [], []
    for user, query in queries:
        start, busy = time.perf_counter(), time.process_time()
        answers.append(ask(user, query))
        seconds.append((time.perf_counter() - start, time.process_time() - busy))
    return seconds, answers


def _latency(seconds: Seconds) -> dict[str, float]:
    """By the clock, and what the processor worked, which others on the machine change less."""
    (p50, busy50), (p95, busy95) = np.percentile(seconds, [50, 95], axis=0) * 1e3
    named = {"p50_ms": p50, "p95_ms": p95, "cpu_p50_ms": busy50, "cpu_p95_ms": busy95}
    return {name: round(float(value), 2) for name, value in named.items()}


def _found(queries: list[tuple[str, Query]], answers: list[list[str]]) -> float:
    hits = [query.wanted in answer for (_, query), answer in zip(queries, answers, strict=True)]
    return round(sum(hits) / len(hits), 4)
