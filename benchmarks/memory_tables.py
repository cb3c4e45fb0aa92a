"""The tables of the documentation about recall, growth and retention."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from benchmarks.dialogue_tables import between, short, table

__all__ = ["TABLES"]

Figures = Mapping[str, Any]

_RECALL = ("recall@5", "recall@10", "recall@50", "recall_all@10", "nDCG@10")
_RANKERS = {
    "our order": "our order",
    "logistic": "logistic regression",
    "boosted": "boosted trees",
    "perfect": "all evidence among the candidates first",
}
_PEER = "faiss flat and fts5"
_NAMES = {"dense": "MiniLM alone", "BM25": "FTS5's BM25", "HEMA, forgetting": "HEMA, whole"}


def recall(figures: Figures) -> str:
    """Every side of a suite, and of its audited evidence where there is some."""
    parts = {"": figures, "audited evidence": figures.get("corrected", {})}
    rows = [row for title, part in parts.items() if part for row in _sides(title, part)]
    head = ("", "questions", "recall@5", "recall@10 (95 %)", "recall@50", "recall_all@10",
            "nDCG@10 (95 %)")  # fmt: skip
    return table(head, rows)


def _sides(title: str, part: Figures) -> Iterable[tuple[str, ...]]:
    sides = {"**ours**": part}
    if "left_out" in part:
        sides["ours, weights chosen on the other conversations"] = part["left_out"]
    sides |= {_NAMES.get(name, name): found for name, found in part["peers"].items()}
    for name, found in sides.items():
        cells = [_figure(found, key) for key in _RECALL]
        yield (f"{title}: {name}" if title else name, str(found["questions"]), *cells)


def headroom(figures: Figures) -> str:
    """What learnt rankers make of the first candidates; multi-hop questions have a column."""
    rows = [
        (
            words,
            *(_figure(figures["rows"][name], key) for key in _RECALL),
            _figure(figures["rows"][name]["by_category"]["multi-hop"], "recall@10"),
        )
        for name, words in _RANKERS.items()
    ]
    head = (f"ranker of the first {figures['deep']}", "recall@5", "recall@10 (95 %)", "recall@50",
            "recall_all@10", "nDCG@10 (95 %)", "multi-hop, recall@10 (95 %)")  # fmt: skip
    return table(head, rows)


def _figure(found: Figures, key: str) -> str:
    """A mean, with its interval where the column has one."""
    if key not in ("recall@10", "nDCG@10"):
        return short(found[key])
    return between(found[key], found["intervals"][key])


def growth(figures: Figures) -> str:
    """What the memory costs at each size, for one user and for many."""
    rows = []
    for size, kinds in figures["sizes"].items():
        for kind, row in kinds.items():
            peer = figures["peers"][_PEER].get(size, {}) if kind == "one_user" else {}
            exact = row.get("exact", {})
            found = short(row["found"]) + (f" ({short(peer['found'])})" if peer else "")
            rows.append(
                (
                    f"{int(size):,}",
                    f"{row['users']:,}",
                    f"{row['add_per_s']:,}" if "add_per_s" in row else "",
                    _latency(row),
                    f"{row['cpu_p95_ms']:.1f}",
                    _latency(exact),
                    short(exact["overlap"]) if exact else "",
                    _latency(peer),
                    found,
                    f"{row['ram_mb']:,}",
                    f"{row['file_mb']:,.0f}",
                    f"{row['cold_s']:.2f}",
                    f"{row['erase_s']:.3f}",
                )
            )
    head = ("chunks", "users", "stored / s", "p50 / p95 ms", "processor's p95",
            "exact, p50 / p95", "shared with the exact ten", "peer, p50 / p95",
            "found among ten (peer)", "RAM MB", "file MB", "first recall s",
            "erasing one turn s")  # fmt: skip
    return table(head, rows)


def _latency(row: Figures) -> str:
    return f"{row['p50_ms']:.1f} / {row['p95_ms']:.1f}" if row else ""


def retention(figures: Figures) -> str:
    """What pruning costs and saves."""
    rows = [
        (
            name,
            *(_figure(found, key) for key in ("recall@10", "recall@50", "nDCG@10")),
            short(found["evidence_kept"]),
            f"{found['chunks']:,}",
            f"{found['query_cpu_ms_p50']:.1f}",
        )
        for name, found in figures["rows"].items()
    ]
    head = ("retention", "recall@10 (95 %)", "recall@50", "nDCG@10 (95 %)",
            "evidence still there", "chunks left", "query, median ms of the processor")  # fmt: skip
    return table(head, rows)


TABLES: dict[str, Callable[[Figures], str]] = {
    "recall-locomo": recall,
    "recall-beam": recall,
    "recall-headroom": headroom,
    "growth": growth,
    "retention": retention,
}
"""By the name of the table and of its JSON file alike."""
