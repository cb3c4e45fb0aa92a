"""What the memory costs as it grows, in whole calls: adding, recall, opening, erasing, RAM, disk.

    python -m benchmarks.growth --json growth.json [--sizes 100 1000 10000] [--full]

Each size is stored twice: for one user, and spread evenly over 1,000 users (fewer while the size is
smaller). Text and vectors are generated (``benchmarks.growth_data``) and nothing is embedded, so
that latency is what recall takes beyond the embedding: scopes, words, vectors, rows and facts. Each
step runs in a process of its own; RAM is what that process grew by. Where a user has so many chunks
that recall is approximate, the exact one is timed beside it and their answers are compared.
Peer: FAISS's flat index and SQLite's FTS5 over the same data, fused by reciprocal rank. At the top
of the JSON stand the figures of the largest size, with its chunks spread over the users.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.growth_steps import Case, build, erase_cost, peer_cost, recall_cost

_DEFAULT = (100, 1_000, 10_000, 50_000)
_FULL = (*_DEFAULT, 100_000, 200_000, 1_000_000)
_PEER_NAME = "faiss flat and fts5"
_ONE_USER, _PEER = 200_000, 100_000  # the most chunks for one user, and for the peer


def main() -> None:
    """Measure every size, print a table, write the JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", type=Path)
    options.add_argument("--sizes", type=int, nargs="+")
    options.add_argument("--full", action="store_true", help="up to 1,000,000 chunks")
    options.add_argument("--users", type=int, default=1_000)
    options.add_argument("--queries", type=int, default=200)
    options.add_argument("--folder", type=Path, help="keeps the files made; default: a new one")
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    sizes = given.sizes or (_FULL if given.full else _DEFAULT)
    results: dict[str, Any] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "seed": given.seed,
        "queries": given.queries,
        "sizes": {},
        "peers": {_PEER_NAME: {}},
    }
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        for size in sizes:
            rows, peer = _measure(size, given, folder)
            results["sizes"][str(size)] = rows
            if peer:
                results["peers"][_PEER_NAME][str(size)] = peer
            results |= {"chunks": size, **list(rows.values())[-1]}
            if given.json:
                given.json.write_text(json.dumps(results, indent=1))
    show(results)


def _measure(
    size: int, given: argparse.Namespace, folder: Path
) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Ours for one user and for many, and the peer's where it is run."""
    found: dict[str, dict[str, Any]] = {}
    peer: dict[str, Any] = {}
    spread = min(given.users, size // 10)
    for name, users in (("one_user", 1), ("users", spread)):
        if users == 1 and size > _ONE_USER:
            continue
        case = Case(folder / f"{name}-{size}.db", size, users, given.seed, given.queries)
        row = {"users": users}
        if not case.path.exists():
            row |= _apart(build, case)
        row |= _apart(recall_cost, case)
        if users == 1 and size <= _PEER:
            peer = _apart(peer_cost, case)
        found[name] = row | _apart(erase_cost, case)
    return found, peer


def _apart(step: Callable[[Case], dict[str, Any]], case: Case) -> dict[str, Any]:
    """A step in a new process, so that it starts cold and its RAM is its own."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(step, (case,))


def show(results: dict[str, Any]) -> None:
    """The figures as a table."""
    table = Table(
        "chunks", "users", "add/s", "p50 ms", "p95 ms", "cpu p95", "exact p95", "overlap",
        "peer p95", "found", "RAM MB", "file MB", "cold s", "erase s",
    )  # fmt: skip
    for size, rows in results["sizes"].items():
        for name, row in rows.items():
            peer = results["peers"][_PEER_NAME].get(size, {}) if name == "one_user" else {}
            keys = ("users", "add_per_s", "p50_ms", "p95_ms", "cpu_p95_ms")
            exact = row.get("exact", {})
            cells = [row.get(key, "") for key in keys]
            cells += [exact.get("p95_ms", ""), exact.get("overlap", ""), peer.get("p95_ms", "")]
            cells += [row[key] for key in ("found", "ram_mb", "file_mb", "cold_s", "erase_s")]
            table.add_row(size, *map(str, cells))
    Console(width=130).print(table)


if __name__ == "__main__":
    main()
