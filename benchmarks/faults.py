"""What is lost when things go wrong: kills, crowds, full disks, torn logs, damaged files.

    python -m benchmarks.faults --json faults.json [--runs 200] [--seed 0]

Writers are real processes. Each stores exchanges (question and answer in one transaction) and notes
each one that ``add_turns`` reported stored, by a line on a pipe. After the fault the file is opened
anew and read: *lost* are exchanges that were reported and are not there, *half* are exchanges with
one side or with a turn that has no chunk, *wrong* are recalls that do not give the turn whose very
words they ask for, or turns with other words than were stored. All should be 0. A damaged file may
be refused (``StoreBroken``) but must never be answered from: *wrong* counts what was given from it.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.faults_cases import (
    Outcome,
    crowd_of_processes,
    crowd_of_threads,
    damaged_file,
    full_disk,
    kill,
    kill_while_erasing,
    torn_log,
)


def main() -> None:
    """Run every kind of fault, print a table, write the JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", type=Path)
    options.add_argument("--runs", type=int, default=200, help="kills")
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    few = max(1, given.runs // 10)
    plan = (
        ("kill -9 while writing", kill, given.runs),
        ("kill -9 while erasing", kill_while_erasing, few),
        ("processes writing at once", crowd_of_processes, max(1, few // 4)),
        ("threads writing at once", crowd_of_threads, max(1, few // 4)),
        ("disk full", full_disk, few),
        ("log torn or its bytes changed", torn_log, few),
        ("bytes of the file changed", damaged_file, few),
    )
    faults: dict[str, Any] = {}
    for name, case, runs in plan:
        total = Outcome()
        for run in range(runs):
            with tempfile.TemporaryDirectory() as folder:
                total += case(Path(folder) / "memory.db", given.seed * 100_003 + run)
        faults[name] = {"runs": runs, **asdict(total)}
    results = {
        "machine": platform.machine(),
        "seed": given.seed,
        "kill_runs": given.runs,
        "turns_lost": sum(row["lost"] for row in faults.values()),
        "half_turns": sum(row["half"] for row in faults.values()),
        "wrong_answers": sum(row["wrong"] for row in faults.values()),
        "faults": faults,
    }
    show(results)
    if given.json:
        given.json.write_text(json.dumps(results, indent=1))


def show(results: dict[str, Any]) -> None:
    """The figures as a table."""
    table = Table("fault", "runs", "exchanges reported", "lost", "half", "wrong", "refused")
    for name, row in results["faults"].items():
        keys = ("runs", "reported", "lost", "half", "wrong", "refused")
        table.add_row(name, *(str(row[key]) for key in keys))
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
