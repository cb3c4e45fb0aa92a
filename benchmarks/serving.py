"""The server under 1, 8 and 32 clients, with the guard and without, beside ``transformers serve``.

    python -m benchmarks.serving [--tokens 16] [--rounds 3] [--soak MINUTES] [--json F]

Every side is a server in a process of its own on this machine's loopback, with the default model in
bfloat16, greedy, asked the same streamed prompts by the same clients, 100 targets with the guard.
All are up at once and asked in turn, round by round, so that what else the machine does falls on
all alike; ratios are medians over rounds. A side that gives no reply is reported as that.
Processor time for a token, of the whole process, stands beside tokens per second, because it hardly
depends on what else the machine does. ``--soak`` then keeps eight clients on the guarded server and
looks at its memory; ``--rounds 0`` does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.serving_clients import NoAnswer, Server, load, serving, soak

_CLIENTS = (1, 8, 32)
_TARGETS = 100
_CONTINUOUS = "transformers, continuous batching"
# Left to itself it takes 60 % of the machine's memory for its cache, and gives no reply in time.
_CACHE = ["--cb-num-blocks", "256", "--cb-max-batch-tokens", "512"]
_PEERS = {
    "unguarded": "unguarded",
    "transformers": "transformers",
    "continuous_batching": _CONTINUOUS,
}
_MEASURES = {"guarded": "tokens_per_second", "processor": "tokens_per_processor_second"}
Rounds = dict[str, dict[int, list[dict[str, float]]]]


def main() -> None:
    """Measure every side, print a table, write the JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", type=Path)
    options.add_argument("--tokens", type=int, default=16, help="longest reply")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--soak", type=float, default=0, help="minutes")
    given = options.parse_args()
    failed: dict[str, str] = {}
    with ExitStack() as running:
        servers = _start(running, failed, only=None if given.rounds else "guarded")
        rounds = _measure(servers, given.rounds, given.tokens)
        soaked = soak(servers["guarded"], 60 * given.soak, given.tokens) if given.soak else None
    figures = _figures(rounds, failed) if given.rounds else {}
    figures |= {"tokens": given.tokens, "rounds": given.rounds, "soak": soaked}
    _show(figures)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1))


def _start(running: ExitStack, failed: dict[str, str], only: str | None) -> dict[str, Server]:
    """Every server that gives a reply, or one of them."""
    from guardrail.generation import default

    folder = str(default.prepare_default())
    ours = [sys.executable, "-m", "guardrail.cli", "serve", "--dtype", "bfloat16"]
    theirs = [str(Path(sys.executable).with_name("transformers")), "serve", folder]
    theirs += ["--dtype", "bfloat16", "--device", "cpu"]
    sides = {
        "guarded": (ours, "", _TARGETS),
        "unguarded": (ours, "", 0),
        "transformers": (theirs, folder, 0),
        _CONTINUOUS: ([*theirs, "--continuous-batching", *_CACHE], folder, 0),
    }
    servers = {}
    for name, side in sides.items():
        if only not in (None, name):
            continue
        try:
            servers[name] = running.enter_context(serving(*side))
        except NoAnswer as error:
            failed[name] = str(error)
    return servers


def _measure(servers: dict[str, Server], rounds: int, tokens: int) -> Rounds:
    found: Rounds = {name: {clients: [] for clients in _CLIENTS} for name in servers}
    for _ in range(rounds):
        for clients in _CLIENTS:
            for name, server in servers.items():
                found[name][clients].append(load(server, clients, tokens))
    return found


def _figures(rounds: Rounds, failed: dict[str, str]) -> dict[str, Any]:
    """Ours at the top, at the most clients; what part of the others' tokens per second that is."""
    tables = {
        name: {str(clients): _medians(rows) for clients, rows in by_clients.items()}
        for name, by_clients in rounds.items()
    }
    return {
        **tables["guarded"][str(max(_CLIENTS))],
        **{
            f"{name}_over_{peer}": _ratios(rounds, side, measure)
            for peer, side in _PEERS.items()
            for name, measure in _MEASURES.items()
        },
        "failed": failed,
        "tables": tables,
        "peers": {name: side for name, side in tables.items() if name != "guarded"},
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }


def _medians(rows: list[dict[str, float]]) -> dict[str, float]:
    return {key: round(statistics.median(row[key] for row in rows), 3) for key in rows[0]}


def _ratios(rounds: Rounds, peer: str, measure: str) -> dict[str, dict[str, float]] | None:
    """By number of clients: the median over rounds of guarded over the peer, and the spread."""
    if peer not in rounds:
        return None
    found = {}
    for clients, rows in rounds["guarded"].items():
        pairs = zip(rows, rounds[peer][clients], strict=True)
        each = [one[measure] / other[measure] for one, other in pairs]
        found[str(clients)] = {
            "median": round(statistics.median(each), 3),
            "least": round(min(each), 3),
            "most": round(max(each), 3),
        }
    return found


def _show(figures: dict[str, Any]) -> None:
    keys = ("tokens_per_second", "tokens_per_processor_second", "first_token_seconds", "megabytes")
    table = Table("side", "clients", *keys)
    for name, side in figures.get("tables", {}).items():
        for clients, row in side.items():
            table.add_row(name, clients, *(f"{row[key]:.2f}" for key in keys))
    console = Console(width=120)
    console.print(table)
    for key, value in figures.items():
        if "_over_" in key or key in ("failed", "soak"):
            console.print(key, value)


if __name__ == "__main__":
    main()
