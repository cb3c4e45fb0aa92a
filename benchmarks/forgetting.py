"""Forgetting, end to end: what a guarded model still gives away, and what it still answers.

    python -m benchmarks.forgetting --suite rwku --data RWKU [--model M] [--json F]
    python -m benchmarks.forgetting --suite parts --data RWKU [--json F]
    python -m benchmarks.forgetting --suite tofu --data TOFU --adapter ADAPTERS [--json F]

Ours and every peer on the same prompts, seed 0. Answers are kept in ``F.jsonl``, a line for each
(default: ``forgetting-SUITE.jsonl``), so that a run that was cut off goes on where it stopped.
The default run asks a fixed stratified sample; ``--full`` asks everything. It takes some 40 minutes
of one core with rwku and 30 with tofu, vectors and detectors by fold included, and less on two.
"""

from __future__ import annotations

import argparse
import importlib
import json
from pathlib import Path
from typing import Any

SUITES = {
    "rwku": "benchmarks.forgetting_rwku",
    "parts": "benchmarks.forgetting_parts",
    "tofu": "benchmarks.forgetting_tofu",
}


def options() -> argparse.ArgumentParser:
    """The arguments that the suites share."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", choices=sorted(SUITES), default="rwku")
    parser.add_argument("--data", type=Path, required=True, help="folder of the suite's data")
    parser.add_argument("--model", help="hub name or folder; default SmolLM2-135M-Instruct")
    parser.add_argument("--adapter", type=Path, help="folder of LoRA adapters (TOFU)")
    parser.add_argument(
        "--limit",
        type=int,
        help="default 200 questions of each half (RWKU), 100 of each split (TOFU)",
    )
    parser.add_argument("--full", action="store_true", help="every item")
    parser.add_argument("--peers", help="only these, with commas between; default all; '' none")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--lines", type=Path, help="answers so far; default F.jsonl")
    return parser


def main() -> None:
    """Run one suite; it prints its tables and its figures are written as JSON."""
    given = options().parse_args()
    if given.lines is None:
        given.lines = (given.json or Path(f"forgetting-{given.suite}")).with_suffix(".jsonl")
    suite = importlib.import_module(SUITES[given.suite])
    figures: dict[str, Any] = suite.run(given)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
