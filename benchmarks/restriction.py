"""Restriction against its peers: speed of a step, leaks under attack, building, memory.

    python -m benchmarks.restriction --json restriction.json [--model M] [--device D]

Phrases are made from words of the vocabulary with a fixed seed, two words each. Speed: microseconds
from token ids to masked scores, median over a decoded text, vocabulary of 131,072 (the model's,
padded with made-up tokens, so that all sides see the same). Leaks: continuations pushed toward a
phrase, read by an oracle that shares no code with the library (``benchmarks.oracle``).
"""

from __future__ import annotations

import argparse
import json
import platform
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from benchmarks.restriction_leaks import count_leaks
from benchmarks.restriction_overhead import decode_overhead
from benchmarks.restriction_speed import time_steps


def main() -> None:
    """Run everything, print tables, write the JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", type=Path)
    options.add_argument("--model", help="hub name or folder; default SmolLM2-135M-Instruct")
    options.add_argument("--device", default="cpu")
    options.add_argument("--continuations", type=int, default=100_000)
    options.add_argument("--peer-continuations", type=int, default=2_000)
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    from guardrail.generation.models import load

    loaded = load(given.model, device=given.device)
    results: dict[str, Any] = {
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads, {given.device}",
        "model": loaded.name,
        "seed": given.seed,
        **time_steps(loaded, given.device, given.seed),
        **decode_overhead(loaded, given.seed),
        **count_leaks(loaded, given.continuations, given.peer_continuations, given.seed),
    }
    show(results)
    if given.json:
        given.json.write_text(json.dumps(results, indent=1))


def show(results: dict[str, Any]) -> None:
    """The figures as tables."""
    console = Console(width=110)
    speed = Table(
        "microseconds a step",
        "phrases",
        "new text",
        "seen text",
        "begins phrases",
        "worst step",
        "seen, batch 8",
        "begins, batch 8",
    )
    for name, rows in (("ours", results["mask_us_table"]), *results["peers"].items()):
        for phrases, row in rows.items():
            one, eight = row["1"], row["8"]
            if isinstance(one, dict) and isinstance(eight, dict):
                keys = ("first_us", "us", "near_us", "near_worst_us")
                cells = [*(one[key] for key in keys), eight["us"], eight["near_us"]]
                speed.add_row(name, phrases, *map(str, cells))
            else:
                speed.add_row(name, phrases, str(one))
    console.print(speed)
    leaks = Table("leaks", "tokenizer", "continuations", "phrases that came out", "dead ends")
    for name, by_tokenizer in results["leaks_table"].items():
        for tokenizer, row in by_tokenizer.items():
            leaks.add_row(
                name, tokenizer, str(row["tried"]), str(row["leaks"]), str(row["dead_ends"])
            )
    console.print(leaks)
    whole = Table("whole generation, over one without", "side", "median", "low", "high")
    for model, sides in results["decode_overhead_table"].items():
        for name, row in sides.items():
            whole.add_row(model, name, *map(str, row.values()))
    console.print(whole)
    for key in ("build_s", "add_phrase_ms", "memory_mb"):
        console.print(f"{key}: {results[key]}")


if __name__ == "__main__":
    main()
