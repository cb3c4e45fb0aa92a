"""Every figure of the documentation anew, by one command.

    python -m benchmarks.regenerate --data DATA [--folder docs/figures] [--only NAME ...] [--list]

DATA holds ``rwku/``, ``tofu/``, ``adapters/`` (of TOFU), ``locomo/`` and ``beam/`` as far as they
are to be used; where they come from stands in ``docs/figures.md``. Each benchmark is a process of
its own and writes ``NAME.json`` into the folder; what lacks its data is passed over and named at
the end, as is what failed. All together take most of a day on two cores. Then the plots are drawn
and the tables filled in (``benchmarks.figures``).
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["COMMANDS", "command", "main"]

COMMANDS: Mapping[str, str] = {
    "restriction": "restriction",
    "detection-rwku": "detection --data {data}/rwku",
    "detection-tofu": "detection --data {data}/tofu",
    "other-scripts": "other_scripts",
    "detection-gates": "detection_gates --data {data}/rwku",
    "robustness": "robustness --data {data}/rwku",
    "forgetting-rwku": "forgetting --suite rwku --data {data}/rwku",
    "forgetting-parts": "forgetting --suite parts --data {data}/rwku",
    "forgetting-tofu": "forgetting --suite tofu --data {data}/tofu --adapter {data}/adapters "
    "--limit 100",
    "recall-locomo": "recall --suite locomo --data {data}/locomo/locomo_dev.json "
    "--corrections {data}/locomo/corrections_dev.json",
    "recall-beam": "recall --suite beam --data {data}/beam/beam_100k_dev.json",
    "recall-headroom": "recall_headroom --data {data}/locomo/locomo_dev.json",
    "updates-held-out": "recall_updates --part 'held out'",
    "updates-fresh": "recall_updates --part fresh",
    "updates-newest": "recall_updates --part newest",
    "updates-tuning": "recall_updates --part tuning",
    "growth": "growth --full",
    "dialogue-plain": "dialogue --ablations",
    "dialogue-casual": "dialogue --talk casual --turns 50,500 --seeds 10,3",
    "dialogue-costs": "dialogue --turns 50,100,500,1000,5000 --seeds 3,2,1,1,1",
    "dialogue-answers": "dialogue --turns 50 --seeds 10 --answers 30",
    "dialogue-guard": "dialogue_guard",
    "turn-cost": "turn_cost",
    "faults": "faults",
    "erasure-fresh": "erasure --part fresh",
    "erasure-held-out": "erasure --part 'held out'",
    "erasure-tuning": "erasure --part tuning --repeats 2",
    "erasure-more-tuning": "erasure --part 'more tuning' --repeats 2",
    "retention": "retention --data {data}/locomo/locomo_dev.json",
    "serving": "serving --tokens 32 --soak 10",
}
"""By the name of the JSON file: the benchmark and its arguments, without ``--json``."""


def main() -> int:
    """Run what was asked for; 1 when anything is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--folder", type=Path, default=Path("docs/figures"))
    parser.add_argument("--only", nargs="+", choices=sorted(COMMANDS), default=list(COMMANDS))
    parser.add_argument("--list", action="store_true", help="print the commands, run none")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    missing = [] if given.list else [n for n in given.only if not _run(n, given.data, given.folder)]
    if given.list:
        print("\n".join(shlex.join(command(n, given.data, given.folder)) for n in given.only))
        return 0
    drawn = subprocess.run([sys.executable, "-m", "benchmarks.figures"], check=False)
    if missing:
        print(f"not measured: {', '.join(missing)}", file=sys.stderr)
    return int(bool(missing) or drawn.returncode != 0)


def command(name: str, data: Path, folder: Path) -> list[str]:
    """The command line that measures a figure."""
    module, *arguments = shlex.split(COMMANDS[name].format(data=data))
    output = ["--json", str(folder / f"{name}.json")]
    return ["python", "-m", f"benchmarks.{module}", *arguments, *output]


def _run(name: str, data: Path, folder: Path) -> bool:
    """Measure one; whether it was measured."""
    line = command(name, data, folder)
    lacking = [part for part in line if part.startswith(f"{data}/") and not Path(part).exists()]
    if lacking:
        print(f"{name}: no {', '.join(lacking)}", file=sys.stderr)
        return False
    print(shlex.join(line), file=sys.stderr)
    return subprocess.run([sys.executable, *line[1:]], check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
