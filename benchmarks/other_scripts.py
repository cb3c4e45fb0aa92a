"""Well-known names as other scripts write them: how many are caught, and how many others are hit.

    python -m benchmarks.other_scripts [--json F]

Every name of a list is a target at once; each of its spellings should be caught as that name and as
no other. The prices of sounds were set on the first list, the second was only measured.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks.other_scripts_names import HELD_OUT, TUNED
from guardrail.detection.scripts import SoundIndex
from guardrail.target import Target

SCRIPTS = ("Russian", "Greek", "Ukrainian", "Arabic", "Japanese")


def measured(lines: str) -> dict[str, dict[str, int]]:
    """By script: names, those caught, and hits of names that do not stand there."""
    rows = [line.split("|") for line in lines.splitlines()]
    targets = [Target(name=name) for name, *_ in rows]
    index = SoundIndex(targets)
    figures = {script: {"names": len(rows), "caught": 0, "others": 0} for script in SCRIPTS}
    for target, (_, *spellings) in zip(targets, rows, strict=True):
        for script, spelling in zip(SCRIPTS, spellings, strict=True):
            found = index.targets(spelling)
            figures[script]["caught"] += target.id in found
            figures[script]["others"] += len(found - {target.id})
    return figures


def main() -> None:
    """Print both lists, and write them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    figures = {"tuned on": measured(TUNED), "held out": measured(HELD_OUT)}
    for part, scripts in figures.items():
        for script, one in scripts.items():
            caught = f"{one['caught']:3} of {one['names']} caught"
            print(f"{part:10}{script:12}{caught}, {one['others']} others hit")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
